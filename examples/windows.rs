//! Computes `src/scan/windows.tsv`, where the scanner looks for the built-in packs: `windows SAMPLE... > FILE`.
//!
//! To the samples come the logs that the generator makes, and random base64 and hex.

use std::{env, fs};

#[path = "../tests/support/loggen.rs"]
mod loggen;

use loggen::Dirty;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut samples = env::args().skip(1).map(fs::read).collect::<Result<Vec<_>, _>>()?;
    samples.push(loggen::logs(1 << 20, 1000, Dirty::Dirty2).bytes);
    samples.push(random(0x2545_f491_4f6c_dd1d, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"));
    samples.push(random(0x9e37_79b9_7f4a_7c15, b"0123456789abcdef"));
    let (table, costs) = logveil::train(&samples)?;
    for (tables, (places, looks)) in ["tables of 128 entries", "tables of halves"].into_iter().zip(costs) {
        eprintln!("{tables}: {places:.3} places that the kernel gives and {looks:.3} needles that stand, for each KB of the samples");
    }
    print!("{table}");
    Ok(())
}

/// Letters at random (xorshift), in lines of 80.
fn random(mut state: u64, letters: &[u8]) -> Vec<u8> {
    let mut letter = |index: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        if index % 80 == 79 { b'\n' } else { letters[(state >> 33) as usize % letters.len()] }
    };
    (0..128 << 10).map(&mut letter).collect()
}
