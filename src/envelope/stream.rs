//! Payloads in a stream of bytes that is cut anywhere: files that Firehose delivers, a pipe.

use std::fmt;

use super::split::{Budget, LONGEST_START, next_start};
use super::walk::{First, Sink, Walk};
use super::{Counts, Envelope, Reason, gzip};
use crate::scan::{Cache, Finding};
use crate::stream::StreamState;

/// A stream of payloads that is masked as it comes: members of gzip, documents of JSON and lines, with or without
/// anything between them.
///
/// ```
/// use logveil::envelope::{Envelope, Form};
///
/// let redactor = logveil::Redactor::builtin()?;
/// let mut filter = Envelope::new(&redactor).form(Form::Messages).filter();
/// let mut out = Vec::new();
/// filter.push(br#"{"messageType":"DATA_MESSAGE","logEvents":[{"message":"password=hun"#, &mut out);
/// filter.push(br#"ter2"}]}{"messageType""#, &mut out);
/// filter.flush(&mut out);
/// assert_eq!(out, b"password=[REDACTED:assigned-password]\n");
/// # Ok::<(), logveil::Error>(())
/// ```
pub struct EnvelopeFilter<'r> {
    envelope: Envelope<'r>,
    cache: Cache,
    /// Of the lines that are no payloads.
    state: StreamState,
    /// What is not done yet.
    pending: Vec<u8>,
    /// How much must be pending before it is worth another look: a document is begun anew each time.
    next_look: usize,
    /// What is wrong with the bytes that are being skipped.
    skipping: Option<Skipping>,
    /// What the documents that failed have cost.
    budget: Budget,
    on_finding: Box<dyn FnMut(Finding<'r>) + 'r>,
}

#[derive(Clone, Copy)]
struct Skipping {
    reason: Reason,
    in_gzip: bool,
    length: u64,
    /// To the end of the stream.
    all: bool,
}

impl<'r> EnvelopeFilter<'r> {
    pub(super) fn new(envelope: Envelope<'r>) -> Self {
        EnvelopeFilter {
            budget: Budget::of(&envelope),
            envelope,
            cache: Cache::default(),
            state: StreamState::default(),
            pending: Vec::new(),
            next_look: 0,
            skipping: None,
            on_finding: Box::new(|_| {}),
        }
    }

    /// Reports each finding as it is masked; its line is that among the messages of its payload.
    pub fn on_finding(mut self, report: impl FnMut(Finding<'r>) + 'r) -> Self {
        self.on_finding = Box::new(report);
        self
    }

    /// Takes the next bytes and appends to `out` what is complete, though not at every call: see
    /// [`flush`](Self::flush).
    pub fn push(&mut self, input: &[u8], out: &mut Vec<u8>) -> Counts {
        self.pending.extend_from_slice(input);
        if self.pending.len() < self.next_look { Counts::default() } else { self.advance(false, out) }
    }

    /// Appends to `out` whatever is complete, before more is waited for.
    pub fn flush(&mut self, out: &mut Vec<u8>) -> Counts {
        self.advance(false, out)
    }

    /// The stream is at its end: what is held back is masked and written. What follows is another stream.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Counts {
        let counts = self.advance(true, out);
        self.state = StreamState::default();
        self.budget = Budget::of(&self.envelope);
        counts
    }

    fn advance(&mut self, last: bool, out: &mut Vec<u8>) -> Counts {
        let mut walk = Walk::new(&self.envelope, &mut self.cache, &mut *self.on_finding);
        walk.budget = self.budget;
        let (pending, state, skipping) = (&self.pending, &mut self.state, &mut self.skipping);
        let done = walk.in_form(self.envelope.form, out, |walk, sink| advance(walk, pending, last, state, skipping, sink));
        self.budget = walk.budget;
        let counts = walk.counts;
        self.pending.drain(..done);
        // What is longer than the limit is not waited for.
        self.next_look = (2 * self.pending.len()).min(self.envelope.limit.saturating_add(1));
        counts
    }
}

/// Masks what is complete of `pending`. Says how much that is.
fn advance(
    walk: &mut Walk<'_, '_>,
    pending: &[u8],
    last: bool,
    state: &mut StreamState,
    skipping: &mut Option<Skipping>,
    sink: &mut Sink<'_>,
) -> usize {
    // No document may be longer, however it is cut.
    let most = walk.envelope.limit.saturating_add(1);
    let mut done = 0;
    loop {
        let bytes = &pending[done..];
        if let Some(skipped) = skipping {
            let (length, is_over) = if skipped.all { (bytes.len(), last) } else { skip(bytes, skipped.in_gzip, last) };
            skipped.length += length as u64;
            walk.budget.pass(length);
            done += length;
            if !is_over {
                return done;
            }
            walk.stand_in_for(skipped.reason, skipped.length, skipped.in_gzip, sink);
            *skipping = None;
            continue;
        }
        if bytes.is_empty() {
            return done;
        }
        let window = &bytes[..bytes.len().min(most)];
        let is_all = window.len() == bytes.len();
        let reason = match walk.first(window, last && is_all, state, sink) {
            First::Done(length) => {
                walk.budget.pass(length);
                done += length;
                continue;
            }
            First::Cut if window.len() < most => return done,
            First::Cut => {
                walk.budget.fail(window.len());
                Reason::TooLarge
            }
            First::Undecodable(reason) => reason,
        };
        *skipping = Some(Skipping { reason, in_gzip: gzip::begins(window), length: 1, all: walk.budget.is_spent() });
        walk.budget.pass(1);
        done += 1;
    }
}

/// How many bytes are to be skipped, and whether that is all.
fn skip(bytes: &[u8], in_gzip: bool, last: bool) -> (usize, bool) {
    let start = next_start(bytes, in_gzip);
    if last || start + LONGEST_START <= bytes.len() {
        return (start, true);
    }
    // What begins in the last bytes may become a start.
    (start.min(bytes.len().saturating_sub(LONGEST_START - 1)), false)
}

impl fmt::Debug for EnvelopeFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvelopeFilter").field("pending", &self.pending.len()).finish_non_exhaustive()
    }
}
