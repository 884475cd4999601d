//! What of the corpus in `tests/data` is found and what is wrongly touched, by kind: `corpus [FOLDER [KIND]]`.
//!
//! The folder is one below, `second`, or `.` for the first half. With a kind, its cases that come out otherwise than they should: what should be masked between « and », what is
//! masked between [ and ].

use std::env;
use std::path::Path;

use logveil::Redactor;

#[path = "../tests/support/corpus.rs"]
mod corpus;

use corpus::{Case, Score};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let redactor = Redactor::builtin()?;
    let folder = env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let cases = corpus::cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(folder))?;
    if let Some(kind) = env::args().nth(2) {
        for case in cases.iter().filter(|case| case.kind.starts_with(&kind)) {
            let masked = case.masked(&redactor);
            if case.score(&masked).right == 0 {
                println!("{}: {}", case.place, shown(case, &masked));
            }
        }
        return Ok(());
    }
    println!("{:22}{:>6}{:>7}{:>9}{:>9}{:>9}{:>9}", "kind", "cases", "right", "secrets", "touched", "gone", "kept");
    let (mut positive, mut negative) = (Score::default(), Score::default());
    for (kind, score) in corpus::by_kind(&cases, &redactor) {
        row(&kind, score);
        if score.secrets > 0 { positive.add(score) } else { negative.add(score) }
    }
    row("with secrets", positive);
    row("without", negative);
    Ok(())
}

fn row(kind: &str, score: Score) {
    let percent = |part: usize, of: usize| if of == 0 { String::new() } else { format!("{:.1} %", part as f64 * 100.0 / of as f64) };
    println!(
        "{kind:22}{:>6}{:>7}{:>9}{:>9}{:>9}{:>9}",
        score.cases,
        percent(score.right, score.cases),
        score.secrets,
        percent(score.touched, score.secrets),
        percent(score.gone, score.secrets),
        percent(score.kept, score.beside)
    );
}

/// A case with its marks.
fn shown(case: &Case, masked: &[bool]) -> String {
    let mut out = Vec::new();
    for (at, &byte) in case.text.iter().enumerate() {
        let mut mark = |text: &str, wanted: bool| {
            if wanted {
                out.extend_from_slice(text.as_bytes());
            }
        };
        let before = at > 0 && masked[at - 1];
        mark("]", before && !masked[at]);
        mark("»", case.marked.iter().any(|marked| marked.end == at));
        mark("«", case.marked.iter().any(|marked| marked.start == at));
        mark("[", !before && masked[at]);
        out.push(byte);
    }
    if masked.last() == Some(&true) {
        out.push(b']');
    }
    if case.marked.iter().any(|marked| marked.end == case.text.len()) {
        out.extend_from_slice("»".as_bytes());
    }
    String::from_utf8_lossy(&out).replace('\n', "⏎")
}
