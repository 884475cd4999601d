//! How fast logs go through, beside what bounds it from above and what else one could have used.
//!
//! - `limit`: copying the input and counting its lines. No filter can be faster; the ratio to `limit/newlines` is what to compare
//!   between machines (`cargo run --example ratios`).
//! - `redact`: the built-in packs under the default policy, on generated logs of which no line, 2 % and half of the lines hold a secret,
//!   and on real ones where the corpora are at hand.
//! - `peer`: the same patterns without this engine. Both lack checks, boundaries, digit shapes and keys, so they do less.
//!
//! 16 MiB each, streamed in chunks of 256 KiB. Every bench asserts its answer before it is timed: a fast wrong answer is worth nothing.

#[path = "../tests/support/loggen.rs"]
mod loggen;

use std::borrow::Cow;
use std::error::Error;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use loggen::{Dirty, Sample, logs};
use logveil::{Class, Pack, Redactor, Stats};
use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use regex_syntax::hir::literal::{ExtractKind, Extractor};

const SIZE: usize = 16 << 20;
const CHUNK: usize = 256 << 10;
const SEED: u64 = 1;
const REPLACEMENT: &[u8] = b"[REDACTED]";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_secs(2))
        .measurement_time(Duration::from_secs(14))
        .configure_from_args();
    // The engine comes last: where it answers wrongly the run ends, and the others are still measured.
    limit(&mut criterion);
    peer(&mut criterion)?;
    redact(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

fn limit(criterion: &mut Criterion) {
    let sample = logs(SIZE, SEED, Dirty::Clean);
    let mut group = group(criterion, "limit", &sample.bytes);

    let copy = |bytes: &[u8], out: &mut Vec<u8>| {
        bytes.chunks(CHUNK).fold(0, |total, chunk| {
            out.clear();
            out.extend_from_slice(chunk);
            total + black_box(&*out).len()
        })
    };
    let mut out = Vec::with_capacity(CHUNK);
    assert_eq!(copy(&sample.bytes, &mut out), sample.bytes.len());
    group.bench_function("memcpy", |bencher| bencher.iter(|| copy(black_box(&sample.bytes), &mut out)));

    let count = |bytes: &[u8]| bytes.chunks(CHUNK).map(newlines).sum::<usize>();
    assert_eq!(count(&sample.bytes), sample.lines);
    group.bench_function("newlines", |bencher| bencher.iter(|| count(black_box(&sample.bytes))));
}

fn redact(criterion: &mut Criterion) -> Result<()> {
    let redactor = Redactor::builtin()?;
    let mut out = Vec::with_capacity(2 * CHUNK);
    for (id, dirty) in [("clean", Dirty::Clean), ("dirty2", Dirty::Dirty2), ("dirty50", Dirty::Dirty50)] {
        let sample = logs(SIZE, SEED, dirty);
        let stats = stream(&redactor, &sample.bytes, &mut out);
        assert_eq!(stats.bytes_in(), sample.bytes.len() as u64, "{id}: every byte is read");
        assert_eq!(stats.lines(), sample.lines as u64, "{id}: every line is seen");
        assert_eq!(
            stats.lines_changed(),
            sample.secrets as u64,
            "{id}: lines with a secret change, no others: {:?}",
            redactor.by_rule(&stats)
        );
        group(criterion, "redact", &sample.bytes)
            .bench_function(id, |bencher| bencher.iter(|| stream(&redactor, black_box(&sample.bytes), &mut out)));
    }

    let Some(once) = loghub()? else {
        eprintln!("redact/loghub: left out, for there are no corpora (LOGVEIL_CORPORA names the folder that holds loghub)");
        return Ok(());
    };
    // How many lines change is for the tests to judge; here it is known that every round over the same lines changes as many.
    let rounds = SIZE.div_ceil(once.len());
    let repeated = once.repeat(rounds);
    let (first, all) = (stream(&redactor, &once, &mut out), stream(&redactor, &repeated, &mut out));
    assert_eq!(all.lines(), newlines(&repeated) as u64, "loghub: every line is seen");
    assert_eq!(all.lines_changed(), first.lines_changed() * rounds as u64, "loghub: every round changes the same lines");
    group(criterion, "redact", &repeated)
        .bench_function("loghub", |bencher| bencher.iter(|| stream(&redactor, black_box(&repeated), &mut out)));
    Ok(())
}

/// What a front end does, without input and output.
fn stream(redactor: &Redactor, bytes: &[u8], out: &mut Vec<u8>) -> Stats {
    let mut filter = redactor.filter();
    let mut stats = Stats::default();
    for chunk in bytes.chunks(CHUNK) {
        out.clear();
        stats += filter.push(chunk, out);
        black_box(&*out);
    }
    out.clear();
    stats += filter.finish(out);
    stats
}

/// The ten files of the corpus, one behind the other.
fn loghub() -> Result<Option<Vec<u8>>> {
    let corpora =
        env::var_os("LOGVEIL_CORPORA").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"), PathBuf::from);
    let folder = corpora.join("loghub");
    if !folder.is_dir() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    for path in files(&folder, "log")? {
        bytes.extend(fs::read(path)?);
        if !bytes.ends_with(b"\n") {
            bytes.push(b'\n');
        }
    }
    Ok(if bytes.is_empty() { None } else { Some(bytes) })
}

fn peer(criterion: &mut Criterion) -> Result<()> {
    let patterns = patterns()?;
    if patterns.is_empty() {
        eprintln!("peer: left out, for there are no patterns");
        return Ok(());
    }
    let sample = logs(SIZE, SEED, Dirty::Dirty2);
    let regex_set = PeerSet::new(&patterns)?;
    let aho_corasick = PeerPrefixes::new(&patterns)?;

    // What the automaton finds, the set must find: a pattern that matches where one of its prefixes stands, matches on that line.
    let anchored = PeerSet::new(&aho_corasick.patterns)?;
    let mut out = Vec::with_capacity(2 * CHUNK);
    let (by_set, by_prefix) = (regex_set.run(&sample, &mut out), aho_corasick.run(&sample, &mut out));
    assert_eq!(by_prefix, sample_lines(&sample).filter(|line| anchored.set.is_match(line)).count(), "the automaton misses no line");
    assert!(by_set >= by_prefix && by_prefix > 0, "{by_set} lines by regex set, {by_prefix} by prefixes");
    eprintln!(
        "peer: {} patterns and {by_set} lines changed by regex_set, {} and {by_prefix} by aho_corasick; {} lines hold a secret",
        patterns.len(),
        aho_corasick.patterns.len(),
        sample.secrets,
    );

    let mut group = group(criterion, "peer", &sample.bytes);
    group.sample_size(10);
    group.bench_function("regex_set", |bencher| bencher.iter(|| regex_set.run(black_box(&sample), &mut out)));
    group.bench_function("aho_corasick", |bencher| bencher.iter(|| aho_corasick.run(black_box(&sample), &mut out)));
    Ok(())
}

/// A set tells whether a pattern matches somewhere on the line; if so, which ones, and each of those then replaces.
struct PeerSet {
    set: RegexSet,
    regexes: Vec<Regex>,
}

impl PeerSet {
    fn new(patterns: &[String]) -> Result<Self> {
        let set = RegexSetBuilder::new(patterns).unicode(false).size_limit(1 << 30).dfa_size_limit(64 << 20).build()?;
        let regexes = patterns.iter().map(|pattern| regex(pattern)).collect::<std::result::Result<_, _>>()?;
        Ok(PeerSet { set, regexes })
    }

    fn run(&self, sample: &Sample, out: &mut Vec<u8>) -> usize {
        run_lines(sample, out, |line, out| {
            // To ask first whether any matches is twenty times as fast as to ask at once which do.
            if !self.set.is_match(line) {
                out.extend_from_slice(line);
                return false;
            }
            let mut text = Cow::Borrowed(line);
            for index in &self.set.matches(line) {
                if let Cow::Owned(replaced) = self.regexes[index].replace_all(&text, regex::bytes::NoExpand(REPLACEMENT)) {
                    text = Cow::Owned(replaced);
                }
            }
            out.extend_from_slice(&text);
            true
        })
    }
}

/// An automaton finds the literals that patterns begin with, and each pattern is then tried at its own.
struct PeerPrefixes {
    /// Those that begin with literals.
    patterns: Vec<String>,
    automaton: AhoCorasick,
    /// For each literal of the automaton, its pattern, anchored.
    regexes: Vec<Regex>,
}

impl PeerPrefixes {
    fn new(patterns: &[String]) -> Result<Self> {
        let (mut with_prefix, mut literals, mut regexes) = (Vec::new(), Vec::new(), Vec::new());
        for pattern in patterns {
            let prefixes = prefixes(pattern)?;
            if prefixes.is_empty() {
                continue;
            }
            let anchored = regex(&format!("^(?:{pattern})"))?;
            regexes.extend(std::iter::repeat_n(anchored, prefixes.len()));
            literals.extend(prefixes);
            with_prefix.push(pattern.clone());
        }
        let automaton = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(literals)?;
        Ok(PeerPrefixes { patterns: with_prefix, automaton, regexes })
    }

    fn run(&self, sample: &Sample, out: &mut Vec<u8>) -> usize {
        run_lines(sample, out, |line, out| {
            let mut done = 0;
            let mut is_changed = false;
            for hit in self.automaton.find_overlapping_iter(line) {
                if hit.start() < done {
                    continue;
                }
                if let Some(found) = self.regexes[hit.pattern().as_usize()].find(&line[hit.start()..]) {
                    out.extend_from_slice(&line[done..hit.start()]);
                    out.extend_from_slice(REPLACEMENT);
                    done = hit.start() + found.end();
                    is_changed = true;
                }
            }
            out.extend_from_slice(&line[done..]);
            is_changed
        })
    }
}

/// Hands over line by line, in chunks as a stream would bring them, and counts the lines that change.
fn run_lines(sample: &Sample, out: &mut Vec<u8>, mut redact: impl FnMut(&[u8], &mut Vec<u8>) -> bool) -> usize {
    out.clear();
    let mut changed = 0;
    for line in sample_lines(sample) {
        changed += usize::from(redact(line, out));
        if out.len() >= CHUNK {
            black_box(&*out);
            out.clear();
        }
    }
    changed
}

fn sample_lines(sample: &Sample) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    memchr::memchr_iter(b'\n', &sample.bytes).map(move |end| &sample.bytes[std::mem::replace(&mut start, end + 1)..=end])
}

/// The patterns of the built-in rules for secrets, as far as they compile on their own. Left out are those that count only near certain
/// words and those for data with check digits: a plain regex can ask for neither, and would mask half of all log lines.
fn patterns() -> Result<Vec<String>> {
    let mut patterns = Vec::new();
    for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns"), "toml")? {
        let pack = Pack::parse(&path.display().to_string(), &fs::read_to_string(&path)?)?;
        let alone = pack
            .rules()
            .iter()
            .filter(|rule| rule.class == Class::Secret && rule.near.is_empty())
            .filter_map(|rule| rule.pattern.as_deref());
        patterns.extend(alone.filter(|pattern| regex(pattern).is_ok()).map(str::to_owned));
    }
    Ok(patterns)
}

/// The literals of which one stands at the start of every match, if there are any that are long enough to be worth a search.
fn prefixes(pattern: &str) -> Result<Vec<Vec<u8>>> {
    let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern)?;
    let prefixes = Extractor::new().kind(ExtractKind::Prefix).extract(&hir);
    let literals = prefixes.literals().unwrap_or_default();
    if literals.iter().any(|literal| literal.len() < 3) {
        return Ok(Vec::new());
    }
    Ok(literals.iter().map(|literal| literal.as_bytes().to_vec()).collect())
}

fn regex(pattern: &str) -> std::result::Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).unicode(false).size_limit(64 << 20).build()
}

fn group<'a>(criterion: &'a mut Criterion, name: &str, bytes: &[u8]) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group
}

fn newlines(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

/// The files of a folder with this extension, in the order of their names; none if there is no such folder.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    paths.sort();
    Ok(paths)
}
