//! What goes with a value that is taken out of a line: its key and one separator, so that what is left is as valid as before.
//!
//! Only a value that is all of its field is taken out so: a member of an object, an element of an array, `key=value` between
//! spaces or separators, `key: value` where the key is what told the value. The separator before a field goes, or, if it is
//! the first that is left, the one behind it. The fields of a line are taken out from left to right, so whatever stands
//! before a place that is done counts as gone.

use super::{KEY, SPACES, key_start, skip_spaces};
use crate::scan::{Span, boundary};

/// Follows a line from value to value.
#[derive(Default)]
pub(crate) struct Removal {
    nesting: Nesting,
}

/// A value that is to be taken out.
#[derive(Clone, Copy)]
pub(crate) struct Removed {
    pub(crate) span: Span,
    /// Where what told the value begins: its key, if it has one.
    pub(crate) from: usize,
    /// What stands before this place is written, or taken out.
    pub(crate) done: usize,
}

impl Removal {
    /// What is taken out of the line with this value; nothing where it is no field, or not all of one. The values of a line
    /// must come in order.
    pub(crate) fn around(&mut self, line: &[u8], removed: Removed) -> Option<Span> {
        let value = Whole::at(line, removed.span)?;
        let field = Field::of(line, &value, removed.from).or_else(|| self.element(line, &value))?;
        field.with_separator(line, removed.done).filter(|span| span.start >= removed.done)
    }

    /// An element of an array of JSON.
    fn element(&mut self, line: &[u8], value: &Whole) -> Option<Field> {
        let before = line[..value.span.start].trim_ascii_end().last()?;
        let is_element = matches!(before, b'[' | b',') && self.nesting.in_array(line, value.span.start);
        is_element.then_some(Field { span: value.span, kind: Kind::Json })
    }
}

/// A value with its quotes, if it has any, and with what says how it is used (`Bearer`).
struct Whole {
    span: Span,
    has_scheme: bool,
}

impl Whole {
    fn at(line: &[u8], span: Span) -> Option<Self> {
        let start = before_scheme(line, span.start);
        let has_scheme = start < span.start;
        let Some(&quote) = start.checked_sub(1).and_then(|before| line.get(before)).filter(|byte| b"\"'`".contains(byte)) else {
            return (!has_scheme || line[..start].last().is_some_and(|byte| b" :=".contains(byte)))
                .then_some(Whole { span: Span { start, end: span.end }, has_scheme });
        };
        let backslashes = backslashes_before(line, start - 1);
        let level = backslashes.trailing_ones();
        let close = span.end + backslashes;
        let is_whole = (backslashes + 1).is_power_of_two()
            && line.get(close) == Some(&quote)
            && line[span.end..close].iter().all(|&byte| byte == b'\\')
            && backslashes_before(line, close).trailing_ones() == level;
        is_whole.then_some(Whole { span: Span { start: start - 1 - backslashes, end: close + 1 }, has_scheme })
    }
}

/// The place before a word that says how a credential is used.
fn before_scheme(line: &[u8], start: usize) -> usize {
    const SCHEMES: [&str; 6] = ["bearer", "basic", "token", "digest", "apikey", "negotiate"];
    let before = before_spaces(line, start);
    let word = line[..before].iter().rev().take(KEY).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let is_scheme = before < start && SCHEMES.iter().any(|scheme| line[before - word..before].eq_ignore_ascii_case(scheme.as_bytes()));
    if is_scheme { before - word } else { start }
}

fn before_spaces(line: &[u8], end: usize) -> usize {
    end - line[..end].iter().rev().take(SPACES).take_while(|&&byte| byte == b' ' || byte == b'\t').count()
}

fn backslashes_before(line: &[u8], at: usize) -> usize {
    line[..at].iter().rev().take_while(|&&byte| byte == b'\\').count()
}

/// A key with its value, or an element.
struct Field {
    span: Span,
    kind: Kind,
}

/// What stands between fields.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Commas, in brackets.
    Json,
    /// Spaces, commas, semicolons, ampersands.
    Text,
}

impl Field {
    /// The field of a value that has a key.
    fn of(line: &[u8], value: &Whole, from: usize) -> Option<Self> {
        let start = value.span.start;
        let spaced = before_spaces(line, start);
        let Some((separator, is_colon)) = separator_before(line, spaced) else {
            // `--password x`
            let key = bare_key(line, spaced, from)?;
            let is_flag = spaced < start && key == from && line[key] == b'-';
            return is_flag.then_some(Field { span: Span { start: key, end: value.span.end }, kind: Kind::Text });
        };
        let key_end = before_spaces(line, separator);
        if let Some(key) = quoted_key(line, key_end) {
            return Some(Field { span: Span { start: key, end: value.span.end }, kind: Kind::Json });
        }
        let key = bare_key(line, key_end, from)?;
        // Before a colon stands whatever is said of what follows: `ERROR: bob@example.com`.
        const HEADER: &[u8] = b"authorization";
        let is_header =
            value.has_scheme && line[key..key_end].last_chunk::<{ HEADER.len() }>().is_some_and(|tail| tail.eq_ignore_ascii_case(HEADER));
        (!is_colon || key == from || is_header).then_some(Field { span: Span { start: key, end: value.span.end }, kind: Kind::Text })
    }

    /// The field with the separator that goes with it.
    fn with_separator(&self, line: &[u8], done: usize) -> Option<Span> {
        let Span { start, end } = self.span;
        let left = before_spaces(line, start);
        let right = skip_spaces(line, end);
        let before = left.checked_sub(1).map(|at| line[at]);
        let behind = line.get(right).copied();
        let (separates, opens, closes): (&[u8], &[u8], &[u8]) = match self.kind {
            Kind::Json => (b",", b"{[", b"}]"),
            Kind::Text => (b",;&", b"{[(?\"'`|", b"}])>\"'`\\|"),
        };
        let behind_separator = behind.filter(|byte| separates.contains(byte)).map(|_| skip_spaces(line, right + 1));
        let is_last = behind.is_none_or(|byte| closes.contains(&byte)) || line[right..].starts_with(b"/>");
        let is_text = self.kind == Kind::Text;
        if behind_separator.is_none() && !is_last && !(is_text && right > end) {
            return None;
        }
        if before.is_some_and(|byte| separates.contains(&byte)) {
            if ends_entity(&line[..left]) {
                return None;
            }
            // The separator of a field that is gone is gone too, if that was the first.
            let is_there = left > done;
            let end = if is_there { end } else { behind_separator.unwrap_or(end) };
            return Some(Span { start: if is_there { left - 1 } else { start }, end });
        }
        let is_query = before == Some(b'?');
        let is_first = before.is_none_or(|byte| opens.contains(&byte)) || boundary::escape_ends_at(line, left);
        let is_spaced = is_text && left < start;
        match behind_separator {
            Some(end) if is_first || is_spaced => Some(Span { start, end }),
            _ if is_spaced && left >= done => Some(Span { start: left, end }),
            _ if is_first || is_spaced => Some(Span { start, end: if is_text && !is_query { right } else { end } }),
            _ => None,
        }
    }
}

/// `&amp;` and its like: its semicolon separates nothing.
fn ends_entity(text: &[u8]) -> bool {
    const LONGEST: usize = 8;
    let name = |text: &[u8]| text.iter().rev().take(LONGEST).take_while(|byte| byte.is_ascii_alphabetic()).count();
    text.strip_suffix(b";").is_some_and(|text| text[..text.len() - name(text)].ends_with(b"&"))
}

/// Where the separator before a value begins, and whether it is a colon alone.
fn separator_before(line: &[u8], end: usize) -> Option<(usize, bool)> {
    match line[..end] {
        [.., b'=', b'>'] | [.., b'-', b'>'] | [.., b':', b'='] | [.., b'=', b'='] => Some((end - 2, false)),
        [.., b'='] => Some((end - 1, false)),
        [.., b':'] => Some((end - 1, true)),
        _ => None,
    }
}

/// Where a key in quotes begins, its quote included.
fn quoted_key(line: &[u8], end: usize) -> Option<usize> {
    /// Keys of JSON may be longer than those that name something.
    const LONGEST: usize = 4 * KEY;
    let close = end.checked_sub(1)?;
    let quote = line[close];
    if !b"\"'".contains(&quote) {
        return None;
    }
    let level = backslashes_before(line, close).trailing_ones();
    let own = (1usize << level) - 1;
    let floor = close.saturating_sub(LONGEST);
    for at in memchr::memrchr_iter(quote, &line[floor..close]).map(|offset| floor + offset) {
        let other = backslashes_before(line, at).trailing_ones();
        if other < level {
            return None;
        }
        if other == level {
            // What begins so stands between two strings, of which the second is the value.
            let is_between = b":,]} \t".contains(&line[at + 1]);
            return (!is_between).then_some(at - own);
        }
    }
    None
}

/// Where a key without quotes begins. The scanner knows better where an escape stands before it.
fn bare_key(line: &[u8], end: usize, from: usize) -> Option<usize> {
    let first = key_start(line, end);
    let start = if (first..end).contains(&from) { from } else { first };
    (first < end).then_some(start)
}

/// Which brackets and strings a place stands in, at any escape depth.
#[derive(Default)]
struct Nesting {
    at: usize,
    open: Vec<Open>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Array,
    Object,
    /// A string in double quotes, at this escape depth.
    String(u32),
}

impl Nesting {
    /// Is the innermost thing that is open at `to` an array? Never backwards.
    fn in_array(&mut self, line: &[u8], to: usize) -> bool {
        let mut backslashes = 0usize;
        for &byte in &line[self.at.min(to)..to] {
            match byte {
                b'"' => self.quote(backslashes.trailing_ones()),
                b'[' => self.open.push(Open::Array),
                b'{' => self.open.push(Open::Object),
                b']' if self.open.last() == Some(&Open::Array) => _ = self.open.pop(),
                b'}' if self.open.last() == Some(&Open::Object) => _ = self.open.pop(),
                _ => {}
            }
            backslashes = if byte == b'\\' { backslashes + 1 } else { 0 };
        }
        self.at = self.at.max(to);
        self.open.last() == Some(&Open::Array)
    }

    fn quote(&mut self, level: u32) {
        match self.open.iter().position(|open| matches!(open, Open::String(outer) if *outer == level)) {
            Some(string) => self.open.truncate(string),
            None => self.open.push(Open::String(level)),
        }
    }
}
