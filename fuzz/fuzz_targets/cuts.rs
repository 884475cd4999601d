//! Promise 2: however a stream is cut into reads, the same bytes and counts come out.
//!
//! The first bytes say how to cut, and whether the text stands far inside a line that is longer than the limit.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use logveil::{Cache, Confidence, Policy, Redactor, Stats, StreamState};

/// The shortest limit that a policy may set.
const LIMIT: usize = 128 << 10;

static REDACTOR: LazyLock<Redactor> = LazyLock::new(|| {
    let policy = Policy::parse("fuzz", &format!("[limits]\nline = {LIMIT}")).expect("the policy holds").min_confidence(Confidence::Low);
    Redactor::builder().policy(policy).build().expect("the built-in packs compile")
});

fuzz_target!(|input: &[u8]| {
    let Some((&[kind, high, low, first, second], text)) = input.split_first_chunk() else { return };
    let place = usize::from(u16::from_be_bytes([high, low]));
    // One in 32: a line so long takes hundreds of times as long as a short one.
    let (text, scale) = if kind % 32 == 0 { (far_inside(text, 4 * place), 4096) } else { (text.to_vec(), 1) };
    let lengths = [first, second].map(|length| scale * (1 + usize::from(length)));

    let mut whole = Vec::new();
    let stats = REDACTOR.redact(&text, &mut StreamState::default(), &mut Cache::default(), &mut whole);
    let (in_reads, counted) = in_reads(&text, lengths);
    assert!(in_reads == whole, "reads of {lengths:?}:\n{}\nwhole:\n{}", shown(&in_reads), shown(&whole));
    let counts = |stats: &Stats| (stats.lines(), stats.lines_changed(), stats.findings(), stats.bytes_in(), stats.bytes_out());
    assert_eq!(counts(&counted), counts(&stats), "counts with reads of {lengths:?}: {}", shown(&text));
});

/// The text in a line that is looked at in pieces, at any place of the first two of them.
fn far_inside(text: &[u8], place: usize) -> Vec<u8> {
    let filler = |length: usize| b"some prose; ".iter().copied().cycle().take(length);
    filler(place).chain(text.iter().copied()).chain(filler(LIMIT)).collect()
}

/// Through a filter, in reads of these lengths by turns.
fn in_reads(mut text: &[u8], lengths: [usize; 2]) -> (Vec<u8>, Stats) {
    let mut filter = REDACTOR.filter();
    let (mut out, mut stats) = (Vec::new(), Stats::default());
    for length in lengths.into_iter().cycle() {
        if text.is_empty() {
            break;
        }
        let (read, rest) = text.split_at(length.min(text.len()));
        stats += filter.push(read, &mut out);
        text = rest;
    }
    stats += filter.finish(&mut out);
    (out, stats)
}

/// What is worth reading of a long text.
fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text).replace("some prose; ", "").escape_debug().to_string()
}
