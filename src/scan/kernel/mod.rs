//! The class kernel: one pass over the bytes that says, 64 positions at a time, where something may begin.
//!
//! For each position it asks for four bytes in a row which buckets of needles each of them allows, and ANDs the four
//! answers (Teddy, generalised to sets of bytes: Faro, Langdale et al., "Hyperscan", NSDI 2019). The same pass sorts
//! the bytes into the classes that number shapes are made of. There is no branch on what the bytes are.
//!
//! The algorithm stands here once, over the small trait [`Vector`]; each instruction set gives the vector. All give
//! the same answer as [`Exact`](Lookup::Exact) or [`Nibbles`](Lookup::Nibbles) in plain code, which the tests compare
//! at every edge. This is the only place of the scanner with `unsafe` code.

#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
mod sieve;

use sieve::Found;
pub(super) use sieve::{Pattern, Sieve};

use super::byte_set::ByteSet;

/// How many bytes in a row are looked at.
pub(super) const WINDOW: usize = 4;

/// Buckets come in groups of eight, one bit of a byte each.
pub(super) const GROUPS: usize = 3;

/// How many buckets there are for needles.
pub(super) const BUCKETS: usize = 8 * GROUPS;

/// The bucket whose hits are candidates without a look at the hash of their bytes.
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

/// What the bytes of a number, and those around it, are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Digit,
    /// `2` to `6`: what the numbers of cards begin with, and times of these decades do not.
    Lead,
    Letter,
    Space,
    Dash,
    Dot,
    /// `( ) + / : % _ ,`
    Punctuation,
    LineFeed,
}

impl Class {
    pub(super) const ALL: [Class; 8] =
        [Class::Digit, Class::Lead, Class::Letter, Class::Space, Class::Dash, Class::Dot, Class::Punctuation, Class::LineFeed];

    pub(super) fn contains(self, byte: u8) -> bool {
        match self {
            Class::Digit => byte.is_ascii_digit(),
            Class::Lead => (b'2'..=b'6').contains(&byte),
            Class::Letter => byte.is_ascii_alphabetic(),
            Class::Space => byte == b' ',
            Class::Dash => byte == b'-',
            Class::Dot => byte == b'.',
            Class::Punctuation => b"()+/:%_,".contains(&byte),
            Class::LineFeed => byte == b'\n',
        }
    }
}

/// Eight sets of bytes: bit `n` of what a byte is looked up as says whether set `n` holds it.
#[derive(Clone)]
struct Octet {
    /// By the low seven bits: bytes from 0x80 on share an entry with those below, which makes candidates, never
    /// hides one.
    exact: [u8; 128],
    /// By the low and the high half; a byte may be in a set that only its halves are in, which makes candidates.
    low: [u8; 16],
    high: [u8; 16],
}

impl Octet {
    const EMPTY: Octet = Octet { exact: [0; 128], low: [0; 16], high: [0; 16] };

    fn add(&mut self, set: usize, byte: u8) {
        let bit = 1 << set;
        self.exact[usize::from(byte & 0x7f)] |= bit;
        self.low[usize::from(byte & 0xf)] |= bit;
        self.high[usize::from(byte >> 4)] |= bit;
    }
}

/// Which form of the tables a kernel looks bytes up in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    /// 128 entries.
    Exact,
    /// Two times 16 entries, ANDed.
    Nibbles,
}

/// What a kernel looks for.
pub(super) struct Tables {
    windows: [[Octet; WINDOW]; GROUPS],
    classes: Octet,
}

impl Default for Tables {
    fn default() -> Self {
        let mut classes = Octet::EMPTY;
        // The bytes from 0x80 on are in no class: their entries are those of the bytes below.
        for byte in 0..0x80 {
            Class::ALL.into_iter().filter(|class| class.contains(byte)).for_each(|class| classes.add(class as usize, byte));
        }
        Tables { windows: std::array::from_fn(|_| [const { Octet::EMPTY }; WINDOW]), classes }
    }
}

impl Tables {
    /// Puts a window of byte sets into a bucket.
    pub(super) fn add(&mut self, bucket: usize, window: &[ByteSet; WINDOW]) {
        for (octet, set) in self.windows[bucket / 8].iter_mut().zip(window) {
            set.iter().for_each(|byte| octet.add(bucket % 8, byte));
        }
    }

    /// Could a needle have this window, by the tables of 128 entries?
    pub(super) fn allow(&self, window: [u8; WINDOW]) -> bool {
        let buckets =
            |octets: &[Octet; WINDOW]| (0..WINDOW).fold(0xff, |all, place| all & octets[place].exact[usize::from(window[place] & 0x7f)]);
        self.windows.iter().fold(0, |any, octets| any | buckets(octets)) != 0
    }

    /// Whether a bucket allows a byte at a place of its windows.
    #[cfg(test)]
    pub(super) fn allows(&self, bucket: usize, place: usize, byte: u8) -> bool {
        self.windows[bucket / 8][place].exact[usize::from(byte & 0x7f)] >> (bucket % 8) & 1 == 1
    }

    /// Flips one bit of one table: for tests that must notice it.
    #[cfg(test)]
    pub(super) fn flip(&mut self, bucket: usize, place: usize, byte: u8) {
        let octet = &mut self.windows[bucket / 8][place];
        octet.exact[usize::from(byte & 0x7f)] ^= 1 << (bucket % 8);
        octet.low[usize::from(byte & 0xf)] ^= 1 << (bucket % 8);
    }
}

/// A mask of a tile: one word for each of its blocks, the word behind it, and room for vectors that hold more.
#[derive(Clone)]
#[repr(align(64))]
struct Row([u64; TILE_BLOCKS + 16]);

impl Default for Row {
    fn default() -> Self {
        Row([0; TILE_BLOCKS + 16])
    }
}

/// What a kernel says of a tile.
pub(super) struct Masks {
    /// Where the window of some needle may begin, in the tile and the block behind it.
    needles: [u64; TILE_BLOCKS + 1],
    /// Those of them in the bucket [`DIRECT`].
    pub(super) direct: [u64; TILE_BLOCKS + 1],
    /// Where a number of some shape may begin.
    pub(super) numbers: [u64; TILE_BLOCKS],
    /// The places of both, so many of them, in order.
    places: Box<[u16; TILE + BLOCK]>,
    count: usize,
    /// Where the bytes of each class stand.
    classes: [Row; Class::ALL.len()],
    /// What the sieve makes of them.
    made: Vec<Row>,
    found: Found,
    /// Where the bytes of words stood in the last block of the tile before.
    before: u64,
}

impl Default for Masks {
    fn default() -> Self {
        let needles = [0; TILE_BLOCKS + 1];
        let (classes, places) = (std::array::from_fn(|_| Row::default()), Box::new([0; TILE + BLOCK]));
        Masks {
            needles,
            direct: needles,
            numbers: [0; TILE_BLOCKS],
            places,
            count: 0,
            classes,
            made: Vec::new(),
            found: Found::default(),
            before: 0,
        }
    }
}

impl Masks {
    /// Forgets what stood before the first tile.
    pub(super) fn clear(&mut self) {
        self.before = 0;
    }

    /// Where the line feeds of block `index` are.
    pub(super) fn line_feeds(&self, index: usize) -> u64 {
        self.classes[Class::LineFeed as usize].0[index]
    }

    /// The places in the tile where something may begin.
    pub(super) fn places(&self) -> &[u16] {
        &self.places[..self.count]
    }

    /// Gathers the starts of numbers: those of words continue none.
    #[inline(always)]
    fn begin_numbers(&mut self, blocks: usize) {
        let (digits, letters) = (&self.classes[Class::Digit as usize], &self.classes[Class::Letter as usize]);
        let mut before = self.before;
        for block in 0..blocks {
            let word = digits.0[block] | letters.0[block];
            self.numbers[block] = self.found.others.0[block] | self.found.words.0[block] & !(word << 1 | before >> 63);
            before = word;
        }
        self.before = before;
    }

    /// Turns the masks into places, some at a time: a branch for each would often be mispredicted.
    #[inline(always)]
    fn gather_places(&mut self, blocks: usize) {
        const AT_ONCE: usize = 4;
        self.count = 0;
        for block in 0..blocks {
            let mut rest = self.needles[block] | self.numbers[block];
            let count = rest.count_ones() as usize;
            let Some(out) = self.places[self.count..].first_chunk_mut::<BLOCK>() else { return };
            for out in out.as_chunks_mut::<AT_ONCE>().0 {
                for place in out {
                    // Behind the last one stands what the next block overwrites.
                    *place = (block * BLOCK) as u16 + rest.trailing_zeros() as u16;
                    rest &= rest.wrapping_sub(1);
                }
                if rest == 0 {
                    break;
                }
            }
            self.count += count;
        }
    }
}

/// An implementation of the kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[doc(hidden)]
#[non_exhaustive]
pub enum Kernel {
    /// AVX-512 with VBMI: 64 bytes at a time, tables of 128 entries.
    Avx512,
    /// 32 bytes at a time, tables of two times 16 entries.
    Avx2,
    /// 16 bytes at a time, tables of two times 16 entries.
    Neon,
    /// Plain code over the tables of 128 entries.
    #[default]
    Scalar,
    /// Plain code over the tables of two times 16 entries: the twin of AVX2 and NEON, for tests.
    ScalarNibbles,
}

impl Kernel {
    const ALL: [Kernel; 5] = [Kernel::Avx512, Kernel::Avx2, Kernel::Neon, Kernel::Scalar, Kernel::ScalarNibbles];

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
            Kernel::Scalar | Kernel::ScalarNibbles => true,
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

    /// Which form of the tables it uses.
    pub(super) fn lookup(self) -> Lookup {
        match self {
            Kernel::Avx512 | Kernel::Scalar => Lookup::Exact,
            Kernel::Avx2 | Kernel::Neon | Kernel::ScalarNibbles => Lookup::Nibbles,
        }
    }

    /// Looks at the tile that `input` begins with, `blocks` long, and at one block behind it. A kernel that this
    /// machine lacks is replaced by plain code.
    ///
    /// # Panics
    /// When `input` is shorter than `blocks` blocks and [`BEHIND`] bytes, or `blocks` is more than a tile has.
    pub(super) fn tile(self, tables: &Tables, sieve: &Sieve, input: &[u8], blocks: usize, masks: &mut Masks) {
        assert!(blocks <= TILE_BLOCKS && input.len() >= blocks * BLOCK + BEHIND);
        masks.made.resize(sieve.len(), Row::default());
        match self {
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 if avx512::is_available() => avx512::tile(tables, sieve, input, blocks, masks),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 if avx2::is_available() => avx2::tile(tables, sieve, input, blocks, masks),
            #[cfg(target_arch = "aarch64")]
            Kernel::Neon if neon::is_available() => neon::tile(tables, sieve, input, blocks, masks),
            _ => match self.lookup() {
                Lookup::Exact => tile::<scalar::Exact>(tables, sieve, input, blocks, masks),
                Lookup::Nibbles => tile::<scalar::Nibbles>(tables, sieve, input, blocks, masks),
            },
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
    /// Each byte looked up.
    fn lookup(self, table: Self::Table) -> Self;
    /// The same in a table that has nothing for bytes from 0x80 on: they give 0.
    fn lookup_ascii(self, table: Self::Table) -> Self;
    fn and(self, other: Self) -> Self;
    fn or(self, other: Self) -> Self;
    /// One bit for each byte: whether it is not 0.
    fn nonzero(self) -> u64;
    /// One bit for each byte: whether it has this bit.
    fn has<const BIT: u32>(self) -> u64;

    /// How many words it holds.
    const WORDS: usize = Self::BYTES / 8;
    /// All bits, and none.
    const ALL: Self;
    const NOTHING: Self;

    /// The words of a mask from the one at `at` on.
    fn words(row: &Row, at: usize) -> Self;
    fn write(self, row: &mut Row, at: usize);
    /// What the mask says `distance` positions further on, less than 64; `behind` are the words behind these.
    fn ahead(self, behind: Self, distance: u32) -> Self;

    /// One bit for each byte: whether it is a letter, given its classes. Two halves cannot say it, for which `[` is one
    /// too, and a number behind a letter is none: a false letter would hide one.
    fn letters(self, class: Self) -> u64;
}

/// The tables of one group, ready for a vector. Spelled out: a closure would not be compiled for the instructions of
/// the kernel around it.
#[inline(always)]
fn group<V: Vector>(octets: &[Octet; WINDOW]) -> [V::Table; WINDOW] {
    [V::table(&octets[0]), V::table(&octets[1]), V::table(&octets[2]), V::table(&octets[3])]
}

/// The buckets of one group that the window at each byte is in.
#[inline(always)]
fn buckets<V: Vector>(bytes: &[V; WINDOW], tables: &[V::Table; WINDOW]) -> V {
    let first = bytes[0].lookup(tables[0]).and(bytes[1].lookup(tables[1]));
    first.and(bytes[2].lookup(tables[2]).and(bytes[3].lookup(tables[3])))
}

/// The algorithm. Inlined into a function of each instruction set, so that it is compiled for it.
#[inline(always)]
fn tile<V: Vector>(tables: &Tables, sieve: &Sieve, input: &[u8], blocks: usize, masks: &mut Masks) {
    let groups = [group::<V>(&tables.windows[0]), group::<V>(&tables.windows[1]), group::<V>(&tables.windows[2])];
    let classes = V::table(&tables.classes);
    // The block behind the tile is looked at for its classes; its needles are the next tile's.
    for index in 0..(blocks + 1).min(TILE_BLOCKS + 1) {
        let Some(bytes) = input[index * BLOCK..].first_chunk::<REACH>() else { return };
        let (mut any, mut first, mut words) = (0, 0, [0; Class::ALL.len()]);
        let mut at = 0;
        while at < BLOCK {
            let window = [V::load(bytes, at), V::load(bytes, at + 1), V::load(bytes, at + 2), V::load(bytes, at + 3)];
            let held = [buckets(&window, &groups[0]), buckets(&window, &groups[1]), buckets(&window, &groups[2])];
            any |= held[0].or(held[1]).or(held[2]).nonzero() << at;
            first |= held[DIRECT / 8].has::<{ DIRECT as u32 % 8 }>() << at;
            let class = window[0].lookup_ascii(classes);
            words[0] |= class.has::<0>() << at;
            words[1] |= class.has::<1>() << at;
            words[Class::Letter as usize] |= window[0].letters(class) << at;
            words[3] |= class.has::<3>() << at;
            words[4] |= class.has::<4>() << at;
            words[5] |= class.has::<5>() << at;
            words[6] |= class.has::<6>() << at;
            words[7] |= class.has::<7>() << at;
            at += V::BYTES;
        }
        let mut class = 0;
        while class < words.len() {
            masks.classes[class].0[index] = words[class];
            class += 1;
        }
        masks.needles[index] = any;
        masks.direct[index] = first;
    }
    sieve.run_on::<V>(&masks.classes, &mut masks.made, blocks, &mut masks.found);
    masks.begin_numbers(blocks);
    masks.gather_places(blocks);
}

#[cfg(test)]
mod tests;
