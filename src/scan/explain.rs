//! Why a match is one, and why another place gives none: what each rule says of each place where it could match.
//!
//! Where to look is what the reference scanner says, and whether something is a match is what `verify` says. This only asks
//! the same questions once more, one by one, of what was rejected; a test holds the two together.

use super::block::Block;
use super::compile::{Pattern, Phrases, Rule, RuleShape, Rules};
use super::reference;
use super::syntax::{self, Key, Strings, Until, Value, is_key_byte};
use super::verify::{self, KeyCursor, Matched, Named, Patience, Text};
use super::view::{Plain, Views};
use super::words;
use super::{Cache, Match, Scanner, Span, boundary, digits};
use crate::check::Verdict;
use crate::pack::{Boundary, Confidence};

/// A place where a rule could match, and what it says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) rule: u16,
    /// What would be masked; where there is no value, the key. Empty where the value stands on the next line.
    pub(crate) span: Span,
    /// Where its key or pattern begins.
    pub(crate) from: usize,
    pub(crate) context: Context,
    pub(crate) outcome: Result<Confidence, Reason>,
}

/// What raises or lowers the confidence of a candidate, as far as its rule asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Context {
    /// The name of the check, and what it says.
    pub(crate) check: Option<(&'static str, Verdict)>,
    /// Whether a word stands nearby of those of which one must.
    pub(crate) near: Option<bool>,
    /// Whether a word stands nearby that makes it surer.
    pub(crate) raised: Option<bool>,
    /// Whether its key makes it less sure.
    pub(crate) lowered: Option<bool>,
}

impl Context {
    fn reason(&self) -> Option<Reason> {
        match self {
            Context { near: Some(false), .. } => Some(Reason::NoContext),
            Context { check: Some((_, Verdict::Impossible)), .. } => Some(Reason::CheckFailed),
            _ => None,
        }
    }
}

/// Why a candidate is no match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// It begins or ends inside a word or an escape.
    NoBoundary,
    /// No value stands beside its key, or behind its pattern.
    NoValue,
    /// The value is not what the rule asks for: too short, a word, an expression, a count.
    WrongValue,
    /// It holds nothing: `****`, `<token>`, `${VAR}`.
    Placeholder,
    /// The key is one of those that look right and are not.
    NotKey,
    /// An earlier replacement stands in its place.
    Replaced,
    /// No word stands nearby of those of which one must.
    NoContext,
    /// Its check says that it cannot be one.
    CheckFailed,
    /// Nothing is found in what it decodes to.
    NothingInside,
}

impl Reason {
    /// The reason in words.
    pub fn text(self) -> &'static str {
        match self {
            Reason::NoBoundary => "it begins or ends inside a word",
            Reason::NoValue => "no value stands there",
            Reason::WrongValue => "the value is not of the kind that the rule asks for",
            Reason::Placeholder => "a placeholder",
            Reason::NotKey => "a key that only looks like one of the rule's",
            Reason::Replaced => "masked by an earlier pass",
            Reason::NoContext => "none of the words that must stand nearby",
            Reason::CheckFailed => "its check fails",
            Reason::NothingInside => "nothing is found in what it decodes to",
        }
    }
}

impl Scanner {
    /// Every candidate in `line` and in its decoded views, in order; those of views where no other has the same place.
    pub(crate) fn explain(&self, line: &[u8], barriers: &[Span], cache: &mut Cache) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        self.explain_text(Text::new(line, barriers), cache, &mut candidates);
        if !barriers.is_empty() {
            let mut view = Plain::default();
            view.write(line, barriers);
            let mut inside = Vec::new();
            self.explain_text(view.text(), cache, &mut inside);
            for mut candidate in inside.into_iter().filter(|candidate| candidate.outcome.is_ok()) {
                (candidate.span, candidate.from) = view.outwards(candidate.span, candidate.from);
                let is_known = |known: &Candidate| known.rule == candidate.rule && known.span == candidate.span && known.outcome.is_ok();
                if !candidates.iter().any(is_known) {
                    candidates.push(candidate);
                }
            }
        }
        let mut views = Views::default();
        views.each(line, barriers, |view, barriers, outwards| {
            let mut inside = Vec::new();
            self.explain_text(Text::new(view, barriers), cache, &mut inside);
            for mut candidate in inside {
                candidate.span = outwards(candidate.span);
                candidate.from = outwards(Span { start: candidate.from, end: candidate.from }).start;
                let is_known = |known: &Candidate| known.rule == candidate.rule && known.span == candidate.span;
                if !candidates.iter().any(is_known) {
                    candidates.push(candidate);
                }
            }
        });
        candidates.sort_by_key(|candidate| (candidate.span, candidate.outcome.is_err(), candidate.rule));
        candidates
    }

    pub(super) fn explain_text(&self, text: Text<'_>, cache: &mut Cache, out: &mut Vec<Candidate>) {
        let first = out.len();
        explain(&self.rules, text, out);
        for candidate in out[first..].iter_mut().filter(|candidate| self.rules[candidate.rule].encoded && candidate.outcome.is_ok()) {
            candidate.outcome = self.surest_in(candidate.span.of(text.line), cache).ok_or(Reason::NothingInside);
        }
    }
}

fn explain(rules: &Rules, text: Text<'_>, out: &mut Vec<Candidate>) {
    for (index, rule) in rules.iter() {
        let mut patience = Patience::default();
        match &rule.shape {
            RuleShape::Pattern(pattern) => {
                each_place(
                    text,
                    |at| reference::search_from(pattern, text.line, at),
                    |matched, matches| {
                        let ended = verify::judge(index, rule, text, matched, &mut patience, matches).then_some(matched.whole.end);
                        add_judged(index, rule, text, matched, matches, out);
                        ended
                    },
                );
            }
            RuleShape::Digits(_) => {
                each_place(
                    text,
                    |at| reference::number_from(rule, text.line, at),
                    |matched, matches| {
                        let ended = verify::judge(index, rule, text, matched, &mut patience, matches).then_some(matched.whole.end);
                        add_judged(index, rule, text, matched, matches, out);
                        ended
                    },
                );
            }
            RuleShape::Block(block) => explain_block(index, rule, block, text, out),
            RuleShape::Keys { .. } => {}
        }
    }
    explain_keys(rules, text, out);
}

fn explain_block(index: u16, rule: &Rule, block: &Block, text: Text<'_>, out: &mut Vec<Candidate>) {
    let begin: &Pattern = &block.begin;
    each_place(
        text,
        |at| reference::search_from(begin, text.line, at),
        |matched, matches| {
            let ended = block.judge(index, rule, text, matched, matches);
            add_judged(index, rule, text, matched, matches, out);
            ended
        },
    );
}

/// Goes from match to match as the reference scanner does, with the matches of each place alone.
fn each_place(text: Text<'_>, next: impl Fn(usize) -> Option<Matched>, mut judge: impl FnMut(Matched, &mut Vec<Match>) -> Option<usize>) {
    let mut matches = Vec::new();
    reference::each_match(text.line, &mut matches, next, |matched, matches| {
        matches.clear();
        judge(matched, matches)
    });
}

/// What was said of a place: its matches, or why it has none.
fn add_judged(index: u16, rule: &Rule, text: Text<'_>, matched: Matched, matches: &[Match], out: &mut Vec<Candidate>) {
    if !matches.is_empty() {
        out.extend(matches.iter().map(|found| accepted(rule, text, found)));
        return;
    }
    let (span, outcome) = secret_in(rule, text, matched);
    let context = outcome.map_or(Context::default(), |()| context(rule, text, span));
    let reason = outcome.err().or(context.reason()).unwrap_or(Reason::Replaced);
    out.push(Candidate { rule: index, span, from: matched.whole.start, context, outcome: Err(reason) });
}

/// What of a match would be masked, or why its context is not even looked at.
fn secret_in(rule: &Rule, text: Text<'_>, matched: Matched) -> (Span, Result<(), Reason>) {
    let line = text.line;
    let asks_for_value = matches!(&rule.shape, RuleShape::Pattern(Pattern { value: Some(_), .. }));
    let Some(Matched { whole, secret }) = verify::with_value(rule, line, matched) else {
        let value = syntax::behind(line, matched.whole.start, matched.whole.end);
        return (value.unwrap_or(matched.whole), Err(if value.is_some() { Reason::WrongValue } else { Reason::NoValue }));
    };
    let left = rule.boundary == Boundary::None || boundary::left(line, whole.start);
    let is_url = rule.boundary == Boundary::Address && syntax::is_user_and_host(line, whole);
    let goes_on = match rule.boundary {
        Boundary::Number => digits::continues_number(line, whole.start),
        Boundary::Host => boundary::continues_host(line, whole),
        _ => false,
    };
    let right = !rule.ends_word() || secret.end > whole.end || boundary::right(line, whole.end);
    let reason = if !left || !right || is_url || goes_on {
        Some(Reason::NoBoundary)
    } else if secret.is_empty() {
        Some(Reason::NoValue)
    } else if secret != whole && !asks_for_value && syntax::holds_nothing(secret.of(line)) {
        Some(Reason::Placeholder)
    } else {
        None
    };
    (secret, reason.map_or(Ok(()), Err))
}

fn accepted(rule: &Rule, text: Text<'_>, found: &Match) -> Candidate {
    Candidate {
        rule: found.rule,
        span: found.span,
        from: found.from,
        context: context(rule, text, found.span),
        outcome: Ok(found.confidence),
    }
}

/// What the rule's check and words say of a secret.
fn context(rule: &Rule, text: Text<'_>, secret: Span) -> Context {
    let asked = |phrases: &Phrases| (!phrases.is_empty()).then(|| verify::is_near(phrases, text, secret));
    let lowered = (!rule.lower_keys.is_empty()).then(|| verify::has_key(&rule.lower_keys, text.line, secret));
    Context {
        check: rule.check.map(|check| (check.name, (check.run)(secret.of(text.line)))),
        near: asked(&rule.near),
        raised: asked(&rule.raise_near).map(|raised| raised && lowered != Some(true)),
        lowered,
    }
}

fn explain_keys(rules: &Rules, text: Text<'_>, out: &mut Vec<Candidate>) {
    let line = text.line;
    let mut cursor = KeyCursor::by_definition();
    let mut strings = Strings::default();
    let (mut matches, mut named, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for end in (1..=line.len()).filter(|&end| is_key_byte(line[end - 1]) && !line.get(end).is_some_and(|&byte| is_key_byte(byte))) {
        let Some(key) = Key::ending_at(line, end) else { continue };
        Named::All.named(rules, &key.words(line), &mut named);
        // A rule goes on behind its last match.
        named.retain(|&rule| key.start >= cursor.behind(rule) && !text.touches_barrier(Span { start: key.start, end }));
        if named.is_empty() {
            continue;
        }
        values.clear();
        let everything = named.iter().any(|&index| rules[index].masks_everything());
        let has_values = key.values(line, strings.contain(line, key.start), text.value_barriers(), everything, &mut values).is_some();
        matches.clear();
        verify::key_at(rules, text, end, Named::All, &mut cursor, &mut matches);
        for &index in &named {
            let rule = &rules[index];
            let known = out.len();
            out.extend(matches.iter().filter(|found| found.rule == index).map(|found| accepted(rule, text, found)));
            if out.len() == known {
                let values = if has_values { values.as_slice() } else { &[] };
                out.extend(rejected_key(index, rule, text, &key, values));
            }
        }
    }
}

/// Why a key that a rule names gives no match: the reason for each value beside it, or for the key.
fn rejected_key(index: u16, rule: &Rule, text: Text<'_>, key: &Key, values: &[Value]) -> Vec<Candidate> {
    let line = text.line;
    let candidate = |span, context, reason| Candidate { rule: index, span, from: key.start, context, outcome: Err(reason) };
    let whole_key = Span { start: key.start, end: key.end };
    let RuleShape::Keys { not_keys, value: kind, .. } = &rule.shape else { return Vec::new() };
    let letters = key.text(line).iter().filter(|&&byte| words::is_letter(byte)).count();
    if not_keys.iter().any(|not| not.is(key.text(line), letters)) {
        return vec![candidate(whole_key, Context::default(), Reason::NotKey)];
    }
    let values: Vec<Span> = values.iter().filter(|value| !matches!(value.until, Until::Next(_))).map(|value| value.span).collect();
    if values.is_empty() {
        return vec![candidate(whole_key, Context::default(), Reason::NoValue)];
    }
    let judge = |span: Span| {
        if text.touches_barrier(span) {
            return candidate(span, Context::default(), Reason::Replaced);
        }
        if syntax::holds_nothing(span.of(line)) {
            return candidate(span, Context::default(), Reason::Placeholder);
        }
        let Some(secret) = verify::secret_of(kind, line, span, true) else {
            return candidate(span, Context::default(), Reason::WrongValue);
        };
        let context = context(rule, text, secret);
        candidate(secret, context, context.reason().unwrap_or(Reason::WrongValue))
    };
    values.into_iter().map(judge).collect()
}
