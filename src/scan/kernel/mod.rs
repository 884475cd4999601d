//! The class kernel: one pass over the bytes that says, 64 positions at a time, where something may begin.
//!
//! For each position it asks for four bytes in a row which buckets of needles each of them allows, and ANDs the four
//! answers (Teddy, generalised to sets of bytes: Faro, Langdale et al., "Hyperscan", NSDI 2019). The same pass finds
//! digits and letters, and where a number may begin among them. There is no branch on what the bytes are.
//!
//! The algorithm stands here once, over the small trait [`Vector`]; each instruction set gives the vector. All give
//! the same answer as plain code, which the tests compare at every edge. This is the only place of the scanner with
//! `unsafe` code.

#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
mod sieve;

pub(super) use sieve::Sieve;

use super::byte_set::ByteSet;
pub(super) use super::window::WINDOW;

/// Buckets come in groups of eight, one bit of a byte each: more of them make fewer candidates, and take more time.
const GROUPS: usize = 8;

/// How many buckets there are for needles.
pub(super) const BUCKETS: usize = 8 * GROUPS;

/// The bucket whose hits are candidates without a look at the hash of their bytes: one of the first group.
pub(super) const DIRECT: usize = 0;

/// Positions that one word of a mask stands for.
pub(super) const BLOCK: usize = 64;

/// Blocks of a tile.
pub(super) const TILE_BLOCKS: usize = 128;

/// Bytes of a tile.
pub(super) const TILE: usize = TILE_BLOCKS * BLOCK;

/// Bytes behind a tile that are looked at too: a block for shapes that begin at its end, the rest of a window.
pub(super) const BEHIND: usize = BLOCK + WINDOW - 1;

/// The bytes of a block and those behind it that its last windows reach into.
const REACH: usize = BLOCK + WINDOW - 1;

/// How many codes there are.
pub(super) const CODES: usize = 64;

/// What a byte may be looked up by: letters have a code each, other bytes share some. Bytes of one code are not told
/// apart, which makes candidates and never hides one.
pub(super) const fn code(byte: u8) -> u8 {
    match byte & LETTERS {
        0 => OTHERS[(byte & 0x1f) as usize],
        _ => byte & CODE,
    }
}

/// The bit that letters have, and the few bytes that ASCII has between them.
const LETTERS: u8 = 0x40;

/// The bits that tell letters apart.
const CODE: u8 = 0x3f;

/// The codes of bytes without the bit of letters, by their low bits: from the space on, and those below share them. They
/// are the codes of what stands between the letters. What rules look for and logs seldom hold (`@`, `^`, `%`, `+`,
/// `\\`, `(`, `[`) shares with nothing common.
const OTHERS: [u8; 32] = {
    let mut codes = [0; 32];
    let mut at = 0;
    while at < codes.len() {
        let shares_with = match b' ' + at as u8 {
            b' ' | b')' | b'*' | b',' => b']',
            b'!' | b'$' | b'&' | b';' | b'?' => b'[',
            b'"' | b'\'' | b'#' => b'{',
            b'%' | b'+' => 0x7f,
            b'.' | b'/' => b'}',
            b'-' => b'`',
            b'0'..=b'9' => b'~',
            b':' | b'=' => b'|',
            _ => b'\\',
        };
        codes[at] = shares_with & CODE;
        at += 1;
    }
    codes
};

/// Eight sets of bytes: bit `n` of what the code of a byte is looked up as says whether set `n` holds it.
type Octet = [u8; CODES];

/// What a kernel looks for.
pub(super) struct Tables {
    windows: [[Octet; WINDOW]; GROUPS],
}

impl Default for Tables {
    fn default() -> Self {
        Tables { windows: [[[0; CODES]; WINDOW]; GROUPS] }
    }
}

impl Tables {
    /// Puts a window of byte sets into a bucket.
    pub(super) fn add(&mut self, bucket: usize, window: &[ByteSet; WINDOW]) {
        for (octet, set) in self.windows[bucket / 8].iter_mut().zip(window) {
            set.iter().for_each(|byte| octet[usize::from(code(byte))] |= 1 << (bucket % 8));
        }
    }

    /// Whether a bucket allows a byte at a place of its windows.
    #[cfg(test)]
    pub(super) fn allows(&self, bucket: usize, place: usize, byte: u8) -> bool {
        self.windows[bucket / 8][place][usize::from(code(byte))] >> (bucket % 8) & 1 == 1
    }

    /// Flips one bit of one table: for tests that must notice it.
    #[cfg(test)]
    pub(super) fn flip(&mut self, bucket: usize, place: usize, byte: u8) {
        self.windows[bucket / 8][place][usize::from(code(byte))] ^= 1 << (bucket % 8);
    }
}

/// Where digits, letters and line feeds stand in a block.
#[derive(Clone, Copy, Debug, Default)]
struct Classes {
    digits: u64,
    letters: u64,
    line_feeds: u64,
}

impl Classes {
    /// Digits and letters.
    #[inline(always)]
    fn word(&self) -> u64 {
        self.digits | self.letters
    }
}

/// What a kernel says of a tile, 64 places a word.
pub(super) struct Masks {
    /// Where the window of some needle may begin.
    needles: [u64; TILE_BLOCKS],
    /// Those of them in the bucket [`DIRECT`].
    pub(super) direct: [u64; TILE_BLOCKS],
    /// Where a number may begin.
    numbers: [u64; TILE_BLOCKS],
    /// Where the line feeds are, and how many.
    line_feeds: [u64; TILE_BLOCKS],
    line_feed_count: u32,
    /// Where a digit or a letter begins a word, and where a digit does.
    word_starts: [u64; TILE_BLOCKS],
    digit_starts: [u64; TILE_BLOCKS],
    needle_places: Places,
    number_places: Places,
    /// The classes of the last block of the tile before.
    before: Classes,
    /// The codes of the bytes, and of those of the block behind.
    codes: [u8; TILE + BLOCK],
}

impl Default for Masks {
    fn default() -> Self {
        let none = [0; TILE_BLOCKS];
        Masks {
            needles: none,
            direct: none,
            numbers: none,
            line_feeds: none,
            line_feed_count: 0,
            word_starts: none,
            digit_starts: none,
            needle_places: Places::default(),
            number_places: Places::default(),
            before: Classes::default(),
            codes: [0; TILE + BLOCK],
        }
    }
}

impl Masks {
    /// Forgets what stood before the first tile.
    pub(super) fn clear(&mut self) {
        self.before = Classes::default();
    }

    /// Where the line feeds of block `index` are.
    pub(super) fn line_feeds(&self, index: usize) -> u64 {
        self.line_feeds[index]
    }

    /// How many line feeds the tile has.
    pub(super) fn line_feed_count(&self) -> u32 {
        self.line_feed_count
    }

    /// Where in the first blocks a digit or a letter begins a word, of digits and letters alone.
    pub(super) fn word_starts(&self, blocks: usize) -> &[u64] {
        &self.word_starts[..blocks]
    }

    /// Where a digit does.
    pub(super) fn digit_starts(&self, blocks: usize) -> &[u64] {
        &self.digit_starts[..blocks]
    }

    /// The places in the tile where a needle may stand.
    pub(super) fn needle_places(&self) -> &[u16] {
        self.needle_places.get()
    }

    /// The places in the tile where a number may begin.
    pub(super) fn number_places(&self) -> &[u16] {
        self.number_places.get()
    }
}

/// The bits of masks as places.
struct Places {
    places: Box<[u16; TILE + BLOCK]>,
    count: usize,
}

impl Default for Places {
    fn default() -> Self {
        Places { places: Box::new([0; TILE + BLOCK]), count: 0 }
    }
}

impl Places {
    fn get(&self) -> &[u16] {
        &self.places[..self.count]
    }

    /// Adds those of a block.
    #[inline(always)]
    fn add<V: Vector>(&mut self, block: usize, mask: u64) {
        let Some(out) = self.places[self.count..].first_chunk_mut::<BLOCK>() else { return };
        V::places(mask, (block * BLOCK) as u16, out);
        self.count += mask.count_ones() as usize;
    }
}

/// An implementation of the kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[doc(hidden)]
#[non_exhaustive]
pub enum Kernel {
    /// AVX-512 with VBMI: 64 bytes at a time.
    Avx512,
    /// 32 bytes at a time.
    Avx2,
    /// 16 bytes at a time.
    Neon,
    /// Plain code.
    #[default]
    Scalar,
}

impl Kernel {
    const ALL: [Kernel; 4] = [Kernel::Avx512, Kernel::Avx2, Kernel::Neon, Kernel::Scalar];

    /// The fastest one that this machine has.
    pub fn best() -> Self {
        Kernel::available().next().unwrap_or_default()
    }

    /// Those that this machine has, the fastest first.
    pub fn available() -> impl Iterator<Item = Kernel> {
        Kernel::ALL.into_iter().filter(|kernel| kernel.is_available())
    }

    /// Whether this machine has the instructions.
    pub fn is_available(self) -> bool {
        match self {
            Kernel::Scalar => true,
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => avx512::is_available(),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => avx2::is_available(),
            #[cfg(target_arch = "aarch64")]
            Kernel::Neon => neon::is_available(),
            #[allow(unreachable_patterns)]
            _ => false,
        }
    }

    /// Looks at the tile that `input` begins with, `blocks` long, and at one block behind it. A kernel that this
    /// machine lacks is replaced by plain code.
    ///
    /// # Panics
    /// When `input` is shorter than `blocks` blocks and [`BEHIND`] bytes, or `blocks` is more than a tile has.
    pub(super) fn tile(self, tables: &Tables, sieve: &Sieve, input: &[u8], blocks: usize, masks: &mut Masks) {
        assert!(blocks <= TILE_BLOCKS && input.len() >= blocks * BLOCK + BEHIND);
        match self {
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 if avx512::is_available() => avx512::tile(tables, sieve, input, blocks, masks),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 if avx2::is_available() => avx2::tile(tables, sieve, input, blocks, masks),
            #[cfg(target_arch = "aarch64")]
            Kernel::Neon if neon::is_available() => neon::tile(tables, sieve, input, blocks, masks),
            _ => tile::<scalar::Bytes>(tables, sieve, input, blocks, masks),
        }
    }
}

/// A vector of bytes and what the kernel does with it. A method is called only where its instructions exist.
trait Vector: Copy {
    /// How many bytes it holds; a divisor of [`BLOCK`].
    const BYTES: usize;
    /// A table of eight sets, ready to be looked up in.
    type Table: Copy;

    fn table(octet: &Octet) -> Self::Table;
    /// The bytes from `at` on.
    fn load(bytes: &[u8; REACH], at: usize) -> Self;
    /// The codes of the bytes of a block.
    #[inline(always)]
    fn codes(bytes: &[u8; BLOCK], out: &mut [u8; BLOCK]) {
        *out = bytes.map(code);
    }
    /// What each code is looked up as.
    fn lookup(self, table: Self::Table) -> Self;
    /// The buckets of the first group that the window at each byte is in, and those of all groups.
    #[inline(always)]
    fn held(window: &[Self; WINDOW], groups: &[[Self::Table; WINDOW]; GROUPS]) -> (Self, Self) {
        let first = buckets(window, &groups[0]);
        let mut all = first;
        let mut group = 1;
        while group < GROUPS {
            all = all.or(buckets(window, &groups[group]));
            group += 1;
        }
        (first, all)
    }
    fn and(self, other: Self) -> Self;
    fn or(self, other: Self) -> Self;
    /// One bit for each byte: whether it is not 0.
    fn nonzero(self) -> u64;
    /// One bit for each byte: whether it has this bit.
    fn has<const BIT: u32>(self) -> u64;
    /// One bit for each byte: whether it is this one.
    fn is(self, byte: u8) -> u64;
    /// One bit for each byte: whether it is one of `count` bytes from `first` on when its bit of the case is set as
    /// `folded` has it.
    fn is_from(self, first: u8, count: u8, folded: u8) -> u64;

    /// What the bytes of a block are.
    #[inline(always)]
    fn classes(bytes: &[u8; REACH]) -> Classes {
        let mut classes = Classes::default();
        let mut at = 0;
        while at < BLOCK {
            let bytes = Self::load(bytes, at);
            classes.digits |= bytes.is_from(b'0', 10, 0) << at;
            classes.letters |= bytes.is_from(b'a', 26, 0x20) << at;
            classes.line_feeds |= bytes.is(b'\n') << at;
            at += Self::BYTES;
        }
        classes
    }

    /// Where the digits ahead stand as numbers have them, given the digits of a block and of the next one: behind
    /// digits and behind letters.
    #[inline(always)]
    fn fits(sieve: &Sieve, digits: u64, next: u64) -> (u64, u64) {
        sieve.fits(digits, next)
    }

    /// Writes the places of the bits of a mask, `first` added. Behind the last one may stand anything.
    #[inline(always)]
    fn places(mask: u64, first: u16, out: &mut [u16; BLOCK]) {
        // Two at a time: a branch for each would often be mispredicted.
        let mut rest = mask;
        let mut at = 0;
        while rest != 0 && at < BLOCK {
            out[at] = first + rest.trailing_zeros() as u16;
            rest &= rest.wrapping_sub(1);
            out[at + 1] = first.wrapping_add(rest.trailing_zeros() as u16);
            rest &= rest.wrapping_sub(1);
            at += 2;
        }
    }
}

/// The tables of one group, ready for a vector. Spelled out: a closure would not be compiled for the instructions of
/// the kernel around it.
#[inline(always)]
fn group<V: Vector>(octets: &[Octet; WINDOW]) -> [V::Table; WINDOW] {
    let mut tables = [V::table(&octets[0]); WINDOW];
    let mut place = 1;
    while place < WINDOW {
        tables[place] = V::table(&octets[place]);
        place += 1;
    }
    tables
}

/// The buckets of one group that the window at each byte is in.
#[inline(always)]
fn buckets<V: Vector>(bytes: &[V; WINDOW], tables: &[V::Table; WINDOW]) -> V {
    let mut all = bytes[0].lookup(tables[0]);
    let mut place = 1;
    while place < WINDOW {
        all = all.and(bytes[place].lookup(tables[place]));
        place += 1;
    }
    all
}

/// The algorithm. Inlined into a function of each instruction set, so that it is compiled for it.
#[inline(always)]
fn tile<V: Vector>(tables: &Tables, sieve: &Sieve, input: &[u8], blocks: usize, masks: &mut Masks) {
    let mut groups = [group::<V>(&tables.windows[0]); GROUPS];
    let mut index = 1;
    while index < GROUPS {
        groups[index] = group::<V>(&tables.windows[index]);
        index += 1;
    }
    // Worked out once, not anew for each place of a window.
    let (from, to) = (input.as_chunks::<BLOCK>().0, masks.codes.as_chunks_mut::<BLOCK>().0);
    let mut index = 0;
    while index <= blocks {
        V::codes(&from[index], &mut to[index]);
        index += 1;
    }
    masks.needle_places.count = 0;
    masks.number_places.count = 0;
    masks.line_feed_count = 0;
    let Some(bytes) = input.first_chunk::<REACH>() else { return };
    let mut classes = V::classes(bytes);
    let mut index = 0;
    while index < blocks {
        let Some(codes) = masks.codes[index * BLOCK..].first_chunk::<REACH>() else { return };
        let (mut any, mut direct) = (0, 0);
        let mut at = 0;
        while at < BLOCK {
            let mut window = [V::load(codes, at); WINDOW];
            let mut place = 1;
            while place < WINDOW {
                window[place] = V::load(codes, at + place);
                place += 1;
            }
            let (first, all) = V::held(&window, &groups);
            direct |= first.has::<{ DIRECT as u32 }>() << at;
            any |= all.nonzero() << at;
            at += V::BYTES;
        }
        // The numbers of a block reach into the next one.
        let Some(bytes) = input[(index + 1) * BLOCK..].first_chunk::<REACH>() else { return };
        let next = V::classes(bytes);
        let begins = !((classes.word() << 1) | (masks.before.word() >> 63));
        let (behind_digits, behind_letters) = V::fits(sieve, classes.digits, next.digits);
        let numbers = begins & ((classes.digits & behind_digits) | (classes.letters & behind_letters));
        masks.needles[index] = any;
        masks.direct[index] = direct;
        masks.numbers[index] = numbers;
        masks.line_feeds[index] = classes.line_feeds;
        masks.line_feed_count += classes.line_feeds.count_ones();
        masks.word_starts[index] = classes.word() & begins;
        masks.digit_starts[index] = classes.digits & begins;
        masks.needle_places.add::<V>(index, any);
        masks.number_places.add::<V>(index, numbers);
        masks.before = classes;
        classes = next;
        index += 1;
    }
}

#[cfg(test)]
mod tests;
