//! A scanner and a policy together: bytes in, masked bytes out.

mod explain;

use std::fmt;
use std::ops::AddAssign;

use crate::action::{Action, Form, Keys, Replaced, Replacements, Template};
use crate::builtin;
use crate::error::Error;
use crate::pack::{Class, Confidence, Pack};
use crate::policy::Policy;
use crate::scan::{self, Cache, Finding, Match, Removal, Removed, Scanner, Span, Strategy, Strings, Until};

pub use explain::{Candidate, Decision};

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
    threshold: Confidence,
    replacements: Replacements,
    line_limit: usize,
}

/// What the policy says of a rule.
#[derive(Clone, Copy)]
struct Plan {
    enabled: bool,
    action: Action,
}

/// Where findings are reported as they are masked.
pub(crate) type Observer<'o, 'r> = &'o mut (dyn FnMut(Finding<'r>) + 'o);

/// Chooses packs, policy and keys for a [`Redactor`].
#[derive(Default)]
pub struct RedactorBuilder {
    policy: Policy,
    packs: Vec<Pack>,
    keys: Option<Keys>,
    strategy: Strategy,
    /// A pack that stands in the place of the built-in one of this name.
    substitute: Option<(String, Pack)>,
}

impl RedactorBuilder {
    /// Uses this policy instead of the default one.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Adds a pack to the built-in ones.
    pub fn pack(mut self, pack: Pack) -> Self {
        self.packs.push(pack);
        self
    }

    /// Puts a pack in the place of the built-in one of this name, if there is one, else behind them all.
    pub(crate) fn in_place_of(mut self, name: &str, pack: Pack) -> Self {
        if builtin::PACKS.iter().any(|known| known.name() == name) {
            self.substitute = Some((name.to_owned(), pack));
            return self;
        }
        self.pack(pack)
    }

    /// The keys of the actions `hash` and `encrypt`.
    pub fn keys(mut self, keys: Keys) -> Self {
        self.keys = Some(keys);
        self
    }

    #[doc(hidden)]
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Compiles everything.
    ///
    /// # Errors
    /// When a rule of a pack is wrong (its pattern does not compile, has no anchor, or its id is taken), when the
    /// policy names a pack or rule that does not exist, or when an action needs a key and there is none.
    pub fn build(self) -> Result<Redactor, Error> {
        let policy = self.policy;
        let place = |error: Error| if policy.name.is_empty() { error } else { error.at(format!("policy {}", policy.name)) };
        if let Some(unknown) = policy.packs().unwrap_or_default().iter().find(|&name| builtin::PACKS.iter().all(|pack| pack.name() != name))
        {
            return Err(place(Error::new(format!("no built-in pack is called {unknown:?}")).remedy("`logveil rules list` names them")));
        }
        let chosen = |pack: &&Pack| policy.packs().is_none_or(|names| names.iter().any(|name| name == pack.name()));
        let stands_for =
            |pack| self.substitute.as_ref().filter(|(name, _)| name == Pack::name(pack)).map_or(pack, |(_, substitute)| substitute);
        let packs: Vec<Pack> = builtin::PACKS.iter().filter(chosen).map(stands_for).cloned().chain(self.packs.iter().cloned()).collect();
        let threshold = policy.threshold();
        let templates = templates(&policy, &packs);
        let wanted = |id: &str, surest| policy.enables(id) && surest >= threshold;
        let scanner = Scanner::new(&packs, self.strategy, wanted, &Replacements::beginnings(&templates))?;
        if let Some(unknown) = policy.rule_ids().find(|id| scanner.index_of(id).is_none() && !is_builtin(id)) {
            return Err(place(no_rule(unknown)));
        }
        for (name, rules) in policy.only() {
            check_only(&scanner, name, &rules, threshold).map_err(place)?;
        }
        let plan: Vec<Plan> = (0..scanner.len())
            .map(|index| {
                let (id, class) = scanner.rule(index as u16);
                Plan { enabled: policy.enables(id), action: policy.action_for(id, class) }
            })
            .collect();
        if let Some(action) = plan.iter().filter(|plan| plan.enabled).map(|plan| plan.action).find(|action| action.needs_key())
            && self.keys.is_none()
        {
            return Err(place(
                Error::new(format!("the action {} needs a key and there is none", action.name()))
                    .remedy("give one: without, anybody could undo it"),
            ));
        }
        let rules = builtin::PACKS.iter().chain(&packs).flat_map(|pack| pack.rules()).map(|rule| (&*rule.id, rule.class));
        let replacements = Replacements::new(rules, &templates, self.keys.as_ref(), policy.writing_key()).map_err(place)?;
        Ok(Redactor { replacements, plan, threshold, line_limit: policy.line_limit(), scanner })
    }
}

impl fmt::Debug for RedactorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactorBuilder").field("packs", &self.packs.len()).finish_non_exhaustive()
    }
}

/// The templates that the policy has for rules of these packs, each once.
fn templates(policy: &Policy, packs: &[Pack]) -> Vec<Template> {
    let mut templates = Vec::new();
    for rule in packs.iter().flat_map(Pack::rules) {
        if let Action::Template(template) = policy.action_for(&rule.id, rule.class)
            && !templates.contains(&template)
        {
            templates.push(template);
        }
    }
    templates
}

fn no_rule(name: &str) -> Error {
    Error::new(format!("no rule is called {name:?}"))
        .remedy("`logveil rules list` names them, `logveil rules aliases` the names of CloudWatch; your own need their pack")
}

/// What `only` names must exist, and be able to reach the threshold: whoever names it expects it to be found.
fn check_only(scanner: &Scanner, name: &str, rules: &[&str], threshold: Confidence) -> Result<(), Error> {
    let indexes: Vec<u16> = rules.iter().filter_map(|rule| scanner.index_of(rule)).collect();
    if indexes.is_empty() {
        return Err(no_rule(name));
    }
    match indexes.iter().map(|&index| scanner.surest(index)).max() {
        Some(surest) if surest < threshold => {
            Err(Error::new(format!("`only` names {name:?}, of which no finding is as sure as {threshold}"))
                .remedy(format!("set min_confidence = \"{surest}\", or leave it out")))
        }
        _ => Ok(()),
    }
}

fn is_builtin(id: &str) -> bool {
    builtin::PACKS.iter().flat_map(|pack| pack.rules()).any(|rule| rule.id == id)
}

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

    /// Whether the policy asks for a match: its rule is enabled, and it is sure enough.
    pub(crate) fn wants(&self, found: &Match) -> bool {
        found.confidence >= self.threshold && self.plan[usize::from(found.rule)].enabled
    }

    /// What stands in the place of `replaced`, in which `value` is, that this rule has found elsewhere; nothing where the
    /// policy lets it stand. What can be revealed is all that is replaced.
    #[cfg(feature = "envelope")]
    pub(crate) fn replacement(&self, rule: &str, value: &[u8], replaced: &[u8]) -> Option<Vec<u8>> {
        let rule = self.scanner.index_of(rule)?;
        let action = self.plan[usize::from(rule)].action;
        let (id, class) = self.scanner.rule(rule);
        let value = if action == Action::Encrypt { replaced } else { value };
        let mut out = Vec::new();
        self.replacements.write(action, Replaced { rule: id, class, form: Form::Text }, value, &mut out);
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
    pub(crate) fn write_rest(&self, rule: u16, rest: &[u8], out: &mut Vec<u8>) {
        let action = self.plan[usize::from(rule)].action;
        if action == Action::Encrypt {
            let (rule, class) = self.scanner.rule(rule);
            self.replacements.write(action, Replaced { rule, class, form: Form::Text }, rest, out);
        }
    }

    /// Appends `line[from..to]` to `out` with the resolved matches in it masked. Answers up to where the line is done, which
    /// may be behind `to`.
    pub(crate) fn write(&self, line: &[u8], from: usize, to: usize, resolved: &[Match], out: &mut Vec<u8>) -> usize {
        let mut json = JsonCursor::default();
        let mut removal = Removal::default();
        let mut copied = from;
        for found in resolved {
            let (rule, class) = self.scanner.rule(found.rule);
            let action = self.plan[usize::from(found.rule)].action;
            let number = json.number_around(line, found.span);
            let span = number.as_ref().map_or(found.span, |number| number.span);
            let span = Span { start: span.start.max(copied), end: span.end.max(copied) };
            if action == Action::Remove
                && let Some(field) = removal.around(line, Removed { span, from: found.from, done: copied })
            {
                out.extend_from_slice(&line[copied..field.start]);
                copied = field.end;
                continue;
            }
            out.extend_from_slice(&line[copied..span.start]);
            number.iter().for_each(|number| number.write_quote(out));
            let form = if number.is_some() { Form::Number } else { Form::Text };
            self.replacements.write(action, Replaced { rule, class, form }, &line[span.start..span.end], out);
            number.iter().for_each(|number| number.write_quote(out));
            copied = span.end;
        }
        if copied < to {
            out.extend_from_slice(&line[copied..to]);
        }
        copied.max(to)
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").field("rules", &self.plan.len()).field("threshold", &self.threshold).finish_non_exhaustive()
    }
}

/// A number of JSON that a replacement turns into a string.
struct BareNumber {
    span: Span,
    /// Backslashes before the quotes, as deep as the text around it is.
    backslashes: usize,
}

impl BareNumber {
    fn write_quote(&self, out: &mut Vec<u8>) {
        out.resize(out.len() + self.backslashes, b'\\');
        out.push(b'"');
    }
}

/// Finds the numbers of JSON that findings stand in, from finding to finding.
#[derive(Default)]
struct JsonCursor {
    strings: Strings,
}

impl JsonCursor {
    /// The whole bare number of JSON that holds `span`, if there is one.
    fn number_around(&mut self, line: &[u8], span: Span) -> Option<BareNumber> {
        let in_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
        let value = &line[span.start..span.end];
        if !value.iter().all(&in_number) || !value.iter().any(u8::is_ascii_digit) {
            return None;
        }
        const LONGEST: usize = 64;
        let start = span.start - line[..span.start].iter().rev().take(LONGEST).take_while(|byte| in_number(byte)).count();
        let end = span.end + line[span.end..].iter().take(LONGEST).take_while(|byte| in_number(byte)).count();
        if !line[end..].trim_ascii_start().first().is_none_or(|byte| b",]}".contains(byte)) {
            return None;
        }
        let in_string = self.strings.contain(line, start);
        let before = line[..start].trim_ascii_end();
        let depth = match before.split_last()? {
            (b':', key) => closing_quote(key)?,
            (b'[' | b',', _) if !in_string => 0,
            (b'[' | b',', _) => array_depth(before)?,
            _ => return None,
        };
        (in_string == (depth > 0)).then_some(BareNumber { span: Span { start, end }, backslashes: depth })
    }
}

/// The backslashes before the quote that `text` ends with.
fn closing_quote(text: &[u8]) -> Option<usize> {
    let text = text.trim_ascii_end().strip_suffix(b"\"")?;
    Some(text.iter().rev().take_while(|&&byte| byte == b'\\').count())
}

/// The depth of an array of numbers inside a string: that of the key before it.
fn array_depth(before: &[u8]) -> Option<usize> {
    const LONGEST: usize = 512;
    let numbers = before.iter().rev().take(LONGEST).take_while(|byte| byte.is_ascii_digit() || b"+-.eE,[] ".contains(byte)).count();
    closing_quote(before[..before.len() - numbers].strip_suffix(b":")?)
}

/// Counts, never values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub(crate) lines: u64,
    pub(crate) lines_changed: u64,
    pub(crate) findings: u64,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) by_rule: Vec<(u16, u64)>,
}

impl Stats {
    /// Lines read.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// Lines in which something was masked.
    pub fn lines_changed(&self) -> u64 {
        self.lines_changed
    }

    /// Findings, overlapping ones counted as one.
    pub fn findings(&self) -> u64 {
        self.findings
    }

    /// Bytes read.
    pub fn bytes_in(&self) -> u64 {
        self.bytes_in
    }

    /// Bytes written.
    pub fn bytes_out(&self) -> u64 {
        self.bytes_out
    }

    pub(crate) fn count(&mut self, rule: u16, times: u64) {
        self.findings += times;
        match self.by_rule.iter_mut().find(|(known, _)| *known == rule) {
            Some((_, count)) => *count += times,
            None => self.by_rule.push((rule, times)),
        }
    }
}

impl AddAssign for Stats {
    fn add_assign(&mut self, other: Stats) {
        self.lines += other.lines;
        self.lines_changed += other.lines_changed;
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        other.by_rule.into_iter().for_each(|(rule, times)| self.count(rule, times));
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
