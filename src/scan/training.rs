//! Where the needles of the built-in packs are best looked for, measured on logs: which window of each is rare, and
//! which needles share a bucket without making candidates of what none of them is.
//!
//! Takes minutes, so it is done ahead of time; its result is `src/scan/windows.tsv`.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use super::compile::Rules;
use super::kernel::{DIRECT, Lookup, WINDOW, code};
use super::needle::{Needle, Placement};
use super::parts::{self, Parts};
use crate::error::Error;
use crate::pack::Pack;

/// How much more than a look at a hash a look at a needle costs.
const LOOK: u64 = 6;

/// How many windows of a needle are tried: those that are rarest alone.
const WINDOWS: usize = 4;

/// How often every needle is placed anew among the others.
const ROUNDS: usize = 3;

/// How often a bucket is emptied and its needles are placed anew.
const EMPTIED: usize = 400;

/// Of the four bytes in a row that came once or twice only so many are looked at, each for several.
const RARE: usize = 30_000;

/// The text of `src/scan/windows.tsv`: for each needle of these packs a place and a bucket among tables of codes, and
/// another place and bucket among tables of halves, chosen by how often four bytes in a row come in `samples`; and for
/// either kind of tables how many places each KB of them would have, and how many needles would stand there.
///
/// # Errors
/// When a pack is wrong.
pub(crate) fn train(packs: &[Pack], samples: &[Vec<u8>]) -> Result<(String, [(f64, f64); 2]), Error> {
    let rules = Rules::new(packs)?;
    let (grams, counts) = count(samples);
    let [exact, halves] = [Lookup::Codes, Lookup::Nibbles].map(|lookup| Grams::new(lookup, &grams, &counts));
    let mut measured: HashMap<Needle, u32> =
        parts::ways(&rules).into_iter().map(|needle| (needle.clone(), Choice::new(&needle, &exact).hits(&exact))).collect();
    let parts = Parts::new(&rules, |_| true, &[], |needle| measured.get(needle).copied())?;
    let needles: Vec<Needle> = parts.needles.needles().cloned().collect();
    for needle in &needles {
        measured.entry(needle.clone()).or_insert_with(|| Choice::new(needle, &exact).hits(&exact));
    }
    let (by_bytes, by_halves) = std::thread::scope(|scope| {
        let by_halves = scope.spawn(|| Trained::new(&needles, &halves));
        (Trained::new(&needles, &exact), by_halves.join())
    });
    let by_halves = by_halves.map_err(|_| Error::new("the computation for tables of halves failed"))?;
    let mut lines: Vec<String> = measured
        .iter()
        .map(|(needle, hits)| {
            let [(at, bucket), (half_at, half_bucket)] = [&by_bytes, &by_halves].map(|trained| match trained.places.get(&needle.hash()) {
                Some((at, bucket)) => (*at, bucket.to_string()),
                None => (0, "-".to_owned()),
            });
            format!("{:016x}\t{at}\t{bucket}\t{half_at}\t{half_bucket}\t{hits}\t{needle}", needle.hash())
        })
        .collect();
    let name = |line: &String| line.split('\t').next_back().map(str::to_owned);
    lines.sort_by(|a, b| name(a).cmp(&name(b)).then_with(|| a.cmp(b)));
    let mut text = String::from(
        "# hash of the needle, place of its window and bucket, the same for tables of halves, hits in a million bytes, needle; by examples/windows.rs\n",
    );
    lines.iter().try_for_each(|line| writeln!(text, "{line}")).map_err(|_| Error::new("no memory for the table"))?;
    let per_kb = |count: u64| count as f64 * 1024.0 / exact.total as f64;
    Ok((text, [by_bytes, by_halves].map(|trained| (per_kb(trained.hits), per_kb(trained.looks)))))
}

/// Where each needle is looked for.
struct Trained {
    /// By the hash of a needle: the place of its window and its bucket.
    places: HashMap<u64, (usize, usize)>,
    hits: u64,
    looks: u64,
}

impl Trained {
    fn new(needles: &[Needle], grams: &Grams) -> Self {
        let mut choices: Vec<Choice<'_>> = needles.iter().map(|needle| Choice::new(needle, grams)).collect();
        // Those that would widen a bucket most take an empty one.
        choices.sort_by_key(|choice| std::cmp::Reverse(choice.wide));
        let mut buckets: Vec<Bucket> = (0..grams.lookup.buckets()).map(|_| Bucket::new(grams)).collect();
        for choice in &mut choices {
            choice.place(&mut buckets, grams);
        }
        for _ in 0..ROUNDS {
            for choice in &mut choices {
                choice.take(&mut buckets, grams);
                choice.place(&mut buckets, grams);
            }
        }
        let total = |choices: &[Choice<'_>], buckets: &[Bucket]| {
            buckets.iter().map(|bucket| bucket.hits).sum::<u64>()
                + choices.iter().map(|choice| LOOK * choice.windows[choice.chosen].alone).sum::<u64>()
        };
        // A crowded bucket keeps what is in it, since one needle less makes it no smaller: only without all of them there
        // is another way.
        let mut cost = total(&choices, &buckets);
        for round in 0..EMPTIED {
            let mut by_hits: Vec<usize> = (DIRECT + 1..grams.lookup.buckets()).collect();
            by_hits.sort_by_key(|&bucket| std::cmp::Reverse(buckets[bucket].hits));
            let emptied = by_hits[round % by_hits.len().min(1 + round / 4)];
            let before: Vec<(usize, usize)> = choices.iter().map(|choice| (choice.chosen, choice.bucket)).collect();
            let moved: Vec<usize> = (0..choices.len()).filter(|&index| choices[index].bucket == emptied).collect();
            moved.iter().for_each(|&index| choices[index].take(&mut buckets, grams));
            moved.iter().for_each(|&index| choices[index].place(&mut buckets, grams));
            let after = total(&choices, &buckets);
            if after < cost {
                cost = after;
                continue;
            }
            moved.iter().for_each(|&index| choices[index].take(&mut buckets, grams));
            choices.iter_mut().zip(before).for_each(|(choice, (chosen, bucket))| (choice.chosen, choice.bucket) = (chosen, bucket));
            moved.iter().for_each(|&index| choices[index].put(&mut buckets, grams));
        }
        let looks = choices.iter().map(|choice| choice.windows[choice.chosen].alone).sum();
        let place = |choice: &Choice<'_>| (choice.needle.hash(), (choice.windows[choice.chosen].placement.at, choice.bucket));
        Trained { places: choices.iter().map(place).collect(), hits: buckets.iter().map(|bucket| bucket.hits).sum(), looks }
    }
}

/// What a kernel looks up of four bytes in a row: the code of each, or two halves of each.
const LOOKED_UP: usize = 2 * WINDOW;

/// Every four bytes in a row of the samples, and how often they come.
fn count(samples: &[Vec<u8>]) -> (Vec<[u8; WINDOW]>, Vec<u32>) {
    let mut all: BTreeMap<[u8; WINDOW], u32> = BTreeMap::new();
    for window in samples.iter().flat_map(|sample| sample.windows(WINDOW)).filter_map(|window| window.first_chunk()) {
        *all.entry(*window).or_default() += 1;
    }
    let rare = all.values().filter(|&&count| count <= 2).count();
    let each = rare.div_ceil(RARE).max(1) as u32;
    let mut seen = 0;
    let is_kept = |(_, count): &([u8; WINDOW], u32)| {
        seen += u32::from(*count <= 2);
        *count > 2 || seen % each == 0
    };
    all.into_iter().filter(is_kept).map(|(gram, count)| (gram, if count <= 2 { count * each } else { count })).unzip()
}

/// The same as the kernel sees them.
struct Grams {
    lookup: Lookup,
    bytes: Vec<[u8; LOOKED_UP]>,
    counts: Vec<u32>,
    total: u64,
}

impl Grams {
    fn new(lookup: Lookup, grams: &[[u8; WINDOW]], counts: &[u32]) -> Self {
        let bytes = grams.iter().map(|gram| looked_up(lookup, *gram)).collect();
        Grams { lookup, bytes, counts: counts.to_vec(), total: counts.iter().map(|&count| u64::from(count)).sum() }
    }

    /// A bit for each that is looked up: all of them.
    fn full(&self) -> u8 {
        match self.lookup {
            Lookup::Codes => (1 << WINDOW) - 1,
            Lookup::Nibbles => u8::MAX,
        }
    }

    /// For each gram, a bit for each that is looked up of it: whether `holds` it at its place.
    fn held(&self, holds: impl Fn(usize, u8) -> bool) -> Vec<u8> {
        let all = self.full();
        let held = |gram: &[u8; LOOKED_UP]| (0..LOOKED_UP).fold(0, |bits, place| bits | u8::from(holds(place, gram[place])) << place);
        self.bytes.iter().map(|gram| held(gram) & all).collect()
    }

    fn held_by(&self, placement: &Placement) -> Vec<u8> {
        let mut tables = [[false; 256]; LOOKED_UP];
        self.each_of(placement, |place, value| tables[place][usize::from(value)] = true);
        self.held(|place, value| tables[place][usize::from(value)])
    }

    /// What is looked up of the bytes that a window allows.
    fn each_of(&self, placement: &Placement, mut each: impl FnMut(usize, u8)) {
        for (place, set) in placement.window.iter().enumerate() {
            for byte in set.iter() {
                match self.lookup {
                    Lookup::Codes => each(place, code(byte)),
                    Lookup::Nibbles => {
                        each(2 * place, byte & 0xf);
                        each(2 * place + 1, byte >> 4);
                    }
                }
            }
        }
    }
}

fn looked_up(lookup: Lookup, gram: [u8; WINDOW]) -> [u8; LOOKED_UP] {
    match lookup {
        Lookup::Codes => std::array::from_fn(|place| code(gram.get(place).copied().unwrap_or(0))),
        Lookup::Nibbles => std::array::from_fn(|place| if place % 2 == 0 { gram[place / 2] & 0xf } else { gram[place / 2] >> 4 }),
    }
}

struct Window {
    placement: Placement,
    /// How often the window alone is hit.
    alone: u64,
    held: Vec<u8>,
}

/// A needle, its windows and which of them it has for now.
struct Choice<'n> {
    needle: &'n Needle,
    /// How many different bytes its windows may be at least, as a power of two.
    wide: u32,
    windows: Vec<Window>,
    chosen: usize,
    bucket: usize,
}

impl<'n> Choice<'n> {
    fn new(needle: &'n Needle, grams: &Grams) -> Self {
        let mut windows: Vec<Window> = needle
            .placements()
            .map(|placement| {
                let held = grams.held_by(&placement);
                let alone = held.iter().zip(&grams.counts).map(|(&held, &count)| u64::from(count) * u64::from(held == grams.full())).sum();
                Window { placement, alone, held }
            })
            .collect();
        windows.sort_by_key(|window| (window.placement.width.is_none(), window.alone));
        windows.truncate(WINDOWS);
        let wide = |window: &Window| window.placement.window.iter().map(|set| set.len().ilog2()).sum::<u32>();
        Choice { needle, wide: windows.iter().map(wide).min().unwrap_or(0), windows, chosen: 0, bucket: DIRECT }
    }

    /// How often its rarest window stands in a million bytes.
    fn hits(&self, grams: &Grams) -> u32 {
        match self.windows.first() {
            Some(window) if window.placement.width.is_some() => (window.alone * 1_000_000 / grams.total.max(1)) as u32,
            _ => u32::MAX,
        }
    }

    fn put(&self, buckets: &mut [Bucket], grams: &Grams) {
        buckets[self.bucket].add(&self.windows[self.chosen].placement, grams);
    }

    fn take(&self, buckets: &mut [Bucket], grams: &Grams) {
        buckets[self.bucket].remove(&self.windows[self.chosen].placement, grams);
    }

    fn place(&mut self, buckets: &mut [Bucket], grams: &Grams) {
        self.choose(buckets, grams);
        self.put(buckets, grams);
    }

    /// Takes the window and the bucket that cost least beside what is in the buckets.
    fn choose(&mut self, buckets: &[Bucket], grams: &Grams) {
        let mut best = u64::MAX;
        for (index, window) in self.windows.iter().enumerate() {
            let allowed = if window.placement.width.is_some() { DIRECT + 1..grams.lookup.buckets() } else { DIRECT..DIRECT + 1 };
            for bucket in allowed {
                let cost = buckets[bucket].added(window, grams) + LOOK * window.alone;
                if cost < best {
                    (best, self.chosen, self.bucket) = (cost, index, bucket);
                }
            }
        }
    }
}

struct Bucket {
    /// How often the windows hold each value at each place.
    holders: [[u16; 256]; LOOKED_UP],
    /// For each gram, a bit for each that is looked up of it and that some window holds.
    held: Vec<u8>,
    hits: u64,
}

impl Bucket {
    fn new(grams: &Grams) -> Self {
        Bucket { holders: [[0; 256]; LOOKED_UP], held: vec![0; grams.bytes.len()], hits: 0 }
    }

    /// How many more hits there would be with one more window.
    fn added(&self, window: &Window, grams: &Grams) -> u64 {
        let full = grams.full();
        let held = self.held.iter().zip(&window.held);
        let hits = held.zip(&grams.counts).map(|((&mine, &theirs), &count)| if (mine | theirs) == full { count } else { 0 });
        hits.map(u64::from).sum::<u64>() - self.hits
    }

    fn add(&mut self, placement: &Placement, grams: &Grams) {
        self.change(placement, grams, |holders| *holders += 1);
    }

    fn remove(&mut self, placement: &Placement, grams: &Grams) {
        self.change(placement, grams, |holders| *holders -= 1);
    }

    fn change(&mut self, placement: &Placement, grams: &Grams, change: impl Fn(&mut u16)) {
        grams.each_of(placement, |place, value| change(&mut self.holders[place][usize::from(value)]));
        self.held = grams.held(|place, value| self.holders[place][usize::from(value)] > 0);
        let full = grams.full();
        self.hits = self.held.iter().zip(&grams.counts).map(|(&held, &count)| u64::from(count) * u64::from(held == full)).sum();
    }
}
