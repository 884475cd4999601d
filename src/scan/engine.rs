//! The engine: the kernel and the funnel give the places where a rule could match; what stands there says which
//! rules; verification does the rest, line by line.

use std::ops::Range;

use super::block::Block;
use super::byte_set::ByteSet;
use super::compile::{Pattern, Rule, RuleShape, Rules};
use super::counters::Counters;
use super::digits::begins_number;
use super::kernel::{Kernel, Sieve};
use super::near::{Looked, LookedFor, Near, WordStarts};
use super::parts::{Before, Beside, Part, Parts, Use};
use super::syntax;
use super::tables;
use super::tiles::{Hit, Search, Tiles, What};
use super::verify::{self, CLOSE, KeyCursor, KeyPhrase, Matched, Patience, Text};
use super::words::{self, Tail};
use super::{Match, Span, boundary};
use crate::check::Verdict;
use crate::error::Error;
use crate::pack::Boundary;

pub(super) struct Engine {
    search: Search<Use>,
    near: Near,
    /// The words of phrases.
    words: Vec<Part>,
    /// Of the bytes of plain values those that no replacement begins with.
    plain: ByteSet,
}

/// Buffers of a search.
#[derive(Default)]
pub(super) struct Scratch {
    candidates: Vec<Candidate>,
    /// How far numbers have been looked for around words of the line at hand.
    looked: Looked,
    in_text: InText,
    /// Where keys end, the part of phrases that stands there, and the letter before it.
    key_hits: Vec<(usize, u16, u8)>,
    phrases: Vec<KeyPhrase>,
    keys: KeyCursor,
    has_view: bool,
    has_barrier: bool,
    pub(super) counters: Counters,
}

/// What is known of a text of many lines where it has been looked at.
#[derive(Default)]
struct InText {
    /// How far numbers and patterns have been looked for around words.
    looked: Looked,
    /// A part of a line, up to its end.
    rest: Range<usize>,
}

impl InText {
    fn clear(&mut self) {
        self.looked.clear();
        self.rest = 0..0;
    }
}

/// Starts from `first` to `last` where a rule could match. Ordered by rule, then by place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    rule: u16,
    first: usize,
    last: usize,
}

impl Engine {
    /// Compiles what the wanted rules are found by. Replacements of earlier passes begin like one of these texts.
    pub(super) fn new(rules: &Rules, kernel: Kernel, wanted: impl Fn(&Rule) -> bool, beginnings: &[String]) -> Result<Self, Error> {
        let parts = Parts::new(rules, wanted, beginnings, false, tables::hits)?;
        let Parts { needles, numbers, starts, near, words, .. } = parts;
        if words.len().max(needles.len()) > usize::from(u16::MAX) {
            return Err(Error::new("there are too many texts to look for").remedy("leave out rules, or phrases of them"));
        }
        let (needles, tables) = needles.build();
        let sieve =
            Sieve::new(numbers.iter().map(Vec::as_slice)).ok_or_else(|| Error::new("a number begins with nothing that it is known by"))?;
        let plain = without_beginnings(beginnings);
        Ok(Engine { search: Search { kernel, tables, sieve, needles, starts }, near, words, plain })
    }

    /// Appends every match in the line that `text` is.
    pub(super) fn find(&self, rules: &Rules, text: Text<'_>, tiles: &mut Tiles, scratch: &mut Scratch, matches: &mut Vec<Match>) {
        let line = text.line;
        restart(tiles, scratch);
        scratch.clear();
        // One line: what a hit comes to is seen when it is looked at, and a line feed in a decoded view is no end of it.
        self.gather(rules, line, Span { start: 0, end: line.len() }, tiles, scratch, |_, _, _| true);
        self.verify(rules, text, scratch, matches);
    }

    /// Moves to the next line of `input` behind `from` in which something may be found, and gathers what in `scratch`,
    /// unless it is longer than `limit`.
    pub(super) fn next_line(
        &self,
        rules: &Rules,
        input: &[u8],
        from: usize,
        limit: usize,
        tiles: &mut Tiles,
        scratch: &mut Scratch,
    ) -> Option<Suspect> {
        loop {
            let known = &mut scratch.in_text;
            let hit = tiles.peek(&self.search, input, |words, hit| self.is_wanted(rules, input, words, hit, known))?;
            // Nothing that is found holds a line feed.
            if hit.at < from || hit.at >= input.len() || input[hit.at] == b'\n' {
                tiles.take(hit);
                continue;
            }
            let lines_before = Some(tiles.line_feeds_before(hit.at));
            let start = memchr::memrchr(b'\n', &input[from..hit.at]).map_or(from, |at| from + at + 1);
            let end = memchr::memchr(b'\n', &input[hit.at..]).map_or(input.len(), |length| hit.at + length);
            let has_cr = end < input.len() && input[start..end].ends_with(b"\r");
            let line = &input[start..end - usize::from(has_cr)];
            let suspect = Suspect { line: Span { start, end: start + line.len() }, lines_before };
            scratch.clear();
            if line.len() > limit {
                return Some(suspect);
            }
            self.gather(rules, input, suspect.line, tiles, scratch, |words, hit, known| self.is_wanted(rules, input, words, hit, known));
            if scratch.holds_something() {
                scratch.counters.line();
                return Some(suspect);
            }
        }
    }

    /// Gathers what may match in a line of `input`, from the tile at hand on.
    fn gather(
        &self,
        rules: &Rules,
        input: &[u8],
        span: Span,
        tiles: &mut Tiles,
        scratch: &mut Scratch,
        is_wanted: impl Fn(WordStarts<'_>, Hit, &mut InText) -> bool,
    ) {
        let line = span.of(input);
        loop {
            while let Some(hit) = tiles.peek_in_tile().filter(|hit| hit.at < span.end) {
                tiles.take(hit);
                self.look(rules, line, tiles.word_starts(span.start), Hit { at: hit.at - span.start, ..hit }, scratch);
            }
            if tiles.end() >= span.end {
                break;
            }
            let known = &mut scratch.in_text;
            tiles.advance(&self.search, input, |words, hit| is_wanted(words, hit, known));
        }
    }

    /// Whether anything may come of a hit, by what stands around it in a text of many lines: most come to nothing, and
    /// a line without any other is not looked for. True where [`Engine::look`] finds something in the line.
    fn is_wanted(&self, rules: &Rules, text: &[u8], words: WordStarts<'_>, hit: Hit, known: &mut InText) -> bool {
        match hit.what {
            What::Number => self.is_wanted_number(rules, text, hit.at, &mut known.rest),
            What::Needle(index) => {
                let Some((uses, start)) = self.search.needles.uses(index, hit.at) else { return false };
                uses.iter().any(|hit_use| match hit_use {
                    Use::Start { .. } => {
                        let line = rest_of_line(text, start, &mut known.rest);
                        line.is_none_or(|line| start_range(rules, line, hit_use, start).is_some())
                    }
                    &Use::Part(index) => {
                        let part = &self.words[usize::from(index)];
                        let begins = may_begin(text, part, start);
                        key_end(text, part, start, begins).is_some_and(|(end, before)| {
                            let line = rest_of_line(text, start, &mut known.rest);
                            line.is_none_or(|line| self.may_be_value(rules, line, (start + part.length, end), part.keys.behind(before)))
                        }) || (begins && self.is_wanted_near(rules, text, words, index, start, known))
                    }
                    Use::Replacement => true,
                    &Use::Escape { view } => {
                        view || escape_ends(text, start).any(|end| self.is_wanted_number(rules, text, end, &mut known.rest))
                    }
                })
            }
        }
    }

    fn is_wanted_number(&self, rules: &Rules, text: &[u8], at: usize, rest: &mut Range<usize>) -> bool {
        self.search.starts.any(text, at, |rule| may_match_in(rules, rule, text, at, rest))
    }

    fn is_wanted_near(&self, rules: &Rules, text: &[u8], words: WordStarts<'_>, index: u16, start: usize, known: &mut InText) -> bool {
        let Some(beside) = may_stand_near(text, &self.words[usize::from(index)], start) else { return false };
        // A pattern that may be long is looked for when its line is known.
        if beside.longest > CLOSE {
            return true;
        }
        let around = self.near.around(beside, text, words, start);
        let InText { looked, rest } = known;
        let looked_for_patterns = looked.of(index, LookedFor::Patterns);
        if self.near.any_pattern(around, *looked_for_patterns, |rule, at| may_match_in(rules, rule, text, at, rest)) {
            return true;
        }
        *looked_for_patterns = beside.around(start).end;
        let looked = looked.of(index, LookedFor::Numbers);
        let is_wanted = self.near.any_number(around, *looked, |rule, at| may_match_in(rules, rule, text, at, rest));
        // What is wanted may be in another line than this word, and in that of the next.
        if !is_wanted {
            *looked = beside.around_numbers(start).end;
        }
        is_wanted
    }

    /// What may match because of a hit.
    fn look(&self, rules: &Rules, line: &[u8], words: WordStarts<'_>, hit: Hit, scratch: &mut Scratch) {
        match hit.what {
            What::Number => self.look_at_number(rules, line, hit.at, scratch),
            What::Needle(index) => {
                let Some((uses, start)) = self.search.needles.uses(index, hit.at) else { return };
                uses.iter().for_each(|hit_use| self.apply(rules, line, words, hit_use, start, scratch));
            }
        }
    }

    fn look_at_number(&self, rules: &Rules, line: &[u8], at: usize, scratch: &mut Scratch) {
        self.search.starts.each(line, at, |rule| {
            if may_match(&rules[rule], line, at) {
                scratch.candidates.push(Candidate { rule, first: at, last: at });
            }
        });
    }

    fn apply(&self, rules: &Rules, line: &[u8], words: WordStarts<'_>, hit_use: &Use, start: usize, scratch: &mut Scratch) {
        match hit_use {
            Use::Start { rule, .. } => {
                let range = start_range(rules, line, hit_use, start);
                scratch.candidates.extend(range.map(|(first, last)| Candidate { rule: *rule, first, last }));
            }
            &Use::Part(index) => self.look_at_part(rules, line, words, index, start, scratch),
            Use::Replacement => scratch.has_barrier = true,
            &Use::Escape { view } => {
                scratch.has_view |= view;
                escape_ends(line, start).for_each(|end| self.look_at_number(rules, line, end, scratch));
            }
        }
    }

    /// What may match because of a part of phrases that begins at `start`.
    fn look_at_part(&self, rules: &Rules, line: &[u8], words: WordStarts<'_>, index: u16, start: usize, scratch: &mut Scratch) {
        let part = &self.words[usize::from(index)];
        let begins = may_begin(line, part, start);
        if let Some((end, before)) = key_end(line, part, start, begins)
            && self.may_be_value(rules, line, (start + part.length, end), part.keys.behind(before))
        {
            scratch.key_hits.push((end, index, before));
        }
        let Some(beside) = may_stand_near(line, part, start).filter(|_| begins) else { return };
        let Scratch { candidates, looked, .. } = scratch;
        let mut add = |rule: u16, at: usize| {
            if may_match(&rules[rule], line, at) {
                candidates.push(Candidate { rule, first: at, last: at });
            }
        };
        let around = self.near.around(beside, line, words, start);
        let looked_for_patterns = looked.of(index, LookedFor::Patterns);
        self.near.any_pattern(around, *looked_for_patterns, |rule, at| {
            add(rule, at);
            false
        });
        *looked_for_patterns = beside.around(start).end;
        let looked = looked.of(index, LookedFor::Numbers);
        self.near.any_number(around, *looked, |rule, at| {
            add(rule, at);
            false
        });
        *looked = beside.around_numbers(start).end;
    }

    /// May the value of the key that ends at `key.1`, whose last words are up to `key.0` those of these phrases, be one that
    /// they are for? Asked where it is plain to see: most values are not.
    fn may_be_value(&self, rules: &Rules, line: &[u8], key: (usize, usize), phrases: &[KeyPhrase]) -> bool {
        let (words_end, end) = key;
        if syntax::is_of_path(line, end) {
            return false;
        }
        let tail = Tail::before(line, words_end);
        let mut phrases = phrases.iter().filter(|phrase| tail.may_end(phrase.tail)).peekable();
        if phrases.peek().is_none() {
            return false;
        }
        let Some(value) = syntax::plain_value(line, end, &self.plain) else { return true };
        let holds_nothing = syntax::holds_nothing(value.of(line));
        let mut judged = None;
        phrases.any(|phrase| {
            // A rule has several phrases.
            let is_known = judged.replace(phrase.rule) == Some(phrase.rule);
            let rule = &rules[phrase.rule];
            !is_known && (!holds_nothing || rule.masks_everything()) && verify::may_be_value(rule, line, value)
        })
    }

    /// Matches what the candidates that were gathered from a line stand for.
    pub(super) fn verify(&self, rules: &Rules, text: Text<'_>, scratch: &mut Scratch, matches: &mut Vec<Match>) {
        let (line, before) = (text.line, matches.len());
        scratch.candidates.sort_unstable();
        let mut current = u16::MAX;
        let mut at = 0;
        let mut patience = Patience::default();
        let mut has_escape = None;
        for &Candidate { rule: index, first, last } in &scratch.candidates {
            if index != current {
                (current, at, patience) = (index, 0, Patience::default());
            }
            scratch.counters.candidate(index);
            let rule = &rules[index];
            at = at.max(first);
            let end = line.len().min(last + 1);
            while at < end {
                if last > first && rule.begins_word() && !*has_escape.get_or_insert_with(|| boundary::may_hold_escape(line)) {
                    // Of a range only few places begin a word.
                    while at < end && at > 0 && boundary::is_word(line[at - 1]) {
                        at += 1;
                    }
                    if at == end {
                        break;
                    }
                }
                at = try_at(index, rule, text, at, &mut patience, matches).unwrap_or(at + 1);
            }
        }
        scratch.key_hits.sort_unstable();
        scratch.key_hits.dedup();
        scratch.keys.clear();
        for hits in scratch.key_hits.chunk_by(|a, b| a.0 == b.0) {
            let phrases = |&(_, part, before): &(usize, u16, u8)| self.words[usize::from(part)].keys.behind(before);
            let phrases = match hits {
                [hit] => phrases(hit),
                _ => {
                    scratch.phrases.clear();
                    scratch.phrases.extend(hits.iter().flat_map(phrases));
                    scratch.phrases.sort_unstable();
                    &scratch.phrases
                }
            };
            phrases.iter().for_each(|phrase| scratch.counters.candidate(phrase.rule));
            verify::key_at(rules, text, hits[0].0, verify::Named::Only(phrases), &mut scratch.keys, matches);
        }
        matches[before..].iter().for_each(|found| scratch.counters.matched(found.rule));
    }
}

/// A line in which something may be found.
pub(crate) struct Suspect {
    /// Where it is, without its end.
    pub(crate) line: Span,
    /// How many lines stand before it in the input, unless it is the one that was asked about.
    pub(crate) lines_before: Option<u64>,
}

impl Suspect {
    /// The line that begins at `from`, whatever it holds.
    pub(crate) fn any(input: &[u8], from: usize) -> Option<Self> {
        let rest = input.get(from..).filter(|rest| !rest.is_empty())?;
        let line = memchr::memchr(b'\n', rest).map_or(rest, |end| rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]));
        Some(Suspect { line: Span { start: from, end: from + line.len() }, lines_before: None })
    }
}

impl Scratch {
    fn clear(&mut self) {
        self.candidates.clear();
        self.looked.clear();
        self.key_hits.clear();
        self.has_view = false;
        self.has_barrier = false;
    }

    /// Whether there may be a decoded view of the line. True where there is one.
    pub(super) fn has_view(&self) -> bool {
        self.has_view
    }

    /// Whether there may be an earlier replacement in the line. True where there is one.
    pub(super) fn may_have_barrier(&self) -> bool {
        self.has_barrier
    }

    fn holds_something(&self) -> bool {
        self.has_view || self.has_barrier || !self.candidates.is_empty() || !self.key_hits.is_empty()
    }
}

/// Goes back to the beginning, for another text.
pub(super) fn restart(tiles: &mut Tiles, scratch: &mut Scratch) {
    tiles.restart();
    scratch.in_text.clear();
}

/// The bytes of plain values, less those that replacements begin with: what stands there is none of them. None at all where a
/// replacement could begin before the value and end in it.
fn without_beginnings(beginnings: &[String]) -> ByteSet {
    beginnings.iter().fold(syntax::PLAIN, |plain, beginning| match beginning.bytes().next() {
        Some(first) if !b"=\": ".contains(&first) => plain.without(ByteSet::from_iter([first])),
        _ => ByteSet::default(),
    })
}

/// A text up to the end of the line that `at` stands in, if that is near. `known` is what is known of a line's end.
fn rest_of_line<'t>(text: &'t [u8], at: usize, known: &mut Range<usize>) -> Option<&'t [u8]> {
    if !known.contains(&at) {
        let rest = &text[at.min(text.len())..];
        let length = match memchr::memchr(b'\n', &rest[..rest.len().min(CLOSE)]) {
            Some(length) => length,
            None if rest.len() <= CLOSE => rest.len(),
            None => return None,
        };
        *known = at..text.len() - rest.len() + length;
    }
    let line = &text[..known.end];
    // Without a line feed behind it a CR belongs to the line.
    Some(if known.end < text.len() { line.strip_suffix(b"\r").unwrap_or(line) } else { line })
}

/// The same in a text of many lines.
fn may_match_in(rules: &Rules, rule: u16, text: &[u8], start: usize, known: &mut Range<usize>) -> bool {
    // At the line feed behind a CR nothing begins.
    rest_of_line(text, start, known).is_none_or(|line| start <= line.len() && may_match(&rules[rule], line, start))
}

/// Where matches may begin because of a literal that stands at `start`: the first place and the last.
fn start_range(rules: &Rules, line: &[u8], literal: &Use, start: usize) -> Option<(usize, usize)> {
    let Use::Start { rule, before } = literal else { return None };
    let rule = &rules[*rule];
    let Some(Before { anchor, offset: (least, most), between }) = before.as_deref() else {
        return (start <= line.len() && may_match(rule, line, start)).then_some((start, start));
    };
    let start = start + anchor;
    // Where there is one place at which a match may begin it is tried at once.
    if least == most && !start.checked_sub(*most).is_some_and(|begin| begin <= line.len() && may_match(rule, line, begin)) {
        return None;
    }
    if rule.pattern().is_some_and(|pattern| start > line.len() || !pattern.may_hold(line, start)) {
        return None;
    }
    let reach = line[..start].iter().rev().take(*most).take_while(|&&byte| between.contains(byte)).count();
    (reach >= *least).then(|| (start - reach, start - least))
}

/// Where the escape that begins at `start` may end before a word byte, and ends.
fn escape_ends(line: &[u8], start: usize) -> impl Iterator<Item = usize> {
    // How long it may be; of a colour, less the first bytes of it.
    let lengths = match line.get(start) {
        Some(b'%') => 3..=3,
        Some(b'\\') => 2..=6,
        _ => 2..=boundary::LONGEST_ESCAPE,
    };
    let ends = lengths.map(move |length| start + length);
    ends.filter(|&end| line.get(end).is_some_and(|&byte| boundary::is_word(byte)) && boundary::escape_ends_at(line, end))
}

/// Where the key ends that a part of phrases which begins at `start`, a word or not, may be the last words of, if it may have
/// a value, and the letter before these words, or whatever else stands there.
fn key_end(line: &[u8], part: &Part, start: usize, begins: bool) -> Option<(usize, u8)> {
    if part.keys.is_empty() || !(begins || syntax::may_begin_key(line, start)) {
        return None;
    }
    let end = start + part.length;
    if end > line.len() || syntax::is_of_hex(line, Span { start, end }) || !syntax::may_follow_last_word(line, end) {
        return None;
    }
    let before = &line[..start];
    let before = before.split_last().filter(|(byte, _)| words::is_joint(**byte)).map_or(before, |(_, before)| before);
    let letter = before.last().map_or(0, u8::to_ascii_lowercase);
    if part.keys.behind(letter).is_empty() {
        return None;
    }
    syntax::key_end(line, end).filter(|&end| syntax::may_have_value(line, end)).map(|end| (end, letter))
}

/// What must stand near a part of phrases that begins a word at `start`, if anything.
fn may_stand_near<'p>(line: &[u8], part: &'p Part, start: usize) -> Option<&'p Beside> {
    part.beside.as_deref().filter(|_| start + part.length <= line.len())
}

/// Does a part of phrases begin a word at `start`, or behind the one before it that is written together with it?
fn may_begin(line: &[u8], part: &Part, start: usize) -> bool {
    start.checked_sub(1).is_some_and(|before| part.glued.contains(line[before])) || words::begins(line, start)
}

/// Matches a rule at `start`, and answers where to look for its next match.
fn try_at(index: u16, rule: &Rule, text: Text<'_>, start: usize, patience: &mut Patience, matches: &mut Vec<Match>) -> Option<usize> {
    let matched = match_at(rule, text.line, start)?;
    match &rule.shape {
        RuleShape::Block(block) => block.judge(index, rule, text, matched, matches).map(|end| end.max(matched.whole.end)),
        _ => verify::judge(index, rule, text, matched, patience, matches).then_some(matched.whole.end),
    }
}

/// What a rule matches at `start`, before anything judges it.
fn match_at(rule: &Rule, line: &[u8], start: usize) -> Option<Matched> {
    if rule.pattern().is_some_and(|pattern| !pattern.may_begin(line, start)) {
        return None;
    }
    if rule.boundary != Boundary::None && !boundary::left(line, start) {
        return None;
    }
    match &rule.shape {
        RuleShape::Pattern(pattern) | RuleShape::Block(Block { begin: pattern, .. }) => pattern.matcher.match_at(line, start),
        RuleShape::Digits(shapes) => {
            let end = Some(start)
                .filter(|&start| begins_number(line, start))
                .and_then(|_| shapes.iter().find_map(|shape| shape.end(line, start)))?;
            let whole = Span { start, end };
            Some(Matched { whole, secret: whole })
        }
        RuleShape::Keys { .. } => None,
    }
}

/// May the rule have a match at `start`? Asked at once where that is little work: most places come to nothing, and a line
/// without any other is not looked at again.
fn may_match(rule: &Rule, line: &[u8], start: usize) -> bool {
    if !rule.is_short() && line.len().saturating_sub(start) > CLOSE {
        return true;
    }
    let Some(matched) = match_at(rule, line, start) else { return false };
    // What a check says of the value behind a pattern, or of a block, it says when that is known.
    let check = rule.check.filter(|_| matches!(&rule.shape, RuleShape::Digits(_) | RuleShape::Pattern(Pattern { value: None, .. })));
    check.is_none_or(|check| (check.run)(matched.secret.of(line)) != Verdict::Impossible)
}

#[cfg(test)]
impl Engine {
    /// What its kernel looks for.
    pub(super) fn kernel_parts(&self) -> (&super::kernel::Tables, &super::kernel::Sieve) {
        (&self.search.tables, &self.search.sieve)
    }

    /// The same, for tests that break it.
    pub(super) fn tables_mut(&mut self) -> &mut super::kernel::Tables {
        &mut self.search.tables
    }
}
