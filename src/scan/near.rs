//! Where numbers and patterns may begin around a word.

use std::ops::Range;

use super::boundary;
use super::byte_set::ByteSet;
use super::kernel::BLOCK;
use super::parts::Beside;
use super::starts::{Mask, Starts};

/// Where the words of a text begin, runs of digits and letters, as far as the kernel has said so.
#[derive(Clone, Copy, Default)]
pub(super) struct WordStarts<'m> {
    /// A bit for each place where a word begins with a digit or a letter, and where one begins with a digit.
    words: &'m [u64],
    digits: &'m [u64],
    /// The place that the bits begin with, and how many of them come before it.
    first: usize,
    skipped: usize,
}

/// What begins words of which the kernel knows and that are no numbers.
const LETTERS: ByteSet = ByteSet::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

/// What a word begins with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Led {
    ByAny,
    ByDigit,
}

impl<'m> WordStarts<'m> {
    /// What the kernel says from a place `tile` of an input on, of a text that begins at `start` in it.
    pub(super) fn new(words: &'m [u64], digits: &'m [u64], tile: usize, start: usize) -> Self {
        WordStarts { words, digits, first: tile.saturating_sub(start), skipped: start.saturating_sub(tile) }
    }

    /// Whether `found` says so of any place where a word begins, in order.
    #[inline]
    fn any(self, led: Led, text: &[u8], places: Range<usize>, mut found: impl FnMut(usize) -> bool) -> bool {
        let known = (BLOCK * self.words.len()).saturating_sub(self.skipped);
        let known_end = places.end.clamp(self.first, self.first + known);
        let known_start = places.start.clamp(self.first, known_end);
        let is_led = |byte: u8| if led == Led::ByDigit { byte.is_ascii_digit() } else { byte.is_ascii_alphanumeric() };
        let begins = |&at: &usize| is_led(text[at]) && (at == 0 || !boundary::is_word(text[at - 1]));
        if (places.start..known_start.min(places.end)).filter(begins).any(&mut found) {
            return true;
        }
        let blocks = if led == Led::ByDigit { self.digits } else { self.words };
        if self.in_blocks(blocks, known_start, known_end, |at| !(at > 0 && text[at - 1] == b'_') && found(at)) {
            return true;
        }
        (known_end.max(places.start)..places.end).filter(begins).any(found)
    }

    #[inline]
    fn in_blocks(self, blocks: &[u64], start: usize, end: usize, mut found: impl FnMut(usize) -> bool) -> bool {
        if start >= end {
            return false;
        }
        let bit = |place: usize| place - self.first + self.skipped;
        let (from, last) = (bit(start), bit(end - 1));
        for (block, &begins) in blocks.iter().enumerate().take(last / BLOCK + 1).skip(from / BLOCK) {
            let mut begins = begins;
            if block == from / BLOCK {
                begins &= u64::MAX << (from % BLOCK);
            }
            if block == last / BLOCK {
                begins &= u64::MAX >> (BLOCK - 1 - last % BLOCK);
            }
            while begins != 0 {
                if found(block * BLOCK + begins.trailing_zeros() as usize + self.first - self.skipped) {
                    return true;
                }
                begins &= begins - 1;
            }
        }
        false
    }
}

/// A text around a part of phrases that stands in it.
#[derive(Clone, Copy)]
pub(super) struct Around<'t> {
    text: &'t [u8],
    starts: WordStarts<'t>,
    beside: &'t Beside,
    /// Where the part begins.
    start: usize,
    /// Behind an escape a word begins, whatever stands before it: whether there may be one.
    may_hold_escape: bool,
}

impl<'t> Around<'t> {
    fn begins_word(&self, at: usize) -> bool {
        at == 0 || !boundary::is_word(self.text[at - 1]) || (self.may_hold_escape && boundary::escape_ends_at(self.text, at))
    }
}

/// What needs a word near it.
#[derive(Default)]
pub(super) struct Near {
    pub(super) numbers: Starts,
    /// Patterns, and those of them that may begin inside a word.
    pub(super) patterns: Starts,
    pub(super) inside: Mask,
}

impl Near {
    /// What stands around a part that begins at `start`.
    pub(super) fn around<'t>(&self, beside: &'t Beside, text: &'t [u8], starts: WordStarts<'t>, start: usize) -> Around<'t> {
        let (patterns, numbers) = (beside.around(start), beside.around_numbers(start));
        let first = patterns.start.min(numbers.start).saturating_sub(boundary::LONGEST_ESCAPE);
        let end = patterns.end.max(numbers.end).min(text.len());
        Around { text, starts, beside, start, may_hold_escape: boundary::may_hold_escape(&text[first..end]) }
    }

    /// Whether `found` says so of any rule and place around a part of phrases, not before `from`, where a pattern may begin
    /// that needs it.
    pub(super) fn any_pattern(&self, around: Around<'_>, from: usize, mut found: impl FnMut(u16, usize) -> bool) -> bool {
        let Around { text, beside, starts, .. } = around;
        let places = beside.around(around.start);
        let places = places.start.max(from)..places.end.min(text.len());
        if beside.patterns.is_empty() || places.is_empty() {
            return false;
        }
        let inside = beside.patterns.intersection(self.inside);
        let mut begins =
            |at: usize, wanted: Mask| beside.first.contains(text[at]) && self.patterns.any_of(wanted, text, at, |rule| found(rule, at));
        if around.may_hold_escape || !inside.is_empty() {
            return places.into_iter().filter(|&at| beside.first.contains(text[at])).any(|at| {
                let may_begin = !boundary::is_word(text[at]) || around.begins_word(at);
                begins(at, if may_begin { beside.patterns } else { inside })
            });
        }
        let mut marks = beside.first.iter().filter(|&byte| !byte.is_ascii_alphanumeric());
        let led = if beside.first.is_disjoint(&LETTERS) { Led::ByDigit } else { Led::ByAny };
        starts.any(led, text, places.clone(), |at| begins(at, beside.patterns))
            || marks.any(|mark| {
                let mut all = memchr::memchr_iter(mark, &text[places.clone()]).map(|at| places.start + at);
                // Only a word byte must begin a word.
                all.any(|at| begins(at, if !boundary::is_word(mark) || around.begins_word(at) { beside.patterns } else { inside }))
            })
    }

    /// Whether `found` says so of any rule and place around a part of phrases, not before `from`, where a number may begin
    /// that needs it.
    pub(super) fn any_number(&self, around: Around<'_>, from: usize, mut found: impl FnMut(u16, usize) -> bool) -> bool {
        let Around { text, beside, starts, .. } = around;
        let places = beside.around_numbers(around.start);
        let places = places.start.max(from)..places.end.min(text.len());
        if beside.numbers.is_empty() || places.is_empty() {
            return false;
        }
        let mut begins = |at: usize| beside.outlines.fit(text, at) && self.numbers.any_of(beside.numbers, text, at, |rule| found(rule, at));
        if around.may_hold_escape {
            return places.into_iter().any(|at| text[at].is_ascii_digit() && around.begins_word(at) && begins(at));
        }
        starts.any(Led::ByDigit, text, places, begins)
    }
}

/// What is looked for around a word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LookedFor {
    Numbers,
    Patterns,
}

/// How far around each word of phrases has been looked, from its last place on.
#[derive(Default)]
pub(super) struct Looked(Vec<(u16, LookedFor, usize)>);

impl Looked {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Up to where it has been looked around this word.
    pub(super) fn of(&mut self, word: u16, what: LookedFor) -> &mut usize {
        let at = self.0.iter().position(|&(known, for_what, _)| (known, for_what) == (word, what)).unwrap_or_else(|| {
            self.0.push((word, what, 0));
            self.0.len() - 1
        });
        &mut self.0[at].2
    }
}

#[cfg(test)]
mod tests {
    use super::super::anchor::Lead;
    use super::super::digits::Shape;
    use super::*;

    fn starts(words: WordStarts<'_>, led: Led, text: &[u8], places: Range<usize>) -> Vec<usize> {
        let mut all = Vec::new();
        words.any(led, text, places, |at| {
            all.push(at);
            false
        });
        all
    }

    #[test]
    fn what_the_kernel_says_changes_no_answer() {
        let text: Vec<u8> = b"12 a3 4-55 x=6 \n7 _8 9".iter().copied().cycle().take(400).collect();
        let is_word = |at: usize| text[at].is_ascii_alphanumeric();
        let says = |at: usize| is_word(at) && (at == 0 || !is_word(at - 1));
        let begins = |at: usize| is_word(at) && (at == 0 || !boundary::is_word(text[at - 1]));
        let blocks = |is: &dyn Fn(usize) -> bool| -> Vec<u64> {
            (0..4).map(|block| (0..64).filter(|&bit| is(64 + block * 64 + bit)).fold(0, |mask, bit| mask | 1 << bit)).collect()
        };
        let is_digit = |at: usize| text[at].is_ascii_digit();
        let (words, digits) = (blocks(&says), blocks(&|at| says(at) && is_digit(at)));
        // The text as a whole, and the lines of it that begin before the tile and in it.
        for text_start in [0, 38, 82] {
            let known = WordStarts::new(&words, &digits, 64, text_start);
            let line = &text[text_start..];
            for (start, end) in
                (0..line.len()).flat_map(|start| [(start, start + 1), (start, line.len().min(start + 70)), (start, line.len())])
            {
                for (led, is_led) in [(Led::ByAny, &is_word as &dyn Fn(usize) -> bool), (Led::ByDigit, &is_digit)] {
                    let expected: Vec<usize> = (start..end).filter(|&at| begins(at + text_start) && is_led(at + text_start)).collect();
                    assert_eq!(starts(known, led, line, start..end), expected, "{text_start}: {start}..{end}");
                    assert_eq!(starts(WordStarts::default(), led, line, start..end), expected, "{start}..{end}");
                }
            }
        }
    }

    #[test]
    fn numbers_and_patterns_begin_behind_escapes() {
        let digit = ByteSet::from_iter(b'0'..=b'9');
        let mut near = Near::default();
        let numbers = near.numbers.add(0, &[digit], Lead::of_at_least(1));
        let patterns = near.patterns.add(0, &[digit], Lead::of_at_least(1));
        let shape = Shape::parse("1..2", &[""; 0]).unwrap();
        let beside =
            Beside { numbers, outlines: shape.outline(), patterns, first: digit, longest: 99, longest_number: 99, ..Beside::default() };
        let text = br"a\n1 %205 \u001b[31m7 n8";
        for is_number in [true, false] {
            let mut all = Vec::new();
            let around = near.around(&beside, text, WordStarts::default(), 0);
            let found = |_, at| {
                all.push(at);
                false
            };
            if is_number {
                near.any_number(around, 0, found)
            } else {
                near.any_pattern(around, 0, found)
            };
            // A number of one or two digits is neither `205` nor part of `31m`.
            assert_eq!(all, if is_number { vec![3, 8, 20] } else { vec![3, 6, 8, 17, 20] }, "{is_number}");
        }
    }
}
