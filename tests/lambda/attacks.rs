//! Whoever controls log lines, or the shape of an event, against the promise that nothing comes out raw.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::events::{gzip, payload};
use crate::start;
use crate::stream::{Kinesis, text};

const SECRET: &str = "password=hunter2";

/// Records that pretend to be something else, or are it in part.
fn records() -> Vec<(&'static str, Vec<u8>)> {
    let masked = |text: &str| gzip(text);
    let named = |field: &str| format!(r#"{{"messageType":"DATA_MESSAGE",{field},"logEvents":[{{"id":"1","message":"{SECRET}"}}]}}"#);
    let deep = |depth: usize| format!("{}{}{}", "[".repeat(depth), json!({ "password": "hunter2" }), "]".repeat(depth));
    let aggregate = |body: &[u8], digest: &[u8]| [&[0xf3, 0x89, 0x9a, 0xc2][..], body, digest].concat();
    let utf8_less = named(r#""logGroup":"?""#).into_bytes().into_iter().map(|byte| if byte == b'?' { 0xff } else { byte }).collect();
    vec![
        ("garbage behind gzip", [masked("fine"), SECRET.into()].concat()),
        ("zeros behind gzip", [masked(SECRET), vec![0; 40], SECRET.into()].concat()),
        ("gzip cut in members", [masked("fine password=hun"), masked("ter2 fine")].concat()),
        ("gzip that is stored", [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 16, 0, 0xef, 0xff][..], SECRET.as_bytes()].concat()),
        ("gzip with a comment", [&[0x1f, 0x8b, 8, 16, 0, 0, 0, 0, 0, 3][..], SECRET.as_bytes(), b"\0", &masked("fine")[10..]].concat()),
        ("an aggregate with a wrong digest", aggregate(SECRET.as_bytes(), &[0; 16])),
        ("an aggregate without a digest", aggregate(SECRET.as_bytes(), b"")),
        ("deep JSON", deep(100_000).into_bytes()),
        ("a payload of deep JSON", named(&format!("\"x\":{}", deep(5000))).into_bytes()),
        ("a message of deep JSON", payload("/app", &[&deep(20_000)]).into_bytes()),
        ("two messages", br#"{"messageType":"DATA_MESSAGE","logEvents":[{"message":"password=hunter2","message":"fine"}]}"#.to_vec()),
        ("two lists", format!(r#"{{"messageType":"DATA_MESSAGE","logEvents":[{{"message":"{SECRET}"}}],"logEvents":[]}}"#).into_bytes()),
        ("half a pair", named(r#""x":"\ud800 password=hunter2 \udc00""#).into_bytes()),
        ("a key that is a secret", named(r#""password=hunter2":1"#).into_bytes()),
        ("a group that is none", named(r#""logGroup":["password=hunter2"]"#).into_bytes()),
        ("a type that is none", named(r#""messageType":"password=hunter2""#).into_bytes()),
        ("an owner that is none", named(r#""owner":"password=hunter2""#).into_bytes()),
        ("an id that is none", br#"{"messageType":"DATA_MESSAGE","logEvents":[{"id":"password=hunter2","message":"fine"}]}"#.to_vec()),
        ("a group that is not UTF-8", utf8_less),
        ("zeros", [b"\0\0", SECRET.as_bytes(), b"\0"].concat()),
        ("bytes", [b"\xff\xfe\0", SECRET.as_bytes()].concat()),
        ("a payload with a mark", [b"\xef\xbb\xbf", payload("/app", &[SECRET]).as_bytes()].concat()),
    ]
}

#[tokio::test]
async fn no_record_comes_out_raw_whatever_it_pretends_to_be() {
    let kinesis = Kinesis::start(false).await;
    kinesis.create("out", 1).await;
    for (order, output) in [("best-effort", "same"), ("packed", "events"), ("strict", "messages")] {
        let function = start(&[
            ("LOGVEIL_SINK", "kinesis:out"),
            ("AWS_ENDPOINT_URL", &kinesis.endpoint),
            ("LOGVEIL_ORDER", order),
            ("LOGVEIL_OUTPUT", output),
        ])
        .await;
        for (name, record) in records() {
            let event =
                json!({ "Records": [{ "kinesis": { "sequenceNumber": "1", "partitionKey": name, "data": STANDARD.encode(&record) } }] });
            assert_eq!(function.invoke(event.to_string()).await, Ok(json!({ "batchItemFailures": [] })), "{name}");
        }
        assert!(!function.printed().contains("hunter2"));
        assert!(!function.printed().contains("could not be masked") && !function.printed().contains("internal fault"));
    }
    let out = kinesis.read_all("out").await;
    let arrived: Vec<&str> =
        records().iter().map(|(name, _)| *name).filter(|name| out.iter().any(|record| record.partition_key() == *name)).collect();
    assert_eq!(arrived, records().iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for record in &out {
        let bytes = record.data().as_ref();
        let mut inflated = Vec::new();
        // What is not gzip, or not all of it, is looked at as far as that goes.
        let _ = std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(bytes), &mut inflated);
        let inflated = String::from_utf8_lossy(&inflated);
        let is_raw = text(record).contains("hunter2") || inflated.contains("hunter2") || inflated.contains("ter2");
        assert!(!is_raw, "{}: {}", record.partition_key(), text(record));
    }
}

#[tokio::test]
async fn no_event_tells_what_it_holds() {
    let kinesis = Kinesis::start(false).await;
    kinesis.create("out", 1).await;
    let function = start(&[("LOGVEIL_SINK", "kinesis:out"), ("AWS_ENDPOINT_URL", &kinesis.endpoint)]).await;
    let data = STANDARD.encode(SECRET);
    let damaged = format!("%{SECRET}");
    let record = |fields: &str| format!(r#"{{"Records":[{{"kinesis":{{{fields}}}}}]}}"#);
    let events = [
        format!(r#"{{"Records":[{{"kinesis":{{"data":"{data}","partitionKey":"hunter2"}}}}]}}"#),
        record(&format!(r#""sequenceNumber":"1","data":"{data}""#)),
        record(&format!(r#""sequenceNumber":["hunter2"],"partitionKey":"k","data":"{data}""#)),
        record(&format!(r#""sequenceNumber":"1","partitionKey":"\ud800hunter2","data":"{data}""#)),
        record(&format!(r#""sequenceNumber":"1","partitionKey":"k","data":"{damaged}""#)),
        record(&format!(r#""sequenceNumber":"1","partitionKey":"k","data":"{damaged}","data":"{data}""#)),
        record(&format!(r#""sequenceNumber":"1","partitionKey":"k","data":"\ud800{SECRET}""#)),
        record(&format!(r#""sequenceNumber":"1","partitionKey":"k","data":{{"x":"{SECRET}"}}"#)),
        record(&format!(r#""sequenceNumber":"1","partitionKey":"k","data":{}"{SECRET}"{}"#, "[".repeat(50_000), "]".repeat(50_000))),
        format!(r#"{{"awslogs":{{"data":"{damaged}"}}}}"#),
        format!(r#"{{"awslogs":"{SECRET}"}}"#),
        format!(r#"{{"records":[{{"data":"{data}"}}]}}"#),
        r#"{"password":"hunter2""#.to_owned(),
        SECRET.to_owned(),
    ];
    for event in events {
        let said = match function.invoke(event.clone()).await {
            Ok(answer) => answer.to_string(),
            Err(error) => error.to_string(),
        };
        assert!(!said.contains("hunter2"), "{event}: {said}");
    }
    let bytes = [b"{\"Records\":\"\xff".as_slice(), SECRET.as_bytes(), b"\"}"].concat();
    assert!(!function.invoke(bytes).await.unwrap_err().to_string().contains("hunter2"));
    assert!(!function.printed().contains("hunter2"));
    assert!(kinesis.read_all("out").await.iter().all(|record| !text(record).contains("hunter2")));
}
