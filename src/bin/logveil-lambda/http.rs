//! Requests to what listens on this machine beside the function: the extension for secrets, the Runtime API.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::Error;

const LONGEST: Duration = Duration::from_secs(5);

/// Sends a request and gives the answer's status and body.
///
/// # Errors
/// When nobody listens, or answers in time.
pub async fn send(
    method: Method,
    authority: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Result<(StatusCode, Bytes), Error> {
    timeout(LONGEST, exchange(method, authority, path, headers, body)).await.map_err(|_| Error::from("no answer in time"))?
}

async fn exchange(
    method: Method,
    authority: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Result<(StatusCode, Bytes), Error> {
    let stream = TcpStream::connect(authority).await.map_err(|_| "nobody listens")?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|_| "no connection")?;
    let connection = tokio::spawn(connection);
    let request = headers.iter().fold(Request::builder().method(method).uri(path).header("host", authority), |request, (name, value)| {
        request.header(*name, *value)
    });
    let request = request.body(Full::new(Bytes::from(body))).map_err(|_| "the request could not be built")?;
    let answer = sender.send_request(request).await.map_err(|_| "no answer")?;
    let status = answer.status();
    let body = answer.into_body().collect().await.map_err(|_| "the answer was cut off")?.to_bytes();
    drop(sender);
    connection.abort();
    Ok((status, body))
}
