//! Where masked records go, by service.

mod firehose;
mod kinesis;
pub mod logs;
mod s3;

use std::borrow::Cow;
use std::sync::Arc;

use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};
use logveil::envelope::user_records;

use crate::Error;
use crate::aws::Clients;
use crate::config::{Config, Target};
use crate::deliver::{Limits, Outcome, Outgoing, Sink};

pub use s3::{Objects, read as read_object};

/// The sink that the configuration names.
pub enum Service {
    Kinesis(kinesis::Kinesis),
    Firehose(firehose::Firehose),
    Logs(logs::Logs),
    S3(s3::S3),
}

impl Service {
    /// Nothing for [`Target::Answer`].
    pub fn new(target: &Target, config: &Config, clients: &Clients) -> Option<Arc<Self>> {
        Some(Arc::new(match target {
            Target::Kinesis(stream) => Service::Kinesis(kinesis::Kinesis::new(clients.kinesis(), stream, config.record_limit)),
            Target::Firehose(stream) => Service::Firehose(firehose::Firehose::new(clients.firehose(), stream)),
            Target::Logs { group, stream } => Service::Logs(logs::Logs::new(clients.logs(), group, stream)),
            Target::S3(place) => Service::S3(s3::S3::new(Objects::new(clients.s3(), place.clone(), None), config.compression)),
            Target::Answer => return None,
        }))
    }

    /// The largest record that it takes under this partition key.
    pub fn record_limit(&self, partition_key: &str) -> usize {
        match self {
            Service::Kinesis(kinesis) => kinesis.record_limit(partition_key),
            Service::Firehose(_) => firehose::RECORD,
            Service::Logs(_) => logs::EVENT,
            Service::S3(_) => usize::MAX,
        }
    }

    /// Whether it takes events rather than records as they came.
    pub fn takes_events(&self) -> bool {
        matches!(self, Service::Logs(_))
    }
}

impl Sink for Service {
    fn limits(&self) -> Limits {
        match self {
            Service::Kinesis(kinesis) => kinesis.limits(),
            Service::Firehose(firehose) => firehose.limits(),
            Service::Logs(logs) => logs.limits(),
            Service::S3(s3) => s3.limits(),
        }
    }

    async fn put(&self, batch: &[Outgoing]) -> Vec<Outcome> {
        match self {
            Service::Kinesis(kinesis) => kinesis.put(batch).await,
            Service::Firehose(firehose) => firehose.put(batch).await,
            Service::Logs(logs) => logs.put(batch).await,
            Service::S3(s3) => s3.put(batch).await,
        }
    }
}

/// Where the raw bytes of what cannot be decoded are kept: an object each, under the name that stands as its partition key.
pub struct Quarantine(pub Objects);

impl Sink for Quarantine {
    fn limits(&self) -> Limits {
        Limits { records: 1, bytes: usize::MAX, overhead: 0, key_counts: false, span: i64::MAX, keeps_order: false }
    }

    async fn put(&self, batch: &[Outgoing]) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for record in batch {
            outcomes.push(self.0.write(&record.partition_key, ".raw", record.data.to_vec()).await);
        }
        outcomes
    }
}

/// The errors of a sink that is not there or not ours to write to: no record of any request will arrive until somebody mends
/// that.
#[rustfmt::skip]
const CLOSED: &[&str] = &[
    "ResourceNotFoundException", "AccessDeniedException", "AccessDenied", "NoSuchBucket", "AllAccessDisabled",
    "KMSAccessDeniedException", "KMSDisabledException", "KMSInvalidStateException", "KMSNotFoundException", "InvalidKMSResourceException",
];

/// The errors of a request in which one record is not as it must be.
#[rustfmt::skip]
const SPOILT: &[&str] = &[
    "ValidationException", "InvalidArgumentException", "InvalidParameterException", "SerializationException", "EntityTooLarge",
    "RequestEntityTooLarge", "RequestEntityTooLargeException",
];

/// What became of one record of a request: one that arrived has an id.
fn arrived(error: Option<&str>, id: Option<&str>) -> Outcome {
    if error.is_none() && id.is_some_and(|id| !id.is_empty()) { Outcome::Delivered } else { Outcome::Again }
}

/// What a failed request means for its records. The SDK's errors may quote what was sent, so only a code is logged.
fn failed<E: ProvideErrorMetadata, R>(service: &str, error: &SdkError<E, R>) -> Outcome {
    let code = match error {
        SdkError::ServiceError(service) => service.err().code().unwrap_or("unknown"),
        SdkError::TimeoutError(_) => "timeout",
        SdkError::DispatchFailure(_) => "no connection",
        _ => "no answer",
    };
    crate::log::warn("a request failed", &[("service", service), ("code", code)]);
    match code {
        code if CLOSED.contains(&code) => Outcome::Closed,
        code if SPOILT.contains(&code) => Outcome::Apart,
        _ => Outcome::Again,
    }
}

/// What has to stand behind a record where records stand behind each other in one object: the line feed that text lacks.
fn line_end(record: &[u8]) -> &'static [u8] {
    if record.starts_with(&[0x1f, 0x8b]) || record.ends_with(b"\n") { b"" } else { b"\n" }
}

/// A record as it stands behind others in an object: with its line end, and an aggregate as the records that it holds, since
/// where an aggregate ends only the border of a record tells.
fn standing(record: &[u8]) -> Cow<'_, [u8]> {
    match user_records(record) {
        Some(records) => Cow::Owned(records.iter().flat_map(|record| [record, line_end(record)]).flatten().copied().collect()),
        None => match line_end(record) {
            b"" => Cow::Borrowed(record),
            end => Cow::Owned([record, end].concat()),
        },
    }
}

/// An SDK's input that could not be built: a mistake of this program, which no retry mends.
fn unbuilt(service: &str) -> Error {
    format!("{service}: a request could not be built").into()
}
