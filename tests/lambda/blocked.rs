//! A sink that refuses some records, a fallback and a quarantine, of which one may hang: the others go on.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use logveil::envelope::Aggregator;
use serde_json::{Value, json};

use crate::events::gzip;
use crate::start;
use crate::stream::serve;

/// CloudWatch Logs, Kinesis, Firehose and S3 as far as they are written to, and what they took.
#[derive(Default)]
struct Taken {
    events: Mutex<Vec<String>>,
    records: Mutex<Vec<String>>,
    objects: Mutex<Vec<Vec<u8>>>,
    s3_hangs: bool,
}

/// Kinesis refuses a request with the text `BAD` in it, and throttles records with the text `HOT`.
async fn answer(State(taken): State<Arc<Taken>>, method: Method, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    if method == Method::PUT {
        if taken.s3_hangs {
            std::future::pending::<()>().await;
        }
        taken.objects.lock().unwrap().push(body.to_vec());
        return (StatusCode::OK, String::new());
    }
    let request: Value = serde_json::from_slice(&body).unwrap();
    let text = |record: &Value| String::from_utf8_lossy(&STANDARD.decode(record["Data"].as_str().unwrap()).unwrap()).into_owned();
    let answer = match headers["x-amz-target"].to_str().unwrap().rsplit('.').next().unwrap() {
        "PutLogEvents" => {
            let events = request["logEvents"].as_array().unwrap().iter();
            taken.events.lock().unwrap().extend(events.map(|event| event["message"].as_str().unwrap().to_owned()));
            json!({})
        }
        "PutRecords" => {
            let texts: Vec<String> = request["Records"].as_array().unwrap().iter().map(text).collect();
            if texts.iter().any(|text| text.contains("BAD")) {
                return (StatusCode::BAD_REQUEST, json!({ "__type": "ValidationException" }).to_string());
            }
            let results = texts.iter().map(|text| match text.contains("HOT") {
                true => json!({ "ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "slow down" }),
                false => json!({ "SequenceNumber": "1", "ShardId": "shardId-000000000000" }),
            });
            let answer = json!({ "FailedRecordCount": 0, "Records": results.collect::<Vec<_>>() });
            taken.records.lock().unwrap().extend(texts.into_iter().filter(|text| !text.contains("HOT")));
            answer
        }
        "PutRecordBatch" => {
            let texts: Vec<String> = request["Records"].as_array().unwrap().iter().map(text).collect();
            let answer = json!({ "FailedPutCount": 0, "RequestResponses": vec![json!({ "RecordId": "1" }); texts.len()] });
            taken.records.lock().unwrap().extend(texts);
            answer
        }
        other => panic!("{other} is not asked for"),
    };
    (StatusCode::OK, answer.to_string())
}

async fn services(s3_hangs: bool) -> (String, Arc<Taken>) {
    let taken = Arc::new(Taken { s3_hangs, ..Taken::default() });
    (serve(Router::new().fallback(answer).with_state(Arc::clone(&taken))).await, taken)
}

fn batch(records: &[(&str, &str, Vec<u8>)]) -> String {
    let record = |(number, key, data): &(&str, &str, Vec<u8>)| {
        json!({
            "kinesis": { "partitionKey": key, "sequenceNumber": number, "data": STANDARD.encode(data) },
            "eventSourceARN": "arn:aws:kinesis:eu-central-1:000000000000:stream/in",
        })
    };
    json!({ "Records": records.iter().map(record).collect::<Vec<_>>() }).to_string()
}

fn payload(events: &[(u64, &str)]) -> String {
    let events = events.iter().enumerate();
    let events = events.map(|(id, (time, message))| json!({ "id": id.to_string(), "timestamp": time, "message": message }));
    json!({
        "messageType": "DATA_MESSAGE", "owner": "000000000000", "logGroup": "/app", "logStream": "s", "subscriptionFilters": ["f"],
        "logEvents": events.collect::<Vec<_>>(),
    })
    .to_string()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64
}

#[tokio::test]
async fn behind_an_event_that_went_to_the_fallback_its_key_goes_on() {
    let (endpoint, taken) = services(false).await;
    let variables = [("LOGVEIL_SINK", "logs:/masked:all"), ("LOGVEIL_FALLBACK", "s3://late"), ("LOGVEIL_ORDER", "strict")];
    let function = start(&[&variables[..], &[("AWS_ENDPOINT_URL", &endpoint)]].concat()).await;
    let old = now() - 15 * 24 * 3_600_000;
    let payload = payload(&[(now(), "1"), (old, "password=hunter2"), (now(), "3"), (now(), "4")]);
    let event = json!({ "awslogs": { "data": STANDARD.encode(gzip(&payload)) } });
    assert_eq!(function.invoke(event.to_string()).await, Ok(Value::Null));
    assert_eq!(*taken.events.lock().unwrap(), ["1", "3", "4"]);
    assert_eq!(taken.objects.lock().unwrap().len(), 1);

    let sink = [("LOGVEIL_SINK", "kinesis:out"), ("LOGVEIL_FALLBACK", "s3://late"), ("LOGVEIL_ORDER", "strict")];
    let function = start(&[&sink[..], &[("AWS_ENDPOINT_URL", &endpoint)]].concat()).await;
    let records = ["a", "BAD", "c", "BAD", "e"].map(|text| ("1", "key", text.as_bytes().to_vec()));
    assert_eq!(function.invoke(batch(&records)).await, Ok(json!({ "batchItemFailures": [] })));
    assert_eq!(*taken.records.lock().unwrap(), ["a", "c", "e"]);
    let metrics = &function.metrics()[0];
    assert_eq!((&metrics["Delivered"], &metrics["Diverted"], &metrics["Failed"]), (&json!(5), &json!(2), &json!(0)));
}

#[tokio::test]
async fn the_fallback_does_not_wait_for_what_is_throttled() {
    let (endpoint, taken) = services(false).await;
    let variables = [("LOGVEIL_SINK", "kinesis:out"), ("LOGVEIL_FALLBACK", "s3://late"), ("AWS_ENDPOINT_URL", &endpoint)];
    let function = start(&variables).await;
    let records = [("1", "a", b"BAD".to_vec()), ("2", "b", b"HOT".to_vec()), ("3", "c", b"fine".to_vec())];
    let answer = function.invoke_within(batch(&records), Duration::from_secs(3)).await;
    assert_eq!(answer, Ok(json!({ "batchItemFailures": [{ "itemIdentifier": "2" }] })));
    assert_eq!((taken.objects.lock().unwrap().len(), taken.records.lock().unwrap().len()), (1, 1));
}

#[tokio::test]
async fn the_sink_does_not_wait_for_the_quarantine() {
    let (endpoint, taken) = services(true).await;
    let variables = [("LOGVEIL_SINK", "kinesis:out"), ("LOGVEIL_QUARANTINE", "s3://raw"), ("AWS_ENDPOINT_URL", &endpoint)];
    let function = start(&variables).await;
    let damaged = gzip("password=hunter2")[..20].to_vec();
    let records = [("1", "a", b"one".to_vec()), ("2", "b", damaged), ("3", "c", b"three".to_vec())];
    let answer = function.invoke_within(batch(&records), Duration::from_secs(3)).await;
    assert_eq!(answer, Ok(json!({ "batchItemFailures": [{ "itemIdentifier": "2" }] })));
    assert_eq!(taken.records.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_time_that_is_refused_holds_nothing_up_where_there_is_no_fallback() {
    let (endpoint, taken) = services(false).await;
    let function = start(&[("LOGVEIL_SINK", "logs:/masked:all"), ("AWS_ENDPOINT_URL", &endpoint)]).await;
    let records = [("1", "a", payload(&[(0, "from the start of time")]).into_bytes()), ("2", "b", b"a line".to_vec())];
    assert_eq!(function.invoke(batch(&records)).await, Ok(json!({ "batchItemFailures": [] })));
    assert_eq!(taken.events.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn aggregates_stand_in_objects_as_lines() {
    let (endpoint, taken) = services(false).await;
    let mut aggregator = Aggregator::new("key", None);
    ["one", "password=hunter2\n", "three"].iter().for_each(|text| aggregator.push(text.as_bytes()));
    let records = [("1", "key", aggregator.finish()), ("2", "key", b"four".to_vec())];
    let lines = "one\npassword=[REDACTED:assigned-password]\nthree\n";
    for sink in ["s3://masked", "firehose:masked"] {
        let function = start(&[("LOGVEIL_SINK", sink), ("LOGVEIL_OUTPUT", "same"), ("AWS_ENDPOINT_URL", &endpoint)]).await;
        assert_eq!(function.invoke(batch(&records)).await, Ok(json!({ "batchItemFailures": [] })), "{sink}");
    }
    let object = std::io::read_to_string(flate2::read::GzDecoder::new(&taken.objects.lock().unwrap()[0][..])).unwrap();
    assert_eq!(object, format!("{lines}four\n"));
    assert_eq!(*taken.records.lock().unwrap(), [lines, "four\n"]);
}

#[tokio::test]
async fn a_record_of_the_largest_size_arrives_as_it_is() {
    let (endpoint, taken) = services(false).await;
    let function = start(&[("LOGVEIL_SINK", "kinesis:out"), ("AWS_ENDPOINT_URL", &endpoint)]).await;
    let longest = "a ".repeat(1 << 19)[.."a ".len() * (1 << 19) - 3].to_owned();
    let records = [("1", "key", longest.clone().into_bytes()), ("2", "keys", longest.clone().into_bytes())];
    assert_eq!(function.invoke(batch(&records)).await, Ok(json!({ "batchItemFailures": [] })));
    let taken = taken.records.lock().unwrap();
    assert!(taken[0] == longest && taken[1] != longest, "{:?}", taken.iter().map(String::len).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_lowest_number_is_reported_in_whatever_order_they_come() {
    let (endpoint, _) = services(false).await;
    let function = start(&[("LOGVEIL_SINK", "kinesis:out"), ("AWS_ENDPOINT_URL", &endpoint)]).await;
    let records = [("101", "a", b"HOT".to_vec()), ("10", "b", b"fine".to_vec()), ("99", "c", b"HOT".to_vec())];
    let answer = function.invoke_within(batch(&records), Duration::from_millis(1500)).await;
    assert_eq!(answer, Ok(json!({ "batchItemFailures": [{ "itemIdentifier": "99" }] })));
}

#[tokio::test]
async fn a_stream_is_not_written_to_from_itself() {
    let (endpoint, taken) = services(false).await;
    for sink in ["kinesis:in", "kinesis:arn:aws:kinesis:eu-central-1:000000000000:stream/in"] {
        let function = start(&[("LOGVEIL_SINK", sink), ("AWS_ENDPOINT_URL", &endpoint)]).await;
        let error = function.invoke(batch(&[("1", "a", b"fine".to_vec())])).await.unwrap_err();
        assert_eq!(error["errorType"], "Logveil.Invocation");
        assert!(error["errorMessage"].as_str().unwrap().contains("LOGVEIL_SINK"), "{error}");
        assert_eq!(function.metrics()[0]["Failed"], 1);
    }
    assert!(taken.records.lock().unwrap().is_empty());
}
