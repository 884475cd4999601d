//! Payloads of CloudWatch Logs: which of their bytes are messages, and what else may repeat a part of one.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::json::{self, Fields, Text};

/// How a payload that is a control message calls itself.
const CONTROL: &[u8] = b"\"CONTROL_MESSAGE\"";

/// A payload, as it is written.
pub(super) struct Payload<'a> {
    fields: Fields<'a>,
    pub(super) parts: Vec<Part<'a>>,
    /// The last event of each list that is none of the fields, and how many of them stand before it.
    lists: Vec<(usize, &'a RawValue)>,
}

/// The key of the events that AWS sends.
const EVENTS: &[u8] = b"logEvents";

/// The fields of an object with a list of events, which is taken apart as it is read: it is nearly all of a payload.
struct Read<'a> {
    /// All but the lists.
    fields: Fields<'a>,
    /// Each list, and how many fields stand before it.
    lists: Vec<(usize, Vec<&'a RawValue>)>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Read<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Objects;
        impl<'de> Visitor<'de> for Objects {
            type Value = Read<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut read = Read { fields: Fields(Vec::with_capacity(8)), lists: Vec::new() };
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    if *key.0 == *EVENTS {
                        read.lists.push((read.fields.0.len(), map.next_value()?));
                    } else {
                        read.fields.0.push((key, map.next_value()?));
                    }
                }
                Ok(read)
            }
        }
        deserializer.deserialize_map(Objects)
    }
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
    /// The object that `bytes` begin with, if it is a payload, and its length. What the command line of AWS prints is one
    /// where that is looked for.
    pub(super) fn first(bytes: &'a [u8], may_be_printed: bool) -> Result<(Option<Self>, usize), serde_json::Error> {
        if !may_be_printed {
            let mut documents = serde_json::Deserializer::from_slice(bytes).into_iter::<Read<'a>>();
            match documents.next() {
                Some(Ok(read)) if read.lists.iter().all(|(_, events)| !events.is_empty()) => {
                    return Ok(((!read.lists.is_empty()).then(|| Payload::of(read)), documents.byte_offset()));
                }
                Some(Err(error)) if !error.is_data() => return Err(error),
                // What is called as the list is none, or empty.
                _ => {}
            }
        }
        let mut documents = serde_json::Deserializer::from_slice(bytes).into_iter::<Fields<'a>>();
        let fields = documents.next().transpose()?;
        Ok((fields.and_then(|fields| Payload::new(fields, may_be_printed)), documents.byte_offset()))
    }

    fn of(read: Read<'a>) -> Self {
        let Read { fields, lists } = read;
        let last = |(before, events): &(usize, Vec<&'a RawValue>)| events.last().map(|&last| (*before, last));
        let mut payload = Payload { lists: lists.iter().filter_map(last).collect(), fields, parts: Vec::new() };
        let mut lists = lists.into_iter().peekable();
        for (place, (key, value)) in payload.fields.0.iter().enumerate() {
            while let Some((_, events)) = lists.next_if(|(before, _)| *before <= place) {
                payload.parts.push(Part::Events(events));
            }
            if !is_of_aws(&key.0, value.get().as_bytes(), false) {
                payload.parts.push(Part::Field(place));
            }
        }
        payload.parts.extend(lists.map(|(_, events)| Part::Events(events)));
        payload
    }

    fn new(fields: Fields<'a>, may_be_printed: bool) -> Option<Self> {
        let mut parts = Vec::new();
        let is_printed = may_be_printed && !fields.0.iter().any(|(key, _)| *key.0 == *EVENTS);
        let list: &[u8] = if is_printed { b"events" } else { EVENTS };
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
        (lists > 0).then_some(Payload { fields, parts, lists: Vec::new() })
    }

    /// How many events it has.
    pub(super) fn events(&self) -> usize {
        self.parts.iter().map(|part| if let Part::Events(events) = part { events.len() } else { 0 }).sum()
    }

    /// The name and the value of a part that is a field.
    pub(super) fn field(&self, part: &Part<'_>) -> Option<(&[u8], &'a [u8])> {
        let Part::Field(place) = part else { return None };
        self.fields.0.get(*place).map(|(key, value)| (&*key.0, value.get().as_bytes()))
    }

    /// The name of a field as it is written in `text`, the payload.
    pub(super) fn key_of<'t>(&self, place: usize, text: &'t [u8]) -> &'t [u8] {
        let end = |(before, last): &(usize, &RawValue)| (*before == place).then(|| json::place_of(last.get().as_bytes(), text).end);
        let list_end = self.lists.iter().filter_map(end).max();
        self.fields.key_of(place, text, list_end.unwrap_or(0))
    }

    /// A message of CloudWatch Logs to whom it writes to, that it can. One that only calls itself so, and holds events, is as
    /// good as any other: nobody hides events by it.
    pub(super) fn is_control(&self) -> bool {
        let mut events = self.parts.iter().filter_map(|part| if let Part::Events(events) = part { Some(events) } else { None }).flatten();
        self.fields.get("messageType") == Some(CONTROL) && events.all(|event| is_trial(event))
    }

    pub(super) fn head(&self) -> Head<'a> {
        let string = |name| self.fields.get(name).filter(|value| value.starts_with(b"\""));
        Head { log_group: string("logGroup"), log_stream: string("logStream") }
    }
}

fn is_event(event: &RawValue) -> bool {
    serde_json::from_str::<Fields<'_>>(event.get()).is_ok_and(|fields| fields.get("message").is_some_and(|value| value.starts_with(b"\"")))
}

/// Whether a field of a payload is one that AWS writes itself, and nobody else can have put anything into: whose it is, and
/// where its events come from. Anything else is masked, though it may be called so.
fn is_of_aws(key: &[u8], value: &[u8], is_printed: bool) -> bool {
    const ACCOUNT: usize = 12;
    !is_printed
        && match key {
            b"logGroup" | b"logStream" => value.starts_with(b"\""),
            b"messageType" => value == b"\"DATA_MESSAGE\"" || value == CONTROL,
            b"owner" => is_digits(value, ACCOUNT),
            _ => false,
        }
}

/// Whether a field of an event is what CloudWatch Logs numbers it by: no part of a message. Its ids are so long that they can
/// be nothing else. A card of thirteen digits is no time: it begins with a 4.
pub(super) fn is_number_of_event(key: &[u8], value: &[u8]) -> bool {
    const ID: usize = 56;
    /// The year 2065, in milliseconds since 1970.
    const LAST_TIME: u64 = 3_000_000_000_000;
    match key {
        b"id" | b"eventId" => is_digits(value, ID),
        b"timestamp" | b"ingestionTime" => {
            let digits = std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
            digits.and_then(|text| text.parse().ok()).is_some_and(|time: u64| time < LAST_TIME)
        }
        _ => false,
    }
}

/// A string of so many digits, and nothing else.
fn is_digits(value: &[u8], count: usize) -> bool {
    let digits = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    digits.is_some_and(|digits| digits.len() == count && digits.iter().all(u8::is_ascii_digit))
}

/// Whether an event is that by which CloudWatch Logs tries whether it can write, as far as that is known, and holds no more.
fn is_trial(event: &RawValue) -> bool {
    const BEGINNING: &[u8] = b"CWL CONTROL MESSAGE: Checking health of destination ";
    const LONGEST: usize = 64;
    let Ok(Fields(fields)) = serde_json::from_str::<Fields<'_>>(event.get()) else { return false };
    fields.iter().all(|(key, value)| {
        let value = value.get().as_bytes();
        match &*key.0 {
            b"id" => value == b"\"\"" || is_number_of_event(b"id", value),
            b"timestamp" => is_number_of_event(b"timestamp", value),
            b"message" => json::text_of(value).is_some_and(|text| {
                let plain = |byte: &u8| byte.is_ascii_alphabetic() || b" .".contains(byte);
                text.strip_prefix(BEGINNING).is_some_and(|rest| rest.len() <= LONGEST && rest.iter().all(plain))
            }),
            _ => false,
        }
    })
}
