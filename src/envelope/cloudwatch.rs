//! Payloads of CloudWatch Logs: which of their bytes are messages, and what else may repeat a part of one.

use serde_json::value::RawValue;

use super::json::{self, Fields};

/// A payload, as it is written.
pub(super) struct Payload<'a> {
    fields: Fields<'a>,
    pub(super) events: Vec<&'a RawValue>,
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
        let mut events = Vec::new();
        let mut lists = 0;
        for (key, value) in &fields.0 {
            // What `aws logs get-log-events` and `filter-log-events` print.
            let is_printed = *key.0 == *b"events";
            if !is_printed && *key.0 != *b"logEvents" {
                continue;
            }
            let list: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
            if is_printed && !list.iter().all(|event| is_event(event)) {
                return None;
            }
            events.extend(list);
            lists += 1;
        }
        (lists > 0).then_some(Payload { fields, events })
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

/// Whether a field of an event is what CloudWatch Logs numbers it by: no part of a message.
pub(super) fn is_number_of_event(key: &[u8], value: &[u8]) -> bool {
    const NUMBERS: [&[u8]; 4] = [b"id", b"timestamp", b"ingestionTime", b"eventId"];
    NUMBERS.contains(&key) && value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'"')
}
