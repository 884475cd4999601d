//! Buckets: each holds needles whose windows the kernel looks for together, so that what is common to all of them should be
//! rare. For needles that no place was computed for ahead of time.

use super::byte_set::ByteSet;
use super::kernel::{BUCKETS, CODES, DIRECT, Tables, WINDOW, code};
use super::needle::{Needle, Placement};
use super::window::likelihood_of;

/// Buckets as they fill up.
pub(super) struct Buckets {
    sets: Vec<[ByteSet; WINDOW]>,
    /// The same as tables hold it; worked out when a needle is to be placed.
    looked_up: Vec<[Codes; WINDOW]>,
}

impl Buckets {
    pub(super) fn new() -> Self {
        Buckets { sets: vec![[ByteSet::default(); WINDOW]; BUCKETS], looked_up: Vec::new() }
    }

    pub(super) fn tables(&self) -> Tables {
        let mut tables = Tables::default();
        self.sets.iter().enumerate().for_each(|(bucket, sets)| tables.add(bucket, sets));
        tables
    }

    /// Where a needle adds the fewest candidates.
    pub(super) fn place(&mut self, needle: &Needle) -> (Placement, usize) {
        if self.looked_up.is_empty() {
            self.looked_up = self.sets.iter().map(|sets| sets.map(Codes::of)).collect();
        }
        let cost = |window: &[Codes; WINDOW], bucket: usize| {
            let held = &self.looked_up[bucket];
            let before: f64 = held.iter().map(|held| held.likelihood).product();
            let after: f64 = held.iter().zip(window).map(|(held, new)| held.likelihood + likelihood(new.codes & !held.codes)).product();
            after - before
        };
        let mut best: Option<(f64, Placement, usize)> = None;
        for placement in needle.placements() {
            let buckets = if placement.width.is_some() { DIRECT + 1..self.sets.len() } else { DIRECT..DIRECT + 1 };
            let window = placement.window.map(Codes::of);
            for bucket in buckets {
                // A direct hit is looked at without a hash: worth avoiding.
                let cost = cost(&window, bucket) * if placement.width.is_some() { 1.0 } else { 16.0 };
                if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
                    best = Some((cost, Placement { ..placement }, bucket));
                }
            }
        }
        best.map_or_else(
            || (Placement { at: 0, window: needle.window(0), width: None, few: false }, DIRECT),
            |(_, placement, bucket)| (placement, bucket),
        )
    }

    pub(super) fn add(&mut self, bucket: usize, window: &[ByteSet; WINDOW]) {
        for (place, new) in window.iter().enumerate() {
            let set = self.sets[bucket][place].union(*new);
            self.sets[bucket][place] = set;
            if !self.looked_up.is_empty() {
                self.looked_up[bucket][place] = Codes::of(set);
            }
        }
    }
}

/// A set as tables of codes hold it: all bytes whose codes it has, a bit each; and how likely a byte of a log is one of them.
#[derive(Clone, Copy, Default)]
struct Codes {
    codes: u64,
    likelihood: f64,
}

impl Codes {
    fn of(set: ByteSet) -> Self {
        let codes = set.iter().fold(0, |codes, byte| codes | 1 << code(byte));
        Codes { codes, likelihood: likelihood(codes) }
    }
}

/// How likely a byte of a log has one of these codes.
fn likelihood(mut codes: u64) -> f64 {
    let mut sum = 0.0;
    while codes != 0 {
        sum += LIKELIHOODS[codes.trailing_zeros() as usize];
        codes &= codes - 1;
    }
    sum
}

/// How likely a byte of a log has each code.
static LIKELIHOODS: [f64; CODES] = {
    let mut likelihoods = [0.0; CODES];
    let mut byte = 0;
    while byte < 256 {
        likelihoods[code(byte as u8) as usize] += likelihood_of(byte as u8);
        byte += 1;
    }
    likelihoods
};
