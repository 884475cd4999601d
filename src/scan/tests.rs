//! The fast scanner equals the reference, whatever the bytes are.

#[path = "../../tests/support/texts.rs"]
mod texts;

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::{Cache, Strategy as Scan};
use crate::example::{Example, Surroundings, matches_of};
use crate::pack::{Confidence, Pack};
use crate::policy::Policy;
use crate::redact::Redactor;

fn redactor(strategy: Scan) -> Redactor {
    Redactor::builder().policy(Policy::default().min_confidence(Confidence::Low)).strategy(strategy).build().unwrap()
}

static FAST: LazyLock<Redactor> = LazyLock::new(|| redactor(Scan::Prefilter));
static REFERENCE: LazyLock<Redactor> = LazyLock::new(|| redactor(Scan::Reference));

include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// Every example and counterexample of the built-in packs, in every surrounding, line by line.
static LINES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let packs: Vec<Pack> = SOURCES.iter().map(|(name, text)| Pack::parse(name, text).unwrap()).collect();
    let rules = packs.iter().flat_map(|pack| pack.rules());
    rules
        .flat_map(|rule| {
            let texts = rule.examples.iter().chain(rule.counterexamples.iter());
            texts.map(|text| Example::parse(text, rule, 1).unwrap()).collect::<Vec<_>>()
        })
        .zip(0usize..)
        // The padding to a tile's edge says little about a scanner without tiles, and the reference is slow.
        .flat_map(|(example, number)| {
            let wanted = Surroundings::ALL.into_iter().filter(move |surroundings| surroundings.is_short() || number.is_multiple_of(40));
            wanted.map(move |surroundings| surroundings.wrap(&example).text)
        })
        .flat_map(|text| text.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>())
        .collect()
});

/// A line without the padding that moves an example to a tile's edge: the reference is slow.
static SHORT_LINES: LazyLock<Vec<&[u8]>> = LazyLock::new(|| LINES.iter().map(Vec::as_slice).filter(|line| line.len() < 2048).collect());

fn assert_equal(line: &[u8]) {
    let mut cache = Cache::default();
    let fast = matches_of(&FAST, line, &mut cache);
    let reference = matches_of(&REFERENCE, line, &mut cache);
    let named = |redactor: &Redactor, matches: &[super::Match]| {
        matches.iter().map(|found| (found.span, redactor.scanner().rule(found.rule).0.to_owned(), found.confidence)).collect::<Vec<_>>()
    };
    assert_eq!(named(&FAST, &fast), named(&REFERENCE, &reference), "{}", line.escape_ascii());
    assert_eq!(fast, reference, "{}", line.escape_ascii());
}

#[test]
fn on_every_example() {
    LINES.iter().for_each(|line| assert_equal(line));
}

/// Texts that each pattern matches, alone and with a word that it asks for at every distance on either side.
#[test]
fn on_generated_matches() {
    let packs: Vec<Pack> = SOURCES.iter().map(|(name, text)| Pack::parse(name, text).unwrap()).collect();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for rule in packs.iter().flat_map(|pack| pack.rules()) {
        let Some(pattern) = &rule.pattern else { continue };
        let texts = prop::string::bytes_regex(&format!("(?-u){pattern}")).unwrap();
        let mut text = || texts.new_tree(&mut runner).unwrap().current().into_iter().filter(|&byte| byte != b'\n').collect::<Vec<u8>>();
        let near = rule.near.iter().chain(rule.raise_near.iter()).map(|word| word.as_bytes());
        for distance in 0..50 {
            let (text, space) = (text(), vec![b' '; distance]);
            assert_equal(&[b"x ", &text[..], b" y"].concat());
            for word in near.clone().take(3) {
                assert_equal(&[word, &space, &text, b" y"].concat());
                assert_equal(&[b"x ", &text[..], &space, word].concat());
            }
        }
    }
}

/// An example with some of its bytes replaced, removed or doubled, cut, or joined to another.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let line = || (0..usize::MAX).prop_map(|pick| SHORT_LINES[pick % SHORT_LINES.len()].to_vec());
    let edit = (any::<prop::sample::Index>(), 0..4u8, texts::fragments());
    (line(), prop::collection::vec(edit, 0..6), prop::option::of(line())).prop_map(|(mut line, edits, other)| {
        for (place, kind, fragment) in edits {
            if line.is_empty() {
                break;
            }
            let at = place.index(line.len());
            match kind {
                0 => line.truncate(at),
                1 => drop(line.splice(at..at, fragment)),
                2 => drop(line.splice(at..at + 1, fragment)),
                _ => drop(line.drain(at..at + 1)),
            }
        }
        line.extend(other.into_iter().flatten());
        line.retain(|&byte| byte != b'\n');
        line
    })
}

fn cases(number: u32) -> ProptestConfig {
    let factor = std::env::var("LOGVEIL_CASES").ok().and_then(|factor| factor.parse::<u32>().ok()).unwrap_or(1);
    ProptestConfig { cases: number * factor, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(20_000))]

    #[test]
    fn on_mutated_examples(line in mutated()) {
        assert_equal(&line);
    }

    #[test]
    fn on_fragments(fragments in prop::collection::vec(texts::fragments(), 0..24)) {
        assert_equal(&fragments.concat());
    }

    #[test]
    fn on_random_bytes(line in prop::collection::vec(any::<u8>(), 0..512)) {
        assert_equal(&line);
    }
}
