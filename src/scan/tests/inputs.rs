//! Whole inputs: the engine goes from suspect to suspect through tiles, the reference from line to line. Bytes, counts
//! and findings must be the same.

use std::path::PathBuf;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::{EXAMPLES, cases, redactor, texts, thorough};
use crate::policy::Policy;
use crate::redact::Redactor;
use crate::scan::kernel::Kernel;
use crate::scan::{Cache, Span, Strategy as Scan};
use crate::stream::StreamState;

const TILE: usize = 8192;

/// The shortest limit that a policy may set.
const LIMIT: usize = 128 << 10;

/// The reference first, then each kernel.
type Redactors = Vec<(Scan, Redactor)>;

static REDACTORS: LazyLock<Redactors> = LazyLock::new(|| strategies().map(|strategy| (strategy, redactor(strategy))).collect());

/// The same with lines looked at in pieces.
static IN_PIECES: LazyLock<Redactors> = LazyLock::new(|| {
    let policy = || Policy::parse("test", &format!("[limits]\nline = {LIMIT}")).unwrap().min_confidence(crate::pack::Confidence::Low);
    strategies().map(|strategy| (strategy, Redactor::builder().policy(policy()).strategy(strategy).build().unwrap())).collect()
});

fn strategies() -> impl Iterator<Item = Scan> {
    std::iter::once(Scan::Reference).chain(Kernel::available().map(Scan::Engine))
}

/// What comes out, what is counted, and what is found where.
type Outcome<'r> = (Vec<u8>, [u64; 5], Vec<(&'r str, u64)>, Vec<(&'r str, u64, Span)>);

fn outcome<'r>(redactor: &'r Redactor, input: &[u8], cache: &mut Cache) -> Outcome<'r> {
    let (mut out, mut findings) = (Vec::new(), Vec::new());
    let stats = redactor.redact_with(input, &mut StreamState::default(), cache, &mut out, |found| {
        findings.push((found.rule, found.line, found.span));
    });
    let counts = [stats.lines(), stats.lines_changed(), stats.findings(), stats.bytes_in(), stats.bytes_out()];
    (out, counts, redactor.by_rule(&stats), findings)
}

fn assert_same(redactors: &Redactors, input: &[u8], cache: &mut Cache) {
    let [(_, reference), engines @ ..] = &redactors[..] else { unreachable!() };
    let expected = outcome(reference, input, cache);
    for (strategy, redactor) in engines {
        let found = outcome(redactor, input, cache);
        let line = found.3.iter().zip(&expected.3).find(|(one, other)| one != other);
        let shown = |findings: &[(&str, u64, Span)]| {
            let line = findings.first().map(|(_, line, _)| *line as usize - 1);
            line.and_then(|line| input.split(|&byte| byte == b'\n').nth(line)).unwrap_or_default()[..].escape_ascii().to_string()
        };
        assert_eq!(found.3.len(), expected.3.len(), "{strategy:?}: {line:?}");
        assert_eq!(found.3, expected.3, "{strategy:?}: {:?}", line.map(|(one, _)| shown(&[*one])));
        assert_eq!((found.1, found.2), (expected.1, expected.2.clone()), "{strategy:?}");
        assert!(found.0 == expected.0, "{strategy:?}");
    }
}

/// Lines in which nothing is found, `length` bytes with the line ends: most of them of spaces, since the reference is slow.
fn filler(length: usize, mix: usize) -> Vec<u8> {
    let mut text = vec![b' '; length];
    text.iter_mut().rev().step_by(251 + mix % 11).for_each(|byte| *byte = b'\n');
    let words = b"some prose, 12 words; \0 GET /a/b 200 ".iter().copied().cycle();
    for (at, long) in [(mix * 31 % 997, mix % 301), (mix * 17 % 2003, mix % 67)] {
        if let Some(line) = text.get_mut(at..at + long) {
            line.iter_mut().zip(words.clone().skip(mix)).for_each(|(byte, word)| *byte = word);
        }
    }
    text
}

/// Every example at a tile's edge, with 70 places before and behind it by turns, some thirty in an input; a quarter of them
/// where not all is asked for.
#[test]
fn examples_at_the_edges_of_tiles() {
    let mut cache = Cache::default();
    let mut number = 0;
    for examples in EXAMPLES.chunks(30).step_by(if thorough() { 1 } else { 4 }) {
        for end in ["\n", "\r\n"] {
            let mut input = Vec::new();
            for example in examples {
                number += 1;
                let shift = number * 37 % 140;
                let edge = input.len().next_multiple_of(TILE).max(TILE);
                // What is marked, if anything, goes to the edge.
                let secret = example.marked.first().map_or(0, |span| span.start + number % (1 + span.len()));
                let start = (edge + shift).saturating_sub(70 + secret).max(input.len());
                input.extend(filler(start - input.len(), number));
                input.extend(example.text.split(|&byte| byte == b'\n').flat_map(|line| [line, end.as_bytes()].concat()));
                // What a block without an end swallows is not what this is about.
                input.extend_from_slice(b"-----END PRIVATE KEY-----\n");
            }
            if number % 4 == 0 {
                input.extend_from_slice(b"password=hunter2");
            }
            assert_same(&REDACTORS, &input, &mut cache);
        }
    }
}

/// What an input is made of.
#[derive(Clone, Debug)]
enum Part {
    Example(prop::sample::Index),
    Line(Vec<u8>),
    Filler(usize),
    /// Filler up to so many bytes before or behind the next edge of a tile.
    ToEdge(i32),
    /// A line longer than a tile, with something in it at such a place.
    Long(usize, prop::sample::Index, Vec<u8>),
    Begin,
    End,
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        4 => any::<prop::sample::Index>().prop_map(Part::Example),
        3 => prop::collection::vec(texts::fragments(), 0..10).prop_map(|fragments| Part::Line(fragments.concat())),
        2 => (0usize..400).prop_map(Part::Filler),
        4 => (-70i32..70).prop_map(Part::ToEdge),
        1 => (TILE..3 * TILE, any::<prop::sample::Index>(), texts::fragments()).prop_map(|(length, at, text)| Part::Long(length, at, text)),
        1 => Just(Part::Begin),
        1 => Just(Part::End),
    ]
}

fn input() -> impl Strategy<Value = Vec<u8>> {
    let end = prop::sample::select(vec![&b"\n"[..], b"\n", b"\r\n", b"\n\n", b"\r\r\n", b""]);
    prop::collection::vec((part(), end), 1..16).prop_map(|parts| {
        let mut input = Vec::new();
        for (number, (part, end)) in parts.into_iter().enumerate() {
            match part {
                Part::Example(pick) => input.extend_from_slice(&pick.get(&EXAMPLES[..]).text),
                Part::Line(line) => input.extend(line),
                Part::Filler(length) => input.extend(filler(length, number)),
                Part::ToEdge(shift) => {
                    let edge = (input.len() + 1).next_multiple_of(TILE).saturating_add_signed(shift as isize);
                    input.extend(filler(edge.saturating_sub(input.len()), number));
                }
                Part::Long(length, at, text) => {
                    let at = at.index(length);
                    input.extend((0..length).map(|at| b"a b, "[at % 5]));
                    let start = input.len() - length + at;
                    input.splice(start..start, text);
                }
                Part::Begin => {
                    input.extend_from_slice(b"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7")
                }
                Part::End => input.extend_from_slice(b"-----END PRIVATE KEY-----"),
            }
            input.extend_from_slice(end);
        }
        input
    })
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn inputs_of_many_lines(inputs in prop::collection::vec(input(), 1..3)) {
        // One after the other with the same cache: nothing of the first may be seen in the second.
        let mut cache = Cache::default();
        inputs.iter().for_each(|input| assert_same(&REDACTORS, input, &mut cache));
    }
}

/// Lines longer than the limit between short ones, and a block that begins in one.
#[test]
fn inputs_with_lines_longer_than_the_limit() {
    let mut cache = Cache::default();
    let secrets: [&[u8]; 3] = [b" password=hunter2-and-more ", b" bob@example.com, 4111 1111 1111 1111 ", b"-----BEGIN PRIVATE KEY-----"];
    for (number, secret) in secrets.into_iter().enumerate() {
        let mut input = b"first\r\n\n".to_vec();
        for length in [LIMIT - 30, LIMIT + 5000] {
            let line = input.len();
            while input.len() < line + length {
                input.resize(input.len() + TILE + 1000 * number, b'.');
                input.extend_from_slice(secret);
            }
            input.extend_from_slice(b"\r\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\npassword=hunter2\n");
            input.extend(filler(TILE - 50, number));
            input.extend_from_slice(b"-----END PRIVATE KEY-----\n x@example.com\n");
        }
        input.extend_from_slice(b"token=abcdefgh12345");
        assert_same(&IN_PIECES, &input, &mut cache);
    }
}

/// Logs of real systems, each file as a whole.
#[test]
fn real_logs() {
    let corpora = std::env::var_os("LOGVEIL_CORPORA").map_or_else(|| PathBuf::from("../shared/corpora"), PathBuf::from);
    let folder = corpora.join("loghub");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "the real logs are missing: {}", folder.display());
        eprintln!("skipped: no logs in {} (LOGVEIL_CORPORA names another folder)", corpora.display());
        return;
    };
    let mut cache = Cache::default();
    for path in entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|extension| extension == "log")) {
        let log = std::fs::read(&path).unwrap();
        let lines = log.split_inclusive(|&byte| byte == b'\n').take(if thorough() { usize::MAX } else { 300 }).map(<[u8]>::len).sum();
        let start = std::time::Instant::now();
        assert_same(&REDACTORS, &log[..lines], &mut cache);
        eprintln!("{} {} {:?}", path.display(), lines, start.elapsed());
    }
}
