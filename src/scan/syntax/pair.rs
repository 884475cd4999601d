//! A name and a value in two fields: `{"name":"DB_PASSWORD","value":"x"}`, in either order, as attributes, as Go prints
//! them; and a flag and its value as two strings of a list.

use super::next_line::Next;
use super::quote::Quote;
use super::value::{Style, Surroundings, goes_on_behind_bracket, push};
use super::{Extent, KEY, KEY_BYTES, Key, Until, Value, element, is_key_byte, key_start, skip_spaces};
use crate::scan::Span;

/// How far back a value is looked for that stands before its name.
const BACK: usize = 1024;

/// So many fields may stand between the two.
const FIELDS: u8 = 3;

/// What the field that holds a name is called, by its last word.
const NAMES: [&[u8]; 10] = [b"name", b"key", b"field", b"header", b"variable", b"property", b"param", b"parameter", b"option", b"setting"];

/// The same of the field that holds the value.
const VALUES: [&[u8]; 4] = [b"value", b"values", b"val", b"plaintext"];

/// Could a field with a value stand at `at`, behind a name without quotes? Cheap, and true where one does: `value`,
/// `parameter_value`.
pub(super) fn may_follow(line: &[u8], at: usize) -> bool {
    let at = skip_spaces(line, at);
    line.get(at).is_some_and(|byte| matches!(byte | 0x20, b'v' | b'p')) && field(line, at).is_some_and(|(is_value, _)| is_value)
}

/// The value that belongs to `key` where no separator stands behind it.
pub(super) fn values(key: &Key, text: Surroundings<'_>, out: &mut Vec<Value>) -> Option<Extent> {
    let line = text.line;
    let after_quote = Quote::at(line, key.end);
    if let Some((quote, after)) = after_quote
        && line[key.start..].starts_with(b"-")
    {
        return flag_value(text, quote, after, out);
    }
    if key.end == line.len() && name_field(key, line).is_some_and(|name| is_alone(line, name)) {
        out.push(Value::below(line.len(), Next::Field { fields: FIELDS }));
        return Some(Extent::one(line.len()));
    }
    if after_quote.is_none() {
        let next = key.end + usize::from(line.get(key.end) == Some(&b','));
        if !may_follow(line, next) {
            return None;
        }
    }
    let name = name_field(key, line)?;
    let mut at = after_quote.map_or(key.end, |(_, after)| after);
    // `<property name="password">x</property>`
    if after_quote.is_some() && line.get(at) == Some(&b'>') {
        if at + 1 == line.trim_ascii_end().len() {
            out.push(Value::below(line.len(), Next::Child));
            return Some(Extent::one(line.len()));
        }
        return text.element(at + 1, false, out).map(Extent::one);
    }
    for _ in 0..=FIELDS {
        let start = skip_spaces(line, at + usize::from(matches!(line.get(at), Some(b',' | b';'))));
        let goes_on = start > at || is_alone(line, name);
        if start == line.len() && goes_on && after_quote.is_some_and(|(quote, _)| quote.backslashes == 0) {
            out.push(Value::below(start, Next::Field { fields: FIELDS }));
            return Some(Extent::one(start));
        }
        let Some((is_value, value)) = field(line, start) else { break };
        if is_value {
            let bracket = text.container(value, out);
            if let Some(end) = bracket.filter(|&end| !goes_on_behind_bracket(line, value, end)) {
                return Some(Extent { end, container: true });
            }
            let json = after_quote.is_some();
            let end = text.value(value, Style { json, bracket, ..Style::default() }, out);
            // `{"field":"password","rule":"min","value":8}` says how long it must be.
            let is_length = |value: &Value| value.span.len() <= 3 && value.span.of(line).iter().all(u8::is_ascii_digit);
            out.iter_mut().filter(|value| is_length(value)).for_each(|value| value.doubtful = true);
            return Some(Extent::one(end));
        }
        let Some(end) = scalar_end(line, value) else { break };
        at = end;
    }
    if let Some(end) =
        after_quote.and_then(|(_, after)| element::behind_attributes(line, after).filter(|_| line[after..].starts_with(b" ")))
    {
        // `<setting name="Password" type="x">`, and `<value>x</value>` on the next line.
        if end == line.trim_ascii_end().len() {
            out.push(Value::below(line.len(), Next::Child));
            return Some(Extent::one(line.len()));
        }
        return text.element(end, false, out).map(Extent::one);
    }
    let before = value_before(line, name)?;
    push(before.start, before.end, Until::Complete, out);
    Some(Extent::one(key.end))
}

/// Could a key without quotes that ends a line be the name to a value on the next one (`- name: DB_PASSWORD`)? Cheap, and
/// true where it is.
pub(super) fn may_be_name(line: &[u8], end: usize) -> bool {
    name_before(line, key_start(line, end)).is_some_and(|(name, _)| is_one_of(name, &NAMES))
}

/// Does the field that begins at `at` begin its line, as in YAML?
fn is_alone(line: &[u8], at: usize) -> bool {
    line[..at].iter().all(|byte| b" -".contains(byte)) && line.get(at).is_some_and(|&byte| is_key_byte(byte))
}

/// Where the field begins whose value the key is, if that field is called so that it holds a name.
fn name_field(key: &Key, line: &[u8]) -> Option<usize> {
    let start = match Quote::at(line, key.end) {
        Some((quote, _)) => [key.start, key.context].into_iter().find_map(|start| quote_before(line, start, quote))?,
        None => key.start,
    };
    let (_, name) = name_before(line, start).filter(|(name, _)| is_one_of(name, &NAMES))?;
    Some(name)
}

/// Where `quote` begins that stands directly before `at`.
fn quote_before(line: &[u8], at: usize, quote: Quote) -> Option<usize> {
    let start = at.checked_sub(quote.backslashes + 1)?;
    (Quote::at(line, start) == Some((quote, at)) && (start == 0 || line[start - 1] != b'\\')).then_some(start)
}

/// The key before the value that begins at `at`, and where it begins, its quote included.
fn name_before(line: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let back = |at: usize| at - line[..at].iter().rev().take(8).take_while(|&&byte| byte == b' ').count();
    let mut end = back(at);
    end = match &line[..end] {
        [.., b'=', b'>'] => end - 2,
        [.., b':' | b'='] => end - 1,
        _ => return None,
    };
    end = back(end);
    let quoted = end > 0 && b"\"'`".contains(&line[end - 1]);
    if quoted {
        end -= 1;
        end -= line[..end].iter().rev().take(15).take_while(|&&byte| byte == b'\\').count();
    }
    let mut start = key_start(line, end);
    let name = &line[start..end];
    if quoted && start > 0 && b"\"'`".contains(&line[start - 1]) {
        start -= 1;
        start -= line[..start].iter().rev().take(15).take_while(|&&byte| byte == b'\\').count();
    }
    Some((name, start))
}

fn is_one_of(name: &[u8], names: &[&[u8]]) -> bool {
    names.iter().any(|wanted| {
        let Some(before) = name.len().checked_sub(wanted.len()) else { return false };
        let tail = &name[before..];
        // `ParameterKey`, `param_value`, `Value`; `monkey` is no key.
        let begins_word = before == 0 || tail[0].is_ascii_uppercase() || !name[before - 1].is_ascii_alphabetic();
        tail.eq_ignore_ascii_case(wanted) && begins_word
    })
}

/// The field that begins at `at`: whether it holds a value, and where.
pub(super) fn field(line: &[u8], at: usize) -> Option<(bool, usize)> {
    let name_start = Quote::at(line, at).map_or(at, |(_, after)| after);
    let length = KEY_BYTES.run(line.get(name_start..)?, KEY);
    let name = &line[name_start..name_start + length];
    let mut end = name_start + length;
    if name_start > at {
        end = Quote::at(line, end)?.1;
    }
    let end = skip_spaces(line, end);
    let separator = match line.get(end..)? {
        [b'=', b'>', ..] => 2,
        [b':' | b'=', ..] => 1,
        _ => return None,
    };
    (length > 0).then_some((is_one_of(name, &VALUES), skip_spaces(line, end + separator)))
}

/// Where the scalar ends that begins at `at`, if it is a short one.
fn scalar_end(line: &[u8], at: usize) -> Option<usize> {
    const LONGEST: usize = 256;
    let line = &line[..line.len().min(at + LONGEST)];
    match Quote::at(line, at) {
        Some((quote, start)) => quote.close(line, start).map(|(_, after)| after),
        None => {
            let length = line.get(at..)?.iter().take_while(|&&byte| is_key_byte(byte) || byte == b'+').count();
            (length > 0).then_some(at + length)
        }
    }
}

/// The value of the field that stands before the one that begins at `at`.
fn value_before(line: &[u8], at: usize) -> Option<Span> {
    let floor = at.saturating_sub(BACK);
    let back = |at: usize| at - line[..at].iter().rev().take(8).take_while(|&&byte| byte == b' ').count();
    let mut end = back(at);
    if end > floor && b",;".contains(&line[end - 1]) {
        end = back(end - 1);
    }
    let byte = *line[floor..end].last().filter(|byte| b"\"'".contains(byte))?;
    end -= 1;
    let backslashes = line[floor..end].iter().rev().take_while(|&&byte| byte == b'\\').count();
    let quote = Quote { byte, backslashes };
    end -= backslashes;
    let mut place = end;
    loop {
        place = floor + memchr::memrchr(byte, &line[floor..place])?;
        let escapes = line[floor..place].iter().rev().take_while(|&&byte| byte == b'\\').count();
        if escapes <= backslashes {
            let open = place.checked_sub(backslashes).filter(|_| escapes == backslashes)?;
            let is_value = name_before(line, open).is_some_and(|(name, _)| is_one_of(name, &VALUES));
            return (is_value && quote_before(line, place + 1, quote) == Some(open)).then_some(Span { start: place + 1, end });
        }
    }
}

/// `["--password","x"]`, `a1="--password" a2="x"`: the value is the next string.
fn flag_value(text: Surroundings<'_>, quote: Quote, after: usize, out: &mut Vec<Value>) -> Option<Extent> {
    let line = text.line;
    let comma = line.get(after) == Some(&b',');
    let mut at = skip_spaces(line, after + usize::from(comma));
    if !comma {
        let argument = line.get(at..)?.iter().take(8).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let is_numbered = line.get(at) == Some(&b'a') && argument > 1 && line.get(at + argument) == Some(&b'=');
        at += if is_numbered { argument + 1 } else { 0 };
    }
    let (next, start) = Quote::at(line, at)?;
    // `{"msg":"--password","user":"bob"}`: what follows is the name of another field.
    let is_name = || next.close(line, start).is_some_and(|(_, after)| line.get(skip_spaces(line, after)) == Some(&b':'));
    if next != quote || at == after || line.get(start) == Some(&b'-') || text.barrier_at(start).is_some() || is_name() {
        return None;
    }
    Some(Extent::one(text.value(at, Style::default(), out)))
}
