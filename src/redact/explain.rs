//! Why a line is masked as it is: what each rule says of it, and what the policy makes of that.

use super::Redactor;
use crate::action::Action;
use crate::check::Verdict;
use crate::pack::{Class, Confidence};
use crate::scan::{self, Cache, Match, Reason, Span, Until};

/// A place in a line where a rule could match, what it says of it, and what the policy does. Never the value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candidate<'r> {
    /// The rule's id.
    pub rule: &'r str,
    /// The rule's class.
    pub class: Class,
    /// The bytes that would be masked; where there is no value, those of the key. Empty where the value stands on the next
    /// line.
    pub span: Span,
    /// The byte at which its key or its pattern begins.
    pub from: usize,
    /// How sure the rule is before check and words.
    pub base: Confidence,
    /// The name of the rule's check, and what it says, if it was asked.
    pub check: Option<(&'static str, Verdict)>,
    /// Whether one of the words stands nearby of which one must, if the rule has such words and was asked.
    pub near: Option<bool>,
    /// Whether one of the words stands nearby that raise the confidence, if the rule has such words and was asked.
    pub raised: Option<bool>,
    /// Whether its key lowered the confidence, if the rule knows such keys.
    pub lowered: Option<bool>,
    /// How sure the match is, or why it is none.
    pub outcome: Result<Confidence, Reason>,
    /// What the policy does with a match; nothing if it is none.
    pub decision: Option<Decision<'r>>,
}

/// What a policy does with a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision<'r> {
    /// Its rule is not in force.
    Disabled,
    /// It is less sure than the policy asks for: this.
    BelowThreshold(Confidence),
    /// An allow list or a field that is kept lets it be.
    Allowed,
    /// It is masked so.
    Masked(Action),
    /// It overlaps a surer or longer match of this rule, and both are masked as one, so.
    MaskedAs(&'r str, Action),
    /// It is counted and reported, and stays.
    Kept,
}

impl Redactor {
    /// What the rules and the policy say of one line without its line feed, place by place. What goes on from the lines
    /// before it (a private key, a key on a line of its own) is not known here, nor what is found only once something beside it
    /// is masked: explain the masked line to see that. Rules on request say nothing unless the policy asks for them.
    pub fn explain(&self, line: &[u8], cache: &mut Cache) -> Vec<Candidate<'_>> {
        let mut barriers = Vec::new();
        self.replacements.find(line, &mut barriers);
        let mut found = self.scanner.explain(line, &barriers, cache);
        found.retain(|found| self.plan[usize::from(found.rule)].asked_for);
        let mut left: Vec<Match> = found.iter().filter_map(as_match).collect();
        self.leave_allowed(line, &mut left);
        let fields = self.fields_in(line);
        fields.leave_kept(&mut left);
        left.retain(|found| !fields.hides(found));
        let mut wanted: Vec<Match> = left.iter().copied().filter(|found| self.wants(found) && !self.keeps(found)).collect();
        fields.leave_hidden(&mut wanted);
        let mut of_fields = Vec::new();
        self.add_fields(&fields, &mut of_fields);
        wanted.extend(of_fields.iter().filter(|found| !self.keeps(found)));
        let mut resolved = Vec::new();
        scan::resolve(&mut wanted, &mut resolved);
        let explained = |found: &scan::Candidate| {
            let (rule, class) = self.scanner.rule(found.rule);
            Candidate {
                rule,
                class,
                span: found.span,
                from: found.from,
                base: self.scanner.base(found.rule),
                check: found.context.check,
                near: found.context.near,
                raised: found.context.raised,
                lowered: found.context.lowered,
                outcome: found.outcome,
                decision: as_match(found).map(|found| self.decide(&found, left.contains(&found), &resolved)),
            }
        };
        // Where values are allowed is no finding.
        let allows = self.allowed.as_ref().and_then(|allowed| allowed.keys);
        let by_rules = found.iter().filter(|found| Some(found.rule) != allows && !self.is_field(found.rule)).map(explained);
        by_rules.chain(of_fields.iter().map(|found| self.explain_field(found))).collect()
    }

    fn explain_field(&self, found: &Match) -> Candidate<'_> {
        let (rule, class) = self.scanner.rule(found.rule);
        let action = self.plan[usize::from(found.rule)].action;
        Candidate {
            rule,
            class,
            span: found.span,
            from: found.from,
            base: found.confidence,
            check: None,
            near: None,
            raised: None,
            lowered: None,
            outcome: Ok(found.confidence),
            decision: Some(if action == Action::Keep { Decision::Kept } else { Decision::Masked(action) }),
        }
    }

    fn decide(&self, found: &Match, is_left: bool, resolved: &[Match]) -> Decision<'_> {
        let plan = &self.plan[usize::from(found.rule)];
        if !plan.enabled {
            return Decision::Disabled;
        }
        if !self.wants(found) {
            return Decision::BelowThreshold(plan.threshold);
        }
        let label = resolved.iter().find(|union| union.span.start <= found.span.start && found.span.end <= union.span.end);
        if !is_left && !label.is_some_and(|label| self.is_field(label.rule)) {
            return Decision::Allowed;
        }
        if is_left && self.keeps(found) {
            return Decision::Kept;
        }
        match label {
            Some(label) if label.rule != found.rule => {
                Decision::MaskedAs(self.scanner.rule(label.rule).0, self.plan[usize::from(label.rule)].action)
            }
            _ => Decision::Masked(plan.action),
        }
    }
}

fn as_match(found: &scan::Candidate) -> Option<Match> {
    let confidence = found.outcome.ok()?;
    Some(Match { span: found.span, from: found.from, rule: found.rule, confidence, until: Until::Complete })
}
