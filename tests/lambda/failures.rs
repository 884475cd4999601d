//! What fails, and what then happens to records.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::events::{gzip, payload};
use crate::mapping::{Mapping, event};
use crate::proxy::{Fault, Proxy};
use crate::start;
use crate::stream::{Kinesis, serve, text};

#[tokio::test]
async fn a_function_without_its_policy_or_key_does_not_start() {
    let folder = std::env::temp_dir().join(format!("logveil-lambda-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let policy = folder.join("hash.toml");
    std::fs::write(&policy, "[actions]\ndefault = \"hash\"\n").unwrap();
    let policy = policy.to_str().unwrap();
    for (variables, says) in [
        (vec![], "LOGVEIL_SINK is not set"),
        (vec![("LOGVEIL_SINK", "hunter2")], "LOGVEIL_SINK: write kinesis:STREAM"),
        (vec![("LOGVEIL_SINK", "answer"), ("LOGVEIL_POLICY", "/no/such/file")], "/no/such/file: "),
        (vec![("LOGVEIL_SINK", "answer"), ("LOGVEIL_POLICY", policy)], "the action hash needs a key"),
        (vec![("LOGVEIL_SINK", "answer"), ("LOGVEIL_KEY_SECRET", "s"), ("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", "1")], "nobody listens"),
        (vec![("LOGVEIL_SINK", "answer"), ("LOGVEIL_SNIK", "hunter2")], "LOGVEIL_SNIK: there is no such setting"),
    ] {
        let (code, error, printed) = start(&variables).await.ended().await;
        assert_eq!(code, Some(1));
        let message = error.expect("Lambda is told why")["errorMessage"].as_str().unwrap().to_owned();
        assert!(message.contains(says), "{message}");
        assert!(!message.contains("hunter2") && !printed.contains("hunter2"));
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn what_is_no_event_is_an_error_that_says_nothing_of_it() {
    let function = start(&[("LOGVEIL_SINK", "answer")]).await;
    for event in [r#"{"password":"hunter2"}"#, r#""hunter2""#, r#"{"Records":"hunter2"}"#, r#"{"Records":[{"kinesis":"hunter2"}]}"#] {
        let error = function.invoke(event).await.unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    assert!(!function.printed().contains("hunter2"));
}

#[tokio::test]
async fn the_lowest_record_that_is_not_delivered_is_reported() {
    let kinesis = Kinesis::start(false).await;
    kinesis.create("in", 1).await;
    // There is no stream "out".
    let variables = [("LOGVEIL_SINK", "kinesis:out"), ("AWS_ENDPOINT_URL", &kinesis.endpoint), ("LOGVEIL_RESERVE_MILLISECONDS", "100")];
    let function = start(&variables).await;
    for n in 0..3 {
        kinesis.put("in", "k", format!("{n} password=hunter2")).await;
    }
    let records = kinesis.read_all("in").await;
    let answer = function.invoke_within(event(&records), Duration::from_millis(600)).await;
    assert_eq!(answer, Ok(json!({ "batchItemFailures": [{ "itemIdentifier": records[0].sequence_number() }] })));
    let metrics = &function.metrics()[0];
    assert_eq!((&metrics["Failed"], &metrics["Delivered"], &metrics["Refused"]), (&json!(3), &json!(0), &json!(0)));
    let single = json!({ "awslogs": { "data": "cGFzc3dvcmQ9aHVudGVyMg==" } }).to_string();
    assert!(function.invoke_within(single, Duration::from_millis(600)).await.is_err());

    kinesis.create("out", 1).await;
    assert_eq!(function.invoke(event(&records)).await, Ok(json!({ "batchItemFailures": [] })));
    assert_eq!(kinesis.read_all("out").await.len(), 3);
    assert!(!function.printed().contains("hunter2"));
}

#[tokio::test]
async fn what_a_sink_that_is_gone_should_have_taken_is_sent_again_or_goes_to_the_fallback() {
    let kinesis = Kinesis::start(false).await;
    kinesis.create("in", 1).await;
    kinesis.create("late", 1).await;
    let fallback = ("LOGVEIL_FALLBACK", "kinesis:late");
    // There is no stream "out".
    let function = start(&[("LOGVEIL_SINK", "kinesis:out"), fallback, ("AWS_ENDPOINT_URL", &kinesis.endpoint)]).await;
    kinesis.put("in", "k", "password=hunter2").await;
    let records = kinesis.read_all("in").await;
    let failed = json!({ "batchItemFailures": [{ "itemIdentifier": records[0].sequence_number() }] });
    assert_eq!(function.invoke(event(&records)).await, Ok(failed));
    assert!(kinesis.read_all("late").await.is_empty());

    // An event without a stream behind it is given up after two more attempts.
    let single = json!({ "awslogs": { "data": STANDARD.encode(gzip(&payload("/app", &["password=hunter2"]))) } }).to_string();
    assert_eq!(function.invoke(single).await, Ok(json!(null)));
    assert_eq!(kinesis.read_all("late").await.len(), 1);
    let counts =
        function.metrics().into_iter().map(|metrics| ["Delivered", "Diverted", "Failed"].map(|name| metrics[name].as_u64().unwrap()));
    assert_eq!(counts.collect::<Vec<_>>(), [[0, 0, 1], [1, 1, 0]]);
    assert!(!function.printed().contains("hunter2"));
}

#[tokio::test]
async fn without_an_answer_to_give_a_batch_fails_and_comes_to_the_destination() {
    let kinesis = Kinesis::start(false).await;
    kinesis.create("in", 1).await;
    for n in 0..4 {
        kinesis.put("in", "k", format!("{n}")).await;
    }
    let function = start(&[("LOGVEIL_SINK", "answer")]).await;
    let mut mapping = Mapping::new(&kinesis, "in", 4);
    mapping.retries = 2;
    mapping.poll(&function).await;
    assert_eq!(mapping.destination.iter().map(text).collect::<String>(), "0123");
}

#[tokio::test]
async fn a_bomb_is_stopped_and_stands_as_a_text() {
    let kinesis = Kinesis::start(false).await;
    kinesis.create("in", 1).await;
    kinesis.create("out", 1).await;
    let variables = [("LOGVEIL_SINK", "kinesis:out"), ("AWS_ENDPOINT_URL", &*kinesis.endpoint), ("LOGVEIL_MAX_INFLATED_MIB", "4")];
    let function = start(&variables).await;
    kinesis.put("in", "k", gzip(&"password=hunter2 ".repeat(1 << 20))).await;
    kinesis.put("in", "k", gzip(&payload("/app", &["fine"]))).await;
    Mapping::new(&kinesis, "in", 10).poll(&function).await;
    let out = kinesis.read_all("out").await;
    assert_eq!(out.len(), 2);
    let stand_in = std::io::read_to_string(flate2::read::GzDecoder::new(out[0].data().as_ref())).unwrap();
    assert!(stand_in.starts_with("[logveil: too large, "), "{stand_in}");
    assert_eq!(function.metrics()[0]["UndecodableByReason"], json!({ "too_large": 1 }));
}

/// A bucket that takes everything, and what it took.
async fn bucket() -> (String, Arc<Mutex<Vec<Vec<u8>>>>) {
    async fn take(State(taken): State<Arc<Mutex<Vec<Vec<u8>>>>>, uri: Uri, body: Bytes) {
        assert!(uri.path().starts_with("/quarantine/raw/year"), "{uri}");
        taken.lock().unwrap().push(body.to_vec());
    }
    let taken = Arc::<Mutex<Vec<Vec<u8>>>>::default();
    (serve(Router::new().fallback(take).with_state(Arc::clone(&taken))).await, taken)
}

#[tokio::test]
async fn what_cannot_be_decoded_is_kept_raw_and_answered_masked() {
    let (endpoint, taken) = bucket().await;
    let quarantine = ("LOGVEIL_QUARANTINE", "s3://quarantine/raw");
    let function = start(&[("LOGVEIL_SINK", "answer"), quarantine, ("AWS_ENDPOINT_URL", &endpoint)]).await;
    let damaged = gzip("password=hunter2")[..20].to_vec();
    let event = json!({ "records": [
        { "recordId": "1", "data": STANDARD.encode(&damaged) },
        { "recordId": "2", "data": STANDARD.encode("password=hunter2") },
        { "recordId": "3", "data": "%password=hunter2%" },
        { "recordId": "4" },
    ] });
    let answer = function.invoke(event.to_string()).await.unwrap();
    assert!(answer["records"].as_array().unwrap().iter().all(|record| record["result"] == "Ok"));
    assert_eq!(*taken.lock().unwrap(), [damaged, b"%password=hunter2%".to_vec()]);
    assert_eq!((&function.metrics()[0]["Quarantined"], &function.metrics()[0]["Failed"]), (&json!(2), &json!(0)));

    // Without its bucket it says so, and answers nevertheless: what is not answered, Firehose stores raw.
    let function = start(&[("LOGVEIL_SINK", "answer"), quarantine, ("AWS_ENDPOINT_URL", "http://127.0.0.1:1")]).await;
    let answer = function.invoke(event.to_string()).await.unwrap();
    assert!(answer["records"].as_array().unwrap().iter().all(|record| record["result"] == "Ok"));
    assert_eq!((&function.metrics()[0]["Quarantined"], &function.metrics()[0]["Failed"]), (&json!(0), &json!(2)));
    assert!(!function.printed().contains("hunter2"));
}

/// Where the fallback does not take what an answer has no room for, the raw bytes are kept, or it is counted as failed.
#[tokio::test]
async fn what_an_answer_has_no_room_for_is_kept_raw_where_no_fallback_takes_it() {
    async fn closed(State(taken): State<Arc<Mutex<Vec<Vec<u8>>>>>, method: Method, body: Bytes) -> (StatusCode, &'static str) {
        if method == Method::POST {
            return (StatusCode::BAD_REQUEST, r#"{"__type":"ResourceNotFoundException"}"#);
        }
        taken.lock().unwrap().push(body.to_vec());
        (StatusCode::OK, "")
    }
    let taken = Arc::<Mutex<Vec<Vec<u8>>>>::default();
    let endpoint = serve(Router::new().fallback(closed).with_state(Arc::clone(&taken))).await;
    let line = "a@b.io ".repeat(90_000);
    let records: Vec<_> = (0..5).map(|id| json!({ "recordId": id.to_string(), "data": STANDARD.encode(&line) })).collect();
    let event = json!({ "records": records }).to_string();
    let (fallback, quarantine) = (("LOGVEIL_FALLBACK", "kinesis:gone"), ("LOGVEIL_QUARANTINE", "s3://quarantine/raw"));
    for (variables, is_kept, is_failed) in
        [(vec![fallback, quarantine], true, false), (vec![fallback], false, true), (vec![quarantine], true, false), (vec![], false, false)]
    {
        let own = [("LOGVEIL_SINK", "answer"), ("AWS_ENDPOINT_URL", endpoint.as_str())];
        let function = start(&[&own[..], &variables].concat()).await;
        let answer = function.invoke(event.clone()).await.unwrap();
        assert!(answer["records"].as_array().unwrap().iter().all(|record| record["result"] == "Ok"));
        let metrics = &function.metrics()[0];
        let counts = ["LeftOut", "Diverted", "Quarantined", "Failed"].map(|name| metrics[name].as_u64().unwrap());
        let left_out = counts[0];
        assert!(left_out > 0);
        assert_eq!(counts, [left_out, 0, if is_kept { left_out } else { 0 }, if is_failed { left_out } else { 0 }], "{variables:?}");
        assert_eq!(std::mem::take(&mut *taken.lock().unwrap()), vec![line.clone().into_bytes(); counts[2] as usize]);
        assert!(!function.printed().contains("a@b.io"));
    }
}

/// Four requests in five are taken in part: each record arrives once, since the service said which did.
#[tokio::test]
async fn what_the_service_confirmed_is_not_sent_again() {
    let kinesis = Kinesis::start(false).await;
    kinesis.create("in", 1).await;
    kinesis.create("out", 1).await;
    let (proxy, endpoint) = Proxy::start(kinesis.router.clone(), 11, 80, &[Fault::Partial]).await;
    let function = start(&[("LOGVEIL_SINK", "kinesis:out"), ("AWS_ENDPOINT_URL", &endpoint)]).await;
    for n in 0..200 {
        kinesis.put("in", "k", n.to_string()).await;
    }
    Mapping::new(&kinesis, "in", 50).poll(&function).await;
    let mut out: Vec<u32> = kinesis.read_all("out").await.iter().map(|record| text(record).parse().unwrap()).collect();
    out.sort_unstable();
    assert_eq!(out, (0..200).collect::<Vec<_>>());
    assert!(proxy.faults.load(Ordering::Relaxed) > 4);
    assert!(function.metrics().iter().all(|line| line["Failed"] == 0));
}
