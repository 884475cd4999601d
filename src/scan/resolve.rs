//! Overlapping matches → disjoint ones: the union is masked, once.

use std::cmp::Ordering;

use super::Match;

/// Sorts `matches` and appends their unions to `out`, in order. A union is labelled by its surest match, then its
/// longest, then the first in pack order.
pub(crate) fn resolve(matches: &mut [Match], out: &mut Vec<Match>) {
    let label = |found: &Match| (found.confidence, found.span.len(), std::cmp::Reverse(found.rule));
    matches.sort_unstable_by_key(|found| (found.span, found.rule));
    let mut best = None;
    for &found in matches.iter() {
        let joins = out.last().is_some_and(|last: &Match| best.is_some() && found.span.start < last.span.end);
        match out.last_mut() {
            Some(last) if joins => {
                // What reaches furthest says how the union goes on.
                match found.span.end.cmp(&last.span.end) {
                    Ordering::Greater => (last.span.end, last.until) = (found.span.end, found.until),
                    Ordering::Equal => last.until = last.until.wider(found.until),
                    Ordering::Less => {}
                }
                if Some(label(&found)) > best {
                    best = Some(label(&found));
                    (last.rule, last.confidence) = (found.rule, found.confidence);
                }
            }
            _ => {
                best = Some(label(&found));
                out.push(found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::Confidence;
    use crate::scan::{Span, Until};

    fn found(start: usize, end: usize, rule: u16, confidence: Confidence) -> Match {
        Match { span: Span { start, end }, from: start, rule, confidence, until: Until::Complete }
    }

    #[test]
    fn overlaps_become_one_with_the_surest_label() {
        use Confidence::{High, Low, Medium};
        let mut matches =
            [found(8, 12, 3, High), found(0, 10, 1, Medium), found(12, 14, 2, Low), found(20, 30, 5, Low), found(20, 30, 4, Low)];
        let mut out = Vec::new();
        resolve(&mut matches, &mut out);
        assert_eq!(out, [Match { from: 0, ..found(0, 12, 3, High) }, found(12, 14, 2, Low), found(20, 30, 4, Low)]);
    }
}
