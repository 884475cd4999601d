//! The funnel: tile by tile the kernel's masks become places, and those whose bytes no needle has fall away, without
//! a branch on what the bytes are.

use super::counters::Counters;
use super::kernel::{BEHIND, BLOCK, Kernel, Masks, Sieve, TILE, TILE_BLOCKS, Tables, WINDOW};
use super::near::WordStarts;
use super::needles::{Needles, Standing};
use super::starts::Starts;

/// Where something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) at: usize,
    pub(super) what: What,
}

/// What stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// What numbers of some rule begin with.
    Number,
    /// The window of this needle.
    Needle(u16),
}

/// What is looked for, tile by tile.
pub(super) struct Search<U> {
    pub(super) kernel: Kernel,
    pub(super) tables: Tables,
    pub(super) sieve: Sieve,
    pub(super) needles: Needles<U>,
    pub(super) starts: Starts,
}

/// Says of what stands at a place of the text whether anything may come of it, given where words begin around it: what
/// is not wanted is no hit.
pub(super) trait Wanted: FnMut(WordStarts<'_>, Hit) -> bool {}

impl<F: FnMut(WordStarts<'_>, Hit) -> bool> Wanted for F {}

/// The way through a text, tile by tile. Reused from text to text.
pub(super) struct Tiles {
    masks: Box<Masks>,
    /// Where the next tile begins.
    next: usize,
    needles: Hits<(u16, u16)>,
    numbers: Hits<u16>,
    /// Room for the places whose bytes must be looked at, and for what stands there.
    survivors: Box<[u16; TILE]>,
    standing: Standing,
    pub(super) counters: Counters,
    /// Where the tile at hand begins, and how many blocks it has.
    tile: usize,
    blocks: usize,
    /// How many line feeds stand before it, and in the first of its blocks, so many.
    line_feeds: u64,
    counted_line_feeds: u32,
    counted: usize,
    /// The end of a text with zeros behind it.
    padded: Vec<u8>,
}

/// The hits of one kind in the tile at hand: places in it, those of needles with the needle.
#[derive(Default)]
struct Hits<H> {
    all: Vec<H>,
    taken: usize,
}

impl<H: Copy> Hits<H> {
    fn next(&self) -> Option<H> {
        self.all.get(self.taken).copied()
    }

    fn clear(&mut self) {
        self.all.clear();
        self.taken = 0;
    }
}

/// A survivor of the bucket of direct hits.
const DIRECT: u16 = 1 << 15;

/// Writes each place and keeps it or writes over it, as `keep` says: a branch for each would often be mispredicted.
#[inline(always)]
fn sift<'o>(places: &[u16], out: &'o mut [u16; TILE], mut keep: impl FnMut(u16) -> (bool, u16)) -> &'o [u16] {
    let mut count = 0;
    for &place in places {
        let (kept, place) = keep(place);
        out[count % TILE] = place;
        count += usize::from(kept);
    }
    &out[..count]
}

impl Default for Tiles {
    fn default() -> Self {
        Tiles {
            masks: Box::default(),
            next: 0,
            needles: Hits::default(),
            numbers: Hits::default(),
            survivors: Box::new([0; TILE]),
            standing: Standing::default(),
            counters: Counters::default(),
            tile: 0,
            blocks: 0,
            line_feeds: 0,
            counted_line_feeds: 0,
            counted: 0,
            padded: Vec::new(),
        }
    }
}

impl Tiles {
    /// Goes back to the beginning, for another text.
    pub(super) fn restart(&mut self) {
        self.masks.clear();
        self.needles.clear();
        self.numbers.clear();
        (self.next, self.tile, self.blocks, self.line_feeds, self.counted, self.counted_line_feeds) = (0, 0, 0, 0, 0, 0);
    }

    /// Where the tile at hand ends.
    pub(super) fn end(&self) -> usize {
        self.next
    }

    /// The next hit, which stays until it is taken.
    #[inline]
    pub(super) fn peek<U>(&mut self, search: &Search<U>, text: &[u8], mut is_wanted: impl Wanted) -> Option<Hit> {
        loop {
            match self.peek_in_tile() {
                None if self.next < text.len() => self.advance(search, text, &mut is_wanted),
                hit => return hit,
            }
        }
    }

    /// The next hit, if it is in the tile at hand.
    #[inline]
    pub(super) fn peek_in_tile(&self) -> Option<Hit> {
        let hit = |place: u16, what| Hit { at: self.tile + usize::from(place), what };
        match (self.needles.next(), self.numbers.next()) {
            (Some((place, needle)), number) if number.is_none_or(|number| place <= number) => Some(hit(place, What::Needle(needle))),
            (_, number) => number.map(|place| hit(place, What::Number)),
        }
    }

    /// Where words begin in the tile at hand, in a text that begins at `start` in the one that was gone through.
    pub(super) fn word_starts(&self, start: usize) -> WordStarts<'_> {
        WordStarts::new(self.masks.word_starts(self.blocks), self.masks.digit_starts(self.blocks), self.tile, start)
    }

    /// Takes a hit that was peeked at.
    pub(super) fn take(&mut self, hit: Hit) {
        match hit.what {
            What::Number => self.numbers.taken += 1,
            What::Needle(_) => self.needles.taken += 1,
        }
    }

    /// How many line feeds stand before `at`, a place in the tile at hand. Places must come in order.
    pub(super) fn line_feeds_before(&mut self, at: usize) -> u64 {
        let inside = at - self.tile;
        for block in self.counted..inside / BLOCK {
            self.counted_line_feeds += self.masks.line_feeds(block).count_ones();
        }
        self.counted = self.counted.max(inside / BLOCK);
        let part = self.masks.line_feeds(inside / BLOCK) & ((1 << (inside % BLOCK)) - 1);
        self.line_feeds + u64::from(self.counted_line_feeds + part.count_ones())
    }

    /// How many line feeds stand in the text up to the end of the tile at hand.
    pub(super) fn line_feeds(&self) -> u64 {
        self.line_feeds + if self.next > 0 { u64::from(self.masks.line_feed_count()) } else { 0 }
    }

    /// Goes on to the next tile of a text that has one more, and keeps of what stands there what is wanted.
    #[inline(never)]
    pub(super) fn advance<U>(&mut self, search: &Search<U>, text: &[u8], mut is_wanted: impl Wanted) {
        self.line_feeds = self.line_feeds();
        (self.counted, self.counted_line_feeds) = (0, 0);
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
        let masks = &*self.masks;
        self.numbers.clear();
        self.needles.clear();
        let begins = |at: u16| bytes[usize::from(at)..].first_chunk::<{ Starts::PLACES }>();
        let survivors = sift(masks.number_places(), &mut self.survivors, |at| {
            (begins(at).is_some_and(|bytes| search.starts.may_begin_coarsely(bytes)), at)
        });
        let tile = self.tile;
        let words = WordStarts::new(masks.word_starts(self.blocks), masks.digit_starts(self.blocks), tile, 0);
        let mut found = 0;
        for &place in survivors.iter().filter(|&&at| begins(at).is_some_and(|bytes| search.starts.may_begin(bytes))) {
            found += 1;
            if is_wanted(words, Hit { at: tile + usize::from(place), what: What::Number }) {
                self.numbers.all.push(place);
            }
        }
        let survivors = sift(masks.needle_places(), &mut self.survivors, |at| {
            let place = usize::from(at);
            let Some(window) = bytes[place..].first_chunk::<WINDOW>() else { return (false, at) };
            let direct = masks.direct[place / BLOCK] >> (place % BLOCK) & 1;
            (search.needles.may_stand(window) | (direct == 1), at | (direct as u16 * DIRECT))
        });
        let places = survivors.iter().map(|&survivor| (survivor & !DIRECT, survivor & DIRECT != 0));
        for (place, needle) in search.needles.standing(text, tile, bytes, places, &mut self.standing) {
            found += 1;
            if is_wanted(words, Hit { at: tile + usize::from(place), what: What::Needle(needle) }) {
                self.needles.all.push((place, needle));
            }
        }
        self.counters.places(masks.needle_places().len() + masks.number_places().len(), found);
    }
}
