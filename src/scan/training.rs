//! Where the needles of the built-in packs are best looked for, measured on logs: which window of each is rare, and
//! which needles share a bucket without making candidates of what none of them is.
//!
//! Takes minutes, so it is done ahead of time; its result is `src/scan/windows.tsv`.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use super::compile::Rules;
use super::kernel::{BUCKETS, CODES, DIRECT, WINDOW, code};
use super::needle::{Needle, Placement};
use super::parts::Parts;
use super::ways;
use super::words::Kind;
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

/// The text of `src/scan/windows.tsv`: for each needle of these packs a place and a bucket, chosen by how often four bytes
/// in a row come in `samples`; and how many places each KB of them would have, and how many needles would stand there.
///
/// # Errors
/// When a pack is wrong.
pub(crate) fn train(packs: &[Pack], samples: &[Vec<u8>]) -> Result<(String, (f64, f64)), Error> {
    let rules = Rules::new(packs)?;
    let grams = Grams::of(samples);
    let phrases = rules.iter().flat_map(|(_, rule)| {
        let keys = rule.keys().iter().map(|phrase| (phrase, Kind::Key));
        keys.chain(rule.near.iter().map(|phrase| (phrase, Kind::Near)))
    });
    let mut measured: HashMap<Needle, u32> =
        ways::all(phrases).into_iter().map(|needle| (needle.clone(), Choice::new(&needle, &grams).hits(&grams))).collect();
    let parts = Parts::new(&rules, |_| true, &[], true, |needle| measured.get(needle).copied())?;
    let needles: Vec<Needle> = parts.needles.needles().cloned().collect();
    for needle in &needles {
        measured.entry(needle.clone()).or_insert_with(|| Choice::new(needle, &grams).hits(&grams));
    }
    let trained = Trained::new(&needles, &grams);
    let mut lines: Vec<String> = measured
        .iter()
        .map(|(needle, hits)| {
            let (at, bucket) = match trained.places.get(&needle.hash()) {
                Some((at, bucket)) => (*at, bucket.to_string()),
                None => (0, "-".to_owned()),
            };
            format!("{:016x}\t{at}\t{bucket}\t{hits}\t{needle}", needle.hash())
        })
        .collect();
    let name = |line: &String| line.split('\t').next_back().map(str::to_owned);
    lines.sort_by(|a, b| name(a).cmp(&name(b)).then_with(|| a.cmp(b)));
    let mut text =
        String::from("# hash of the needle, place of its window and bucket, hits in a million bytes, needle; by examples/windows.rs\n");
    lines.iter().try_for_each(|line| writeln!(text, "{line}")).map_err(|_| Error::new("no memory for the table"))?;
    let per_kb = |count: u64| count as f64 * 1024.0 / grams.total as f64;
    Ok((text, (per_kb(trained.hits), per_kb(trained.looks))))
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
        let mut buckets: Vec<Bucket> = (0..BUCKETS).map(|_| Bucket::new(grams)).collect();
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
            let mut by_hits: Vec<usize> = (DIRECT + 1..BUCKETS).collect();
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

/// All places of a window, a bit each.
const ALL: u8 = (1 << WINDOW) - 1;

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

/// The same as the kernel sees them, by their codes.
struct Grams {
    codes: Vec<[u8; WINDOW]>,
    counts: Vec<u32>,
    total: u64,
}

impl Grams {
    fn of(samples: &[Vec<u8>]) -> Self {
        let (grams, counts) = count(samples);
        let total = counts.iter().map(|&count| u64::from(count)).sum();
        Grams { codes: grams.into_iter().map(|gram| gram.map(code)).collect(), counts, total }
    }

    /// For each gram, a bit for each of its places: whether `holds` says so of the code there.
    fn held(&self, holds: impl Fn(usize, u8) -> bool) -> Vec<u8> {
        let held = |gram: &[u8; WINDOW]| (0..WINDOW).fold(0, |bits, place| bits | u8::from(holds(place, gram[place])) << place);
        self.codes.iter().map(held).collect()
    }

    fn held_by(&self, placement: &Placement) -> Vec<u8> {
        let mut tables = [[false; CODES]; WINDOW];
        each_code(placement, |place, code| tables[place][usize::from(code)] = true);
        self.held(|place, code| tables[place][usize::from(code)])
    }

    /// How often those come of which all places are held.
    fn hits(&self, held: &[u8]) -> u64 {
        held.iter().zip(&self.counts).map(|(&held, &count)| u64::from(count) * u64::from(held == ALL)).sum()
    }
}

/// The codes of the bytes that a window allows.
fn each_code(placement: &Placement, mut each: impl FnMut(usize, u8)) {
    for (place, set) in placement.window.iter().enumerate() {
        set.iter().for_each(|byte| each(place, code(byte)));
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
                Window { placement, alone: grams.hits(&held), held }
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
            let allowed = if window.placement.width.is_some() { DIRECT + 1..BUCKETS } else { DIRECT..DIRECT + 1 };
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
    /// How often the windows hold each code at each place.
    holders: [[u16; CODES]; WINDOW],
    /// For each gram, a bit for each place whose code some window holds there.
    held: Vec<u8>,
    hits: u64,
}

impl Bucket {
    fn new(grams: &Grams) -> Self {
        Bucket { holders: [[0; CODES]; WINDOW], held: vec![0; grams.codes.len()], hits: 0 }
    }

    /// How many more hits there would be with one more window.
    fn added(&self, window: &Window, grams: &Grams) -> u64 {
        let held = self.held.iter().zip(&window.held);
        let hits = held.zip(&grams.counts).map(|((&mine, &theirs), &count)| if (mine | theirs) == ALL { count } else { 0 });
        hits.map(u64::from).sum::<u64>() - self.hits
    }

    fn add(&mut self, placement: &Placement, grams: &Grams) {
        self.change(placement, grams, |holders| *holders += 1);
    }

    fn remove(&mut self, placement: &Placement, grams: &Grams) {
        self.change(placement, grams, |holders| *holders -= 1);
    }

    fn change(&mut self, placement: &Placement, grams: &Grams, change: impl Fn(&mut u16)) {
        each_code(placement, |place, code| change(&mut self.holders[place][usize::from(code)]));
        self.held = grams.held(|place, code| self.holders[place][usize::from(code)] > 0);
        self.hits = grams.hits(&self.held);
    }
}
