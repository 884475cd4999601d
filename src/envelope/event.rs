//! What a record is taken apart into, masked.

use std::borrow::Cow;
use std::fmt;

use super::cloudwatch::Head;
use super::json;

/// A masked event.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    head: Head<'a>,
    /// The event as JSON, masked, if it came as such.
    json: Option<&'a [u8]>,
    message: &'a [u8],
    timestamp: Option<i64>,
}

impl<'a> Event<'a> {
    pub(super) fn of_payload(head: Head<'a>, json: &'a [u8], message: &'a [u8], timestamp: Option<i64>) -> Self {
        Event { head, json: Some(json), message, timestamp }
    }

    pub(super) fn of_line(message: &'a [u8]) -> Self {
        Event { head: Head::default(), json: None, message, timestamp: None }
    }

    /// The message, masked. Half a surrogate pair in it is three bytes, which are not UTF-8.
    pub fn message(&self) -> &'a [u8] {
        self.message
    }

    /// Milliseconds since 1970, where the event says so.
    pub fn timestamp(&self) -> Option<i64> {
        self.timestamp
    }

    /// The log group, where the payload names one.
    pub fn log_group(&self) -> Option<Cow<'a, str>> {
        text(self.head.log_group)
    }

    /// The log stream, where the payload names one.
    pub fn log_stream(&self) -> Option<Cow<'a, str>> {
        text(self.head.log_stream)
    }

    /// Appends the event as a line of JSON: log group, log stream, and its own fields as they are written.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        let fields = self.json.and_then(|json| json.strip_prefix(b"{")).map(<[u8]>::trim_ascii_start);
        let mut separator = b'{';
        for (name, value) in [(&b"\"logGroup\":"[..], self.head.log_group), (b"\"logStream\":", self.head.log_stream)] {
            let Some(value) = value else { continue };
            out.push(separator);
            out.extend_from_slice(name);
            out.extend_from_slice(value);
            separator = b',';
        }
        match fields {
            Some(b"}") if separator == b'{' => out.extend_from_slice(b"{}"),
            Some(b"}") => out.push(b'}'),
            Some(fields) => {
                out.push(separator);
                let start = out.len();
                out.extend_from_slice(fields);
                // No line feed between fields is one in a string.
                if memchr::memchr2(b'\n', b'\r', fields).is_some() {
                    out[start..].iter_mut().filter(|byte| b"\n\r".contains(byte)).for_each(|byte| *byte = b' ');
                }
            }
            None => {
                out.push(separator);
                out.extend_from_slice(b"\"message\":");
                json::write_string(self.message, out);
                out.push(b'}');
            }
        }
        out.push(b'\n');
    }

    /// Appends the message, with a line feed if it has none.
    pub fn write_message(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.message);
        if !self.message.ends_with(b"\n") {
            out.push(b'\n');
        }
    }
}

fn text(raw: Option<&[u8]>) -> Option<Cow<'_, str>> {
    raw.and_then(|raw| serde_json::from_slice(raw).ok()).map(|text: String| Cow::Owned(text))
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event").field("timestamp", &self.timestamp).field("bytes", &self.message.len()).finish_non_exhaustive()
    }
}

/// A masked record of an aggregate, or one that came alone.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct UserRecord<'a> {
    /// Its partition key in the aggregate, as it came. Outside of one, that of its Kinesis record holds.
    pub partition_key: Option<&'a str>,
    /// Its explicit hash key in the aggregate, if it has one.
    pub explicit_hash_key: Option<&'a str>,
    /// Its bytes, masked.
    pub data: &'a [u8],
}

impl fmt::Debug for UserRecord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserRecord").field("bytes", &self.data.len()).finish_non_exhaustive()
    }
}
