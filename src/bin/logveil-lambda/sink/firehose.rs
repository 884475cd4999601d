//! A Firehose stream: PutRecordBatch, of whose records some may fail.

use aws_sdk_firehose::Client;
use aws_sdk_firehose::primitives::Blob;
use aws_sdk_firehose::types::Record;

use super::{arrived, failed, standing, unbuilt};
use crate::deliver::{Limits, Outcome, Outgoing};

pub struct Firehose {
    client: Client,
    stream: String,
}

/// PutRecordBatch takes 500 records of 1,000 KB each, a line feed included, and 4 MB.
const RECORDS: usize = 500;
pub const RECORD: usize = (1_000 << 10) - 1;
const REQUEST: usize = 4 << 20;

impl Firehose {
    pub fn new(client: Client, stream: &str) -> Self {
        Firehose { client, stream: stream.to_owned() }
    }

    pub fn limits(&self) -> Limits {
        Limits { records: RECORDS, bytes: REQUEST, overhead: 1, key_counts: false, span: i64::MAX, keeps_order: false }
    }

    pub async fn put(&self, batch: &[Outgoing]) -> Vec<Outcome> {
        let records = batch.iter().map(|record| Record::builder().data(Blob::new(standing(&record.data))).build());
        let Ok(records) = records.collect::<Result<Vec<_>, _>>() else {
            crate::log::error(&unbuilt("firehose"));
            return vec![Outcome::Refused; batch.len()];
        };
        let request = self.client.put_record_batch().delivery_stream_name(&self.stream).set_records(Some(records));
        match request.send().await {
            Ok(answer) => {
                let records = answer.request_responses().iter();
                records.map(|record| arrived(record.error_code(), record.record_id())).collect()
            }
            Err(error) => vec![failed("firehose", &error); batch.len()],
        }
    }
}
