//! Where masked records go, by service.

mod firehose;
mod kinesis;
mod logs;
mod s3;

use std::sync::Arc;

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

    /// Whether records stand behind each other in one object, so that each needs its line feed.
    pub fn joins_records(&self) -> bool {
        matches!(self, Service::S3(_) | Service::Firehose(_))
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

/// What a failed request means for each of its records. The SDK's errors may quote what was sent, so only a code is logged.
fn failed<E, R>(service: &str, error: &aws_sdk_kinesis::error::SdkError<E, R>, count: usize) -> Vec<Outcome>
where
    E: aws_sdk_kinesis::error::ProvideErrorMetadata,
{
    let code = match error {
        aws_sdk_kinesis::error::SdkError::ServiceError(service) => service.err().code().unwrap_or("unknown").to_owned(),
        aws_sdk_kinesis::error::SdkError::TimeoutError(_) => "timeout".to_owned(),
        aws_sdk_kinesis::error::SdkError::DispatchFailure(_) => "no connection".to_owned(),
        _ => "no answer".to_owned(),
    };
    crate::log::warn("a request failed", &[("service", service), ("code", &code)]);
    vec![Outcome::Again; count]
}

/// An SDK's input that could not be built: a mistake of this program, which no retry mends.
fn unbuilt(service: &str) -> Error {
    format!("{service}: a request could not be built").into()
}
