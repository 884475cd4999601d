//! Where numbers and patterns may begin around a word.

use super::boundary;
use super::kernel::BLOCK;
use super::parts::Part;
use super::starts::{Mask, Starts};

/// Where the digits of a text begin words, as far as the kernel has said so: a bit for each place from `first` on.
#[derive(Clone, Copy, Default)]
pub(super) struct DigitStarts<'m> {
    pub(super) first: usize,
    pub(super) blocks: &'m [u64],
}

impl DigitStarts<'_> {
    /// Whether `found` says so of any place from `start` to `end` where a number may begin, in order.
    pub(super) fn any(self, text: &[u8], start: usize, end: usize, mut found: impl FnMut(usize) -> bool) -> bool {
        let end = end.min(text.len());
        if start >= end {
            return false;
        }
        // Behind an escape a digit begins a number though a letter or a digit stands before it.
        let before = start.saturating_sub(boundary::LONGEST_ESCAPE);
        if boundary::may_hold_escape(&text[before..end]) {
            let begins = |&at: &usize| text[at].is_ascii_digit() && begins_word_or_follows_escape(text, at);
            return (start..end).filter(begins).any(found);
        }
        let known_end = end.clamp(self.first, self.first + BLOCK * self.blocks.len());
        let known_start = start.clamp(self.first, known_end);
        let plain = |range: std::ops::Range<usize>, found: &mut dyn FnMut(usize) -> bool| {
            let begins = |&at: &usize| text[at].is_ascii_digit() && (at == 0 || !boundary::is_word(text[at - 1]));
            range.filter(begins).any(found)
        };
        plain(start..known_start.min(end), &mut found)
            || self.in_blocks(known_start, known_end, &mut found)
            || plain(known_end.max(start)..end, &mut found)
    }

    fn in_blocks(self, start: usize, end: usize, found: &mut dyn FnMut(usize) -> bool) -> bool {
        let (from, to) = (start - self.first, end - self.first);
        for (block, &begins) in self.blocks.iter().enumerate().take(to.div_ceil(BLOCK)).skip(from / BLOCK) {
            let mut begins = begins;
            while begins != 0 {
                let at = block * BLOCK + begins.trailing_zeros() as usize;
                if (from..to).contains(&at) && found(self.first + at) {
                    return true;
                }
                begins &= begins - 1;
            }
        }
        false
    }
}

fn begins_word_or_follows_escape(text: &[u8], at: usize) -> bool {
    at == 0 || !boundary::is_word(text[at - 1]) || boundary::escape_ends_at(text, at)
}

/// What needs a word near it.
#[derive(Default)]
pub(super) struct Near {
    /// Numbers, and how far from the start of one that word may begin at most.
    pub(super) numbers: Starts,
    pub(super) farthest: usize,
    /// Patterns, and those of them that may begin inside a word.
    pub(super) patterns: Starts,
    pub(super) inside: Mask,
}

impl Near {
    /// Whether `found` says so of any rule and place around a part of phrases that begins at `start`, not before `from`,
    /// where a pattern may begin that needs it.
    pub(super) fn any_pattern(
        &self,
        part: &Part,
        text: &[u8],
        start: usize,
        from: usize,
        mut found: impl FnMut(u16, usize) -> bool,
    ) -> bool {
        let around = part.around(start);
        let places = around.start.max(from)..around.end.min(text.len());
        if part.patterns.is_empty() || places.is_empty() {
            return false;
        }
        let before = places.start.saturating_sub(boundary::LONGEST_ESCAPE);
        // Behind an escape a word begins, whatever stands before it.
        let inside =
            if boundary::may_hold_escape(&text[before..places.end]) { part.patterns } else { part.patterns.intersection(self.inside) };
        let mut in_word = places.start > 0 && boundary::is_word(text[places.start - 1]);
        for at in places {
            let wanted = if in_word { inside } else { part.patterns };
            if part.first.contains(text[at]) && self.patterns.any_of(wanted, text, at, |rule| found(rule, at)) {
                return true;
            }
            in_word = boundary::is_word(text[at]);
        }
        false
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
    use super::*;

    fn starts(digits: DigitStarts<'_>, text: &[u8], start: usize, end: usize) -> Vec<usize> {
        let mut all = Vec::new();
        digits.any(text, start, end, |at| {
            all.push(at);
            false
        });
        all
    }

    #[test]
    fn what_the_kernel_says_changes_no_answer() {
        let text: Vec<u8> = b"12 a3 4-55 x=6 \n7 _8 9".iter().copied().cycle().take(400).collect();
        let begins = |at: usize| text[at].is_ascii_digit() && (at == 0 || !boundary::is_word(text[at - 1]));
        let blocks: Vec<u64> =
            (0..4).map(|block| (0..64).filter(|&bit| begins(64 + block * 64 + bit)).fold(0, |mask, bit| mask | 1 << bit)).collect();
        for (start, end) in (0..400).flat_map(|start| [(start, start + 1), (start, start + 70), (start, 1000)]) {
            let expected: Vec<usize> = (start..end.min(400)).filter(|&at| begins(at)).collect();
            assert_eq!(starts(DigitStarts { first: 64, blocks: &blocks }, &text, start, end), expected, "{start}..{end}");
            assert_eq!(starts(DigitStarts::default(), &text, start, end), expected, "{start}..{end}");
        }
    }

    #[test]
    fn numbers_begin_behind_escapes() {
        assert_eq!(starts(DigitStarts::default(), br"a\n1 %205 \u001b[31m7 n8", 0, 99), [3, 6, 8, 17, 20]);
    }
}
