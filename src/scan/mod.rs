//! Finding: rules compiled into an immutable [`Scanner`], which turns a line into matches.

mod analysis;
mod anchor;
mod block;
pub(crate) mod boundary;
mod buckets;
mod byte_set;
mod compile;
mod counters;
mod digits;
mod encoded;
mod engine;
mod explain;
mod kernel;
mod lower;
mod matcher;
mod near;
mod needle;
mod needles;
mod parts;
mod reference;
mod resolve;
mod span;
mod starts;
mod steps;
mod syntax;
mod tables;
mod tiles;
#[cfg(feature = "training")]
mod training;
mod verify;
mod view;
mod ways;
mod window;
mod words;

use std::fmt;

use crate::error::Error;
use crate::pack::{Class, Confidence, Pack};

pub(crate) use anchor::LONGEST;
pub(crate) use block::{Block, OpenBlock};
#[cfg(feature = "counters")]
pub use counters::Counters;
pub(crate) use engine::Suspect;
pub(crate) use explain::Candidate;
pub use explain::Reason;
pub use kernel::Kernel;
pub(crate) use resolve::resolve;
pub use span::Span;
pub(crate) use syntax::{Next, Removal, Removed, Strings, Until};
#[cfg(feature = "training")]
pub(crate) use training::train;
use verify::Text;

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

/// Which scanner looks for matches. All find the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
#[non_exhaustive]
pub enum Strategy {
    /// The engine, on a kernel.
    Engine(Kernel),
    /// Rule by rule, start by start: the definition of what a match is.
    Reference,
}

impl Default for Strategy {
    fn default() -> Self {
        Strategy::Engine(Kernel::best())
    }
}

/// Scratch space of a thread: pass the same one again and again, so that nothing is allocated per line.
#[derive(Default)]
pub struct Cache {
    pub(crate) matches: Vec<Match>,
    pub(crate) resolved: Vec<Match>,
    pub(crate) barriers: Vec<Span>,
    /// Of which rules a value may stand on the next line, and how.
    pub(crate) below: Vec<(u16, Next)>,
    /// A line as it comes out, for a second look.
    pub(crate) again: Vec<u8>,
    /// The way through an input, and what was gathered of the line at hand.
    input: tiles::Tiles,
    scratch: engine::Scratch,
    /// The same for a text that is looked at by itself: a piece of a line, a decoded view.
    text: tiles::Tiles,
    text_scratch: engine::Scratch,
    views: view::Views,
    plain: view::Plain,
}

#[cfg(feature = "counters")]
impl Cache {
    /// What was looked at with this cache in inputs of several lines, views and pieces of long lines aside.
    pub fn counters(&self) -> Counters {
        let Counters { places, survivors, .. } = self.input.counters;
        Counters { places, survivors, ..self.scratch.counters.clone() }
    }
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
    /// `None` where the reference scanner takes its place.
    engine: Option<engine::Engine>,
}

impl Scanner {
    /// Compiles every rule of the packs; any error in any rule is an error of the whole. Rules that are not wanted,
    /// by their id, their class and the surest that their matches can be, have an index but may not be looked for. Replacements of
    /// earlier passes begin like one of `beginnings`.
    pub(crate) fn new(
        packs: &[Pack],
        strategy: Strategy,
        wanted: impl Fn(&str, Class, Confidence) -> bool,
        beginnings: &[String],
    ) -> Result<Self, Error> {
        let rules = compile::Rules::new(packs)?;
        let engine = match strategy {
            Strategy::Engine(kernel) => {
                Some(engine::Engine::new(&rules, kernel, |rule| wanted(&rule.id, rule.class, rule.surest()), beginnings)?)
            }
            Strategy::Reference => None,
        };
        Ok(Scanner { rules, engine })
    }

    /// The id and class of the rule with this index.
    pub(crate) fn rule(&self, index: u16) -> (&str, Class) {
        let rule = &self.rules[index];
        (&rule.id, rule.class)
    }

    /// The surest that a match of the rule with this index can be.
    pub(crate) fn surest(&self, index: u16) -> Confidence {
        self.rules[index].surest()
    }

    /// How sure the rule with this index is before check and context.
    pub(crate) fn base(&self, index: u16) -> Confidence {
        self.rules[index].confidence
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

    /// Whether an earlier replacement may stand in the line that [`Scanner::next_suspect`] gave last.
    pub(crate) fn may_have_barrier(&self, cache: &Cache) -> bool {
        self.engine.is_none() || cache.scratch.may_have_barrier()
    }

    /// Starts to go through an input with [`Scanner::next_suspect`].
    pub(crate) fn start(&self, cache: &mut Cache) {
        engine::restart(&mut cache.input, &mut cache.scratch);
    }

    /// The next line of `input` that begins at `from` or behind it and in which something may be found. Of one that is
    /// longer than `limit` nothing more is known.
    pub(crate) fn next_suspect(&self, input: &[u8], from: usize, limit: usize, cache: &mut Cache) -> Option<Suspect> {
        match &self.engine {
            Some(engine) => engine.next_line(&self.rules, input, from, limit, &mut cache.input, &mut cache.scratch),
            None => Suspect::any(input, from),
        }
    }

    /// How many line feeds the input has, once [`Scanner::next_suspect`] has come to its end.
    pub(crate) fn line_feeds(&self, cache: &mut Cache) -> u64 {
        cache.input.line_feeds()
    }

    /// Appends every match in the line that [`Scanner::next_suspect`] gave last, as [`Scanner::find`] does.
    pub(crate) fn find_in_suspect(&self, line: &[u8], barriers: &[Span], cache: &mut Cache, matches: &mut Vec<Match>) {
        let Some(engine) = &self.engine else { return self.find(line, barriers, cache, matches) };
        let first = matches.len();
        engine.verify(&self.rules, Text::new(line, barriers), &mut cache.scratch, matches);
        self.look_inside(line, first, cache, matches);
        self.find_beside_replacements(line, barriers, cache, matches);
        if cache.scratch.has_view() {
            self.find_in_views(line, barriers, cache, matches);
        }
    }

    /// Appends every match in `line` to `matches`: those of the line as it stands, and those of what its percent
    /// and `\u00XX` escapes say. No match touches a barrier, the place of an earlier replacement; what stands beside one is
    /// also read as if it were the text that was replaced.
    pub(crate) fn find(&self, line: &[u8], barriers: &[Span], cache: &mut Cache, matches: &mut Vec<Match>) {
        let first = matches.len();
        self.find_as_written(Text::new(line, barriers), cache, matches);
        let has_view = self.engine.is_none() || cache.text_scratch.has_view();
        self.look_inside(line, first, cache, matches);
        self.find_beside_replacements(line, barriers, cache, matches);
        if has_view {
            self.find_in_views(line, barriers, cache, matches);
        }
    }

    fn find_as_written(&self, text: Text<'_>, cache: &mut Cache, matches: &mut Vec<Match>) {
        match &self.engine {
            Some(engine) => engine.find(&self.rules, text, &mut cache.text, &mut cache.text_scratch, matches),
            None => reference::find(&self.rules, text, matches),
        }
    }

    /// Appends what is left of secrets that an earlier replacement is part of.
    fn find_beside_replacements(&self, line: &[u8], barriers: &[Span], cache: &mut Cache, matches: &mut Vec<Match>) {
        if barriers.is_empty() {
            return;
        }
        let mut plain = std::mem::take(&mut cache.plain);
        plain.write(line, barriers);
        let first = matches.len();
        self.find_as_written(plain.text(), cache, matches);
        self.look_inside(plain.text().line, first, cache, matches);
        for found in &mut matches[first..] {
            (found.span, found.from) = plain.outwards(found.span, found.from);
        }
        cache.plain = plain;
    }

    fn find_in_views(&self, line: &[u8], barriers: &[Span], cache: &mut Cache, matches: &mut Vec<Match>) {
        let mut views = std::mem::take(&mut cache.views);
        views.each(line, barriers, |view, barriers, outwards| {
            let first = matches.len();
            self.find_as_written(Text::new(view, barriers), cache, matches);
            self.look_inside(view, first, cache, matches);
            self.find_beside_replacements(view, barriers, cache, matches);
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
                // A quote that was decoded closes nothing.
                if view::is_quote(&line[found.span.end..])
                    && let Some(end) = syntax::end_of_quoted(line, found.span.start)
                {
                    found.span.end = found.span.end.max(end);
                }
                if let Some(end) = strings.end_of_match(line, found.from, found.span) {
                    (found.span.end, found.until) = (end, Until::Complete);
                }
                if found.span.start < found.span.end {
                    matches[kept] = found;
                    kept += 1;
                }
            }
            matches.truncate(kept);
        });
        cache.views = views;
    }

    /// Appends the matches that these rules have in the line behind their key.
    pub(crate) fn find_below(&self, rules: &[u16], value: Span, line: &[u8], barriers: &[Span], matches: &mut Vec<Match>) {
        let below = |text: Text<'_>, value: Span, matches: &mut Vec<Match>| {
            rules.iter().for_each(|&index| verify::value_below(index, &self.rules[index], text, value, matches));
        };
        below(Text::new(line, barriers), value, matches);
        if barriers.is_empty() {
            return;
        }
        let mut plain = view::Plain::default();
        plain.write(line, barriers);
        let first = matches.len();
        below(plain.text(), plain.inwards(value), matches);
        for found in &mut matches[first..] {
            (found.span, found.from) = plain.outwards(found.span, found.from);
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
