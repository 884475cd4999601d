//! The corpus in `tests/data`: no fewer secrets are found, and no more lines are wrongly touched, than it says here.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use logveil::Redactor;

#[path = "support/corpus.rs"]
mod corpus;

use corpus::Score;

fn total(is_wanted: impl Fn(&corpus::Case) -> bool) -> Score {
    let redactor = Redactor::builtin().unwrap();
    let cases = corpus::cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")).unwrap();
    let mut total = Score::default();
    cases.iter().filter(|case| is_wanted(case)).for_each(|case| total.add(case.score(&case.masked(&redactor))));
    total
}

#[test]
fn secrets_are_found_and_what_stands_beside_them_stays() {
    let score = total(|case| !case.is_negative());
    assert!(score.secrets > 1000, "{score:?}");
    assert!(score.gone * 1000 >= score.secrets * 815, "{score:?}");
    assert!(score.kept * 1000 >= score.beside * 988, "{score:?}");
}

#[test]
fn lines_without_secrets_stay() {
    let score = total(corpus::Case::is_negative);
    assert!(score.cases > 600, "{score:?}");
    assert!(score.right * 1000 >= score.cases * 950, "{score:?}");
}

/// The corpus says what it means: marks are closed, and lines are negative where their kind says so.
#[test]
fn kinds_tell_what_their_cases_hold() {
    let cases = corpus::cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")).unwrap();
    for case in cases {
        assert_eq!(case.is_negative(), case.kind.starts_with("negative-"), "{}", case.place);
        assert!(case.marked.iter().all(|marked| !marked.is_empty()), "{}", case.place);
    }
}
