//! What a policy does with fields of JSON.

use std::ops::Range;

use smallvec::SmallVec;

use super::Redactor;
use crate::action::{Action, Form, Replaced};
use crate::error::Error;
use crate::fields::{self, FieldAction, Fields, Hit};
use crate::pack::Confidence;
use crate::policy::Policy;
use crate::scan::{Cache, Match, Scanner, Span, Until};

/// The fields of a policy, and the rules that they are found as.
pub(super) struct FieldRules {
    by: Fields,
    mask: u16,
    drop: u16,
}

/// What the fields of a policy say of a line.
#[derive(Default)]
pub(crate) struct LineFields {
    /// What is masked or taken out, in order, apart from each other.
    hidden: Vec<Hit>,
    /// What would be, if the policy did not keep what it finds there.
    shown: Vec<Hit>,
    /// Values in which what is found stays, in order, apart from each other.
    kept: Vec<Range<usize>>,
}

impl FieldRules {
    pub(super) fn of(policy: &Policy, scanner: &Scanner) -> Result<Option<Self>, Error> {
        let (paths, rules) = (policy.fields(), scanner.index_of(Policy::FIELD).zip(scanner.index_of(Policy::FIELD_DROP)));
        let Some((mask, drop)) = rules.filter(|_| !paths.is_empty()) else { return Ok(None) };
        let by = Fields::new(&paths).map_err(|(path, error)| policy.place(&format!("fields.{path}"), error))?;
        let mut rules = FieldRules { by, mask, drop };
        let hiding = [FieldAction::Mask, FieldAction::Drop].into_iter().filter(|&action| rules.by.has(action));
        let stays = |&action: &FieldAction| {
            let (id, class) = scanner.rule(rules.rule(action));
            policy.action_for(id, class) == Action::Keep
        };
        rules.by.hides = hiding.min_by_key(stays);
        Ok(Some(rules))
    }

    fn rule(&self, action: FieldAction) -> u16 {
        if action == FieldAction::Drop { self.drop } else { self.mask }
    }

    fn has(&self, rule: u16) -> bool {
        rule == self.mask || rule == self.drop
    }

    fn as_match(&self, hit: &Hit) -> Match {
        let span = Span { start: hit.value.start, end: hit.value.end };
        Match { span, from: hit.from, rule: self.rule(hit.action), confidence: Confidence::High, until: Until::Complete }
    }
}

impl LineFields {
    /// Drops what is found in values that are kept.
    pub(crate) fn leave_kept(&self, matches: &mut Vec<Match>) {
        if !self.kept.is_empty() {
            matches.retain(|found| !is_inside(&self.kept, |kept| kept.clone(), found));
        }
    }

    /// Drops what is found in fields that are hidden; of what reaches out of one the rest stays.
    pub(crate) fn leave_hidden(&self, matches: &mut Vec<Match>) {
        if self.hidden.is_empty() {
            return;
        }
        let reaches_in = matches.iter().any(|found| !found.span.is_empty() && self.reached_by(found).next().is_some());
        if reaches_in {
            *matches = matches.iter().flat_map(|found| self.outside(found)).collect();
        }
    }

    /// Whether any field is hidden.
    pub(super) fn hide_any(&self) -> bool {
        !self.hidden.is_empty()
    }

    /// Whether what was found lies in a field that is hidden.
    pub(super) fn hides(&self, found: &Match) -> bool {
        is_inside(&self.hidden, place, found)
    }

    /// The fields that are hidden and that a match touches.
    fn reached_by(&self, found: &Match) -> impl Iterator<Item = Range<usize>> {
        let Span { start, end } = found.span;
        let first = self.hidden.partition_point(|hit| hit.value.end <= start);
        self.hidden[first..].iter().map(place).take_while(move |place| place.start < end).filter(move |place| place.end > start)
    }

    /// The parts of a match that are in no field that is hidden.
    fn outside(&self, found: &Match) -> SmallVec<[Match; 2]> {
        if found.span.is_empty() {
            return SmallVec::from_slice(&[*found]);
        }
        let mut parts = SmallVec::new();
        let mut at = found.span.start;
        let part = |start: usize, end: usize| Match {
            span: Span { start, end },
            from: if start == found.span.start { found.from } else { start },
            ..*found
        };
        for field in self.reached_by(found) {
            if at < field.start {
                parts.push(Match { until: Until::Complete, ..part(at, field.start) });
            }
            at = at.max(field.end);
        }
        if at < found.span.end {
            parts.push(part(at, found.span.end));
        }
        parts
    }
}

/// The bytes of which a field alone says what happens to them.
fn place(hit: &Hit) -> Range<usize> {
    if hit.action == FieldAction::Drop { hit.from..hit.value.end } else { hit.value.clone() }
}

/// Whether what was found lies in one of `places`, which are apart and in order.
fn is_inside<T>(places: &[T], place: impl Fn(&T) -> Range<usize>, found: &Match) -> bool {
    let after = places.partition_point(|known| place(known).start <= found.span.start);
    let before = after.checked_sub(1).and_then(|before| places.get(before));
    !found.span.is_empty() && before.is_some_and(|known| found.span.end <= place(known).end)
}

impl Redactor {
    /// The first line of `input` from the one that begins at `from`, and before `to`, that may hold a field of the policy.
    pub(crate) fn next_field(&self, input: &[u8], from: usize, to: usize) -> Option<Span> {
        let line = self.fields.as_ref()?.by.next_line(input, from, to, self.line_limit)?;
        let end = if line.end < input.len() && input[line.clone()].ends_with(b"\r") { line.end - 1 } else { line.end };
        Some(Span { start: line.start, end })
    }

    /// Empties what the rules say of a line in which they see nothing.
    pub(crate) fn find_nothing(&self, _: &[u8], cache: &mut Cache) {
        cache.matches.clear();
        cache.barriers.clear();
        cache.below.clear();
    }

    /// What the fields of the policy say of a line.
    pub(crate) fn fields_in(&self, line: &[u8]) -> LineFields {
        let mut fields = LineFields::default();
        let Some(rules) = &self.fields else { return fields };
        for hit in rules.by.find(line) {
            match hit.action {
                FieldAction::Keep if fields.kept.last().is_some_and(|kept| hit.value.end <= kept.end) => {}
                FieldAction::Keep => fields.kept.push(hit.value),
                FieldAction::Mask if self.is_masked(&line[hit.value.clone()]) => {}
                _ if self.keeps(&rules.as_match(&hit)) => fields.shown.push(hit),
                _ => fields.hidden.push(hit),
            }
        }
        fields
    }

    /// Adds the fields that are hidden to the matches in a line, and those that would be.
    pub(crate) fn add_fields(&self, fields: &LineFields, matches: &mut Vec<Match>) {
        let rules = self.fields.as_ref();
        matches.extend(fields.hidden.iter().chain(&fields.shown).filter_map(|hit| Some(rules?.as_match(hit))));
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

    /// All of a line that is too long to be looked at as one, from the first document on that begins at `from` in this piece or
    /// behind it, where fields of it may have to be hidden: nobody knows which field the rest is in.
    pub(crate) fn rest_of_long(&self, piece: &[u8], from: usize) -> Option<Match> {
        let rules = self.fields.as_ref()?;
        let action = rules.by.hides?;
        let start = fields::document(piece, from)?;
        let span = Span { start, end: piece.len() };
        Some(Match { span, from: start, rule: rules.rule(action), confidence: Confidence::High, until: Until::Line })
    }

    /// Appends `line` from `copied` on with a field masked or taken out. Answers what was replaced.
    pub(super) fn write_field(&self, line: &[u8], found: &Match, copied: usize, is_unescaped: bool, out: &mut Vec<u8>) -> Range<usize> {
        let Span { start, end } = found.span;
        let is_string = line[..start].ends_with(b"\"");
        let member = found.from..end + usize::from(is_string);
        let action = self.plan[usize::from(found.rule)].action;
        // Of a field that is cut nobody knows where the next one begins.
        let is_cut = member.end >= line.len() || (is_string && line[end] != b'"');
        if action == Action::Remove && !is_cut && found.from >= copied {
            let gone = fields::with_comma(line, member, copied);
            out.extend_from_slice(&line[copied..gone.start]);
            return gone;
        }
        let action = if action == Action::Remove { Action::Replace } else { action };
        let (rule, class) = self.scanner.rule(found.rule);
        let span = start.max(copied)..end.max(copied);
        let form = Form { is_bare: !is_string, is_unescaped };
        out.extend_from_slice(&line[copied..span.start]);
        let quote = if is_string { b"".as_slice() } else { b"\"" };
        out.extend_from_slice(quote);
        self.replacements.write(action, Replaced { rule, class, form }, &line[span.clone()], out);
        out.extend_from_slice(quote);
        span
    }
}
