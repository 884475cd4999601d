//! Computes `src/scan/windows.tsv`, where the scanner looks for the built-in packs: `windows SAMPLE... > FILE`.
//!
//! To the samples come the logs that the generator makes, text that is like all of these, and random base64 and hex.

use std::collections::HashMap;
use std::{env, fs};

#[path = "../tests/support/loggen.rs"]
mod loggen;

use loggen::Dirty;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut samples = env::args().skip(1).map(fs::read).collect::<Result<Vec<_>, _>>()?;
    samples.push(loggen::logs(1 << 20, 1000, Dirty::Dirty2).bytes);
    samples.push(alike(&samples, 2 << 20));
    samples.push(random(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"));
    samples.push(random(b"0123456789abcdef"));
    let (table, (places, looks)) = logveil::train(&samples)?;
    eprintln!("{places:.3} places that the kernel gives and {looks:.3} needles that stand, for each KB of the samples");
    print!("{table}");
    Ok(())
}

/// Letters at random, in lines of 80.
fn random(letters: &[u8]) -> Vec<u8> {
    let line = |(index, number): (usize, usize)| if index % 80 == 79 { b'\n' } else { letters[number % letters.len()] };
    numbers().take(128 << 10).enumerate().map(line).collect()
}

/// Text of which each byte follows two others as it does in the samples: other logs have other words of the same letters.
fn alike(samples: &[Vec<u8>], length: usize) -> Vec<u8> {
    let mut behind: HashMap<[u8; 2], Vec<u8>> = HashMap::new();
    for three in samples.iter().flat_map(|sample| sample.windows(3)) {
        behind.entry([three[0], three[1]]).or_default().push(three[2]);
    }
    let mut last = [b'\n'; 2];
    let mut next = |number: usize| {
        let next = behind.get(&last).map_or(b'\n', |bytes| bytes[number % bytes.len()]);
        last = [last[1], next];
        next
    };
    numbers().take(length).map(&mut next).collect()
}

/// Numbers at random (xorshift).
fn numbers() -> impl Iterator<Item = usize> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize
    })
}
