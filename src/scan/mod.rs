//! Finding: rules compiled into an immutable [`Scanner`], which turns a line into matches.

mod anchor;
mod block;
mod boundary;
mod compile;
mod digits;
mod fast;
mod reference;
mod resolve;
mod syntax;
mod verify;
mod view;
mod words;

use std::fmt;

use crate::error::Error;
use crate::pack::{Class, Confidence, Pack};

pub(crate) use block::{Block, OpenBlock};
pub(crate) use compile::LONGEST;
pub(crate) use resolve::resolve;
pub(crate) use syntax::{Strings, Until};

/// A range of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte behind the last one.
    pub end: usize,
}

impl Span {
    /// How many bytes it covers.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether it covers nothing.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(crate) fn overlaps(&self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    fn of<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        &line[self.start..self.end]
    }
}

/// What was found and where, never the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding<'r> {
    /// The rule's id.
    pub rule: &'r str,
    /// The rule's class.
    pub class: Class,
    /// How sure it is.
    pub confidence: Confidence,
    /// The line in its stream, from 1.
    pub line: u64,
    /// The bytes of that line.
    pub span: Span,
}

/// A match of one rule in a line, before overlaps are resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) span: Span,
    /// Where its key or its pattern begins: what the span may stand behind.
    pub(crate) from: usize,
    /// Index of the rule in the scanner, in pack order.
    pub(crate) rule: u16,
    pub(crate) confidence: Confidence,
    /// How it goes on, should it touch the end of the bytes at hand.
    pub(crate) until: Until,
}

/// Which scanner looks for candidates. Both find the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[doc(hidden)]
#[non_exhaustive]
pub enum Strategy {
    /// One automaton over every rule's anchor, then verification at the candidates.
    #[default]
    Prefilter,
    /// Rule by rule, start by start: the definition of what a match is.
    Reference,
}

/// Scratch space of a thread: pass the same one again and again, so that nothing is allocated per line.
#[derive(Default)]
pub struct Cache {
    pub(crate) matches: Vec<Match>,
    pub(crate) resolved: Vec<Match>,
    pub(crate) barriers: Vec<Span>,
    scratch: fast::Scratch,
    views: view::Views,
}

impl fmt::Debug for Cache {
    /// Says nothing of what it holds: the buffers have seen values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cache")
    }
}

/// Rules, compiled. Immutable and shared between threads.
pub(crate) struct Scanner {
    rules: compile::Rules,
    prefilter: fast::Prefilter,
    strategy: Strategy,
}

impl Scanner {
    /// Compiles every rule of the packs; any error in any rule is an error of the whole.
    pub(crate) fn new(packs: &[Pack], strategy: Strategy) -> Result<Self, Error> {
        let rules = compile::Rules::new(packs)?;
        let prefilter = fast::Prefilter::new(&rules)?;
        Ok(Scanner { rules, prefilter, strategy })
    }

    /// The id and class of the rule with this index.
    pub(crate) fn rule(&self, index: u16) -> (&str, Class) {
        let rule = &self.rules[index];
        (&rule.id, rule.class)
    }

    /// How many rules there are.
    pub(crate) fn len(&self) -> usize {
        self.rules.len()
    }

    /// The index of a rule.
    pub(crate) fn index_of(&self, id: &str) -> Option<u16> {
        self.rules.index_of(id)
    }

    /// Where a value that was cut at `from` ends, or `None` when it goes on past the end of `line`.
    pub(crate) fn resume(&self, until: Until, line: &[u8], from: usize) -> Option<usize> {
        let in_class = |rule: u16, byte: u8| match &self.rules[rule].shape {
            // Of a block's body the bytes that its lines are found by.
            compile::RuleShape::Block(_) => block::is_body(byte),
            _ => self.rules[rule].tail.is_some_and(|tail| tail.contains(byte)),
        };
        syntax::resume(until, line, from, in_class)
    }

    /// Appends every match in `line` to `matches`: those of the line as it stands, and those of what its percent
    /// and `\u00XX` escapes say. No match touches a barrier, the place of an earlier replacement.
    pub(crate) fn find(&self, line: &[u8], barriers: &[Span], cache: &mut Cache, matches: &mut Vec<Match>) {
        let Cache { scratch, views, .. } = cache;
        self.find_as_written(line, barriers, scratch, matches);
        views.each(line, barriers, |view, barriers, outwards| {
            let first = matches.len();
            self.find_as_written(view, barriers, scratch, matches);
            // What is decoded does not know where the string of JSON around it ends: a match stays inside.
            matches[first..].sort_unstable_by_key(|found| found.from);
            let mut strings = Strings::default();
            let mut kept = first;
            for index in first..matches.len() {
                let mut found = matches[index];
                found.span = outwards(found.span);
                found.from = outwards(Span { start: found.from, end: found.from }).start;
                if found.until != Until::Complete {
                    found.until = Until::Line;
                }
                if let Some(end) = strings.end_before(line, found.from, found.span.end) {
                    (found.span.end, found.until) = (end, Until::Complete);
                }
                if found.span.start < found.span.end {
                    matches[kept] = found;
                    kept += 1;
                }
            }
            matches.truncate(kept);
        });
    }

    fn find_as_written(&self, line: &[u8], barriers: &[Span], scratch: &mut fast::Scratch, matches: &mut Vec<Match>) {
        match self.strategy {
            Strategy::Prefilter => self.prefilter.find(&self.rules, line, barriers, scratch, matches),
            Strategy::Reference => reference::find(&self.rules, line, barriers, matches),
        }
    }

    /// What a block that is open does with the next line.
    pub(crate) fn block(&self, rule: u16) -> Option<&Block> {
        self.rules[rule].block()
    }

    /// The block that a line's matches open and do not close, and where it begins.
    pub(crate) fn opens_block(&self, matches: &[Match]) -> Option<(u16, usize)> {
        matches
            .iter()
            .filter(|found| self.block(found.rule).is_some() && found.until == Until::Line)
            .map(|found| (found.rule, found.span.start))
            .min_by_key(|&(_, start)| start)
    }
}

#[cfg(test)]
mod tests;
