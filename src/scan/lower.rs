//! From a pattern's syntax tree to steps that match exactly what a leftmost-first search of it matches, or to nothing.
//!
//! A step keeps what it took, so it may be made only where that changes nothing: where what follows cannot fail, or
//! where what follows could match behind no other length of it ([`settled`]). Elsewhere a choice takes what follows
//! it into each of its arms, and a run or repetition gives back; both are the definition of leftmost-first, so they
//! are always right, and only their cost is limited.

use std::borrow::Cow;

use regex_syntax::hir::{Capture, Hir, HirKind, Repetition};

use super::analysis::SECRET;
use super::anchor::{bytes, first_bytes, single_byte, window};
use super::byte_set::ByteSet;
use super::steps::{Count, Step, Steps};

/// How many steps a pattern may have: taking what follows into arms multiplies them.
const STEPS: usize = 512;
/// How much work, in steps and in sixteen bytes of a run, a walk may be.
const WORK: usize = 4096;

/// A part of a pattern in which nothing is grouped.
#[derive(Clone, Copy)]
enum Part<'h> {
    Hir(&'h Hir),
    SecretStart,
    SecretEnd,
}

/// The steps of a pattern.
pub(super) fn steps(hir: &Hir) -> Option<Steps> {
    steps_of(parts(hir))
}

/// The steps of elements one behind the other.
pub(super) fn steps_of_elements(elements: &[Hir]) -> Option<Steps> {
    steps_of(elements.iter().flat_map(parts).collect())
}

fn steps_of(parts: Vec<Part<'_>>) -> Option<Steps> {
    let steps = Lowering { left: STEPS }.sequence(&parts)?;
    (work(&steps, true) <= WORK).then_some(Cow::Owned(steps))
}

struct Lowering {
    left: usize,
}

impl Lowering {
    /// Steps for these parts with nothing behind them: they may end wherever the parts prefer to.
    fn sequence(&mut self, mut rest: &[Part<'_>]) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        while let Some((part, behind)) = rest.split_first() {
            rest = behind;
            self.left = self.left.checked_sub(1)?;
            let hir = match part {
                Part::Hir(hir) => *hir,
                Part::SecretStart => {
                    steps.push(Step::SecretStart);
                    continue;
                }
                Part::SecretEnd => {
                    steps.push(Step::SecretEnd);
                    continue;
                }
            };
            let follow = first_of(rest);
            if cannot_fail(rest) || settled(hir, &follow) {
                steps.extend(self.alone(hir)?);
                continue;
            }
            match hir.kind() {
                HirKind::Alternation(arms) => {
                    let arms = arms.iter().map(|arm| self.followed(&parts(arm), rest)).collect::<Option<_>>()?;
                    steps.push(Step::Choice(Cow::Owned(arms)));
                    return Some(steps);
                }
                HirKind::Repetition(repetition) if repetition.greedy => match single_byte(&repetition.sub) {
                    Some(set) => steps.push(Step::Run { set, count: count(repetition, true) }),
                    None if (repetition.min, repetition.max) == (0, Some(1)) => {
                        let with = self.followed(&parts(&repetition.sub), rest)?;
                        let without = self.followed(&[], rest)?;
                        steps.push(Step::Choice(Cow::Owned(vec![with, without])));
                        return Some(steps);
                    }
                    None => {
                        let sub = &repetition.sub;
                        let each = !may_be_empty(sub) && settled(sub, &first_bytes(sub).union(follow));
                        let body = if each { self.sequence(&parts(sub))? } else { return None };
                        steps.push(Step::Repeat { steps: Cow::Owned(body), count: count(repetition, true) });
                    }
                },
                _ => return None,
            }
        }
        Some(steps)
    }

    fn followed(&mut self, first: &[Part<'_>], rest: &[Part<'_>]) -> Option<Steps> {
        self.sequence(&[first, rest].concat()).map(Cow::Owned)
    }

    /// A part that keeps what it prefers.
    fn alone(&mut self, hir: &Hir) -> Option<Vec<Step>> {
        let step = match hir.kind() {
            HirKind::Empty => return Some(Vec::new()),
            HirKind::Literal(literal) => Step::Literal(Cow::Owned(literal.0.to_vec())),
            HirKind::Class(_) => Step::Class(single_byte(hir)?),
            HirKind::Alternation(arms) => {
                Step::Choice(arms.iter().map(|arm| self.sequence(&parts(arm)).map(Cow::Owned)).collect::<Option<_>>()?)
            }
            HirKind::Repetition(repetition) if repetition.greedy || repetition.max == Some(repetition.min) => {
                let sub = &repetition.sub;
                if let Some(set) = single_byte(sub) {
                    return Some(vec![Step::Run { set, count: count(repetition, false) }]);
                }
                // Only a time that must come can ask for another length of the one before it.
                let each = !may_be_empty(sub) && (repetition.min <= 1 || settled(sub, &first_bytes(sub)));
                let body = if each { self.sequence(&parts(sub))? } else { return None };
                Step::Repeat { steps: Cow::Owned(body), count: count(repetition, false) }
            }
            _ => return None,
        };
        Some(vec![step])
    }
}

fn parts(hir: &Hir) -> Vec<Part<'_>> {
    match hir.kind() {
        HirKind::Concat(hirs) => hirs.iter().flat_map(parts).collect(),
        HirKind::Capture(Capture { name, sub, .. }) if name.as_deref() == Some(SECRET) => {
            [&[Part::SecretStart], &parts(sub)[..], &[Part::SecretEnd]].concat()
        }
        HirKind::Capture(capture) => parts(&capture.sub),
        _ => vec![Part::Hir(hir)],
    }
}

/// Can only one length of every match be followed by one of these bytes, and is that the preferred one?
///
/// By induction: what has one length; a run that what follows cannot begin in; parts each of which is settled by what
/// follows it; arms of which one at most can match; a repetition that what follows cannot be taken for.
fn settled(hir: &Hir, follow: &ByteSet) -> bool {
    if has_one_length(hir) || is_delimited(hir) {
        return true;
    }
    match hir.kind() {
        HirKind::Capture(capture) => settled(&capture.sub, follow),
        HirKind::Concat(parts) => {
            let mut follow = *follow;
            parts.iter().rev().all(|part| {
                let settled = settled(part, &follow);
                let first = first_bytes(part);
                follow = if may_be_empty(part) { first.union(follow) } else { first };
                settled
            })
        }
        HirKind::Alternation(arms) => exclude_each_other(arms) && arms.iter().all(|arm| settled(arm, follow)),
        HirKind::Repetition(Repetition { min, max, greedy: true, sub }) => {
            let first = first_bytes(sub);
            let behind_each = if *max == Some(1) { *follow } else { first.union(*follow) };
            let counted = *max == Some(*min) || first.is_disjoint(follow);
            counted && !may_be_empty(sub) && (single_byte(sub).is_some() || settled(sub, &behind_each))
        }
        _ => false,
    }
}

fn has_one_length(hir: &Hir) -> bool {
    let properties = hir.properties();
    properties.minimum_len().is_some() && properties.minimum_len() == properties.maximum_len()
}

/// Does it end with something that nothing before it can be taken for? Then it ends at the first such place.
fn is_delimited(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Capture(capture) => is_delimited(&capture.sub),
        HirKind::Concat(parts) => parts.split_last().is_some_and(|(last, before)| {
            let first = first_bytes(last);
            has_one_length(last) && !may_be_empty(last) && before.iter().all(|part| bytes(part).is_disjoint(&first))
        }),
        _ => false,
    }
}

/// Is there for any two arms a place where they ask for different bytes?
fn exclude_each_other(arms: &[Hir]) -> bool {
    let windows: Vec<_> = arms.iter().map(window).collect();
    let exclude = |one: &[ByteSet], other: &[ByteSet]| one.iter().zip(other).any(|(one, other)| one.is_disjoint(other));
    windows.iter().enumerate().all(|(index, one)| windows[..index].iter().all(|other| exclude(one, other)))
}

fn may_be_empty(hir: &Hir) -> bool {
    hir.properties().minimum_len().is_none_or(|least| least == 0)
}

fn cannot_fail(parts: &[Part<'_>]) -> bool {
    parts.iter().all(|part| match part {
        Part::Hir(hir) => hir.properties().minimum_len() == Some(0),
        _ => true,
    })
}

/// What these parts may begin with; anything, if they may be empty.
fn first_of(parts: &[Part<'_>]) -> ByteSet {
    let mut first = ByteSet::default();
    for part in parts {
        if let Part::Hir(hir) = part {
            first = first.union(first_bytes(hir));
            if !may_be_empty(hir) {
                return first;
            }
        }
    }
    ByteSet::ALL
}

fn count(repetition: &Repetition, gives_back: bool) -> Count {
    Count { least: repetition.min, most: repetition.max.unwrap_or(u32::MAX), gives_back }
}

/// The most that a walk has to do before it fails; `last` if nothing follows that could. What was a match is not looked at
/// again, so a run without an end costs nothing there, and too much elsewhere.
fn work(steps: &[Step], mut last: bool) -> usize {
    let bytes = |count: u32| 1 + count as usize / 16;
    let mut work = 0usize;
    for step in steps.iter().rev() {
        let tries = |count: &Count| ((count.most - count.least) as usize).saturating_add(1);
        work = match step {
            Step::Run { count, .. } if count.gives_back => bytes(count.most).saturating_add(work.saturating_mul(tries(count))),
            Step::Run { count, .. } => work.saturating_add(bytes(if last { count.least } else { count.most })),
            Step::Choice(arms) => arms.iter().map(|arm| self::work(arm, last)).fold(work, usize::saturating_add),
            Step::Repeat { steps, count } => {
                let times = if last { count.least.saturating_add(1) } else { count.most };
                let body = self::work(steps, last && count.most == 1).saturating_mul(times as usize);
                body.saturating_add(if count.gives_back { work.saturating_mul(tries(count)) } else { work })
            }
            _ => work.saturating_add(1),
        };
        last &= match step {
            Step::SecretStart | Step::SecretEnd => true,
            Step::Run { count, .. } | Step::Repeat { count, .. } => count.least == 0 && !count.gives_back,
            _ => false,
        };
    }
    work
}
