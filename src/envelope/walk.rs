//! The way through a record: what it holds, one after the other and one in the other, masked.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::batch::Written;
use super::cloudwatch::{Part, Payload};
use super::event::{Event, UserRecord};
use super::mask::{Masked, Messages};
use super::split::{self, Budget, Document, Members};
use super::{Clock, Counts, Envelope, Form, Reason, gzip, json, kpl};
use crate::scan::{Cache, Finding};
use crate::stream::StreamState;

/// Where masked bytes go.
pub(super) enum Sink<'s> {
    /// Wrapped as they came. What is written may be taken away in between, by who calls the second from time to time.
    Same(&'s mut Vec<u8>, &'s mut dyn FnMut(&mut Vec<u8>)),
    Each(&'s mut dyn FnMut(&Event<'_>)),
}

/// How much is around what is looked at.
#[derive(Clone, Copy, Default)]
pub(super) struct Depth {
    gzip: u8,
    aggregate: bool,
}

/// Firehose compresses what it delivers, though it be gzip.
const MOST_GZIP: u8 = 2;

/// What a stream began with.
pub(super) enum First {
    /// It took so many bytes.
    Done(usize),
    Undecodable(Reason),
    /// Its end is not there yet.
    Cut,
}

/// One way through one record, or a document of a stream.
pub(super) struct Walk<'w, 'r> {
    pub(super) envelope: &'w Envelope<'r>,
    pub(super) cache: &'w mut Cache,
    pub(super) on_finding: &'w mut dyn FnMut(Finding<'r>),
    pub(super) counts: Counts,
    pub(super) budget: Budget,
    pub(super) becomes_json: BecomesJson,
}

/// What of the masked text is written as strings of JSON, with the escapes that these need.
#[derive(Clone, Copy, Default)]
pub(super) struct BecomesJson {
    pub(super) messages: bool,
    pub(super) lines: bool,
}

impl<'w, 'r> Walk<'w, 'r> {
    pub(super) fn new(envelope: &'w Envelope<'r>, cache: &'w mut Cache, on_finding: &'w mut dyn FnMut(Finding<'r>)) -> Self {
        Walk { envelope, cache, on_finding, counts: Counts::default(), budget: Budget::of(envelope), becomes_json: BecomesJson::default() }
    }

    /// Runs `work` with a sink that writes in this form.
    pub(super) fn in_form<T>(&mut self, form: Form, out: &mut Vec<u8>, work: impl FnOnce(&mut Self, &mut Sink<'_>) -> T) -> T {
        let becomes_json = BecomesJson { messages: form != Form::Messages, lines: form == Form::Events };
        let around = std::mem::replace(&mut self.becomes_json, becomes_json);
        let done = match form {
            Form::Same => work(self, &mut Sink::Same(out, &mut |_| {})),
            Form::Events => work(self, &mut Sink::Each(&mut |event| event.write_json(out))),
            Form::Messages => work(self, &mut Sink::Each(&mut |event| event.write_message(out))),
        };
        self.becomes_json = around;
        done
    }

    pub(super) fn record_as(&mut self, form: Form, record: &[u8], out: &mut Vec<u8>) {
        self.in_form(form, out, |walk, sink| walk.record(record, sink));
        // Where it stays as it came, who called drops it.
        if form == Form::Same && self.counts.is_control() {
            self.counts.ignored += self.counts.events;
        }
    }

    pub(super) fn stand_in_as(&mut self, form: Form, reason: Reason, length: u64, out: &mut Vec<u8>) {
        self.in_form(form, out, |walk, sink| walk.stand_in(reason, length, sink));
    }

    pub(super) fn record(&mut self, record: &[u8], sink: &mut Sink<'_>) {
        self.guarded(record.len(), sink, |walk, sink| walk.bytes_or_base64(record, Depth::default(), sink));
    }

    /// The records of an aggregate one by one, or the record itself.
    pub(super) fn user_records(&mut self, record: &[u8], each: &mut dyn FnMut(&UserRecord<'_>)) {
        let form = self.envelope.form;
        let mut data = Vec::new();
        let Some(aggregate) = record.starts_with(kpl::MAGIC).then(|| kpl::decode(record)).flatten() else {
            self.record_as(form, record, &mut data);
            if !self.counts.is_control() {
                each(&UserRecord { partition_key: None, explicit_hash_key: None, data: &data });
            }
            return;
        };
        self.counts.aggregates += 1;
        for record in &aggregate.records {
            data.clear();
            self.in_form(form, &mut data, |walk, sink| walk.user_record(&record.data, Depth::default(), sink));
            each(&UserRecord {
                partition_key: kpl::key(&aggregate.partition_key_table, record.partition_key_index),
                explicit_hash_key: record.explicit_hash_key_index.and_then(|index| kpl::key(&aggregate.explicit_hash_key_table, index)),
                data: &data,
            });
        }
    }

    fn user_record(&mut self, data: &[u8], around: Depth, sink: &mut Sink<'_>) -> bool {
        self.guarded(data.len(), sink, |walk, sink| walk.bytes_or_base64(data, Depth { aggregate: true, ..around }, sink))
    }

    /// Masks what a record holds, which may be gzip written in base64 for those who take text alone.
    fn bytes_or_base64(&mut self, record: &[u8], around: Depth, sink: &mut Sink<'_>) -> bool {
        let text = record.trim_ascii_end();
        let Some(gzip) = gzip::from_base64(text) else { return self.documents(record, around, sink) };
        let Sink::Same(out, flush) = sink else { return self.documents(&gzip, around, sink) };
        let mut masked = Vec::new();
        let changed = self.documents(&gzip, around, &mut Sink::Same(&mut masked, &mut |_| {}));
        if !changed {
            out.extend_from_slice(record);
        } else if !masked.is_empty() {
            out.extend_from_slice(STANDARD.encode(&masked).as_bytes());
            out.extend_from_slice(&record[text.len()..]);
        }
        flush(out);
        changed
    }

    /// Runs `work`; if it panics, a text stands for so many bytes. Says whether anything was masked.
    pub(super) fn guarded(&mut self, length: usize, sink: &mut Sink<'_>, work: impl FnOnce(&mut Self, &mut Sink<'_>) -> bool) -> bool {
        let written = match sink {
            Sink::Same(out, _) => out.len(),
            Sink::Each(_) => 0,
        };
        // What a panic may leave half done is dropped below: what was written, and the scratch.
        catch_unwind(AssertUnwindSafe(|| work(self, sink))).unwrap_or_else(|_| {
            *self.cache = Cache::default();
            if let Sink::Same(out, _) = sink {
                out.truncate(written);
            }
            self.stand_in(Reason::Fault, length as u64, sink);
            true
        })
    }

    /// Masks one document after the other.
    fn documents(&mut self, mut bytes: &[u8], around: Depth, sink: &mut Sink<'_>) -> bool {
        let mut state = StreamState::default();
        let mut changed = false;
        let mut ahead = None;
        while !bytes.is_empty() {
            let mut document = ahead.take().unwrap_or_else(|| split::next(bytes, true, &mut self.budget));
            if let Document::Gzip(members) = &mut document {
                ahead = members.join(bytes, &mut self.budget);
            }
            self.counts.times.inflating += self.budget.inflating();
            let Some((length, masked)) = self.document(bytes, document, around, &mut state, sink) else { break };
            changed |= masked;
            bytes = bytes.get(length..).unwrap_or_default();
        }
        changed
    }

    /// Masks the document that a stream begins with.
    pub(super) fn first(&mut self, bytes: &[u8], last: bool, state: &mut StreamState, sink: &mut Sink<'_>) -> First {
        self.budget.inflate = self.envelope.limit;
        // After a panic nothing is known of where it ended.
        let mut first = First::Done(bytes.len());
        self.guarded(bytes.len(), sink, |walk, sink| {
            // What is open is gone if this panics.
            let mut open = std::mem::take(state);
            let mut masked = false;
            let document = split::next(bytes, last, &mut walk.budget);
            walk.counts.times.inflating += walk.budget.inflating();
            let looked = walk.budget.looked;
            let is_wrapped = matches!(document, Document::Gzip(_) | Document::Payload(..));
            first = match document {
                Document::Cut => First::Cut,
                Document::Undecodable(reason, _) => First::Undecodable(reason),
                document => match walk.document(bytes, document, Depth::default(), &mut open, sink) {
                    Some((length, changed)) => {
                        masked = changed;
                        walk.budget.looked = looked;
                        if is_wrapped && looked == 0 {
                            walk.budget.failures = 0;
                        }
                        First::Done(length)
                    }
                    None => First::Cut,
                },
            };
            *state = open;
            masked
        });
        first
    }

    /// Masks a document that `bytes` begin with. Says how long it is, and whether anything was masked.
    fn document(
        &mut self,
        bytes: &[u8],
        document: Document<'_>,
        around: Depth,
        state: &mut StreamState,
        sink: &mut Sink<'_>,
    ) -> Option<(usize, bool)> {
        Some(match document {
            Document::Cut => return None,
            Document::Lines(length) => (length, self.lines(&bytes[..length], state, sink)),
            Document::Payload(payload, length) => (length, self.payload(&bytes[..length], &payload, sink)),
            Document::Gzip(members) => (members.length, self.gzip(&bytes[..members.length], &members, around, sink)),
            Document::Aggregate(length) => (length, self.aggregate(&bytes[..length], around, sink)),
            Document::Undecodable(reason, length) => {
                self.stand_in_for(reason, length as u64, gzip::begins(bytes), sink);
                (length, true)
            }
        })
    }

    fn lines(&mut self, lines: &[u8], state: &mut StreamState, sink: &mut Sink<'_>) -> bool {
        self.counts.texts += u64::from(!split::is_blank(lines));
        state.is_unescaped = self.becomes_json.lines;
        match sink {
            Sink::Same(out, flush) => {
                let mut changed = false;
                for block in blocks(lines) {
                    changed |= self.mask(block, state, out);
                    flush(out);
                }
                changed
            }
            Sink::Each(each) => {
                let mut masked = Vec::with_capacity(lines.len());
                let changed = self.mask(lines, state, &mut masked);
                split::filled_lines(&masked).for_each(|line| each(&Event::of_line(line)));
                changed
            }
        }
    }

    fn payload(&mut self, text: &[u8], payload: &Payload<'_>, sink: &mut Sink<'_>) -> bool {
        self.counts.payloads += 1;
        if self.is_ignored(payload) {
            self.counts.ignored += payload.events() as u64;
            return true;
        }
        let is_control = payload.is_control();
        self.counts.control_messages += u64::from(is_control);
        if is_control && matches!(sink, Sink::Each(_)) {
            self.counts.ignored += payload.events() as u64;
        }
        if let Some(group) = payload.head().log_group.and_then(json::text_of)
            && self.envelope.redactor.allows_log_group(&group)
        {
            self.leave(text, payload, sink);
            return false;
        }
        let mut messages = Messages::default();
        let mut changed = false;
        let mut written = Written { text, copied: 0, head: payload.head(), is_control, sink };
        let fields: Vec<(&[u8], &[u8])> = payload.parts.iter().filter_map(|part| payload.field(part)).collect();
        let mut masked = self.mask_fields(&fields, &[]).into_iter();
        for part in &payload.parts {
            match part {
                Part::Events(events) => changed |= self.events(events, &mut messages, &mut written),
                Part::Field(place) => {
                    let Some((new, (_, value))) = masked.next().flatten().zip(payload.field(part)) else { continue };
                    changed = true;
                    if let Sink::Same(out, _) = &mut *written.sink {
                        if let Some(new) = &new.key {
                            splice(text, &mut written.copied, payload.key_of(*place, text), new, out);
                        }
                        splice(text, &mut written.copied, value, &new.value, out);
                    }
                }
            }
        }
        let copied = written.copied;
        if let Sink::Same(out, flush) = sink {
            out.extend_from_slice(&text[copied..]);
            flush(out);
        }
        changed
    }

    fn is_ignored(&self, payload: &Payload<'_>) -> bool {
        let group = payload.head().log_group.and_then(json::text_of);
        group.is_some_and(|group| self.envelope.ignored.iter().any(|ignored| ignored.as_bytes() == &*group))
    }

    /// Hands a payload on as it came: the policy allows its log group.
    fn leave(&mut self, text: &[u8], payload: &Payload<'_>, sink: &mut Sink<'_>) {
        self.counts.allowed += 1;
        let mut left = Masked::default();
        let events = payload.parts.iter().filter_map(|part| match part {
            Part::Events(events) => Some(events),
            Part::Field(_) => None,
        });
        for event in events.flatten() {
            self.counts.events += 1;
            if let Sink::Each(each) = sink
                && !payload.is_control()
            {
                left.set_unmasked(event.get());
                each(&Event::of_payload(payload.head(), &left.json, &left.message, left.timestamp));
            }
        }
        if let Sink::Same(out, _) = sink {
            out.extend_from_slice(text);
        }
    }

    fn gzip(&mut self, member: &[u8], members: &Members, around: Depth, sink: &mut Sink<'_>) -> bool {
        let content = &*members.content;
        if around.gzip == MOST_GZIP {
            self.stand_in_for(Reason::Nested, member.len() as u64, true, sink);
            return true;
        }
        let depth = Depth { gzip: around.gzip + 1, ..around };
        let Sink::Same(out, flush) = sink else { return self.documents(content, depth, sink) };
        let clock = self.envelope.clock;
        let mut press = gzip::Press::new(content, self.envelope.level, out);
        let mut deflating = Duration::ZERO;
        let mut rest = Vec::new();
        self.documents(
            content,
            depth,
            &mut Sink::Same(&mut rest, &mut |masked| {
                if masked.len() >= gzip::BLOCK {
                    deflating += timed(clock, || press.take(masked)).1;
                }
            }),
        );
        let (is_changed, time) = timed(clock, || {
            press.take(&mut rest);
            press.finish(members.has_more)
        });
        self.counts.times.deflating += deflating + time;
        if !is_changed {
            out.extend_from_slice(member);
        }
        flush(out);
        is_changed
    }

    fn aggregate(&mut self, bytes: &[u8], around: Depth, sink: &mut Sink<'_>) -> bool {
        let reason = if around.aggregate { Reason::Nested } else { Reason::Aggregate };
        let Some(mut aggregate) = (!around.aggregate).then(|| kpl::decode(bytes)).flatten() else {
            self.stand_in(reason, bytes.len() as u64, sink);
            return true;
        };
        self.counts.aggregates += 1;
        let mut changed = false;
        for record in &mut aggregate.records {
            match sink {
                Sink::Same(..) => {
                    let mut data = Vec::with_capacity(record.data.len());
                    changed |= self.user_record(&record.data, around, &mut Sink::Same(&mut data, &mut |_| {}));
                    record.data = data;
                    changed |= self.mask_tags(&mut record.tags);
                }
                Sink::Each(_) => changed |= self.user_record(&record.data, around, sink),
            }
        }
        if let Sink::Same(out, _) = sink {
            // Always anew: what the encoder of it did not know may have been anything.
            kpl::encode(aggregate, out);
        }
        changed
    }

    pub(super) fn stand_in(&mut self, reason: Reason, length: u64, sink: &mut Sink<'_>) {
        self.counts.add_stand_in(reason);
        let text = reason.stand_in(length);
        match sink {
            Sink::Same(out, _) => {
                out.extend_from_slice(text.as_bytes());
                out.push(b'\n');
            }
            Sink::Each(each) => each(&Event::of_line(text.as_bytes())),
        }
    }

    /// The same; what seemed to be gzip is gzip still, so that its readers find the text.
    pub(super) fn stand_in_for(&mut self, reason: Reason, length: u64, in_gzip: bool, sink: &mut Sink<'_>) {
        match sink {
            Sink::Same(out, _) if in_gzip => {
                let mut text = Vec::new();
                self.stand_in(reason, length, &mut Sink::Same(&mut text, &mut |_| {}));
                gzip::deflate(&text, self.envelope.level, out);
            }
            _ => self.stand_in(reason, length, sink),
        }
    }
}

/// Appends what of `text` is not copied yet, up to a part of it, and what stands for that.
pub(super) fn splice(text: &[u8], copied: &mut usize, part: &[u8], new: &[u8], out: &mut Vec<u8>) {
    let place = json::place_of(part, text);
    out.extend_from_slice(&text[*copied..place.start]);
    out.extend_from_slice(new);
    *copied = place.end;
}

/// Lines in blocks of whole lines, none of them much longer than is written at a time.
fn blocks(mut lines: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let end = lines.get(gzip::BLOCK..).and_then(|rest| memchr::memchr(b'\n', rest));
        let (block, rest) = lines.split_at(end.map_or(lines.len(), |end| gzip::BLOCK + end + 1));
        lines = rest;
        (!block.is_empty()).then_some(block)
    })
}

/// Does it, and says how long it took, where there is a clock.
pub(super) fn timed<T>(clock: Option<Clock>, work: impl FnOnce() -> T) -> (T, Duration) {
    let Some(clock) = clock else { return (work(), Duration::ZERO) };
    let begin = clock();
    let done = work();
    (done, clock().saturating_sub(begin))
}
