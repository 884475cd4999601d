//! The function between two Kinesis streams, all of it on this machine: the lines of standard input go into a stream of an
//! emulator, the function is called with them as Lambda would, and what it writes to the other stream is printed.
//!
//! ```sh
//! cargo build --features lambda --bin logveil-lambda
//! cargo run --features lambda --example kinesis < some.log
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, reason = "shared with the tests")]

#[path = "../tests/lambda/function.rs"]
mod function;
#[path = "../tests/lambda/mapping.rs"]
mod mapping;
#[path = "../tests/lambda/stream.rs"]
mod stream;

use std::io::{BufRead, stdin};

use function::Function;
use mapping::Mapping;
use stream::{Kinesis, text};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let program = std::env::current_exe().unwrap();
    let program = program.parent().and_then(|folder| folder.parent()).unwrap().join("logveil-lambda");
    assert!(program.exists(), "build it first: cargo build --features lambda --bin logveil-lambda");
    let kinesis = Kinesis::start(false).await;
    kinesis.create("in", 2).await;
    kinesis.create("out", 1).await;
    let function = Function::start_at(&program, &[("LOGVEIL_SINK", "kinesis:out"), ("AWS_ENDPOINT_URL", &kinesis.endpoint)]).await;
    for (number, line) in stdin().lock().split(b'\n').map_while(Result::ok).enumerate() {
        kinesis.put("in", &format!("key-{}", number % 4), line).await;
    }
    Mapping::new(&kinesis, "in", 100).poll(&function).await;
    for record in kinesis.read_all("out").await {
        println!("{}: {}", record.partition_key(), text(&record));
    }
    for line in function.metrics() {
        println!("records {}, findings {}, delivered {}", line["Records"], line["Findings"], line["Delivered"]);
    }
}
