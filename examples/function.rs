//! How long the function for AWS Lambda takes, behind a Runtime API and before a service that takes everything:
//!
//! ```sh
//! cargo build --release --no-default-features --features lambda --bin logveil-lambda
//! cargo run --features lambda --example function target/release/logveil-lambda
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a measurement fails by panicking")]

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use function::Function;
use serde_json::{Value, json};

#[path = "../tests/lambda/function.rs"]
#[allow(dead_code, reason = "tests ask for more")]
mod function;
#[path = "../tests/support/loggen.rs"]
mod loggen;
#[path = "../tests/lambda/stream.rs"]
#[allow(dead_code, reason = "tests ask for more")]
mod stream;

/// The largest event of Lambda, less what stands around the data, as bytes before base64.
const LARGEST: usize = 4_400_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() {
    first().await;
    small().await;
    let logs = loggen::logs(24 << 20, 1, loggen::Dirty::Dirty2).bytes;
    let text = String::from_utf8_lossy(&logs);
    let lines: Vec<&str> = text.lines().collect();
    large("lines, 5,000 bytes a record", &chunks(&lines, 5_000, LARGEST)).await;
    large("gzip of CloudWatch Logs, 16 records", &payloads(&lines, 16)).await;
    large("gzip of CloudWatch Logs, one record", &payloads(&lines, 1)).await;
    large("aggregates of 40 records", &aggregates(&chunks(&lines, 1_000, LARGEST))).await;
    let padded: Vec<String> = lines.iter().map(|line| format!("{line}{}", " padding".repeat(26))).collect();
    large("the same, padded: what inflates to 30 MB", &payloads(&padded.iter().map(String::as_str).collect::<Vec<_>>(), 1)).await;
}

/// From the start of the process to its first answer.
async fn first() {
    let event = firehose(&[b"password=hunter2".to_vec()]);
    let mut times = Vec::new();
    let mut inits = Vec::new();
    for _ in 0..20 {
        let begin = Instant::now();
        let function = start(&[("LOGVEIL_SINK", "answer")]).await;
        function.invoke(event.clone()).await.unwrap();
        times.push(begin.elapsed());
        let ready = function.printed();
        let ready = ready.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let init = ready.filter_map(|line| line["init_microseconds"].as_str()?.parse().ok()).next();
        inits.push(Duration::from_micros(init.expect("it says that it is ready")));
    }
    report("process start to first answer", &mut times);
    report("init alone", &mut inits);
}

/// Small events.
async fn small() {
    let function = start(&[("LOGVEIL_SINK", "answer")]).await;
    let line = b"12:00:01 INFO login user=bob password=hunter2 from 10.0.0.7\n".to_vec();
    for count in [1, 100] {
        let event = firehose(&vec![line.clone(); count]);
        let mut times = Vec::new();
        for _ in 0..500 {
            let begin = Instant::now();
            function.invoke(event.clone()).await.unwrap();
            times.push(begin.elapsed());
        }
        report(&format!("an invocation of {count} records of a line"), &mut times);
    }
}

/// The largest events, several times, and where the time goes.
async fn large(name: &str, records: &[Vec<u8>]) {
    let endpoint = everything().await;
    let function = start(&[
        ("LOGVEIL_SINK", "kinesis:out"),
        ("AWS_ENDPOINT_URL", &endpoint),
        ("LOGVEIL_MAX_RECORD_BYTES", "10485760"),
        ("LOGVEIL_GZIP_LEVEL", &std::env::var("GZIP_LEVEL").unwrap_or("6".into())),
    ])
    .await;
    let event = kinesis(records);
    println!("\n{name}: {} records, an event of {} bytes", records.len(), event.len());
    let mut times = Vec::new();
    for _ in 0..9 {
        let begin = Instant::now();
        assert_eq!(function.invoke(event.clone()).await, Ok(json!({ "batchItemFailures": [] })));
        times.push(begin.elapsed());
    }
    report("an invocation", &mut times);
    let metrics = function.metrics();
    let text = metrics[0]["TextBytes"].as_u64().unwrap() as f64;
    for (what, metric) in [("decode", "DecodeTime"), ("redact", "ScanTime"), ("encode", "EncodeTime"), ("send", "SendTime")] {
        let milliseconds = metrics.iter().map(|line| line[metric].as_f64().unwrap()).fold(f64::MAX, f64::min);
        println!("{what:<42} {milliseconds:>7.1} ms {:>7.0} MB/s of text", text / milliseconds / 1e3);
    }
    println!("{:<42} {text:>10} bytes of text, {:.0} MiB at most", "", function.peak_mebibytes());
}

/// The program that the command line names.
async fn start(variables: &[(&str, &str)]) -> Function {
    let program = std::env::args_os().nth(1).expect("name the program: target/release/logveil-lambda");
    Function::start_at(Path::new(&program), variables).await
}

fn report(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1e3;
    println!("{what:<42} p50 {:>7.2} ms, p99 {:>7.2} ms", at(0.5), at(0.99));
}

/// A service that takes what it is sent.
async fn everything() -> String {
    async fn take(request: Request) -> impl IntoResponse {
        let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
        let records = memchr::memmem::find_iter(&body, b"\"PartitionKey\"").count();
        let taken = vec![json!({ "SequenceNumber": "1", "ShardId": "shardId-000000000000" }); records];
        json!({ "FailedRecordCount": 0, "Records": taken }).to_string()
    }
    stream::serve(Router::new().fallback(take)).await
}

fn firehose(records: &[Vec<u8>]) -> String {
    let records = records.iter().enumerate().map(|(id, data)| json!({ "recordId": id.to_string(), "data": STANDARD.encode(data) }));
    json!({ "records": records.collect::<Vec<_>>() }).to_string()
}

fn kinesis(records: &[Vec<u8>]) -> String {
    let record = |(n, data): (usize, &Vec<u8>)| {
        json!({ "eventSource": "aws:kinesis", "kinesis": {
            "partitionKey": format!("key-{}", n % 50), "sequenceNumber": n.to_string(), "data": STANDARD.encode(data),
        }})
    };
    json!({ "Records": records.iter().enumerate().map(record).collect::<Vec<_>>() }).to_string()
}

/// Lines in records of about `size` bytes, as many as `most` bytes take.
fn chunks(lines: &[&str], size: usize, most: usize) -> Vec<Vec<u8>> {
    let mut records = vec![Vec::new()];
    let mut all = 0;
    for line in lines {
        all += line.len() + 1;
        if all > most {
            break;
        }
        if records.last().unwrap().len() >= size {
            records.push(Vec::new());
        }
        records.last_mut().unwrap().extend([line.as_bytes(), b"\n"].concat());
    }
    records
}

/// Payloads whose gzip fills an event.
fn payloads(lines: &[&str], count: usize) -> Vec<Vec<u8>> {
    let of = |lines: &[&str]| {
        let events = lines
            .iter()
            .enumerate()
            .map(|(id, line)| json!({ "id": format!("{id:056}"), "timestamp": 1_510_109_208_016_u64 + id as u64, "message": line }));
        let payload = json!({
            "messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "g", "logStream": "s", "subscriptionFilters": ["f"],
            "logEvents": events.collect::<Vec<_>>(),
        });
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
        encoder.write_all(payload.to_string().as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let sample = lines.len().min(10_000);
    let fitting = LARGEST * sample / of(&lines[..sample]).len() / count;
    lines.chunks(fitting.min(lines.len() / count)).take(count).map(of).collect()
}

/// Records in aggregates of 40, as the Kinesis Producer Library writes them.
fn aggregates(records: &[Vec<u8>]) -> Vec<Vec<u8>> {
    use md5::{Digest, Md5};
    fn field(tag: u8, data: &[u8]) -> Vec<u8> {
        let mut length = data.len();
        let mut out = vec![tag];
        while length > 127 {
            out.push(length as u8 | 128);
            length >>= 7;
        }
        out.push(length as u8);
        [out.as_slice(), data].concat()
    }
    let aggregate = |records: &[Vec<u8>]| {
        let records = records.iter().map(|data| field(0x1a, &[&[8, 0][..], &field(0x1a, data)].concat()));
        let message = [field(0x0a, b"key"), records.collect::<Vec<_>>().concat()].concat();
        [&[0xf3, 0x89, 0x9a, 0xc2][..], &message, &Md5::digest(&message)].concat()
    };
    records.chunks(40).map(aggregate).collect()
}
