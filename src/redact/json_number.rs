//! Bare numbers and literals of JSON, which become strings with their replacement.

use crate::scan::{Span, Strings};

/// What stands bare in JSON beside numbers. The last three are not JSON's own, but writers and readers of it know them.
const LITERALS: [&[u8]; 5] = [b"true", b"false", b"NaN", b"Infinity", b"-Infinity"];

/// A number or literal of JSON that a replacement turns into a string, or several of an array.
pub(super) struct BareNumber {
    pub(super) span: Span,
    /// Backslashes before the quotes, as deep as the text around it is.
    backslashes: usize,
}

impl BareNumber {
    pub(super) fn write_quote(&self, out: &mut Vec<u8>) {
        out.resize(out.len() + self.backslashes, b'\\');
        out.push(b'"');
    }
}

/// Finds the numbers of JSON that findings stand in, from finding to finding.
#[derive(Default)]
pub(super) struct JsonCursor {
    strings: Strings,
}

impl JsonCursor {
    /// The whole bare number of JSON that holds `span`, or the literal that it is, if there is one; of a span that holds several
    /// numbers of an array all of them.
    pub(super) fn number_around(&mut self, line: &[u8], span: Span) -> Option<BareNumber> {
        let in_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
        let value = &line[span.start..span.end];
        let is_literal = LITERALS.contains(&value);
        let are_several = value.contains(&b',') && [value.first(), value.last()].into_iter().flatten().all(&in_number);
        let in_numbers = |byte: &u8| in_number(byte) || (are_several && b", ".contains(byte));
        if !is_literal && (!value.iter().all(in_numbers) || !value.iter().any(u8::is_ascii_digit)) {
            return None;
        }
        const LONGEST: usize = 64;
        let goes_on = |byte: &&u8| !is_literal && in_number(byte);
        let start = span.start - line[..span.start].iter().rev().take(LONGEST).take_while(goes_on).count();
        let end = span.end + line[span.end..].iter().take(LONGEST).take_while(goes_on).count();
        if !line[end..].trim_ascii_start().first().is_none_or(|byte| b",]}".contains(byte)) {
            return None;
        }
        let in_string = self.strings.contain(line, start);
        let before = line[..start].trim_ascii_end();
        let depth = match before.split_last()? {
            (b':', key) if !are_several => closing_quote(key)?,
            (b'[' | b',', _) if !in_string => 0,
            (b'[' | b',', _) => array_depth(before)?,
            _ => return None,
        };
        (in_string == (depth > 0)).then_some(BareNumber { span: Span { start, end }, backslashes: depth })
    }
}

/// The backslashes before the quote that `text` ends with.
fn closing_quote(text: &[u8]) -> Option<usize> {
    let text = text.trim_ascii_end().strip_suffix(b"\"")?;
    Some(text.iter().rev().take_while(|&&byte| byte == b'\\').count())
}

/// The depth of an array of numbers and literals inside a string: that of the key before it.
fn array_depth(before: &[u8]) -> Option<usize> {
    const LONGEST: usize = 512;
    let in_array =
        |byte: &&u8| byte.is_ascii_digit() || b"+-.eE,[] ".contains(byte) || LITERALS.iter().any(|literal| literal.contains(byte));
    let scalars = before.iter().rev().take(LONGEST).take_while(in_array).count();
    closing_quote(before[..before.len() - scalars].strip_suffix(b":")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_an_array_become_one_string() {
        let around = |line: &str, value: &str| {
            let start = line.find(value).unwrap();
            let found = JsonCursor::default().number_around(line.as_bytes(), Span { start, end: start + value.len() })?;
            Some(&line[found.span.start..found.span.end] == value)
        };
        for line in [r#"{"a":[50.5,17.9]}"#, r#"{"a":[ 50.5,17.9 ]}"#, r#"{"a":[1, 50.5,17.9, 3]}"#] {
            assert_eq!(around(line, "50.5,17.9"), Some(true), "{line}");
        }
        assert_eq!(around(r#"{"a":[50.56,17.98]}"#, "0.56,17.9"), Some(false));
        for line in [r#"{"a":50.5,17.9}"#, r#"{"a":[50.5,17.9x]}"#, r#"{"a":"at 50.5,17.9"}"#, "at 50.5,17.9, x"] {
            assert_eq!(around(line, "50.5,17.9"), None, "{line}");
        }
    }
}
