//! `peer`: what else one could have used. An alternation of regular expressions line by line, and an automaton over the literals that
//! they begin with. Both lack checks, boundaries, digit shapes and keys, so they do less. Heavier peers have a crate of their own,
//! `benches/peers`.

use std::borrow::Cow;
use std::error::Error;
use std::hint::black_box;
use std::path::Path;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use criterion::Criterion;
use regex::bytes::{NoExpand, Regex, RegexSet, RegexSetBuilder};
use regex_syntax::hir::literal::{ExtractKind, Extractor};

use crate::loggen::{Dirty, Sample, logs};
use crate::patterns::{regex, secret_patterns};
use crate::{CHUNK, SEED, SIZE, group};

const REPLACEMENT: &[u8] = b"[REDACTED]";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

pub fn peer(criterion: &mut Criterion) -> Result<()> {
    let patterns = secret_patterns(Path::new(env!("CARGO_MANIFEST_DIR")))?;
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
                if let Cow::Owned(replaced) = self.regexes[index].replace_all(&text, NoExpand(REPLACEMENT)) {
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
