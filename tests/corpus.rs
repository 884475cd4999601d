//! The corpus in `tests/data`: no fewer secrets are found, and no more lines are wrongly touched, than it says here.
//!
//! By the first half, in the folder itself, the rules are tuned; by the second half they are not, so that it says how well
//! they do on lines that they have not seen.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use logveil::Redactor;

#[path = "support/corpus.rs"]
mod corpus;

use corpus::{Case, Score};

const HALVES: [&str; 2] = [".", "second"];

fn cases(half: &str) -> Vec<Case> {
    corpus::cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(half)).unwrap()
}

fn total(cases: &[Case], is_wanted: impl Fn(&Case) -> bool) -> Score {
    let redactor = Redactor::builtin().unwrap();
    let mut total = Score::default();
    cases.iter().filter(|case| is_wanted(case)).for_each(|case| total.add(case.score(&case.masked(&redactor))));
    total
}

#[test]
fn secrets_are_found_and_what_stands_beside_them_stays() {
    for (half, gone, kept) in [(HALVES[0], 985, 995), (HALVES[1], 940, 995)] {
        let score = total(&cases(half), |case| !case.is_negative());
        assert!(score.secrets > 800, "{half}: {score:?}");
        assert!(score.gone * 1000 >= score.secrets * gone, "{half}: {score:?}");
        assert!(score.kept * 1000 >= score.beside * kept, "{half}: {score:?}");
    }
}

#[test]
fn lines_without_secrets_stay() {
    for (half, right) in [(HALVES[0], 995), (HALVES[1], 985)] {
        let score = total(&cases(half), Case::is_negative);
        assert!(score.cases > 400, "{half}: {score:?}");
        assert!(score.right * 1000 >= score.cases * right, "{half}: {score:?}");
    }
}

/// The corpus says what it means: marks are closed, and lines are negative where their kind says so.
#[test]
fn kinds_tell_what_their_cases_hold() {
    for case in HALVES.into_iter().flat_map(cases) {
        assert_eq!(case.is_negative(), case.kind.starts_with("negative-"), "{}", case.place);
        assert!(case.marked.iter().all(|marked| !marked.is_empty()), "{}", case.place);
    }
}
