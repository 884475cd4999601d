//! From where a value begins to where it ends: quoted, bare, or the credential of a header.

use super::field::{self, Field};
use super::quote::{Quote, ends_string};
use super::{KEY, Until, Value, is_key_byte, key_length};
use crate::scan::Span;

#[derive(Clone, Copy, Default)]
pub(super) struct Style {
    /// Behind a quoted key and a colon: a bare value is a JSON number or literal.
    pub(super) json: bool,
    pub(super) whole_line: bool,
    /// The value of an authorization header: a scheme, whatever it is called, and one credential.
    pub(super) credentials: bool,
    /// The string that key and value stand in, at whose end the value ends.
    pub(super) within: Option<Quote>,
    /// What ends the field, should a value without quotes hold spaces.
    pub(super) field: Option<Field>,
    /// The key stands in the query of a URL, at whose fragment (`#top`) the value ends.
    pub(super) query: bool,
    /// Where the bracket is closed that the value begins with, if it goes on behind that.
    pub(super) bracket: Option<usize>,
}

/// A line as seen from a key in it.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'l> {
    pub(super) line: &'l [u8],
    pub(super) in_string: bool,
    pub(super) barriers: &'l [Span],
}

impl Surroundings<'_> {
    pub(super) fn value(self, at: usize, style: Style, out: &mut Vec<Value>) -> usize {
        let line = self.line;
        let skip = |at: usize| if style.credentials { skip_any_scheme(line, at) } else { skip_scheme(line, at) };
        if let Some((start, end)) = doubly_quoted(line, at) {
            push(start, end, Until::Complete, out);
            return end + 2;
        }
        let prefixed = usize::from(line.get(at).is_some_and(|letter| b"bBuUrRnNeE@".contains(letter)) && Quote::at(line, at + 1).is_some());
        if let Some((quote, start)) = Quote::at(line, at + prefixed) {
            let first = out.len();
            let end = self.quoted_value(quote, skip(start), out);
            out[first..].iter_mut().for_each(|value| value.from = start);
            push_behind_bracket(line, None, out);
            return self.changed_to(quote, end, out).unwrap_or(end);
        }
        if let Some(quote) = style.within {
            let after = self.quoted_value(quote, at, out);
            push_behind_bracket(line, style.bracket, out);
            return after;
        }
        let from = if style.whole_line { skip_tag(line, at) } else { at };
        let start = skip(from);
        // A replacement at the start is no array, and what stands behind it goes on being the value.
        let inside = self.barrier_at(start).map_or(start, |barrier| barrier.end).max(style.bracket.unwrap_or(start));
        let mut bare = bare_end(line, start, inside, style.json);
        if style.query {
            bare = memchr::memchr(b'#', &line[inside..bare]).map_or(bare, |fragment| inside + fragment);
        }
        let whole_line = style.whole_line && !fields_follow(line, bare);
        let end = match style.field {
            _ if whole_line => comment_start(line, start),
            Some(field) => field.end(line, start, bare).unwrap_or(bare),
            None => bare,
        };
        let until = match (end == line.len(), whole_line) {
            (true, true) => Until::Line,
            (true, false) => Until::Bare,
            _ => Until::Complete,
        };
        push_behind_scheme(from, start, end, until, out);
        push_behind_bracket(line, style.bracket, out);
        end
    }

    fn quoted_value(self, quote: Quote, start: usize, out: &mut Vec<Value>) -> usize {
        let line = self.line;
        let closed = quote.close(line, start);
        let limited = quote.backslashes == 0 && quote.byte != b'"';
        let limit = if limited { self.string_end(start, closed.map_or(line.len(), |(end, _)| end)) } else { None };
        let (end, after, until) = match (limit, closed) {
            (Some(limit), _) => (limit, limit, Until::Complete),
            (None, Some((end, after))) => {
                let (end, after) = behind_quote(line, quote, end, after);
                (end, after, Until::Complete)
            }
            (None, None) => (line.len(), line.len(), Until::Quote(quote)),
        };
        push(start, end, until, out);
        after
    }

    /// `"old" -> "new"`: what a value becomes is a value too.
    fn changed_to(self, quote: Quote, at: usize, out: &mut Vec<Value>) -> Option<usize> {
        let rest = self.line[at..].strip_prefix(b" -> ").or_else(|| self.line[at..].strip_prefix(b" => "))?;
        let (next, start) = Quote::at(self.line, self.line.len() - rest.len())?;
        (next == quote).then(|| self.quoted_value(quote, start, out))
    }

    pub(super) fn barrier_at(self, at: usize) -> Option<Span> {
        let index = self.barriers.binary_search_by_key(&at, |barrier| barrier.start).ok()?;
        Some(self.barriers[index])
    }

    /// Where the JSON string around this ends, if that is between `from` and `to`: at a quote that is followed by
    /// what follows strings in JSON. Text in single quotes or in an element may hold double quotes, but not that.
    pub(super) fn string_end(self, from: usize, to: usize) -> Option<usize> {
        if !self.in_string {
            return None;
        }
        let slashes = |at: usize| self.line[from..at].iter().rev().take_while(|&&byte| byte == b'\\').count();
        let ends = |at: usize| slashes(at).is_multiple_of(2) && ends_string(self.line, at);
        memchr::memchr_iter(b'"', &self.line[from..to]).map(|offset| from + offset).find(|&at| ends(at))
    }
}

pub(super) fn push(start: usize, end: usize, until: Until, out: &mut Vec<Value>) {
    if start < end {
        out.push(Value::new(Span { start, end }, until));
    }
}

/// The same for a value before which, from `from` on, the word stands that says how it is used.
pub(super) fn push_behind_scheme(from: usize, start: usize, end: usize, until: Until, out: &mut Vec<Value>) {
    if start < end {
        out.push(Value { from, ..Value::new(Span { start, end }, until) });
    }
}

/// What stands behind the bracket in `[x]hunter2` and `(x)hunter2` is a value too: a rule that asks for a token knows none
/// that begins so.
fn push_behind_bracket(line: &[u8], bracket: Option<usize>, out: &mut Vec<Value>) {
    let Some(&Value { span, until, .. }) = out.last() else { return };
    let mut start = bracket.unwrap_or(span.start);
    while let Some(length) = line.get(start..span.end).and_then(bracketed) {
        start += length;
    }
    if start > span.start {
        push(start, span.end, until, out);
    }
}

/// The length of the text in brackets that `text` begins with, if letters, digits or a bracket follow it.
fn bracketed(text: &[u8]) -> Option<usize> {
    let close = match text.first()? {
        b'[' => b']',
        b'{' => b'}',
        b'(' => b')',
        b'<' => b'>',
        _ => return None,
    };
    let length = memchr::memchr(close, text)? + 1;
    let rest = &text[length..];
    let goes_on = rest.first().is_some_and(|&byte| byte.is_ascii_alphanumeric() || b"[{(<".contains(&byte));
    let is_one = match close {
        // `<x>y>` is one placeholder, and `{cipher}x` says how what follows is encrypted.
        b'>' => rest.contains(&close),
        b'}' => length > 2 && text[1..length - 1].iter().all(|&byte| is_key_byte(byte)),
        _ => false,
    };
    (goes_on && !is_one).then_some(length)
}

/// Does a value without quotes that begins at `start` go on behind the bracket that is closed before `end`, as in
/// `[x]hunter2`? Then that is no array.
pub(super) fn goes_on_behind_bracket(line: &[u8], start: usize, end: usize) -> bool {
    let closes = |byte: Option<&u8>| byte.is_some_and(|byte| b")]}".contains(byte));
    let rest = &line[end..];
    if rest.is_empty() || closes(rest.first()) || !closes(line[..end].last()) {
        return false;
    }
    let slashes = rest.iter().take_while(|&&byte| byte == b'\\').count();
    // The line break of a deeper escape.
    if slashes > 0 && rest.get(slashes).is_some_and(|byte| b"nrt".contains(byte)) {
        return false;
    }
    // `[a, b]. ` ends a sentence.
    line[end..bare_end(line, start, end, false)].iter().any(|byte| !b".:!?".contains(byte))
}

/// `'user=bob password=''a b'' host=x'`: inside a string, a quote is written twice. The text between two such.
fn doubly_quoted(line: &[u8], at: usize) -> Option<(usize, usize)> {
    const LONGEST: usize = 256;
    let rest = line.get(at..)?.strip_prefix(b"''")?;
    let begins = rest.first().is_some_and(|byte| byte.is_ascii_graphic() && !b"',;)]}&".contains(byte));
    if !begins || memchr::memchr(b'\'', &line[at.saturating_sub(LONGEST)..at]).is_none() {
        return None;
    }
    let end = memchr::memmem::find(&rest[..rest.len().min(LONGEST)], b"''")?;
    Some((at + 2, at + 2 + end))
}

/// `Some("x")`, `[]byte("x")`, `<<"x">>`, `string(1) "x"`: what a language writes before the value itself.
pub(super) fn behind_constructor(line: &[u8], at: usize) -> usize {
    const OPENING: [&[u8]; 5] = [b"Some(", b"Just(", b"Ok(", b"Optional[", b"[]byte("];
    let rest = &line[at..];
    if let Some(opening) = OPENING.iter().find(|opening| rest.starts_with(opening)) {
        return at + opening.len();
    }
    let is_quoted = |at: usize| Quote::at(line, at).is_some();
    if (rest.starts_with(b"<<") && is_quoted(at + 2)) || (rest.starts_with(b"Just ") && is_quoted(at + 5)) {
        return at + if rest[0] == b'<' { 2 } else { 5 };
    }
    if let Some(length) = rest.strip_prefix(b"string(") {
        let digits = length.iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
        let quote = at + b"string(".len() + digits + b") ".len();
        if digits > 0 && length[digits..].starts_with(b") ") && is_quoted(quote) {
            return quote;
        }
    }
    at
}

/// `[]string{"x"}`: where the brace opens, else `at`.
pub(super) fn behind_type(line: &[u8], at: usize) -> usize {
    let Some(name) = line[at..].strip_prefix(b"[]") else { return at };
    let length = name.iter().take(32).take_while(|&&byte| is_key_byte(byte) || byte == b'*').count();
    if length > 0 && name.get(length) == Some(&b'{') { at + 2 + length } else { at }
}

/// Text that goes on behind a closing quote belongs to the value: a quote that nobody escaped (`"ab"cd"`), a word that a
/// shell glues on (`'ab'cd`), its way to write a quote inside quotes (`'it'"'"'s'`).
fn behind_quote(line: &[u8], quote: Quote, end: usize, after: usize) -> (usize, usize) {
    const PIECES: usize = 8;
    let (mut end, mut after) = (end, after);
    if quote.backslashes > 0 {
        return (end, after);
    }
    for _ in 0..PIECES {
        let rest = &line[after..];
        let idiom: usize = match rest {
            [b'"', b'\'', b'"', b'\'', ..] if quote.byte == b'\'' => 4,
            [b'\\', b'"', b'\'', b'\\', b'"', b'\'', ..] if quote.byte == b'\'' => 6,
            [b'\\', b'\'', b'\'', ..] if quote.byte == b'\'' => 3,
            [next, ..] if next.is_ascii_alphanumeric() && !ends_behind(line, after) => 0,
            _ => break,
        };
        if idiom > 0 {
            let Some((next_end, next_after)) = quote.close(line, after + idiom) else { break };
            (end, after) = (next_end, next_after);
            continue;
        }
        end = bare_end(line, after, after, false);
        after = end + usize::from(line.get(end) == Some(&quote.byte));
        if after == end {
            break;
        }
    }
    (end, after)
}

/// `, user=bob` behind a value that would else be the rest of its line.
fn fields_follow(line: &[u8], at: usize) -> bool {
    let Some(&separator @ (b',' | b';' | b' ')) = line.get(at) else { return false };
    let next = super::skip_spaces(line, at + 1);
    let name = key_length(line, next);
    let behind = line.get(next + name + 1);
    match line.get(next + name) {
        // `a b=c` may be a passphrase as well, but seldom is.
        Some(b'=') if separator == b' ' => name > 1 && behind.is_some_and(|&byte| byte > b' ' && byte != b'='),
        // The next header of several in a line: `X-A: x X-B: y`.
        Some(b':') if separator == b' ' => behind == Some(&b' ') && line[next..next + name].contains(&b'-'),
        Some(b'=' | b':') => name > 0 && separator != b' ',
        _ => false,
    }
}

/// `!!str x`: a tag of YAML says nothing.
fn skip_tag(line: &[u8], at: usize) -> usize {
    if line.get(at) != Some(&b'!') {
        return at;
    }
    let tag = line[at..].iter().take(KEY).take_while(|&&byte| byte == b'!' || is_key_byte(byte)).count();
    if line.get(at + tag) == Some(&b' ') { super::skip_spaces(line, at + tag) } else { at }
}

/// Where a value that is the rest of its line ends: before a comment or a remark in brackets (`x (from y)`), or with the
/// line.
fn comment_start(line: &[u8], start: usize) -> usize {
    let remark = || {
        let at = memchr::memmem::rfind(&line[start..], b" (")?;
        let words = line[start + at + 2..].strip_suffix(b")")?;
        let word = words.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
        (word > 1 && words.get(word) == Some(&b' ')).then_some(start + at)
    };
    let comment = memchr::memmem::find(&line[start..], b" #").map(|at| start + at).or_else(remark);
    comment.map_or(line.len(), |at| line[..at].trim_ascii_end().len().max(start))
}

/// The value that stands at `at`, behind what a rule's pattern matched from `start` on.
///
/// Should that have opened a quote (`-u "bob:`), the value ends with it. No more than [`BEHIND`] bytes are looked at.
pub(crate) fn behind(line: &[u8], start: usize, at: usize) -> Option<Span> {
    const BEHIND: usize = 1024;
    let line = &line[..line.len().min(at + BEHIND)];
    let mut opened: Option<Quote> = None;
    let mut place = start;
    while place < at {
        match Quote::at(line, place) {
            Some((quote, after)) if after <= at => {
                opened = if opened == Some(quote) { None } else { opened.or(Some(quote)) };
                place = after;
            }
            _ => place += 1,
        }
    }
    let text = Surroundings { line, in_string: true, barriers: &[] };
    let mut out = Vec::with_capacity(1);
    if line.get(at).is_none_or(|&byte| byte <= b' ' || b"-|&;)".contains(&byte)) {
        return None;
    }
    text.value(at, Style { within: opened, ..Style::default() }, &mut out);
    out.first().map(|value| value.span)
}

/// The words of an `Authorization` value that say which kind of credential follows.
const SCHEMES: [&[u8]; 17] = [
    b"bearer",
    b"basic",
    b"token",
    b"apikey",
    b"api-key",
    b"api-token",
    b"negotiate",
    b"ntlm",
    b"splunk",
    b"ssws",
    b"oauth",
    b"jwt",
    b"geniekey",
    b"hmac",
    b"macaroon",
    b"digest",
    b"sso-key",
];

/// `Bearer x`: the value is `x`.
pub(super) fn skip_scheme(line: &[u8], at: usize) -> usize {
    let word = scheme_word(line, at);
    if SCHEMES.iter().any(|scheme| line[at..at + word].eq_ignore_ascii_case(scheme)) { behind_scheme(line, at, word) } else { at }
}

/// The same for any scheme.
fn skip_any_scheme(line: &[u8], at: usize) -> usize {
    behind_scheme(line, at, scheme_word(line, at))
}

fn scheme_word(line: &[u8], at: usize) -> usize {
    let length = line[at..].iter().take(24).take_while(|&&byte| byte.is_ascii_alphanumeric() || byte == b'-').count();
    if line[at..].first().is_some_and(u8::is_ascii_alphabetic) { length } else { 0 }
}

fn behind_scheme(line: &[u8], at: usize, word: usize) -> usize {
    let value = super::skip_spaces(line, at + word);
    let follows = value > at + word && line.get(value).is_some_and(|byte| byte.is_ascii_graphic() && !b"\"'".contains(byte));
    if word > 0 && follows { value } else { at }
}

/// Where a value without quotes ends.
///
/// White space ends it, and so does punctuation that is followed by the end, by more punctuation or by the
/// next key. A comma inside a password does not.
fn bare_end(line: &[u8], start: usize, inside: usize, json: bool) -> usize {
    let mut at = inside;
    // Brackets that the value itself opens: `${VAR}`, `f(x)`.
    let mut open = 0;
    let mut placeholder = line.get(inside) == Some(&b'<') && inside == start;
    while let Some(&byte) = line.get(at) {
        match byte {
            0..=b' ' | b'"' | b'`' => return at,
            b'>' if placeholder => {
                placeholder = false;
                at += 1;
            }
            b'<' if at > start => return at,
            b',' | b']' | b'}' if json => return at,
            b'{' | b'(' | b'[' => {
                open += 1;
                at += 1;
            }
            b'}' | b')' | b']' if open > 0 => {
                open -= 1;
                at += 1;
            }
            b',' | b';' | b'&' | b'|' | b')' | b']' | b'}' | b'>' | b'\'' if ends_behind(line, at + 1) => return at,
            b';' if field::option_follows(line, at + 1, false) => return at,
            b'\\' if super::colour::colour(line, at) > 0 => return at,
            b'\\' => match escaped(line, at) {
                Escaped::Ends => return at,
                Escaped::Soft(after) if ends_behind(line, after) => return at,
                Escaped::Soft(after) | Escaped::Plain(after) => at = after,
            },
            _ => at += 1,
        }
    }
    line.len()
}

/// What an escape stands for, as far as the end of a bare value is concerned.
enum Escaped {
    Ends,
    Soft(usize),
    Plain(usize),
}

fn escaped(line: &[u8], at: usize) -> Escaped {
    let backslashes = line[at..].iter().take(16).take_while(|&&byte| byte == b'\\').count();
    match &line[at + backslashes..] {
        [b'"' | b'\'' | b'`', ..] => Escaped::Ends,
        [b'n' | b'r' | b't', ..] if backslashes == 1 => Escaped::Ends,
        [b'u', b'0', b'0', high, low, ..] => {
            let after = at + backslashes + 5;
            match [high, low].map(u8::to_ascii_lowercase) {
                [b'2', b'0' | b'2'] | [b'0', b'9' | b'a' | b'd'] | [b'3', b'c'] => Escaped::Ends,
                [b'2', b'6' | b'7' | b'c'] | [b'3', b'b' | b'e'] => Escaped::Soft(after),
                _ => Escaped::Plain(after),
            }
        }
        _ => Escaped::Plain((at + backslashes + 1).min(line.len())),
    }
}

/// Is what stands at `at` the end of a field: the end of the line, white space, more punctuation, or a key with
/// its separator?
fn ends_behind(line: &[u8], at: usize) -> bool {
    let Some(&next) = line.get(at) else { return true };
    if next <= b' ' || b",;:)]}>\"'<&|\\`.".contains(&next) {
        return true;
    }
    let key = line[at..].iter().take(KEY + 1).take_while(|&&byte| is_key_byte(byte) || byte == b'[' || byte == b']').count();
    let at = Quote::at(line, at + key).map_or(at + key, |(_, after)| after);
    key > 0 && key <= KEY && matches!(line.get(at), Some(b'=' | b':'))
}
