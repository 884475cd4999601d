//! `packs/SET`: what families of rules cost, each by itself, on clean generated logs, and `SET_unseen` on real ones where the corpora are
//! at hand. What to compare is the ratio to `packs/all` of the same run.

use std::cell::LazyCell;
use std::error::Error;
use std::hint::black_box;

use criterion::Criterion;
use logveil::{Policy, Redactor};

use crate::loggen::{Dirty, logs};
use crate::{CHUNK, SEED, SIZE, group, is_unseen, loghub, stream, stream_to};

/// A set of packs, and a line of which it masks something. The line is put together, so that none stands here.
struct Set {
    name: &'static str,
    packs: &'static [&'static str],
    line: fn() -> String,
}

const SETS: &[Set] = &[
    // Tokens that a vendor's prefix tells.
    Set {
        name: "vendors",
        packs: &["ai", "cloud", "code", "messaging", "observability", "payments", "saas", "social"],
        line: || format!("x ghp{}{} x\n", '_', "0aZ9".repeat(9)),
    },
    // Every other secret: keys and their values, commands, headers, URLs, private keys.
    Set {
        name: "other_secrets",
        packs: &["commands", "crypto", "databases", "devices", "generic", "http", "identity", "kubernetes", "prose"],
        line: || "x password=hunter2 x\n".to_owned(),
    },
    Set {
        name: "personal",
        packs: &[
            "bank",
            "contact",
            "health",
            "network",
            "pii-apac",
            "pii-ca",
            "pii-eu",
            "pii-gb",
            "pii-in",
            "pii-latam",
            "pii-mea",
            "pii-us",
            "pii-world",
        ],
        line: || "x user@example.com x\n".to_owned(),
    },
];

pub fn packs(criterion: &mut Criterion) -> Result<(), Box<dyn Error>> {
    let mut samples = vec![("", logs(SIZE, SEED, Dirty::Clean).bytes)];
    samples.extend(loghub(is_unseen)?.map(|once| ("_unseen", once.repeat(SIZE.div_ceil(once.len())))));
    let mut out = Vec::with_capacity(2 * CHUNK);
    for (suffix, sample) in &samples {
        for set in SETS {
            let redactor = Redactor::builder().policy(Policy::parse(set.name, &format!("packs = {:?}", set.packs))?).build()?;
            let checked = LazyCell::new(|| check(set, &redactor, sample, suffix.is_empty()));
            group(criterion, "packs", sample).bench_function(format!("{}{suffix}", set.name), |bencher| {
                LazyCell::force(&checked);
                bencher.iter(|| stream(&redactor, black_box(sample), &mut out));
            });
        }
        let all = Redactor::builtin()?;
        group(criterion, "packs", sample)
            .bench_function(format!("all{suffix}"), |bencher| bencher.iter(|| stream(&all, black_box(sample), &mut out)));
    }
    Ok(())
}

/// Clean logs stay as they are, of real ones hardly a line changes, and the rules of the set are in force.
fn check(set: &Set, redactor: &Redactor, sample: &[u8], is_clean: bool) {
    let stats = stream(redactor, sample, &mut Vec::new());
    let most = if is_clean { 0 } else { stats.lines() / 1000 };
    assert!(stats.lines_changed() <= most, "{}: lines without a secret stay: {}", set.name, stats.lines_changed());
    let mut masked = Vec::new();
    let line = (set.line)();
    let stats = stream_to(redactor, line.as_bytes(), CHUNK, &mut Vec::new(), |out| masked.extend_from_slice(out));
    assert_eq!(stats.findings(), 1, "{}: its rules are in force", set.name);
    assert!(masked.starts_with(b"x ") && masked.ends_with(b"] x\n"), "{}: what is around a secret stays", set.name);
}
