//! What is explained as a match is what is found, and nothing else is.

use proptest::prelude::*;

use super::{LINES, REFERENCE, cases, mutated, texts, words_and_values};
use crate::scan::verify::Text;
use crate::scan::{Cache, Scanner};

fn assert_explains(line: &[u8]) {
    let scanner: &Scanner = REFERENCE.scanner();
    let (mut cache, mut found, mut candidates) = (Cache::default(), Vec::new(), Vec::new());
    scanner.find_as_written(Text::new(line, &[]), &mut cache, &mut found);
    scanner.look_inside(line, 0, &mut cache, &mut found);
    scanner.explain_text(Text::new(line, &[]), &mut cache, &mut candidates);
    let named = |rule: u16| scanner.rule(rule).0;
    let mut found: Vec<_> = found.iter().map(|found| (found.span, named(found.rule), found.confidence, found.from)).collect();
    let mut explained: Vec<_> = candidates.iter().filter_map(|it| Some((it.span, named(it.rule), it.outcome.ok()?, it.from))).collect();
    found.sort_unstable();
    explained.sort_unstable();
    assert_eq!(explained, found, "{}", line.escape_ascii());
}

#[test]
fn on_every_example() {
    LINES.iter().step_by(7).for_each(|line| assert_explains(line));
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn on_mutated_examples(line in mutated()) {
        assert_explains(&line);
    }

    #[test]
    fn on_fragments(fragments in prop::collection::vec(texts::fragments(), 0..24)) {
        assert_explains(&fragments.concat());
    }

    #[test]
    fn on_words_and_values(line in words_and_values()) {
        assert_explains(&line);
    }
}
