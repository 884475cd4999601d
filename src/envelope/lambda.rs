//! Events that AWS Lambda is called with, as far as their records go.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;

use super::Reason;
use super::json::{self, Fields};
use crate::error::Error;

/// An event, told apart by what it holds.
#[derive(Debug)]
#[non_exhaustive]
pub enum LambdaEvent<'a> {
    /// A subscription of CloudWatch Logs: one record, `{"awslogs":{"data":…}}`.
    CloudWatch(Encoded<'a>),
    /// A batch of a Kinesis stream, `{"Records":[{"kinesis":…}]}`.
    Kinesis(Vec<KinesisRecord<'a>>),
    /// A Firehose transformation, `{"records":[{"recordId":…}]}`; [`Envelope::answer_firehose`] answers it.
    ///
    /// [`Envelope::answer_firehose`]: super::Envelope::answer_firehose
    Firehose(Vec<FirehoseRecord<'a>>),
}

/// A record in base64.
#[derive(Clone)]
pub struct Encoded<'a>(Option<Cow<'a, [u8]>>);

/// A record of a batch of Kinesis.
#[non_exhaustive]
pub struct KinesisRecord<'a> {
    /// The sequence number, by which a failure of it is reported.
    pub sequence_number: String,
    /// The partition key, as it came.
    pub partition_key: String,
    /// The stream that it comes from, `eventSourceARN`.
    pub stream_arn: Option<String>,
    /// The bytes.
    pub data: Encoded<'a>,
}

/// A record of a Firehose transformation.
pub struct FirehoseRecord<'a> {
    /// A value of JSON, as it is written.
    pub(super) id: &'a [u8],
    pub(super) data: Encoded<'a>,
}

impl<'a> LambdaEvent<'a> {
    /// Reads an event. A record whose data is missing or damaged is no error: it is masked as a whole.
    ///
    /// # Errors
    /// When this is not JSON, or none of these events. The error says nothing of what it holds.
    pub fn parse(event: &'a [u8]) -> Result<Self, Error> {
        let fields = object(event)?;
        if let Some(logs) = fields.get("awslogs") {
            return Ok(LambdaEvent::CloudWatch(Encoded::of(&object(logs)?)));
        }
        if let Some(records) = fields.get("Records") {
            return Ok(LambdaEvent::Kinesis(list(records, KinesisRecord::of)?));
        }
        if let Some(records) = fields.get("records") {
            return Ok(LambdaEvent::Firehose(list(records, FirehoseRecord::of)?));
        }
        Err(Error::new("the event holds neither awslogs, Records nor records"))
    }
}

fn object(json: &[u8]) -> Result<Fields<'_>, Error> {
    // What serde says may quote the event.
    serde_json::from_slice(json).map_err(|_| Error::new("the event is not an object of JSON where there must be one"))
}

fn list<'a, T>(json: &'a [u8], of: impl Fn(&Fields<'a>) -> Result<T, Error>) -> Result<Vec<T>, Error> {
    let records: Vec<&RawValue> = serde_json::from_slice(json).map_err(|_| Error::new("the event has no list of records"))?;
    let record = |(place, record): (usize, &&'a RawValue)| {
        object(record.get().as_bytes()).and_then(|fields| of(&fields)).map_err(|error| error.at(format!("record {place}")))
    };
    records.iter().enumerate().map(record).collect()
}

fn string(fields: &Fields<'_>, name: &str) -> Result<String, Error> {
    let text = fields.get(name).and_then(|raw| serde_json::from_slice(raw).ok());
    text.ok_or_else(|| Error::new(format!("it has no {name}")))
}

impl<'a> KinesisRecord<'a> {
    fn of(fields: &Fields<'a>) -> Result<Self, Error> {
        let record = object(fields.get("kinesis").ok_or_else(|| Error::new("it is not of Kinesis"))?)?;
        Ok(KinesisRecord {
            sequence_number: string(&record, "sequenceNumber")?,
            partition_key: string(&record, "partitionKey")?,
            stream_arn: string(fields, "eventSourceARN").ok(),
            data: Encoded::of(&record),
        })
    }
}

impl<'a> FirehoseRecord<'a> {
    fn of(fields: &Fields<'a>) -> Result<Self, Error> {
        let id = fields.get("recordId").ok_or_else(|| Error::new("it has no recordId"))?;
        Ok(FirehoseRecord { id, data: Encoded::of(fields) })
    }

    /// The bytes.
    pub fn data(&self) -> &Encoded<'a> {
        &self.data
    }
}

impl<'a> Encoded<'a> {
    /// The field `data`, if it is a string.
    fn of(fields: &Fields<'a>) -> Self {
        Encoded(fields.get("data").and_then(json::text_of))
    }

    /// The bytes.
    ///
    /// # Errors
    /// When they are not base64, or not there.
    pub fn decode(&self) -> Result<Vec<u8>, Reason> {
        self.0.as_deref().and_then(|text| STANDARD.decode(text).ok()).ok_or(Reason::Base64)
    }

    /// The bytes; where they are not base64, the text that is there instead.
    pub fn bytes(&self) -> Vec<u8> {
        self.decode().unwrap_or_else(|_| self.0.as_deref().unwrap_or_default().to_vec())
    }

    /// How long it is as base64.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |text| text.len())
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Encoded").field(&self.len()).finish()
    }
}

impl fmt::Debug for KinesisRecord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KinesisRecord").field("sequence_number", &self.sequence_number).field("data", &self.data).finish_non_exhaustive()
    }
}

impl fmt::Debug for FirehoseRecord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FirehoseRecord").field("data", &self.data).finish_non_exhaustive()
    }
}
