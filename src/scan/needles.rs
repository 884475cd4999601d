//! All needles of a scanner. Each has a window of four places that the kernel looks for, chosen to be rare, in a bucket that
//! it shares with others; then a hash of the bytes there tells which needles may stand, and their byte sets which do.

use foldhash::{HashMap, HashMapExt};
use smallvec::SmallVec;

use super::buckets::Buckets;
use super::byte_set::ByteSet;
use super::kernel::{DIRECT, Tables, WINDOW};
use super::needle::{Fixed, HASHED, Needle, Prepared, TOLD, Told, spell};
use super::tables;

/// How many of a needle's places are looked at for a class that many needles share, and how many such classes there are.
const SHARED: usize = 2;
const CLASSES: usize = 16;

/// Bits of a hash that choose its slot.
const SLOT_BITS: u32 = 16;

/// Bits of a hash that a filter knows.
const FILTER_BITS: u32 = 16;

/// The needles of a scanner, each with its window, and what finds them again.
pub(super) struct Needles<U> {
    needles: Vec<Placed>,
    /// What the bytes of each may be: which of these sets, one needle's behind the other's.
    sets_of: Vec<u32>,
    sets: Vec<ByteSet>,
    /// For each byte the classes that hold it, a bit each. The first one holds all.
    classes: [u16; 256],
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
    /// Places, and the needles of which what is told stands there.
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
    /// Places whose bytes must be of classes that many needles share, and these classes: four bits each.
    behind: u8,
    shared: u8,
    /// How many places it has, and where their sets begin among those of all needles.
    length: u8,
    sets: u32,
    /// Which of the first [`TOLD`] places neither the fixed bytes nor the classes tell, a bit each.
    open: u16,
    /// What it is looked for: so many of the uses of all needles, from this one on.
    first_use: u32,
    uses: u16,
}

/// The places of a mask.
fn places(mut mask: u16) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = (mask != 0).then(|| mask.trailing_zeros() as usize)?;
        mask &= mask - 1;
        Some(place)
    })
}

/// A needle that is to be looked for.
pub(super) enum Sought {
    /// One of those that were prepared when logveil was built.
    Prepared(u16),
    Own(Needle),
}

/// What needles are looked for: gathered first, then placed.
pub(super) struct Builder<U> {
    takes_prepared: bool,
    /// Where the uses are of each needle that was prepared, if it has any.
    prepared: Vec<Option<u32>>,
    /// The same of all others.
    own: HashMap<Needle, u32>,
    uses: Vec<Uses<U>>,
}

/// Most needles have one use.
type Uses<U> = SmallVec<[U; 1]>;

impl<U> Default for Builder<U> {
    fn default() -> Self {
        let count = tables::NEEDLES.len();
        Builder { takes_prepared: true, prepared: vec![None; count], own: HashMap::new(), uses: Vec::with_capacity(count) }
    }
}

impl<U: PartialEq> Builder<U> {
    /// One that takes needles as they were prepared, unless all are to be placed `anew`.
    pub(super) fn new(anew: bool) -> Self {
        Builder { takes_prepared: !anew, ..Builder::default() }
    }

    pub(super) fn takes_prepared(&self) -> bool {
        self.takes_prepared
    }

    /// How many needles there are that were prepared.
    pub(super) fn len_of_prepared(&self) -> usize {
        self.prepared.len()
    }

    pub(super) fn sought(&self, needle: Needle) -> Sought {
        match tables::prepared(&needle).filter(|_| self.takes_prepared) {
            Some(index) => Sought::Prepared(index),
            None => Sought::Own(needle),
        }
    }

    /// Where the uses of a needle are.
    pub(super) fn place(&mut self, sought: Sought) -> usize {
        let next = self.uses.len() as u32;
        let place = match sought {
            Sought::Prepared(index) => *self.prepared[usize::from(index)].get_or_insert(next),
            Sought::Own(needle) => *self.own.entry(needle).or_insert(next),
        };
        if place == next {
            self.uses.push(Uses::new());
        }
        place as usize
    }

    pub(super) fn add(&mut self, sought: Sought, hit_use: U) {
        let place = self.place(sought);
        self.add_at(place, hit_use);
    }

    pub(super) fn add_at(&mut self, place: usize, hit_use: U) {
        let uses = &mut self.uses[place];
        if !uses.contains(&hit_use) {
            uses.push(hit_use);
        }
    }

    /// What a needle is looked for so far.
    pub(super) fn uses(&self, needle: &Needle) -> &[U] {
        let place = match tables::prepared(needle).filter(|_| self.takes_prepared) {
            Some(index) => self.prepared[usize::from(index)],
            None => self.own.get(needle).copied(),
        };
        place.map_or(&[], |place| self.uses_at(place as usize))
    }

    pub(super) fn uses_at(&self, place: usize) -> &[U] {
        &self.uses[place]
    }

    /// How many needles there are, or uses of one, if these are more. More than a `u16` counts cannot be built.
    pub(super) fn len(&self) -> usize {
        self.uses.iter().map(|uses| uses.len()).fold(self.uses.len(), usize::max)
    }

    /// Gives each needle a window and a bucket: those that were computed ahead of time, and for needles that are not
    /// among them the best that is left, those first that are the hardest to place.
    pub(super) fn build(mut self) -> (Needles<U>, Tables) {
        let mut buckets = Buckets::new();
        let mut placed = Needles::with_room_for(self.uses.len());
        let (mut spelled, mut direct) = (Vec::with_capacity(2 * self.uses.len()), Vec::new());
        for (prepared, place) in tables::NEEDLES.iter().zip(&self.prepared) {
            let Some(place) = place else { continue };
            let index = placed.needles.len() as u16;
            let &Prepared { sets, at, bucket, width, keys, told, .. } = prepared;
            let filter = if width == Some(HASHED as u8) { &mut placed.wide } else { &mut placed.narrow };
            for &key in keys {
                filter.add(key);
                spelled.push((slot(key) as u32, index));
            }
            if width.is_none() {
                direct.push(index);
            }
            let set = |place: usize| sets.get(place).map_or(ByteSet::ALL, |&set| tables::SETS_OF_NEEDLES[usize::from(set)]);
            buckets.add(bucket.into(), &std::array::from_fn(|place| set(usize::from(at) + place)));
            placed.push(at.into(), sets.iter().map(|&set| set.into()), told, std::mem::take(&mut self.uses[*place as usize]));
        }
        if !placed.needles.is_empty() {
            placed.sets.extend_from_slice(tables::SETS_OF_NEEDLES);
        }
        let mut needles: Vec<_> = self.own.into_iter().map(|(needle, uses)| (tables::place(&needle), uses, needle)).collect();
        needles.sort_unstable_by_key(|(place, uses, _)| (place.is_none(), *uses));
        let known = needles.partition_point(|(place, ..)| place.is_some());
        needles[known..].sort_by_cached_key(|(.., needle)| std::cmp::Reverse((needle.commonness() * 1e12) as u64));
        let mut numbers: HashMap<ByteSet, u32> = HashMap::new();
        for (place, uses, needle) in needles {
            let index = placed.needles.len() as u16;
            let place = place.map(|(at, bucket)| (needle.placement(at.into()), usize::from(bucket)));
            // Should another needle have this one's hash, its bucket may be of the other kind.
            let place = place.filter(|(placement, bucket)| placement.width.is_none() == (*bucket == DIRECT));
            let (placement, bucket) = place.unwrap_or_else(|| buckets.place(&needle));
            match placement.width {
                Some(width) => {
                    let filter = if width == HASHED { &mut placed.wide } else { &mut placed.narrow };
                    spell(&placement.window[..width], |key| {
                        filter.add(key);
                        spelled.push((slot(key) as u32, index));
                    });
                }
                None => direct.push(index),
            }
            buckets.add(bucket, &placement.window);
            let told = Told::new(&needle);
            let sets: SmallVec<[u32; Needle::PLACES]> = needle
                .0
                .iter()
                .map(|&set| {
                    *numbers.entry(set).or_insert_with(|| {
                        placed.sets.push(set);
                        placed.sets.len() as u32 - 1
                    })
                })
                .collect();
            placed.push(placement.at, sets.into_iter(), told, std::mem::take(&mut self.uses[uses as usize]));
        }
        placed.share_classes();
        placed.index(spelled);
        placed.direct = placed.add_list(direct.into_iter());
        (placed, buckets.tables())
    }

    /// The needles, in the order in which they came.
    #[cfg(feature = "training")]
    pub(super) fn needles(&self) -> impl Iterator<Item = &Needle> {
        let mut needles: Vec<_> = self.own.iter().collect();
        needles.sort_unstable_by_key(|(_, uses)| **uses);
        needles.into_iter().map(|(needle, _)| needle)
    }
}

impl<U> Needles<U> {
    fn with_room_for(needles: usize) -> Self {
        /// More or less so many places have most needles.
        const PLACES: usize = 12;
        Needles {
            needles: Vec::with_capacity(needles),
            sets_of: Vec::with_capacity(PLACES * needles),
            sets: Vec::new(),
            classes: [1; 256],
            uses: Vec::with_capacity(needles + needles / 2),
            direct: NO_NEEDLES,
            wide: Box::new(Filter([0; 1 << (FILTER_BITS - 6)])),
            narrow: Box::new(Filter([0; 1 << (FILTER_BITS - 6)])),
            slots: Box::new([NO_NEEDLES; 1 << SLOT_BITS]),
            lists: Vec::new(),
        }
    }

    /// Adds a needle whose window begins at a place of it.
    fn push(&mut self, at: usize, sets: impl ExactSizeIterator<Item = u32>, told: Told, uses: Uses<U>) {
        let Told { fixed, open } = told;
        let (length, first_set) = (sets.len() as u8, self.sets_of.len() as u32);
        let (first_use, count) = (self.uses.len() as u32, uses.len() as u16);
        self.uses.extend(uses);
        self.sets_of.extend(sets);
        self.needles.push(Placed { fixed, at: at as u8, behind: 0, shared: 0, length, sets: first_set, open, first_use, uses: count });
    }

    /// Gives the sets that most needles have at places that are not fixed a class each.
    fn share_classes(&mut self) {
        let mut counts = vec![0u32; self.sets.len()];
        for placed in &self.needles {
            places(placed.open).for_each(|place| counts[self.sets_of[placed.sets as usize + place] as usize] += 1);
        }
        let mut common: Vec<u32> = (0..self.sets.len() as u32).collect();
        common.sort_by_key(|&set| std::cmp::Reverse(counts[set as usize]));
        common.truncate(CLASSES - 1);
        // The first class is none.
        let mut class_of = vec![0u8; self.sets.len()];
        for (class, &set) in (1..).zip(&common) {
            class_of[set as usize] = class;
            self.sets[set as usize].iter().for_each(|byte| self.classes[usize::from(byte)] |= 1 << class);
        }
        for placed in &mut self.needles {
            let class = |place: usize| class_of[self.sets_of[placed.sets as usize + place] as usize];
            let shared = places(placed.open).map(|place| (place as u8, class(place))).filter(|(_, class)| *class != 0);
            for (told, (place, class)) in shared.take(SHARED).enumerate() {
                placed.behind |= place << (4 * told);
                placed.shared |= class << (4 * told);
                placed.open &= !(1 << place);
            }
        }
    }

    /// Lists the needles by the slots of their keys.
    fn index(&mut self, mut spelled: Vec<(u32, u16)>) {
        spelled.sort_unstable();
        spelled.dedup();
        self.lists.reserve(2 * spelled.len());
        self.lists.push(0);
        for entries in spelled.chunk_by(|one, other| one.0 == other.0) {
            self.slots[entries[0].0 as usize] = self.add_list(entries.iter().map(|&(_, needle)| needle));
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

    /// Do the fixed bytes of a needle stand, and bytes of its shared classes, where it has its window at `at`? Without a branch; true
    /// near the ends of the text.
    #[inline(always)]
    fn may_stand_at(&self, index: u16, text: &[u8], at: usize) -> bool {
        let placed = &self.needles[usize::from(index)];
        let start = at.wrapping_sub(placed.at.into());
        let Some(bytes) = text.get(start..).and_then(<[u8]>::first_chunk::<TOLD>) else { return true };
        let [first, next] = bytes.as_chunks().0 else { return true };
        let is_of = |place: u8, class: u8| self.classes[usize::from(bytes[usize::from(place & 15)])] >> (class & 15) & 1 == 1;
        let shared = is_of(placed.behind, placed.shared) & is_of(placed.behind >> 4, placed.shared >> 4);
        let [fixed, then] = &placed.fixed;
        fixed.holds(u64::from_le_bytes(*first)) & then.holds(u64::from_le_bytes(*next)) & shared
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
        if start + TOLD > text.len() {
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
