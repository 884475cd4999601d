//! Objects in a bucket: one for each invocation, under a key that tells its hour; and what is to be read from there.

use std::io::Write;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::{ByteStream, DateTime, DateTimeFormat};
use aws_sdk_s3::types::ServerSideEncryption;
use flate2::Compression as Level;
use flate2::write::GzEncoder;

use super::{failed, standing};
use crate::Error;
use crate::config::{Compression, Place};
use crate::deliver::{Limits, Outcome, Outgoing};
use crate::handler::now;

/// A place for objects.
pub struct Objects {
    client: Client,
    place: Place,
    kms_key: Option<String>,
}

pub struct S3 {
    objects: Objects,
    compression: Compression,
}

impl Objects {
    pub fn new(client: Client, place: Place, kms_key: Option<String>) -> Self {
        Objects { client, place, kms_key }
    }

    /// Writes an object whose key holds the hour, a name and a random part, so that none is ever written over.
    pub async fn write(&self, name: &str, suffix: &str, body: Vec<u8>) -> Outcome {
        let key = format!("{}{}{name}-{:016x}{suffix}", self.prefix(), hour(now().as_secs()), fastrand::u64(..));
        let mut request = self.client.put_object().bucket(&self.place.bucket).key(key).body(ByteStream::from(body));
        if let Some(kms_key) = &self.kms_key {
            request = request.server_side_encryption(ServerSideEncryption::AwsKms).ssekms_key_id(kms_key);
        }
        match request.send().await {
            Ok(_) => Outcome::Delivered,
            Err(error) => failed("s3", &error),
        }
    }

    fn prefix(&self) -> String {
        let prefix = self.place.key.trim_end_matches('/');
        if prefix.is_empty() { String::new() } else { format!("{prefix}/") }
    }
}

/// Reads an object.
///
/// # Errors
/// When it is not there or cannot be read, with whether that may pass.
pub async fn read(client: &Client, place: &Place) -> Result<Vec<u8>, (Error, bool)> {
    let unread = |code: &str| Error::from(format!("s3://{}/{}: it cannot be read ({code})", place.bucket, place.key));
    let object = client.get_object().bucket(&place.bucket).key(&place.key).send().await.map_err(|error| match &error {
        SdkError::ServiceError(answer) => {
            let status = answer.raw().status();
            (unread(error.code().unwrap_or("unknown")), status.is_server_error() || status.as_u16() == 429)
        }
        _ => (unread("no answer"), true),
    })?;
    Ok(object.body.collect().await.map_err(|_| (unread("cut off"), true))?.to_vec())
}

impl S3 {
    pub fn new(objects: Objects, compression: Compression) -> Self {
        S3 { objects, compression }
    }

    /// One object takes all.
    pub fn limits(&self) -> Limits {
        Limits { records: usize::MAX, bytes: usize::MAX, overhead: 0, key_counts: false, span: i64::MAX, keeps_order: true }
    }

    pub async fn put(&self, batch: &[Outgoing]) -> Vec<Outcome> {
        let (body, suffix) = match self.compression {
            Compression::Gzip => (gzip(batch), ".gz"),
            Compression::Zstd => (zstd(batch), ".zst"),
        };
        let Ok(body) = body else {
            crate::log::error(&"s3: an object could not be compressed".into());
            return vec![Outcome::Again; batch.len()];
        };
        vec![self.objects.write("logveil", suffix, body).await; batch.len()]
    }
}

fn gzip(batch: &[Outgoing]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::new(6));
    write_all(batch, &mut encoder)?;
    encoder.finish()
}

fn zstd(batch: &[Outgoing]) -> std::io::Result<Vec<u8>> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3)?;
    write_all(batch, &mut encoder)?;
    encoder.finish()
}

fn write_all(batch: &[Outgoing], out: &mut impl Write) -> std::io::Result<()> {
    for Outgoing { data, .. } in batch {
        out.write_all(&standing(data))?;
    }
    Ok(())
}

/// `year=2026/month=11/day=28/hour=09/`, as Athena and its kin partition by.
fn hour(seconds: u64) -> String {
    let text = DateTime::from_secs(seconds as i64).fmt(DateTimeFormat::DateTime).unwrap_or_default();
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or("0");
    format!("year={}/month={}/day={}/hour={}/", part(0, 4), part(5, 7), part(8, 10), part(11, 13))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_the_hour() {
        assert_eq!(hour(0), "year=1970/month=01/day=01/hour=00/");
        assert_eq!(hour(951_827_696), "year=2000/month=02/day=29/hour=12/");
        assert_eq!(hour(1_795_855_507), "year=2026/month=11/day=28/hour=08/");
    }
}
