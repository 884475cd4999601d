//! `redact/rules_N`: what more rules cost. The built-in packs and N rules of a user's pack, each a prefix of its own and a body.

use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::error::Error;
use std::hint::black_box;

use criterion::Criterion;
use logveil::{Pack, Redactor};

use crate::loggen::{Dirty, logs};
use crate::{CHUNK, SEED, SIZE, group, is_measured, stream};

pub fn rules(criterion: &mut Criterion) -> Result<(), Box<dyn Error>> {
    let sample = logs(SIZE, SEED, Dirty::Clean);
    let counts: &[usize] = if is_measured() { &[50, 100, 200, 400, 800] } else { &[50, 800] };
    for &count in counts {
        let prefixes = prefixes(count);
        let pack = Pack::parse("made-up", &prefixes.iter().map(|prefix| rule(prefix)).collect::<String>())?;
        let redactor = Redactor::builder().pack(pack).build()?;
        let checked = LazyCell::new(|| check(&redactor, &prefixes, &sample.bytes));
        let mut out = Vec::with_capacity(2 * CHUNK);
        group(criterion, "redact", &sample.bytes).bench_function(format!("rules_{count}"), |bencher| {
            LazyCell::force(&checked);
            bencher.iter(|| stream(&redactor, black_box(&sample.bytes), &mut out));
        });
    }
    Ok(())
}

/// A clean log stays as it is, and a line with a token of each rule loses them all.
fn check(redactor: &Redactor, prefixes: &BTreeSet<String>, clean: &[u8]) {
    assert_eq!(stream(redactor, clean, &mut Vec::new()).findings(), 0, "clean logs stay clean");
    let line = |body: &dyn Fn(&str) -> String| prefixes.iter().map(|prefix| format!(" {};", body(prefix))).collect::<String>();
    let masked = redactor.redact_message(line(&|prefix| format!("{prefix}{}", "0aZ9".repeat(8))).as_bytes());
    let expected = line(&|prefix| format!("[REDACTED:{}]", id(prefix)));
    assert_eq!(masked.escape_ascii().to_string(), expected, "every rule finds its token");
}

/// Three to five letters that can be spoken, and `_` or `-`: always the same ones, and no two alike.
fn prefixes(count: usize) -> BTreeSet<String> {
    let mut state = 1u64;
    let mut pick = move |letters: &str| {
        // The high bits of a linear congruential generator are random enough (the constants are Knuth's).
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(letters.as_bytes()[(state >> 33) as usize % letters.len()])
    };
    let mut prefixes = BTreeSet::new();
    while prefixes.len() < count {
        let length = [3, 4, 5][usize::from(pick("012") as u8 - b'0')];
        let mut prefix: String = (0..length).map(|at| pick(if at % 2 == 0 { "bcdfghjklmnprstvwz" } else { "aeiou" })).collect();
        prefix.push(pick("_-"));
        prefixes.insert(prefix);
    }
    prefixes
}

fn id(prefix: &str) -> String {
    // An id has no `_`, and no dash at its end.
    let kind = if prefix.ends_with('_') { "low" } else { "dash" };
    format!("made-up-{}-{kind}", &prefix[..prefix.len() - 1])
}

fn rule(prefix: &str) -> String {
    format!("[[rule]]\nid = '{}'\nclass = 'secret'\npattern = '{prefix}[A-Za-z0-9]{{32}}'\nconfidence = 'high'\n", id(prefix))
}
