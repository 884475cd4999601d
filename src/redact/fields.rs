//! What a policy does with fields of JSON.

use std::ops::Range;
use std::sync::Arc;

use super::Redactor;
use crate::action::{Action, Form, Replaced};
use crate::fields::{self, FieldAction, Fields, Hit};
use crate::pack::Confidence;
use crate::policy::Policy;
use crate::scan::{Cache, Match, Scanner, Span, Until};

/// The fields of a policy, and the rules that they are found as.
pub(super) struct FieldRules {
    by: Arc<Fields>,
    mask: u16,
    drop: u16,
}

impl FieldRules {
    pub(super) fn of(policy: &Policy, scanner: &Scanner) -> Option<Self> {
        let by = Arc::clone(policy.fields()?);
        Some(FieldRules { by, mask: scanner.index_of(Policy::FIELD)?, drop: scanner.index_of(Policy::FIELD_DROP)? })
    }

    pub(super) fn has(&self, rule: u16) -> bool {
        rule == self.mask || rule == self.drop
    }

    fn rule(&self, action: FieldAction) -> u16 {
        if action == FieldAction::Drop { self.drop } else { self.mask }
    }
}

impl Redactor {
    /// The first line of `input` from the one that begins at `from`, and before `to`, that may hold a field of the policy.
    pub(crate) fn next_field(&self, input: &[u8], from: usize, to: usize) -> Option<Span> {
        let line = self.fields.as_ref()?.by.next_line(input, from, to)?;
        let end = if line.end < input.len() && input[line.clone()].ends_with(b"\r") { line.end - 1 } else { line.end };
        Some(Span { start: line.start, end })
    }

    /// Empties what the rules say of a line in which they see nothing.
    pub(crate) fn find_nothing(&self, _: &[u8], cache: &mut Cache) {
        cache.matches.clear();
        cache.barriers.clear();
        cache.below.clear();
    }

    /// Adds the fields of the policy to the matches in `line`, and drops those that a field lets be.
    pub(crate) fn apply_fields(&self, line: &[u8], matches: &mut Vec<Match>) {
        let Some(rules) = &self.fields else { return };
        let hits = self.hits_in(line);
        matches.retain(|found| !hits.iter().any(|hit| contains(hit, found)));
        matches.extend(hits.iter().filter(|hit| hit.action != FieldAction::Keep).map(|hit| as_match(rules, hit)));
    }

    /// The fields of the policy in a line, without those whose rule is not in force.
    pub(super) fn hits_in(&self, line: &[u8]) -> Vec<Hit> {
        let mut hits = Vec::new();
        let Some(rules) = &self.fields else { return hits };
        rules.by.find(line, &mut hits);
        hits.retain(|hit| match hit.action {
            FieldAction::Keep => true,
            FieldAction::Mask => self.plan[usize::from(rules.mask)].enabled && !self.is_masked(&line[hit.value.clone()]),
            FieldAction::Drop => self.plan[usize::from(rules.drop)].enabled,
        });
        hits
    }

    /// Whether a value is nothing, or what an earlier pass has left of it.
    fn is_masked(&self, value: &[u8]) -> bool {
        let mut barriers = Vec::new();
        if value.starts_with(b"[") {
            self.replacements.find(value, &mut barriers);
        }
        value.is_empty() || barriers.contains(&Span { start: 0, end: value.len() })
    }

    pub(super) fn is_field(&self, rule: u16) -> bool {
        self.fields.as_ref().is_some_and(|fields| fields.has(rule))
    }

    /// The hits of a line as matches, but for what is kept.
    pub(super) fn as_matches<'h>(&self, hits: &'h [Hit]) -> impl Iterator<Item = (&'h Hit, Match)> {
        let rules = self.fields.as_ref();
        let hidden = hits.iter().filter(|hit| hit.action != FieldAction::Keep);
        hidden.filter_map(move |hit| rules.map(|rules| (hit, as_match(rules, hit))))
    }

    /// All of a line of JSON that is too long to be looked at as one, where fields of it may have to be hidden.
    pub(crate) fn whole_of_long(&self, piece: &[u8]) -> Option<Match> {
        let rules = self.fields.as_ref().filter(|rules| rules.by.hides() && fields::is_json(piece))?;
        let span = Span { start: 0, end: piece.len() };
        let is_wanted = self.plan[usize::from(rules.mask)].enabled || self.plan[usize::from(rules.drop)].enabled;
        let found = Match { span, from: 0, rule: rules.mask, confidence: Confidence::High, until: Until::Line };
        is_wanted.then_some(found)
    }

    /// Appends `line` from `copied` on with a field masked or taken out. Answers up to where the line is done.
    pub(super) fn write_field(&self, line: &[u8], found: &Match, copied: usize, out: &mut Vec<u8>) -> usize {
        let Span { start, end } = found.span;
        let is_string = line[..start].ends_with(b"\"");
        let member = found.from..end + usize::from(is_string);
        let action = self.plan[usize::from(found.rule)].action;
        // Of a field that is cut nobody knows where the next one begins.
        let is_cut = member.end >= line.len() || (is_string && line[end] != b'"');
        if action == Action::Remove && !is_cut && found.from >= copied {
            let Range { start, end } = fields::with_comma(line, member, copied);
            out.extend_from_slice(&line[copied..start]);
            return end;
        }
        let action = if action == Action::Remove { Action::Replace } else { action };
        let (rule, class) = self.scanner.rule(found.rule);
        let span = start.max(copied)..end.max(copied);
        let form = if is_string { Form::Text } else { Form::Number };
        out.extend_from_slice(&line[copied..span.start]);
        let quote = if is_string { b"".as_slice() } else { b"\"" };
        out.extend_from_slice(quote);
        self.replacements.write(action, Replaced { rule, class, form }, &line[span.clone()], out);
        out.extend_from_slice(quote);
        span.end
    }
}

/// Whether what was found lies in a field, so that this alone says what happens to it.
pub(super) fn contains(hit: &Hit, found: &Match) -> bool {
    let from = if hit.action == FieldAction::Drop { hit.from } else { hit.value.start };
    from <= found.span.start && found.span.end <= hit.value.end && !found.span.is_empty()
}

fn as_match(rules: &FieldRules, hit: &Hit) -> Match {
    let span = Span { start: hit.value.start, end: hit.value.end };
    Match { span, from: hit.from, rule: rules.rule(hit.action), confidence: Confidence::High, until: Until::Complete }
}
