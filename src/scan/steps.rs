//! A pattern as steps: compare a text, measure a run, choose. Nothing is compiled and nothing is cached.
//!
//! Every step takes what it prefers and keeps it; only where a step says so are shorter ones tried. That this is what
//! a leftmost-first search does, `lower.rs` makes sure of: it is the only place where steps are made.

use std::borrow::Cow;

use super::byte_set::ByteSet;

/// Steps one behind the other.
pub(crate) type Steps = Cow<'static, [Step]>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// These bytes.
    Literal(Cow<'static, [u8]>),
    /// A byte of a set.
    Class(ByteSet),
    /// Bytes of a set, as many as there are.
    Run { set: ByteSet, count: Count },
    /// The first of these that matches.
    Choice(Cow<'static, [Steps]>),
    /// The same again and again, as often as it matches.
    Repeat { steps: Steps, count: Count },
    /// The secret begins here …
    SecretStart,
    /// … and ends here.
    SecretEnd,
}

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) least: u32,
    /// `u32::MAX` when there is no end.
    pub(crate) most: u32,
    /// Whether fewer are tried when the steps behind do not match.
    pub(crate) gives_back: bool,
}

/// What the steps matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Walked {
    pub(crate) end: usize,
    /// Where the secret begins and ends, if the steps mark it.
    pub(crate) secret: (Option<usize>, Option<usize>),
}

/// Walks through the steps from `start` on.
pub(crate) fn walk(steps: &[Step], line: &[u8], start: usize) -> Option<Walked> {
    let mut walk = Walk { line, secret: (None, None) };
    let end = walk.through(steps, start)?;
    Some(Walked { end, secret: walk.secret })
}

/// A byte that every text which the steps match holds behind the first of them, and that few logs do.
pub(crate) fn rare_byte(steps: &[Step]) -> Option<u8> {
    let behind = steps.iter().skip(1).filter_map(|step| if let Step::Literal(literal) = step { Some(literal) } else { None });
    behind.flat_map(|literal| literal.iter().copied()).find(|byte| b"@^~`".contains(byte))
}

struct Walk<'l> {
    line: &'l [u8],
    secret: (Option<usize>, Option<usize>),
}

impl Walk<'_> {
    /// Where the steps end.
    fn through(&mut self, steps: &[Step], mut at: usize) -> Option<usize> {
        let mut rest = steps;
        while let Some((step, behind)) = rest.split_first() {
            rest = behind;
            let text = self.line.get(at..)?;
            match step {
                Step::Literal(literal) => at += text.starts_with(literal).then_some(literal.len())?,
                Step::Class(set) => at += text.first().is_some_and(|&byte| set.contains(byte)).then_some(1)?,
                Step::Run { set, count } => {
                    let length = set.run(text, count.most as usize);
                    let least = count.least as usize;
                    if length < least {
                        return None;
                    }
                    if count.gives_back {
                        let fewer = (least..=length).rev().filter(|&length| may_begin(rest, &text[length..]));
                        return fewer.map(|length| at + length).find_map(|at| self.attempt(rest, at));
                    }
                    at += length;
                }
                Step::Choice(arms) => at = arms.iter().filter(|arm| may_begin(arm, text)).find_map(|arm| self.attempt(arm, at))?,
                Step::Repeat { steps, count } if count.gives_back => return self.repeat_giving_back(steps, *count, rest, at),
                Step::Repeat { steps, count } => {
                    let mut times = 0;
                    while times < count.most
                        && let Some(end) = self.attempt(steps, at)
                    {
                        (at, times) = (end, times + 1);
                    }
                    if times < count.least {
                        return None;
                    }
                }
                Step::SecretStart => self.secret.0 = Some(at),
                Step::SecretEnd => self.secret.1 = Some(at),
            }
        }
        Some(at)
    }

    /// Steps that may fail: then their marks are taken back.
    fn attempt(&mut self, steps: &[Step], at: usize) -> Option<usize> {
        let before = self.secret;
        let end = self.through(steps, at);
        if end.is_none() {
            self.secret = before;
        }
        end
    }

    /// Once more and what follows; else what follows.
    fn repeat_giving_back(&mut self, steps: &[Step], count: Count, rest: &[Step], at: usize) -> Option<usize> {
        let before = self.secret;
        if count.most > 0
            && let Some(next) = self.attempt(steps, at)
        {
            let fewer = Count { least: count.least.saturating_sub(1), most: count.most - 1, ..count };
            if let Some(end) = self.repeat_giving_back(steps, fewer, rest, next) {
                return Some(end);
            }
            self.secret = before;
        }
        if count.least == 0 { self.attempt(rest, at) } else { None }
    }
}

/// Could the steps match the text, by its first byte? Most arms of a choice could not.
fn may_begin(steps: &[Step], text: &[u8]) -> bool {
    match steps.first() {
        Some(Step::Literal(literal)) => text.first() == literal.first(),
        Some(Step::Class(set)) => text.first().is_some_and(|&byte| set.contains(byte)),
        _ => true,
    }
}
