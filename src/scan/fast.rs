//! The prefilter: one case-insensitive automaton over every rule's anchor and one pass over the digit runs give
//! the places where a rule could match; verification does the rest.
//!
//! It stays the strategy for packs of a user's own and for machines without SIMD.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::collections::HashMap;

use super::anchor::{Anchor, ByteSet, RunStart};
use super::compile::{Rule, RuleShape, Rules};
use super::digits::{begins_number, run_length, run_starts};
use super::syntax;
use super::verify::{self, KeyCursor, Matched, NEAR, Patience, Text};
use super::{Match, Span, boundary};
use crate::error::Error;
use crate::pack::Boundary;

/// Longest digit run told apart by length; a longer one fits no shape.
const LONGEST_RUN: usize = 64;

pub(crate) struct Prefilter {
    automaton: AhoCorasick,
    /// What a hit of each text means.
    uses: Vec<Vec<Use>>,
    /// Rules whose numbers are one run, by its length.
    by_run: Vec<Vec<u16>>,
    /// Rules whose numbers are groups, by the length of the first one, its joint and the length of the second one.
    by_groups: HashMap<(usize, u8, usize), Vec<u16>>,
    /// Patterns anchored on the start of a digit run.
    on_run: RunPatterns,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// A match of this rule may begin so far before the hit, with only these bytes between.
    Start { rule: u16, offset: (usize, usize), before: ByteSet },
    /// A `near` word of this rule, whose matches are at most so long.
    Near { rule: u16, longest: usize },
    /// The last word of a key.
    Key,
}

/// Buffers of a search.
#[derive(Default)]
pub(super) struct Scratch {
    candidates: Vec<Candidate>,
    key_ends: Vec<usize>,
    keys: KeyCursor,
}

/// Starts from `first` to `last` where a rule could match. Ordered by rule, then by place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    rule: u16,
    first: usize,
    last: usize,
}

impl Prefilter {
    pub(super) fn new(rules: &Rules) -> Result<Self, Error> {
        let mut texts = Texts::default();
        let mut by_run = vec![Vec::new(); LONGEST_RUN + 1];
        let mut by_groups: HashMap<_, Vec<u16>> = HashMap::new();
        let add = |list: &mut Vec<u16>, index: u16| {
            if list.last() != Some(&index) {
                list.push(index);
            }
        };
        let mut on_run = RunPatterns::default();
        for (index, rule) in rules.iter() {
            match &rule.shape {
                RuleShape::Pattern(pattern) => pattern.anchor.register(index, rule, &mut texts, &mut on_run),
                RuleShape::Block(block) => block.begin.anchor.register(index, rule, &mut texts, &mut on_run),
                RuleShape::Keys { keys, .. } => keys.iter().for_each(|phrase| texts.add(phrase.last_word(), Use::Key)),
                RuleShape::Digits(shapes) => {
                    for shape in shapes {
                        match shape.second_run() {
                            None => shape.first_run().for_each(|length| add(&mut by_run[length], index)),
                            Some((joints, second)) => {
                                let keys = shape.first_run().flat_map(|first| joints.iter().map(move |&joint| (first, joint, second)));
                                keys.for_each(|key| add(by_groups.entry(key).or_default(), index));
                            }
                        }
                    }
                }
            }
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&texts.texts)
            .map_err(|_| Error::new("the anchors of all rules together are too large"))?;
        Ok(Prefilter { automaton, uses: texts.uses, by_run, by_groups, on_run })
    }

    /// Appends every match in `line`.
    pub(super) fn find(&self, rules: &Rules, line: &[u8], barriers: &[Span], scratch: &mut Scratch, matches: &mut Vec<Match>) {
        scratch.candidates.clear();
        scratch.key_ends.clear();
        self.collect_hits(line, scratch);
        self.collect_runs(rules, line, scratch);
        let text = Text { line, barriers };

        scratch.candidates.sort_unstable();
        let mut current = u16::MAX;
        let mut at = 0;
        let mut patience = Patience::default();
        for &Candidate { rule: index, first, last } in &scratch.candidates {
            if index != current {
                (current, at, patience) = (index, 0, Patience::default());
            }
            let rule = &rules[index];
            at = at.max(first);
            while at <= last.min(line.len().saturating_sub(1)) {
                at = try_at(index, rule, text, at, &mut patience, matches).unwrap_or(at + 1);
            }
        }

        scratch.key_ends.sort_unstable();
        scratch.key_ends.dedup();
        scratch.keys.clear();
        for &end in &scratch.key_ends {
            verify::key_at(rules, text, end, &mut scratch.keys, matches);
        }
    }

    fn collect_hits(&self, line: &[u8], scratch: &mut Scratch) {
        for hit in self.automaton.find_overlapping_iter(line) {
            for &hit_use in &self.uses[hit.pattern().as_usize()] {
                match hit_use {
                    Use::Start { rule, offset: (least, most), before } => {
                        let reach = line[..hit.start()].iter().rev().take(most).take_while(|&&byte| before.contains(byte)).count();
                        if reach >= least {
                            scratch.candidates.push(Candidate { rule, first: hit.start() - reach, last: hit.start() - least });
                        }
                    }
                    Use::Near { rule, longest } => {
                        let first = hit.end().saturating_sub(NEAR + longest);
                        scratch.candidates.push(Candidate { rule, first, last: hit.start() + NEAR });
                    }
                    Use::Key => scratch.key_ends.extend(syntax::key_end(line, hit.end()).filter(|&end| syntax::may_have_value(line, end))),
                }
            }
        }
    }

    fn collect_runs(&self, rules: &Rules, line: &[u8], scratch: &mut Scratch) {
        for start in run_starts(line) {
            let at = |rule: &u16| Candidate { rule: *rule, first: start, last: start };
            let length = run_length(line, start, LONGEST_RUN);
            scratch.candidates.extend(self.by_run[length].iter().map(at));
            if let Some(&joint) = line.get(start + length).filter(|joint| b"- ./".contains(joint)) {
                let second = run_length(line, start + length + 1, LONGEST_RUN);
                let rules = if second > 0 { self.by_groups.get(&(length, joint, second)) } else { None };
                scratch.candidates.extend(rules.into_iter().flatten().map(at));
            }
            for (rule, RunStart { offset: (least, most) }) in self.on_run.at(line, start) {
                let Some(last) = start.checked_sub(least) else { continue };
                let may_begin = |at: usize| rules[rule].pattern().is_some_and(|pattern| pattern.may_begin(line, at));
                let starts = (start.saturating_sub(most)..=last).filter(|&at| may_begin(at));
                scratch.candidates.extend(starts.map(|at| Candidate { rule, first: at, last: at }));
            }
        }
    }
}

/// Patterns anchored on the start of a digit run, told apart by the bytes around it: a bit for each pattern, a table
/// for each place, as the class kernel of a SIMD scanner would have them.
#[derive(Default)]
struct RunPatterns {
    patterns: Vec<(u16, RunStart)>,
    /// For each place around the run start and each byte there (the last entry is for the edge of the line): which of
    /// the first 64 patterns it allows.
    tables: Vec<[u64; 257]>,
}

impl RunPatterns {
    /// The places looked at: from so many bytes before the run start …
    const BEFORE: usize = 2;
    /// … to so many behind it.
    const PLACES: usize = 8;

    fn add(&mut self, index: u16, rule: &Rule, run: RunStart) {
        self.tables.resize(Self::PLACES, [0; 257]);
        let bit = 1u64.checked_shl(self.patterns.len() as u32).unwrap_or(0);
        self.patterns.push((index, run));
        let window = rule.pattern().map_or(&[][..], |pattern| &pattern.window);
        for (place, table) in self.tables.iter_mut().enumerate() {
            // Where the start of the match is not certain, any byte may stand.
            let exact = (run.offset.0 == run.offset.1).then(|| (place + run.offset.0).checked_sub(Self::BEFORE)).flatten();
            let set = exact.and_then(|at| window.get(at));
            for (byte, patterns) in table.iter_mut().enumerate() {
                let allowed = set.is_none_or(|set| u8::try_from(byte).is_ok_and(|byte| set.contains(byte)));
                *patterns |= if allowed { bit } else { 0 };
            }
        }
    }

    /// The patterns that the bytes around a run start allow.
    fn at(&self, line: &[u8], start: usize) -> impl Iterator<Item = (u16, RunStart)> {
        const EDGE: usize = 256;
        let byte =
            |place: usize| (start + place).checked_sub(Self::BEFORE).and_then(|at| line.get(at)).map_or(EDGE, |&byte| usize::from(byte));
        let mut allowed = self.tables.iter().enumerate().fold(u64::MAX, |allowed, (place, table)| allowed & table[byte(place)]);
        let told_apart = self.patterns.len().min(64);
        let some = std::iter::from_fn(move || {
            let next = allowed.trailing_zeros() as usize;
            allowed &= allowed.wrapping_sub(1);
            (next < told_apart).then_some(next)
        });
        some.chain(told_apart..self.patterns.len()).map(|index| self.patterns[index])
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
        RuleShape::Pattern(pattern) => verify::pattern_at(pattern, text.line, start)?,
        RuleShape::Digits(shapes) => {
            if !begins_number(text.line, start) {
                return None;
            }
            let whole = Span { start, end: shapes.iter().find_map(|shape| shape.end(text.line, start))? };
            Matched { whole, secret: whole }
        }
        RuleShape::Block(block) => {
            let marker = verify::pattern_at(&block.begin, text.line, start)?;
            return block.judge(index, rule, text, marker, matches).map(|end| end.max(marker.whole.end));
        }
        RuleShape::Keys { .. } => return None,
    };
    verify::judge(index, rule, text, matched, patience, matches).then_some(matched.whole.end)
}

impl Anchor {
    fn register(&self, index: u16, rule: &Rule, texts: &mut Texts, on_run: &mut RunPatterns) {
        match self {
            Anchor::Literals(literals) => literals
                .iter()
                .for_each(|literal| texts.add(&literal.text, Use::Start { rule: index, offset: literal.offset, before: literal.before })),
            Anchor::RunStart(run) => on_run.add(index, rule, *run),
            Anchor::Near { longest } => {
                rule.near.iter().for_each(|phrase| texts.add(phrase.longest_word(), Use::Near { rule: index, longest: *longest }))
            }
        }
    }
}

/// The texts of the automaton, each once, with everything that a hit of it means.
#[derive(Default)]
struct Texts {
    texts: Vec<Vec<u8>>,
    uses: Vec<Vec<Use>>,
    index: HashMap<Vec<u8>, usize>,
}

impl Texts {
    fn add(&mut self, text: &[u8], hit_use: Use) {
        let index = *self.index.entry(text.to_vec()).or_insert_with(|| {
            self.texts.push(text.to_vec());
            self.uses.push(Vec::new());
            self.texts.len() - 1
        });
        if !self.uses[index].contains(&hit_use) {
            self.uses[index].push(hit_use);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin::PACKS;
    use proptest::strategy::{Strategy as _, ValueTree as _};

    /// Whatever a pattern matches, its bit is set: without the check that would reject most of what is made up.
    #[test]
    fn tables_allow_every_match() {
        let rules = Rules::new(PACKS).unwrap();
        let on_run = Prefilter::new(&rules).unwrap().on_run;
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        for &(index, run) in &on_run.patterns {
            let rule = PACKS.iter().flat_map(|pack| pack.rules()).find(|rule| rule.id == rules[index].id).unwrap();
            let texts = proptest::string::bytes_regex(&format!("(?-u){}", rule.pattern.as_deref().unwrap())).unwrap();
            for _ in 0..1000 {
                let line = [b"x ", &texts.new_tree(&mut runner).unwrap().current()[..], b" y"].concat();
                let start = line.iter().position(u8::is_ascii_digit).unwrap();
                assert!((run.offset.0..=run.offset.1).contains(&(start - 2)), "{}: {}", rule.id, line.escape_ascii());
                assert!(on_run.at(&line, start).any(|(found, _)| found == index), "{}: {}", rule.id, line.escape_ascii());
            }
        }
    }
}
