//! Secrets inside base64: a match of a rule with `encoding` stands only if something is found in what it decodes to,
//! and is masked as a whole.

use super::verify::Text;
use super::{Cache, Match, Scanner, Until};
use crate::pack::Confidence;

/// Base64 in base64 is looked into, and no further.
const DEPTH: usize = 2;

/// A longer run is not decoded: it counts as if something were found.
const LONGEST: usize = 64 << 10;

impl Scanner {
    /// Of the matches from `first` on, drops those of encoded text that hold nothing.
    pub(super) fn look_inside(&self, line: &[u8], first: usize, cache: &mut Cache, matches: &mut Vec<Match>) {
        if self.rules.any_encoded() {
            self.look_inside_at(line, first, DEPTH, cache, matches);
        }
    }

    /// How sure the surest finding in an encoded text is, if there is any.
    pub(super) fn surest_in(&self, text: &[u8], cache: &mut Cache) -> Option<Confidence> {
        self.surest_inside(text, DEPTH, cache)
    }

    fn look_inside_at(&self, line: &[u8], first: usize, depth: usize, cache: &mut Cache, matches: &mut Vec<Match>) {
        let mut kept = first;
        for index in first..matches.len() {
            let mut found = matches[index];
            if self.rules[found.rule].encoded {
                let Some(inside) = self.surest_inside(found.span.of(line), depth, cache) else { continue };
                found.confidence = inside;
            }
            matches[kept] = found;
            kept += 1;
        }
        matches.truncate(kept);
    }

    /// How sure the surest finding in an encoded text is.
    fn surest_inside(&self, text: &[u8], depth: usize, cache: &mut Cache) -> Option<Confidence> {
        if text.len() > LONGEST {
            return Some(Confidence::High);
        }
        let decoded = decode(text);
        let mut inner = Vec::new();
        for line in decoded.split(|&byte| byte == b'\n') {
            let first = inner.len();
            self.find_as_written(Text::new(line, &[]), cache, &mut inner);
            if depth > 1 {
                self.look_inside_at(line, first, depth - 1, cache, &mut inner);
            } else {
                inner.retain(|found| !self.rules[found.rule].encoded);
            }
        }
        inner.iter().filter(|found| !matches!(found.until, Until::Next(_))).map(|found| found.confidence).max()
    }
}

/// What base64 spells in either alphabet, up to the first byte that is none of it.
fn decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0_u32, 0);
    for &byte in text {
        let sextet = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => break,
        };
        bits = bits << 6 | u32::from(sextet);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_both_alphabets_with_and_without_padding() {
        for text in ["eyJhIjoiPz8-In0", "eyJhIjoiPz8+In0=", "eyJhIjoiPz8+In0=.more"] {
            assert_eq!(decode(text.as_bytes()), br#"{"a":"??>"}"#, "{text}");
        }
        assert_eq!(decode(b"."), b"");
    }
}
