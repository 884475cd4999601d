//! A second look at a line, as it comes out: replacements part what stood together, so that something beside one may be found
//! that nothing was found of before. A second pass must not be the first to see it.

use std::ops::Range;

use super::Redactor;
use super::fields::LineFields;
use crate::action::Action;
use crate::scan::{self, Cache, Match, Span, boundary};

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
        (Some(last), _) if !b" \t=:".contains(last) && !ends_with_escaped_joint(before) => true,
        (_, None | Some(b' ' | b'\t')) => is_escaped,
        (_, Some(b',' | b';')) => behind.next().is_some_and(|next| next != b' ' && !is_quote(next)),
        (_, Some(quote)) => !is_quote(quote) || behind.next().is_some_and(|next| !b" ,;:)]}>\\".contains(&next)),
    }
}

/// Does a text end with a word and what stands between a key and its value, written as an escape: `%3D`, `%253D`, `\u003d`?
fn ends_with_escaped_joint(text: &[u8]) -> bool {
    let Some((before, digits)) = text.split_last_chunk::<2>() else { return false };
    let word = [&b"%25"[..], b"%", b"\\u00", b"\\x"].iter().find_map(|escape| before.strip_suffix(*escape));
    [b"3d", b"3a"].contains(&&digits.map(|digit| digit.to_ascii_lowercase()))
        && word.is_some_and(|word| word.last().is_some_and(u8::is_ascii_alphabetic) && !boundary::escape_ends_at(word, word.len()))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::action::{Keys, Mask};
    use crate::policy::Policy;
    use crate::redact::settle;
    use crate::redact::stats::Stats;

    /// Policies that let stand, name, and take out.
    const POLICIES: &[&str] = &[
        "",
        "[fields]\n\"**.shown\" = \"keep\"\n\"**.gone\" = \"drop\"\n\"**.hidden\" = \"mask\"",
        "[actions]\ncontact = \"keep\"",
        "[allow]\nvalues = [\"bob@example.com\", \"219-09-9999\"]",
    ];

    fn redactors() -> Vec<Redactor> {
        let actions =
            [Action::Replace, Action::Mask(Mask { first: 2, last: 4, domain: true }), Action::Hash, Action::Encrypt, Action::Remove];
        let policy = |text| Policy::parse("test", text).unwrap().min_confidence(crate::pack::Confidence::Low);
        let keys = || Keys::new("k1", b"a key for tests, not for logs").unwrap();
        let build = |policy| Redactor::builder().policy(policy).keys(keys()).build().unwrap();
        POLICIES.iter().flat_map(|text| actions.map(|action| build(policy(text).action(action)))).collect()
    }

    /// What is found when a line is looked at once, and when it is looked at again.
    fn looks(redactor: &Redactor, line: &[u8]) -> (Vec<Match>, Vec<Match>, LineFields, Cache) {
        let mut cache = Cache::default();
        redactor.find(line, &mut cache);
        let fields = redactor.fields_in(line);
        fields.leave_kept(&mut cache.matches);
        let first = cache.matches.clone();
        redactor.look_again(line, &fields, false, &mut cache);
        (first, cache.matches.clone(), fields, cache)
    }

    /// What is replaced.
    fn masked(redactor: &Redactor, fields: &LineFields, matches: &[Match]) -> Vec<Match> {
        let mut matches = matches.to_vec();
        fields.leave_hidden(&mut matches);
        redactor.add_fields(fields, &mut matches);
        matches.retain(|found| !redactor.keeps(found));
        let mut resolved = Vec::new();
        scan::resolve(&mut matches, &mut resolved);
        resolved
    }

    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "219-09-9999",
            "+12125550123",
            "bob@example.com",
            "4111 1111 1111 1111",
            "password=",
            "hunter2",
            "token: ",
            "https://u:pw@h/",
            "530394116",
            "%22",
            "\\\"",
            "\"",
            "{\"shown\":\"",
            "{\"gone\":{\"ssn\":\"",
            "\"hidden\":",
            "\"}",
            ",",
            " ",
            "[",
            "]",
            "'",
            "(",
            ")",
            "\\n",
            "email=bob%40example.com&",
            "Bearer abcdef1234567890abcdef",
            "é",
            "<password>",
            "</password>",
            "1",
            "x",
            "[REDACTED:email]",
            "***",
            "=",
            ": ",
        ]);
        prop::collection::vec(piece, 1..10).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

        /// What was found stays, what is added lies in the line and beside it, and the bytes between come out as they went in.
        #[test]
        fn a_second_look_only_adds(line in pieces()) {
            for redactor in redactors_once() {
                let line = line.as_bytes();
                let (first, both, fields, mut cache) = looks(redactor, line);
                prop_assert!(both.starts_with(&first));
                let replaced = masked(redactor, &fields, &first);
                for found in &both[first.len()..] {
                    prop_assert!(found.span.start < found.span.end && found.span.end <= line.len());
                    prop_assert!(!redactor.keeps(found) && !replaced.iter().any(|known| known.span.overlaps(found.span)));
                }
                let now = masked(redactor, &fields, &both);
                for known in &replaced {
                    prop_assert!(now.iter().any(|found| found.span.start <= known.span.start && known.span.end <= found.span.end));
                }
                fields.leave_hidden(&mut cache.matches);
                redactor.add_fields(&fields, &mut cache.matches);
                settle(redactor, &mut cache, 1, 0, &mut Stats::default(), &mut |_| {});
                let (mut out, mut places) = (Vec::new(), Vec::new());
                redactor.write_noting(line, 0..line.len(), &cache.resolved, false, &mut out, |from, to| places.push(Replaced { from, to }));
                let (mut read, mut written) = (0, 0);
                for place in &places {
                    prop_assert_eq!(&line[read..place.from.start], &out[written..place.to.start]);
                    (read, written) = (place.from.end, place.to.end);
                }
                prop_assert_eq!(&line[read..], &out[written..]);
                let is_replaced = |found: &Match| places.iter().any(|place| place.from.start <= found.span.start && found.span.end <= place.from.end);
                prop_assert!(now.iter().all(is_replaced));
            }
        }
    }

    fn redactors_once() -> &'static [Redactor] {
        static REDACTORS: std::sync::LazyLock<Vec<Redactor>> = std::sync::LazyLock::new(redactors);
        &REDACTORS
    }

    #[test]
    fn what_stands_apart_is_not_looked_at_again() {
        let is_glued = |line: &str| {
            let start = line.find("hunter2").unwrap();
            is_glued(line.as_bytes(), Span { start, end: start + 7 })
        };
        for line in ["a=hunter2 b", "a: \"hunter2\",", "a%3Dhunter2 b", "a%253Dhunter2", "key\\u003dhunter2 b", "a\\x3Ahunter2 "] {
            assert!(!is_glued(line), "{line}");
        }
        // What an escape stands for may be part of the value before it.
        for line in ["ahunter2 b", "1%3Dhunter2 b", "a%20hunter2 b", "%3A%3Dhunter2", "a%3Dhunter2%26b", "a%3D\"hunter2 b"] {
            assert!(is_glued(line), "{line}");
        }
    }

    /// Places are told in the line as it came, whatever length stands in the place of what.
    #[test]
    fn findings_stand_where_they_stood() {
        let line = b"a bob@example.com+12125550123 219-09-9999+12125550123";
        for redactor in &redactors()[..5] {
            let (first, both, ..) = looks(redactor, line);
            for found in &both[first.len()..] {
                assert_eq!(line[found.span.start..found.span.end].escape_ascii().to_string(), "+12125550123");
            }
        }
        let (first, both, ..) = looks(&redactors()[0], line);
        assert!(both.len() > first.len(), "nothing was found that stands beside something");
    }
}
