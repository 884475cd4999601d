//! Records as they came → masked records, each of a size and a form that the sink takes.

use std::sync::Arc;

use bytes::Bytes;
use logveil::Cache;
use logveil::envelope::{Counts, Encoded, Envelope, Reason, halves};

use crate::config::Config;
use crate::deliver::Outgoing;
use crate::sink::{Service, logs};

/// A record of an invocation.
pub struct Input {
    /// What a failure of it is reported by, where it is one of several.
    pub sequence_number: Option<String>,
    pub partition_key: Arc<str>,
    pub bytes: Decoded,
}

/// What base64 made of it.
pub enum Decoded {
    Raw(Vec<u8>),
    /// It was none.
    Damaged(Box<Damaged>),
}

/// What is no base64.
pub struct Damaged {
    text: Vec<u8>,
    /// What is in its place, and how it is counted.
    stand_in: Vec<u8>,
    counts: Counts,
}

impl Decoded {
    pub fn new(encoded: &Encoded<'_>, envelope: &Envelope<'_>, cache: &mut Cache) -> Self {
        match encoded.decode() {
            Ok(bytes) => Decoded::Raw(bytes),
            Err(_) => {
                let mut stand_in = Vec::new();
                let counts = envelope.redact_encoded(encoded, cache, &mut stand_in);
                Decoded::Damaged(Box::new(Damaged { text: encoded.bytes(), stand_in, counts }))
            }
        }
    }

    /// What came, raw.
    pub fn raw(&self) -> &[u8] {
        match self {
            Decoded::Raw(bytes) => bytes,
            Decoded::Damaged(damaged) => &damaged.text,
        }
    }
}

/// How records are made ready for a sink.
pub struct Preparer<'a> {
    pub envelope: Envelope<'a>,
    pub service: &'a Service,
    pub config: &'a Config,
    /// Milliseconds since 1970, for lines that say no time.
    pub now: i64,
}

impl Preparer<'_> {
    /// Masks one record and appends what is to be sent; that may be nothing.
    pub fn prepare(&self, place: usize, input: &Input, cache: &mut Cache, out: &mut Vec<Outgoing>) -> Counts {
        let mut made = Made { preparer: self, input, place, too_large: 0, out };
        let counts = match &input.bytes {
            Decoded::Damaged(damaged) => {
                made.add(damaged.stand_in.clone(), None, None, self.now);
                damaged.counts.clone()
            }
            Decoded::Raw(bytes) if self.service.takes_events() => self.envelope.for_each_event(bytes, cache, |event| {
                // The service takes text alone.
                let message = String::from_utf8_lossy(event.message()).into_owned().into_bytes();
                // Without a fallback nothing may be refused for the time that it says: what stands behind it would wait for ever.
                let time = event.timestamp().filter(|&time| self.config.fallback.is_some() || logs::takes(time, self.now));
                made.add(message, None, None, time.unwrap_or(self.now));
            }),
            Decoded::Raw(bytes) if self.config.single_records => self.envelope.for_each_user_record(bytes, cache, |record| {
                let key = record.partition_key.filter(|key| is_partition_key(key));
                made.add(record.data.to_vec(), key, record.explicit_hash_key, self.now);
            }),
            Decoded::Raw(bytes) => {
                let mut data = Vec::with_capacity(bytes.len());
                let counts = self.envelope.redact(bytes, cache, &mut data);
                if !counts.is_control() {
                    made.add(data, None, None, self.now);
                }
                counts
            }
        };
        made.counted(counts)
    }
}

/// Whether a stream takes it; in an aggregate it may be anything.
fn is_partition_key(key: &str) -> bool {
    (1..=256).contains(&key.chars().count())
}

/// What is made of one record.
struct Made<'m> {
    preparer: &'m Preparer<'m>,
    input: &'m Input,
    place: usize,
    too_large: u64,
    out: &'m mut Vec<Outgoing>,
}

impl Made<'_> {
    fn add(&mut self, data: Vec<u8>, key: Option<&str>, hash_key: Option<&str>, timestamp: i64) {
        if data.is_empty() {
            return;
        }
        let key = key.map_or_else(|| Arc::clone(&self.input.partition_key), Arc::from);
        let mut rest = vec![data];
        while let Some(data) = rest.pop() {
            let data = match self.fitting(data, &key) {
                Ok(data) => data,
                Err([first, second]) => {
                    rest.extend([second, first]);
                    continue;
                }
            };
            self.out.push(Outgoing {
                data: Bytes::from(data),
                partition_key: Arc::clone(&key),
                hash_key: hash_key.map(Arc::from),
                timestamp,
                input: self.place,
            });
        }
    }

    /// The record if it fits, two parts of it if it can be cut, or a text that stands for it.
    fn fitting(&mut self, data: Vec<u8>, key: &str) -> Result<Vec<u8>, [Vec<u8>; 2]> {
        let limit = self.preparer.service.record_limit(key);
        if data.len() <= limit {
            return Ok(data);
        }
        let config = self.preparer.config;
        let cut = if self.preparer.service.takes_events() { between_characters(&data, limit) } else { None };
        match cut.or_else(|| halves(&data, config.inflated_limit, config.gzip_level)) {
            Some(parts) => Err(parts),
            None => {
                self.too_large += 1;
                Ok(format!("[logveil: {}, {} bytes]\n", Reason::TooLarge.text(), data.len()).into_bytes())
            }
        }
    }

    fn counted(&self, mut counts: Counts) -> Counts {
        (0..self.too_large).for_each(|_| counts.add_stand_in(Reason::TooLarge));
        counts
    }
}

/// A message in two: masked text may be cut anywhere but within a character.
fn between_characters(message: &[u8], limit: usize) -> Option<[Vec<u8>; 2]> {
    let text = std::str::from_utf8(message).ok()?;
    let at = (0..=limit.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).filter(|&at| at > 0 && at < text.len())?;
    let (first, second) = message.split_at(at);
    Some([first.to_vec(), second.to_vec()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cut_between_characters() {
        let cut =
            |text: &str, limit| between_characters(text.as_bytes(), limit).map(|cut| cut.map(|part| String::from_utf8(part).unwrap()));
        assert_eq!(cut("ab\u{e9}cd", 3), Some(["ab".into(), "\u{e9}cd".into()]));
        assert_eq!(cut("ab\u{e9}cd", 4), Some(["ab\u{e9}".into(), "cd".into()]));
        assert_eq!(cut("\u{e9}", 1), None);
    }
}
