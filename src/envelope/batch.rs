//! Events whose messages are masked together: one scan of many is several times as fast as a scan of each.

use std::fmt;
use std::ops::Range;

use memchr::memchr_iter;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::cloudwatch::{Head, is_number_of_event};
use super::event::Event;
use super::json::{self, Fields, Text};
use super::mask::{Masked, Messages, WHOLE};
use super::walk::{Sink, Walk, splice};
use crate::scan::Finding;

/// How much text is masked at once: enough that the scanner runs at its speed, little beside what the payload takes.
const BLOCK: usize = 128 << 10;

/// Events in a row that hold a message and their numbers, nothing else.
#[derive(Default)]
struct Batch<'a> {
    events: Vec<Plain<'a>>,
    /// Their messages, each ended by a line feed.
    text: Vec<u8>,
    masked: Vec<u8>,
}

struct Plain<'a> {
    event: &'a str,
    timestamp: Option<i64>,
    /// Where in the text it stands, its line feed included.
    place: Range<usize>,
    /// Whether the line feed at its end is not its own.
    is_ended: bool,
}

impl Plain<'_> {
    /// Where in the event its message is written. Asked only for one that has changed; all of the event, were it not there.
    fn message(&self) -> Range<usize> {
        let event = self.event.as_bytes();
        let fields = serde_json::from_str::<Fields<'_>>(self.event).ok();
        fields.and_then(|fields| fields.get("message")).map_or(0..event.len(), |message| json::place_of(message, event))
    }
}

/// An event as far as it has to be read to know that it is plain: its message and its time. None where it is not.
struct Read<'a>(Option<(Text<'a>, Option<i64>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Read<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Objects;
        impl<'de> Visitor<'de> for Objects {
            type Value = Read<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut message, mut timestamp, mut is_plain) = (None, None, true);
                while let Some(Text(key)) = map.next_key()? {
                    if *key == *b"message" {
                        is_plain &= message.replace(map.next_value()?).is_none();
                        continue;
                    }
                    let value: &RawValue = map.next_value()?;
                    is_plain &= is_number_of_event(&key, value.get().as_bytes());
                    if *key == *b"timestamp" {
                        timestamp = value.get().parse().ok();
                    }
                }
                Ok(Read(message.filter(|_| is_plain).map(|message| (message, timestamp))))
            }
        }
        deserializer.deserialize_map(Objects)
    }
}

impl<'a> Batch<'a> {
    /// Takes an event in, if it is plain.
    fn take(&mut self, event: &'a str) -> bool {
        let Ok(Read(Some((Text(message), timestamp)))) = serde_json::from_str(event) else { return false };
        let start = self.text.len();
        self.text.extend_from_slice(&message);
        // It would belong to the line feed that is put behind it.
        if self.text[start..].ends_with(b"\r") {
            self.text.truncate(start);
            return false;
        }
        let is_ended = self.text.len() > start && !self.text.ends_with(b"\n");
        if is_ended {
            self.text.push(b'\n');
        }
        self.events.push(Plain { event, timestamp, place: start..self.text.len(), is_ended });
        true
    }
}

/// What of a payload is written already, and where the rest goes.
pub(super) struct Written<'w, 's> {
    pub(super) text: &'w [u8],
    pub(super) copied: usize,
    pub(super) head: Head<'w>,
    pub(super) is_control: bool,
    pub(super) sink: &'w mut Sink<'s>,
}

impl<'r> Walk<'_, 'r> {
    /// Masks the events of a payload. Says whether anything was masked.
    pub(super) fn events(&mut self, events: &[&RawValue], messages: &mut Messages, written: &mut Written<'_, '_>) -> bool {
        let mut batch = Batch::default();
        let mut masked = Masked::default();
        let mut changed = false;
        for event in events {
            self.counts.events += 1;
            if batch.take(event.get()) {
                if batch.text.len() >= BLOCK {
                    changed |= self.batch(&mut batch, messages, written);
                }
                continue;
            }
            // They come in their order, for what goes on from message to message.
            changed |= self.batch(&mut batch, messages, written);
            self.mask_event(event.get(), messages, &mut masked);
            changed |= masked.is_changed;
            match &mut *written.sink {
                Sink::Same(out, flush) => {
                    splice(written.text, &mut written.copied, event.get().as_bytes(), &masked.json, out);
                    flush(out);
                }
                Sink::Each(each) if !written.is_control => {
                    each(&Event::of_payload(written.head, &masked.json, &masked.message, masked.timestamp));
                }
                Sink::Each(_) => {}
            }
        }
        self.batch(&mut batch, messages, written) | changed
    }

    fn batch(&mut self, batch: &mut Batch<'_>, messages: &mut Messages, written: &mut Written<'_, '_>) -> bool {
        let Batch { events, text, masked } = batch;
        if events.is_empty() {
            return false;
        }
        masked.clear();
        let mut found = Vec::new();
        let on_finding = &mut *self.on_finding;
        messages.state.is_unescaped = self.becomes_json.messages;
        let mut stats = self.envelope.redactor.redact_with(text, &mut messages.state, self.cache, masked, |finding: Finding<'r>| {
            found.push(finding.line);
            on_finding(finding);
        });
        // The line feeds between messages are nobody's.
        let ended = events.iter().filter(|plain| plain.is_ended).count() as u64;
        stats.bytes_in -= ended;
        stats.bytes_out = stats.bytes_out.saturating_sub(ended);
        // A line may be masked in several pieces, each with findings of its own.
        found.sort_unstable();
        self.counts.stats += stats;
        let mut found = found.into_iter().peekable();
        let (mut at, mut changed) = (0, false);
        let mut string = Vec::new();
        for plain in events.iter() {
            let before = &text[plain.place.clone()];
            messages.lines += memchr_iter(b'\n', before).count() as u64;
            let mut is_found = false;
            while found.next_if(|line| *line <= messages.lines).is_some() {
                is_found = true;
            }
            let length = if is_found { length_of_lines(before, masked.get(at..).unwrap_or_default()) } else { before.len() };
            let after = masked.get(at..at + length).unwrap_or(WHOLE);
            at += length;
            let is_changed = after != before;
            changed |= is_changed;
            let message = if plain.is_ended { after.strip_suffix(b"\n").unwrap_or(after) } else { after };
            string.clear();
            if is_changed {
                json::write_string(message, &mut string);
            }
            written.plain(plain, message, is_changed.then_some(&string));
        }
        written.up_to_here(events.last());
        events.clear();
        text.clear();
        changed
    }
}

/// How many bytes of `masked` stand for these lines: masking leaves line feeds where they are.
fn length_of_lines(lines: &[u8], masked: &[u8]) -> usize {
    let ends = memchr_iter(b'\n', lines).count();
    ends.checked_sub(1).map_or(0, |last| memchr_iter(b'\n', masked).nth(last).map_or(masked.len(), |end| end + 1))
}

impl Written<'_, '_> {
    /// Writes an event; `string` is its message as JSON if that has changed.
    fn plain(&mut self, plain: &Plain<'_>, message: &[u8], string: Option<&Vec<u8>>) {
        match &mut *self.sink {
            Sink::Same(out, _) => {
                if let Some(string) = string {
                    splice(self.text, &mut self.copied, &plain.event.as_bytes()[plain.message()], string, out);
                }
            }
            Sink::Each(_) if self.is_control => {}
            Sink::Each(each) => {
                let event = plain.event.as_bytes();
                let json = string.map(|string| {
                    let place = plain.message();
                    [&event[..place.start], string, &event[place.end..]].concat()
                });
                each(&Event::of_payload(self.head, json.as_deref().unwrap_or(event), message, plain.timestamp));
            }
        }
    }

    /// Copies what stands before the end of an event, so that it need not wait for the end of the payload.
    fn up_to_here(&mut self, event: Option<&Plain<'_>>) {
        if let (Sink::Same(out, flush), Some(plain)) = (&mut *self.sink, event) {
            let end = json::place_of(plain.event.as_bytes(), self.text).end;
            out.extend_from_slice(&self.text[self.copied..end]);
            self.copied = end;
            flush(out);
        }
    }
}
