//! Secrets of many lines: private keys between a begin and an end marker.
//!
//! Within a line (the key's line breaks written as `\n`) a block is one match. Across lines each body line gives
//! a span of its own, so that the number of lines and what a shipper put before them stay.

use super::compile::{Pattern, Rule};
use super::matcher::Definition;
use super::syntax::Until;
use super::verify::{self, Matched, Text};
use super::{Match, Span};

/// After so many lines in a row that are not body, a block that never ended is over.
const FOREIGN: u32 = 200;
/// A run of base64 that long is body wherever it stands in a line.
const LONG_RUN: usize = 40;
/// A run that long is body directly behind the begin marker.
const SHORT_RUN: usize = 16;

/// The markers of a block.
pub(crate) struct Block {
    pub(crate) begin: Pattern,
    pub(crate) end: Definition,
}

/// A block that a line has opened and none has closed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenBlock {
    pub(crate) rule: u16,
    /// The shape of what stood before the begin marker: a shipper puts the like before each line.
    prefix: u64,
    foreign: u32,
}

impl OpenBlock {
    /// A block of `rule` that begins at `start` of `line`.
    pub(crate) fn new(rule: u16, line: &[u8], start: usize) -> Self {
        OpenBlock { rule, prefix: shape(&line[..start]), foreign: 0 }
    }
}

impl Block {
    /// A begin marker: the match reaches to the end marker, or as far as body follows in this line. Answers where
    /// to go on.
    pub(super) fn judge(&self, index: u16, rule: &Rule, text: Text<'_>, marker: Matched, matches: &mut Vec<Match>) -> Option<usize> {
        let first = matches.len();
        if !verify::judge(index, rule, text, marker, &mut verify::Patience::default(), matches) {
            return None;
        }
        let found = matches[first];
        matches.truncate(first);
        let line = text.line;
        let begin = marker.whole;
        let next = self.begin.matcher.definition.find(line, begin.end).map_or(line.len(), |next| next.whole.start);
        let reach = begin.end + line[begin.end..next].iter().take_while(|&&byte| may_stand_inside(byte)).count();
        let (end, until) = match self.end.find(&line[..reach], begin.end) {
            Some(end) => (end.whole.end, Until::Complete),
            None => {
                let end = body_behind(line, begin.end);
                if line[end..].iter().all(u8::is_ascii_whitespace) {
                    (line.len() - trailing_space(line), Until::Line)
                } else {
                    (end, if ends_a_string(&line[end..]) { Until::Line } else { Until::Complete })
                }
            }
        };
        matches.push(Match { span: Span { start: found.span.start, end }, until, ..found });
        Some(end)
    }

    /// Appends the body of an open block in the next line, and answers whether the block goes on.
    pub(crate) fn next_line(&self, open: &mut OpenBlock, line: &[u8], spans: &mut Vec<Span>) -> bool {
        let first = spans.len();
        if let Some(Matched { whole: end, .. }) = self.end.find(line, 0) {
            let body = line[..end.start].iter().rev().take_while(|&&byte| is_body(byte) || byte == b'\\').count();
            spans.push(Span { start: end.start - body, end: end.end });
            return false;
        }
        body_runs(line, open.prefix, spans);
        if spans.len() > first || line.iter().all(u8::is_ascii_whitespace) {
            open.foreign = 0;
        } else {
            open.foreign += 1;
        }
        open.foreign < FOREIGN
    }
}

pub(super) fn is_body(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
}

/// What may stand between the markers on one line: body, header lines, escapes; never a quote.
fn may_stand_inside(byte: u8) -> bool {
    is_body(byte) || b" \t\r\n\\-:,._()".contains(&byte)
}

/// Is what follows the marker or the body the end of a string, line breaks before it? Then each line of the key is
/// wrapped in one, as container runtimes and source code do, and the next line goes on with it.
fn ends_a_string(rest: &[u8]) -> bool {
    let breaks = rest.iter().take(16).take_while(|byte| b"\\nr".contains(byte)).count();
    matches!(rest.get(breaks), Some(b'"' | b'\''))
}

fn trailing_space(line: &[u8]) -> usize {
    line.iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Where the body ends that follows a begin marker whose end marker is missing.
fn body_behind(line: &[u8], start: usize) -> usize {
    let mut end = start;
    let mut at = start;
    loop {
        let gap = line[at..].iter().take_while(|&&byte| byte == b' ' || byte == b'\\').count();
        let escaped = line[at..at + gap].contains(&b'\\');
        // The letters of `\n` and `\r` belong to the gap.
        let letter = usize::from(escaped && matches!(line.get(at + gap), Some(b'n' | b'r')));
        let run_start = at + gap + letter;
        let run = line[run_start..].iter().take_while(|&&byte| is_body(byte)).count();
        let header = header_length(&line[run_start..]);
        if escaped && header > 0 {
            at = run_start + header;
        } else if run >= SHORT_RUN || (escaped && letter > 0 && end > start && run > 0) {
            at = run_start + run;
            end = at;
        } else if escaped && run == 0 && run_start > at {
            at = run_start;
        } else {
            return end;
        }
    }
}

/// `Proc-Type: 4,ENCRYPTED` and its kin, up to the escape that ends it.
fn header_length(text: &[u8]) -> usize {
    let name = text.iter().take(24).take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'-').count();
    if name < 4 || !text[name..].starts_with(b": ") {
        return 0;
    }
    let length = text.iter().take(256).take_while(|byte| !b"\\\"".contains(byte)).count();
    if text.get(length) == Some(&b'\\') { length } else { 0 }
}

/// The runs of base64 in a line that are body: long ones, and any that stands where the begin marker stood.
fn body_runs(line: &[u8], prefix: u64, spans: &mut Vec<Span>) {
    let mut before = Shape::default();
    let mut at = 0;
    while at < line.len() {
        if !is_body(line[at]) {
            before.push(line[at]);
            at += 1;
            continue;
        }
        let length = line[at..].iter().take_while(|&&byte| is_body(byte)).count();
        let end = at + length;
        let rest = &line[end..];
        let alone = rest.iter().all(u8::is_ascii_whitespace);
        let closed = alone || b"\"'\\<".contains(&rest[0]);
        // A line that is nothing but body is the last, short one even where the others had a prefix.
        let bare = alone && line[..at].iter().all(u8::is_ascii_whitespace);
        if length >= LONG_RUN || (before.hash == prefix && closed) || bare {
            spans.push(Span { start: at, end });
        }
        line[at..end].iter().for_each(|&byte| before.push(byte));
        at = end;
    }
}

fn shape(prefix: &[u8]) -> u64 {
    let mut shape = Shape::default();
    prefix.iter().for_each(|&byte| shape.push(byte));
    shape.hash
}

/// A hash of a text in which a run of digits is one digit and a run of letters one letter (FNV-1a).
struct Shape {
    hash: u64,
    last: u8,
}

impl Default for Shape {
    fn default() -> Self {
        Shape { hash: 0xcbf2_9ce4_8422_2325, last: 0 }
    }
}

impl Shape {
    fn push(&mut self, byte: u8) {
        let class = match byte {
            b'0'..=b'9' => b'0',
            _ if byte.is_ascii_alphabetic() => b'a',
            _ => byte,
        };
        if class != self.last || !class.is_ascii_alphanumeric() {
            self.hash = (self.hash ^ u64::from(class)).wrapping_mul(0x0100_0000_01b3);
        }
        self.last = class;
    }
}
