//! A key and its value as two elements that no separator parts: `('password', 'x')`, `[["password", "x"]]`,
//! `{password,<<"x">>}`, `(password . "x")`, `:password "x"`, `setProperty("password", "x")`.

use super::quote::Quote;
use super::value::{Style, Surroundings, behind_constructor};
use super::{Extent, KEY, Key, Value, is_key_byte, skip_spaces};

/// Could the second element stand behind a key without quotes from `start` to `end`? Cheap, and true where it does.
pub(super) fn may_follow(line: &[u8], start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).map(|before| line[before]);
    match line.get(end) {
        Some(b',') => before == Some(b'{') || (before == Some(b' ') && names_property(line, start)),
        Some(b' ') => before == Some(b':') || (before == Some(b'(') && line.get(end + 1) == Some(&b'.')),
        _ => false,
    }
}

/// The value behind a key that no separator follows.
pub(super) fn values(key: &Key, text: Surroundings<'_>, out: &mut Vec<Value>) -> Option<Extent> {
    let line = text.line;
    let at = match Quote::at(line, key.end) {
        Some((quote, after)) => behind_quoted(key, line, quote, after)?,
        None => behind_bare(key, line)?,
    };
    text.barrier_at(at).is_none().then(|| Extent::one(text.value(behind_constructor(line, at), Style::default(), out)))
}

/// `'password', 'x'` in brackets, or as Envoy lists headers: where the value begins.
fn behind_quoted(key: &Key, line: &[u8], quote: Quote, after: usize) -> Option<usize> {
    if line.get(after) != Some(&b',') {
        return None;
    }
    let at = skip_spaces(line, after + 1);
    let (next, start) = Quote::at(line, at + usize::from(matches!(line.get(at), Some(b'u' | b'b'))))?;
    if next != quote {
        return None;
    }
    let (end, closed) = quote.close(line, start)?;
    let open = key.start.checked_sub(quote.backslashes + 1).filter(|&open| Quote::at(line, open) == Some((quote, key.start)))?;
    let open = open - usize::from(open > 0 && b"ub".contains(&line[open - 1]));
    let behind = line.get(closed);
    let is_pair = match line[..open].last() {
        Some(b'(') => {
            let tuple = &line[..open - 1];
            let is_call = tuple.last().is_some_and(|&byte| is_key_byte(byte)) || tuple.ends_with(b"in ") || tuple.ends_with(b"IN ");
            // A list of two names is none.
            let is_name = line[start..end].iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_');
            if is_call {
                return (sets(tuple) && matches!(behind, Some(b')' | b','))).then_some(at);
            }
            behind == Some(&b')') && (!is_name || is_element(tuple))
        }
        Some(b'[') => behind == Some(&b']') && is_element(&line[..open - 1]),
        Some(b'{') => behind == Some(&b'}') && is_element(&line[..open - 1]),
        None => behind.is_none() && quote.byte == b'\'',
        Some(b' ') if quote.byte == b'\'' => {
            let pairs = line[..open - 1].ends_with(b"'") || line[..open - 1].iter().all(|&byte| byte == b' ');
            let followed = behind.is_none() || line[closed..].starts_with(b" '");
            pairs && followed
        }
        _ => false,
    };
    is_pair.then_some(at)
}

/// Does a function that is called so take a name and its value?
fn sets(before: &[u8]) -> bool {
    const NAMES: [&[u8]; 8] = [b"set", b"put", b"header", b"addheader", b"add_header", b"define", b"export", b"withenv"];
    let length = before.iter().rev().take(KEY).take_while(|&&byte| byte.is_ascii_alphanumeric() || byte == b'_').count();
    let name = &before[before.len() - length..];
    NAMES.iter().any(|known| name.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known)))
}

/// Is what begins behind this an element of a list: the first, or one behind another pair?
fn is_element(before: &[u8]) -> bool {
    match before.trim_ascii_end() {
        [.., b'[' | b'('] => true,
        [pair @ .., b','] => matches!(pair.trim_ascii_end().last(), Some(b']' | b')' | b'}')),
        _ => false,
    }
}

/// The same for a key without quotes.
fn behind_bare(key: &Key, line: &[u8]) -> Option<usize> {
    let is_quoted = |at: usize| Quote::at(line, at).is_some_and(|(quote, _)| quote.byte == b'"');
    let before = &line[..key.start];
    match line.get(key.end)? {
        b',' => {
            let at = skip_spaces(line, key.end + 1);
            if before.ends_with(b"{") {
                let string = behind_constructor(line, at);
                return is_quoted(string).then_some(at);
            }
            let value = &line[at..];
            let says_more = value.iter().any(|byte| !byte.is_ascii_lowercase());
            let is_last = value.iter().all(u8::is_ascii_graphic);
            (at > key.end + 1 && names_property(line, key.start) && is_last && says_more).then_some(at)
        }
        b' ' => {
            let at = skip_spaces(line, key.end);
            match before {
                [.., b'('] if line[at..].starts_with(b". ") => Some(skip_spaces(line, at + 1)).filter(|&at| is_quoted(at)),
                [] | [b':'] | [.., b' ' | b'{' | b'(' | b',', b':'] => Some(at).filter(|&at| before.ends_with(b":") && is_quoted(at)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `property: ` before a key, as programs print what they are set to.
fn names_property(line: &[u8], key: usize) -> bool {
    let Some(name) = line[..key].strip_suffix(b": ") else { return false };
    [&b"property"[..], b"option", b"setting", b"parameter"].iter().any(|word| name.ends_with(word))
}
