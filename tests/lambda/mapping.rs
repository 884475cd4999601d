//! The event source mapping of Lambda for Kinesis, written from its contract: batches of one shard in order, a checkpoint at
//! the lowest failure, bisection, retries, a destination for what fails for good; parents before their children.
//! (AWS Lambda Developer Guide, "Using Lambda to process records from Amazon Kinesis Data Streams".)

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use aws_sdk_kinesis::types::Record;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::function::Function;
use crate::stream::Kinesis;

pub struct Mapping<'k> {
    pub kinesis: &'k Kinesis,
    pub stream: &'static str,
    pub batch: usize,
    pub limit: Duration,
    /// After so many failures without progress a batch goes to the destination.
    pub retries: u32,
    /// One of so many batches is delivered twice, though it succeeded.
    pub duplicate_one_of: Option<u64>,
    checkpoints: HashMap<String, String>,
    finished: HashSet<String>,
    /// What was given up, as it was: never masked by anybody.
    pub destination: Vec<Record>,
    pub invocations: u64,
    pub failed_invocations: u64,
}

/// The event of a batch.
pub fn event(records: &[Record]) -> String {
    let record = |record: &Record| {
        json!({
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": record.partition_key(),
                "sequenceNumber": record.sequence_number(),
                "data": STANDARD.encode(record.data().as_ref()),
                "approximateArrivalTimestamp": 1_545_084_650.987,
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": format!("shardId-000000000006:{}", record.sequence_number()),
            "eventName": "aws:kinesis:record",
            "awsRegion": "eu-central-1",
        })
    };
    json!({ "Records": records.iter().map(record).collect::<Vec<_>>() }).to_string()
}

impl<'k> Mapping<'k> {
    pub fn new(kinesis: &'k Kinesis, stream: &'static str, batch: usize) -> Self {
        Mapping {
            kinesis,
            stream,
            batch,
            limit: Duration::from_secs(20),
            retries: u32::MAX,
            duplicate_one_of: None,
            checkpoints: HashMap::new(),
            finished: HashSet::new(),
            destination: Vec::new(),
            invocations: 0,
            failed_invocations: 0,
        }
    }

    /// Goes through what the stream holds now. Says how many records there were.
    pub async fn poll(&mut self, function: &Function) -> usize {
        let mut seen = 0;
        for shard in self.kinesis.shards(self.stream).await {
            let id = shard.shard_id().to_owned();
            let parents = [shard.parent_shard_id(), shard.adjacent_parent_shard_id()];
            if parents.into_iter().flatten().any(|parent| !self.finished.contains(parent)) {
                continue;
            }
            let records = self.kinesis.read(self.stream, &id, self.checkpoints.get(&id).map(String::as_str)).await;
            seen += records.len();
            for batch in records.chunks(self.batch) {
                self.process(function, batch).await;
                self.checkpoints.insert(id.clone(), batch.last().unwrap().sequence_number().to_owned());
            }
            if shard.sequence_number_range().is_some_and(|range| range.ending_sequence_number().is_some()) {
                self.finished.insert(id);
            }
        }
        seen
    }

    /// Calls the function until every record of the batch is done, or given up.
    async fn process(&mut self, function: &Function, batch: &[Record]) {
        let mut waiting = vec![batch];
        let mut failures = 0;
        while let Some(batch) = waiting.pop() {
            self.invocations += 1;
            let failed = match function.invoke_within(event(batch), self.limit).await {
                Ok(answer) => failed_from(batch, &answer),
                Err(_) => Some(0),
            };
            let Some(from) = failed else {
                failures = 0;
                if self.duplicate_one_of.is_some_and(|of| fastrand::u64(..of) == 0) {
                    self.invocations += 1;
                    let _ = function.invoke_within(event(batch), self.limit).await;
                }
                continue;
            };
            self.failed_invocations += 1;
            failures = if from == 0 { failures + 1 } else { 1 };
            let rest = &batch[from..];
            if failures > self.retries {
                if rest.len() == 1 {
                    self.destination.extend(rest.iter().cloned());
                    failures = 0;
                    continue;
                }
                // Bisected: the first half comes first.
                let (first, second) = rest.split_at(rest.len() / 2);
                waiting.extend([second, first]);
            } else {
                waiting.push(rest);
            }
        }
    }
}

/// From which record on the batch comes again: nothing or an empty list is success, an item that is not in the batch fails it
/// all.
fn failed_from(batch: &[Record], answer: &Value) -> Option<usize> {
    let failures = answer.get("batchItemFailures")?.as_array()?;
    let place = |failure: &Value| {
        let number = failure["itemIdentifier"].as_str().unwrap_or_default();
        batch.iter().position(|record| record.sequence_number() == number).unwrap_or(0)
    };
    failures.iter().map(place).min()
}
