//! A scanner and a policy together: bytes in, masked bytes out.

mod again;
mod builder;
mod explain;
mod fields;
mod json_number;
mod stats;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::action::{Action, Form, Replaced, Replacements};
use crate::error::Error;
use crate::pack::{Class, Confidence};
use crate::policy::Allow;
use crate::scan::{self, Cache, Finding, Match, Removal, Removed, Scanner, Span, Until};

pub use builder::RedactorBuilder;
pub use explain::{Candidate, Decision};
use fields::FieldRules;
use json_number::JsonCursor;
pub use stats::Stats;

/// Masks what its rules find. Immutable and `Sync`: build one, share it between threads.
///
/// ```
/// use logveil::{Cache, Redactor, StreamState};
///
/// let redactor = Redactor::builtin()?;
/// let (mut state, mut cache, mut out) = (StreamState::default(), Cache::default(), Vec::new());
/// let stats = redactor.redact(b"user=bob password=hunter2\n", &mut state, &mut cache, &mut out);
/// assert_eq!(out, b"user=bob password=[REDACTED:assigned-password]\n");
/// assert_eq!(stats.findings(), 1);
/// # Ok::<(), logveil::Error>(())
/// ```
pub struct Redactor {
    scanner: Scanner,
    plan: Vec<Plan>,
    /// What is left alone, if anything is.
    allowed: Option<Allowed>,
    /// The fields that the policy speaks of, if it does of any.
    fields: Option<FieldRules>,
    replacements: Replacements,
    line_limit: usize,
}

/// What the policy says of a rule.
#[derive(Clone, Copy)]
struct Plan {
    enabled: bool,
    /// Whether the policy names the rule, or need not.
    asked_for: bool,
    action: Action,
    threshold: Confidence,
}

/// What is left alone.
struct Allowed {
    by: Arc<Allow>,
    /// The rule whose matches are the values beside keys that allow them.
    keys: Option<u16>,
}

/// Where findings are reported as they are masked.
pub(crate) type Observer<'o, 'r> = &'o mut (dyn FnMut(Finding<'r>) + 'o);

impl Redactor {
    /// The built-in packs under the default policy.
    ///
    /// # Errors
    /// Never with packs that passed this crate's tests; see [`RedactorBuilder::build`].
    pub fn builtin() -> Result<Self, Error> {
        Redactor::builder().build()
    }

    /// Chooses packs, policy and keys.
    pub fn builder() -> RedactorBuilder {
        RedactorBuilder::default()
    }

    /// The counts of `stats` by the id of the rule, in pack order.
    pub fn by_rule(&self, stats: &Stats) -> Vec<(&str, u64)> {
        let mut counts = stats.by_rule.clone();
        counts.sort_unstable();
        counts.into_iter().map(|(rule, count)| (self.scanner.rule(rule).0, count)).collect()
    }

    /// Whether one of its packs has a rule of this id, in force or not.
    pub fn has_rule(&self, id: &str) -> bool {
        self.scanner.index_of(id).is_some()
    }

    /// Whether its policy asks for the rule of this id: all of them but those on request that it does not name.
    pub fn asks_for(&self, id: &str) -> bool {
        self.scanner.index_of(id).is_some_and(|index| self.plan[usize::from(index)].asked_for)
    }

    /// What happens to findings of the rule with this id; nothing if there is none.
    pub fn action_of(&self, id: &str) -> Option<Action> {
        self.scanner.index_of(id).map(|index| self.plan[usize::from(index)].action)
    }

    /// The class of the rule with this id.
    pub fn class_of(&self, id: &str) -> Option<Class> {
        self.scanner.index_of(id).map(|index| self.scanner.rule(index).1)
    }

    /// The id of the rule with this index, in pack order: what the feature `counters` counts by.
    #[cfg(feature = "counters")]
    pub fn rule_id(&self, index: u16) -> Option<&str> {
        (usize::from(index) < self.scanner.len()).then(|| self.scanner.rule(index).0)
    }

    /// Whether what this log group holds is left alone.
    #[cfg(feature = "envelope")]
    pub(crate) fn allows_log_group(&self, name: &[u8]) -> bool {
        self.allowed.as_ref().is_some_and(|allowed| allowed.by.log_group(name))
    }

    pub(crate) fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    pub(crate) fn line_limit(&self) -> usize {
        self.line_limit
    }

    /// Fills `cache.matches` with what the rules say of `line`, from the threshold upwards.
    pub(crate) fn find(&self, line: &[u8], cache: &mut Cache) {
        self.find_by(line, cache, true, Scanner::find);
    }

    /// The same for the line that [`Scanner::next_suspect`] gave last.
    pub(crate) fn find_in_suspect(&self, line: &[u8], cache: &mut Cache) {
        self.find_by(line, cache, self.scanner.may_have_barrier(cache), Scanner::find_in_suspect);
    }

    fn find_by(
        &self,
        line: &[u8],
        cache: &mut Cache,
        may_have_barrier: bool,
        find: impl FnOnce(&Scanner, &[u8], &[Span], &mut Cache, &mut Vec<Match>),
    ) {
        let mut matches = std::mem::take(&mut cache.matches);
        let mut barriers = std::mem::take(&mut cache.barriers);
        matches.clear();
        barriers.clear();
        if may_have_barrier {
            self.replacements.find(line, &mut barriers);
        }
        find(&self.scanner, line, &barriers, cache, &mut matches);
        self.leave_allowed(line, &mut matches);
        let below = &mut cache.below;
        below.clear();
        matches.retain(|found| {
            let wanted = self.wants(found);
            let Until::Next(next) = found.until else { return wanted };
            if wanted {
                below.push((found.rule, next));
            }
            false
        });
        (cache.matches, cache.barriers) = (matches, barriers);
    }

    /// Drops the matches in `line` that an allow list lets be: by their value, or beside a key.
    pub(crate) fn leave_allowed(&self, line: &[u8], matches: &mut Vec<Match>) {
        let Some(allowed) = &self.allowed else { return };
        // A value or, where that stands on the next line, its key.
        let place = |found: &Match| (found.until != Until::Complete && found.span.is_empty(), found.span.start, found.from);
        let mut beside: Vec<_> =
            matches.iter().filter(|found| Some(found.rule) == allowed.keys).map(|found| (place(found), found.span.end)).collect();
        beside.sort_unstable();
        let is_beside_key = |found: &Match| {
            let (below, start, _) = place(found);
            let from = if below { found.from } else { 0 };
            let first = beside.partition_point(|&(known, _)| known < (below, start, from));
            beside[first..]
                .iter()
                .take_while(|((_, known, _), _)| *known == start)
                .any(|&((_, _, key), end)| found.span.end <= end && (!below || key == found.from))
        };
        let is_key = |found: &Match| Some(found.rule) == allowed.keys;
        matches.retain(|found| !is_key(found) && !allowed.by.value(&line[found.span.start..found.span.end]) && !is_beside_key(found));
    }

    /// Whether the policy asks for a match: its rule is enabled, and it is sure enough.
    pub(crate) fn wants(&self, found: &Match) -> bool {
        self.plan[usize::from(found.rule)].takes(found.confidence)
    }

    /// What stands in the place of `replaced`, in which `value` is, that this rule has found elsewhere; nothing where the
    /// policy lets it stand. What can be revealed is all that is replaced.
    #[cfg(feature = "envelope")]
    pub(crate) fn replacement(&self, rule: &str, value: &[u8], replaced: &[u8], is_unescaped: bool) -> Option<Vec<u8>> {
        let rule = self.scanner.index_of(rule)?;
        let action = self.plan[usize::from(rule)].action;
        let (id, class) = self.scanner.rule(rule);
        let value = if action == Action::Encrypt { replaced } else { value };
        let mut out = Vec::new();
        let form = Form { is_unescaped, ..Form::default() };
        self.replacements.write(action, Replaced { rule: id, class, form }, value, &mut out);
        (action != Action::Keep).then_some(out)
    }

    /// Whether the policy lets what a rule finds stand.
    pub(crate) fn keeps(&self, found: &Match) -> bool {
        self.plan[usize::from(found.rule)].action == Action::Keep
    }

    /// What a match is, for a report.
    pub(crate) fn finding(&self, found: &Match, line: u64, base: usize) -> Finding<'_> {
        let (rule, class) = self.scanner.rule(found.rule);
        let span = Span { start: base + found.span.start, end: base + found.span.end };
        Finding { rule, class, confidence: found.confidence, line, span }
    }

    /// Appends what stands for the rest of a value whose beginning is written already: nothing, unless it is to be revealed.
    pub(crate) fn write_rest(&self, rule: u16, rest: &[u8], is_unescaped: bool, out: &mut Vec<u8>) {
        let action = self.plan[usize::from(rule)].action;
        if action == Action::Encrypt {
            let (rule, class) = self.scanner.rule(rule);
            let form = Form { is_unescaped, ..Form::default() };
            self.replacements.write(action, Replaced { rule, class, form }, rest, out);
        }
    }

    /// Appends `range` of a line to `out` with the resolved matches in it masked. Answers up to where the line is done, which
    /// may be behind the range.
    pub(crate) fn write(&self, line: &[u8], range: Range<usize>, resolved: &[Match], is_unescaped: bool, out: &mut Vec<u8>) -> usize {
        self.write_noting(line, range, resolved, is_unescaped, out, |_, _| {})
    }

    /// The same, telling what of the line was replaced, and where in `out` what it was replaced by stands.
    fn write_noting(
        &self,
        line: &[u8],
        range: Range<usize>,
        resolved: &[Match],
        is_unescaped: bool,
        out: &mut Vec<u8>,
        mut note: impl FnMut(Range<usize>, Range<usize>),
    ) -> usize {
        let mut json = JsonCursor::default();
        let mut removal = Removal::default();
        let mut copied = range.start;
        for found in resolved {
            let before = out.len();
            let replaced = if self.is_field(found.rule) {
                self.write_field(line, found, copied, is_unescaped, out)
            } else {
                self.write_found(line, found, copied, (&mut json, &mut removal), is_unescaped, out)
            };
            note(replaced.clone(), before + (replaced.start - copied)..out.len());
            copied = replaced.end;
        }
        if copied < range.end {
            out.extend_from_slice(&line[copied..range.end]);
        }
        copied.max(range.end)
    }

    /// Appends `line` from `copied` on with what a rule found masked. Answers what was replaced.
    fn write_found(
        &self,
        line: &[u8],
        found: &Match,
        copied: usize,
        (json, removal): (&mut JsonCursor, &mut Removal),
        is_unescaped: bool,
        out: &mut Vec<u8>,
    ) -> Range<usize> {
        // In a number of JSON that is replaced already, as a whole.
        if found.span.end <= copied {
            return copied..copied;
        }
        let (rule, class) = self.scanner.rule(found.rule);
        let action = self.plan[usize::from(found.rule)].action;
        let number = json.number_around(line, found.span);
        let span = number.as_ref().map_or(found.span, |number| number.span);
        let span = Span { start: span.start.max(copied), end: span.end.max(copied) };
        if action == Action::Remove
            && let Some(field) = removal.around(line, Removed { span, from: found.from, done: copied })
        {
            out.extend_from_slice(&line[copied..field.start]);
            return field.start..field.end;
        }
        out.extend_from_slice(&line[copied..span.start]);
        number.iter().for_each(|number| number.write_quote(out));
        let form = Form { is_bare: number.is_some(), is_unescaped };
        self.replacements.write(action, Replaced { rule, class, form }, &line[span.start..span.end], out);
        number.iter().for_each(|number| number.write_quote(out));
        span.start..span.end
    }
}

impl Plan {
    fn takes(&self, confidence: Confidence) -> bool {
        self.enabled && confidence >= self.threshold
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").field("rules", &self.plan.len()).field("allowed", &self.allowed.is_some()).finish_non_exhaustive()
    }
}

/// Resolves what `cache.matches` holds into what is masked, and counts and reports it together with what is kept.
pub(crate) fn settle<'r>(redactor: &'r Redactor, cache: &mut Cache, line: u64, base: usize, stats: &mut Stats, observer: Observer<'_, 'r>) {
    let Cache { matches, resolved, .. } = cache;
    resolved.clear();
    matches.sort_unstable_by_key(|found| redactor.keeps(found));
    let masked = matches.partition_point(|found| !redactor.keeps(found));
    let (masked, kept) = matches.split_at_mut(masked);
    scan::resolve(kept, resolved);
    let count = |found: &Match, stats: &mut Stats, observer: Observer<'_, 'r>| {
        stats.count(found.rule, 1);
        observer(redactor.finding(found, line, base));
    };
    resolved.iter().for_each(|found| count(found, stats, observer));
    resolved.clear();
    scan::resolve(masked, resolved);
    resolved.iter().for_each(|found| count(found, stats, observer));
}
