//! `worst`: hostile inputs of 1, 4 and 16 MiB, as lines and as one line. Time per byte must not grow with the size.

use std::cell::LazyCell;
use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use logveil::Redactor;

use crate::hostile::{self, Layout};
use crate::loggen::{Dirty, logs};
use crate::{CHUNK, SEED, is_measured, newlines, stream, stream_to};

/// Another length of reads: no divisor in common with the first.
const OTHER_CHUNK: usize = 100_003;
/// So long is the one long line of ordinary logs.
const LONG_LINE: usize = 64;

pub fn worst(criterion: &mut Criterion) -> Result<(), Box<dyn Error>> {
    let redactor = Redactor::builtin()?;
    let sizes: &[usize] = if is_measured() { &[1, 4, 16] } else { &[1] };
    for input in hostile::all() {
        for (layout, suffix) in [(Layout::Lines, ""), (Layout::OneLine, "_line")] {
            for &mebibytes in sizes {
                bench(criterion, &redactor, &format!("{}{suffix}", input.name), mebibytes, |size| input.bytes(size, layout));
            }
        }
    }
    if is_measured() {
        bench(criterion, &redactor, "ordinary_line", LONG_LINE, |size| {
            let mut bytes = logs(size, SEED, Dirty::Clean).bytes;
            bytes.truncate(size - 1);
            bytes.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
            bytes.push(b'\n');
            bytes
        });
    }
    Ok(())
}

/// The bytes are made, and the answer checked, only where the bench is not filtered out.
fn bench(criterion: &mut Criterion, redactor: &Redactor, name: &str, mebibytes: usize, bytes: impl Fn(usize) -> Vec<u8>) {
    let size = mebibytes << 20;
    let bytes = LazyCell::new(|| {
        let bytes = bytes(size);
        check(redactor, &bytes);
        bytes
    });
    let mut group = criterion.benchmark_group("worst");
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    group.throughput(Throughput::Bytes(size as u64));
    group.bench_function(BenchmarkId::new(name, mebibytes), |bencher| {
        let bytes = LazyCell::force(&bytes);
        let mut out = Vec::with_capacity(2 * CHUNK);
        bencher.iter(|| stream(redactor, black_box(bytes), &mut out))
    });
}

/// The answer does not depend on the reads, and every line is seen.
fn check(redactor: &Redactor, bytes: &[u8]) {
    let run = |read| {
        let mut all = Vec::with_capacity(bytes.len());
        let stats = stream_to(redactor, bytes, read, &mut Vec::new(), |out| all.extend_from_slice(out));
        (all, stats)
    };
    let (out, stats) = run(CHUNK);
    assert_eq!(stats.lines(), newlines(bytes) as u64, "every line is seen");
    assert_eq!((stats.bytes_in(), stats.bytes_out()), (bytes.len() as u64, out.len() as u64), "every byte is counted");
    assert!(run(OTHER_CHUNK) == (out, stats), "the answer does not depend on the reads");
}
