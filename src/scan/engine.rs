//! The engine: the kernel and the funnel give the places where a rule could match; what stands there says which
//! rules; verification does the rest, line by line.

use std::collections::HashMap;

use super::anchor::{Anchor, Literal};
use super::byte_set::ByteSet;
use super::compile::{Rule, RuleShape, Rules};
use super::counters::Counters;
use super::digits::{self, JOINTS, begins_number, run_length, run_starts};
use super::kernel::Kernel;
use super::needles::{Builder, Needle};
use super::starts::{self, Starts};
use super::syntax;
use super::tiles::{Hit, Search, Tiles};
use super::verify::{self, KeyCursor, KeyHit, Matched, NEAR, Patience, Text};
use super::words::{self, Phrase};
use super::{Match, Span, boundary};
use crate::error::Error;
use crate::pack::Boundary;

pub(super) struct Engine {
    search: Search<Use>,
    /// The rules of numbers.
    starts: Starts,
    /// Those of them whose numbers need a word near them; which those are, and how far from a number's start that word
    /// may begin at most.
    near_starts: Starts,
    needs_near: Vec<bool>,
    farthest: usize,
    /// The shortest run of digits that is one of these numbers without a joint behind it.
    near_run: usize,
    /// The words that keys are found by.
    keys: Vec<KeyWord>,
}

/// What a needle says of the place where it stands.
#[derive(Clone, PartialEq, Eq)]
enum Use {
    /// The rule's anchor stands so far behind the needle's first byte, and a match may begin so far before that, with
    /// only these bytes between.
    Start { rule: u16, anchor: usize, offset: (usize, usize), before: ByteSet },
    /// A word of a phrase: matches of this rule, at most so long, may stand near.
    Near { rule: u16, length: usize, before: Before, rest: Vec<Vec<u8>>, longest: usize },
    /// A word of keys, by its index.
    Key(u16),
    /// The beginning of what actions write.
    Replacement,
    /// An escape, behind which a number may begin, and of which there may be a decoded view.
    Escape { view: bool },
}

/// A word that keys are found by.
struct KeyWord {
    length: usize,
    /// The words that must follow it.
    rest: Vec<Vec<u8>>,
    /// What may stand before it, and which phrase of which rule that is.
    phrases: Vec<(Before, u16, u16)>,
}

/// What stands before the word by which a phrase is found.
#[derive(Clone, PartialEq, Eq)]
struct Before {
    /// The nearest first.
    words: Vec<Vec<u8>>,
    /// Whether the first word of the phrase must begin a word of the text.
    begins_word: bool,
}

impl Before {
    /// Does it stand before `start`? An escape there leaves it open. A word begins, too, where `is_edge` says.
    fn stands(&self, line: &[u8], mut start: usize, is_edge: impl Fn(usize) -> bool) -> bool {
        for word in &self.words {
            match words::precedes(line, start, word) {
                words::Before::At(at) => start = at,
                words::Before::Nowhere => return false,
                words::Before::Unknown => return true,
            }
        }
        !self.begins_word || words::begins(line, start) || is_edge(start)
    }
}

/// Where a phrase ends that goes on behind the word of this length at `start`.
fn end_of(line: &[u8], start: usize, length: usize, rest: &[Vec<u8>]) -> Option<usize> {
    let first = Some(start + length).filter(|&end| end <= line.len())?;
    let end = rest.iter().try_fold(first, |at, word| words::follows(line, at, word))?;
    (!words::goes_on(line, end)).then_some(end)
}

/// A phrase, taken apart at the rarest of its words.
struct Parted {
    needle: Option<Needle>,
    word: Vec<u8>,
    before: Before,
    rest: Vec<Vec<u8>>,
}

impl Parted {
    fn new(phrase: &Phrase) -> Self {
        let words = phrase.words();
        let cost = |&at: &usize| word_needle(phrase, at).map_or(u32::MAX, |needle| needle.cost());
        let at = (0..words.len()).rev().min_by_key(cost).unwrap_or(0);
        let before = Before { words: words[..at].iter().rev().cloned().collect(), begins_word: phrase.begins_word() };
        Parted { needle: word_needle(phrase, at), word: words[at].clone(), before, rest: words[at + 1..].to_vec() }
    }
}

/// Buffers of a search.
#[derive(Default)]
pub(super) struct Scratch {
    candidates: Vec<Candidate>,
    /// Where words begin that numbers of a rule must be near to.
    near: Vec<(usize, u16)>,
    key_hits: Vec<KeyHit>,
    keys: KeyCursor,
    has_view: bool,
    has_barrier: bool,
    pub(super) counters: Counters,
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
        let parts = Parts::new(rules, wanted, beginnings)?;
        let reach: Vec<Option<usize>> = rules.iter().map(|(_, rule)| near_reach(rule)).collect();
        let needs_near = reach.iter().map(Option::is_some).collect();
        let farthest = reach.into_iter().flatten().max().unwrap_or(0);
        let Parts { needles, shapes, starts, near_starts, near_run, keys, .. } = parts;
        let (needles, tables) = needles.build();
        let sieve = starts::sieve(&shapes).ok_or_else(|| Error::new("there are too many shapes of numbers"))?;
        Ok(Engine { search: Search { kernel, tables, sieve, needles }, starts, near_starts, needs_near, farthest, near_run, keys })
    }

    /// Appends every match in `line`.
    pub(super) fn find(
        &self,
        rules: &Rules,
        line: &[u8],
        barriers: &[Span],
        tiles: &mut Tiles,
        scratch: &mut Scratch,
        matches: &mut Vec<Match>,
    ) {
        tiles.restart();
        scratch.clear();
        while let Some(hit) = tiles.peek(&self.search, line) {
            tiles.take();
            self.look(rules, line, hit, scratch);
        }
        self.look_near(line, scratch);
        self.verify(rules, Text { line, barriers }, scratch, matches);
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
            let hit = tiles.peek(&self.search, input)?;
            // Nothing that is found holds a line feed.
            if hit.at < from || hit.at >= input.len() || input[hit.at] == b'\n' {
                tiles.take();
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
            while let Some(hit) = tiles.peek(&self.search, input).filter(|hit| hit.at < end) {
                tiles.take();
                self.look(rules, line, Hit { at: hit.at - start, ..hit }, scratch);
            }
            self.look_near(line, scratch);
            if scratch.holds_something() {
                scratch.counters.line();
                return Some(suspect);
            }
        }
    }

    /// What may match because of a hit.
    fn look(&self, rules: &Rules, line: &[u8], hit: Hit, scratch: &mut Scratch) {
        if hit.number {
            self.look_at_number(line, hit.at, scratch);
        }
        if hit.needle {
            self.search.needles.each(line, hit.at, hit.direct, |hit_use, start| self.apply(rules, line, hit_use, start, scratch));
        }
    }

    fn look_at_number(&self, line: &[u8], at: usize, scratch: &mut Scratch) {
        self.starts.each(line, at, |rule| scratch.candidates.push(Candidate { rule, first: at, last: at }));
    }

    fn apply(&self, rules: &Rules, line: &[u8], hit_use: &Use, start: usize, scratch: &mut Scratch) {
        match hit_use {
            &Use::Start { rule, anchor, offset: (least, most), before } => {
                let start = start + anchor;
                if rules[rule].pattern().is_some_and(|pattern| !pattern.may_hold(line, start)) {
                    return;
                }
                let reach = line[..start].iter().rev().take(most).take_while(|&&byte| before.contains(byte)).count();
                if reach >= least {
                    scratch.candidates.push(Candidate { rule, first: start - reach, last: start - least });
                }
            }
            Use::Near { rule, length, before, rest, longest } => {
                let Some(end) = end_of(line, start, *length, rest).filter(|_| before.stands(line, start, |_| false)) else { return };
                if self.needs_near[usize::from(*rule)] {
                    scratch.near.push((start, *rule));
                } else {
                    scratch.candidates.push(Candidate { rule: *rule, first: end.saturating_sub(NEAR + longest), last: start + NEAR });
                }
            }
            Use::Key(index) => {
                let KeyWord { length, rest, phrases } = &self.keys[usize::from(*index)];
                let end = end_of(line, start, *length, rest).and_then(|end| syntax::key_end(line, end));
                let Some(end) = end.filter(|&end| syntax::may_have_value(line, end)) else { return };
                let stand = phrases.iter().filter(|(before, ..)| before.stands(line, start, |at| syntax::may_begin_key(line, at, end)));
                scratch.key_hits.extend(stand.map(|&(_, rule, phrase)| KeyHit { end, rule, phrase }));
            }
            Use::Replacement => scratch.has_barrier = true,
            &Use::Escape { view } => {
                scratch.has_view |= view;
                let ends = line.len().min(start + 1)..line.len().min(start + boundary::LONGEST_ESCAPE + 1);
                for end in ends.filter(|&end| boundary::escape_ends_at(line, end)) {
                    self.look_at_number(line, end, scratch);
                }
            }
        }
    }

    /// Looks for the numbers of rules whose words were found in the line.
    fn look_near(&self, line: &[u8], scratch: &mut Scratch) {
        let Scratch { candidates, near, .. } = scratch;
        near.sort_unstable();
        let (Some(&(first, _)), Some(&(last, _))) = (near.first(), near.last()) else { return };
        let first = first.saturating_sub(self.farthest);
        let mut near = near.as_slice();
        for start in run_starts(&line[first..line.len().min(last + self.farthest)]).map(|start| first + start) {
            let run = run_length(line, start, self.near_run);
            if run < self.near_run && !line.get(start + run).is_some_and(|byte| JOINTS.contains(byte)) {
                continue;
            }
            let behind = near.iter().take_while(|&&(at, _)| at + self.farthest < start).count();
            near = &near[behind..];
            self.near_starts.each(line, start, |index| {
                let mut within = near.iter().take_while(|&&(at, _)| at <= start + self.farthest);
                if within.any(|&(_, rule)| rule == index) {
                    candidates.push(Candidate { rule: index, first: start, last: start });
                }
            });
        }
    }

    /// Matches what the candidates that were gathered from a line stand for.
    pub(super) fn verify(&self, rules: &Rules, text: Text<'_>, scratch: &mut Scratch, matches: &mut Vec<Match>) {
        let (line, before) = (text.line, matches.len());
        scratch.candidates.sort_unstable();
        let mut current = u16::MAX;
        let mut at = 0;
        let mut patience = Patience::default();
        for &Candidate { rule: index, first, last } in &scratch.candidates {
            if index != current {
                (current, at, patience) = (index, 0, Patience::default());
            }
            scratch.counters.candidate(index);
            let rule = &rules[index];
            at = at.max(first);
            while at <= last.min(line.len().saturating_sub(1)) {
                at = try_at(index, rule, text, at, &mut patience, matches).unwrap_or(at + 1);
            }
        }
        scratch.key_hits.sort_unstable();
        scratch.key_hits.dedup();
        scratch.keys.clear();
        for hits in scratch.key_hits.chunk_by(|a, b| a.end == b.end) {
            hits.iter().for_each(|hit| scratch.counters.candidate(hit.rule));
            verify::key_at(rules, text, hits[0].end, verify::Phrases::Hit(hits), &mut scratch.keys, matches);
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
        self.near.clear();
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
        self.has_view || !self.candidates.is_empty() || !self.key_hits.is_empty()
    }
}

/// Matches a rule at `start`, and answers where to look for its next match.
fn try_at(index: u16, rule: &Rule, text: Text<'_>, start: usize, patience: &mut Patience, matches: &mut Vec<Match>) -> Option<usize> {
    if rule.pattern().is_some_and(|pattern| !pattern.may_begin(text.line, start)) {
        return None;
    }
    if rule.boundary != Boundary::None && !boundary::left(text.line, start) {
        return None;
    }
    let matched = match &rule.shape {
        RuleShape::Pattern(pattern) => pattern.matcher.match_at(text.line, start)?,
        RuleShape::Digits(shapes) => {
            if !begins_number(text.line, start) {
                return None;
            }
            let whole = Span { start, end: shapes.iter().find_map(|shape| shape.end(text.line, start))? };
            Matched { whole, secret: whole }
        }
        RuleShape::Block(block) => {
            let marker = block.begin.matcher.match_at(text.line, start)?;
            return block.judge(index, rule, text, marker, matches).map(|end| end.max(marker.whole.end));
        }
        RuleShape::Keys { .. } => return None,
    };
    verify::judge(index, rule, text, matched, patience, matches).then_some(matched.whole.end)
}

/// How far from the start of a number of this rule a word that it needs may begin.
fn near_reach(rule: &Rule) -> Option<usize> {
    let RuleShape::Digits(shapes) = &rule.shape else { return None };
    let longest = shapes.iter().map(digits::Shape::longest).max().unwrap_or(0);
    (!rule.near.is_empty()).then_some(longest + NEAR + boundary::LONGEST_ESCAPE)
}

/// What all these rules are found by, and what else their phrases could be found by.
#[cfg(feature = "training")]
pub(super) fn needles(rules: &Rules) -> Result<(Vec<Needle>, Vec<Needle>), Error> {
    let phrases = rules.iter().flat_map(|(_, rule)| rule.keys().iter().chain(&rule.near));
    let words = phrases.flat_map(|phrase| (0..phrase.words().len()).filter_map(|at| word_needle(phrase, at)));
    Ok((Parts::new(rules, |_| true, &[])?.needles.needles().cloned().collect(), words.collect()))
}

/// What the rules are found by, gathered.
#[derive(Default)]
struct Parts {
    needles: Builder<Use>,
    shapes: Vec<starts::Shape>,
    starts: Starts,
    near_starts: Starts,
    near_run: usize,
    keys: Vec<KeyWord>,
    /// By their words and those that follow.
    key_index: HashMap<(Vec<u8>, Vec<Vec<u8>>), usize>,
}

impl Parts {
    fn new(rules: &Rules, wanted: impl Fn(&Rule) -> bool, beginnings: &[String]) -> Result<Self, Error> {
        let mut parts = Parts { near_run: digits::LONGEST_RUN, ..Parts::default() };
        for (index, rule) in rules.iter().filter(|(_, rule)| wanted(rule)) {
            parts.add(index, rule).map_err(|error| error.at(format!("rule {}", rule.id)))?;
        }
        parts.add_escapes();
        parts.add_replacements(beginnings);
        Ok(parts)
    }

    fn add(&mut self, index: u16, rule: &Rule) -> Result<(), Error> {
        match &rule.shape {
            RuleShape::Keys { keys, .. } => {
                for (phrase, key) in (0..).zip(keys) {
                    self.add_key(index, phrase, Parted::new(key));
                }
            }
            RuleShape::Digits(shapes) => {
                if rule.near.is_empty() {
                    return shapes.iter().try_for_each(|shape| self.add_number(index, &shape.places()));
                }
                for shape in shapes {
                    self.near_starts.add(index, &shape.places());
                    self.near_run = shape.shortest_run().map_or(self.near_run, |run| self.near_run.min(run));
                }
                self.add_near(index, rule, 0);
            }
            RuleShape::Pattern(_) | RuleShape::Block(_) => {
                let Some(pattern) = rule.pattern() else { return Ok(()) };
                match &pattern.anchor {
                    Anchor::Literals(literals) => literals.iter().for_each(|literal| self.add_literal(index, literal)),
                    Anchor::RunStart => self.add_number(index, &pattern.window)?,
                    Anchor::Near { longest } => self.add_near(index, rule, *longest),
                }
            }
        }
        Ok(())
    }

    fn add_literal(&mut self, rule: u16, literal: &Literal) {
        // The byte before an anchor that does not begin the match tells more apart.
        let before = (literal.offset.0 > 0).then_some(literal.before);
        let anchor = usize::from(before.is_some());
        let hit_use = Use::Start { rule, anchor, offset: literal.offset, before: literal.before };
        self.add_needle(Needle::new(before.into_iter().chain(literal.places.iter().copied())), hit_use);
    }

    /// A number that begins with bytes of these sets.
    fn add_number(&mut self, rule: u16, places: &[ByteSet]) -> Result<(), Error> {
        let shape = starts::Shape::new(places).ok_or_else(|| {
            Error::new("the rule begins with nothing that numbers are known by").remedy("it needs a run of digits near its start")
        })?;
        self.shapes.push(shape);
        self.starts.add(rule, places);
        Ok(())
    }

    /// One of the phrases must stand near a match.
    fn add_near(&mut self, rule: u16, compiled: &Rule, longest: usize) {
        for phrase in &compiled.near {
            let Parted { needle, word, before, rest } = Parted::new(phrase);
            self.add_needle(needle, Use::Near { rule, length: word.len(), before, rest, longest });
        }
    }

    /// A phrase of keys. Those of the same word, with the same words behind it, are found together.
    fn add_key(&mut self, rule: u16, phrase: u16, Parted { needle, word, before, rest }: Parted) {
        let key = (word.clone(), rest.clone());
        let index = *self.key_index.entry(key).or_insert(self.keys.len());
        if index == self.keys.len() {
            self.keys.push(KeyWord { length: word.len(), rest, phrases: Vec::new() });
            self.add_needle(needle, Use::Key(index as u16));
        }
        self.keys[index].phrases.push((before, rule, phrase));
    }

    /// `\n`, `\u0020`, `\x20`, `%20` and ANSI colours.
    fn add_escapes(&mut self) {
        // A number that begins with a word byte must not continue a word; behind an escape it does not.
        let one = |bytes: &[u8]| ByteSet::from_iter(bytes.iter().copied());
        let hex = ByteSet::from_iter((0..=u8::MAX).filter(u8::is_ascii_hexdigit));
        let alphanumeric = ByteSet::from_iter((0..=u8::MAX).filter(u8::is_ascii_alphanumeric));
        for (places, view) in [
            (vec![one(b"\\"), one(b"nrtbfvae0"), alphanumeric], false),
            (vec![one(b"\\"), one(b"u"), hex, hex], true),
            (vec![one(b"\\"), one(b"x"), hex, hex], true),
            (vec![one(b"%"), hex, hex], true),
            (vec![one(b"\x1bbBe3^"), one(b"["), alphanumeric.union(one(b";"))], false),
        ] {
            self.add_needle(Needle::new(places), Use::Escape { view });
        }
    }

    fn add_replacements(&mut self, beginnings: &[String]) {
        for text in beginnings {
            self.add_needle(Needle::new(text.bytes().map(|byte| ByteSet::from_iter([byte]))), Use::Replacement);
        }
    }

    fn add_needle(&mut self, needle: Option<Needle>, hit_use: Use) {
        needle.into_iter().for_each(|needle| self.needles.add(needle, hit_use.clone()));
    }
}

/// A word of a phrase in any case; what goes on behind the last one is no lower-case letter.
fn word_needle(phrase: &Phrase, at: usize) -> Option<Needle> {
    let behind = ByteSet::from_iter((0..=u8::MAX).filter(|byte| !byte.is_ascii_lowercase()));
    let is_last = at + 1 == phrase.words().len();
    Needle::new(Needle::text(&phrase.words()[at]).chain(is_last.then_some(behind)))
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
