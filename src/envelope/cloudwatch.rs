//! Payloads of CloudWatch Logs: which of their bytes are messages, and what else may repeat a part of one.

use serde_json::value::RawValue;

use super::json::{self, Fields};

/// A payload, as it is written.
pub(super) struct Payload<'a> {
    fields: Fields<'a>,
    pub(super) parts: Vec<Part<'a>>,
}

/// What of a payload is looked at, in order.
pub(super) enum Part<'a> {
    Events(Vec<&'a RawValue>),
    /// The field of this place, which may hold anything.
    Field(usize),
}

/// What a payload says of all of its events.
#[derive(Clone, Copy, Default)]
pub(super) struct Head<'a> {
    /// Strings of JSON, as they are written.
    pub(super) log_group: Option<&'a [u8]>,
    pub(super) log_stream: Option<&'a [u8]>,
}

impl<'a> Payload<'a> {
    /// The object that `bytes` begin with, if it is a payload, and its length.
    pub(super) fn first(bytes: &'a [u8]) -> Result<(Option<Self>, usize), serde_json::Error> {
        let mut documents = serde_json::Deserializer::from_slice(bytes).into_iter::<Fields<'a>>();
        let fields = documents.next().transpose()?;
        Ok((fields.and_then(Payload::new), documents.byte_offset()))
    }

    fn new(fields: Fields<'a>) -> Option<Self> {
        let mut parts = Vec::new();
        // What `aws logs get-log-events` and `filter-log-events` print.
        let is_printed = !fields.0.iter().any(|(key, _)| *key.0 == *b"logEvents");
        let list: &[u8] = if is_printed { b"events" } else { b"logEvents" };
        let mut lists = 0;
        for (place, (key, value)) in fields.0.iter().enumerate() {
            if *key.0 == *list {
                let events: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
                if is_printed && !events.iter().all(|event| is_event(event)) {
                    return None;
                }
                parts.push(Part::Events(events));
                lists += 1;
            } else if !is_of_aws(&key.0, value.get().as_bytes(), is_printed) {
                parts.push(Part::Field(place));
            }
        }
        (lists > 0).then_some(Payload { fields, parts })
    }

    /// How many events it has.
    pub(super) fn events(&self) -> usize {
        self.parts.iter().map(|part| if let Part::Events(events) = part { events.len() } else { 0 }).sum()
    }

    /// The name and the value of a field.
    pub(super) fn field(&self, place: usize) -> Option<(&[u8], &'a [u8])> {
        self.fields.0.get(place).map(|(key, value)| (&*key.0, value.get().as_bytes()))
    }

    /// The name of a field as it is written in `text`, the payload.
    pub(super) fn key_of<'t>(&self, place: usize, text: &'t [u8]) -> &'t [u8] {
        self.fields.key_of(place, text)
    }

    /// A message of CloudWatch Logs to whom it writes to, that it can.
    pub(super) fn is_control(&self) -> bool {
        self.fields.get("messageType").and_then(json::text_of).is_some_and(|text| *text == *b"CONTROL_MESSAGE")
    }

    pub(super) fn head(&self) -> Head<'a> {
        let string = |name| self.fields.get(name).filter(|value| value.starts_with(b"\""));
        Head { log_group: string("logGroup"), log_stream: string("logStream") }
    }
}

fn is_event(event: &RawValue) -> bool {
    serde_json::from_str::<Fields<'_>>(event.get()).is_ok_and(|fields| fields.get("message").is_some_and(|value| value.starts_with(b"\"")))
}

/// Whether a field of a payload is one that AWS writes itself: where its events come from, and how to get more.
fn is_of_aws(key: &[u8], value: &[u8], is_printed: bool) -> bool {
    match key {
        b"nextForwardToken" | b"nextBackwardToken" | b"nextToken" | b"searchedLogStreams" => is_printed,
        b"logGroup" | b"logStream" => !is_printed && value.starts_with(b"\""),
        b"messageType" | b"policyLevel" => !is_printed && value.iter().all(|byte| byte.is_ascii_uppercase() || b"\"_".contains(byte)),
        b"subscriptionFilters" => !is_printed && !value.contains(&b'{'),
        b"owner" => value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'"'),
        _ => false,
    }
}

/// Whether a field of an event is what CloudWatch Logs numbers it by: no part of a message.
pub(super) fn is_number_of_event(key: &[u8], value: &[u8]) -> bool {
    const NUMBERS: [&[u8]; 4] = [b"id", b"timestamp", b"ingestionTime", b"eventId"];
    NUMBERS.contains(&key) && value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'"')
}
