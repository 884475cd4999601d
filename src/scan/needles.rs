//! Needles: the few bytes by which a place is known where a rule may match. Each has a window of four places that
//! the kernel looks for, chosen to be rare, in a bucket that it shares with others; then a hash of the bytes there
//! tells which needles may stand, and their byte sets which do.

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};

use smallvec::{SmallVec, smallvec};

use super::byte_set::ByteSet;
use super::kernel::{CODES, DIRECT, Lookup, Tables, WINDOW, code};

/// How many bytes of a window are hashed at most: its first ones.
pub(super) const HASHED: usize = 4;

/// The most byte sequences that a window may stand for and still be hashed.
const SPELLINGS: usize = 400;

/// Windows of no more of them are preferred: each takes a place in the filter.
const FEW: usize = 20;

/// What one needle more costs beside the hits that are its own, in hits in a million bytes: it makes its bucket wider.
pub(super) const WIDER: u32 = 20;

/// How many bytes are looked at at once to know whether a needle may stand.
const SEEN: usize = 24;

/// Of how many places the fixed bytes of a needle may tell what they are.
const TOLD: usize = 16;

/// Bits of a hash that choose its slot.
const SLOT_BITS: u32 = 16;

/// Bits of a hash that a filter knows.
const FILTER_BITS: u32 = 16;

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

/// Byte sets that must all hold the bytes in a row; and a hash of those that its window is chosen from, what its placement
/// is filed under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Needle(Vec<ByteSet>, u64);

impl Hash for Needle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.1);
    }
}

impl Needle {
    /// How many byte sets are kept.
    pub(super) const PLACES: usize = 18;

    /// Among how many of them its window is looked for.
    const WINDOWED: usize = 12;

    /// `None` when there is no place at all.
    pub(super) fn new(mut places: Vec<ByteSet>) -> Option<Self> {
        places.truncate(Self::PLACES);
        let windowed = &places[..places.len().min(Self::WINDOWED)];
        let words = windowed.iter().flat_map(|set| set.0);
        let hash = words.fold(windowed.len() as u64, |hash, word| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95));
        (!places.is_empty()).then_some(Needle(places, hash))
    }

    /// The window that begins at a place; what lies outside the needle may be any byte.
    fn window(&self, at: usize) -> [ByteSet; WINDOW] {
        std::array::from_fn(|place| self.0.get(at + place).copied().unwrap_or(ByteSet::ALL))
    }

    /// The window that begins at a place.
    pub(super) fn placement(&self, at: usize) -> Placement {
        let window = self.window(at);
        let spellings = |width: usize| window[..width].iter().map(|set| folded(*set).len()).product::<usize>();
        let (wide, narrow) = (spellings(HASHED), spellings(HASHED - 1));
        let width = if wide <= 4 * narrow { HASHED } else { HASHED - 1 };
        let count = if width == HASHED { wide } else { narrow };
        Placement { at, window, width: Some(width).filter(|_| count <= SPELLINGS), few: count <= FEW }
    }

    /// The ways to place its window: those of few spellings, if there are any, and of these those that a run of one and
    /// the same byte is none of.
    pub(super) fn placements(&self) -> impl Iterator<Item = Placement> {
        let all = || (0..=self.0.len().min(Self::WINDOWED).saturating_sub(HASHED)).map(|at| self.placement(at));
        let rank = |placement: &Placement| (placement.few, placement.is_varied());
        let best = all().map(|placement| rank(&placement)).max();
        all().filter(move |placement| Some(rank(placement)) == best)
    }

    /// What its placement is filed under.
    #[cfg(feature = "training")]
    pub(super) fn hash(&self) -> u64 {
        self.1
    }

    /// The place that was computed for it ahead of time.
    fn known_place(&self, lookup: Lookup) -> Option<(Placement, usize)> {
        let known = self.known()?;
        let (at, bucket) = match lookup {
            Lookup::Codes => (known.at, known.bucket?),
            Lookup::Nibbles => (known.at_in_halves, known.bucket_of_halves?),
        };
        Some((self.placement(at.into()), bucket.into()))
    }

    fn known(&self) -> Option<&'static Known> {
        KNOWN.binary_search_by_key(&self.1, |known| known.hash).ok().map(|index| &KNOWN[index])
    }

    /// How often its rarest window stands in a million bytes of logs, if that was measured.
    pub(super) fn measured(&self) -> Option<u32> {
        self.known().map(|known| known.hits)
    }

    /// How often it would be looked at in a million bytes of logs: as measured, or by how common its bytes are.
    pub(super) fn hits(&self, measured: Option<u32>) -> u32 {
        // What a window leaves open is taken from the selectivity of its bucket.
        let fixed = self.0.iter().filter(|set| set.len() <= 2).count();
        let short = 1_000 * HASHED.saturating_sub(fixed).pow(2) as u32;
        let hits = match measured {
            Some(hits) => hits,
            None if self.is_never_hashed() => u32::MAX,
            None => (self.commonness() * 1e6) as u32,
        };
        short.saturating_add(hits)
    }

    /// Whether no window of it is hashed.
    pub(super) fn is_never_hashed(&self) -> bool {
        self.placements().all(|placement| placement.width.is_none())
    }
}

/// What was computed of a needle ahead of time.
struct Known {
    hash: u64,
    /// Where its window begins.
    at: u8,
    /// Its bucket; `None` when it was weighed and is not looked for.
    bucket: Option<u8>,
    /// The same for tables of halves.
    at_in_halves: u8,
    bucket_of_halves: Option<u8>,
    /// How often its rarest window stands in a million bytes of logs.
    hits: u32,
}

include!(concat!(env!("OUT_DIR"), "/windows.rs"));

/// Where in a needle its window lies.
pub(super) struct Placement {
    pub(super) at: usize,
    pub(super) window: [ByteSet; WINDOW],
    /// How many of its bytes are hashed; `None` when they could be too many different ones.
    pub(super) width: Option<usize>,
    few: bool,
}

impl Placement {
    /// Whether no byte may stand at all of its places.
    fn is_varied(&self) -> bool {
        self.window.iter().copied().reduce(ByteSet::intersection).is_none_or(|common| common == ByteSet::default())
    }
}

/// The needles of a scanner, each with its window, and what finds them again.
pub(super) struct Needles<U> {
    needles: Vec<Placed>,
    /// What the bytes of each may be: which of these sets, one needle's behind the other's.
    sets_of: Vec<u32>,
    sets: Vec<ByteSet>,
    /// For each byte the classes that hold it.
    classes: [u8; 256],
    /// What each needle is looked for: ranges of these.
    uses: Vec<U>,
    /// Where the needles of the bucket of direct hits are listed.
    direct: u32,
    /// Which windows of four bytes a needle has, by their hashes, and which of three.
    wide: Box<Filter>,
    narrow: Box<Filter>,
    /// By the upper bits of a hash: where the needles of all keys with such a hash are listed.
    slots: Box<[u32; 1 << SLOT_BITS]>,
    /// One list behind the other: how many needles, and which.
    lists: Vec<u16>,
}

/// The empty list.
const NO_NEEDLES: u32 = 0;

/// Room for what stands at the places of a tile.
#[derive(Default)]
pub(super) struct Standing {
    /// Places, and where the needles are listed whose window stands there.
    lists: Vec<(u16, u32)>,
    /// Places, and the needles whose fixed bytes stand there.
    needles: Vec<(u16, u16)>,
}

/// A bit for each hash that a key has.
struct Filter([u64; 1 << (FILTER_BITS - 6)]);

impl Filter {
    fn add(&mut self, key: u32) {
        let hash = hash(key) >> (32 - FILTER_BITS);
        self.0[(hash >> 6) as usize] |= 1 << (hash & 63);
    }

    #[inline(always)]
    fn holds(&self, key: u32) -> bool {
        let hash = hash(key) >> (32 - FILTER_BITS);
        self.0[(hash >> 6) as usize] >> (hash & 63) & 1 == 1
    }
}

/// What is looked at to know whether a needle stands: one line of a processor's cache.
#[repr(align(64))]
struct Placed {
    /// Of its first eight bytes, and of the next.
    fixed: [Fixed; 2],
    /// Where its window begins in it.
    at: u8,
    /// A place whose byte must be of a class that many needles share, and that class, a bit.
    behind: u8,
    class: u8,
    /// How many places it has, and where their sets begin among those of all needles.
    length: u8,
    sets: u32,
    /// Which of the first [`TOLD`] places neither the fixed bytes nor the class tell, a bit each.
    open: u16,
    /// What it is looked for: so many of the uses of all needles, from this one on.
    first_use: u32,
    uses: u16,
}

impl Placed {
    /// The first place that is not told.
    fn first_open(&self) -> Option<usize> {
        let places = usize::from(self.length);
        Some(self.open.trailing_zeros() as usize).filter(|&place| place < places.min(TOLD))
    }
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
    /// Of the eight bytes from a place of the needle on.
    fn new(needle: &Needle, from: usize) -> Self {
        let mut fixed = Fixed { fold: 0, mask: 0, value: 0 };
        for (place, set) in needle.0.iter().skip(from).take(8).enumerate() {
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

    /// Whether it says what the byte at this place is.
    fn tells(&self, place: usize) -> bool {
        self.mask >> (8 * place) & 0xff != 0
    }

    /// May these bytes be the needle's?
    #[inline(always)]
    fn holds(&self, bytes: u64) -> bool {
        (bytes | self.fold) & self.mask == self.value
    }
}

/// A spelling of a window and a needle that has it.
#[derive(Clone, Copy)]
struct Entry {
    key: u32,
    needle: u16,
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

    /// How many needles there are, or uses of one, if these are more. More than a `u16` counts cannot be built.
    pub(super) fn len(&self) -> usize {
        self.uses.iter().map(|(_, uses)| uses.len()).fold(self.uses.len(), usize::max)
    }

    /// Gives each needle a window and a bucket: those that were computed ahead of time, and for needles that are not
    /// among them the best that is left, those first that are the hardest to place.
    pub(super) fn build(self, lookup: Lookup) -> (Needles<U>, Tables) {
        let mut buckets = Buckets::new(lookup);
        let (known, mut unknown): (Vec<_>, Vec<_>) =
            self.uses.into_iter().map(|(needle, uses)| (needle.known_place(lookup), needle, uses)).partition(|(place, ..)| place.is_some());
        unknown.sort_by_cached_key(|(_, needle, _)| std::cmp::Reverse((needle.commonness() * 1e12) as u64));
        let mut placed = Needles::empty();
        let (mut spelled, mut direct) = (Vec::new(), Vec::new());
        let mut sets: HashMap<ByteSet, u32> = HashMap::new();
        for (index, (place, needle, uses)) in (0u16..).zip(known.into_iter().chain(unknown)) {
            let (placement, bucket) = place.unwrap_or_else(|| buckets.place(&needle));
            match placement.width {
                Some(width) => {
                    let filter = if width == HASHED { &mut placed.wide } else { &mut placed.narrow };
                    spell(&placement.window[..width], |key| {
                        filter.add(key);
                        spelled.push(Entry { key, needle: index });
                    });
                }
                None => direct.push(index),
            }
            buckets.add(bucket, &placement.window);
            let (first_use, count) = (placed.uses.len() as u32, uses.len() as u16);
            placed.uses.extend(uses);
            let fixed = [Fixed::new(&needle, 0), Fixed::new(&needle, 8)];
            let (at, length, first_set) = (placement.at as u8, needle.0.len() as u8, placed.sets_of.len() as u32);
            let is_open = |place: &usize| !fixed[place / 8].tells(place % 8);
            let open = (0..needle.0.len().min(TOLD)).filter(is_open).fold(0, |open, place| open | 1 << place);
            placed.needles.push(Placed { fixed, at, behind: 0, class: 0, length, sets: first_set, open, first_use, uses: count });
            for set in needle.0 {
                placed.sets_of.push(*sets.entry(set).or_insert_with(|| {
                    placed.sets.push(set);
                    placed.sets.len() as u32 - 1
                }));
            }
        }
        placed.share_classes();
        placed.index(spelled);
        placed.direct = placed.add_list(direct.into_iter());
        (placed, buckets.tables())
    }

    /// The needles, in the order in which they came.
    #[cfg(feature = "training")]
    pub(super) fn needles(&self) -> impl Iterator<Item = &Needle> {
        self.uses.iter().map(|(needle, _)| needle)
    }
}

impl<U> Needles<U> {
    fn empty() -> Self {
        Needles {
            needles: Vec::new(),
            sets_of: Vec::new(),
            sets: Vec::new(),
            classes: [0; 256],
            uses: Vec::new(),
            direct: NO_NEEDLES,
            wide: Box::new(Filter([0; 1 << (FILTER_BITS - 6)])),
            narrow: Box::new(Filter([0; 1 << (FILTER_BITS - 6)])),
            slots: Box::new([NO_NEEDLES; 1 << SLOT_BITS]),
            lists: Vec::new(),
        }
    }

    /// Gives the sets that most needles have at their first place that is not fixed a class each.
    fn share_classes(&mut self) {
        let mut counts = vec![0; self.sets.len()];
        let open: Vec<Option<usize>> = self.needles.iter().map(Placed::first_open).collect();
        for (placed, open) in self.needles.iter().zip(&open) {
            open.iter().for_each(|place| counts[self.sets_of[placed.sets as usize + place] as usize] += 1);
        }
        let mut common: Vec<u32> = (0..self.sets.len() as u32).collect();
        common.sort_by_key(|&set| std::cmp::Reverse(counts[set as usize]));
        common.truncate(8);
        for (class, &set) in common.iter().enumerate() {
            self.sets[set as usize].iter().for_each(|byte| self.classes[usize::from(byte)] |= 1 << class);
        }
        for (placed, open) in self.needles.iter_mut().zip(open) {
            let set = open.map(|place| self.sets_of[placed.sets as usize + place]);
            let class = common.iter().position(|&common| Some(common) == set);
            if let (Some(place), Some(class)) = (open, class) {
                (placed.behind, placed.class) = (place as u8, 1 << class);
                placed.open &= placed.open - 1;
            }
        }
    }

    fn index(&mut self, mut spelled: Vec<Entry>) {
        spelled.sort_by_key(|entry| slot(entry.key));
        self.lists.push(0);
        for entries in spelled.chunk_by_mut(|one, other| slot(one.key) == slot(other.key)) {
            entries.sort_by_key(|entry| entry.needle);
            let mut needles: Vec<u16> = entries.iter().map(|entry| entry.needle).collect();
            needles.dedup();
            self.slots[slot(entries[0].key)] = self.add_list(needles.into_iter());
        }
    }

    /// Adds a list of needles, of which there are no more than a `u16` counts, and answers where it is.
    fn add_list(&mut self, needles: impl ExactSizeIterator<Item = u16>) -> u32 {
        let list = self.lists.len() as u32;
        self.lists.push(needles.len() as u16);
        self.lists.extend(needles);
        list
    }

    /// Could a needle have this window? Without a branch.
    #[inline(always)]
    pub(super) fn may_stand(&self, window: &[u8; WINDOW]) -> bool {
        let key = fold(std::array::from_fn(|place| window[place]));
        self.wide.holds(key) | self.narrow.holds(key & NARROW)
    }

    /// The needles that stand with their windows at these places of a tile, which begins at `tile` and has these bytes; of
    /// each place whether it is one of the bucket of direct hits. Step by step for all places, so that nothing waits for
    /// what is not in the nearest cache.
    pub(super) fn standing<'s>(
        &'s self,
        text: &'s [u8],
        tile: usize,
        bytes: &[u8],
        places: impl ExactSizeIterator<Item = (u16, bool)>,
        room: &'s mut Standing,
    ) -> impl Iterator<Item = (u16, u16)> + 's {
        let Standing { lists, needles } = room;
        lists.resize(lists.len().max(3 * places.len()), (0, NO_NEEDLES));
        let mut count = 0;
        for (place, is_direct) in places {
            lists[count] = (place, self.direct);
            count += usize::from(is_direct);
            let Some(window) = bytes[usize::from(place)..].first_chunk() else { continue };
            let key = fold(*window);
            let [wide, narrow] = [key, key & NARROW].map(|key| self.slots[slot(key)]);
            lists[count] = (place, wide);
            count += usize::from(wide != NO_NEEDLES);
            lists[count] = (place, narrow);
            count += usize::from(narrow != NO_NEEDLES && narrow != wide);
        }
        let lists = &lists[..count];
        let mut count = 0;
        for &(place, list) in lists {
            let list = &self.lists[list as usize..];
            let list = &list[1..=usize::from(list[0])];
            needles.resize(needles.len().max(count + list.len()), (0, 0));
            for &needle in list {
                needles[count] = (place, needle);
                count += usize::from(self.may_stand_at(needle, text, tile + usize::from(place)));
            }
        }
        let stands = move |&(place, needle): &(u16, u16)| self.stands(needle, text, tile + usize::from(place));
        needles[..count].iter().copied().filter(stands)
    }

    /// Do the fixed bytes of a needle stand where it has its window at `at`? Without a branch; true near the ends of the text.
    #[inline(always)]
    fn may_stand_at(&self, index: u16, text: &[u8], at: usize) -> bool {
        let placed = &self.needles[usize::from(index)];
        let start = at.wrapping_sub(placed.at.into());
        let Some(bytes) = text.get(start..).and_then(<[u8]>::first_chunk::<SEEN>) else { return true };
        let [first, next, _] = bytes.as_chunks().0 else { return true };
        let class = self.classes[usize::from(bytes[usize::from(placed.behind) % SEEN])] & placed.class;
        let [fixed, then] = &placed.fixed;
        fixed.holds(u64::from_le_bytes(*first)) & then.holds(u64::from_le_bytes(*next)) & (class == placed.class)
    }

    /// Does the needle, whose fixed bytes may stand there, stand with its window at `at`? Behind the text are zeros.
    #[inline]
    fn stands(&self, index: u16, text: &[u8], at: usize) -> bool {
        let placed = &self.needles[usize::from(index)];
        let Some(start) = at.checked_sub(placed.at.into()) else { return false };
        let sets = &self.sets_of[placed.sets as usize..][..usize::from(placed.length)];
        let holds = |place: usize| {
            let byte = text.get(start + place).copied().unwrap_or(0);
            sets.get(place).is_none_or(|&set| self.sets[set as usize].contains(byte))
        };
        if start + SEEN > text.len() {
            return (0..sets.len()).all(holds);
        }
        // What it is told by has been looked at.
        let mut open = placed.open;
        while open != 0 {
            if !holds(open.trailing_zeros() as usize) {
                return false;
            }
            open &= open - 1;
        }
        (TOLD..sets.len()).all(holds)
    }

    /// What a needle is looked for, and where it begins that has its window at `at`, if that is not before the text.
    pub(super) fn uses(&self, index: u16, at: usize) -> Option<(&[U], usize)> {
        let placed = &self.needles[usize::from(index)];
        let start = at.checked_sub(placed.at.into())?;
        Some((&self.uses[placed.first_use as usize..][..usize::from(placed.uses)], start))
    }
}

/// The first three bytes of a key.
const NARROW: u32 = 0x00ff_ffff;

/// A window as it is hashed: letters in one case.
fn fold(window: [u8; HASHED]) -> u32 {
    u32::from_le_bytes(window) | 0x2020_2020
}

#[inline(always)]
fn hash(key: u32) -> u32 {
    key.wrapping_mul(0x9e37_79b1)
}

#[inline(always)]
fn slot(key: u32) -> usize {
    (hash(key) >> (32 - SLOT_BITS)) as usize
}

/// The bytes of a set as they are hashed: the halves of each 64 that differ in the bit of the case, joined.
fn folded(set: ByteSet) -> ByteSet {
    ByteSet(set.0.map(|bytes| (bytes | bytes << 32) & !u64::from(u32::MAX)))
}

/// Every key of a window.
fn spell(window: &[ByteSet], each: impl FnMut(u32)) {
    let mut keys: SmallVec<[u32; FEW]> = smallvec![0];
    for (place, &set) in window.iter().enumerate() {
        let bytes = folded(set);
        keys = keys.iter().flat_map(|key| bytes.iter().map(move |byte| key | u32::from(byte) << (8 * place))).collect();
    }
    keys.into_iter().for_each(each);
}

/// Buckets as they fill up.
struct Buckets {
    sets: Vec<[ByteSet; WINDOW]>,
    /// How likely a byte of a log is in each set, as tables hold it; worked out when a needle is to be placed.
    likely: Vec<[f64; WINDOW]>,
}

impl Buckets {
    fn new(lookup: Lookup) -> Self {
        Buckets { sets: vec![[ByteSet::default(); WINDOW]; lookup.buckets()], likely: Vec::new() }
    }

    fn tables(&self) -> Tables {
        let mut tables = Tables::default();
        self.sets.iter().enumerate().for_each(|(bucket, sets)| tables.add(bucket, sets));
        tables
    }

    /// Where a needle adds the fewest candidates.
    fn place(&mut self, needle: &Needle) -> (Placement, usize) {
        if self.likely.is_empty() {
            self.likely = self.sets.iter().map(|sets| sets.map(|set| likelihood(as_looked_up(set)))).collect();
        }
        let cost = |window: &[ByteSet; WINDOW], bucket: usize| {
            let before: f64 = self.likely[bucket].iter().product();
            let added = |place: usize| likelihood(window[place].without(as_looked_up(self.sets[bucket][place])));
            let after: f64 = (0..WINDOW).map(|place| self.likely[bucket][place] + added(place)).product();
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

    fn add(&mut self, bucket: usize, window: &[ByteSet; WINDOW]) {
        for (place, new) in window.iter().enumerate() {
            let set = &mut self.sets[bucket][place];
            *set = set.union(*new);
            if let Some(likely) = self.likely.get_mut(bucket) {
                likely[place] = likelihood(as_looked_up(*set));
            }
        }
    }
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
