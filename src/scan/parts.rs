//! What the rules are found by: their literals, numbers and phrases as needles and starts, and what each says of the
//! place where it stands.

use std::ops::Range;

use super::anchor::{Anchor, Lead, Literal};
use super::boundary;
use super::byte_set::ByteSet;
use super::compile::{Rule, RuleShape, Rules};
use super::digits::{self, Outlines};
use super::kernel::Sieve;
use super::near::Near;
use super::needle::Needle;
use super::needles::{Builder, Sought};
use super::starts::{Mask, Starts};
use super::verify::{KeyPhrase, NEAR};
use super::ways::{Chooser, FoundBy, NUMBERS, PATTERNS, letters};
use super::words::{Kind, Phrase, Way};
use crate::error::Error;
use crate::pack::Boundary;

/// What a needle says of the place where it stands.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Use {
    /// A match of the rule begins with the needle, or so far before it.
    Start { rule: u16, before: Option<Box<Before>> },
    /// A part of phrases, by its index.
    Part(u16),
    /// The beginning of what actions write.
    Replacement,
    /// An escape, behind which a number may begin, and of which there may be a decoded view.
    Escape { view: bool },
}

/// Where a match begins that a needle stands in.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Before {
    /// The rule's anchor stands so far behind the needle's first byte, …
    pub(super) anchor: usize,
    /// … and a match may begin so far before that, at least and at most, …
    pub(super) offset: (usize, usize),
    /// … with only these bytes between.
    pub(super) between: ByteSet,
}

/// A word of phrases, or two that stand next to each other: what the phrases are found by.
#[derive(Default)]
pub(super) struct Part {
    pub(super) length: usize,
    /// What may stand before it where it begins no word of the text: the letter before it in its phrases, or any, when
    /// one of these may begin inside a word.
    pub(super) glued: ByteSet,
    /// The phrases of keys that end with it.
    pub(super) keys: Keys,
    /// What its phrases may stand near, if anything.
    pub(super) beside: Option<Box<Beside>>,
}

impl Part {
    fn beside(&mut self) -> &mut Beside {
        self.beside.get_or_insert_with(|| Box::new(Beside { length: self.length, ..Beside::default() }))
    }
}

/// What a part of phrases may stand near.
#[derive(Default)]
pub(super) struct Beside {
    /// How long the part is.
    pub(super) length: usize,
    /// The patterns that a phrase with it may stand near, what they begin with, and how long they are at most.
    pub(super) patterns: Mask,
    pub(super) first: ByteSet,
    pub(super) longest: usize,
    /// The numbers that it may stand near, what they are like, and how long they are at most.
    pub(super) numbers: Mask,
    pub(super) outlines: Outlines,
    pub(super) longest_number: usize,
}

impl Beside {
    /// Where a pattern may begin that it may stand near, where the part begins at `start`.
    pub(super) fn around(&self, start: usize) -> Range<usize> {
        self.within(start, self.longest)
    }

    /// Where a number may.
    pub(super) fn around_numbers(&self, start: usize) -> Range<usize> {
        self.within(start, self.longest_number)
    }

    fn within(&self, start: usize, longest: usize) -> Range<usize> {
        (start + self.length).saturating_sub(NEAR + longest)..start + NEAR + 1
    }
}

/// Phrases of keys, by what must stand before their last words.
#[derive(Default)]
pub(super) struct Keys {
    /// Those of which the text before tells nothing.
    whatever: Vec<KeyPhrase>,
    /// Those of which one more word ends with this letter, and the ones above.
    behind: Vec<(u8, Vec<KeyPhrase>)>,
    /// The low bits of these letters, a bit for each number that they are.
    letters: u32,
}

impl Keys {
    fn add(&mut self, phrase: KeyPhrase, before: Option<u8>) {
        let Some(letter) = before else {
            // Most have one.
            self.whatever.reserve_exact(usize::from(self.whatever.is_empty()));
            return self.whatever.push(phrase);
        };
        self.letters |= Keys::bit(letter);
        match self.behind.iter_mut().find(|(known, _)| *known == letter) {
            Some((_, phrases)) => phrases.push(phrase),
            None => self.behind.push((letter, vec![phrase])),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.whatever.is_empty() && self.behind.is_empty()
    }

    /// Puts them in the order of their rules.
    fn sort(&mut self) {
        self.whatever.sort_unstable();
        for (_, phrases) in &mut self.behind {
            phrases.extend(&self.whatever);
            phrases.sort_unstable();
        }
    }

    /// Those that may stand behind this letter, in the order of their rules.
    pub(super) fn behind(&self, letter: u8) -> &[KeyPhrase] {
        // Most words stand behind none of these letters.
        if self.letters & Keys::bit(letter) == 0 {
            return &self.whatever;
        }
        self.behind.iter().find(|(known, _)| *known == letter).map_or(&self.whatever, |(_, phrases)| phrases)
    }

    fn bit(letter: u8) -> u32 {
        1 << (letter & 31)
    }
}

/// What the rules are found by, gathered.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) needles: Builder<Use>,
    /// What the numbers begin with.
    pub(super) numbers: Vec<Vec<ByteSet>>,
    pub(super) starts: Starts,
    pub(super) near: Near,
    pub(super) words: Vec<Part>,
}

/// What a phrase is for.
#[derive(Clone, Copy)]
enum Of {
    /// This phrase of the keys of a rule.
    Key(KeyPhrase),
    /// Matches of a rule, at most so long, that begin with one of these bytes.
    Near { patterns: Mask, longest: usize, first: ByteSet },
    /// Numbers of a rule, which are like these, and at most so long.
    Number { numbers: Mask, outlines: Outlines, longest: usize },
}

impl Of {
    fn kind(self) -> Kind {
        match self {
            Of::Key(_) => Kind::Key,
            Of::Near { .. } | Of::Number { .. } => Kind::Near,
        }
    }

    fn dearness(self) -> u32 {
        match self {
            Of::Key(_) => 1,
            Of::Number { .. } => NUMBERS,
            Of::Near { .. } => PATTERNS,
        }
    }
}

impl Parts {
    /// `measured` says how often a needle's rarest window stands in a million bytes of logs, if that is known. What `build.rs` has
    /// chosen and placed for the built-in packs is taken as it is, unless all is to be chosen `anew`.
    pub(super) fn new(
        rules: &Rules,
        wanted: impl Fn(&Rule) -> bool,
        beginnings: &[String],
        anew: bool,
        measured: impl Fn(&Needle) -> Option<u32>,
    ) -> Result<Self, Error> {
        let mut parts = Parts { needles: Builder::new(anew), ..Parts::default() };
        // About: growing step by step would copy them again and again.
        parts.words.reserve(parts.needles.len_of_prepared());
        let mut unknown = Vec::new();
        for (index, rule) in rules.iter().filter(|(_, rule)| wanted(rule)) {
            parts.add(index, rule, &mut unknown).map_err(|error| error.at(format!("rule {}", rule.id)))?;
        }
        if !unknown.is_empty() {
            let keys = rules.iter().filter(|(_, rule)| wanted(rule)).flat_map(|(_, rule)| rule.keys().iter());
            parts.add_unknown(&Chooser::new(keys), unknown, measured);
        }
        parts.words.shrink_to_fit();
        parts.words.iter_mut().for_each(|part| part.keys.sort());
        parts.add_escapes();
        parts.add_replacements(beginnings);
        Ok(parts)
    }

    /// Adds what a rule is found by. Phrases of which it is not known how they are found, and what they are for, are left to be
    /// added.
    fn add<'r>(&mut self, index: u16, rule: &'r Rule, unknown: &mut Vec<(&'r Phrase, Of)>) -> Result<(), Error> {
        match &rule.shape {
            RuleShape::Keys { keys, .. } => {
                for (phrase, key) in (0..).zip(keys.iter()) {
                    self.add_phrase(key, Of::Key(KeyPhrase { rule: index, phrase, tail: key.tail() }), unknown);
                }
            }
            RuleShape::Digits(shapes) => {
                if rule.near.is_empty() {
                    return shapes.iter().try_for_each(|shape| self.add_number(index, &shape.places(), shape.lead()));
                }
                let mut numbers = Mask::default();
                for shape in shapes {
                    numbers = numbers.union(self.near.numbers.add(index, &shape.places(), shape.lead()));
                }
                let longest = shapes.iter().map(digits::Shape::longest).max().unwrap_or(0);
                let outlines = shapes.iter().map(digits::Shape::outline).fold(Outlines::default(), Outlines::union);
                let of = Of::Number { numbers, outlines, longest };
                rule.near.iter().for_each(|phrase| self.add_phrase(phrase, of, unknown));
            }
            RuleShape::Pattern(_) | RuleShape::Block(_) => {
                let Some(pattern) = rule.pattern() else { return Ok(()) };
                match &pattern.anchor {
                    Anchor::Literals(literals) => literals.iter().for_each(|literal| self.add_literal(index, literal)),
                    Anchor::RunStart => self.add_number(index, &pattern.window, pattern.lead)?,
                    &Anchor::Near { longest } => {
                        let patterns = self.near.patterns.add(index, &pattern.window, pattern.lead);
                        let first = pattern.window.first().copied().unwrap_or(ByteSet::ALL);
                        if rule.boundary == Boundary::None {
                            self.near.inside = self.near.inside.union(patterns);
                        }
                        let of = Of::Near { patterns, longest, first };
                        rule.near.iter().for_each(|phrase| self.add_phrase(phrase, of, unknown));
                    }
                }
            }
        }
        Ok(())
    }

    fn add_literal(&mut self, rule: u16, literal: &Literal) {
        let before =
            (literal.offset != (0, 0)).then(|| Before { anchor: literal.places_before(), offset: literal.offset, between: literal.before });
        let hit_use = Use::Start { rule, before: before.map(Box::new) };
        match literal.needle.filter(|_| self.needles.takes_prepared()) {
            Some(index) => self.needles.add(Sought::Prepared(index), hit_use),
            None => self.add_needle(Needle::of_literal(literal), hit_use),
        }
    }

    /// A number that begins with bytes of these sets.
    fn add_number(&mut self, rule: u16, places: &[ByteSet], lead: Lead) -> Result<(), Error> {
        let is_word = places.first().is_some_and(|set| set.iter().all(boundary::is_word));
        if !is_word {
            let hit_use = Use::Start { rule, before: None };
            self.add_needle(Needle::new(places.to_vec()), hit_use);
            return Ok(());
        }
        if !Sieve::tells(places) {
            return Err(Error::new("the rule begins with nothing that numbers are known by")
                .remedy("it needs a digit, or a letter and a digit near it, at its start"));
        }
        self.starts.add(rule, places, lead);
        self.numbers.push(places.to_vec());
        Ok(())
    }

    /// Adds a phrase, unless it is not known how it is found.
    fn add_phrase<'r>(&mut self, phrase: &'r Phrase, of: Of, unknown: &mut Vec<(&'r Phrase, Of)>) {
        match phrase.ways(of.kind()).filter(|_| self.needles.takes_prepared()) {
            None => unknown.push((phrase, of)),
            Some(ways) => ways.iter().for_each(|&Way { needle, length, first }| {
                self.add_part(Sought::Prepared(needle), length.into(), phrase, first.into(), of);
            }),
        }
    }

    /// Adds phrases of which it is not known how they are found: those of one word first, since what these are found by may serve
    /// others too.
    fn add_unknown(&mut self, chooser: &Chooser, mut phrases: Vec<(&Phrase, Of)>, measured: impl Fn(&Needle) -> Option<u32>) {
        phrases.sort_by_key(|(phrase, _)| phrase.words().len());
        for (phrase, of) in phrases {
            let is_known = |(needle, length): &(Needle, usize)| self.part(self.needles.uses(needle), *length).is_some();
            for FoundBy { text: (needle, length), first } in chooser.choose(phrase, of.kind(), of.dearness(), is_known, &measured) {
                self.add_part(self.needles.sought(needle), length, phrase, first, of);
            }
        }
    }

    /// The part that is so long, among the uses of a needle: of a long one the needle has the first bytes.
    fn part(&self, uses: &[Use], length: usize) -> Option<usize> {
        let mut parts = uses.iter().filter_map(|hit_use| match hit_use {
            Use::Part(index) => Some(usize::from(*index)),
            _ => None,
        });
        parts.find(|&index| self.words[index].length == length)
    }

    /// Adds what a phrase is found by: its words from the first one on.
    fn add_part(&mut self, needle: Sought, length: usize, phrase: &Phrase, first: usize, of: Of) {
        let before = first.checked_sub(1).and_then(|before| phrase.words().nth(before)?.last().copied());
        let begins_word = first > 0 || phrase.begins_word();
        let place = self.needles.place(needle);
        let index = self.part(self.needles.uses_at(place), length).unwrap_or_else(|| {
            let index = self.words.len();
            self.words.push(Part { length, ..Part::default() });
            self.needles.add_at(place, Use::Part(index as u16));
            index
        });
        let part = &mut self.words[index];
        part.glued = part.glued.union(if begins_word { before.map(letters).unwrap_or_default() } else { ByteSet::ALL });
        match of {
            Of::Key(phrase) => part.keys.add(phrase, before),
            Of::Near { patterns, longest, first } => {
                let beside = part.beside();
                beside.patterns = beside.patterns.union(patterns);
                beside.first = beside.first.union(first);
                beside.longest = beside.longest.max(longest);
            }
            Of::Number { numbers, outlines, longest } => {
                let beside = part.beside();
                beside.longest_number = beside.longest_number.max(longest);
                beside.numbers = beside.numbers.union(numbers);
                beside.outlines = beside.outlines.union(outlines);
            }
        }
    }

    /// `\n`, `\u0020`, `\x20`, `%20` and ANSI colours.
    fn add_escapes(&mut self) {
        // A number that begins with a word byte must not continue a word; behind an escape it does not.
        let one = |bytes: &[u8]| ByteSet::from_iter(bytes.iter().copied());
        let hex = ByteSet::from_iter((0..=u8::MAX).filter(u8::is_ascii_hexdigit));
        let word = boundary::WORD;
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
            self.add_needle(Needle::new(text.bytes().map(|byte| ByteSet::from_iter([byte])).collect()), Use::Replacement);
        }
    }

    fn add_needle(&mut self, needle: Option<Needle>, hit_use: Use) {
        if let Some(needle) = needle {
            self.needles.add(self.needles.sought(needle), hit_use);
        }
    }
}
