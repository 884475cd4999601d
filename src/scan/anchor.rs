//! What a pattern says of every match of it: a text that it must hold, what its first bytes may be, which class it
//! ends with. A pattern that says nothing would have to be tried at every byte, and is refused.

use regex_syntax::hir::literal::{ExtractKind, Extractor};
use regex_syntax::hir::{Class as HirClass, Hir, HirKind};

use super::LONGEST;
use super::words::Phrase;
use crate::error::Error;

/// The fewest weighted bytes of an anchor: see [`weight`].
const ANCHOR: usize = 3;

/// How many alternatives an anchor may have.
const ALTERNATIVES: usize = 64;

/// What every match of a pattern holds, so that the pattern need not be tried elsewhere.
#[derive(Debug)]
pub(crate) enum Anchor {
    /// One of these texts (lower case).
    Literals(Vec<Literal>),
    /// The start of a run of digits.
    RunStart(RunStart),
    /// One of the rule's `near` words; the match is at most so long.
    Near { longest: usize },
}

/// A text that stands in a match.
#[derive(Clone, Debug)]
pub(crate) struct Literal {
    pub(crate) text: Vec<u8>,
    /// How far behind the start of the match, at least and at most.
    pub(crate) offset: (usize, usize),
    /// The bytes that may stand between the start and the text.
    pub(crate) before: ByteSet,
}

/// A run of digits that every match of a pattern holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunStart {
    /// How far behind the start of a match it begins.
    pub(crate) offset: (usize, usize),
}

/// A set of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ByteSet([u64; 4]);

impl ByteSet {
    pub(crate) fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }

    fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    fn union(mut self, other: ByteSet) -> ByteSet {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine |= theirs);
        self
    }

    fn any(&self, test: impl Fn(u8) -> bool) -> bool {
        (0..=255).any(|byte| self.contains(byte) && test(byte))
    }
}

/// For each of the first bytes that every match has, what it may be. Overstates: an element counts wherever the
/// lengths of those before it let it stand.
pub(super) fn window(hir: &Hir) -> Vec<ByteSet> {
    const WIDTH: usize = 8;
    let mut window = vec![ByteSet::default(); hir.properties().minimum_len().unwrap_or(0).min(WIDTH)];
    if let HirKind::Alternation(arms) = hir.kind() {
        for arm in arms {
            let arm = self::window(arm);
            window.iter_mut().zip(arm).for_each(|(mine, theirs)| *mine = mine.union(theirs));
        }
        return window;
    }
    let (mut least, mut most) = (0usize, 0usize);
    for element in elements(hir) {
        let properties = element.properties();
        let longest = properties.maximum_len().unwrap_or(WIDTH).min(WIDTH);
        let exact = if least == most { self::window_of_element(&element) } else { Vec::new() };
        for place in least..(most + longest).min(window.len()) {
            let set = exact.get(place - least).copied().unwrap_or_else(|| bytes(&element));
            window[place] = window[place].union(set);
        }
        least += properties.minimum_len().unwrap_or(0);
        most += longest;
        if least >= window.len() {
            break;
        }
    }
    window
}

/// Byte by byte where an element says so: a literal, or a choice of patterns.
fn window_of_element(element: &Hir) -> Vec<ByteSet> {
    match element.kind() {
        HirKind::Literal(literal) => literal
            .0
            .iter()
            .map(|&byte| {
                let mut set = ByteSet::default();
                set.insert(byte);
                set
            })
            .collect(),
        HirKind::Alternation(_) if element.properties().minimum_len() == element.properties().maximum_len() => window(element),
        _ => Vec::new(),
    }
}

/// The parts of a pattern that follow each other, groups opened up.
pub(super) fn elements(hir: &Hir) -> Vec<Hir> {
    match hir.kind() {
        HirKind::Concat(parts) => parts.iter().flat_map(elements).collect(),
        HirKind::Capture(capture) => elements(&capture.sub),
        _ => vec![hir.clone()],
    }
}

/// The class of the last run, if it has no end; an error if anything else has none. Padding may follow it
/// (`={0,2}`): a few bytes that may be missing.
pub(super) fn tail(elements: &[Hir]) -> Result<Option<ByteSet>, Error> {
    const PADDING: usize = 4;
    let padding =
        |hir: &&Hir| hir.properties().minimum_len() == Some(0) && hir.properties().maximum_len().is_some_and(|longest| longest <= PADDING);
    if let Some((last, before)) = elements
        .split_last()
        .filter(|(last, before)| padding(last) && before.last().is_some_and(|hir| hir.properties().maximum_len().is_none()))
    {
        return Ok(tail(before)?.map(|set| set.union(bytes(last))));
    }
    let endless = |hir: &Hir| hir.properties().maximum_len().is_none();
    let refused = || {
        Error::new("the pattern has a repetition without an end that is not its last class")
            .remedy("write `{n,m}` instead of `+`, `*` or `{n,}`")
    };
    let Some((last, before)) = elements.split_last() else { return Ok(None) };
    if before.iter().any(endless) {
        return Err(refused());
    }
    let finite = |hir: &Hir| hir.properties().maximum_len().unwrap_or(0);
    if before.iter().map(finite).sum::<usize>() + finite(last) > LONGEST {
        return Err(Error::new(format!("the pattern can match more than {LONGEST} bytes"))
            .remedy("end it with one class run without an upper bound"));
    }
    if !endless(last) {
        return Ok(None);
    }
    match last.kind() {
        HirKind::Repetition(repetition) if repetition.max.is_none() && repetition.sub.properties().maximum_len() == Some(1) => {
            Ok(Some(bytes(last)))
        }
        HirKind::Alternation(arms) => {
            let tails = arms.iter().map(|arm| tail(&self::elements(arm))).collect::<Result<Vec<_>, _>>()?;
            Ok(Some(tails.into_iter().flatten().fold(ByteSet::default(), ByteSet::union)))
        }
        _ => Err(refused()),
    }
}

/// Every byte that a match may hold.
fn bytes(hir: &Hir) -> ByteSet {
    let mut set = ByteSet::default();
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => literal.0.iter().for_each(|&byte| set.insert(byte)),
        HirKind::Class(class) => return class_bytes(class),
        HirKind::Repetition(repetition) => return bytes(&repetition.sub),
        HirKind::Capture(capture) => return bytes(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => return parts.iter().map(bytes).fold(set, ByteSet::union),
    }
    set
}

/// The bytes that a match may begin with.
fn first_bytes(hir: &Hir) -> ByteSet {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let mut set = ByteSet::default();
            literal.0.first().into_iter().for_each(|&byte| set.insert(byte));
            set
        }
        HirKind::Repetition(repetition) => first_bytes(&repetition.sub),
        HirKind::Capture(capture) => first_bytes(&capture.sub),
        HirKind::Alternation(arms) => arms.iter().map(first_bytes).fold(ByteSet::default(), ByteSet::union),
        HirKind::Concat(parts) => {
            let mut set = ByteSet::default();
            for part in parts {
                set = set.union(first_bytes(part));
                if part.properties().minimum_len() != Some(0) {
                    break;
                }
            }
            set
        }
        _ => bytes(hir),
    }
}

fn class_bytes(class: &HirClass) -> ByteSet {
    let mut set = ByteSet::default();
    match class {
        HirClass::Bytes(class) => class.ranges().iter().flat_map(|range| range.start()..=range.end()).for_each(|byte| set.insert(byte)),
        // Only a pattern that asks for Unicode has one: its bytes from 0x80 on may be any.
        HirClass::Unicode(class) => {
            for range in class.ranges() {
                let ascii = |letter: char| u8::try_from(u32::from(letter).min(0x7f)).unwrap_or(0x7f);
                (ascii(range.start())..=ascii(range.end())).for_each(|byte| set.insert(byte));
            }
            (0x80..=0xff).for_each(|byte| set.insert(byte));
        }
    }
    set
}

/// Finds what every match must hold at a bounded distance from its start: the heaviest literal, else the start
/// of a digit run, else a word nearby. A rule that has none of these would have to be tried everywhere.
pub(super) fn anchor(elements: &[Hir], longest: Option<usize>, checked: bool, near: &[Phrase]) -> Result<Anchor, Error> {
    let mut best: Option<(usize, Anchor)> = None;
    let mut run_start = None;
    let mut offset = (0, 0);
    let mut seen = ByteSet::default();
    for (index, element) in elements.iter().enumerate() {
        if let Some(texts) = literals(&elements[index..]) {
            let score = lightest(&texts);
            if score >= ANCHOR && best.as_ref().is_none_or(|(found, _)| score > *found) {
                best = Some((score, Anchor::Literals(texts.into_iter().map(|text| Literal { text, offset, before: seen }).collect())));
            }
        }
        let digits_only = element.properties().minimum_len() > Some(0) && !first_bytes(element).any(|byte| !byte.is_ascii_digit());
        if run_start.is_none() && digits_only && !seen.any(|byte| byte.is_ascii_digit()) {
            run_start = Some(Anchor::RunStart(RunStart { offset }));
        }
        seen = seen.union(bytes(element));
        let properties = element.properties();
        let (Some(least), Some(most)) = (properties.minimum_len(), properties.maximum_len()) else { break };
        offset = (offset.0 + least, offset.1 + most);
    }
    if let Some((_, anchor)) = best {
        return Ok(anchor);
    }
    if let Some(anchor) = anchor_of_each_arm(elements, near) {
        return Ok(anchor);
    }
    if let (Some(anchor), true) = (run_start, checked) {
        return Ok(anchor);
    }
    let words_are_long = near.iter().all(|phrase| phrase.longest_word().len() >= 4);
    match longest {
        Some(longest) if !near.is_empty() && words_are_long => Ok(Anchor::Near { longest }),
        _ => Err(Error::new("the pattern has no anchor: it would have to be tried at every byte")
            .remedy("it needs a literal of three bytes, a digit behind a known number of other bytes and a `check`, or `near` words of four letters with a bounded length")),
    }
}

/// For a pattern that is a choice: the literals of every arm, if every arm has some.
fn anchor_of_each_arm(elements: &[Hir], near: &[Phrase]) -> Option<Anchor> {
    let [only] = elements else { return None };
    let HirKind::Alternation(arms) = only.kind() else { return None };
    let mut all = Vec::new();
    for arm in arms {
        match anchor(&self::elements(arm), arm.properties().maximum_len(), false, near) {
            Ok(Anchor::Literals(texts)) => all.extend(texts),
            _ => return None,
        }
    }
    Some(Anchor::Literals(all))
}

/// The literals of which every match of these elements begins with one, in lower case: the heaviest set that is
/// small enough, classes of more or fewer bytes spelled out in it.
fn literals(elements: &[Hir]) -> Option<Vec<Vec<u8>>> {
    let hir = Hir::concat(elements.to_vec());
    let sets = [16, 4, 2, 1].into_iter().filter_map(|class| {
        let mut extractor = Extractor::new();
        extractor.kind(ExtractKind::Prefix).limit_class(class).limit_repeat(4).limit_literal_len(8).limit_total(1024);
        let mut texts: Vec<Vec<u8>> =
            extractor.extract(&hir).literals()?.iter().map(|literal| literal.as_bytes().to_ascii_lowercase()).collect();
        texts.sort();
        texts.dedup();
        (!texts.is_empty() && texts.len() <= ALTERNATIVES).then_some(texts)
    });
    sets.max_by_key(|texts| (lightest(texts), std::cmp::Reverse(texts.len())))
}

/// The weight of the lightest text; more than eight bytes are no better than eight.
fn lightest(texts: &[Vec<u8>]) -> usize {
    texts.iter().map(|text| weight(text).min(8)).min().unwrap_or(0)
}

/// How rare a literal is in logs: bytes that are rare there count for three.
fn weight(text: &[u8]) -> usize {
    text.iter().map(|byte| if b"@+$~^!".contains(byte) { 3 } else { 1 }).sum()
}
