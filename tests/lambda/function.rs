//! The real binary behind a Runtime API of the tests' own, as AWS documents it ("Using the Lambda runtime API").

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{self, DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::stream::nodelay;

/// A function that runs.
pub struct Function {
    child: Child,
    events: mpsc::Sender<Invocation>,
    printed: Arc<Mutex<Vec<String>>>,
    init_error: Arc<Mutex<Option<Value>>>,
}

struct Invocation {
    event: Vec<u8>,
    limit: Duration,
    answer: oneshot::Sender<Result<Vec<u8>, Value>>,
}

/// Who waits for the answer of the invocation with this id.
type Pending = (String, oneshot::Sender<Result<Vec<u8>, Value>>);

#[derive(Clone)]
struct Api {
    events: Arc<tokio::sync::Mutex<mpsc::Receiver<Invocation>>>,
    pending: Arc<Mutex<Option<Pending>>>,
    init_error: Arc<Mutex<Option<Value>>>,
}

impl Function {
    /// Starts the program with these variables beside those that Lambda sets.
    pub async fn start_at(program: &Path, variables: &[(&str, &str)]) -> Function {
        let (events, queue) = mpsc::channel(1);
        let init_error = Arc::default();
        let api = Api { events: Arc::new(queue.into()), pending: Arc::default(), init_error: Arc::clone(&init_error) };
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(failed_init))
            // The service itself says what is too long.
            .layer(DefaultBodyLimit::disable())
            .with_state(api);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(nodelay(listener), router).await });
        let mut child = Command::new(program)
            .env_clear()
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
                ("AWS_LAMBDA_FUNCTION_NAME", "veil"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
                ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/veil"),
                ("AWS_LAMBDA_LOG_STREAM_NAME", "1"),
                ("AWS_REGION", "eu-central-1"),
                ("AWS_ACCESS_KEY_ID", "test"),
                ("AWS_SECRET_ACCESS_KEY", "test"),
                ("AWS_SESSION_TOKEN", "test-session"),
            ])
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let printed = Arc::default();
        tokio::spawn(collect(child.stdout.take().unwrap(), Arc::clone(&printed)));
        tokio::spawn(collect(child.stderr.take().unwrap(), Arc::clone(&printed)));
        Function { child, events, printed, init_error }
    }

    /// Calls the function, and gives what it answers: what it says, or what it reports as an error.
    pub async fn invoke(&self, event: impl Into<Vec<u8>>) -> Result<Value, Value> {
        self.invoke_within(event, Duration::from_secs(20)).await
    }

    pub async fn invoke_within(&self, event: impl Into<Vec<u8>>, limit: Duration) -> Result<Value, Value> {
        let (answer, answered) = oneshot::channel();
        self.events.send(Invocation { event: event.into(), limit, answer }).await.unwrap();
        let answer = timeout(limit + Duration::from_secs(60), answered).await.expect("the function answers before its deadline").unwrap();
        answer.map(|body| serde_json::from_slice(&body).unwrap())
    }

    /// What it has printed up to now.
    pub fn printed(&self) -> String {
        self.printed.lock().unwrap().join("\n")
    }

    /// The metrics of each invocation up to now.
    pub fn metrics(&self) -> Vec<Value> {
        let lines = self.printed.lock().unwrap();
        let lines = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line.get("_aws").is_some() && line.get("Records").is_some()).collect()
    }

    /// The most memory that it has had, on Linux.
    #[allow(dead_code, reason = "an example asks for it")]
    pub fn peak_mebibytes(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap())).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok());
        peak.unwrap_or(f64::NAN) / 1024.0
    }

    /// How it ends when it does so by itself: its exit code and what it told the Runtime API.
    pub async fn ended(mut self) -> (Option<i32>, Option<Value>, String) {
        let status = timeout(Duration::from_secs(30), self.child.wait()).await.expect("the function ends").unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let error = self.init_error.lock().unwrap().clone();
        (status.code(), error, self.printed())
    }
}

async fn collect(stream: impl AsyncRead + Unpin, printed: Arc<Mutex<Vec<String>>>) {
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        printed.lock().unwrap().push(line);
    }
}

async fn next(State(api): State<Api>) -> Response {
    let Some(Invocation { event, limit, answer }) = api.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + limit;
    let id = format!("{:032x}", deadline.as_nanos());
    *api.pending.lock().unwrap() = Some((id.clone(), answer));
    let mut headers = HeaderMap::new();
    headers.insert("Lambda-Runtime-Aws-Request-Id", id.parse().unwrap());
    headers.insert("Lambda-Runtime-Deadline-Ms", deadline.as_millis().to_string().parse().unwrap());
    headers.insert("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:000000000000:function:veil".parse().unwrap());
    headers.insert("Lambda-Runtime-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793".parse().unwrap());
    headers.insert("Content-Type", "application/json".parse().unwrap());
    (headers, event).into_response()
}

fn settle(api: &Api, id: &str, answer: Result<Vec<u8>, Value>) -> StatusCode {
    let Some((pending, sender)) = api.pending.lock().unwrap().take() else { return StatusCode::BAD_REQUEST };
    assert_eq!(pending, id, "an answer to another invocation");
    let _ = sender.send(answer);
    StatusCode::ACCEPTED
}

async fn response(State(api): State<Api>, extract::Path(id): extract::Path<String>, body: Bytes) -> StatusCode {
    settle(&api, &id, Ok(body.to_vec()))
}

async fn error(State(api): State<Api>, extract::Path(id): extract::Path<String>, body: Bytes) -> StatusCode {
    settle(&api, &id, Err(serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

async fn failed_init(State(api): State<Api>, body: Bytes) -> StatusCode {
    *api.init_error.lock().unwrap() = serde_json::from_slice(&body).ok();
    StatusCode::ACCEPTED
}
