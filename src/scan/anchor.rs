//! What a pattern says of every match of it: a text that it must hold, what its first bytes may be, which class it
//! ends with. A pattern that says nothing would have to be tried at every byte, and is refused.

use std::borrow::Cow;

use regex_syntax::hir::literal::{ExtractKind, Extractor};
use regex_syntax::hir::{Class as HirClass, Hir, HirKind};

use super::byte_set::ByteSet;
use crate::error::Error;

/// The longest match of a pattern without its last class run. Pieces of long lines overlap by more than this.
pub(crate) const LONGEST: usize = 16 * 1024;

/// The fewest weighted bytes of an anchor: see [`weight`].
const ANCHOR: usize = 3;

/// The most that counts: a text of more is no better.
const HEAVIEST: usize = 8;

/// Behind the bytes of so much weight texts are no longer told apart: fewer of them are worth more.
const ENOUGH: usize = 6;

/// How many alternatives an anchor may have.
const ALTERNATIVES: usize = 64;

/// What every match of a pattern holds, so that the pattern need not be tried elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// One of these texts.
    Literals(Cow<'static, [Literal]>),
    /// The start of a run of digits.
    RunStart,
    /// One of the rule's `near` words; the match is at most so long.
    Near { longest: usize },
}

/// A text that stands in a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    /// What its bytes and those behind it may be.
    pub(crate) places: Cow<'static, [ByteSet]>,
    /// How far behind the start of the match, at least and at most.
    pub(crate) offset: (usize, usize),
    /// The bytes that may stand between the start and the text.
    pub(crate) before: ByteSet,
    /// The needle that `build.rs` has prepared for it.
    pub(crate) needle: Option<u16>,
}

impl Literal {
    /// How many places of it are looked for before the text: that of one byte, which tells more apart, unless the text begins the
    /// match.
    pub(crate) fn places_before(&self) -> usize {
        usize::from(self.offset.0 > 0)
    }
}

/// How many digits a match begins with, and what stands behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lead {
    pub(crate) least: u8,
    pub(crate) most: u8,
    /// If a line feed is in it, the text may end there.
    pub(crate) behind: ByteSet,
}

impl Lead {
    /// More digits than this count as so many.
    pub(crate) const MANY: u8 = 65;

    /// At least so many, and whatever stands behind.
    pub(crate) const fn of_at_least(least: u8) -> Lead {
        Lead { least, most: Lead::MANY, behind: ByteSet::ALL }
    }

    pub(crate) fn new(least: usize, most: usize, behind: ByteSet) -> Lead {
        let count = |digits: usize| u8::try_from(digits).unwrap_or(Lead::MANY).min(Lead::MANY);
        // Behind so many there may be more.
        if count(most) == Lead::MANY {
            return Lead::of_at_least(count(least));
        }
        Lead { least: count(least), most: count(most), behind }
    }
}

/// The digits that every match begins with, as far as the elements of a pattern say how many they are.
pub(super) fn lead(elements: &[Hir]) -> Lead {
    let is_digit = |byte: u8| byte.is_ascii_digit();
    let (mut least, mut most) = (0, 0);
    // What may stand behind the digits because elements that may be missing begin with it.
    let mut behind = ByteSet::default();
    for element in elements {
        let (first, can_be_missing) = (first_bytes(element), element.properties().minimum_len() == Some(0));
        if !first.any(is_digit) {
            behind = behind.union(first);
            if can_be_missing {
                continue;
            }
            return Lead::new(least, most, behind);
        }
        // Digits behind what may be missing would be a second run, or go on with the first.
        let all_are_digits = bytes(element).iter().all(|byte| byte.is_ascii_digit());
        let (Some(fewest), Some(longest)) = (element.properties().minimum_len(), element.properties().maximum_len()) else { break };
        if let (HirKind::Literal(literal), true) = (element.kind(), behind == ByteSet::default())
            && let Some(digits) = literal.0.iter().position(|byte| !byte.is_ascii_digit())
        {
            return Lead::new(least + digits, most + digits, ByteSet::from_iter([literal.0[digits]]));
        }
        if !all_are_digits || behind != ByteSet::default() {
            break;
        }
        (least, most) = (least + fewest, most + longest);
    }
    // A match may end with its digits, and more of them follow.
    Lead::of_at_least(Lead::new(least, least, behind).least)
}

/// For each of the first bytes that every match has, what it may be. Overstates: an element counts wherever the
/// lengths of those before it let it stand.
pub(super) fn window(hir: &Hir) -> Vec<ByteSet> {
    const WIDTH: usize = 24;
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

/// Byte by byte where an element says so: a literal, a choice of patterns, or what stands there once or not at all.
fn window_of_element(element: &Hir) -> Vec<ByteSet> {
    match element.kind() {
        HirKind::Literal(literal) => literal.0.iter().map(|&byte| ByteSet::from_iter([byte])).collect(),
        HirKind::Alternation(_) => window(element),
        HirKind::Repetition(repetition) if repetition.max == Some(1) => window(&repetition.sub),
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
pub(super) fn bytes(hir: &Hir) -> ByteSet {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => ByteSet::default(),
        HirKind::Literal(literal) => literal.0.iter().copied().collect(),
        HirKind::Class(class) => class_bytes(class),
        HirKind::Repetition(repetition) => bytes(&repetition.sub),
        HirKind::Capture(capture) => bytes(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().map(bytes).fold(ByteSet::default(), ByteSet::union),
    }
}

/// The bytes that a match may begin with.
pub(super) fn first_bytes(hir: &Hir) -> ByteSet {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.first().copied().into_iter().collect(),
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

/// The bytes of a class.
fn class_bytes(class: &HirClass) -> ByteSet {
    match class {
        HirClass::Bytes(class) => class.ranges().iter().flat_map(|range| range.start()..=range.end()).collect(),
        HirClass::Unicode(class) => match class.to_byte_class() {
            Some(class) => class_bytes(&HirClass::Bytes(class)),
            // Only a pattern that asks for Unicode has one: it may hold any byte.
            None => ByteSet::ALL,
        },
    }
}

/// The set, if every match is one byte of a set.
pub(super) fn single_byte(hir: &Hir) -> Option<ByteSet> {
    let is_single = hir.properties().minimum_len() == Some(1) && hir.properties().maximum_len() == Some(1);
    (is_single && matches!(hir.kind(), HirKind::Class(_) | HirKind::Literal(_))).then(|| bytes(hir))
}

/// Finds what every match must hold at a bounded distance from its start: the heaviest literal, else the start of a
/// digit run. Answers also at which element it stands, if it is one and the same for every match.
pub(super) fn anchor(elements: &[Hir]) -> Option<(Anchor, Option<usize>)> {
    let mut best: Option<(usize, usize, Anchor)> = None;
    let mut run_start = None;
    let mut offset = (0, 0);
    let mut seen = ByteSet::default();
    for (index, element) in elements.iter().enumerate() {
        if best.as_ref().is_some_and(|(score, ..)| *score == HEAVIEST) {
            break;
        }
        if let Some(texts) = texts(&elements[index..]) {
            let score = lightest(&texts);
            if score >= ANCHOR && best.as_ref().is_none_or(|(found, ..)| score > *found) {
                let literals =
                    joined(texts).into_iter().map(|places| Literal { places: Cow::Owned(places), offset, before: seen, needle: None });
                best = Some((score, index, Anchor::Literals(literals.collect())));
            }
        }
        let digits_only = element.properties().minimum_len() > Some(0) && !first_bytes(element).any(|byte| !byte.is_ascii_digit());
        if run_start.is_none() && digits_only && !seen.any(|byte| byte.is_ascii_digit()) {
            run_start = Some((Anchor::RunStart, Some(index)));
        }
        seen = seen.union(bytes(element));
        let properties = element.properties();
        let (Some(least), Some(most)) = (properties.minimum_len(), properties.maximum_len()) else { break };
        offset = (offset.0 + least, offset.1 + most);
    }
    let best = best.map(|(_, index, anchor)| (anchor, Some(index)));
    best.or_else(|| Some((anchor_of_each_arm(elements)?, None))).or(run_start)
}

/// For a pattern that is a choice: the literals of every arm, if every arm has some.
fn anchor_of_each_arm(elements: &[Hir]) -> Option<Anchor> {
    let [only] = elements else { return None };
    let HirKind::Alternation(arms) = only.kind() else { return None };
    let mut all = Vec::new();
    for arm in arms {
        match anchor(&self::elements(arm))? {
            (Anchor::Literals(texts), _) => all.extend(texts.into_owned()),
            _ => return None,
        }
    }
    Some(Anchor::Literals(Cow::Owned(all)))
}

/// A text that matches begin with, in lower case, and what their first bytes may be.
#[derive(Clone)]
struct Text {
    bytes: Vec<u8>,
    window: Vec<ByteSet>,
}

impl Text {
    /// What the bytes may be: those of the text in either case as far as it is heavy enough, and those behind it.
    fn places(&self) -> Vec<ByteSet> {
        let enough = (0..self.bytes.len()).find(|&length| weight(&self.bytes[..length]) >= ENOUGH).unwrap_or(self.bytes.len());
        let mut places = self.window.clone();
        for (place, byte) in places.iter_mut().zip(&self.bytes[..enough]) {
            *place = place.intersection(ByteSet::from_iter([byte.to_ascii_lowercase(), byte.to_ascii_uppercase()]));
        }
        places
    }
}

/// The texts of which every match of these elements begins with one: those of the arms of a choice near their beginning,
/// each with what is before and behind it, or those of the whole, whichever are heavier, or fewer.
fn texts(elements: &[Hir]) -> Option<Vec<Text>> {
    let of_arms = || {
        let choice = elements.iter().position(|element| matches!(element.kind(), HirKind::Alternation(_)))?;
        let (before, [choice, behind @ ..]) = elements.split_at(choice) else { return None };
        let HirKind::Alternation(arms) = choice.kind() else { return None };
        let length = |hir: &Hir| hir.properties().minimum_len().filter(|least| Some(*least) == hir.properties().maximum_len());
        let before_it: usize = before.iter().map(length).sum::<Option<usize>>()?;
        // Arms of one length do not blur what stands behind them.
        if before_it >= ENOUGH || (before_it > 0 && length(choice).is_some()) {
            return None;
        }
        let of_arm = |arm: &Hir| texts(&[before.to_vec(), self::elements(arm), behind.to_vec()].concat());
        let texts = arms.iter().map(of_arm).collect::<Option<Vec<_>>>()?.concat();
        (texts.len() <= ALTERNATIVES).then_some(texts)
    };
    [literals(elements), of_arms()].into_iter().flatten().max_by_key(|texts| (lightest(texts), std::cmp::Reverse(texts.len())))
}

/// The same without a look at arms: the heaviest set that is small enough, classes of more or fewer bytes spelled out.
fn literals(elements: &[Hir]) -> Option<Vec<Text>> {
    let hir = Hir::concat(elements.to_vec());
    let window = window(&hir);
    let sets = [16, 4, 2, 1].into_iter().filter_map(|class| {
        let mut extractor = Extractor::new();
        extractor.kind(ExtractKind::Prefix).limit_class(class).limit_repeat(4).limit_literal_len(8).limit_total(1024);
        let mut texts: Vec<Vec<u8>> =
            extractor.extract(&hir).literals()?.iter().map(|literal| literal.as_bytes().to_ascii_lowercase()).collect();
        texts.sort();
        texts.dedup();
        let texts: Vec<Text> = texts.into_iter().map(|bytes| Text { bytes, window: window.clone() }).collect();
        (!texts.is_empty() && texts.len() <= ALTERNATIVES).then_some(texts)
    });
    sets.max_by_key(|texts| (lightest(texts), std::cmp::Reverse(texts.len())))
}

/// What the texts may be byte by byte, those that differ in one byte as one.
fn joined(texts: Vec<Text>) -> Vec<Vec<ByteSet>> {
    let mut all: Vec<Vec<ByteSet>> = Vec::new();
    for mut places in texts.iter().map(Text::places) {
        // What was joined may be joined with another.
        while let Some((index, place)) = all.iter().enumerate().find_map(|(index, other)| Some((index, only_difference(&places, other)?))) {
            places[place] = places[place].union(all.swap_remove(index)[place]);
        }
        all.push(places);
    }
    all
}

/// The one place at which two texts of the same length differ; the first, if they are the same.
fn only_difference(one: &[ByteSet], other: &[ByteSet]) -> Option<usize> {
    if one.len() != other.len() {
        return None;
    }
    let mut places = (0..one.len()).filter(|&place| one[place] != other[place]);
    let first = places.next();
    places.next().is_none().then_some(first.unwrap_or(0))
}

/// The weight of the lightest text.
fn lightest(texts: &[Text]) -> usize {
    texts.iter().map(|text| weight(&text.bytes).min(HEAVIEST)).min().unwrap_or(0)
}

/// How rare a literal is in logs: bytes that are rare there count for three.
fn weight(text: &[u8]) -> usize {
    text.iter().map(|byte| if b"@+$~^!".contains(byte) { 3 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::super::analysis;
    use super::super::needle::Needle;
    use super::*;

    /// The literals that a pattern is found by, as needles are printed: a class as the count of its bytes.
    fn found_by(pattern: &str) -> Vec<String> {
        let hir = analysis::parse(pattern).unwrap();
        let Some((Anchor::Literals(literals), _)) = anchor(&elements(&hir)) else { return Vec::new() };
        let mut texts: Vec<String> = literals.iter().map(|literal| Needle::new(literal.places.to_vec()).unwrap().to_string()).collect();
        texts.sort();
        texts
    }

    #[test]
    fn what_follows_a_heavy_text_is_not_spelled_out() {
        assert_eq!(found_by("acme_v1_[0-9a-f]{4}"), ["acme_v1_[16][16][16][16]"]);
        assert_eq!(found_by("acme_(?:live|test)_[a-z]{2}"), ["acme_[2][2][2][2]_[26][26]"]);
    }

    #[test]
    fn texts_that_differ_in_one_byte_are_one() {
        assert_eq!(found_by("xo[xy][ab]-[0-9]{4}"), ["xo[2][2]-[10][10][10][10]"]);
        assert_eq!(found_by("(?:gha|ghb|zzz)_q{3}"), ["gh[2]_qqq", "zzz_qqq"]);
    }

    #[test]
    fn arms_keep_what_stands_behind_each() {
        let texts = ["login[2][2][2][2][8][11][10][10][10]", "verify[2][2][2][2][8][11][10][10][10]"];
        assert_eq!(found_by("(?:verify|login)[ -](?:code|pin) [0-9]{4}"), texts);
        assert_eq!(found_by("pass(?:word|phrase) is"), ["passphrase is", "password is"]);
    }

    #[test]
    fn alternatives_may_be_the_beginning_of_one_another() {
        let texts = found_by("foo-1|foo-12345");
        assert!(!texts.is_empty() && texts.iter().all(|text| text.starts_with("foo-1")), "{texts:?}");
    }

    #[test]
    fn how_many_digits_a_match_begins_with() {
        let lead = |pattern: &str| super::lead(&elements(&analysis::parse(pattern).unwrap()));
        let set = |bytes: &[u8]| bytes.iter().copied().collect::<ByteSet>();
        assert_eq!(lead("[1-9][0-9]?\\.[0-9]{3}"), Lead::new(1, 2, set(b".")));
        assert_eq!(lead("[1-9][0-9]{12,18}[=D][0-9]{7}"), Lead::new(13, 19, set(b"=D")));
        assert_eq!(lead("(?:12|345)[ -]?x"), Lead::new(2, 3, set(b" -x")));
        assert_eq!(lead("12-4"), Lead::new(2, 2, set(b"-")));
        assert_eq!(lead("(?<secret>7)12-4"), Lead::new(3, 3, set(b"-")));
        assert_eq!(lead("[A-Z]{2}[0-9]{4}"), Lead::new(0, 0, (b'A'..=b'Z').collect()));
        for pattern in ["[0-9]{4}", "[0-9]{4}-?[0-9]{3}", "[0-9]{4}[0-9a-f]{3}", "[0-9]{4}[0-9]{0,90}x?", "[0-9]{4}(?:[0-9]x)?y"] {
            assert_eq!(lead(pattern), Lead::of_at_least(4), "{pattern}");
        }
        assert_eq!(lead("[0-9]{4,}x"), Lead::of_at_least(0));
        assert_eq!(lead("[0-9]{4,64}x"), Lead { least: 4, most: 64, behind: set(b"x") });
        assert_eq!(lead("[0-9]{4,65}x"), Lead::of_at_least(4));
        assert_eq!(lead("[0-9]{70,90}x"), Lead::of_at_least(Lead::MANY));
        assert_eq!(lead("[0-9]|x"), Lead::of_at_least(0));
    }

    #[test]
    fn what_is_too_light_is_no_anchor() {
        assert_eq!(found_by("ab[0-9]{12}"), Vec::<String>::new());
        assert_eq!(found_by("[a-z]{1,8}@ab"), ["@ab"]);
    }
}
