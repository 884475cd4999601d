//! Promise 2: what comes out depends neither on the number of threads nor on where their chunks are cut.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/texts.rs"]
mod texts;

use std::cell::RefCell;
use std::convert::Infallible;
use std::panic::{self, AssertUnwindSafe};
use std::rc::Rc;
use std::sync::LazyLock;
use std::thread;

use logveil::{Cache, Confidence, Finding, ParallelFilter, Policy, Redactor, Stats, StreamState};
use proptest::prelude::*;

/// What comes of a stream: its bytes, its counts, its findings in order.
type Outcome<'r> = (Vec<u8>, Stats, Vec<Finding<'r>>);

static LOW: LazyLock<Redactor> =
    LazyLock::new(|| Redactor::builder().policy(Policy::default().min_confidence(Confidence::Low)).build().unwrap());

fn whole<'r>(redactor: &'r Redactor, input: &[u8]) -> Outcome<'r> {
    let (mut out, mut findings) = (Vec::new(), Vec::new());
    let (mut state, mut cache) = (StreamState::default(), Cache::default());
    let stats = redactor.redact_with(input, &mut state, &mut cache, &mut out, |finding| findings.push(finding));
    (out, stats, findings)
}

/// Feeds `input` in reads of these lengths, again and again. Where one is odd, what is in work is written at once.
fn feed<E>(
    filter: &mut ParallelFilter<'_>,
    mut input: &[u8],
    reads: &[usize],
    out: &mut impl FnMut(&[&[u8]]) -> Result<(), E>,
) -> Result<Stats, E> {
    let mut reads = reads.iter().cycle();
    while !input.is_empty() {
        let wanted = *reads.next().unwrap();
        let length = wanted.min(filter.space().len()).min(input.len());
        filter.space()[..length].copy_from_slice(&input[..length]);
        filter.advance(length, out)?;
        input = &input[length..];
        if wanted % 2 == 1 {
            filter.write_all(out)?;
            assert!(!filter.is_busy());
        }
    }
    filter.finish(out)
}

/// Masks `input` as two streams, one after the other, to see that the first leaves nothing to the second.
fn in_threads<'r>(redactor: &'r Redactor, input: &[u8], threads: usize, chunk: usize, reads: &[usize]) -> [Outcome<'r>; 2] {
    let findings = Rc::new(RefCell::new(Vec::new()));
    thread::scope(|scope| {
        let seen = Rc::clone(&findings);
        let filter = redactor.parallel_filter(scope, threads).chunk_size(chunk);
        let mut filter = filter.on_finding(move |finding| seen.borrow_mut().push(finding));
        [(); 2].map(|()| {
            let mut out = Vec::new();
            let Ok(stats) = feed(&mut filter, input, reads, &mut |pieces| -> Result<(), Infallible> {
                pieces.iter().for_each(|piece| out.extend_from_slice(piece));
                Ok(())
            });
            (out, stats, findings.take())
        })
    })
}

/// A private key of many lines as it stands in logs, in streams that are cut and mixed: perhaps without its end, with
/// the lines of another writer in between, or one begin upon the other.
fn key() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        10 => (4usize..80).prop_map(|length| "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj".chars().cycle().take(length).collect()),
        2 => Just("12:00:01 INFO another writer, password=hunter2".to_owned()),
        1 => Just("-----BEGIN RSA PRIVATE KEY-----".to_owned()),
        1 => Just("-----END RSA PRIVATE KEY-----".to_owned()),
    ];
    let prefix = prop::sample::select(vec!["", "2024-05-01 12:00:00 app: ", "> "]);
    let end = prop::sample::select(vec!["-----END PRIVATE KEY-----", ""]);
    let feed = prop::sample::select(vec!["\n", "\r\n"]);
    (prop::collection::vec(line, 0..20), prefix, end, feed).prop_map(|(body, prefix, end, feed)| {
        let lines = std::iter::once("-----BEGIN PRIVATE KEY-----").chain(body.iter().map(String::as_str)).chain([end]);
        lines.flat_map(|line| [prefix, line, feed]).collect::<String>().into_bytes()
    })
}

/// Values on the lines behind their key: in an element, in YAML, in a field of their own.
fn below() -> impl Strategy<Value = Vec<u8>> {
    let line = prop::sample::select(vec![
        "password: |",
        "  password: >-",
        "password:",
        "<password>",
        "</password>",
        "  hunter2",
        "    hunter2 and more",
        "hunter2",
        "",
        "user: bob",
        "  \"name\": \"DB_PASSWORD\",",
        "  \"value\": \"hunter2\"",
        "  \"type\": \"x\",",
    ]);
    prop::collection::vec((line, prop::sample::select(vec!["\n", "\r\n"])), 0..12)
        .prop_map(|lines| lines.into_iter().flat_map(|(line, end)| [line, end]).collect::<String>().into_bytes())
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![2 => key(), 2 => below(), 2 => texts::stream(), 1 => "[a-z ]{0,400}".prop_map(String::into_bytes)];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

fn cases(number: u32) -> ProptestConfig {
    let factor = std::env::var("LOGVEIL_CASES").ok().and_then(|factor| factor.parse::<u32>().ok()).unwrap_or(1);
    ProptestConfig { cases: number * factor, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn threads_and_chunks_change_nothing(input in stream(), chunk in 1usize..600, reads in prop::collection::vec(1usize..300, 1..6)) {
        let expected = whole(&LOW, &input);
        for threads in [1, 2, 3, 8] {
            for outcome in in_threads(&LOW, &input, threads, chunk, &reads) {
                prop_assert_eq!(outcome.0.escape_ascii().to_string(), expected.0.escape_ascii().to_string(), "{} threads", threads);
                prop_assert_eq!((&outcome.1, &outcome.2), (&expected.1, &expected.2), "{} threads", threads);
            }
        }
    }
}

/// A key that spans many chunks, and what stands behind it.
#[test]
fn a_block_goes_on_from_chunk_to_chunk() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n".repeat(100);
    let input = format!("a\n-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\nb password=hunter2\n{body}c");
    let expected = whole(&LOW, input.as_bytes());
    for chunk in [50, 100, 1000] {
        for outcome in in_threads(&LOW, input.as_bytes(), 3, chunk, &[chunk & !1]) {
            assert!(outcome == expected, "{chunk}: {}", outcome.0.escape_ascii());
        }
    }
}

/// Lines above the limit, longer and shorter than a chunk, with values that are longer than a piece.
#[test]
fn long_lines_come_out_the_same() {
    const LIMIT: usize = 128 << 10;
    let redactor = Redactor::builder().policy(Policy::parse("test", &format!("[limits]\nline = {LIMIT}")).unwrap()).build().unwrap();
    let prose = |length: usize| "some prose, 12 words; ".chars().cycle().take(length).collect::<String>();
    let value = "hunter2".repeat(LIMIT / 3);
    let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n";
    let long = prose(LIMIT + 100);
    let input = format!(
        "a pwd=hunter2\n{key}{long}\r\nb\n{long} password=\"{value}\" x\r\npwd=hunter2\n{key}{value}\n{long}{key}{long} pwd={value}"
    );
    let expected = whole(&redactor, input.as_bytes());
    for (threads, chunk, read) in
        [(1, 4096, 4096), (2, 4096, 4096), (2, LIMIT, 1 << 16), (3, 2 * LIMIT, 2 * LIMIT), (2, 4 * LIMIT, 100_000)]
    {
        for (out, stats, findings) in in_threads(&redactor, input.as_bytes(), threads, chunk, &[read]) {
            assert!(out == expected.0, "{threads} {chunk} {read}");
            assert_eq!((stats, findings), (expected.1.clone(), expected.2.clone()), "{threads} {chunk} {read}");
        }
    }
}

/// Whoever writes may fail, or panic, while all threads are at work: nothing more is written, and nobody waits.
#[test]
fn an_early_end_leaves_nobody_waiting() {
    let input = b"pwd=hunter2\n".repeat(1000);
    for threads in [1, 2, 8] {
        let mut calls = 0;
        let result = thread::scope(|scope| {
            let mut filter = LOW.parallel_filter(scope, threads).chunk_size(100);
            feed(&mut filter, &input, &[100], &mut |_| {
                calls += 1;
                if calls == 5 { Err("closed") } else { Ok(()) }
            })
        });
        assert_eq!((result.err(), calls), (Some("closed"), 5));
        let panicked = panic::catch_unwind(AssertUnwindSafe(|| {
            thread::scope(|scope| {
                let mut filter = LOW.parallel_filter(scope, threads).chunk_size(100);
                feed(&mut filter, &input, &[100], &mut |_| -> Result<(), ()> { panic!("as a test") })
            })
        }));
        assert!(panicked.is_err());
    }
}
