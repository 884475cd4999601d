//! Writes logs of the generator to stdout: `cargo run --release --example generate -- BYTES [clean|dirty2|dirty50]`.
//!
//! The benches and tests use the same logs, so this shows what they measure.

#[path = "../tests/support/loggen.rs"]
mod loggen;

use std::io::{self, Write};

use loggen::Dirty;

/// Generated at once; the same logs come again for each so many bytes, under another seed.
const PART: usize = 16 << 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut left: usize = args.next().ok_or("how many bytes?")?.parse()?;
    let dirty = match args.next().as_deref() {
        None | Some("clean") => Dirty::Clean,
        Some("dirty2") => Dirty::Dirty2,
        Some("dirty50") => Dirty::Dirty50,
        Some(_) => return Err("clean, dirty2 or dirty50".into()),
    };
    let mut stdout = io::stdout().lock();
    let mut seed = 1;
    while left > 0 {
        let part = loggen::logs(left.min(PART), seed, dirty);
        stdout.write_all(&part.bytes)?;
        left = left.saturating_sub(part.bytes.len());
        seed += 1;
    }
    Ok(())
}
