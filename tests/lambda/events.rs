//! Each kind of event, and several in one batch.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::function::Function;
use crate::mapping::Mapping;
use crate::start;
use crate::stream::{Kinesis, text};

pub fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn gunzip(bytes: &[u8]) -> String {
    std::io::read_to_string(GzDecoder::new(bytes)).unwrap()
}

pub fn payload(group: &str, messages: &[&str]) -> String {
    let events = messages
        .iter()
        .enumerate()
        .map(|(id, message)| json!({ "id": id.to_string(), "timestamp": 1_732_000_000_000_u64, "message": message }));
    json!({
        "messageType": "DATA_MESSAGE", "owner": "000000000000", "logGroup": group, "logStream": "s", "subscriptionFilters": ["f"],
        "logEvents": events.collect::<Vec<_>>(),
    })
    .to_string()
}

fn subscription(payload: &str) -> String {
    json!({ "awslogs": { "data": STANDARD.encode(gzip(payload)) } }).to_string()
}

/// What another encoder has written (`tests/data/kpl/make.py`).
fn aggregate() -> Vec<u8> {
    let hex = include_str!("../data/kpl/secrets.hex");
    let digits: Vec<u32> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}

const CONTROL: &str = r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1,"message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}"#;

/// A stream that takes, behind a function that reads another.
async fn between(variables: &[(&str, &str)]) -> (Kinesis, Function) {
    let kinesis = Kinesis::start(false).await;
    kinesis.create("in", 1).await;
    kinesis.create("out", 1).await;
    let endpoint = kinesis.endpoint.clone();
    let own = [("LOGVEIL_SINK", "kinesis:out"), ("AWS_ENDPOINT_URL", endpoint.as_str())];
    let function = start(&[&own, variables].concat()).await;
    (kinesis, function)
}

#[tokio::test]
async fn a_batch_of_all_kinds_comes_out_masked_with_its_keys() {
    let (kinesis, function) = between(&[]).await;
    kinesis.put("in", "lines", "one password=hunter2\ntwo\n").await;
    kinesis.put("in", "json", r#"{"password":"hunter2","n":1.0}"#).await;
    kinesis.put("in", "payload", gzip(&payload("/app", &["password=hunter2"]))).await;
    kinesis.put("in", "control", gzip(CONTROL)).await;
    kinesis.put("in", "damaged", &gzip("password=hunter2")[..20]).await;
    kinesis.put("in", "aggregate", aggregate()).await;
    let mut mapping = Mapping::new(&kinesis, "in", 100);
    assert_eq!(mapping.poll(&function).await, 6);
    let out = kinesis.read_all("out").await;
    let keys: Vec<&str> = out.iter().map(|record| record.partition_key()).collect();
    assert_eq!(keys, ["lines", "json", "payload", "damaged", "aggregate"]);
    assert_eq!(text(&out[0]), "one password=[REDACTED:assigned-password]\ntwo\n");
    assert_eq!(text(&out[1]), r#"{"password":"[REDACTED:assigned-password]","n":1.0}"#);
    assert_eq!(gunzip(out[2].data().as_ref()), payload("/app", &["password=[REDACTED:assigned-password]"]));
    assert_eq!(gunzip(out[3].data().as_ref()), "[logveil: damaged gzip, 20 bytes]\n");
    assert!(out[4].data().as_ref().starts_with(&[0xf3, 0x89, 0x9a, 0xc2]));
    let metrics = &function.metrics()[0];
    assert_eq!((&metrics["Records"], &metrics["Delivered"], &metrics["Failed"]), (&json!(6), &json!(5), &json!(0)));
    assert_eq!(metrics["Undecodable"], 1);
    assert_eq!(metrics["UndecodableByReason"]["gzip"], 1);
    assert!(metrics["FindingsByRule"]["assigned-password"].as_u64().unwrap() >= 3);
    assert!(!function.printed().contains("hunter2"));
}

#[tokio::test]
async fn aggregates_can_come_out_as_single_records() {
    let (kinesis, function) = between(&[("LOGVEIL_AGGREGATES", "single")]).await;
    kinesis.put("in", "k", aggregate()).await;
    Mapping::new(&kinesis, "in", 100).poll(&function).await;
    let out = kinesis.read_all("out").await;
    assert!(out.len() > 1, "{}", out.len());
    assert!(out.iter().all(|record| !record.data().as_ref().starts_with(&[0xf3, 0x89])));
}

#[tokio::test]
async fn a_subscription_goes_to_the_sink() {
    let (kinesis, function) = between(&[("LOGVEIL_OUTPUT", "messages")]).await;
    let answer = function.invoke(subscription(&payload("/app", &["password=hunter2", "fine"]))).await;
    assert_eq!(answer, Ok(Value::Null));
    assert_eq!(function.invoke(subscription(CONTROL)).await, Ok(Value::Null));
    let out = kinesis.read_all("out").await;
    assert_eq!(out.iter().map(text).collect::<String>(), "password=[REDACTED:assigned-password]\nfine\n");
}

#[tokio::test]
async fn its_own_events_are_dropped_and_counted() {
    let (kinesis, function) = between(&[("LOGVEIL_IGNORED_LOG_GROUPS", "/other")]).await;
    for group in ["/aws/lambda/veil", "/other"] {
        let event = subscription(&payload(group, &["password=hunter2", "fine"]));
        assert_eq!(function.invoke(event).await, Ok(Value::Null));
    }
    assert_eq!(function.invoke(subscription(&payload("/aws/lambda/veil2", &["fine"]))).await, Ok(Value::Null));
    assert_eq!(kinesis.read_all("out").await.len(), 1);
    let ignored: Vec<u64> = function.metrics().iter().map(|line| line["Ignored"].as_u64().unwrap()).collect();
    assert_eq!(ignored, [2, 2, 0]);
}

#[tokio::test]
async fn firehose_is_always_answered_with_masked_data() {
    let function = start(&[("LOGVEIL_SINK", "answer")]).await;
    let data = |bytes: &[u8]| STANDARD.encode(bytes);
    let event = json!({ "invocationId": "i", "deliveryStreamArn": "arn", "region": "r", "records": [
        { "recordId": "1", "data": data(b"password=hunter2\n") },
        { "recordId": "2", "data": data(&gzip(&payload("/app", &["password=hunter2"]))) },
        { "recordId": "3", "data": data(&gzip("password=hunter2")[..20]) },
        { "recordId": "4", "data": "%%%" },
        { "recordId": "5" },
        { "recordId": "6", "data": data(&gzip(CONTROL)) },
        { "recordId": "7", "data": data(&gzip(&payload("/aws/lambda/veil", &["password=hunter2"]))) },
        { "recordId": "8", "data": data(&[0xff, 0xfe, 0, 1, 2, 3]) },
    ] });
    let answer = function.invoke(event.to_string()).await.unwrap();
    let records = answer["records"].as_array().unwrap();
    let of = |field: &str| records.iter().map(|record| record[field].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(of("recordId"), ["1", "2", "3", "4", "5", "6", "7", "8"]);
    assert_eq!(of("result"), ["Ok", "Ok", "Ok", "Ok", "Ok", "Dropped", "Dropped", "Ok"]);
    let bytes: Vec<Vec<u8>> = of("data").iter().map(|data| STANDARD.decode(data).unwrap()).collect();
    assert_eq!(bytes[0], b"password=[REDACTED:assigned-password]\n");
    assert_eq!(gunzip(&bytes[1]), payload("/app", &["password=[REDACTED:assigned-password]"]));
    assert_eq!(gunzip(&bytes[2]), "[logveil: damaged gzip, 20 bytes]\n");
    assert!(bytes[3].starts_with(b"[logveil: damaged base64") && bytes[4].starts_with(b"[logveil: damaged base64"));
    assert!(bytes[7].starts_with(b"[logveil: not text"));
    assert!(bytes.iter().all(|bytes| !String::from_utf8_lossy(bytes).contains("hunter2")));
}

#[tokio::test]
async fn an_answer_to_firehose_stays_below_the_limit() {
    let function = start(&[("LOGVEIL_SINK", "answer")]).await;
    // E-mail addresses of six bytes become twice as long.
    let line = "a@b.io ".repeat(90_000);
    let records: Vec<Value> = (0..5).map(|id| json!({ "recordId": id.to_string(), "data": STANDARD.encode(&line) })).collect();
    let event = json!({ "records": records }).to_string();
    let answer = function.invoke(event).await.unwrap();
    assert!(answer.to_string().len() < 6_291_556);
    let records = answer["records"].as_array().unwrap();
    assert!(records.iter().all(|record| record["result"] == "Ok"));
    let data = |at: usize| String::from_utf8(STANDARD.decode(records[at]["data"].as_str().unwrap()).unwrap()).unwrap();
    assert!(data(0).starts_with("[REDACTED:email] ") && data(4).starts_with("[logveil: too large, "));
    assert!((0..5).all(|at| !data(at).contains("a@b.io")));
}

/// Payloads that are short as gzip, and long as lines.
#[tokio::test]
async fn what_an_answer_has_no_room_for_comes_out_as_gzip() {
    let function = start(&[("LOGVEIL_SINK", "answer"), ("LOGVEIL_OUTPUT", "events")]).await;
    let payload = payload("/app", &["password=hunter2 and what follows"; 12_000]);
    let records: Vec<Value> = (0..5).map(|id| json!({ "recordId": id.to_string(), "data": STANDARD.encode(gzip(&payload)) })).collect();
    let answer = function.invoke(json!({ "records": records }).to_string()).await.unwrap();
    assert!(answer.to_string().len() < 6_291_556);
    let masked = payload.replace("hunter2", "[REDACTED:assigned-password]");
    let (mut lines, mut gzips) = (0, 0);
    for record in answer["records"].as_array().unwrap() {
        assert_eq!(record["result"], "Ok");
        let data = STANDARD.decode(record["data"].as_str().unwrap()).unwrap();
        if data.starts_with(b"{") {
            let text = String::from_utf8(data).unwrap();
            assert_eq!((text.lines().count(), text.matches("[REDACTED:assigned-password]").count()), (12_000, 12_000));
            lines += 1;
        } else {
            assert_eq!(gunzip(&data), masked);
            gzips += 1;
        }
    }
    assert!(lines > 0 && gzips > 0, "{lines} and {gzips}");
    let metrics = &function.metrics()[0];
    assert_eq!((&metrics["Compacted"], &metrics["LeftOut"], &metrics["Undecodable"]), (&json!(gzips), &json!(0), &json!(0)));
    assert_eq!(metrics["Findings"], 60_000);
}

#[tokio::test]
async fn what_an_answer_has_no_room_for_goes_to_the_fallback() {
    let kinesis = Kinesis::start(false).await;
    kinesis.create("late", 1).await;
    let variables = [("LOGVEIL_SINK", "answer"), ("LOGVEIL_FALLBACK", "kinesis:late"), ("AWS_ENDPOINT_URL", &*kinesis.endpoint)];
    let function = start(&variables).await;
    let record = |id: usize| (0..60_000).map(|line| format!("{id} {line} a@b.io\n")).collect::<String>();
    let records: Vec<Value> = (0..5).map(|id| json!({ "recordId": id.to_string(), "data": STANDARD.encode(record(id)) })).collect();
    let answer = function.invoke(json!({ "records": records }).to_string()).await.unwrap();
    let data = answer["records"].as_array().unwrap().iter().map(|record| {
        assert_eq!(record["result"], "Ok");
        String::from_utf8(STANDARD.decode(record["data"].as_str().unwrap()).unwrap()).unwrap()
    });
    let data: Vec<String> = data.collect();
    let left_out = data.iter().filter(|data| data.starts_with("[logveil: too large, ")).count();
    assert!((1..5).contains(&left_out), "{left_out}");
    // Nothing is lost: it is in the answer or in the fallback, whose records are cut to what it takes.
    let late: String = kinesis.read_all("late").await.iter().map(text).collect();
    for (id, data) in data.iter().enumerate() {
        let masked = record(id).replace("a@b.io", "[REDACTED:email]");
        assert!(*data == masked || (late.contains(&masked) && data.starts_with("[logveil: too large, ")), "record {id}");
    }
    let metrics = &function.metrics()[0];
    let counts = ["Delivered", "LeftOut", "Diverted", "Failed", "Quarantined"].map(|name| metrics[name].as_u64().unwrap());
    assert_eq!(counts, [5, left_out as u64, left_out as u64, 0, 0]);
    assert!(!late.contains("a@b.io"));
}

/// They are neither delivered nor failed, and none is lost in the counts.
#[tokio::test]
async fn empty_records_are_counted() {
    let (kinesis, function) = between(&[]).await;
    let record = |number: &str, data: Vec<u8>| json!({ "kinesis": { "partitionKey": "k", "sequenceNumber": number, "data": STANDARD.encode(data) } });
    let event = json!({ "Records": [record("1", Vec::new()), record("2", b"fine".to_vec()), record("3", gzip(CONTROL))] });
    assert_eq!(function.invoke(event.to_string()).await, Ok(json!({ "batchItemFailures": [] })));
    assert_eq!(kinesis.read_all("out").await.len(), 1);
    assert_eq!(function.invoke(json!({ "awslogs": { "data": "" } }).to_string()).await, Ok(Value::Null));
    let answering = start(&[("LOGVEIL_SINK", "answer")]).await;
    let event = json!({ "records": [{ "recordId": "1", "data": "" }, { "recordId": "2", "data": "ZmluZQ==" }, { "recordId": "3" }] });
    let answer = answering.invoke(event.to_string()).await.unwrap();
    assert_eq!(answer["records"][0], json!({ "recordId": "1", "result": "Ok", "data": "" }));
    let counts = |function: &Function| {
        let names = ["Records", "Empty", "Ignored", "Delivered", "Failed", "Undecodable"];
        let of = |line: &Value| names.map(|name| line[name].as_u64().unwrap());
        function.metrics().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(counts(&function), [[3, 1, 1, 1, 0, 0], [1, 1, 0, 0, 0, 0]]);
    assert_eq!(counts(&answering), [[3, 1, 0, 3, 0, 1]]);
}

#[tokio::test]
async fn records_that_grow_too_large_are_cut_between_lines_and_events() {
    let (kinesis, function) = between(&[("LOGVEIL_MAX_RECORD_BYTES", "4096")]).await;
    let lines: String = (0..200).map(|n| format!("{n} password=hunter2\n")).collect();
    kinesis.put("in", "lines", lines.clone()).await;
    let messages: Vec<String> = (0..300).map(|n| format!("{n} {:x} password=hunter2", fastrand::u128(..))).collect();
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    kinesis.put("in", "payload", gzip(&payload("/app", &messages))).await;
    kinesis.put("in", "line", "x".repeat(5000)).await;
    Mapping::new(&kinesis, "in", 100).poll(&function).await;
    let out = kinesis.read_all("out").await;
    assert!(out.iter().all(|record| record.data().as_ref().len() <= 4096));
    let of = |key: &str| out.iter().filter(|record| record.partition_key() == key).cloned().collect::<Vec<_>>();
    let joined: String = of("lines").iter().map(text).collect();
    assert_eq!(joined, lines.replace("hunter2", "[REDACTED:assigned-password]"));
    let payloads = of("payload");
    let events = payloads.iter().map(|record| {
        let payload: Value = serde_json::from_str(&gunzip(record.data().as_ref())).unwrap();
        assert_eq!((&payload["messageType"], &payload["logGroup"]), (&json!("DATA_MESSAGE"), &json!("/app")));
        payload["logEvents"].as_array().unwrap().len()
    });
    let events: Vec<usize> = events.collect();
    assert!(events.len() > 1 && events.iter().sum::<usize>() == 300, "{events:?}");
    assert_eq!(text(&of("line")[0]), "[logveil: too large, 5000 bytes]\n");
}
