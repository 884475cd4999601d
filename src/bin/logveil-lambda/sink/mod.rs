//! Where masked records go, by service.

mod firehose;
mod kinesis;
mod logs;
mod s3;

use std::sync::Arc;

use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};

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

    /// The largest record that it takes.
    pub fn record_limit(&self) -> usize {
        match self {
            Service::Kinesis(kinesis) => kinesis.record_limit(),
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
];

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
    let is_wrapped = record.starts_with(&[0x1f, 0x8b]) || record.starts_with(&[0xf3, 0x89, 0x9a, 0xc2]);
    if is_wrapped || record.ends_with(b"\n") { b"" } else { b"\n" }
}

/// An SDK's input that could not be built: a mistake of this program, which no retry mends.
fn unbuilt(service: &str) -> Error {
    format!("{service}: a request could not be built").into()
}
