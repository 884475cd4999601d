//! A Kinesis stream: PutRecords, of whose records some may fail.

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;

use super::{arrived, failed, unbuilt};
use crate::deliver::{Limits, Outcome, Outgoing};

pub struct Kinesis {
    client: Client,
    stream: String,
    record: usize,
}

/// PutRecords takes 500 records and 10 MiB, keys included.
const RECORDS: usize = 500;
const REQUEST: usize = 10 << 20;

impl Kinesis {
    /// `record` is the largest record that the stream takes: 1 MiB unless it was told otherwise.
    pub fn new(client: Client, stream: &str, record: usize) -> Self {
        Kinesis { client, stream: stream.to_owned(), record }
    }

    /// Of a record's limit its key takes a part.
    pub fn record_limit(&self, partition_key: &str) -> usize {
        self.record.saturating_sub(partition_key.len())
    }

    pub fn limits(&self) -> Limits {
        Limits { records: RECORDS, bytes: REQUEST, overhead: 0, key_counts: true, span: i64::MAX, keeps_order: false }
    }

    pub async fn put(&self, batch: &[Outgoing]) -> Vec<Outcome> {
        let entries = batch.iter().map(|record| {
            PutRecordsRequestEntry::builder()
                .data(Blob::new(record.data.to_vec()))
                .partition_key(&*record.partition_key)
                .set_explicit_hash_key(record.hash_key.as_deref().map(str::to_owned))
                .build()
        });
        let Ok(entries) = entries.collect::<Result<Vec<_>, _>>() else {
            crate::log::error(&unbuilt("kinesis"));
            return vec![Outcome::Refused; batch.len()];
        };
        let request = self.client.put_records().set_records(Some(entries));
        let request = if self.stream.starts_with("arn:") { request.stream_arn(&self.stream) } else { request.stream_name(&self.stream) };
        match request.send().await {
            Ok(answer) => answer.records().iter().map(|record| arrived(record.error_code(), record.sequence_number())).collect(),
            Err(error) => vec![failed("kinesis", &error); batch.len()],
        }
    }
}
