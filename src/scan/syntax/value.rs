//! From where a value begins to where it ends: quoted, bare, in an element, or many below one key.

use super::content::holds_nothing;
use super::quote::{DOUBLE, Quote, ends_string};
use super::{KEY, Until, Value, is_key_byte, skip_spaces};
use crate::scan::{LONGEST, Span, boundary};

#[derive(Clone, Copy, Default)]
pub(super) struct Style {
    /// Behind a quoted key and a colon: a bare value is a JSON number or literal.
    pub(super) json: bool,
    pub(super) whole_line: bool,
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
        let prefixed = usize::from(line.get(at).is_some_and(|letter| b"bBuUrRf@".contains(letter)) && Quote::at(line, at + 1).is_some());
        if let Some((quote, start)) = Quote::at(line, at + prefixed) {
            return self.quoted_value(quote, skip_scheme(line, start), out);
        }
        let start = skip_scheme(line, at);
        // A replacement at the start is no array, and what stands behind it goes on being the value.
        let inside = self.barrier_at(start).map_or(start, |barrier| barrier.end);
        let end = if style.whole_line { line.len() } else { bare_end(line, start, inside, style.json) };
        let until = match (end == line.len(), style.whole_line) {
            (true, true) => Until::Line,
            (true, false) => Until::Bare,
            _ => Until::Complete,
        };
        push(start, end, until, out);
        end
    }

    fn quoted_value(self, quote: Quote, start: usize, out: &mut Vec<Value>) -> usize {
        let line = self.line;
        let closed = quote.close(line, start);
        let limited = quote.backslashes == 0 && quote.byte != b'"';
        let limit = if limited { self.string_end(start, closed.map_or(line.len(), |(end, _)| end)) } else { None };
        let (end, after, until) = match (limit, closed) {
            (Some(limit), _) => (limit, limit, Until::Complete),
            (None, Some((end, after))) => (end, after, Until::Complete),
            (None, None) => (line.len(), line.len(), Until::Quote(quote)),
        };
        push(start, end, until, out);
        after
    }

    fn barrier_at(self, at: usize) -> Option<Span> {
        let index = self.barriers.binary_search_by_key(&at, |barrier| barrier.start).ok()?;
        Some(self.barriers[index])
    }

    /// Where the JSON string around this ends, if that is between `from` and `to`: at a quote that is followed by
    /// what follows strings in JSON. Text in single quotes or in an element may hold double quotes, but not that.
    fn string_end(self, from: usize, to: usize) -> Option<usize> {
        if !self.in_string {
            return None;
        }
        let slashes = |at: usize| self.line[from..at].iter().rev().take_while(|&&byte| byte == b'\\').count();
        let ends = |at: usize| slashes(at).is_multiple_of(2) && ends_string(self.line, at);
        memchr::memchr_iter(b'"', &self.line[from..to]).map(|offset| from + offset).find(|&at| ends(at))
    }

    /// The text of an element: a CDATA section, or everything up to the end tag.
    ///
    /// Without an end tag `<password>` is as likely a placeholder. At the beginning of a line it is taken for an
    /// element all the same, and so it is when more text follows than any placeholder is followed by.
    pub(super) fn element(self, start: usize, begins_line: bool, out: &mut Vec<Value>) -> Option<usize> {
        const CDATA: &[u8] = b"<![CDATA[";
        let line = self.line;
        let start = skip_spaces(line, start);
        let cdata = line[start..].starts_with(CDATA);
        let start = start + if cdata { CDATA.len() } else { 0 };
        let text = &line[start..];
        let tag = if cdata { memchr::memmem::find(text, b"]]>") } else { memchr::memchr(b'<', text) };
        let ended = tag.filter(|&at| cdata || text[at..].starts_with(b"</")).map(|at| start + at);
        let long = tag.is_none() && text.len() > LONGEST;
        // Asked first: what follows may look as far as the line goes, and here there may be many such places.
        if ended.is_none() && !begins_line && !long {
            return None;
        }
        let (end, until) = match (self.string_end(start, ended.unwrap_or(line.len())), ended) {
            (Some(limit), _) => (limit, Until::Complete),
            (None, Some(end)) => (end, Until::Complete),
            (None, None) => (line.len(), Until::Line),
        };
        push(start, end, until, out);
        Some(end)
    }
}

fn push(start: usize, end: usize, until: Until, out: &mut Vec<Value>) {
    if start < end {
        out.push(Value { span: Span { start, end }, until });
    }
}

/// The words of an `Authorization` value that say which kind of credential follows.
const SCHEMES: [&[u8]; 8] = [b"bearer", b"basic", b"token", b"apikey", b"negotiate", b"ntlm", b"splunk", b"ssws"];

/// `Bearer x`: the value is `x`.
fn skip_scheme(line: &[u8], at: usize) -> usize {
    let word = line[at..].iter().take(16).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let is_scheme = SCHEMES.iter().any(|scheme| line[at..at + word].eq_ignore_ascii_case(scheme));
    let value = at + word + 1;
    let follows =
        line.get(at + word) == Some(&b' ') && line.get(value).is_some_and(|byte| byte.is_ascii_graphic() && !b"\"'".contains(byte));
    if is_scheme && follows { value } else { at }
}

/// Where a value without quotes ends.
///
/// White space ends it, and so does punctuation that is followed by the end, by more punctuation or by the
/// next key. A comma inside a password does not.
fn bare_end(line: &[u8], start: usize, inside: usize, json: bool) -> usize {
    let mut at = inside;
    // Brackets that the value itself opens: `${VAR}`, `f(x)`.
    let mut open = 0;
    while let Some(&byte) = line.get(at) {
        match byte {
            0..=b' ' | b'"' | b'`' => return at,
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

impl Surroundings<'_> {
    /// An array or object: every scalar in it is a value, its keys are not. `None` when nothing of the kind begins
    /// at `start`.
    pub(super) fn container(self, start: usize, out: &mut Vec<Value>) -> Option<usize> {
        let line = self.line;
        let &open = line.get(start)?;
        let inside = skip_spaces(line, start + 1);
        let begins = match open {
            b'[' => self.barrier_at(start).is_none(),
            // `{cipher}…` and `{{ template }}` are values of their own.
            b'{' => line.get(inside) == Some(&b'}') || Quote::at(line, inside).is_some() || names_a_field(line, inside),
            _ => false,
        };
        if !begins {
            return None;
        }
        let first = out.len();
        let mut depth = 0;
        let mut at = start;
        let mut quotes = None;
        // In an array no scalar is a key.
        let mut array = true;
        while let Some(&byte) = line.get(at) {
            if let Some((quote, content)) = Quote::at(line, at) {
                let outer = quote.backslashes < *quotes.get_or_insert(quote.backslashes);
                if outer || (self.in_string && quote == DOUBLE && ends_string(line, at)) {
                    return Some(at);
                }
                let closed = quote.close(line, content);
                let single = quote.backslashes == 0 && quote != DOUBLE;
                if let Some(limit) = single.then(|| self.string_end(content, closed.map_or(line.len(), |(end, _)| end))).flatten() {
                    push(content, limit, Until::Complete, out);
                    return Some(limit);
                }
                let (end, after) = closed.unwrap_or((line.len(), line.len()));
                if !names_value(line, after) {
                    push(skip_scheme(line, content), end, Until::Complete, out);
                }
                at = after.max(at + 1);
                continue;
            }
            match byte {
                b'[' | b'{' | b'(' => {
                    depth += 1;
                    array = byte == b'[';
                }
                b']' | b'}' | b')' => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at + 1);
                    }
                    array = false;
                }
                b'\\' => {
                    let slashes = line[at..].iter().take_while(|&&byte| byte == b'\\').count();
                    let quote = matches!(line.get(at + slashes), Some(b'"' | b'\'' | b'`'));
                    // An even number of them before a quote escapes none: the string around this ends there.
                    if quote && self.in_string && slashes % 2 == 0 {
                        return Some(at);
                    }
                    at += if quote { slashes } else { (slashes - 1) + boundary::escape_length(line, at + slashes - 1).max(1) };
                    continue;
                }
                0..=b' ' | b',' | b';' | b':' | b'=' | b'>' => {}
                _ => {
                    let start = skip_scheme(line, at);
                    let ends = |byte: u8| byte <= b' ' || b",;[]{}()\"'`\\".contains(&byte) || (!array && b":=".contains(&byte));
                    let end = start + line[start..].iter().take_while(|&&byte| !ends(byte)).count();
                    if array || !names_value(line, end) {
                        push(start, end, Until::Complete, out);
                    }
                    at = end.max(at + 1);
                    continue;
                }
            }
            at += 1;
        }
        // The line ends inside: whatever comes, if anything does, is still below the key.
        match out[first..].last_mut() {
            Some(last) if !holds_nothing(last.span.of(line)) => {
                last.span.end = line.len();
                last.until = Until::Line;
            }
            _ => push(start + 1, line.len(), Until::Line, out),
        }
        Some(line.len())
    }
}

/// `:` or `=` or `=>` behind a scalar: it was a key.
fn names_value(line: &[u8], at: usize) -> bool {
    let at = skip_spaces(line, at);
    match line.get(at) {
        Some(b':') => true,
        // Padding of base64 is no separator.
        Some(b'=') => line.get(at + 1).is_some_and(|byte| !b"=,;]})\"' ".contains(byte)),
        _ => false,
    }
}

fn names_a_field(line: &[u8], at: usize) -> bool {
    let name = line[at..].iter().take(KEY).take_while(|&&byte| is_key_byte(byte)).count();
    name > 0 && names_value(line, at + name)
}
