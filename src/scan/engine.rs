//! The engine: the kernel and the funnel give the places where a rule could match; what stands there says which
//! rules; verification does the rest, line by line.

use std::collections::HashMap;

use super::anchor::{Anchor, Literal};
use super::block::Block;
use super::byte_set::ByteSet;
use super::compile::{Rule, RuleShape, Rules};
use super::counters::Counters;
use super::digits::{self, begins_number};
use super::kernel::{Kernel, Sieve};
use super::needles::{Builder, Needle};
use super::starts::{Mask, Starts};
use super::syntax;
use super::tiles::{Hit, Search, Tiles, What};
use super::verify::{self, KeyCursor, KeyPhrase, Matched, NEAR, Patience, Text};
use super::words::{self, Phrase};
use super::{Match, Span, boundary};
use crate::check::Verdict;
use crate::error::Error;
use crate::pack::Boundary;

pub(super) struct Engine {
    search: Search<Use>,
    /// The numbers that need a word near them, and how far from a number's start that word may begin at most.
    near_starts: Starts,
    farthest: usize,
    /// The words of phrases.
    words: Vec<Part>,
}

/// What a needle says of the place where it stands.
#[derive(Clone, PartialEq, Eq)]
enum Use {
    /// The rule's anchor stands so far behind the needle's first byte, and a match may begin so far before that, with
    /// only these bytes between.
    Start { rule: u16, anchor: usize, offset: (usize, usize), before: ByteSet },
    /// A part of phrases, by its index.
    Part(u16),
    /// The beginning of what actions write.
    Replacement,
    /// An escape, behind which a number may begin, and of which there may be a decoded view.
    Escape { view: bool },
}

/// A word of phrases, or two that stand next to each other: what the phrases are found by.
#[derive(Default)]
struct Part {
    length: usize,
    /// Whether each phrase begins with it, and must begin a word of the text.
    begins_word: bool,
    /// The phrases of keys that end with it: of which rule, which one; and the letter that stands before it in them, or
    /// in the gap between, if they have more words.
    keys: Vec<(KeyPhrase, Option<u8>)>,
    /// The patterns that a phrase with it may stand near: of which rule, how long at most.
    near: Vec<(u16, usize)>,
    /// The same for numbers, as a mask of the starts that need a word near them.
    numbers: Mask,
}

/// Buffers of a search.
#[derive(Default)]
pub(super) struct Scratch {
    candidates: Vec<Candidate>,
    /// Where parts of phrases begin that numbers must be near to.
    near: Vec<(usize, u16)>,
    /// Where numbers may begin.
    numbers: Vec<usize>,
    /// Where keys end, the part of phrases that stands there, and the letter before it.
    key_hits: Vec<(usize, u16, u8)>,
    phrases: Vec<KeyPhrase>,
    keys: KeyCursor,
    has_view: bool,
    has_escape: bool,
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
        let farthest = reach.into_iter().flatten().max().unwrap_or(0);
        let Parts { needles, numbers, starts, near_starts, words, .. } = parts;
        if words.len().max(needles.len()) > usize::from(u16::MAX) {
            return Err(Error::new("there are too many texts to look for").remedy("leave out rules, or phrases of them"));
        }
        let (needles, tables) = needles.build();
        let sieve =
            Sieve::new(numbers.iter().map(Vec::as_slice)).ok_or_else(|| Error::new("a number begins with nothing that it is known by"))?;
        Ok(Engine { search: Search { kernel, tables, sieve, needles, starts }, near_starts, farthest, words })
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
        self.gather(rules, line, Span { start: 0, end: line.len() }, tiles, scratch);
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
            self.gather(rules, input, suspect.line, tiles, scratch);
            if scratch.holds_something() {
                scratch.counters.line();
                return Some(suspect);
            }
        }
    }

    /// Gathers what may match in a line of `input`, from the tile at hand on.
    fn gather(&self, rules: &Rules, input: &[u8], span: Span, tiles: &mut Tiles, scratch: &mut Scratch) {
        let line = span.of(input);
        loop {
            while let Some(hit) = tiles.peek_in_tile().filter(|hit| hit.at < span.end) {
                tiles.take(hit);
                self.look(rules, line, Hit { at: hit.at - span.start, ..hit }, scratch);
            }
            let is_last = tiles.end() >= span.end;
            self.gather_numbers(span, is_last, tiles, scratch);
            if is_last {
                break;
            }
            tiles.advance(&self.search, input);
        }
        self.look_near(rules, line, scratch);
    }

    /// Gathers the numbers of a line that need a word near them, so far as they are in the tile at hand or the one
    /// before. A word in the next tile may need those at the end of this one.
    fn gather_numbers(&self, span: Span, is_last: bool, tiles: &Tiles, scratch: &mut Scratch) {
        let words = || scratch.near.iter().map(|&(at, _)| span.start + at);
        let (start, end) = match (words().next(), is_last) {
            (None, true) => return,
            (None, false) => (tiles.end().saturating_sub(self.farthest), span.end),
            // Whatever is near any of them: to ask each word in each tile would take too long.
            (Some(_), false) => (span.start, span.end),
            (Some(first), true) => {
                let (first, last) = words().fold((first, first), |(first, last), at| (first.min(at), last.max(at)));
                (first.saturating_sub(self.farthest), last + self.farthest + 1)
            }
        };
        let before = scratch.numbers.len();
        tiles.digits(start.max(span.start), end.min(span.end), &mut scratch.numbers);
        scratch.numbers[before..].iter_mut().for_each(|at| *at -= span.start);
    }

    /// What may match because of a hit.
    fn look(&self, rules: &Rules, line: &[u8], hit: Hit, scratch: &mut Scratch) {
        match hit.what {
            What::Number => self.look_at_number(rules, line, hit.at, scratch),
            What::Needle(index) => {
                let Some((uses, start)) = self.search.needles.uses(index, hit.at) else { return };
                uses.iter().for_each(|hit_use| self.apply(rules, line, hit_use, start, scratch));
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

    fn apply(&self, rules: &Rules, line: &[u8], hit_use: &Use, start: usize, scratch: &mut Scratch) {
        match hit_use {
            &Use::Start { rule, anchor, offset: (least, most), before } => {
                let start = start + anchor;
                if most == 0 && !may_match(&rules[rule], line, start) {
                    return;
                }
                if rules[rule].pattern().is_some_and(|pattern| !pattern.may_hold(line, start)) {
                    return;
                }
                let reach = line[..start].iter().rev().take(most).take_while(|&&byte| before.contains(byte)).count();
                if reach >= least {
                    scratch.candidates.push(Candidate { rule, first: start - reach, last: start - least });
                }
            }
            &Use::Part(index) => self.look_at_part(line, index, start, scratch),
            Use::Replacement => scratch.has_barrier = true,
            &Use::Escape { view } => {
                scratch.has_view |= view;
                scratch.has_escape = true;
                // How long the escape that begins here may be; of a colour, less the first bytes of it.
                let lengths = match line.get(start) {
                    Some(b'%') => 3..=3,
                    Some(b'\\') => 2..=6,
                    _ => 2..=boundary::LONGEST_ESCAPE,
                };
                let ends = lengths.map(|length| start + length).filter(|&end| line.get(end).is_some_and(|&byte| boundary::is_word(byte)));
                for end in ends.filter(|&end| boundary::escape_ends_at(line, end)) {
                    self.look_at_number(rules, line, end, scratch);
                    scratch.numbers.push(end);
                }
            }
        }
    }

    /// What may match because of a part of phrases that begins at `start`.
    fn look_at_part(&self, line: &[u8], index: u16, start: usize, scratch: &mut Scratch) {
        let part = &self.words[usize::from(index)];
        let end = start + part.length;
        if !part.keys.is_empty()
            && line.get(end).is_some_and(|&byte| syntax::is_behind_last_word(byte))
            && let Some(end) = syntax::key_end(line, end).filter(|&end| syntax::may_have_value(line, end))
            && (!part.begins_word || words::begins(line, start) || syntax::may_begin_key(line, start, end))
        {
            let before = &line[..start];
            let before = before.split_last().filter(|(byte, _)| words::is_joint(**byte)).map_or(before, |(_, before)| before);
            scratch.key_hits.push((end, index, before.last().map_or(0, u8::to_ascii_lowercase)));
        }
        if end > line.len() || (part.near.is_empty() && part.numbers.is_empty()) || (part.begins_word && !words::begins(line, start)) {
            return;
        }
        if !part.numbers.is_empty() {
            scratch.near.push((start, index));
        }
        let reach = |&(rule, longest)| Candidate { rule, first: end.saturating_sub(NEAR + longest), last: start + NEAR };
        scratch.candidates.extend(part.near.iter().map(reach));
    }

    /// Looks at the numbers of the line that need a word near them.
    fn look_near(&self, rules: &Rules, line: &[u8], scratch: &mut Scratch) {
        let Scratch { candidates, near, numbers, .. } = scratch;
        if near.is_empty() {
            return;
        }
        near.sort_unstable();
        numbers.sort_unstable();
        numbers.dedup();
        let mut near = near.as_slice();
        for &start in numbers.iter() {
            let behind = near.iter().take_while(|&&(at, _)| at + self.farthest < start).count();
            near = &near[behind..];
            let within = near.iter().take_while(|&&(at, _)| at <= start + self.farthest);
            let wanted = within.fold(Mask::default(), |wanted, &(_, part)| wanted.union(self.words[usize::from(part)].numbers));
            self.near_starts.each_of(wanted, line, start, |rule| {
                if may_match(&rules[rule], line, start) {
                    candidates.push(Candidate { rule, first: start, last: start });
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
            let end = line.len().min(last + 1);
            while at < end {
                if !scratch.has_escape && rule.begins_word() {
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
            scratch.phrases.clear();
            for &(_, part, before) in hits {
                let fits = |letter: &Option<u8>| letter.is_none_or(|letter| letter == before);
                let keys = self.words[usize::from(part)].keys.iter();
                scratch.phrases.extend(keys.filter(|(_, letter)| fits(letter)).map(|&(phrase, _)| phrase));
            }
            if hits.len() > 1 {
                scratch.phrases.sort_unstable();
            }
            scratch.phrases.iter().for_each(|&(rule, _)| scratch.counters.candidate(rule));
            verify::key_at(rules, text, hits[0].0, verify::Phrases::Only(&scratch.phrases), &mut scratch.keys, matches);
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
        self.numbers.clear();
        self.key_hits.clear();
        self.has_view = false;
        self.has_escape = false;
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
    if !rule.is_short() {
        return true;
    }
    let is_possible = |matched: Matched| rule.check.is_none_or(|check| (check.run)(matched.secret.of(line)) != Verdict::Impossible);
    match_at(rule, line, start).is_some_and(is_possible)
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
    let options = rules.iter().flat_map(|(_, rule)| {
        let keys = rule.keys().iter().flat_map(|phrase| options(phrase, Kind::Key));
        keys.chain(rule.near.iter().flat_map(|phrase| options(phrase, Kind::Near))).collect::<Vec<_>>()
    });
    let others = options.flatten().map(|(needle, _)| needle).collect();
    Ok((Parts::new(rules, |_| true, &[])?.needles.needles().cloned().collect(), others))
}

/// What the rules are found by, gathered.
#[derive(Default)]
struct Parts {
    needles: Builder<Use>,
    /// What the numbers begin with.
    numbers: Vec<Vec<ByteSet>>,
    starts: Starts,
    near_starts: Starts,
    words: Vec<Part>,
    /// By what they are found by, and their length: of a long one a needle has the first bytes.
    word_index: HashMap<(Needle, usize), usize>,
    /// Phrases that are still to be added: of which rule.
    phrases: Vec<(Phrase, Of)>,
}

/// What a phrase is for.
#[derive(Clone, Copy)]
enum Of {
    /// This phrase of the keys of a rule.
    Key { rule: u16, phrase: u16 },
    /// Matches of a rule, at most so long.
    Near { rule: u16, longest: usize },
    /// Numbers of a rule.
    Number { rule: u16 },
}

impl Parts {
    fn new(rules: &Rules, wanted: impl Fn(&Rule) -> bool, beginnings: &[String]) -> Result<Self, Error> {
        let mut parts = Parts::default();
        for (index, rule) in rules.iter().filter(|(_, rule)| wanted(rule)) {
            parts.add(index, rule).map_err(|error| error.at(format!("rule {}", rule.id)))?;
        }
        parts.add_phrases();
        parts.words.iter_mut().for_each(|part| part.keys.sort_unstable());
        parts.add_escapes();
        parts.add_replacements(beginnings);
        Ok(parts)
    }

    fn add(&mut self, index: u16, rule: &Rule) -> Result<(), Error> {
        match &rule.shape {
            RuleShape::Keys { keys, .. } => {
                self.phrases.extend((0..).zip(keys).map(|(phrase, key)| (key.clone(), Of::Key { rule: index, phrase })));
            }
            RuleShape::Digits(shapes) => {
                if rule.near.is_empty() {
                    return shapes.iter().try_for_each(|shape| self.add_number(index, &shape.places()));
                }
                for shape in shapes {
                    self.near_starts.add(index, &shape.places());
                }
                self.phrases.extend(rule.near.iter().map(|phrase| (phrase.clone(), Of::Number { rule: index })));
            }
            RuleShape::Pattern(_) | RuleShape::Block(_) => {
                let Some(pattern) = rule.pattern() else { return Ok(()) };
                match &pattern.anchor {
                    Anchor::Literals(literals) => literals.iter().for_each(|literal| self.add_literal(index, literal)),
                    Anchor::RunStart => self.add_number(index, &pattern.window)?,
                    &Anchor::Near { longest } => {
                        self.phrases.extend(rule.near.iter().map(|phrase| (phrase.clone(), Of::Near { rule: index, longest })));
                    }
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
        let is_word = places.first().is_some_and(|set| set.iter().all(boundary::is_word));
        if !is_word {
            let hit_use = Use::Start { rule, anchor: 0, offset: (0, 0), before: ByteSet::default() };
            self.add_needle(Needle::new(places.iter().copied()), hit_use);
            return Ok(());
        }
        if Sieve::new(std::iter::once(places)).is_none() {
            return Err(Error::new("the rule begins with nothing that numbers are known by")
                .remedy("it needs a digit, or a letter and a digit near it, at its start"));
        }
        self.starts.add(rule, places);
        self.numbers.push(places.to_vec());
        Ok(())
    }

    /// Adds the phrases: those of one word first, since what they are found by may serve others too.
    fn add_phrases(&mut self) {
        let mut phrases = std::mem::take(&mut self.phrases);
        phrases.sort_by_key(|(phrase, _)| phrase.words().len());
        for (phrase, of) in &phrases {
            let kind = if matches!(of, Of::Key { .. }) { Kind::Key } else { Kind::Near };
            let cost = |found_by: &(Needle, usize)| match (self.word_index.contains_key(found_by), kind) {
                (false, _) => found_by.0.cost(),
                // A key that is looked at once is looked at for all its phrases, but around a word each rule looks by itself.
                (true, Kind::Key) => 0,
                (true, Kind::Near) => found_by.0.hits(),
            };
            let total = |option: &Vec<(Needle, usize)>| option.iter().fold(0u32, |sum, found_by| sum.saturating_add(cost(found_by)));
            for (needle, length) in options(phrase, kind).into_iter().min_by_key(total).unwrap_or_default() {
                let begins = phrase.begins_word() && phrase.words().first().is_some_and(|word| needle.begins_with(word));
                let before = match of {
                    Of::Key { .. } => letter_before(phrase, length),
                    _ => None,
                };
                self.add_part(needle, length, begins, before, *of);
            }
        }
    }

    fn add_part(&mut self, needle: Needle, length: usize, begins_word: bool, before: Option<u8>, of: Of) {
        let index = match self.word_index.get(&(needle.clone(), length)) {
            Some(&index) => index,
            None => {
                let index = self.words.len();
                self.words.push(Part { length, begins_word, ..Part::default() });
                self.needles.add(needle.clone(), Use::Part(index as u16));
                self.word_index.insert((needle, length), index);
                index
            }
        };
        let part = &mut self.words[index];
        part.begins_word &= begins_word;
        match of {
            Of::Key { rule, phrase } => part.keys.push(((rule, phrase), before)),
            Of::Near { rule, longest } if !part.near.contains(&(rule, longest)) => part.near.push((rule, longest)),
            Of::Near { .. } => {}
            Of::Number { rule } => part.numbers = part.numbers.union(self.near_starts.mask_of(rule)),
        }
    }

    /// `\n`, `\u0020`, `\x20`, `%20` and ANSI colours.
    fn add_escapes(&mut self) {
        // A number that begins with a word byte must not continue a word; behind an escape it does not.
        let one = |bytes: &[u8]| ByteSet::from_iter(bytes.iter().copied());
        let hex = ByteSet::from_iter((0..=u8::MAX).filter(u8::is_ascii_hexdigit));
        let word = ByteSet::from_iter((0..=u8::MAX).filter(|&byte| boundary::is_word(byte)));
        for (places, view) in [
            (vec![one(b"\\"), one(b"nrtbfvae0"), word], false),
            (vec![one(b"\\"), one(b"u"), hex, hex], true),
            (vec![one(b"\\"), one(b"x"), hex, hex], true),
            (vec![one(b"%"), hex, hex], true),
            (vec![one(b"\x1bbBe3^"), one(b"["), word.union(one(b";["))], false),
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

/// The letter of a phrase of keys before its last words, of which a part with these many bytes consists.
fn letter_before(phrase: &Phrase, part: usize) -> Option<u8> {
    let words = phrase.words();
    let (last, before) = words.split_last()?;
    let of_one = part == last.len();
    let before = if of_one { before.last() } else { before.split_last().and_then(|(_, before)| before.last()) };
    before.and_then(|word| word.last()).copied()
}

/// Whether a phrase is one of keys, which ends with its last word, or one that stands near something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Key,
    Near,
}

/// The ways to find a phrase: by one of its words, or by two of them, which may be parted in several ways. Each is
/// what must be looked for and how long it is, less the byte behind it.
fn options(phrase: &Phrase, kind: Kind) -> Vec<Vec<(Needle, usize)>> {
    /// What may stand behind the last word.
    const LAST: ByteSet = {
        let mut set = ByteSet::ALL;
        let mut byte = b'a';
        while byte <= b'z' {
            set.0[1] &= !(1 << (byte & 63));
            byte += 1;
        }
        ByteSet([set.0[0], set.0[1], 0, 0])
    };
    const JOINTS: ByteSet = {
        let mut set = ByteSet([0; 4]);
        let mut byte = 0;
        while byte < 128 {
            if words::is_joint(byte) {
                set.0[(byte >> 6) as usize] |= 1 << (byte & 63);
            }
            byte += 1;
        }
        set
    };
    let words = phrase.words();
    let letters = |byte: u8| {
        let mut both = ByteSet::default();
        both.insert(byte);
        both.insert(byte.to_ascii_uppercase());
        both
    };
    let behind = |at: usize| match words.get(at + 1).and_then(|word| word.first()) {
        Some(&next) => JOINTS.union(letters(next)),
        None => LAST,
    };
    let found_by = |first: usize, last: usize, gap: usize| {
        let gap = std::iter::repeat_n(JOINTS, gap);
        let text = || words[first].iter().map(|&byte| letters(byte));
        let rest = words[first + 1..=last].iter().flat_map(|word| gap.clone().chain(word.iter().map(|&byte| letters(byte))));
        let places: Vec<ByteSet> = text().chain(rest).collect();
        let length = places.len();
        Needle::new(places.into_iter().chain([behind(last)])).map(|needle| (needle, length))
    };
    let is_wanted = |last: usize| kind == Kind::Near || last + 1 == words.len();
    let single = (0..words.len()).filter(|&at| is_wanted(at)).map(|at| found_by(at, at, 0).into_iter().collect());
    let pairs =
        (1..words.len()).filter(|&at| is_wanted(at)).map(|at| (0..=words::GAP).filter_map(|gap| found_by(at - 1, at, gap)).collect());
    single.chain(pairs).collect()
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
