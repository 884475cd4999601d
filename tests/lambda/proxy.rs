//! Faults between the function and Kinesis: a proxy that does to requests what networks and services do.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::stream::serve;

/// What happens to requests, and how often it did.
#[derive(Clone)]
pub struct Proxy {
    behind: Router,
    random: Arc<Mutex<fastrand::Rng>>,
    /// Of a hundred requests so many meet a fault.
    percent: u64,
    kinds: &'static [Fault],
    pub faults: Arc<AtomicU64>,
}

#[derive(Clone, Copy)]
pub enum Fault {
    Throttled,
    Broken,
    /// It arrives, and nobody says so.
    Silent,
    /// It arrives, and the answer breaks off.
    Cut,
    Slow,
    /// Some records arrive, some do not.
    Partial,
}

pub const ALL: &[Fault] = &[Fault::Throttled, Fault::Broken, Fault::Silent, Fault::Cut, Fault::Slow, Fault::Partial];

impl Proxy {
    /// Starts a proxy before an emulator. The seed decides what happens.
    pub async fn start(behind: Router, seed: u64, percent: u64, kinds: &'static [Fault]) -> (Proxy, String) {
        let random = Arc::new(Mutex::new(fastrand::Rng::with_seed(seed)));
        let proxy = Proxy { behind, random, percent, kinds, faults: Arc::default() };
        let endpoint = serve(Router::new().fallback(pass).with_state(proxy.clone())).await;
        (proxy, endpoint)
    }

    fn fault(&self) -> Option<Fault> {
        let mut random = self.random.lock().unwrap();
        let fault = (random.u64(..100) < self.percent).then(|| self.kinds[random.usize(..self.kinds.len())]);
        self.faults.fetch_add(u64::from(fault.is_some()), Ordering::Relaxed);
        fault
    }

    async fn forward(&self, parts: axum::http::request::Parts, body: impl Into<Body>) -> Response {
        self.behind.clone().oneshot(Request::from_parts(parts, body.into())).await.unwrap()
    }
}

async fn pass(State(proxy): State<Proxy>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    match proxy.fault() {
        None => proxy.forward(parts, body).await,
        Some(Fault::Throttled) => error(StatusCode::BAD_REQUEST, "ProvisionedThroughputExceededException"),
        Some(Fault::Broken) => error(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure"),
        Some(Fault::Silent) => {
            proxy.forward(parts, body).await;
            tokio::time::sleep(Duration::from_secs(30)).await;
            error(StatusCode::GATEWAY_TIMEOUT, "")
        }
        Some(Fault::Cut) => {
            let (mut parts, body) = proxy.forward(parts, body).await.into_parts();
            parts.headers.remove(header::CONTENT_LENGTH);
            let body = to_bytes(body, usize::MAX).await.unwrap();
            Response::from_parts(parts, Body::new(Broken(Some(body.slice(..body.len() / 2)))))
        }
        Some(Fault::Slow) => {
            let time = proxy.random.lock().unwrap().u64(10..150);
            tokio::time::sleep(Duration::from_millis(time)).await;
            proxy.forward(parts, body).await
        }
        Some(Fault::Partial) => {
            let mut wanted: Value = serde_json::from_slice(&body).unwrap();
            let records = wanted["Records"].as_array().cloned().unwrap_or_default();
            let taken: Vec<bool> = records.iter().map(|_| proxy.random.lock().unwrap().bool()).collect();
            let kept: Vec<Value> = records.into_iter().zip(&taken).filter(|(_, taken)| **taken).map(|(record, _)| record).collect();
            if kept.is_empty() {
                return error(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure");
            }
            wanted["Records"] = Value::Array(kept);
            let body = Bytes::from(wanted.to_string());
            parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
            let answer = to_bytes(proxy.forward(parts, body).await.into_body(), usize::MAX).await.unwrap();
            let answer: Value = serde_json::from_slice(&answer).unwrap();
            let mut answers = answer["Records"].as_array().cloned().unwrap_or_default().into_iter();
            let failed = json!({ "ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "slow down" });
            let merged: Vec<Value> =
                taken.iter().map(|taken| if *taken { answers.next().unwrap_or(failed.clone()) } else { failed.clone() }).collect();
            let count = merged.iter().filter(|record| record.get("ErrorCode").is_some()).count();
            let answer = json!({ "FailedRecordCount": count, "Records": merged }).to_string();
            ([(header::CONTENT_TYPE, "application/x-amz-json-1.1")], answer).into_response()
        }
    }
}

/// A body that breaks off.
struct Broken(Option<Bytes>);

impl hyper::body::Body for Broken {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let part = self.0.take().ok_or_else(|| std::io::ErrorKind::ConnectionReset.into());
        Poll::Ready(Some(part.map(Frame::data)))
    }
}

fn error(status: StatusCode, kind: &str) -> Response {
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.1")], json!({ "__type": kind, "message": "a fault" }).to_string())
        .into_response()
}
