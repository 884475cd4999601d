//! A second look at a line, as it comes out: replacements part what stood together, so that something beside one may be found
//! that nothing was found of before. A second pass must not be the first to see it.

use std::ops::Range;

use super::Redactor;
use super::fields::LineFields;
use crate::action::Action;
use crate::scan::{self, Cache, Match, Span};

/// How often a line is looked at again at most. What is found each time is masked, so that it comes to an end.
const ROUNDS: usize = 8;

/// What stands in the place of what in a line.
struct Replaced {
    /// In the line.
    from: Range<usize>,
    /// In the line as it comes out.
    to: Range<usize>,
}

impl Redactor {
    /// Adds to `cache.matches` what is found in `line` only once they are masked. Says whether it looked; then `cache.below`
    /// holds what the line as it comes out waits for.
    pub(crate) fn look_again(&self, line: &[u8], fields: &LineFields, is_unescaped: bool, cache: &mut Cache) -> bool {
        let mut has_looked = false;
        for _ in 0..ROUNDS {
            let Some(resolved) = self.glued(line, fields, &cache.matches) else { break };
            let mut masked = std::mem::take(&mut cache.again);
            masked.clear();
            let mut places = Vec::with_capacity(resolved.len());
            self.write_noting(line, 0..line.len(), &resolved, is_unescaped, &mut masked, |from, to| places.push(Replaced { from, to }));
            let matches = std::mem::take(&mut cache.matches);
            let barriers = std::mem::take(&mut cache.barriers);
            self.find(&masked, cache);
            let mut found = std::mem::replace(&mut cache.matches, matches);
            (cache.barriers, cache.again) = (barriers, masked);
            has_looked = true;
            found.retain_mut(|found| !self.keeps(found) && outwards(&places, found));
            fields.leave_kept(&mut found);
            if found.is_empty() {
                break;
            }
            cache.matches.append(&mut found);
        }
        has_looked
    }

    /// What is masked in a line, if anything stands right beside a replacement.
    fn glued(&self, line: &[u8], fields: &LineFields, matches: &[Match]) -> Option<Vec<Match>> {
        // Most findings stand between spaces or quotes.
        if !fields.hide_any() && !matches.iter().any(|found| is_glued(line, found.span)) {
            return None;
        }
        let mut masked: Vec<Match> = matches.iter().filter(|found| !self.keeps(found)).copied().collect();
        fields.leave_hidden(&mut masked);
        self.add_fields(fields, &mut masked);
        masked.retain(|found| !self.keeps(found));
        let mut resolved = Vec::new();
        scan::resolve(&mut masked, &mut resolved);
        let leaves_token = |found: &Match| !matches!(self.plan[usize::from(found.rule)].action, Action::Mask(_) | Action::Remove);
        resolved.iter().any(|found| leaves_token(found) && is_glued(line, found.span)).then_some(resolved)
    }
}

/// Whether what stands around a span is other than what parts values from the rest of a line.
fn is_glued(line: &[u8], span: Span) -> bool {
    let is_quote = |byte: u8| b"\"'`".contains(&byte);
    let (before, behind) = line.split_at(span.start);
    let behind = &behind[span.len()..];
    let is_open_escaped = before.len() > 1 && before[before.len() - 2] == b'\\';
    let is_escaped = behind.first() == Some(&b'\\');
    let mut behind = behind.iter().copied().skip_while(|&byte| byte == b'\\');
    match (before.last(), behind.next()) {
        (_, Some(behind)) if is_escaped && !is_quote(behind) => true,
        (Some(&quote), behind) if is_quote(quote) => behind != Some(quote) || is_escaped != is_open_escaped,
        (Some(b'('), Some(b')')) => false,
        (Some(before), _) if !b" \t=:".contains(before) => true,
        (_, None | Some(b' ' | b'\t')) => is_escaped,
        (_, Some(b',' | b';')) => behind.next().is_some_and(|next| next != b' ' && !is_quote(next)),
        (_, Some(quote)) => !is_quote(quote) || behind.next().is_some_and(|next| !b" ,;:)]}>\\".contains(&next)),
    }
}

/// Moves a match in a line as it comes out to where it stands in the line; `false` if it touches what was replaced.
fn outwards(places: &[Replaced], found: &mut Match) -> bool {
    let Span { start, end } = found.span;
    let next = |at: usize| places.partition_point(|place| place.to.end <= at);
    let origin = |at: usize| match next(at).checked_sub(1) {
        Some(before) => places[before].from.end + (at - places[before].to.end),
        None => at,
    };
    if places.get(next(start)).is_some_and(|place| place.to.start < end) {
        return false;
    }
    found.span = Span { start: origin(start), end: origin(start) + (end - start) };
    found.from = match places.get(next(found.from)) {
        Some(place) if place.to.start <= found.from => place.from.start,
        _ => origin(found.from),
    };
    true
}
