//! How long a payload of CloudWatch Logs takes, and what of it: `cargo run --release --features envelope --example
//! envelope [LOG...]`. Without logs, the payload is made of generated ones.

use std::error::Error;
use std::hint::black_box;
use std::io::{Read, Write};
use std::time::{Duration, Instant};
use std::{env, fs};

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use logveil::envelope::{Envelope, Form};
use logveil::{Cache, Redactor, StreamState};
use serde_json::json;

#[path = "../tests/support/loggen.rs"]
mod loggen;

/// What a payload may hold, about.
const SIZE: usize = 6 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let text = text()?;
    let mut events = Vec::new();
    let mut size = 0;
    for (id, line) in text.lines().cycle().enumerate() {
        let event = json!({"id": format!("{:056}", id), "timestamp": 1_510_109_208_016_u64, "message": line}).to_string();
        size += event.len() + 1;
        events.push(event);
        if size > SIZE {
            break;
        }
    }
    let messages: Vec<&str> = text.lines().cycle().take(events.len()).collect();
    let payload =
        format!(r#"{{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","logEvents":[{}]}}"#, events.join(","));
    let member = gzip(payload.as_bytes(), 6)?;
    println!("{} events, {} bytes, {} as gzip", events.len(), payload.len(), member.len());

    let redactor = Redactor::builtin()?;
    let mut cache = Cache::default();
    let per_second = |time: Duration| payload.len() as f64 / time.as_secs_f64() / 1e6;
    let report = |what: &str, time: Duration| println!("{what:<40} {:>7.1} ms {:>7.0} MB/s", time.as_secs_f64() * 1e3, per_second(time));

    report(
        "inflate",
        best(|| {
            let mut content = Vec::with_capacity(payload.len());
            GzDecoder::new(member.as_slice()).read_to_end(&mut content).map(|_| content)
        }),
    );
    report(
        "mask the messages as one text",
        best(|| {
            let mut out = Vec::with_capacity(payload.len());
            redactor.redact(messages.join("\n").as_bytes(), &mut StreamState::default(), &mut cache, &mut out);
            out
        }),
    );
    report(
        "mask the messages one by one",
        best(|| {
            let (mut out, mut state) = (Vec::with_capacity(payload.len()), StreamState::default());
            for message in &messages {
                redactor.redact(message.as_bytes(), &mut state, &mut cache, &mut out);
            }
            out
        }),
    );
    for level in [1, 6, 9] {
        report(&format!("compress, level {level}"), best(|| gzip(payload.as_bytes(), level)));
    }
    let runs = [
        ("JSON as it came", Form::Same, payload.as_bytes()),
        ("events of gzip", Form::Events, &member),
        ("messages of gzip", Form::Messages, &member),
    ];
    for (what, form, record) in runs {
        report(what, best(|| redact(&Envelope::new(&redactor).form(form), record, &mut cache)));
    }
    for level in [1, 6, 9] {
        report(
            &format!("gzip as it came, level {level}"),
            best(|| redact(&Envelope::new(&redactor).gzip_level(level), &member, &mut cache)),
        );
    }
    Ok(())
}

fn redact(envelope: &Envelope<'_>, record: &[u8], cache: &mut Cache) -> Vec<u8> {
    let mut out = Vec::with_capacity(record.len());
    let counts = envelope.redact(record, cache, &mut out);
    assert!(counts.payloads() == 1 && counts.stats().findings() > 0 && counts.stand_ins().next().is_none());
    out
}

fn gzip(content: &[u8], level: u32) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(content)?;
    encoder.finish()
}

fn best<T>(mut work: impl FnMut() -> T) -> Duration {
    let time = |_| {
        let start = Instant::now();
        black_box(work());
        start.elapsed()
    };
    (0..7).map(time).min().unwrap_or_default()
}

fn text() -> Result<String, Box<dyn Error>> {
    let paths: Vec<String> = env::args().skip(1).collect();
    if paths.is_empty() {
        return Ok(String::from_utf8_lossy(&loggen::logs(SIZE, 1, loggen::Dirty::Dirty2).bytes).into_owned());
    }
    let mut text = String::new();
    for path in paths {
        text.push_str(&String::from_utf8_lossy(&fs::read(path)?));
    }
    Ok(text)
}
