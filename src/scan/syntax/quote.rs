//! Quotes at any escape depth, and the strings of JSON that they make.

use super::skip_spaces;
use crate::scan::{Span, boundary};

/// A quote and how many backslashes stand before it: none at depth 0, one at depth 1, three at depth 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quote {
    pub(super) byte: u8,
    pub(super) backslashes: usize,
}

impl Quote {
    /// A quote at `at`, behind any backslashes that escape it; answers also where it ends.
    pub(super) fn at(line: &[u8], at: usize) -> Option<(Self, usize)> {
        const DEEPEST: usize = 15;
        let backslashes = line.get(at..)?.iter().take(DEEPEST + 1).take_while(|&&byte| byte == b'\\').count();
        let &byte = line.get(at + backslashes)?;
        // Depths have 0, 1, 3, 7 or 15 backslashes. Other counts are escaped backslashes before a plain quote.
        let is_depth = backslashes <= DEEPEST && (backslashes + 1).is_power_of_two();
        (matches!(byte, b'"' | b'\'' | b'`') && is_depth).then_some((Quote { byte, backslashes }, at + backslashes + 1))
    }

    /// The quote that closes what begins at `from`: where the content ends, where the quote ends, or `None`
    /// when the line ends first.
    pub(super) fn close(self, line: &[u8], from: usize) -> Option<(usize, usize)> {
        self.close_within(line, from, from)
    }

    /// The same, for content that began at or before `floor`: backslashes count from there.
    pub(super) fn close_within(self, line: &[u8], floor: usize, from: usize) -> Option<(usize, usize)> {
        let outer = if self.backslashes > 0 { b'"' } else { self.byte };
        let mut doubled = usize::MAX;
        memchr::memchr2_iter(self.byte, outer, &line[from..]).find_map(|offset| {
            let at = from + offset;
            let backslashes = line[floor..at].iter().rev().take_while(|&&byte| byte == b'\\').count();
            let closes = line[at] == self.byte && backslashes % (2 * (self.backslashes + 1)) == self.backslashes;
            // `'it''s'`: SQL and CSV double a quote instead of escaping it.
            if closes && at == doubled {
                return None;
            }
            if closes
                && backslashes == 0
                && at > from
                && line.get(at + 1) == Some(&self.byte)
                && line.get(at + 2).is_some_and(|&byte| boundary::is_word(byte))
            {
                doubled = at + 1;
                return None;
            }
            // A quote of a lesser depth ends the string around this one.
            if closes {
                Some((at - self.backslashes, at + 1))
            } else {
                (backslashes < self.backslashes).then_some((at - backslashes, at - backslashes))
            }
        })
    }
}

/// Where the content of quotes ends that begins at `start`, if a quote stands before that; the end of the line, if they are open.
pub(crate) fn end_of_quoted(line: &[u8], start: usize) -> Option<usize> {
    let quote = start.checked_sub(1)?;
    let backslashes = line[..quote].iter().rev().take_while(|&&byte| byte == b'\\').count();
    let (quote, _) = Quote::at(line, quote - backslashes).filter(|(_, end)| *end == start)?;
    Some(quote.close(line, start).map_or(line.len(), |(end, _)| end))
}

/// Is the quote at `at` followed by what follows strings in JSON: the end, a comma, a colon, a closing bracket?
pub(super) fn ends_string(line: &[u8], at: usize) -> bool {
    line.get(skip_spaces(line, at + 1)).is_none_or(|byte| b",:}]".contains(byte))
}

/// Does a string of JSON end directly before `at`: with a quote that stands behind content and before what follows strings?
fn closes_before(line: &[u8], at: usize) -> bool {
    let Some(content) = line[..at].strip_suffix(b"\"") else { return false };
    let begins = content.trim_ascii_end().last().is_none_or(|byte| b":,[{(=\\".contains(byte));
    !begins && ends_string(line, content.len())
}

/// Is the string that begins at `at` the last of the line, or of its statement?
pub(super) fn ends_line(line: &[u8], at: usize) -> bool {
    DOUBLE.close(line, at + 1).is_some_and(|(end, after)| end > at + 1 && matches!(line[after..], [] | [b';', ..] | [b'\'']))
}

/// A double quote that nothing escapes.
pub(super) const DOUBLE: Quote = Quote { byte: b'"', backslashes: 0 };

/// Follows a line and knows whether it stands inside a string of JSON.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Strings {
    at: usize,
    in_string: bool,
}

impl Strings {
    /// Where the string that `from` stands in ends, if that is before `to`; `None` too when it stands in none. Like
    /// [`Strings::contain`], never backwards.
    pub(crate) fn end_before(&mut self, line: &[u8], from: usize, to: usize) -> Option<usize> {
        if !self.contain(line, from) {
            return None;
        }
        let mut ahead = *self;
        let quotes = memchr::memchr_iter(b'"', &line[from..to]).map(|offset| from + offset);
        quotes.into_iter().find(|&quote| !ahead.contain(line, quote + 1))
    }

    /// Where a match ends at the latest that was found in a decoded view, and is told by what stands from `from` on: with the
    /// string that this stands in, or, if it is the name of a member, with that of the member's value. `None` where it ends
    /// before that. Like [`Strings::contain`], never backwards.
    pub(crate) fn end_of_match(&mut self, line: &[u8], from: usize, span: Span) -> Option<usize> {
        let Some(name_end) = self.end_before(line, from, span.start) else { return self.end_before(line, from, span.end) };
        let behind = line[name_end + 1..].iter().find(|byte| !matches!(byte, b' ' | b'\t'));
        if behind != Some(&b':') {
            return Some(name_end);
        }
        // Behind a decoded quote the view takes what closes strings for what opens them. A name without escapes is known in the
        // line as it is written, and its values with it.
        if memchr::memchr2(b'\\', b'%', &line[from..name_end]).is_none() && closes_before(line, span.start) {
            return Some(span.start);
        }
        // A value without quotes holds none, and one in quotes ends with the first that nothing escapes.
        let closes = |at: &usize| line[span.start..*at].iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 0;
        memchr::memchr_iter(b'"', span.of(line)).map(|offset| span.start + offset).find(closes)
    }

    /// Is `to`, which must not go backwards, inside a string?
    pub(crate) fn contain(&mut self, line: &[u8], to: usize) -> bool {
        let ahead = &line[self.at.min(to)..to];
        if memchr::memchr(b'\\', ahead).is_none() {
            self.in_string ^= ahead.iter().filter(|&&byte| byte == b'"').count() % 2 == 1;
            self.at = self.at.max(to);
            return self.in_string;
        }
        while let Some(offset) = memchr::memchr2(b'"', b'\\', &line[self.at.min(to)..to]) {
            let at = self.at + offset;
            self.at = if line[at] == b'\\' { (at + 2).min(to) } else { at + 1 };
            self.in_string ^= line[at] == b'"';
        }
        self.at = self.at.max(to);
        self.in_string
    }
}
