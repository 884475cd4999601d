//! How fast logs go through, beside what bounds it from above and what else one could have used.
//!
//! - `limit`: copying the input and counting its lines. No filter can be faster; the ratio to `limit/newlines` is what to compare
//!   between machines (`cargo run --example ratios`).
//! - `redact`: the built-in packs under the default policy, on generated logs of which no line, 2 % and half of the lines hold a secret,
//!   and on real ones where the corpora are at hand; `clean_KERNEL` on the slower instruction sets.
//!   `rules_N` adds N rules of a user's pack to the clean logs: what more rules cost.
//! - `packs`: families of rules, each by itself.
//! - `actions`: each action on dirty logs; what to compare is the ratio to `replace`.
//! - `fields`: fields of JSON by path; what to compare is the ratio to `none`.
//! - `peer`: the same patterns without this engine. `benches/peers` has heavier ones.
//! - `worst`: hostile inputs of three sizes. Time per byte must not grow.
//!
//! 16 MiB each, streamed in chunks of 256 KiB. Every bench asserts its answer before it is timed: a fast wrong answer is worth nothing.
//! `docs/performance.md` shows the figures and says how to have them anew.

mod actions;
mod fields;
#[path = "../../tests/support/hostile.rs"]
mod hostile;
#[path = "../../tests/support/loggen.rs"]
mod loggen;
mod packs;
mod patterns;
mod peer;
mod rules;
mod worst;

use std::error::Error;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use loggen::{Dirty, logs};
use logveil::{Kernel, Redactor, Stats, Strategy};
use patterns::files;

const SIZE: usize = 16 << 20;
const CHUNK: usize = 256 << 10;
const SEED: u64 = 1;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_secs(2))
        .measurement_time(Duration::from_secs(14))
        .configure_from_args();
    // The engine comes last: where it answers wrongly the run ends, and the others are still measured.
    limit(&mut criterion);
    peer::peer(&mut criterion)?;
    redact(&mut criterion)?;
    rules::rules(&mut criterion)?;
    packs::packs(&mut criterion)?;
    actions::actions(&mut criterion)?;
    fields::fields(&mut criterion)?;
    worst::worst(&mut criterion)?;
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

    // The slower kernels, on the same logs.
    let sample = logs(SIZE, SEED, Dirty::Clean);
    for kernel in Kernel::available().skip(1) {
        let redactor = Redactor::builder().strategy(Strategy::Engine(kernel)).build()?;
        assert_eq!(stream(&redactor, &sample.bytes, &mut out).lines_changed(), 0, "{kernel:?}: nothing is found in clean logs");
        let id = format!("clean_{kernel:?}").to_ascii_lowercase();
        group(criterion, "redact", &sample.bytes)
            .bench_function(id, |bencher| bencher.iter(|| stream(&redactor, black_box(&sample.bytes), &mut out)));
    }

    real_logs(criterion, &redactor, "loghub", |_| true, &mut out)?;
    real_logs(criterion, &redactor, "loghub_unseen", is_unseen, &mut out)
}

/// The systems whose logs had no part in choosing what the engine looks for (`src/scan/windows.tsv`).
const UNSEEN: [&str; 5] = ["HPC", "Hadoop", "OpenSSH", "Proxifier", "Spark"];

fn is_unseen(name: &str) -> bool {
    UNSEEN.iter().any(|unseen| name.starts_with(unseen))
}

fn real_logs(criterion: &mut Criterion, redactor: &Redactor, id: &str, wanted: impl Fn(&str) -> bool, out: &mut Vec<u8>) -> Result<()> {
    let Some(once) = loghub(wanted)? else {
        eprintln!("redact/{id}: left out, for there are no corpora (LOGVEIL_CORPORA names the folder that holds loghub)");
        return Ok(());
    };
    // How many lines change is for the tests to judge; here it is known that every round over the same lines changes as many.
    let rounds = SIZE.div_ceil(once.len());
    let repeated = once.repeat(rounds);
    let (first, all) = (stream(redactor, &once, out), stream(redactor, &repeated, out));
    assert_eq!(all.lines(), newlines(&repeated) as u64, "{id}: every line is seen");
    assert_eq!(all.lines_changed(), first.lines_changed() * rounds as u64, "{id}: every round changes the same lines");
    group(criterion, "redact", &repeated).bench_function(id, |bencher| bencher.iter(|| stream(redactor, black_box(&repeated), out)));
    Ok(())
}

/// What a front end does, without input and output.
fn stream(redactor: &Redactor, bytes: &[u8], out: &mut Vec<u8>) -> Stats {
    stream_to(redactor, bytes, CHUNK, out, |out| {
        black_box(out);
    })
}

/// The same in reads of another length, with what is written handed over read by read.
fn stream_to(redactor: &Redactor, bytes: &[u8], read: usize, out: &mut Vec<u8>, mut write: impl FnMut(&[u8])) -> Stats {
    let mut filter = redactor.filter();
    let mut stats = Stats::default();
    for chunk in bytes.chunks(read) {
        out.clear();
        stats += filter.push(chunk, out);
        write(out);
    }
    out.clear();
    stats += filter.finish(out);
    write(out);
    stats
}

/// Whether times are taken, and the answers not only checked (`cargo test --benches`).
fn is_measured() -> bool {
    env::args().any(|argument| argument == "--bench")
}

/// The wanted files of the corpus, one behind the other.
fn loghub(wanted: impl Fn(&str) -> bool) -> Result<Option<Vec<u8>>> {
    let corpora =
        env::var_os("LOGVEIL_CORPORA").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"), PathBuf::from);
    let folder = corpora.join("loghub");
    if !folder.is_dir() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let is_wanted = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()).is_some_and(&wanted);
    for path in files(&folder, "log")?.into_iter().filter(is_wanted) {
        bytes.extend(fs::read(path)?);
        if !bytes.ends_with(b"\n") {
            bytes.push(b'\n');
        }
    }
    Ok(if bytes.is_empty() { None } else { Some(bytes) })
}

fn group<'a>(criterion: &'a mut Criterion, name: &str, bytes: &[u8]) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group
}

fn newlines(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}
