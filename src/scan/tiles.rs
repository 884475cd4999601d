//! The funnel: tile by tile the kernel's masks become places, and those whose bytes no needle has fall away, without
//! a branch on what the bytes are.

use super::counters::Counters;
use super::kernel::{BEHIND, BLOCK, Kernel, Lookup, Masks, Sieve, TILE, TILE_BLOCKS, Tables, WINDOW};
use super::needles::Needles;

/// A place where something may stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) at: usize,
    /// The window of a needle.
    pub(super) needle: bool,
    /// One that is looked at whatever its bytes are.
    pub(super) direct: bool,
    /// The start of a number.
    pub(super) number: bool,
}

/// What is looked for, tile by tile.
pub(super) struct Search<U> {
    pub(super) kernel: Kernel,
    pub(super) tables: Tables,
    pub(super) sieve: Sieve,
    pub(super) needles: Needles<U>,
}

/// The way through a text, tile by tile. Reused from text to text.
#[derive(Default)]
pub(super) struct Tiles {
    masks: Box<Masks>,
    /// Where the next tile begins.
    next: usize,
    /// The hits of the tile at hand, `count` of them, and how many are taken.
    hits: Vec<Packed>,
    count: usize,
    taken: usize,
    pub(super) counters: Counters,
    /// Where the tile at hand begins, and how many blocks it has.
    tile: usize,
    blocks: usize,
    /// How many line feeds stand before it and in the first of its blocks, so many.
    line_feeds: u64,
    counted: usize,
    /// The end of a text with zeros behind it.
    padded: Vec<u8>,
}

/// A hit: where in its tile, and what kind.
#[derive(Clone, Copy, Default)]
struct Packed(u32);

impl Packed {
    const NEEDLE: u32 = 1 << 29;
    const DIRECT: u32 = 1 << 30;
    const NUMBER: u32 = 1 << 31;

    fn place(self) -> usize {
        (self.0 & (Self::NEEDLE - 1)) as usize
    }

    fn unpack(self, tile: usize) -> Hit {
        Hit {
            at: tile + self.place(),
            needle: self.0 & Self::NEEDLE != 0,
            direct: self.0 & Self::DIRECT != 0,
            number: self.0 & Self::NUMBER != 0,
        }
    }
}

impl Tiles {
    /// Goes back to the beginning, for another text.
    pub(super) fn restart(&mut self) {
        self.masks.clear();
        (self.next, self.count, self.taken, self.tile, self.blocks, self.line_feeds, self.counted) = (0, 0, 0, 0, 0, 0, 0);
    }

    /// The next hit, which stays until it is taken.
    #[inline]
    pub(super) fn peek<U: PartialEq>(&mut self, search: &Search<U>, text: &[u8]) -> Option<Hit> {
        while self.taken == self.count {
            if self.next >= text.len() {
                return None;
            }
            self.fill(search, text);
        }
        self.hits.get(self.taken).map(|hit| hit.unpack(self.tile))
    }

    /// Takes the hit that was peeked at.
    pub(super) fn take(&mut self) {
        self.taken += 1;
    }

    /// How many line feeds stand before `at`, a place in the tile at hand. Places must come in order.
    pub(super) fn line_feeds_before(&mut self, at: usize) -> u64 {
        let inside = at - self.tile;
        self.count_line_feeds(inside / BLOCK);
        let part = self.masks.line_feeds(inside / BLOCK) & ((1 << (inside % BLOCK)) - 1);
        self.line_feeds + u64::from(part.count_ones())
    }

    /// How many line feeds stand in the text up to the end of the tile at hand.
    pub(super) fn line_feeds(&mut self) -> u64 {
        self.count_line_feeds(self.blocks);
        self.line_feeds
    }

    /// Counts those of the blocks before this one.
    fn count_line_feeds(&mut self, block: usize) {
        let line_feeds = (self.counted..block).map(|block| self.masks.line_feeds(block).count_ones()).sum::<u32>();
        self.line_feeds += u64::from(line_feeds);
        self.counted = self.counted.max(block);
    }

    #[inline(never)]
    fn fill<U: PartialEq>(&mut self, search: &Search<U>, text: &[u8]) {
        self.count_line_feeds(self.blocks);
        self.counted = 0;
        self.tile = self.next;
        let rest = &text[self.tile..];
        self.blocks = rest.len().div_ceil(BLOCK).min(TILE_BLOCKS);
        self.next += (self.blocks * BLOCK).min(rest.len());
        let bytes = if rest.len() >= TILE + BEHIND {
            rest
        } else {
            self.padded.clear();
            self.padded.extend_from_slice(rest);
            self.padded.resize(self.blocks * BLOCK + BEHIND, 0);
            &self.padded
        };
        search.kernel.tile(&search.tables, &search.sieve, bytes, self.blocks, &mut self.masks);
        self.hits.resize(TILE, Packed::default());
        self.count = funnel(&self.masks, bytes, search, &mut self.hits);
        self.taken = 0;
        self.counters.places(self.masks.places().len(), self.count);
    }
}

/// Writes the hits of a tile, and answers how many there are. Each place is written and kept or written over.
fn funnel<U: PartialEq>(masks: &Masks, bytes: &[u8], search: &Search<U>, hits: &mut [Packed]) -> usize {
    let mut count = 0;
    for &at in masks.places() {
        let Some(window) = bytes[usize::from(at)..].first_chunk::<WINDOW>() else { return count };
        let (block, bit) = (usize::from(at) / BLOCK, usize::from(at) % BLOCK);
        let direct = (masks.direct[block] >> bit & 1) as u32;
        let number = (masks.numbers[block] >> bit & 1) as u32;
        let needle = u32::from(search.needles.may_stand(*window)) | direct;
        hits[count] = Packed(u32::from(at) | (needle * Packed::NEEDLE) | (direct * Packed::DIRECT) | (number * Packed::NUMBER));
        count += (needle | number) as usize;
    }
    if search.kernel.lookup() == Lookup::Exact { count } else { sharpen(bytes, &search.tables, &mut hits[..count]) }
}

/// Looks in the exact tables what a kernel without them let pass, and answers how many hits are left.
fn sharpen(bytes: &[u8], tables: &Tables, hits: &mut [Packed]) -> usize {
    let mut count = 0;
    for index in 0..hits.len() {
        let hit = hits[index];
        let Some(window) = bytes[hit.place()..].first_chunk::<WINDOW>() else { return count };
        let rest = if tables.allow(*window) { hit.0 } else { hit.0 & !(Packed::NEEDLE | Packed::DIRECT) };
        hits[count] = Packed(rest);
        count += usize::from(rest >= Packed::NEEDLE);
    }
    count
}
