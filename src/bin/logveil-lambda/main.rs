//! `logveil-lambda`: the function for AWS Lambda. It masks records of Kinesis, CloudWatch Logs and Firehose and delivers
//! them. The map of it is in ARCHITECTURE.md, its settings in docs/lambda.md.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod aws;
mod config;
mod deliver;
mod handler;
mod http;
mod live;
mod log;
mod metrics;
mod pack;
mod prepare;
mod sink;

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::process::ExitCode;
use std::task::Poll;

use config::Config;
use handler::Handler;
use hyper::Method;
use lambda_runtime::{Diagnostic, service_fn};

/// What a step could not do. Its text never holds a value from a record, nor a key.
pub type Error = lambda_runtime::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // What a panic says may quote the text that it was at.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |place| format!("{}, line {}", place.file(), place.line()));
        log::warn("internal fault", &[("place", &place)]);
    }));
    if std::env::args().nth(1).is_some_and(|argument| argument == "--variables") {
        log::print(&config::variables_as_json());
        return ExitCode::SUCCESS;
    }
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Error> {
    let begin = std::time::Instant::now();
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let config = Config::read(|name| std::env::var(name).ok(), names);
    let handler = match config {
        Ok(config) => {
            log::set_level(config.level);
            Handler::new(config).await
        }
        Err(error) => Err(error),
    };
    let handler = match handler {
        Ok(handler) => handler,
        Err(error) => {
            report(&error).await;
            return Err(error);
        }
    };
    log::info("ready", &[("version", env!("CARGO_PKG_VERSION")), ("init_microseconds", &begin.elapsed().as_micros().to_string())]);
    let handler = &handler;
    let invoke = move |invocation| async move { guarded(handler.handle(invocation)).await.map_err(|error| diagnostic(&error)) };
    lambda_runtime::run(service_fn(invoke)).await
}

/// Runs an invocation. A panic becomes an error that says nothing: the runtime's own would tell what the panic says, which
/// may quote the text that it was at.
async fn guarded<T>(invocation: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let mut invocation = pin!(invocation);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| invocation.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Err("internal fault: the event was not delivered".into())))
    })
    .await
}

/// An error as Lambda shows it, with a name to set alarms on.
fn diagnostic(error: &Error) -> Diagnostic {
    Diagnostic { error_type: "Logveil.Invocation".to_owned(), error_message: error.to_string() }
}

/// Tells Lambda why the function does not start.
async fn report(error: &Error) {
    let Ok(api) = std::env::var("AWS_LAMBDA_RUNTIME_API") else { return };
    let body = serde_json::json!({ "errorType": "Logveil.Init", "errorMessage": error.to_string(), "stackTrace": [] });
    let headers = [("Lambda-Runtime-Function-Error-Type", "Logveil.Init")];
    let sent = http::send(Method::POST, &api, "/2018-06-01/runtime/init/error", &headers, body.to_string().into_bytes()).await;
    if let Err(error) = sent {
        log::warn("the error could not be reported", &[("error", &error.to_string())]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_error_that_says_nothing_of_it() {
        let error = guarded::<()>(async { panic!("hunter2") }).await.unwrap_err();
        assert_eq!(error.to_string(), "internal fault: the event was not delivered");
        assert_eq!(guarded(async { Ok(1) }).await.unwrap(), 1);
    }
}
