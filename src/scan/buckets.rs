//! Buckets: each holds needles whose windows the kernel looks for together, so that what is common to all of them should be
//! rare. For needles that no place was computed for ahead of time.

use super::byte_set::ByteSet;
use super::kernel::{BUCKETS, CODES, DIRECT, Tables, WINDOW, code};
use super::needle::{Needle, Placement};

/// Buckets as they fill up.
pub(super) struct Buckets {
    sets: Vec<[ByteSet; WINDOW]>,
    /// The same as tables hold it, and how likely a byte of a log is in each; worked out when a needle is to be placed.
    looked_up: Vec<[(ByteSet, f64); WINDOW]>,
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
            self.looked_up = self.sets.iter().map(|sets| sets.map(with_likelihood)).collect();
        }
        let cost = |window: &[ByteSet; WINDOW], bucket: usize| {
            let held = &self.looked_up[bucket];
            let before: f64 = held.iter().map(|(_, likely)| likely).product();
            let after: f64 = held.iter().zip(window).map(|((set, likely), new)| likely + likelihood(new.without(*set))).product();
            after - before
        };
        let mut best: Option<(f64, Placement, usize)> = None;
        for placement in needle.placements() {
            let buckets = if placement.width.is_some() { DIRECT + 1..self.sets.len() } else { DIRECT..DIRECT + 1 };
            let window = placement.window.map(as_looked_up);
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
            let set = &mut self.sets[bucket][place];
            *set = set.union(*new);
            if let Some(looked_up) = self.looked_up.get_mut(bucket) {
                looked_up[place] = with_likelihood(*set);
            }
        }
    }
}

/// A set as tables of codes hold it, and how likely a byte of a log is in it.
fn with_likelihood(set: ByteSet) -> (ByteSet, f64) {
    let set = as_looked_up(set);
    (set, likelihood(set))
}

/// A set as tables of codes hold it: all bytes whose codes it has.
fn as_looked_up(set: ByteSet) -> ByteSet {
    /// The bytes of each code.
    const OF_CODE: [ByteSet; CODES] = {
        let mut sets = [[0; 4]; CODES];
        let mut byte = 0;
        while byte < 256 {
            sets[code(byte as u8) as usize][byte >> 6] |= 1 << (byte & 63);
            byte += 1;
        }
        let mut of_code = [ByteSet([0; 4]); CODES];
        let mut index = 0;
        while index < CODES {
            of_code[index] = ByteSet(sets[index]);
            index += 1;
        }
        of_code
    };
    OF_CODE.iter().filter(|of_code| !of_code.is_disjoint(&set)).fold(ByteSet::default(), |all, of_code| all.union(*of_code))
}

/// How likely a byte of a log is in a set.
pub(super) fn likelihood(set: ByteSet) -> f64 {
    set.iter().map(likelihood_of).sum()
}

fn likelihood_of(byte: u8) -> f64 {
    // Bytes from 0x80 on are rare, and those that were not seen may come.
    const FLOOR: u16 = 15;
    f64::from(COUNTS.get(usize::from(byte)).map_or(FLOOR, |&count| count.max(FLOOR))) / 1e5
}

/// How often each byte comes in 100,000 bytes of logs.
const COUNTS: [u16; 128] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 14, 550, 0, 0, 278, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7069, 6, 2974, 1, 66, 0, 13, 2,
    202, 202, 46, 52, 954, 2072, 2590, 1058, 5392, 4763, 3516, 2236, 2459, 2354, 2115, 2294, 2057, 1859, 2625, 83, 13, 781, 13, 75, 168,
    220, 124, 248, 211, 248, 256, 89, 92, 272, 205, 123, 180, 235, 398, 264, 220, 47, 356, 325, 355, 126, 63, 162, 34, 18, 102, 429, 1,
    460, 0, 408, 0, 3226, 1044, 2557, 2251, 5631, 990, 752, 1020, 2415, 118, 712, 1469, 1303, 2490, 3031, 1508, 121, 3076, 2685, 3060,
    1339, 562, 298, 417, 440, 106, 76, 0, 76, 9, 0,
];
