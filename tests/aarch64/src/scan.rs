//! The parts of the scanner that are compared, where they expect to stand, and the comparison.

#[path = "../../../src/scan/byte_set.rs"]
pub(crate) mod byte_set;
#[path = "../../../src/scan/kernel/mod.rs"]
mod kernel;
#[allow(dead_code)]
#[path = "../../../src/scan/window.rs"]
mod window;

use byte_set::ByteSet;
use kernel::{BEHIND, BLOCK, Kernel, Masks, Sieve, TILE, TILE_BLOCKS, Tables, WINDOW};

/// Buckets that every kernel has.
const BUCKETS: usize = 48;

/// Numbers at random (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % end
    }

    fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// A set as windows have them: few bytes, a range, all but some, all.
    fn set(&mut self) -> ByteSet {
        match self.below(8) {
            0 => ByteSet::ALL,
            1 => (self.byte()..=self.byte()).collect(),
            2 => {
                let out = [self.byte(), self.byte(), self.byte()];
                (0..=u8::MAX).filter(|byte| !out.contains(byte)).collect()
            }
            3 => [self.byte(), self.byte()].into_iter().collect(),
            _ => (0..1 + self.below(5)).map(|_| self.of(b"abeinorstuvxyzABEINORSTXYZ0189_-./:@\\% \"=[")).collect(),
        }
    }

    fn window(&mut self) -> [ByteSet; WINDOW] {
        std::array::from_fn(|_| self.set())
    }

    /// Sets of bytes place by place: a digit or letter, and runs behind it.
    fn number(&mut self) -> Vec<ByteSet> {
        let digits: ByteSet = (b'0'..=b'9').collect();
        let letters: ByteSet = (b'A'..=b'Z').chain(b'a'..=b'z').collect();
        let joints: ByteSet = b"- ./".iter().copied().collect();
        let mut places = vec![self.of(&[digits, letters])];
        for _ in 0..1 + self.below(5) {
            let set = self.of(&[digits, digits, digits, letters, joints, digits.union(letters), ByteSet::ALL]);
            places.extend(std::iter::repeat_n(set, 1 + self.below(5)));
        }
        places
    }

    /// Words, numbers and any bytes.
    fn text(&mut self, length: usize) -> Vec<u8> {
        let mut text = Vec::new();
        while text.len() < length {
            let kind = self.below(5);
            for _ in 0..1 + self.below(12) {
                text.push(match kind {
                    0 => self.of(b"0123456789"),
                    1 => self.of(b" -./:,()+%_\n\r\0aZ{\x80\xb5\xff"),
                    2 => b'a' + self.below(26) as u8,
                    3 => b'A' + self.below(26) as u8,
                    _ => self.byte(),
                });
            }
        }
        text.truncate(length);
        text
    }

    /// Short, or such that it ends around the edge of a tile.
    fn length(&mut self) -> usize {
        match self.below(8) {
            0 => TILE - 70 + self.below(270),
            1 => 2 * TILE - 70 + self.below(270),
            _ => 1 + self.below(4 * BLOCK),
        }
    }
}

/// All that a kernel says of a tile.
#[derive(PartialEq)]
struct Said {
    needles: Vec<u16>,
    direct: Vec<u64>,
    numbers: Vec<u16>,
    line_feeds: Vec<u64>,
    line_feed_count: u32,
    word_starts: Vec<u64>,
}

fn said(kernel: Kernel, tables: &Tables, sieve: &Sieve, text: &[u8], masks: &mut Masks) -> Vec<Said> {
    masks.clear();
    let tile = |start: usize| {
        let rest = &text[start..];
        let blocks = rest.len().div_ceil(BLOCK).min(TILE_BLOCKS);
        let mut bytes = rest[..rest.len().min(TILE + BEHIND)].to_vec();
        bytes.resize(bytes.len().max(blocks * BLOCK + BEHIND), 0);
        kernel.tile(tables, sieve, &bytes, blocks, masks);
        Said {
            needles: masks.needle_places().to_vec(),
            direct: masks.direct[..blocks].to_vec(),
            numbers: masks.number_places().to_vec(),
            line_feeds: (0..blocks).map(|block| masks.line_feeds(block)).collect(),
            line_feed_count: masks.line_feed_count(),
            word_starts: masks.word_starts(blocks).to_vec(),
        }
    };
    (0..text.len()).step_by(TILE).map(tile).collect()
}

pub fn compare(rounds: usize) {
    let kernel = Kernel::best();
    assert!(kernel != Kernel::Scalar, "this processor has no kernel of its own");
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut masks = [Masks::default(), Masks::default()];
    let (mut bytes, mut places) = (0, 0);
    let mut agree = |tables: &Tables, sieve: &Sieve, text: &[u8], what: &str| {
        let [one, other] = &mut masks;
        let answer = said(kernel, tables, sieve, text, one);
        assert!(answer == said(Kernel::Scalar, tables, sieve, text, other), "{what}: the answers differ");
        bytes += text.len();
        places += answer.iter().map(|said| said.needles.len() + said.numbers.len()).sum::<usize>();
    };
    for round in 0..rounds {
        let mut tables = Tables::default();
        for _ in 0..random.below(60) {
            tables.add(random.below(BUCKETS), &random.window());
        }
        let numbers: Vec<_> = (0..1 + random.below(23)).map(|_| random.number()).collect();
        let known = |number: &&[ByteSet]| Sieve::new(std::iter::once(*number)).is_some();
        let sieve = Sieve::new(numbers.iter().map(Vec::as_slice).filter(known)).unwrap_or_default();
        let length = random.length();
        agree(&tables, &sieve, &random.text(length), &format!("round {round}"));
    }
    for shift in 0..=u8::MAX {
        let mut tables = Tables::default();
        (1..BUCKETS).for_each(|bucket| tables.add(bucket, &random.window()));
        let byte = |at: usize| ((at / BLOCK) as u8).wrapping_add(shift).wrapping_add((at as u8).wrapping_mul(97));
        let text: Vec<u8> = (0..4 * BLOCK).map(byte).collect();
        agree(&tables, &Sieve::default(), &text, &format!("shift {shift}"));
    }
    assert!(places > bytes / 20, "too little was found to tell anything");
    println!("{kernel:?} equals plain code in {rounds} rounds and at every place: {bytes} bytes, {places} places");
}
