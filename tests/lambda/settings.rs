//! Policy and keys: where they come from, and what happens when they change.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::function::Function;
use crate::start;
use crate::stream::serve;

/// Stands for the extension: one secret, asked for with the session's token.
async fn extension(secret: Arc<Mutex<Option<String>>>) -> String {
    async fn answer(State(secret): State<Arc<Mutex<Option<String>>>>, uri: Uri, headers: HeaderMap) -> Result<String, StatusCode> {
        let asked = uri.path_and_query().unwrap().as_str() == "/secretsmanager/get?secretId=arn%3Aaws%3Akeys";
        let known = headers.get("X-Aws-Parameters-Secrets-Token").is_some_and(|token| token == "test-session");
        let secret = secret.lock().unwrap().clone().filter(|_| asked && known).ok_or(StatusCode::BAD_REQUEST)?;
        Ok(json!({ "ARN": "arn:aws:keys", "SecretString": secret, "VersionStages": ["AWSCURRENT"] }).to_string())
    }
    let endpoint = serve(Router::new().fallback(answer).with_state(secret)).await;
    endpoint.rsplit(':').next().unwrap().to_owned()
}

async fn masked(function: &Function, text: &str) -> String {
    let event = json!({ "records": [{ "recordId": "1", "data": STANDARD.encode(text) }] }).to_string();
    let answer = function.invoke(event).await.unwrap();
    String::from_utf8(STANDARD.decode(answer["records"][0]["data"].as_str().unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn keys_are_refreshed_and_a_bad_refresh_changes_nothing() {
    let folder = std::env::temp_dir().join(format!("logveil-lambda-keys-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let policy = folder.join("logveil.toml");
    std::fs::write(&policy, "[actions]\ndefault = \"hash\"\n").unwrap();
    let (one, two) = ("1".repeat(32), "2".repeat(32));
    let secret = Arc::new(Mutex::new(Some(format!("k1:{one}"))));
    let port = extension(Arc::clone(&secret)).await;
    let function = start(&[
        ("LOGVEIL_SINK", "answer"),
        ("LOGVEIL_POLICY", policy.to_str().unwrap()),
        ("LOGVEIL_KEY_SECRET", "arn:aws:keys"),
        ("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", &port),
        ("LOGVEIL_REFRESH_SECONDS", "1"),
    ])
    .await;
    let first = masked(&function, "password=hunter2").await;
    assert!(first.starts_with("password=[secret:k1:"), "{first}");
    *secret.lock().unwrap() = Some(format!("k2:{two}\nk1:{one}"));
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let second = masked(&function, "password=hunter2").await;
    assert!(second.starts_with("password=[secret:k2:"), "{second}");
    // What was written under the old key is known, and stays.
    assert_eq!(masked(&function, &first).await, first);

    for broken in [None, Some("hunter2".to_owned())] {
        *secret.lock().unwrap() = broken;
        tokio::time::sleep(Duration::from_millis(1100)).await;
        assert_eq!(masked(&function, "password=hunter2").await, second);
    }
    std::fs::write(&policy, "[actions]\ndefault = \"no-such-action\"\n").unwrap();
    *secret.lock().unwrap() = Some(format!("k2:{two}"));
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(masked(&function, "password=hunter2").await, second);
    let failures: u64 = function.metrics().iter().map(|line| line["RefreshFailures"].as_u64().unwrap()).sum();
    assert_eq!(failures, 3);
    assert!(function.printed().contains("the last ones stay in force"));
    assert!(!function.printed().contains("hunter2") && !function.printed().contains(&one));
    std::fs::remove_dir_all(folder).unwrap();
}

/// The extension starts beside the function, and it may be that it serves nobody before an invocation has come.
#[tokio::test]
async fn an_extension_that_is_not_ready_is_asked_again() {
    async fn answer(State(asked): State<Arc<AtomicU32>>) -> (StatusCode, String) {
        if asked.fetch_add(1, Ordering::Relaxed) < 3 {
            return (StatusCode::BAD_REQUEST, "not ready to serve traffic, please wait".to_owned());
        }
        (StatusCode::OK, json!({ "SecretString": "3".repeat(32) }).to_string())
    }
    let asked = Arc::new(AtomicU32::new(0));
    let endpoint = serve(Router::new().fallback(answer).with_state(Arc::clone(&asked))).await;
    let port = endpoint.rsplit(':').next().unwrap();
    let variables = [("LOGVEIL_SINK", "answer"), ("LOGVEIL_KEY_SECRET", "s"), ("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", port)];
    let function = start(&variables).await;
    assert_eq!(masked(&function, "password=hunter2").await, "password=[REDACTED:assigned-password]");
    assert_eq!(asked.load(Ordering::Relaxed), 4);

    // It takes longer than the start waits for.
    let late = Arc::new(AtomicU32::new(0));
    async fn only_later(State(late): State<Arc<AtomicU32>>) -> (StatusCode, String) {
        match late.load(Ordering::Relaxed) {
            0 => (StatusCode::BAD_REQUEST, "not ready to serve traffic, please wait".to_owned()),
            _ => (StatusCode::OK, json!({ "SecretString": "3".repeat(32) }).to_string()),
        }
    }
    let endpoint = serve(Router::new().fallback(only_later).with_state(Arc::clone(&late))).await;
    let port = endpoint.rsplit(':').next().unwrap();
    let variables = [("LOGVEIL_SINK", "answer"), ("LOGVEIL_KEY_SECRET", "s"), ("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", port)];
    let function = start(&variables).await;
    let event = json!({ "records": [{ "recordId": "1", "data": STANDARD.encode("password=hunter2") }] }).to_string();
    assert!(function.invoke(event).await.unwrap_err().to_string().contains("not ready"));
    late.store(1, Ordering::Relaxed);
    assert_eq!(masked(&function, "password=hunter2").await, "password=[REDACTED:assigned-password]");
}

#[tokio::test]
async fn a_refresh_that_takes_too_long_is_a_bad_one() {
    /// A bucket with one policy, which it gives once, then never ends to give, then gives empty.
    async fn policy(State(asked): State<Arc<AtomicU32>>) -> (StatusCode, String) {
        match asked.fetch_add(1, Ordering::Relaxed) {
            0 => (StatusCode::SERVICE_UNAVAILABLE, "<Error><Code>SlowDown</Code></Error>".to_owned()),
            1 => (StatusCode::OK, "[actions]\ndefault = \"mask\"\n".to_owned()),
            2 => std::future::pending().await,
            _ => (StatusCode::OK, "\n".to_owned()),
        }
    }
    let asked = Arc::new(AtomicU32::new(0));
    let endpoint = serve(Router::new().fallback(policy).with_state(Arc::clone(&asked))).await;
    let variables = [("LOGVEIL_SINK", "answer"), ("LOGVEIL_POLICY", "s3://policies/logveil.toml"), ("LOGVEIL_REFRESH_SECONDS", "2")];
    let function = start(&[&variables[..], &[("AWS_ENDPOINT_URL", &endpoint)]].concat()).await;
    for count in 2..=4 {
        let event = json!({ "records": [{ "recordId": "1", "data": STANDARD.encode("password=hunter2") }] }).to_string();
        // With a second of reserve, a refresh that waits for ever would leave no answer.
        let answer = function.invoke_within(event, Duration::from_secs(4)).await.unwrap();
        assert_eq!(answer["records"][0]["data"], STANDARD.encode("password=*******"));
        assert_eq!(asked.load(Ordering::Relaxed), count);
        tokio::time::sleep(Duration::from_millis(2100)).await;
    }
    let failures: Vec<u64> = function.metrics().iter().map(|line| line["RefreshFailures"].as_u64().unwrap()).collect();
    assert_eq!(failures, [0, 1, 1]);
    assert!(function.printed().contains("could not be read in time") && function.printed().contains("it is empty"));
}

#[tokio::test]
async fn the_document_has_every_metric() {
    let function = start(&[("LOGVEIL_SINK", "answer")]).await;
    masked(&function, "password=hunter2").await;
    let metrics = &function.metrics()[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"];
    let names: Vec<&str> = metrics.as_array().unwrap().iter().map(|metric| metric["Name"].as_str().unwrap()).collect();
    assert!(names.len() > 10);
    let document = include_str!("../../docs/lambda.md");
    for name in names {
        assert!(document.contains(&format!("`{name}`")), "docs/lambda.md lacks {name}");
    }
}

#[test]
fn the_document_has_every_variable() {
    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_logveil-lambda")).arg("--variables").output().unwrap();
    let variables: Vec<serde_json::Value> = serde_json::from_slice(&printed.stdout).unwrap();
    let document = include_str!("../../docs/lambda.md");
    for variable in &variables {
        let row = match variable["default"].as_str() {
            _ if variable["byLambda"] == true => {
                format!("| `{}` | {} |", variable["name"].as_str().unwrap(), variable["about"].as_str().unwrap())
            }
            default => {
                let default =
                    default.map_or("must be set".to_owned(), |text| if text.is_empty() { String::new() } else { format!("`{text}`") });
                format!("| `{}` | {default} | {} |", variable["name"].as_str().unwrap(), variable["about"].as_str().unwrap())
            }
        };
        assert!(document.contains(&row), "docs/lambda.md lacks the row {row}");
    }
    let rows = document.lines().filter(|line| line.starts_with("| `LOGVEIL_")).count();
    assert_eq!(rows, variables.iter().filter(|variable| variable["name"].as_str().unwrap().starts_with("LOGVEIL_")).count());
}
