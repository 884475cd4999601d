//! What the rules are found by: their literals, numbers and phrases as needles and starts, and what each says of the
//! place where it stands.

use std::ops::Range;

use foldhash::{HashMap, HashMapExt};

use super::anchor::{Anchor, Lead, Literal};
use super::boundary;
use super::byte_set::ByteSet;
use super::compile::{Rule, RuleShape, Rules};
use super::digits::{self, Outlines};
use super::kernel::Sieve;
use super::near::Near;
use super::needle::{Needle, WIDER};
use super::needles::Builder;
use super::starts::{Mask, Starts};
use super::verify::{KeyPhrase, NEAR};
use super::words::{self, Phrase};
use crate::error::Error;
use crate::pack::Boundary;

/// What a needle says of the place where it stands.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Use {
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
pub(super) struct Part {
    pub(super) length: usize,
    /// What may stand before it where it begins no word of the text: the letter before it in its phrases, or any, when
    /// one of these may begin inside a word.
    pub(super) glued: ByteSet,
    /// The phrases of keys that end with it.
    pub(super) keys: Keys,
    /// The patterns that a phrase with it may stand near, what they begin with, and how long they are at most.
    pub(super) patterns: Mask,
    pub(super) first: ByteSet,
    pub(super) longest: usize,
    /// The numbers that it may stand near, what they are like, and how long they are at most.
    pub(super) numbers: Mask,
    pub(super) outlines: Outlines,
    pub(super) longest_number: usize,
}

impl Part {
    /// Where a pattern may begin that it may stand near, where it begins at `start`.
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
        let Some(letter) = before else { return self.whatever.push(phrase) };
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

/// Every way to find the phrases of these rules.
#[cfg(feature = "training")]
pub(super) fn ways(rules: &Rules) -> Vec<Needle> {
    let options = rules.iter().flat_map(|(_, rule)| {
        let keys = rule.keys().iter().flat_map(|phrase| options(phrase, Kind::Key));
        keys.chain(rule.near.iter().flat_map(|phrase| options(phrase, Kind::Near)))
    });
    options.flatten().map(|found_by| found_by.text.0).collect()
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
    Near { rule: u16, longest: usize, first: ByteSet },
    /// Numbers of a rule, which are like these, and at most so long.
    Number { rule: u16, outlines: Outlines, longest: usize },
}

impl Of {
    /// How much more than at the end of a key there is to be looked at where a word stands.
    fn dearness(self) -> u32 {
        match self {
            Of::Key(_) => 1,
            Of::Number { .. } => 4,
            Of::Near { .. } => 10,
        }
    }
}

impl Parts {
    /// `measured` says how often a needle's rarest window stands in a million bytes of logs, if that is known.
    pub(super) fn new(
        rules: &Rules,
        wanted: impl Fn(&Rule) -> bool,
        beginnings: &[String],
        measured: impl Fn(&Needle) -> Option<u32>,
    ) -> Result<Self, Error> {
        let mut parts = Parts::default();
        let mut phrases = Vec::new();
        for (index, rule) in rules.iter().filter(|(_, rule)| wanted(rule)) {
            parts.add(index, rule, &mut phrases).map_err(|error| error.at(format!("rule {}", rule.id)))?;
        }
        parts.add_phrases(phrases, measured);
        parts.words.iter_mut().for_each(|part| part.keys.sort());
        parts.add_escapes();
        parts.add_replacements(beginnings);
        Ok(parts)
    }

    /// Adds what a rule is found by; its phrases, and what they are for, are left to be added.
    fn add<'r>(&mut self, index: u16, rule: &'r Rule, phrases: &mut Vec<(&'r Phrase, Of)>) -> Result<(), Error> {
        match &rule.shape {
            RuleShape::Keys { keys, .. } => {
                phrases.extend((0..).zip(keys).map(|(phrase, key)| (key, Of::Key(KeyPhrase { rule: index, phrase, tail: key.tail() }))));
            }
            RuleShape::Digits(shapes) => {
                if rule.near.is_empty() {
                    return shapes.iter().try_for_each(|shape| self.add_number(index, &shape.places(), shape.lead()));
                }
                for shape in shapes {
                    self.near.numbers.add(index, &shape.places(), shape.lead());
                }
                let longest = shapes.iter().map(digits::Shape::longest).max().unwrap_or(0);
                let outlines = shapes.iter().map(digits::Shape::outline).fold(Outlines::default(), Outlines::union);
                phrases.extend(rule.near.iter().map(|phrase| (phrase, Of::Number { rule: index, outlines, longest })));
            }
            RuleShape::Pattern(_) | RuleShape::Block(_) => {
                let Some(pattern) = rule.pattern() else { return Ok(()) };
                match &pattern.anchor {
                    Anchor::Literals(literals) => literals.iter().for_each(|literal| self.add_literal(index, literal)),
                    Anchor::RunStart => self.add_number(index, &pattern.window, pattern.lead)?,
                    &Anchor::Near { longest } => {
                        self.near.patterns.add(index, &pattern.window, pattern.lead);
                        let first = pattern.window.first().copied().unwrap_or(ByteSet::ALL);
                        if rule.boundary == Boundary::None {
                            self.near.inside = self.near.inside.union(self.near.patterns.mask_of(index));
                        }
                        phrases.extend(rule.near.iter().map(|phrase| (phrase, Of::Near { rule: index, longest, first })));
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
        self.add_needle(Needle::new(before.into_iter().chain(literal.places.iter().copied()).collect()), hit_use);
    }

    /// A number that begins with bytes of these sets.
    fn add_number(&mut self, rule: u16, places: &[ByteSet], lead: Lead) -> Result<(), Error> {
        let is_word = places.first().is_some_and(|set| set.iter().all(boundary::is_word));
        if !is_word {
            let hit_use = Use::Start { rule, anchor: 0, offset: (0, 0), before: ByteSet::default() };
            self.add_needle(Needle::new(places.to_vec()), hit_use);
            return Ok(());
        }
        if Sieve::new(std::iter::once(places)).is_none() {
            return Err(Error::new("the rule begins with nothing that numbers are known by")
                .remedy("it needs a digit, or a letter and a digit near it, at its start"));
        }
        self.starts.add(rule, places, lead);
        self.numbers.push(places.to_vec());
        Ok(())
    }

    /// Adds the phrases: those of one word first, since what they are found by may serve others too.
    fn add_phrases(&mut self, mut phrases: Vec<(&Phrase, Of)>, measured: impl Fn(&Needle) -> Option<u32>) {
        // At most: growing step by step would copy them again and again.
        self.words.reserve(phrases.len());
        phrases.sort_by_key(|(phrase, _)| phrase.words().len());
        // How many keys one and the same last word would find.
        let mut sharing: HashMap<&[u8], u32> = HashMap::new();
        for (phrase, _) in phrases.iter().filter(|(_, of)| matches!(of, Of::Key(_))) {
            phrase.words().last().into_iter().for_each(|word| *sharing.entry(word).or_default() += 1);
        }
        for (phrase, of) in phrases {
            let kind = if matches!(of, Of::Key(_)) { Kind::Key } else { Kind::Near };
            let hits = |needle: &Needle| needle.hits(measured(needle)).saturating_mul(of.dearness());
            let last = phrase.words().len().saturating_sub(1);
            let shared = phrase.words().next_back().and_then(|word| sharing.get(word)).copied().unwrap_or(1);
            let cost = |found_by: &FoundBy| match (self.part(&found_by.text).is_some(), kind) {
                (false, Kind::Key) if found_by.first == last => hits(&found_by.text.0).saturating_add(WIDER) / shared,
                (false, _) => hits(&found_by.text.0).saturating_add(WIDER),
                // A key that is looked at once is looked at for all its phrases, but around a word each rule looks by itself.
                (true, Kind::Key) => 0,
                (true, Kind::Near) => hits(&found_by.text.0),
            };
            let total = |option: &[FoundBy]| option.iter().fold(0u32, |sum, found_by| sum.saturating_add(cost(found_by)));
            let mut best: Option<(u32, Vec<FoundBy>)> = None;
            for option in options(phrase, kind) {
                // The only way to find a phrase need not be weighed.
                let total = if phrase.words().len() > 1 { total(&option) } else { 0 };
                if best.as_ref().is_none_or(|(least, _)| total < *least) {
                    best = Some((total, option));
                }
                if total == 0 {
                    break;
                }
            }
            for FoundBy { text, first } in best.map(|(_, option)| option).unwrap_or_default() {
                let before = first.checked_sub(1).and_then(|before| phrase.words().nth(before)?.last().copied());
                self.add_part(text, before, first > 0 || phrase.begins_word(), of);
            }
        }
    }

    /// The part that is found by this needle and so long: of a long one a needle has the first bytes.
    fn part(&self, (needle, length): &(Needle, usize)) -> Option<usize> {
        let mut parts = self.needles.uses(needle).iter().filter_map(|hit_use| match hit_use {
            Use::Part(index) => Some(usize::from(*index)),
            _ => None,
        });
        parts.find(|&index| self.words[index].length == *length)
    }

    fn add_part(&mut self, text: (Needle, usize), before: Option<u8>, begins_word: bool, of: Of) {
        let index = self.part(&text).unwrap_or_else(|| {
            let (needle, length) = text;
            let index = self.words.len();
            self.words.push(Part { length, ..Part::default() });
            self.needles.add(needle, Use::Part(index as u16));
            index
        });
        let part = &mut self.words[index];
        part.glued = part.glued.union(if begins_word { before.map(letters).unwrap_or_default() } else { ByteSet::ALL });
        match of {
            Of::Key(phrase) => part.keys.add(phrase, before),
            Of::Near { rule, longest, first } => {
                part.patterns = part.patterns.union(self.near.patterns.mask_of(rule));
                part.first = part.first.union(first);
                part.longest = part.longest.max(longest);
            }
            Of::Number { rule, outlines, longest } => {
                part.longest_number = part.longest_number.max(longest);
                part.numbers = part.numbers.union(self.near.numbers.mask_of(rule));
                part.outlines = part.outlines.union(outlines);
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
        needle.into_iter().for_each(|needle| self.needles.add(needle, hit_use.clone()));
    }
}

/// A letter in either case.
fn letters(byte: u8) -> ByteSet {
    ByteSet::from_iter([byte.to_ascii_lowercase(), byte.to_ascii_uppercase()])
}

/// A way to find a phrase, or a part of one.
struct FoundBy {
    /// What must be looked for, and how long it is, less the byte behind it.
    text: (Needle, usize),
    /// The first of the phrase's words in it.
    first: usize,
}

/// Whether a phrase is one of keys, which ends with its last word, or one that stands near something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Key,
    Near,
}

/// What may stand behind the last word of a phrase that ends with a letter of ASCII: small letters, and those beyond ASCII, go on
/// with it.
const BEHIND_ASCII: ByteSet = {
    let mut set = ByteSet::ALL;
    let mut byte = b'a';
    while byte <= b'z' {
        set.0[1] &= !(1 << (byte & 63));
        byte += 1;
    }
    ByteSet([set.0[0], set.0[1], 0, 0])
};

/// The same if it ends with another letter, behind which a letter of ASCII begins a word.
const BEHIND_OTHER: ByteSet = ByteSet([u64::MAX, u64::MAX, 0, 0]);

/// What may stand between two of its words.
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

/// The ways to find a phrase: by one of its words, or by two of them, which may be parted in several ways.
fn options(phrase: &Phrase, kind: Kind) -> impl Iterator<Item = Vec<FoundBy>> {
    let count = phrase.words().len();
    let is_wanted = move |last: &usize| kind == Kind::Near || last + 1 == count;
    let single = (0..count).filter(is_wanted).map(|at| found_by(phrase, at, at, 0).into_iter().collect());
    let pairs = (1..count).filter(is_wanted).map(|at| (0..=words::GAP).filter_map(|gap| found_by(phrase, at - 1, at, gap)).collect());
    single.chain(pairs)
}

/// The way to find a phrase by its words from the first to the last, with so many bytes between two of them.
fn found_by(phrase: &Phrase, first: usize, last: usize, gap: usize) -> Option<FoundBy> {
    let wanted = || phrase.words().enumerate().take(last + 1).skip(first);
    let most = wanted().map(|(_, word)| gap + word.len()).sum::<usize>() + 1;
    let mut places = Vec::with_capacity(most.min(2 * Needle::PLACES));
    let mut length = 0;
    let mut is_ascii = true;
    for (at, word) in wanted() {
        let joint = if at > first { gap } else { 0 };
        length += joint + word.len();
        places.extend(std::iter::repeat_n(JOINTS, joint));
        places.extend(word.iter().take(Needle::PLACES).map(|&byte| letters(byte)));
        is_ascii = word.last().is_none_or(u8::is_ascii);
    }
    places.push(match phrase.words().nth(last + 1).and_then(|word| word.first()) {
        Some(&next) => JOINTS.union(letters(next)),
        None if is_ascii => BEHIND_ASCII,
        None => BEHIND_OTHER,
    });
    Needle::new(places).map(|needle| FoundBy { text: (needle, length), first })
}
