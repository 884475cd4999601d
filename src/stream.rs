//! Framing: bytes that come in pieces of any size → lines → masked bytes.
//!
//! A line ends at LF; a CR before it belongs to the end. A line longer than the limit is looked at in pieces at
//! fixed offsets of the line, which overlap, so that the result does not depend on how the bytes came.

mod output;
mod parallel;

use std::fmt;

use smallvec::SmallVec;

use crate::redact::{self, Observer, Redactor, Stats};
use crate::scan::{Cache, Finding, LONGEST, Match, Next, OpenBlock, Suspect, Until};
use output::Output;

pub use parallel::ParallelFilter;

/// What of each piece of a long line its neighbour sees too, on each side: more than the longest match.
const MARGIN: usize = LONGEST + 1024;

/// What goes on from line to line in one stream: a log file, a log stream, a shard.
#[derive(Debug, Default)]
pub struct StreamState {
    lines: u64,
    block: Option<OpenBlock>,
    below: Option<Below>,
    /// The line that is being looked at in pieces.
    long: Option<LongLine>,
    /// Whether the lines are text of a string of JSON, without its escapes, which it gets again behind them.
    pub(crate) is_unescaped: bool,
}

impl StreamState {
    /// That of text which was a string of JSON, and becomes one again.
    #[cfg(feature = "envelope")]
    pub(crate) fn unescaped() -> Self {
        StreamState { is_unescaped: true, ..StreamState::default() }
    }

    /// Whether nothing goes on from the lines before: what follows comes out as from a fresh state.
    fn is_settled(&self) -> bool {
        self.block.is_none() && self.below.is_none() && self.long.is_none()
    }
}

/// A key whose value stands on the lines behind it.
#[derive(Clone, Debug)]
struct Below {
    next: Next,
    /// The rules that the key names.
    rules: SmallVec<[u16; 4]>,
}

impl Below {
    /// What the last key of a line waits for.
    fn of(keys: &[(u16, Next)]) -> Option<Self> {
        let &(_, next) = keys.last()?;
        Some(Below { next, rules: keys.iter().filter(|(_, other)| *other == next).map(|&(rule, _)| rule).collect() })
    }
}

/// How far a line longer than the limit is done.
#[derive(Clone, Copy, Debug, Default)]
struct LongLine {
    /// Where in the line the next piece begins.
    base: usize,
    /// Up to where the line is written.
    written: usize,
    /// What ends the value that the last piece's end cut, and the rule that found it.
    inside: Option<(Until, u16)>,
    changed: bool,
}

/// A stream that is masked as it comes.
///
/// ```
/// let redactor = logveil::Redactor::builtin()?;
/// let mut filter = redactor.filter();
/// let mut out = Vec::new();
/// filter.push(b"user=bob pass", &mut out);
/// filter.push(b"word=hunter2\nnext", &mut out);
/// assert_eq!(out, b"user=bob password=[REDACTED:assigned-password]\n");
/// filter.finish(&mut out);
/// assert!(out.ends_with(b"\nnext"));
/// # Ok::<(), logveil::Error>(())
/// ```
pub struct Filter<'r> {
    redactor: &'r Redactor,
    state: StreamState,
    cache: Cache,
    /// The line that has no end yet, from `state.long`'s base on.
    pending: Vec<u8>,
    on_finding: Box<dyn FnMut(Finding<'r>) + 'r>,
}

impl fmt::Debug for Filter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter").field("pending", &self.pending.len()).finish_non_exhaustive()
    }
}

impl Redactor {
    /// Masks `input`, a sequence of lines of one stream, and appends the result to `out`.
    ///
    /// A log event, a record or a chunk that ends at a line's end is such a sequence; the last line may lack its
    /// line feed. What reaches across lines (a private key) goes on in `state`, one for each stream. For reads that
    /// end anywhere use [`Redactor::filter`].
    pub fn redact(&self, input: &[u8], state: &mut StreamState, cache: &mut Cache, out: &mut Vec<u8>) -> Stats {
        redact(self, input, state, cache, out, &mut |_| {})
    }

    /// The same, reporting each finding.
    pub fn redact_with<'r>(
        &'r self,
        input: &[u8],
        state: &mut StreamState,
        cache: &mut Cache,
        out: &mut Vec<u8>,
        mut on_finding: impl FnMut(Finding<'r>),
    ) -> Stats {
        redact(self, input, state, cache, out, &mut on_finding)
    }

    /// Masks one message that stands for itself. For many, [`Redactor::redact`] reuses its buffers.
    pub fn redact_message(&self, message: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(message.len());
        self.redact(message, &mut StreamState::default(), &mut Cache::default(), &mut out);
        out
    }

    /// A stream of bytes to be masked as it comes, cut anywhere.
    pub fn filter(&self) -> Filter<'_> {
        Filter::new(self)
    }
}

impl<'r> Filter<'r> {
    fn new(redactor: &'r Redactor) -> Self {
        Filter { redactor, state: StreamState::default(), cache: Cache::default(), pending: Vec::new(), on_finding: Box::new(|_| {}) }
    }

    /// Reports each finding as it is masked.
    pub fn on_finding(mut self, report: impl FnMut(Finding<'r>) + 'r) -> Self {
        self.on_finding = Box::new(report);
        self
    }

    /// Takes the next bytes and appends to `out` what is complete: every line whose end has come.
    pub fn push(&mut self, mut input: &[u8], out: &mut Vec<u8>) -> Stats {
        let mut stats = Stats::default();
        if !self.pending.is_empty() {
            match memchr::memchr(b'\n', input) {
                Some(end) => {
                    stats += self.hold(&input[..end], out);
                    self.pending.push(b'\n');
                    stats += self.complete(out);
                    input = &input[end + 1..];
                }
                None => return self.hold(input, out),
            }
        }
        let complete = memchr::memrchr(b'\n', input).map_or(0, |end| end + 1);
        stats += redact(self.redactor, &input[..complete], &mut self.state, &mut self.cache, out, &mut self.on_finding);
        stats += self.hold(&input[complete..], out);
        stats
    }

    /// The stream is at its end: whatever is held back is masked and written.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Stats {
        self.complete(out)
    }

    /// Whether a line is held back because its end has not come.
    pub fn is_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Keeps bytes of a line without an end, and writes what is behind the limit.
    fn hold(&mut self, mut input: &[u8], out: &mut Vec<u8>) -> Stats {
        let limit = self.redactor.line_limit();
        let mut stats = Stats::default();
        while !input.is_empty() {
            let room = (limit + 2).saturating_sub(self.pending.len()).min(input.len());
            self.pending.extend_from_slice(&input[..room]);
            input = &input[room..];
            // A CR in the last place may belong to the end of the line.
            while self.pending.len() > limit + 1 || (self.pending.len() > limit && self.pending.last() != Some(&b'\r')) {
                let (size, mut long) = (out.len(), self.state.long.take().unwrap_or_default());
                let piece = &self.pending[..limit];
                long.piece(self.redactor, piece, false, &mut self.state, &mut self.cache, out, &mut stats, &mut self.on_finding);
                self.state.long = Some(long);
                let done = limit - 2 * MARGIN;
                self.pending.drain(..done);
                stats.bytes_in += done as u64;
                stats.bytes_out += (out.len() - size) as u64;
            }
        }
        stats
    }

    fn complete(&mut self, out: &mut Vec<u8>) -> Stats {
        let pending = std::mem::take(&mut self.pending);
        let stats = redact(self.redactor, &pending, &mut self.state, &mut self.cache, out, &mut self.on_finding);
        self.pending = pending;
        self.pending.clear();
        stats
    }
}

/// Masks a sequence of lines; the first may be the rest of a long one.
fn redact<'r>(
    redactor: &'r Redactor,
    input: &[u8],
    state: &mut StreamState,
    cache: &mut Cache,
    out: &mut dyn Output,
    observer: Observer<'_, 'r>,
) -> Stats {
    let mut stats = Stats { bytes_in: input.len() as u64, ..Stats::default() };
    let before = (out.size(), state.lines);
    // Lines in which nothing is found are handed over together.
    let mut done = 0;
    let mut at = 0;
    let mut waiting = None;
    redactor.scanner().start(cache);
    while at < input.len() {
        // What reaches over from earlier lines does not ask whether something begins in this one.
        let whatever = !state.is_settled();
        let next = |cache: &mut Cache| redactor.scanner().next_suspect(input, at, redactor.line_limit(), cache);
        let mut suspect = if whatever { Suspect::any(input, at) } else { waiting.take().unwrap_or_else(|| next(cache)) };
        // A line before it that only the policy's fields may speak of.
        let field = redactor.next_field(input, at, suspect.as_ref().map_or(input.len(), |suspect| suspect.line.start));
        if let Some(line) = field {
            let lines_before = state.lines - before.1 + memchr::memchr_iter(b'\n', &input[at..line.start]).count() as u64;
            waiting = Some(suspect.replace(Suspect { line, lines_before: Some(lines_before) }));
        }
        let Some(Suspect { line: span, lines_before }) = suspect else {
            let unfinished = input.last().is_some_and(|&byte| byte != b'\n');
            state.lines = before.1 + redactor.scanner().line_feeds(cache) + u64::from(unfinished);
            break;
        };
        state.lines = lines_before.map_or(state.lines, |lines| before.1 + lines);
        let line = &input[span.start..span.end];
        if state.long.is_some() || line.len() > redactor.line_limit() {
            out.keep(input, done..span.start);
            long_line(redactor, line, state, cache, out.buffer(), &mut stats, observer);
            done = span.end;
        } else {
            let find = match (field, whatever) {
                (Some(_), _) => Redactor::find_nothing,
                (None, true) => Redactor::find,
                (None, false) => Redactor::find_in_suspect,
            };
            find_in_line(redactor, line, find, state, cache);
            let fields = redactor.fields_in(line);
            fields.leave_kept(&mut cache.matches);
            if redactor.look_again(line, &fields, state.is_unescaped, cache) && state.below.is_none() {
                state.below = Below::of(&cache.below);
            }
            // What begins in a field that is hidden goes on behind it.
            open_block(redactor, line, state, cache);
            fields.leave_hidden(&mut cache.matches);
            redactor.add_fields(&fields, &mut cache.matches);
            redact::settle(redactor, cache, state.lines + 1, 0, &mut stats, observer);
            if !cache.resolved.is_empty() {
                out.keep(input, done..span.start);
                redactor.write(line, 0..line.len(), &cache.resolved, state.is_unescaped, out.buffer());
                done = span.end;
                stats.lines_changed += 1;
            }
        }
        state.lines += 1;
        at = memchr::memchr(b'\n', &input[span.end..]).map_or(input.len(), |length| span.end + length + 1);
    }
    out.keep(input, done..input.len());
    stats.lines = state.lines - before.1;
    stats.bytes_out = (out.size() - before.0) as u64;
    stats
}

/// The matches in a line, those of an open block or of a key before it included. Closes blocks.
fn find_in_line(redactor: &Redactor, line: &[u8], find: fn(&Redactor, &[u8], &mut Cache), state: &mut StreamState, cache: &mut Cache) {
    find(redactor, line, cache);
    continue_block(redactor, line, state, cache);
    continue_below(redactor, line, state, cache);
}

fn open_block(redactor: &Redactor, line: &[u8], state: &mut StreamState, cache: &Cache) {
    if let Some((rule, start)) = redactor.scanner().opens_block(&cache.matches) {
        state.block = Some(OpenBlock::new(rule, line, start));
    }
}

fn continue_block(redactor: &Redactor, line: &[u8], state: &mut StreamState, cache: &mut Cache) {
    let Some(mut open) = state.block else { return };
    let Some(block) = redactor.scanner().block(open.rule) else { return };
    let mut spans = Vec::new();
    state.block = block.next_line(&mut open, line, &mut spans).then_some(open);
    let confidence = crate::pack::Confidence::High;
    cache.matches.extend(
        spans.into_iter().filter(|span| !cache.barriers.iter().any(|barrier| barrier.overlaps(*span))).map(|span| Match {
            span,
            from: span.start,
            rule: open.rule,
            confidence,
            until: Until::Class(open.rule),
        }),
    );
}

/// The value of a key that a line before has, and what key in this line has its value in the next.
fn continue_below(redactor: &Redactor, line: &[u8], state: &mut StreamState, cache: &mut Cache) {
    let Cache { matches, barriers, below, .. } = cache;
    let before = state.below.take();
    state.below = Below::of(below);
    let Some(Below { next, rules }) = before else { return };
    let (value, further) = next.look(line);
    if let Some(value) = value {
        let first = matches.len();
        redactor.scanner().find_below(&rules, value, line, barriers, matches);
        let mut found = matches.split_off(first);
        redactor.leave_allowed(line, &mut found);
        matches.extend(found.into_iter().filter(|found| redactor.wants(found)));
    }
    // A block of YAML goes on whatever its lines look like.
    state.below = further.map(|next| Below { next, rules }).or(state.below.take());
}

/// The rest of a line that is longer than the limit, all of it at hand.
fn long_line<'r>(
    redactor: &'r Redactor,
    mut rest: &[u8],
    state: &mut StreamState,
    cache: &mut Cache,
    out: &mut Vec<u8>,
    stats: &mut Stats,
    observer: Observer<'_, 'r>,
) {
    let limit = redactor.line_limit();
    let mut long = state.long.take().unwrap_or_default();
    while rest.len() > limit {
        long.piece(redactor, &rest[..limit], false, state, cache, out, stats, observer);
        rest = &rest[limit - 2 * MARGIN..];
    }
    long.piece(redactor, rest, true, state, cache, out, stats, observer);
    stats.lines_changed += u64::from(long.changed);
}

impl LongLine {
    /// Looks at one piece and writes what of it is settled: of two pieces, the one that sees a start with a margin
    /// on both sides decides what begins there.
    #[allow(clippy::too_many_arguments)]
    fn piece<'r>(
        &mut self,
        redactor: &'r Redactor,
        piece: &[u8],
        last: bool,
        state: &mut StreamState,
        cache: &mut Cache,
        out: &mut Vec<u8>,
        stats: &mut Stats,
        observer: Observer<'_, 'r>,
    ) {
        let own_from = if self.base == 0 { 0 } else { MARGIN };
        let own_to = if last { piece.len() } else { piece.len() - MARGIN };
        let mut written = self.written - self.base;
        if let Some((until, rule)) = self.inside {
            let end = redactor.scanner().resume(until, piece, written);
            if end.is_some() {
                self.inside = None;
            }
            let end = end.unwrap_or(piece.len());
            redactor.write_rest(rule, &piece[written..end], state.is_unescaped, out);
            written = end;
        }
        find_in_line(redactor, piece, Redactor::find, state, cache);
        cache.matches.extend(redactor.rest_of_long(piece, own_from));
        open_block(redactor, piece, state, cache);
        if !last {
            // What a piece ends with is not what the line ends with.
            state.below = None;
        }
        cache.matches.retain_mut(|found| {
            let owned = found.from >= own_from && (found.from < own_to || last);
            found.span.start = found.span.start.max(written);
            owned && found.span.start < found.span.end
        });
        redact::settle(redactor, cache, state.lines + 1, self.base, stats, observer);
        let cut = cache.resolved.last().filter(|found| !last && found.span.end == piece.len() && found.until != Until::Complete);
        if let Some(found) = cut {
            self.inside = Some((found.until, found.rule));
        }
        self.changed |= !cache.resolved.is_empty();
        let end = cache.resolved.last().map_or(own_to, |found| found.span.end.max(own_to));
        if written < end {
            written = redactor.write(piece, written..end, &cache.resolved, state.is_unescaped, out);
        }
        self.written = self.base + written;
        self.base += if last { piece.len() } else { piece.len() - 2 * MARGIN };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    const LIMIT: usize = 128 << 10;

    /// Asserts that a line comes out in pieces as it does whole.
    fn assert_pieces_change_nothing(lines: impl Iterator<Item = Vec<u8>>) {
        let limited = |limit: usize| {
            let policy = Policy::parse("test", &format!("[limits]\nline = {limit}")).unwrap();
            Redactor::builder().policy(policy).build().unwrap()
        };
        let (pieces, whole) = (limited(LIMIT), limited(1 << 20));
        for (number, line) in lines.enumerate() {
            assert!(line.len() > LIMIT);
            assert!(pieces.redact_message(&line) == whole.redact_message(&line), "line {number}");
        }
    }

    /// Ids that are keys when they are cut short: what the last bytes of a piece seem to hold is not its to say.
    #[test]
    fn the_end_of_a_piece_decides_nothing() {
        let id = b"AKIAQWERTYUIOPASDFGHJKL ";
        assert_pieces_change_nothing((0..id.len()).map(|shift| id.iter().copied().cycle().skip(shift).take(LIMIT + 5000).collect()));
    }

    /// A word that is a key without its beginning, before a value that reaches far into the next piece.
    #[test]
    fn the_beginning_of_a_piece_decides_nothing() {
        let base = LIMIT - 2 * MARGIN;
        assert_pieces_change_nothing((0..12).map(|shift| {
            let mut line = vec![b'.'; base - shift];
            line.extend_from_slice(b"nopassword=");
            line.extend(b"a1".repeat(LIMIT / 4));
            line
        }));
    }

    fn with_rules(rules: &str) -> Redactor {
        Redactor::builder().pack(crate::pack::Pack::parse("test", rules).unwrap()).build().unwrap()
    }

    /// The last of many rules that a key names masks the value on the next line, though no other wants it.
    #[test]
    fn every_rule_of_a_key_sees_the_next_line() {
        let rule = |id: usize, value: &str| {
            format!(
                "[[rule]]\nid = \"r{id}\"\nclass = \"secret\"\nkeys = [\"zqyx word\"]\nvalue = '{value}'\nexamples = []\ncounterexamples = []\n"
            )
        };
        let rules: String = (0..9).map(|id| rule(id, if id < 8 { "[0-9]{40}" } else { "any" })).collect();
        assert_eq!(with_rules(&rules).redact_message(b"zqyx_word: |\n  some thing\n"), b"zqyx_word: |\n  [REDACTED:r8]\n");
    }

    /// The threshold is that of the value, whose context may raise it.
    #[test]
    fn the_next_line_faces_the_threshold() {
        let rules = "[[rule]]\nid = \"r\"\nclass = \"secret\"\nkeys = [\"zqyx word\"]\nconfidence = \"low\"\nraise_near = [\"wvut\"]\nexamples = []\ncounterexamples = []";
        let redactor = with_rules(rules);
        assert_eq!(redactor.redact_message(b"zqyx_word: |\n  wvutless thing\n"), b"zqyx_word: |\n  wvutless thing\n");
        let raised = redactor.redact_message(b"<zqyx_word>\nthing</zqyx_word> wvut\n");
        assert_eq!(raised, b"<zqyx_word>\n[REDACTED:r]</zqyx_word> wvut\n");
    }

    #[test]
    fn a_name_and_its_value_on_two_lines() {
        let redactor = Redactor::builtin().unwrap();
        let masked = |text: &str| String::from_utf8(redactor.redact_message(text.as_bytes())).unwrap();
        for (name, value) in [
            ("DB_PASSWORD", "value: zqyx7wvut"),
            ("\"DB_PASSWORD\"", "value: 'zqyx7wvut'"),
            ("DB_PASSWORD", "type: x\n    value: \"zqyx7wvut\""),
        ] {
            for end in ["\n", "\r\n"] {
                let text = format!("- name: {name}{end}  {value}{end}- name: LOG_LEVEL{end}  value: zqyx7wvut{end}");
                assert_eq!(masked(&text), text.replacen("zqyx7wvut", "[REDACTED:assigned-password]", 1), "{text}");
            }
        }
        for text in [
            "- name: DB_PASSWORD\n- name: USER\n  value: zqyx7wvut\n",
            "the name: password\nvalue: zqyx7wvut\n",
            "- name: DB_PASSWORD\nzqyx7wvut\n",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn short_secrets_in_arrays_are_masked_and_lengths_in_schemas_are_not() {
        let redactor = Redactor::builtin().unwrap();
        assert_eq!(redactor.redact_message(br#"{"password":["12"]}"#), br#"{"password":["[REDACTED:assigned-password]"]}"#);
        let schema = br#"{"password":{"minLength":12}}"#;
        assert_eq!(redactor.redact_message(schema), schema);
    }

    /// Too long to be looked into.
    #[test]
    fn an_encoded_text_of_any_length_is_masked() {
        let text =
            |length: usize| [b"{\"a\":\"".to_vec(), b"x ".repeat(length / 2), b"\",\"password\":\"hunter2hunter2\"}".to_vec()].concat();
        let redactor = Redactor::builtin().unwrap();
        for length in [100, 1000, 60_000, 200_000] {
            let line = base64_of(&text(length));
            assert!(redactor.redact_message(&line).len() < 100, "{length}");
        }
    }

    /// RFC 4648, for texts whose length is a multiple of three or not.
    fn base64_of(text: &[u8]) -> Vec<u8> {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let group = |chunk: &[u8]| {
            let bits = chunk.iter().chain([&0, &0]).take(3).fold(0, |bits, &byte| bits << 8 | usize::from(byte));
            (0..=chunk.len()).map(move |place| LETTERS[bits >> (18 - 6 * place) & 63]).collect::<Vec<_>>()
        };
        text.chunks(3).flat_map(group).collect()
    }
}
