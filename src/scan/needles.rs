//! Needles: the few bytes by which a place is known where a rule may match. Each has a window of four places that
//! the kernel looks for, chosen to be rare, in a bucket that it shares with others; then a hash of the bytes there
//! tells which needles may stand, and their byte sets which do.

use std::collections::HashMap;
use std::fmt;

use super::byte_set::ByteSet;
use super::kernel::{BUCKETS, DIRECT, Tables, WINDOW};

/// How many byte sets of a needle are kept.
const PLACES: usize = 12;

/// The most byte sequences that a window may stand for and still be hashed.
const SPELLINGS: usize = 400;

/// Bits of a hash.
const HASH_BITS: u32 = 16;

impl fmt::Display for Needle {
    /// `token[..]`: letters in any case, and a class for every other set.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|set| {
            let bytes: Vec<u8> = set.iter().take(3).collect();
            match bytes[..] {
                [byte] => write!(f, "{}", byte.escape_ascii()),
                [upper, lower] if upper.eq_ignore_ascii_case(&lower) => write!(f, "{}", lower.escape_ascii()),
                _ => write!(f, "[{}]", set.iter().count()),
            }
        })
    }
}

/// Byte sets that must all hold the bytes in a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Needle(Vec<ByteSet>);

impl Needle {
    /// `None` when there is no place at all.
    pub(super) fn new(places: impl IntoIterator<Item = ByteSet>) -> Option<Self> {
        let places: Vec<ByteSet> = places.into_iter().take(PLACES).collect();
        (!places.is_empty()).then_some(Needle(places))
    }

    /// A text in any case.
    pub(super) fn text(text: &[u8]) -> impl Iterator<Item = ByteSet> {
        text.iter().map(|&byte| ByteSet::from_iter([byte.to_ascii_lowercase(), byte.to_ascii_uppercase()]))
    }

    /// The window that begins at a place; what lies outside the needle may be any byte.
    fn window(&self, at: usize) -> [ByteSet; WINDOW] {
        std::array::from_fn(|place| self.0.get(at + place).copied().unwrap_or(ByteSet::ALL))
    }

    /// The window that begins at a place.
    pub(super) fn placement(&self, at: usize) -> Placement {
        let window = self.window(at);
        let spellings = |width: usize| window[..width].iter().map(|set| folded(*set).len()).product::<usize>();
        let (wide, narrow) = (spellings(WINDOW), spellings(WINDOW - 1));
        let width = if wide <= 4 * narrow { WINDOW } else { WINDOW - 1 };
        let width = Some(width).filter(|_| narrow.min(wide) <= SPELLINGS);
        Placement { at, window, width }
    }

    /// Every way to place its window.
    pub(super) fn placements(&self) -> impl Iterator<Item = Placement> {
        (0..=self.0.len().saturating_sub(WINDOW)).map(|at| self.placement(at))
    }

    /// What its placement is filed under.
    pub(super) fn hash(&self) -> u64 {
        let words = self.0.iter().flat_map(|set| set.0);
        words.fold(self.0.len() as u64, |hash, word| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95))
    }

    /// The place that was computed for it ahead of time.
    fn known_place(&self) -> Option<(Placement, usize)> {
        let known = self.known()?;
        Some((self.placement(known.at.into()), known.bucket?.into()))
    }

    fn known(&self) -> Option<&'static Known> {
        let hash = self.hash();
        KNOWN.binary_search_by_key(&hash, |known| known.hash).ok().map(|index| &KNOWN[index])
    }

    /// How often it would be looked at in a million bytes of logs: measured ahead of time, or by how common its bytes are.
    pub(super) fn cost(&self) -> u32 {
        if self.placements().all(|placement| placement.width.is_none()) {
            return u32::MAX;
        }
        // What a window leaves open is taken from the selectivity of its bucket.
        let fixed = self.0.iter().filter(|set| set.iter().nth(2).is_none()).count();
        let short = 1_000 * WINDOW.saturating_sub(fixed).pow(2) as u32;
        short + self.known().map_or_else(|| (self.commonness() * 1e6) as u32, |known| known.cost)
    }
}

/// What was computed of a needle ahead of time.
struct Known {
    hash: u64,
    /// Where its window begins.
    at: u8,
    /// Its bucket; `None` when it was weighed and is not looked for.
    bucket: Option<u8>,
    /// How often its window stands in a million bytes of logs.
    cost: u32,
}

include!(concat!(env!("OUT_DIR"), "/windows.rs"));

/// Where in a needle its window lies.
pub(super) struct Placement {
    pub(super) at: usize,
    pub(super) window: [ByteSet; WINDOW],
    /// How many of its bytes are hashed; `None` when they could be too many different ones.
    pub(super) width: Option<usize>,
}

/// The needles of a scanner, each with its window, and what finds them again.
pub(super) struct Needles<U> {
    needles: Vec<Placed>,
    /// What each needle is looked for: ranges of these.
    uses: Vec<U>,
    /// The needles of the bucket of direct hits.
    direct: Vec<u16>,
    /// Whether a hash is one of some window.
    filter: Vec<u64>,
    /// From hash to the first of its entries, by linear probing.
    entries: Vec<Entry>,
}

struct Placed {
    text: Fixed,
    /// Where its window begins in it.
    at: usize,
    uses: std::ops::Range<usize>,
}

/// What of a needle's first bytes is fixed, its letters perhaps in either case: enough to tell it from the others that
/// have the same window.
struct Fixed {
    /// The bits that differ between the cases.
    fold: u64,
    mask: u64,
    value: u64,
}

impl Fixed {
    fn new(needle: &Needle) -> Self {
        let mut fixed = Fixed { fold: 0, mask: 0, value: 0 };
        for (place, set) in needle.0.iter().take(8).enumerate() {
            let bytes: Vec<u8> = set.iter().take(3).collect();
            let (byte, fold) = match bytes[..] {
                [byte] => (byte, 0),
                [upper, lower] if upper ^ lower == 0x20 => (lower | upper, 0x20),
                _ => continue,
            };
            let at = |byte: u8| u64::from(byte) << (8 * place);
            fixed.fold |= at(fold);
            fixed.mask |= at(0xff);
            fixed.value |= at(byte);
        }
        fixed
    }

    /// May the needle stand at `at`?
    fn stands(&self, text: &[u8], at: usize) -> bool {
        let Some(rest) = text.get(at..) else { return false };
        let bytes = rest.first_chunk::<8>().copied().unwrap_or_else(|| std::array::from_fn(|place| rest.get(place).copied().unwrap_or(0)));
        (u64::from_le_bytes(bytes) | self.fold) & self.mask == self.value
    }
}

/// A spelling of a window and a needle that has it.
#[derive(Clone, Copy)]
struct Entry {
    key: u32,
    needle: u16,
}

impl Entry {
    const NONE: Entry = Entry { key: 0, needle: u16::MAX };
}

/// What a needle is found by: gathered first, then placed.
pub(super) struct Builder<U> {
    uses: Vec<(Needle, Vec<U>)>,
    index: HashMap<Needle, usize>,
}

impl<U> Default for Builder<U> {
    fn default() -> Self {
        Builder { uses: Vec::new(), index: HashMap::new() }
    }
}

impl<U: PartialEq> Builder<U> {
    pub(super) fn add(&mut self, needle: Needle, hit_use: U) {
        let index = *self.index.entry(needle.clone()).or_insert_with(|| {
            self.uses.push((needle, Vec::new()));
            self.uses.len() - 1
        });
        if !self.uses[index].1.contains(&hit_use) {
            self.uses[index].1.push(hit_use);
        }
    }

    /// Gives each needle a window and a bucket: those that were computed ahead of time, and for needles that are not
    /// among them the best that is left, those first that are the hardest to place.
    pub(super) fn build(self) -> (Needles<U>, Tables) {
        let mut buckets = Buckets::default();
        let (known, mut unknown): (Vec<_>, Vec<_>) =
            self.uses.into_iter().map(|(needle, uses)| (needle.known_place(), needle, uses)).partition(|(place, ..)| place.is_some());
        unknown.sort_by_cached_key(|(_, needle, _)| std::cmp::Reverse((needle.commonness() * 1e12) as u64));
        let mut placed = Needles::empty();
        let mut spelled = Vec::new();
        for (index, (place, needle, uses)) in (0u16..).zip(known.into_iter().chain(unknown)) {
            let (placement, bucket) = place.unwrap_or_else(|| buckets.place(&needle));
            match placement.width {
                Some(width) => spell(&placement.window[..width], |key| spelled.push(Entry { key, needle: index })),
                None => placed.direct.push(index),
            }
            buckets.add(bucket, &placement.window);
            let first = placed.uses.len();
            placed.uses.extend(uses);
            placed.needles.push(Placed { text: Fixed::new(&needle), at: placement.at, uses: first..placed.uses.len() });
        }
        placed.index(&spelled);
        (placed, buckets.tables)
    }

    /// The needles, in the order in which they came.
    #[cfg(feature = "training")]
    pub(super) fn needles(&self) -> impl Iterator<Item = &Needle> {
        self.uses.iter().map(|(needle, _)| needle)
    }
}

impl<U> Needles<U> {
    fn empty() -> Self {
        Needles { needles: Vec::new(), uses: Vec::new(), direct: Vec::new(), filter: vec![0; 1 << (HASH_BITS - 6)], entries: Vec::new() }
    }

    fn index(&mut self, spelled: &[Entry]) {
        let size = (2 * spelled.len()).next_power_of_two().max(2);
        self.entries = vec![Entry::NONE; size];
        for entry in spelled {
            let hash = hash(entry.key);
            self.filter[hash / 64] |= 1 << (hash % 64);
            let mut slot = hash & (size - 1);
            while self.entries[slot].needle != u16::MAX {
                slot = (slot + 1) & (size - 1);
            }
            self.entries[slot] = *entry;
        }
    }

    /// Could a needle have this window? Without a branch.
    pub(super) fn may_stand(&self, window: [u8; WINDOW]) -> bool {
        let passes = |key: u32| {
            let hash = hash(key);
            self.filter[hash / 64] >> (hash % 64) & 1
        };
        let key = fold(window);
        passes(key) | passes(key & NARROW) != 0
    }

    /// Calls `hit` with what each needle is used for whose window begins at `at`, and where the needle begins.
    pub(super) fn each(&self, text: &[u8], at: usize, direct: bool, mut hit: impl FnMut(&U, usize)) {
        let mut check = |index: u16| {
            let placed = &self.needles[usize::from(index)];
            let Some(start) = at.checked_sub(placed.at) else { return };
            if placed.text.stands(text, start) {
                self.uses[placed.uses.clone()].iter().for_each(|hit_use| hit(hit_use, start));
            }
        };
        if direct {
            self.direct.iter().for_each(|&index| check(index));
        }
        let window = std::array::from_fn(|place| text.get(at + place).copied().unwrap_or(0));
        let key = fold(window);
        for key in [key, key & NARROW] {
            let size = self.entries.len();
            let mut slot = hash(key) & (size - 1);
            while self.entries[slot].needle != u16::MAX {
                if self.entries[slot].key == key {
                    check(self.entries[slot].needle);
                }
                slot = (slot + 1) & (size - 1);
            }
        }
    }
}

/// The first three bytes of a key.
const NARROW: u32 = 0x00ff_ffff;

/// A window as it is hashed: letters in one case.
fn fold(window: [u8; WINDOW]) -> u32 {
    u32::from_le_bytes(window) | 0x2020_2020
}

fn hash(key: u32) -> usize {
    (key.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize
}

/// The bytes of a set as they are hashed: the halves of each 64 that differ in the bit of the case, joined.
fn folded(set: ByteSet) -> ByteSet {
    ByteSet(set.0.map(|bytes| (bytes | bytes << 32) & !u64::from(u32::MAX)))
}

/// Every key of a window.
fn spell(window: &[ByteSet], each: impl FnMut(u32)) {
    let mut keys = vec![0u32];
    for (place, &set) in window.iter().enumerate() {
        keys = keys.iter().flat_map(|key| folded(set).iter().map(move |byte| key | u32::from(byte) << (8 * place))).collect();
    }
    keys.into_iter().for_each(each);
}

/// Buckets as they fill up.
struct Buckets {
    tables: Tables,
    /// How likely a byte of a log is in the union of the sets at each place.
    likely: [[f64; WINDOW]; BUCKETS],
    sets: [[ByteSet; WINDOW]; BUCKETS],
}

impl Default for Buckets {
    fn default() -> Self {
        Buckets { tables: Tables::default(), likely: [[0.0; WINDOW]; BUCKETS], sets: [[ByteSet::default(); WINDOW]; BUCKETS] }
    }
}

impl Buckets {
    /// Where a needle adds the fewest candidates.
    fn place(&self, needle: &Needle) -> (Placement, usize) {
        let cost = |placement: &Placement, bucket: usize| {
            let before: f64 = self.likely[bucket].iter().product();
            let added = |place: usize| {
                placement.window[place].iter().filter(|&byte| !self.sets[bucket][place].contains(byte)).map(likelihood_of).sum::<f64>()
            };
            let after: f64 = (0..WINDOW).map(|place| self.likely[bucket][place] + added(place)).product();
            after - before
        };
        let mut best: Option<(f64, Placement, usize)> = None;
        for placement in needle.placements() {
            let buckets = if placement.width.is_some() { DIRECT + 1..BUCKETS } else { DIRECT..DIRECT + 1 };
            for bucket in buckets {
                // A direct hit is looked at without a hash: worth avoiding.
                let cost = cost(&placement, bucket) * if placement.width.is_some() { 1.0 } else { 16.0 };
                if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
                    best = Some((cost, Placement { ..placement }, bucket));
                }
            }
        }
        best.map_or_else(
            || (Placement { at: 0, window: needle.window(0), width: None }, DIRECT),
            |(_, placement, bucket)| (placement, bucket),
        )
    }

    fn add(&mut self, bucket: usize, window: &[ByteSet; WINDOW]) {
        self.tables.add(bucket, window);
        let held = self.sets[bucket].iter_mut().zip(&mut self.likely[bucket]);
        for ((set, likely), new) in held.zip(window) {
            *set = set.union(*new);
            *likely = likelihood(*set);
        }
    }
}

impl Needle {
    /// How likely the rarest window of it stands at a place of a log.
    fn commonness(&self) -> f64 {
        self.placements().map(|placement| placement.window.iter().map(|set| likelihood(*set)).product::<f64>()).fold(1.0, f64::min)
    }
}

/// How likely a byte of a log is in a set.
fn likelihood(set: ByteSet) -> f64 {
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
