//! What `build.rs` works out of the built-in packs: their patterns, taken apart, the phrases and how each is found, the needles
//! that all of these are found by. A pattern of the same text is the same, whatever pack it stands in.

use std::borrow::Cow;

use super::analysis::{Analysis, Search};
use super::anchor::{Anchor, Lead, Literal};
use super::byte_set::ByteSet;
use super::needle::{Fixed, Needle, Prepared, Told};
use super::steps::{Count, Step};
use super::words::{Phrase, Way};

include!(concat!(env!("OUT_DIR"), "/patterns.rs"));
include!(concat!(env!("OUT_DIR"), "/needles.rs"));

/// What was computed of a needle from logs, ahead of time (`windows.tsv`).
struct Measured {
    hash: u64,
    /// Where its window begins.
    at: u8,
    /// Its bucket; `None` when it was weighed and is not looked for.
    bucket: Option<u8>,
    /// How often its rarest window stands in a million bytes of logs.
    hits: u32,
}

/// What is known of the pattern with this text.
pub(super) fn find(text: &str) -> Option<&'static Analysis> {
    PATTERNS.binary_search_by(|known| known.text.as_ref().cmp(text)).ok().map(|at| &PATTERNS[at])
}

/// What a rule of the built-in packs holds: phrases, by their places in [`PHRASES`], and patterns.
pub(super) struct OfRule {
    pub(super) keys: &'static [u16],
    pub(super) near: &'static [u16],
    pub(super) raise_near: &'static [u16],
    pub(super) lower_keys: &'static [u16],
    /// Its pattern, or that which begins a block; its value; what ends a block.
    patterns: [Option<u16>; 3],
}

impl OfRule {
    /// The pattern of a field.
    pub(super) fn pattern(&self, field: Field) -> Option<&'static Analysis> {
        self.patterns[field as usize].map(|index| &PATTERNS[usize::from(index)])
    }
}

/// A field of a rule that holds a pattern.
#[derive(Clone, Copy)]
pub(super) enum Field {
    /// `pattern`, `begin`
    Begin,
    Value,
    End,
}

/// What is known of the phrases of the rule with this number.
pub(super) fn of_rule(number: Option<u16>) -> Option<&'static OfRule> {
    RULES.get(usize::from(number?))
}

/// The number of this needle, if it is prepared.
pub(super) fn prepared(needle: &Needle) -> Option<u16> {
    let first = NEEDLES.partition_point(|known| known.hash < needle.hash());
    let alike = NEEDLES[first..].iter().take_while(|known| known.hash == needle.hash());
    let is = |known: &Prepared| known.sets.iter().map(|&set| &SETS_OF_NEEDLES[usize::from(set)]).eq(&needle.0);
    (first as u16..).zip(alike).find(|(_, known)| is(known)).map(|(index, _)| index)
}

/// Where the window of a needle begins, and its bucket, if these were computed ahead of time.
pub(super) fn place(needle: &Needle) -> Option<(u8, u8)> {
    let known = measured(needle)?;
    Some((known.at, known.bucket?))
}

/// How often the rarest window of a needle stands in a million bytes of logs, if that was measured.
pub(super) fn hits(needle: &Needle) -> Option<u32> {
    measured(needle).map(|known| known.hits)
}

fn measured(needle: &Needle) -> Option<&'static Measured> {
    MEASURED.binary_search_by_key(&needle.hash(), |known| known.hash).ok().map(|index| &MEASURED[index])
}

#[cfg(test)]
pub(super) fn texts() -> impl Iterator<Item = &'static str> {
    PATTERNS.iter().map(|known| known.text.as_ref())
}

#[cfg(test)]
mod tests {
    use super::super::needle::spell;
    use super::super::words;
    use super::*;
    use crate::builtin::PACKS;
    use crate::pack::{Pack, Text};

    #[test]
    fn needles_are_prepared_as_they_would_be_placed() {
        for (index, known) in (0..).zip(NEEDLES) {
            let sets = known.sets.iter().map(|&set| SETS_OF_NEEDLES[usize::from(set)]).collect();
            let needle = Needle::new(sets).unwrap();
            assert_eq!((needle.hash(), prepared(&needle)), (known.hash, Some(index)), "{needle}");
            assert_eq!(place(&needle), Some((known.at, known.bucket)), "{needle}");
            let placement = needle.placement(known.at.into());
            let mut keys = Vec::new();
            placement.width.into_iter().for_each(|width| spell(&placement.window[..width], |key| keys.push(key)));
            assert_eq!((placement.width, keys.as_slice()), (known.width.map(usize::from), known.keys), "{needle}");
            assert_eq!(Told::new(&needle), known.told, "{needle}");
        }
        assert!(NEEDLES.len() > 1000);
    }

    #[test]
    fn what_is_known_of_a_rule_is_what_it_says() {
        let parsed = |texts: &[Text]| {
            let all = words::phrases(texts.iter().map(AsRef::as_ref)).unwrap();
            all.into_iter().map(|(_, phrase)| phrase).collect::<Vec<_>>()
        };
        let mut found = 0;
        for rule in PACKS.iter().flat_map(Pack::rules) {
            let known = of_rule(rule.number).unwrap();
            for (texts, places) in [
                (&rule.keys, known.keys),
                (&rule.near, known.near),
                (&rule.raise_near, known.raise_near),
                (&rule.lower_keys, known.lower_keys),
            ] {
                let phrases: Vec<Phrase> =
                    places.iter().map(|&place| Phrase { ways: [None; 2], ..PHRASES[usize::from(place)].clone() }).collect();
                assert_eq!(phrases, parsed(texts), "{}", rule.id);
                found += places.iter().flat_map(|&place| PHRASES[usize::from(place)].ways).flatten().count();
            }
            let patterns = [
                (Field::Begin, rule.pattern.as_ref().or(rule.begin.as_ref())),
                (Field::Value, rule.value.as_ref()),
                (Field::End, rule.end.as_ref()),
            ];
            for (field, text) in patterns {
                // A value may be a word in place of a pattern.
                let expected = text.and_then(|text| find(text)).map(|known| &*known.text);
                assert_eq!(known.pattern(field).map(|known| &*known.text), expected, "{}", rule.id);
            }
        }
        assert!(found > 3000, "{found} ways to find phrases");
    }
}
