//! Arrays and objects below a key: every scalar in them is a value.

use super::nothing::holds_nothing;
use super::quote::{DOUBLE, Quote, ends_string};
use super::value::{Surroundings, push, push_behind_scheme, skip_scheme};
use super::{Until, Value, key_length, skip_spaces};
use crate::scan::{Span, boundary};

impl Surroundings<'_> {
    /// An array or object: every scalar in it is a value, its keys are not. `None` when nothing of the kind begins
    /// at `start`.
    pub(super) fn container(self, start: usize, out: &mut Vec<Value>) -> Option<usize> {
        let line = self.line;
        let &open = line.get(start)?;
        let inside = skip_spaces(line, start + 1);
        let begins = match open {
            b'[' => self.barrier_at(start).is_none() && line.get(start + 1) != Some(&b'^'),
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
        // What the name before a scalar says of it: `{"type":"string"}` is a schema.
        let mut schema = false;
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
                let is_name = names_value(line, after);
                if !is_name {
                    push_scalar(line, Span { start: content, end }, schema, out);
                }
                schema = is_name && is_of_schema(&line[content..end]);
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
                    // `[user='a', password='b']`: Java puts fields in these brackets too.
                    let name =
                        line[start..end].strip_suffix(b"=").filter(|name| array && !name.is_empty() && Quote::at(line, end).is_some());
                    let is_name = name.is_some() || (!array && names_value(line, end));
                    if !is_name {
                        push_scalar(line, Span { start: at, end }, schema, out);
                    }
                    schema = is_name && is_of_schema(name.unwrap_or(&line[start..end]));
                    at = end.max(at + 1);
                    continue;
                }
            }
            at += 1;
        }
        // The line ends inside: whatever comes, if anything does, is still below the key.
        match out[first..].iter_mut().rfind(|value| !value.doubtful) {
            Some(last) if !holds_nothing(last.span.of(line)) => {
                last.span.end = line.len();
                last.until = Until::Line;
            }
            _ => push(start + 1, line.len(), Until::Line, out),
        }
        Some(line.len())
    }
}

fn push_scalar(line: &[u8], scalar: Span, of_schema: bool, out: &mut Vec<Value>) {
    let known = out.len();
    push_behind_scheme(scalar.start, skip_scheme(line, scalar.start), scalar.end, Until::Complete, out);
    out[known..].iter_mut().for_each(|value| value.doubtful = of_schema);
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

/// A field that says what a value must look like, not what it is.
fn is_of_schema(name: &[u8]) -> bool {
    [&b"type"[..], b"format", b"$ref", b"title", b"description"].contains(&name)
}

fn names_a_field(line: &[u8], at: usize) -> bool {
    let name = key_length(line, at);
    name > 0 && names_value(line, at + name)
}
