//! `peers`: logveil beside what else one could have used, on the same logs in the same run, output included.
//!
//! - `newlines`: what bounds everything from above; each figure is to be read as a ratio to it.
//! - `logveil`: every built-in rule, with checks, digit shapes and keys, which none of the others have.
//! - `leakguard`: its own dozen detectors, without dependencies. It knows none of the rules.
//! - `hyperscan`: the patterns of the rules for secrets, whichever libhs there is (Hyperscan or Vectorscan). It says where matches
//!   end; lines with one are then rewritten by regular expressions.
//! - `vrl`: the same patterns as filters of Vector's function `redact`.
//!
//! The last two are features: `cargo bench --manifest-path benches/peers/Cargo.toml --features hyperscan,vrl`.

#[path = "../../tests/support/loggen.rs"]
mod loggen;
#[path = "../throughput/patterns.rs"]
mod patterns;

use std::env;
use std::error::Error;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use loggen::{Dirty, Sample, logs};
use logveil::{Redactor, Stats};

const SIZE: usize = 16 << 20;
const CHUNK: usize = 256 << 10;
const SEED: u64 = 1;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    // Beside what the other benches write, so that one tool reads it all.
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
    let mut criterion = Criterion::default()
        .output_directory(&target.join("criterion"))
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(5))
        .configure_from_args();
    let sample = logs(SIZE, SEED, Dirty::Dirty2);
    let mut group = criterion.benchmark_group("peers");
    group.throughput(Throughput::Bytes(sample.bytes.len() as u64));
    newlines(&mut group, &sample);
    logveil(&mut group, &sample)?;
    leakguard(&mut group, &sample)?;
    #[cfg(feature = "hyperscan")]
    hyperscan::bench(&mut group, &sample)?;
    #[cfg(feature = "vrl")]
    vrl::bench(&mut group, &sample)?;
    group.finish();
    criterion.final_summary();
    Ok(())
}

fn newlines(group: &mut BenchmarkGroup<'_, WallTime>, sample: &Sample) {
    let count = |bytes: &[u8]| bytes.chunks(CHUNK).map(|chunk| memchr::memchr_iter(b'\n', chunk).count()).sum::<usize>();
    assert_eq!(count(&sample.bytes), sample.lines);
    group.bench_function("newlines", |bencher| bencher.iter(|| count(black_box(&sample.bytes))));
}

fn logveil(group: &mut BenchmarkGroup<'_, WallTime>, sample: &Sample) -> Result<()> {
    let redactor = Redactor::builtin()?;
    let mut out = Vec::with_capacity(2 * CHUNK);
    let mut run = || {
        let mut filter = redactor.filter();
        let mut stats = Stats::default();
        for chunk in black_box(&sample.bytes).chunks(CHUNK) {
            out.clear();
            stats += filter.push(chunk, &mut out);
            black_box(&*out);
        }
        stats += filter.finish(&mut out);
        stats
    };
    assert_eq!(run().lines_changed(), sample.secrets as u64, "lines with a secret change, no others");
    group.bench_function("logveil", |bencher| bencher.iter(&mut run));
    Ok(())
}

fn leakguard(group: &mut BenchmarkGroup<'_, WallTime>, sample: &Sample) -> Result<()> {
    let redactor = leakguard::Redactor::new();
    let chunks = whole_lines(&sample.bytes).map(std::str::from_utf8).collect::<std::result::Result<Vec<_>, _>>()?;
    let changed = |chunk: &str| chunk.lines().zip(redactor.clean(chunk).lines()).filter(|(before, after)| before != after).count();
    let by_chunk: usize = chunks.iter().map(|chunk| changed(chunk)).sum();
    let by_line = chunks.iter().flat_map(|chunk| chunk.lines()).filter(|line| redactor.clean(line) != **line).count();
    assert_eq!(by_chunk, by_line, "the answer does not depend on the chunks");
    eprintln!("leakguard: {by_line} lines changed, {} hold a secret", sample.secrets);
    group.bench_function("leakguard", |bencher| {
        bencher.iter(|| chunks.iter().map(|chunk| redactor.clean(black_box(chunk)).len()).sum::<usize>())
    });
    Ok(())
}

/// Chunks that end at a line's end.
fn whole_lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let end = memchr::memrchr(b'\n', &rest[..rest.len().min(CHUNK)])? + 1;
        let (chunk, after) = rest.split_at(end);
        rest = after;
        Some(chunk)
    })
}

/// What the packs' patterns for secrets are to these engines, as far as they can have them.
#[cfg(any(feature = "hyperscan", feature = "vrl"))]
fn patterns_that(engine: &str, can_have: impl Fn(&str) -> bool) -> Result<Vec<String>> {
    let all = patterns::secret_patterns(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))?;
    let some: Vec<String> = all.iter().filter(|pattern| can_have(pattern)).cloned().collect();
    eprintln!("{engine}: {} of {} patterns", some.len(), all.len());
    Ok(some)
}

/// On how many lines one of the patterns matches: what every engine must say.
#[cfg(any(feature = "hyperscan", feature = "vrl"))]
fn lines_that_match(patterns: &[String], sample: &Sample) -> Result<usize> {
    let set = regex::bytes::RegexSetBuilder::new(patterns).unicode(false).size_limit(1 << 30).dfa_size_limit(64 << 20).build()?;
    Ok(sample.bytes.split_inclusive(|&byte| byte == b'\n').filter(|line| set.is_match(line)).count())
}

#[cfg(feature = "hyperscan")]
mod hyperscan {
    use super::*;
    use ::hyperscan::BlockMode;
    use ::hyperscan::prelude::*;
    use regex::bytes::NoExpand;

    pub fn bench(group: &mut BenchmarkGroup<'_, WallTime>, sample: &Sample) -> Result<()> {
        let compiled = |pattern: &str| Pattern::new(pattern).ok().filter(|pattern| Builder::build::<BlockMode>(pattern).is_ok());
        let patterns = patterns_that("hyperscan", |pattern| compiled(pattern).is_some())?;
        let regexes = patterns.iter().map(|pattern| patterns::regex(pattern)).collect::<std::result::Result<Vec<_>, _>>()?;
        let numbered =
            patterns.iter().enumerate().filter_map(|(id, pattern)| compiled(pattern).map(|pattern| Pattern { id: Some(id), ..pattern }));
        let database: BlockDatabase = Patterns(numbered.collect()).build()?;
        let scratch = database.alloc_scratch()?;

        let mut hits: Vec<(usize, usize)> = Vec::new();
        let mut out = Vec::with_capacity(2 * CHUNK);
        let mut run = || -> Result<usize> {
            let mut changed = 0;
            for chunk in whole_lines(black_box(&sample.bytes)) {
                hits.clear();
                out.clear();
                database.scan(chunk, &scratch, |id, _, end, _| {
                    hits.push((end as usize, id as usize));
                    Matching::Continue
                })?;
                hits.sort_unstable();
                let mut done = 0;
                let mut next = hits.iter().peekable();
                while let Some(&&(end, _)) = next.peek() {
                    let start = memchr::memrchr(b'\n', &chunk[..end - 1]).map_or(0, |at| at + 1);
                    let line_end = memchr::memchr(b'\n', &chunk[end - 1..]).map_or(chunk.len(), |at| end + at);
                    let mut ids = Vec::new();
                    while let Some((_, id)) = next.next_if(|(end, _)| *end <= line_end) {
                        ids.push(*id);
                    }
                    ids.sort_unstable();
                    ids.dedup();
                    let line = chunk[start..line_end].to_vec();
                    let masked =
                        ids.iter().fold(line.clone(), |line, &id| regexes[id].replace_all(&line, NoExpand(b"[REDACTED]")).into_owned());
                    changed += usize::from(masked != line);
                    out.extend_from_slice(&chunk[done..start]);
                    out.extend_from_slice(&masked);
                    done = line_end;
                }
                out.extend_from_slice(&chunk[done..]);
                black_box(&*out);
            }
            Ok(changed)
        };
        assert_eq!(run()?, lines_that_match(&patterns, sample)?, "hyperscan changes the lines that regular expressions match");
        group.bench_function("hyperscan", |bencher| bencher.iter(|| run().expect("what went well once")));
        Ok(())
    }
}

#[cfg(feature = "vrl")]
mod vrl {
    use super::*;
    use ::vrl::compiler::state::RuntimeState;
    use ::vrl::compiler::{Context, TargetValue, TimeZone, compile};
    use ::vrl::value::{Secrets, Value};

    pub fn bench(group: &mut BenchmarkGroup<'_, WallTime>, sample: &Sample) -> Result<()> {
        let program = |patterns: &[String]| {
            let filters: Vec<String> = patterns.iter().map(|pattern| format!("r'{pattern}'")).collect();
            compile(&format!("redact(string!(.message), filters: [{}])", filters.join(", ")), &::vrl::stdlib::all())
                .map(|compiled| compiled.program)
        };
        let patterns = patterns_that("vrl", |pattern| !pattern.contains('\'') && program(&[pattern.to_owned()]).is_ok())?;
        let program = program(&patterns).map_err(|errors| format!("{} errors of VRL", errors.len()))?;
        let timezone = TimeZone::default();
        let mut state = RuntimeState::default();
        let mut target = TargetValue { value: Value::Null, metadata: Value::Object(Default::default()), secrets: Secrets::default() };
        let mut run = || {
            let lines = black_box(&sample.bytes).split_inclusive(|&byte| byte == b'\n');
            lines
                .filter(|line| {
                    target.value = Value::Object([("message".into(), Value::from(*line))].into());
                    let masked = program.resolve(&mut Context::new(&mut target, &mut state, &timezone)).expect("a string goes in");
                    black_box(masked).as_bytes().is_some_and(|masked| masked != *line)
                })
                .count()
        };
        assert_eq!(run(), lines_that_match(&patterns, sample)?, "vrl changes the lines that regular expressions match");
        group.bench_function("vrl", |bencher| bencher.iter(&mut run));
        Ok(())
    }
}
