//! Matching a pattern at a place: by its steps, or by an automaton made on first use. Neither has a cache for each
//! thread. The regex that says what a match is stands beside them, for searches and for the reference scanner.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::meta::Regex;
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind, PatternID};
use regex_syntax::hir::Hir;

use super::Span;
use super::analysis::{Analysis, SECRET};
use super::steps::{self, Steps};
use crate::error::Error;

/// The whole match of a pattern and the part of it that is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Matched {
    pub(crate) whole: Span,
    pub(crate) secret: Span,
}

/// A pattern that is matched at a place.
#[derive(Debug)]
pub(crate) struct Matcher {
    steps: Option<Steps>,
    /// Where a match ends, if there are no steps; none if it is too large or a group is asked for.
    automaton: OnceLock<Option<Box<dense::DFA<Vec<u32>>>>>,
    grouped: bool,
    pub(crate) definition: Definition,
}

impl Matcher {
    pub(crate) fn new(analysis: &Analysis) -> Self {
        Matcher {
            steps: analysis.steps.clone(),
            automaton: OnceLock::new(),
            grouped: analysis.grouped,
            definition: Definition { text: analysis.text.clone(), regex: OnceLock::new() },
        }
    }

    /// The leftmost-first match that begins at `start`.
    pub(crate) fn match_at(&self, line: &[u8], start: usize) -> Option<Matched> {
        match &self.steps {
            Some(steps) => {
                let walked = steps::walk(steps, line, start)?;
                let whole = Span { start, end: walked.end };
                let secret = if self.grouped { Span { start: walked.secret.0?, end: walked.secret.1? } } else { whole };
                Some(Matched { whole, secret })
            }
            None => self.match_by_automaton(line, start),
        }
    }

    fn match_by_automaton(&self, line: &[u8], start: usize) -> Option<Matched> {
        let automaton = || if self.grouped { None } else { automaton(&self.definition.text).map(Box::new) };
        let input = Input::new(line).range(start..).anchored(Anchored::Yes);
        // An automaton that gives up leaves the place to the regex.
        match self.automaton.get_or_init(automaton).as_ref().map(|automaton| automaton.try_search_fwd(&input)) {
            Some(Ok(end)) => end.map(|end| {
                let whole = Span { start, end: end.offset() };
                Matched { whole, secret: whole }
            }),
            Some(Err(_)) | None => self.definition.search(&input),
        }
    }
}

/// What a pattern matches, said by a regex: slower, and compiled on first use.
#[derive(Debug)]
pub(crate) struct Definition {
    text: Cow<'static, str>,
    regex: OnceLock<Option<Regex>>,
}

impl Definition {
    /// The match that begins at `start`.
    pub(super) fn match_at(&self, line: &[u8], start: usize) -> Option<Matched> {
        self.search(&Input::new(line).range(start..).anchored(Anchored::Yes))
    }

    /// The first match at `start` or behind.
    pub(super) fn find(&self, line: &[u8], start: usize) -> Option<Matched> {
        self.search(&Input::new(line).range(start..))
    }

    fn search(&self, input: &Input<'_>) -> Option<Matched> {
        let Some(regex) = self.regex.get_or_init(|| regex(&self.text)) else {
            // [`check_size`] has compiled it before. Should it fail here all the same, what it could match is masked.
            let all = Span { start: input.start(), end: input.end() };
            return (!all.is_empty()).then_some(Matched { whole: all, secret: all });
        };
        let Some(group) = regex.group_info().to_index(PatternID::ZERO, SECRET) else {
            let found = regex.search(input)?;
            let whole = Span { start: found.start(), end: found.end() };
            return Some(Matched { whole, secret: whole });
        };
        let mut slots = vec![None; 2 * group + 2];
        regex.search_slots(input, &mut slots)?;
        let span = |group: usize| Some(Span { start: slots[2 * group]?.get(), end: slots[2 * group + 1]?.get() });
        Some(Matched { whole: span(0)?, secret: span(group)? })
    }
}

/// Refuses a pattern whose automata would be too large.
pub(super) fn check_size(hir: &Hir) -> Result<(), Error> {
    thompson::Compiler::new()
        .configure(thompson::Config::new().utf8(false).nfa_size_limit(Some(10 << 20)))
        .build_from_hir(hir)
        .map_err(|_| Error::new("the pattern is too large").remedy("shorten its counted repetitions"))?;
    Ok(())
}

fn regex(text: &str) -> Option<Regex> {
    let limits =
        Regex::config().utf8_empty(false).nfa_size_limit(None).hybrid_cache_capacity(256 << 10).onepass_size_limit(Some(256 << 10));
    Regex::builder().syntax(bytes_syntax()).configure(limits).build(text).ok()
}

fn automaton(text: &str) -> Option<dense::DFA<Vec<u32>>> {
    const LIMIT: usize = 1 << 20;
    dense::Builder::new()
        .syntax(bytes_syntax())
        .thompson(thompson::Config::new().utf8(false).which_captures(WhichCaptures::None))
        .configure(
            dense::Config::new()
                .start_kind(StartKind::Anchored)
                .match_kind(MatchKind::LeftmostFirst)
                .dfa_size_limit(Some(LIMIT))
                .determinize_size_limit(Some(LIMIT)),
        )
        .build(text)
        .ok()
}

fn bytes_syntax() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;

    use super::super::analysis::{Analysis, parse};
    use super::super::anchor::Anchor;
    use super::super::needle::Needle;
    use super::super::tables;
    use super::*;
    use crate::builtin::PACKS;

    /// Patterns whose parts can be taken for each other, and whether there are steps for them.
    const TRICKY: &[(&str, bool)] = &[
        ("[a-z]{2,6}[a-c]", true),
        ("[a-z]{2,6}abc", true),
        ("x[a-z]{2,}abc", false),
        ("[a-z]{1,3}[a-z0-9]{1,4}[0-9]{2}", true),
        ("(?:a|ab)(?:c|bcd)", true),
        ("(?:a|ab)(?:c|bcd)d{0,3}d", true),
        ("(?:sa|said|s)\\.x", true),
        ("(?:foo|foobar|fo)[a-r]{0,2}", true),
        ("(?:foo|foobar|fo)[a-r]{0,2}!", true),
        ("a(?:b[a-c]{0,3}|bc)?c", true),
        ("a?a?a?aaa", true),
        ("(?:ab?){2,3}b", false),
        ("(?:ab?){2,3}c", true),
        ("(?:ab?){3}b", false),
        ("(?:a[ab]{0,2}){1,3}", true),
        ("(?:a[ab]{0,2}){2,3}", false),
        ("(?:[0-9]{1,3}\\.){2,4}[0-9]{1,3}", true),
        ("(?:[0-9]{1,3}\\.){0,4}[0-9.]", true),
        ("(?:[a-c]{1,2}-){1,3}[a-c]{2}", true),
        ("(?:-[a-c]{2}){1,3}(?:-[a-c])?-c", true),
        ("(?:ab|cd|a){1,3}", true),
        ("(?:ab|cd|a){1,3}b", false),
        ("(?:ab|cd|a){2}b", false),
        ("(?:[a-c]{1,3}b){2}c", false),
        ("(?:[ac]{1,3}b){2}c", true),
        ("(?:b{1,2}c?){2}b", false),
        ("(?:b{1,2}c?){2}d", false),
        ("(?:ab{1,2}c?){2}d", true),
        ("(?:a(?:b(?:c|d)?)?)?(?:b|c)d", true),
        ("(?:a|[ab]{2}|[a-c]{3}){1}c?b", true),
        ("[ab]{1,20}={0,2}", true),
        ("[ab=]{1,20}={0,2}", true),
        ("[ab=]{1,20}={1,2}", true),
        ("k=(?<secret>[a-c]{2,4})c", true),
        ("k=(?:(?<secret>[a-c]{2,4})c|b{2,5})", true),
        ("k(?<secret>a)?(?:b|ab)", true),
        ("(?:(?<secret>a)|b){2,3}c", true),
        ("(?:(?<secret>a[bc]?)|b){2,3}c?", false),
        ("(?:(?<secret>a[bc]?)|b){1,3}c?", true),
        ("a(?<secret>(?:b|bc)(?:c|d)?)d", true),
        ("(?i:Ab|aBc)[B-D]{1,2}d", true),
        ("[a-z]+?abc", false),
        ("a{2,3}?b", false),
        ("a{3}?b", true),
        ("ca{2,3}?", false),
        ("c(?:ab){1,2}?a?", false),
        ("(?:a[ab]{1,}b){1,2}c", false),
        ("(?:a[b]{1,}|c)d", false),
        ("(?:a?b?){2}c", false),
        ("(?u:é|e)x[a-c]{2}", false),
        ("(?u:éa|ec)x[a-c]{2}", true),
        ("(?u:[é-ü])x[a-c]{2}", false),
        ("[^a]{1,9}a[^b]{0,5}b", true),
        ("(?:a|b|ab)(?:c|bcd)(?:d|cd|)", true),
        ("(?:aaaa|a)a{0,2}b", true),
    ];

    fn matcher(text: &str) -> Matcher {
        Matcher::new(&Analysis::of(text, &parse(text).unwrap(), false).unwrap())
    }

    /// Texts that the pattern matches, and what is left of them when a byte is changed, a piece cut out or doubled.
    fn texts(pattern: &str, count: usize, runner: &mut TestRunner) -> Vec<Vec<u8>> {
        let whole = prop::string::bytes_regex(&format!("(?-u){pattern}")).unwrap();
        // Bytes that the pattern itself speaks of come near its matches.
        let alphabet = prop::collection::vec(prop::sample::select(pattern.as_bytes().to_vec()), 0..24).boxed();
        let byte = prop_oneof![prop::sample::select(pattern.as_bytes().to_vec()), any::<u8>()];
        let cut = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), byte, 0..6);
        let damaged = (whole, cut, alphabet).prop_map(|(whole, (one, other, byte, damage), noise)| {
            let mut text = whole.clone();
            let (from, to) = (one.index(text.len() + 1), other.index(text.len() + 1));
            let (from, to) = (from.min(to), from.max(to));
            match damage {
                0 => {}
                1 => text[one.index(whole.len())] = byte,
                2 => drop(text.drain(from..to)),
                3 => drop(text.splice(from..from, whole[from..to].iter().copied())),
                4 => text.truncate(from),
                _ => text.insert(from, byte),
            }
            [text, noise].concat()
        });
        let random = prop::collection::vec(any::<u8>(), 0..16).boxed();
        let all = prop_oneof![6 => damaged.boxed(), 1 => random];
        (0..count).map(|_| all.new_tree(runner).unwrap().current()).collect()
    }

    fn assert_matches_its_definition(matcher: &Matcher, pattern: &str, count: usize) {
        let mut runner = TestRunner::deterministic();
        for text in texts(pattern, count, &mut runner) {
            for (line, start) in [(text.clone(), 0), ([b"x", &text[..]].concat(), 1), ([&text[..], b" y"].concat(), 0)] {
                let (found, wanted) = (matcher.match_at(&line, start), matcher.definition.match_at(&line, start));
                assert_eq!(found, wanted, "{pattern} at {start} of {}", line.escape_ascii());
            }
        }
    }

    /// Every text of these letters up to a length: no way in which parts can be taken for each other is left out.
    #[test]
    fn steps_match_every_short_text_as_their_regex_does() {
        for &(pattern, has_steps) in TRICKY {
            let matcher = matcher(pattern);
            assert_eq!(matcher.steps.is_some(), has_steps, "{pattern}");
            let mut alphabet: Vec<u8> = pattern.bytes().filter(u8::is_ascii_alphanumeric).collect();
            alphabet.sort_unstable();
            alphabet.dedup();
            alphabet.extend_from_slice(b".-=!");
            alphabet.retain(|letter| b"abcdk.-=".contains(letter));
            for length in 0..6 {
                for number in 0..alphabet.len().pow(length) {
                    let line: Vec<u8> = (0..length).map(|place| alphabet[number / alphabet.len().pow(place) % alphabet.len()]).collect();
                    assert_eq!(matcher.match_at(&line, 0), matcher.definition.match_at(&line, 0), "{pattern}: {}", line.escape_ascii());
                }
            }
        }
    }

    #[test]
    fn tricky_patterns_match_as_their_regex_does() {
        for (pattern, _) in TRICKY {
            assert_matches_its_definition(&matcher(pattern), pattern, 3000);
        }
    }

    #[test]
    fn patterns_of_the_packs_match_as_their_regex_does() {
        let without: Vec<_> = tables::texts().filter(|text| tables::find(text).unwrap().steps.is_none()).collect();
        assert!(without.is_empty(), "{without:?} have no steps");
        for text in tables::texts() {
            let analysis = tables::find(text).unwrap();
            assert_matches_its_definition(&Matcher::new(analysis), text, 400);
        }
    }

    /// What stands from the anchor on is there wherever the anchor of a match is.
    #[test]
    fn every_match_holds_what_follows_its_anchor() {
        use super::super::anchor::Anchor;
        let mut seen = 0;
        for text in tables::texts() {
            let Some(search) = &tables::find(text).unwrap().search else { continue };
            let (Some(Anchor::Literals(literals)), Some(steps)) = (&search.anchor, &search.from_anchor) else { continue };
            seen += 1;
            let matcher = matcher(text);
            for line in texts(text, 400, &mut TestRunner::deterministic()) {
                let Some(found) = matcher.definition.match_at(&line, 0) else { continue };
                let holds = |literal: &super::super::anchor::Literal| {
                    (literal.offset.0..=literal.offset.1.min(found.whole.end)).any(|at| {
                        let here = line.get(at..at + literal.places.len());
                        let stands = here.is_some_and(|here| literal.places.iter().zip(here).all(|(set, &byte)| set.contains(byte)));
                        stands && steps::walk(steps, &line, at).is_some()
                    })
                };
                assert!(literals.iter().any(holds), "{text}: {}", line.escape_ascii());
            }
        }
        assert!(seen > 0);
    }

    #[test]
    fn every_match_holds_its_rare_byte() {
        let mut seen = 0;
        for text in tables::texts() {
            let analysis = tables::find(text).unwrap();
            let (Some(longest), Some(rare)) = (analysis.longest, analysis.steps.as_deref().and_then(steps::rare_byte)) else { continue };
            let matcher = Matcher::new(analysis);
            for line in texts(text, 200, &mut TestRunner::deterministic()) {
                let Some(found) = matcher.definition.match_at(&line, 0) else { continue };
                seen += 1;
                assert!(found.whole.len() <= longest && found.whole.of(&line).contains(&rare), "{text}: {}", line.escape_ascii());
            }
        }
        assert!(seen > 0);
    }

    #[test]
    fn tables_say_what_the_packs_say() {
        let rules = PACKS.iter().flat_map(|pack| pack.rules());
        let patterns = |rule: &'static crate::pack::Rule| {
            [(&rule.pattern, true), (&rule.begin, true), (&rule.value, false), (&rule.end, false)]
                .into_iter()
                .filter_map(|(text, is_searched)| Some((text.as_deref()?, is_searched)))
        };
        for (text, is_searched) in
            rules.flat_map(patterns).filter(|(text, _)| !["everything", "any", "token", "secret", "credential"].contains(text))
        {
            let mut known = tables::find(text).unwrap().clone();
            let is_searched = is_searched || known.search.is_some();
            if let Some(Anchor::Literals(literals)) = known.search.as_mut().and_then(|search| search.anchor.as_mut()) {
                for literal in literals.to_mut() {
                    let needle = Needle::of_literal(literal).unwrap();
                    assert_eq!(literal.needle.take(), tables::prepared(&needle), "{text}: {needle}");
                }
            }
            assert_eq!(known, Analysis::of(text, &parse(text).unwrap(), is_searched).unwrap(), "{text}");
        }
    }

    #[test]
    fn an_automaton_takes_the_place_of_steps() {
        let matcher = matcher("x[a-z]{2,9}?abc|x(?:[a-z]{1,3}[0-9a-f]{1,3}){1,4}");
        assert!(matcher.steps.is_none());
        assert_eq!(matcher.match_at(b"--xyzabcabc", 2).unwrap().whole, Span { start: 2, end: 8 });
        assert!(matcher.automaton.get().unwrap().is_some() && matcher.definition.regex.get().is_none());
    }
}
