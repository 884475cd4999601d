//! From a place in a line to a match: boundary, pattern or shape, check, context, confidence.
//!
//! What a check and a context do to a match is defined here, for both scanners; where to look is their own.

use super::compile::{Pattern, Phrases, Rule, RuleShape, Rules, ValueKind};
pub(super) use super::matcher::Matched;
use super::syntax::{self, Key, Strings, Until, Value};
use super::words::{self, Tail, Word, Words};
use super::{Match, Span, boundary, digits};
use crate::check::Verdict;
use crate::pack::{Boundary, Confidence};

/// How far from a match its `near` words may stand.
pub(super) const NEAR: usize = 40;

/// A line with the places where earlier replacements stand.
#[derive(Clone, Copy)]
pub(super) struct Text<'l> {
    pub(super) line: &'l [u8],
    pub(super) barriers: &'l [Span],
    /// Whether replacements are read as the plain text that they stand for. Then only that is found which one is part of.
    pub(super) plain: bool,
}

impl<'l> Text<'l> {
    pub(super) fn new(line: &'l [u8], barriers: &'l [Span]) -> Self {
        Text { line, barriers, plain: false }
    }

    /// The replacements that values begin and end at.
    pub(super) fn value_barriers(&self) -> &'l [Span] {
        if self.plain { &[] } else { self.barriers }
    }

    /// What is masked of a secret that was told by what stands from `from` on.
    fn parts(&self, from: usize, secret: Span) -> impl Iterator<Item = Span> {
        let plain = self.plain;
        let is_found = !plain || self.touches_barrier(Span { start: from.min(secret.start), end: secret.end });
        // What white space parts from a replacement is no part of what that stands for, and judged by itself; punctuation
        // alone shows nothing.
        let is_glued = move |line: &[u8], part: Span| {
            let begins = part.start > secret.start && line[part.start] > b' ';
            let ends = part.end < secret.end && line[part.end - 1] > b' ';
            let shows = || part.of(line).iter().any(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii());
            part == secret || ((begins || ends) && shows())
        };
        let line = self.line;
        self.between_barriers(secret).filter(move |&part| is_found && (!plain || is_glued(line, part)))
    }

    pub(super) fn touches_barrier(&self, span: Span) -> bool {
        let next = self.barriers.partition_point(|barrier| barrier.end <= span.start);
        self.barriers.get(next).is_some_and(|barrier| barrier.overlaps(span))
    }

    /// Whether a span is only the quotes behind a barrier.
    fn closes_barrier(&self, span: Span) -> bool {
        let is_behind = self.barriers.binary_search_by_key(&span.start, |barrier| barrier.end).is_ok();
        is_behind && span.of(self.line).iter().all(|byte| b"\"'`\\".contains(byte))
    }

    /// What of a span no barrier covers.
    fn between_barriers(&self, span: Span) -> impl Iterator<Item = Span> {
        let first = self.barriers.partition_point(|barrier| barrier.end <= span.start);
        let inside = self.barriers[first..].iter().take_while(move |barrier| barrier.start < span.end);
        let ends = std::iter::once(span.start).chain(inside.clone().map(|barrier| barrier.end));
        let starts = inside.map(|barrier| barrier.start).chain(std::iter::once(span.end));
        ends.zip(starts).filter(|(start, end)| start < end).map(|(start, end)| Span { start, end })
    }
}

/// Judges what a pattern or shape matched: the rule's boundaries, check and context. A match that an earlier
/// replacement stands in is what is left beside it; the answer is whether anything was.
pub(super) fn judge(index: u16, rule: &Rule, text: Text<'_>, matched: Matched, patience: &mut Patience, matches: &mut Vec<Match>) -> bool {
    let Some(matched) = with_value(rule, text.line, matched) else { return false };
    let Matched { whole, secret } = matched;
    let left = rule.boundary == Boundary::None || boundary::left(text.line, whole.start);
    let left = left && (rule.boundary != Boundary::Address || !syntax::is_user_and_host(text.line, whole));
    let left = left && (rule.boundary != Boundary::Number || !digits::continues_number(text.line, whole.start));
    let goes_on = rule.boundary == Boundary::Host && boundary::continues_host(text.line, whole);
    if !left || goes_on || secret.is_empty() {
        return false;
    }
    // Only a match without a longest one can be so long that looking again behind its start takes for ever.
    let endless = rule.tail.is_some();
    let judged = if endless && patience.is_exhausted(text.line) { Some(rule.surest()) } else { confidence_of_match(rule, text, matched) };
    let Some(confidence) = judged else {
        if endless && text.line.len() - whole.start > CLOSE {
            patience.reject(whole.len());
        }
        return false;
    };
    let open = whole.end == secret.end && endless;
    let before = matches.len();
    // Beside an earlier replacement only what would be a value by itself is one.
    let is_value = |part: &Span| match &rule.shape {
        RuleShape::Pattern(Pattern { value: Some(kind), .. }) if *part != secret && !text.plain => {
            secret_of(kind, text.line, *part, false).is_some()
        }
        RuleShape::Block(_) => !text.plain,
        _ => true,
    };
    for span in text.parts(whole.start, secret).filter(is_value) {
        let until = if open && span.end == secret.end { Until::Class(index) } else { Until::Complete };
        matches.push(Match { span, from: whole.start, rule: index, confidence, until });
    }
    matches.len() > before
}

/// A pattern with `value` matches what stands before a value, which is the secret.
pub(super) fn with_value(rule: &Rule, line: &[u8], matched: Matched) -> Option<Matched> {
    let RuleShape::Pattern(Pattern { value: Some(kind), .. }) = &rule.shape else { return Some(matched) };
    let Matched { whole, .. } = matched;
    let value = syntax::behind(line, whole.start, whole.end)?;
    let secret = secret_of(kind, line, value, false)?;
    Some(Matched { whole, secret })
}

fn confidence_of_match(rule: &Rule, text: Text<'_>, Matched { whole, secret }: Matched) -> Option<Confidence> {
    let right = !rule.ends_word() || secret.end > whole.end || boundary::right(text.line, whole.end);
    // A part of a match may be a placeholder (`user:xxxxx@host`); a whole token is not.
    let placeholder = secret != whole && syntax::holds_nothing(secret.of(text.line));
    if right && !placeholder { confidence(rule, text, secret) } else { None }
}

/// So near to the end of a line any match is little work.
pub(super) const CLOSE: usize = 600;

/// What is no longer behind a key counts as nothing that was looked at in vain: it is soon looked at again, and the engine may
/// not have looked at all.
const SHORT: usize = 96;

/// How much a rule has looked at in a line in vain.
///
/// What a rejected match or value covers is looked at again from its next byte on, which could go on for ever in
/// `token=(token=(…`. Once a rule has rejected this much more than the line holds, it takes what it sees for what it
/// looks like, and masks it.
#[derive(Clone, Copy, Default)]
pub(super) struct Patience(usize);

impl Patience {
    fn reject(&mut self, bytes: usize) {
        self.0 += bytes;
    }

    fn is_exhausted(self, line: &[u8]) -> bool {
        const SLACK: usize = 64 << 10;
        self.0 > SLACK + 4 * line.len()
    }
}

/// Start at the rule's; a valid check: one up; a doubtful one: one down; a key that lowers it: one down, else a word that raises it:
/// one up.
fn confidence(rule: &Rule, text: Text<'_>, secret: Span) -> Option<Confidence> {
    if !rule.near.is_empty() && !is_near(&rule.near, text, secret) {
        return None;
    }
    if rule.skips_times() && (syntax::is_of_time(text.line, secret) || digits::in_uuid(text.line, secret.start)) {
        return None;
    }
    let mut level = rule.confidence as i8;
    match rule.check.map(|check| (check.run)(secret.of(text.line))) {
        Some(Verdict::Impossible) => return None,
        Some(Verdict::Valid) => level += 1,
        Some(Verdict::Doubtful) => level -= 1,
        None => {}
    }
    // Its own key says more of a number than a word somewhere.
    if has_key(&rule.lower_keys, text.line, secret) {
        level -= 1;
    } else if !rule.raise_near.is_empty() && is_near(&rule.raise_near, text, secret) {
        level += 1;
    }
    Some(match level {
        ..=0 => Confidence::Low,
        1 => Confidence::Medium,
        2.. => Confidence::High,
    })
}

/// Is the span all of a value whose key ends with one of the phrases?
pub(super) fn has_key(phrases: &Phrases, line: &[u8], span: Span) -> bool {
    if phrases.is_empty() {
        return false;
    }
    let key = syntax::key_before(line, span);
    key.is_some_and(|key| {
        let words = key.words(line);
        phrases.iter().any(|phrase| phrase.ends(&words))
    })
}

/// Does one of the phrases stand within [`NEAR`] bytes before or behind the span?
pub(super) fn is_near(phrases: &Phrases, text: Text<'_>, span: Span) -> bool {
    let line = text.line;
    let before = Span { start: span.start.saturating_sub(NEAR), end: span.start };
    let behind = Span { start: span.end, end: line.len().min(span.end + NEAR) };
    [before, behind].into_iter().any(|window| {
        let mut at = window.start;
        // A word that the window cuts is not in it.
        while at < window.end && at > 0 && at == window.start && words::is_letter(line[at]) && words::is_letter(line[at - 1]) {
            at += line[at..window.end].iter().take_while(|&&byte| words::is_letter(byte)).count();
        }
        let cut_behind =
            window.end < line.len() && window.end > 0 && words::is_letter(line[window.end]) && words::is_letter(line[window.end - 1]);
        let mut seen = Words::new();
        words::words(&line[at..window.end]).any(|word| {
            let word_span = Span { start: at + word.start, end: at + word.end() };
            if (cut_behind && word_span.end == window.end) || text.touches_barrier(word_span) || is_hash_part(line, word_span) {
                seen.clear();
                return false;
            }
            seen.push(word);
            phrases.iter().any(|phrase| phrase.ends(&seen))
        })
    })
}

/// Letters in the middle of an id such as `x7ssn2f`: a digit before them, or digits and more letters behind them.
fn is_hash_part(line: &[u8], word: Span) -> bool {
    let digits = line[word.end..].iter().take(NEAR).take_while(|byte| byte.is_ascii_digit()).count();
    let after_digit = word.start > 0 && line[word.start - 1].is_ascii_digit() && !boundary::escape_ends_at(line, word.start);
    after_digit || (digits > 0 && line.get(word.end + digits).is_some_and(u8::is_ascii_alphabetic))
}

/// A phrase of a rule's keys: of which rule, which one, and what it ends with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyPhrase {
    pub(super) rule: u16,
    pub(super) phrase: u16,
    pub(super) tail: Tail,
}

/// Which phrases a key is compared with.
pub(super) enum Named<'h> {
    All,
    /// These, in the order of their rules; no other can match.
    Only(&'h [KeyPhrase]),
}

impl Named<'_> {
    /// The rules of which a phrase is what `words` end with, in pack order.
    pub(super) fn named(self, rules: &Rules, words: &[Word<'_>], out: &mut Vec<u16>) {
        out.clear();
        match self {
            Named::All => {
                out.extend(rules.iter().filter(|(_, rule)| rule.keys().iter().any(|key| key.ends(words))).map(|(index, _)| index))
            }
            Named::Only(phrases) => {
                let tail = Tail::of(words.iter().map(|word| word.bytes));
                let may_end = phrases.iter().filter(|phrase| tail.may_end(phrase.tail));
                let named = may_end.filter(|phrase| rules[phrase.rule].keys()[usize::from(phrase.phrase)].ends(words));
                out.extend(named.map(|phrase| phrase.rule));
                out.dedup();
            }
        }
    }
}

/// Where the key rules stand in a line: each goes on behind its last match.
#[derive(Default)]
pub(super) struct KeyCursor {
    rules: Vec<RuleCursor>,
    /// The rules that the key at hand names, and the values beside it.
    named: Vec<u16>,
    values: Vec<Value>,
    strings: Strings,
    by_definition: bool,
}

/// Where a rule goes on in a line.
struct RuleCursor {
    rule: u16,
    behind: usize,
    patience: Patience,
}

impl KeyCursor {
    /// A cursor that matches patterns of values by their definition, as the reference scanner does.
    pub(super) fn by_definition() -> Self {
        KeyCursor { by_definition: true, ..KeyCursor::default() }
    }

    pub(super) fn clear(&mut self) {
        self.rules.clear();
        self.strings = Strings::default();
    }

    /// Where this rule goes on.
    pub(super) fn behind(&self, rule: u16) -> usize {
        self.rules.iter().find(|cursor| cursor.rule == rule).map_or(0, |cursor| cursor.behind)
    }

    fn of(&mut self, rule: u16) -> &mut RuleCursor {
        let at = match self.rules.iter().position(|cursor| cursor.rule == rule) {
            Some(at) => at,
            None => {
                self.rules.push(RuleCursor { rule, behind: 0, patience: Patience::default() });
                self.rules.len() - 1
            }
        };
        &mut self.rules[at]
    }
}

/// Matches the rules of keys against the key that ends at `end`. Keys must come in order.
pub(super) fn key_at(rules: &Rules, text: Text<'_>, end: usize, phrases: Named<'_>, cursor: &mut KeyCursor, matches: &mut Vec<Match>) {
    let line = text.line;
    let Some(key) = Key::ending_at(line, end).filter(|key| !text.touches_barrier(Span { start: key.start, end })) else { return };
    let mut named = std::mem::take(&mut cursor.named);
    phrases.named(rules, &key.words(line), &mut named);
    let mut values = std::mem::take(&mut cursor.values);
    let mut parsed = None;
    let letters = key.text(line).iter().filter(|&&byte| words::is_letter(byte)).count();
    for &index in &named {
        let rule = &rules[index];
        let RuleShape::Keys { not_keys, value, .. } = &rule.shape else { continue };
        if key.start < cursor.of(index).behind {
            continue;
        }
        if not_keys.iter().any(|not| not.is(key.text(line), letters)) {
            continue;
        }
        let parsed = *parsed.get_or_insert_with(|| {
            values.clear();
            let everything = named.iter().any(|&index| rules[index].masks_everything());
            key.values(line, cursor.strings.contain(line, key.start), text.value_barriers(), everything, &mut values)
        });
        let Some(extent) = parsed else { break };
        let exhausted = cursor.of(index).patience.is_exhausted(line);
        let before = matches.len();
        let by_definition = cursor.by_definition;
        let judge = |span: Span| {
            if exhausted {
                return Some((span, rule.surest()));
            }
            // What stands in an object is named by its own keys.
            if extent.container && matches!(value, ValueKind::Credential) {
                return None;
            }
            let secret = secret_of(value, line, span, by_definition)?;
            // What a schema says of a password: its length, a number without quotes. A rule with a pattern knows better.
            let is_quoted = secret.start > 0 && b"\"'`".contains(&line[secret.start - 1]);
            let is_short_number = || secret.len() <= 3 && secret.of(line).iter().all(u8::is_ascii_digit);
            let knows_better = matches!(value, ValueKind::Pattern(_) | ValueKind::Everything);
            let is_count = extent.container && !is_quoted && !knows_better && is_short_number();
            if is_count { None } else { Some((secret, confidence(rule, text, secret)?)) }
        };
        for found in &values {
            if found.doubtful && !rule.masks_everything() {
                continue;
            }
            let mut found = *found;
            if rule.masks_everything() {
                found.span.start = found.from;
            }
            if let Until::Next(_) = found.until {
                // How sure it is, the value will say.
                matches.push(Match { span: found.span, from: key.start, rule: index, confidence: rule.surest(), until: found.until });
                continue;
            }
            match_value(index, judge, text, key.start.min(found.span.start), found, matches);
        }
        // A container counts as looked at although nothing in it was found: its scalars have had their turn.
        let cursor = cursor.of(index);
        if matches.len() > before || extent.container || exhausted {
            cursor.behind = extent.end;
        } else if extent.end - end > SHORT {
            cursor.patience.reject(extent.end - end);
        }
    }
    (cursor.values, cursor.named) = (values, named);
}

/// May all of a value be what a rule of keys asks for?
pub(super) fn may_be_value(rule: &Rule, line: &[u8], value: Span) -> bool {
    let RuleShape::Keys { value: kind, .. } = &rule.shape else { return false };
    let secret = secret_of(kind, line, value, false);
    secret.is_some_and(|secret| rule.check.is_none_or(|check| (check.run)(secret.of(line)) != Verdict::Impossible))
}

/// The part of a value that is what a rule asks for, if that holds something.
pub(super) fn secret_of(kind: &ValueKind, line: &[u8], value: Span, by_definition: bool) -> Option<Span> {
    if matches!(kind, ValueKind::Everything) {
        return Some(value).filter(|value| !syntax::is_null(value.of(line)));
    }
    if syntax::holds_nothing(value.of(line)) {
        return None;
    }
    // Behind a token in prose the line goes on.
    let first_word = || {
        let length = value.of(line).iter().take_while(|&&byte| byte > b' ').count();
        Span { start: value.start, end: value.start + length }
    };
    let secret = match kind {
        ValueKind::Everything => Some(value),
        ValueKind::Any => Some(value).filter(|value| !syntax::is_remark(value.of(line)) && !syntax::is_code_at(line, *value)),
        ValueKind::Token => Some(first_word()).filter(|word| syntax::is_token(word.of(line))),
        ValueKind::Secret => Some(first_word()).filter(|word| syntax::is_secret(word.of(line))),
        ValueKind::Credential => {
            Some(value).filter(|value| syntax::is_made_up(value.of(line)) && !syntax::goes_on_in_prose(line, value.end))
        }
        ValueKind::Pattern(matcher) => {
            let text = &line[..value.end];
            let found = if by_definition { matcher.definition.match_at(text, value.start) } else { matcher.match_at(text, value.start) };
            let found = found.filter(|found| found.whole.end == value.end || boundary::right(line, found.whole.end));
            found.map(|found| found.secret).filter(|secret| !syntax::holds_nothing(secret.of(line)))
        }
    };
    secret.filter(|secret| !secret.is_empty())
}

/// The match of a rule of keys in the line behind its key: what [`syntax::Next`] says is the value.
pub(super) fn value_below(index: u16, rule: &Rule, text: Text<'_>, value: Span, matches: &mut Vec<Match>) {
    let RuleShape::Keys { value: kind, .. } = &rule.shape else { return };
    let judge = |span: Span| {
        let secret = secret_of(kind, text.line, span, false)?;
        Some((secret, confidence(rule, text, secret)?))
    };
    match_value(index, judge, text, value.start, Value::new(value, Until::Complete), matches);
}

fn match_value(
    index: u16,
    judge: impl Fn(Span) -> Option<(Span, Confidence)>,
    text: Text<'_>,
    from: usize,
    value: Value,
    matches: &mut Vec<Match>,
) {
    let mut push = |span: Span, confidence| {
        let until = if span.end == value.span.end { value.until } else { Until::Complete };
        matches.push(Match { span, from, rule: index, confidence, until });
    };
    if text.plain {
        // The value is judged as a whole, and what it shows of itself masked.
        if let Some((secret, confidence)) = judge(value.span) {
            text.parts(from, secret).for_each(|part| push(part, confidence));
        }
        return;
    }
    // Beside an earlier replacement only what would be a value by itself is one, and no quote that closes one.
    text.between_barriers(value.span)
        .filter(|part| !text.closes_barrier(*part))
        .filter_map(judge)
        .for_each(|(secret, confidence)| push(secret, confidence));
}
