//! Numbers by the hundred, made by somebody who does not know the validators, in lines of six syntaxes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use logveil::Redactor;

#[path = "support/numbers.rs"]
mod numbers;

use numbers::{KINDS, Kind, Random, spoiled};

/// So many of each kind in each syntax.
const EACH: usize = 60;

/// The ways of writing a line, from key or word and number to what stands before and behind the number.
const SYNTAXES: &[fn(&Kind, &str) -> (String, String)] = &[
    |kind, _| (format!(r#"{{"ts":"2024-05-01T10:00:00Z","level":"info","{}":""#, kind.key), r#"","user":"u-17","ok":true}"#.to_owned()),
    |kind, number| {
        if is_json_number(number) {
            (format!(r#"{{"level":"info","{}":"#, kind.key), r#","seq":7}"#.to_owned())
        } else {
            (format!(r#"{{"level":"info","msg":"{{\"{}\":\""#, kind.key), r#"\",\"seq\":7}","n":1}"#.to_owned())
        }
    },
    |kind, number| {
        let quote = if number.contains(' ') { "\"" } else { "" };
        (format!("ts=1714557600 level=info {}={quote}", snake(kind.key)), format!("{quote} seq=7 took=12ms"))
    },
    |kind, _| (format!("{}: ", kind.key), String::new()),
    |kind, _| (format!("10:00:01 INFO worker-3 {} ", kind.word), " accepted in 12 ms".to_owned()),
    |kind, _| (format!("<row n=\"3\"><{}>", kind.key), format!("</{}><seq>7</seq></row>", kind.key)),
];

const PROSE: usize = 4;

fn is_json_number(number: &str) -> bool {
    number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0')
}

fn snake(key: &str) -> String {
    key.chars().flat_map(|letter| letter.is_ascii_uppercase().then_some('_').into_iter().chain([letter.to_ascii_lowercase()])).collect()
}

/// Whether the number is masked; whatever becomes of it, what stands beside it stays.
fn is_masked(redactor: &Redactor, before: &str, number: &str, behind: &str) -> bool {
    let line = format!("{before}{number}{behind}");
    let masked = String::from_utf8(redactor.redact_message(line.as_bytes())).unwrap();
    if masked == line {
        return false;
    }
    let inner = masked.strip_prefix(before).and_then(|rest| rest.strip_suffix(behind));
    let inner = inner.unwrap_or_else(|| panic!("a neighbour was changed: {line} became {masked}"));
    let inner = inner.trim_matches('"');
    inner.starts_with("[REDACTED:") && inner.ends_with(']') && inner.matches('[').count() == 1
}

#[test]
fn numbers_are_found_beside_their_keys_and_words() {
    let redactor = Redactor::builtin().unwrap();
    let mut missed = Vec::new();
    for (kind, seed) in KINDS.iter().zip(1..) {
        let mut random = Random(seed);
        let mut by_syntax = vec![0; SYNTAXES.len()];
        for _ in 0..EACH {
            for (syntax, found) in SYNTAXES.iter().zip(&mut by_syntax) {
                let number = (kind.make)(&mut random);
                let (before, behind) = syntax(kind, &number);
                *found += usize::from(is_masked(&redactor, &before, &number, &behind));
            }
        }
        if by_syntax.iter().any(|&found| found * 100 < EACH * 95) {
            missed.push(format!("{}: {by_syntax:?} of {EACH}", kind.name));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn wrong_numbers_in_prose_stay() {
    let redactor = Redactor::builtin().unwrap();
    let mut masked = Vec::new();
    for (kind, seed) in KINDS.iter().filter(|kind| kind.strict).zip(1000..) {
        let mut random = Random(seed);
        let wrongly = (0..EACH * 5).filter(|_| {
            let number = (kind.make)(&mut random);
            let number = spoiled(&number, &mut random);
            let (before, behind) = SYNTAXES[PROSE](kind, &number);
            is_masked(&redactor, &before, &number, &behind)
        });
        let wrongly = wrongly.count();
        // Now and then a wrong number is a right one of another kind.
        if wrongly * 100 > EACH * 5 * 15 {
            masked.push(format!("{}: {wrongly} of {}", kind.name, EACH * 5));
        }
    }
    assert!(masked.is_empty(), "{masked:#?}");
}
