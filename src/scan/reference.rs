//! The slow scanner: the definition of a match, rule by rule, start by start, over the whole line.
//!
//! The fast scanner must equal it. It has no anchors, no candidates and no prefilter. What it shares with the
//! fast one are the definitions of an edge, a number's shape, a key and its value, and what check and context do.

use super::compile::{Pattern, Rule, RuleShape, Rules};
use super::digits::begins_number;
use super::syntax::is_key_byte;
use super::verify::{self, KeyCursor, Matched, Named, Patience, Text};
use super::{Match, Span};

pub(super) fn find(rules: &Rules, text: Text<'_>, matches: &mut Vec<Match>) {
    let line = text.line;
    for (index, rule) in rules.iter() {
        let mut patience = Patience::default();
        let judge = |matched: Matched, matches: &mut Vec<Match>| {
            verify::judge(index, rule, text, matched, &mut patience, matches).then_some(matched.whole.end)
        };
        match &rule.shape {
            RuleShape::Pattern(pattern) => each_match(line, matches, |at| search_from(pattern, line, at), judge),
            RuleShape::Digits(_) => each_match(line, matches, |at| number_from(rule, line, at), judge),
            RuleShape::Block(block) => {
                let judge = |matched: Matched, matches: &mut Vec<Match>| block.judge(index, rule, text, matched, matches);
                each_match(line, matches, |at| search_from(&block.begin, line, at), judge);
            }
            RuleShape::Keys { .. } => {}
        }
    }
    let mut cursor = KeyCursor::by_definition();
    for end in (1..=line.len()).filter(|&end| is_key_byte(line[end - 1]) && !line.get(end).is_some_and(|&byte| is_key_byte(byte))) {
        verify::key_at(rules, text, end, Named::All, &mut cursor, matches);
    }
}

/// For each start in order: a match, and if it is rejected the next start, else the place behind it.
pub(super) fn each_match(
    line: &[u8],
    matches: &mut Vec<Match>,
    next: impl Fn(usize) -> Option<Matched>,
    mut judge: impl FnMut(Matched, &mut Vec<Match>) -> Option<usize>,
) {
    let mut at = 0;
    while at < line.len() {
        let Some(matched) = next(at) else { return };
        at = judge(matched, matches).map_or(matched.whole.start + 1, |end| end.max(matched.whole.end));
    }
}

pub(super) fn search_from(pattern: &Pattern, line: &[u8], at: usize) -> Option<Matched> {
    pattern.matcher.definition.find(line, at)
}

pub(super) fn number_from(rule: &Rule, line: &[u8], at: usize) -> Option<Matched> {
    let RuleShape::Digits(shapes) = &rule.shape else { return None };
    (at..line.len()).filter(|&start| begins_number(line, start)).find_map(|start| {
        let end = shapes.iter().find_map(|shape| shape.end(line, start))?;
        let whole = Span { start, end };
        Some(Matched { whole, secret: whole })
    })
}
