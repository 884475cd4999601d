//! What AWS wraps logs in: payloads of CloudWatch Logs, aggregates of the Kinesis Producer Library, events of Lambda
//! and Firehose. Bytes in, masked bytes out; no I/O.
//!
//! ```
//! use logveil::envelope::Envelope;
//! use logveil::{Cache, Redactor};
//!
//! let payload = r#"{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","message":"password=hunter2"}]}"#;
//! let redactor = Redactor::builtin()?;
//! let (mut cache, mut out) = (Cache::default(), Vec::new());
//! let counts = Envelope::new(&redactor).redact(payload.as_bytes(), &mut cache, &mut out);
//! assert_eq!(out, payload.replace("hunter2", "[REDACTED:assigned-password]").as_bytes());
//! assert_eq!(counts.events(), 1);
//! # Ok::<(), logveil::Error>(())
//! ```

mod batch;
mod cloudwatch;
mod event;
mod firehose;
mod gzip;
mod halves;
mod json;
mod kpl;
mod lambda;
mod mask;
mod split;
mod stream;
#[cfg(test)]
mod tests;
mod walk;

use std::fmt;
use std::ops::AddAssign;
use std::time::Duration;

use crate::redact::{Redactor, Stats};
use crate::scan::{Cache, Finding};
pub use event::{Event, UserRecord};
pub use halves::halves;
pub use kpl::{Aggregator, is_aggregate, user_records};
pub use lambda::{Encoded, FirehoseRecord, KinesisRecord, LambdaEvent};
pub use stream::EnvelopeFilter;
use walk::{Sink, Walk};

/// Masks records whatever they are wrapped in, all kinds of them in one batch.
///
/// A record is told apart by its first bytes. It is a KPL aggregate, whose records are masked one by one; payloads of
/// CloudWatch Logs, one after the other, as gzip or as JSON; lines of text, gzip or not; or several of these. Gzip may be
/// written in base64, if that is all of the record. In a payload the messages are masked, and all other fields but those that
/// can hold nothing but what AWS writes. All other bytes stay.
///
/// What cannot be decoded is replaced as a whole by a text that says why and how long it was, as is a record whose
/// masking panics.
#[derive(Clone)]
pub struct Envelope<'r> {
    redactor: &'r Redactor,
    form: Form,
    level: u32,
    limit: usize,
    /// Whether what the command line of AWS prints is a payload.
    may_be_printed: bool,
    /// Log groups whose events are dropped.
    ignored: &'r [String],
    clock: Option<Clock>,
}

/// In what form payloads come out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// As they came: gzip stays gzip, an aggregate stays one.
    #[default]
    Same,
    /// A line of JSON for each event: its log group, its log stream, its fields as they are.
    Events,
    /// The messages alone, a line for each, or several.
    Messages,
}

/// Why something was masked as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// It begins like gzip and is none, or not all of it.
    Gzip,
    /// It holds more than the limit.
    TooLarge,
    /// It begins like a payload of CloudWatch Logs and is none, or not all of it.
    Json,
    /// It begins like an aggregate, and its digest or what it holds is wrong.
    Aggregate,
    /// It is not base64.
    Base64,
    /// It is neither text nor anything that is known.
    Binary,
    /// Gzip in gzip in gzip, or an aggregate in one.
    Nested,
    /// Masking it panicked.
    Fault,
}

impl Reason {
    const ALL: [Reason; 8] =
        [Reason::Gzip, Reason::TooLarge, Reason::Json, Reason::Aggregate, Reason::Base64, Reason::Binary, Reason::Nested, Reason::Fault];

    /// What stands in the place of what was masked, with its length.
    pub fn text(self) -> &'static str {
        match self {
            Reason::Gzip => "damaged gzip",
            Reason::TooLarge => "too large",
            Reason::Json => "damaged payload",
            Reason::Aggregate => "damaged aggregate",
            Reason::Base64 => "damaged base64",
            Reason::Binary => "not text",
            Reason::Nested => "nested too deep",
            Reason::Fault => "could not be masked",
        }
    }

    /// A name for counts.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Gzip => "gzip",
            Reason::TooLarge => "too_large",
            Reason::Json => "json",
            Reason::Aggregate => "aggregate",
            Reason::Base64 => "base64",
            Reason::Binary => "binary",
            Reason::Nested => "nested",
            Reason::Fault => "fault",
        }
    }

    /// The text that stands for so many bytes.
    fn stand_in(self, length: u64) -> String {
        format!("[logveil: {}, {length} bytes]", self.text())
    }
}

/// What was met, as counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    stats: Stats,
    aggregates: u64,
    payloads: u64,
    control_messages: u64,
    events: u64,
    ignored: u64,
    allowed: u64,
    /// Stretches of lines that are no payload.
    texts: u64,
    compacted: u64,
    left_out: u64,
    /// By reason.
    stand_ins: [u64; Reason::ALL.len()],
    times: Times,
}

/// What says how much time has passed, since whenever.
type Clock = fn() -> Duration;

/// How long gzip took. What was met is the same however long it took.
#[derive(Clone, Copy, Debug, Default, Eq)]
struct Times {
    inflating: Duration,
    deflating: Duration,
}

impl PartialEq for Times {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Counts {
    /// Lines, findings and bytes of what was masked, unwrapped.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// KPL aggregates.
    pub fn aggregates(&self) -> u64 {
        self.aggregates
    }

    /// Payloads of CloudWatch Logs, control messages among them.
    pub fn payloads(&self) -> u64 {
        self.payloads
    }

    /// Payloads by which CloudWatch Logs only tries whether it can write, as their events say too.
    pub fn control_messages(&self) -> u64 {
        self.control_messages
    }

    /// Events in payloads.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Events that are dropped: those of log groups that are to be ignored, and those of control messages, unless these stay in
    /// what they came with.
    pub fn ignored(&self) -> u64 {
        self.ignored
    }

    /// How long inflating took, and deflating, with the clock of [`Envelope::timed_by`].
    pub fn gzip_times(&self) -> (Duration, Duration) {
        (self.times.inflating, self.times.deflating)
    }

    /// Payloads of log groups that the policy's `allow.log_groups` leaves as they came.
    pub fn allowed(&self) -> u64 {
        self.allowed
    }

    /// Records that an answer to Firehose had no room for in their form, and that came out compressed as they came.
    pub fn compacted(&self) -> u64 {
        self.compacted
    }

    /// Records that an answer to Firehose had no room for in any form, so that only a text stands for them there. They are among
    /// [`Counts::stand_ins`] as [`Reason::TooLarge`].
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Whether there was a control message and nothing else, so that the record can be dropped.
    pub fn is_control(&self) -> bool {
        self.control_messages > 0
            && self.payloads == self.control_messages
            && self.texts == 0
            && self.stand_ins.iter().all(|&count| count == 0)
    }

    /// What was masked as a whole, by the reasons that there were.
    pub fn stand_ins(&self) -> impl Iterator<Item = (Reason, u64)> + '_ {
        Reason::ALL.into_iter().zip(self.stand_ins).filter(|&(_, count)| count > 0)
    }

    /// Counts something more that was masked as a whole, by who found that it must be.
    pub fn add_stand_in(&mut self, reason: Reason) {
        self.stand_ins[reason as usize] += 1;
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.stats += other.stats;
        self.aggregates += other.aggregates;
        self.payloads += other.payloads;
        self.control_messages += other.control_messages;
        self.events += other.events;
        self.ignored += other.ignored;
        self.times.inflating += other.times.inflating;
        self.times.deflating += other.times.deflating;
        self.allowed += other.allowed;
        self.texts += other.texts;
        self.compacted += other.compacted;
        self.left_out += other.left_out;
        self.stand_ins.iter_mut().zip(other.stand_ins).for_each(|(count, more)| *count += more);
    }
}

impl<'r> Envelope<'r> {
    /// Payloads come out as they came; gzip at level 6; 64 MiB at most are inflated of one record.
    pub fn new(redactor: &'r Redactor) -> Self {
        Envelope { redactor, form: Form::Same, level: 6, limit: 64 << 20, may_be_printed: false, ignored: &[], clock: None }
    }

    /// In what form payloads come out.
    pub fn form(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    /// How hard to compress what is masked, from 0 to 9. Gzip in which nothing is masked stays as it came.
    pub fn gzip_level(mut self, level: u32) -> Self {
        self.level = level.min(9);
        self
    }

    /// How many bytes are inflated of one record, all that it holds together.
    pub fn inflated_limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Whether a document of JSON that begins with a list `events` is a payload, as `aws logs get-log-events` and
    /// `filter-log-events` print it. Not if nothing is said: where records come from applications, a line may well begin so.
    pub fn printed(mut self, may_be_printed: bool) -> Self {
        self.may_be_printed = may_be_printed;
        self
    }

    /// Log groups whose payloads are dropped, events and all. Who masks what a log group holds must ignore the one that it
    /// writes to, and its own: each of its events would make another one.
    pub fn ignoring(mut self, log_groups: &'r [String]) -> Self {
        self.ignored = log_groups;
        self
    }

    /// Measures how long gzip takes, with a clock that says how much time has passed since whenever.
    pub fn timed_by(mut self, clock: fn() -> Duration) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Masks one record and appends the result to `out`.
    pub fn redact(&self, record: &[u8], cache: &mut Cache, out: &mut Vec<u8>) -> Counts {
        self.redact_with(record, cache, out, |_| {})
    }

    /// The same, reporting each finding. Its line is that among the messages of its payload, or among the lines of the
    /// record; in any other field, that of its string.
    pub fn redact_with(&self, record: &[u8], cache: &mut Cache, out: &mut Vec<u8>, mut on_finding: impl FnMut(Finding<'r>)) -> Counts {
        let mut walk = Walk::new(self, cache, &mut on_finding);
        walk.record_as(self.form, record, out);
        walk.counts
    }

    /// Masks one record, event by event. A line of a record that is no payload is an event, as is what stands for
    /// something that could not be decoded. Of a control message there are none.
    pub fn for_each_event(&self, record: &[u8], cache: &mut Cache, mut each: impl FnMut(&Event<'_>)) -> Counts {
        let mut ignore = |_: Finding<'r>| {};
        let mut walk = Walk::new(self, cache, &mut ignore);
        walk.record(record, &mut Sink::Each(&mut each));
        walk.counts
    }

    /// Masks one record, and gives the records of an aggregate one by one, each with its keys. Of a record that is a control
    /// message and nothing else there is none.
    pub fn for_each_user_record(&self, record: &[u8], cache: &mut Cache, mut each: impl FnMut(&UserRecord<'_>)) -> Counts {
        let mut ignore = |_: Finding<'r>| {};
        let mut walk = Walk::new(self, cache, &mut ignore);
        walk.user_records(record, &mut each);
        walk.counts
    }

    /// Masks a record that came as base64. What is none becomes a text that says so.
    pub fn redact_encoded(&self, record: &Encoded<'_>, cache: &mut Cache, out: &mut Vec<u8>) -> Counts {
        match record.decode() {
            Ok(bytes) => self.redact(&bytes, cache, out),
            Err(reason) => {
                let mut ignore = |_: Finding<'r>| {};
                let mut walk = Walk::new(self, cache, &mut ignore);
                walk.stand_in_as(self.form, reason, record.len() as u64, out);
                walk.counts
            }
        }
    }

    /// A stream of payloads to be masked as it comes, cut anywhere.
    pub fn filter(&self) -> EnvelopeFilter<'r> {
        EnvelopeFilter::new(self.clone())
    }
}

impl fmt::Debug for Envelope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope").field("form", &self.form).field("level", &self.level).field("limit", &self.limit).finish_non_exhaustive()
    }
}
