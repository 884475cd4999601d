//! AVX2: 32 bytes at a time, each looked up in the four quarters of a table.

use std::arch::x86_64::*;

use super::{BLOCK, CODE, GROUPS, Masks, OTHERS, Octet, REACH, Sieve, Tables, Vector, WINDOW};

pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
}

pub(super) fn tile(tables: &Tables, sieve: &Sieve, input: &[u8], blocks: usize, masks: &mut Masks) {
    #[target_feature(enable = "avx2,popcnt,bmi1,bmi2")]
    fn tile(tables: &Tables, sieve: &Sieve, input: &[u8], blocks: usize, masks: &mut Masks) {
        super::tile::<Bytes>(tables, sieve, input, blocks, masks);
    }
    assert!(is_available());
    // SAFETY: the line above has found the features that the function is compiled for.
    unsafe { tile(tables, sieve, input, blocks, masks) }
}

#[derive(Clone, Copy)]
struct Bytes(__m256i);

impl Vector for Bytes {
    const BYTES: usize = 32;
    /// Its quarters, each twice, for the two lanes.
    type Table = [__m256i; 4];

    #[inline(always)]
    fn table(octet: &Octet) -> Self::Table {
        let (quarters, _) = octet.as_chunks::<16>();
        [twice(&quarters[0]), twice(&quarters[1]), twice(&quarters[2]), twice(&quarters[3])]
    }

    #[inline(always)]
    fn load(bytes: &[u8; REACH], at: usize) -> Self {
        let bytes = &bytes[at..at + 32];
        // SAFETY: the slice is 32 bytes long, and the load needs no alignment; the features are those of `tile`.
        Bytes(unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) })
    }

    #[inline(always)]
    fn codes(bytes: &[u8; BLOCK], out: &mut [u8; BLOCK]) {
        let (halves, _) = OTHERS.as_chunks::<16>();
        let (low, high) = (twice(&halves[0]), twice(&halves[1]));
        let (from, to) = (bytes.as_chunks::<32>().0, out.as_chunks_mut::<32>().0);
        let mut index = 0;
        while index < 2 {
            // SAFETY: both arrays are 32 bytes long, and neither load nor store needs alignment; the features are those of `tile`.
            unsafe {
                let bytes = _mm256_loadu_si256(from[index].as_ptr().cast());
                let place = _mm256_and_si256(bytes, _mm256_set1_epi8(0x0f));
                let is_high = _mm256_slli_epi16::<3>(bytes);
                let other = _mm256_blendv_epi8(_mm256_shuffle_epi8(low, place), _mm256_shuffle_epi8(high, place), is_high);
                let is_letter = _mm256_slli_epi16::<1>(bytes);
                let codes = _mm256_blendv_epi8(other, _mm256_and_si256(bytes, _mm256_set1_epi8(CODE.cast_signed())), is_letter);
                _mm256_storeu_si256(to[index].as_mut_ptr().cast(), codes);
            }
            index += 1;
        }
    }

    #[inline(always)]
    fn lookup(self, [first, second, third, fourth]: Self::Table) -> Self {
        let low = self.in_quarter(first, 0).or(self.in_quarter(second, 0x10));
        low.or(self.in_quarter(third, 0x20)).or(self.in_quarter(fourth, 0x30))
    }

    /// Place by place, since the places of a code in the quarters are then worked out once for all groups.
    #[inline(always)]
    fn held(window: &[Self; WINDOW], groups: &[[Self::Table; WINDOW]; GROUPS]) -> (Self, Self) {
        let mut held = [window[0]; GROUPS];
        let mut place = 0;
        while place < WINDOW {
            let mut group = 0;
            while group < GROUPS {
                let allowed = window[place].lookup(groups[group][place]);
                held[group] = if place == 0 { allowed } else { held[group].and(allowed) };
                group += 1;
            }
            place += 1;
        }
        let mut all = held[0];
        let mut group = 1;
        while group < GROUPS {
            all = all.or(held[group]);
            group += 1;
        }
        (held[0], all)
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        // SAFETY: the features are those of `tile`.
        Bytes(unsafe { _mm256_and_si256(self.0, other.0) })
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        // SAFETY: the features are those of `tile`.
        Bytes(unsafe { _mm256_or_si256(self.0, other.0) })
    }

    #[inline(always)]
    fn nonzero(self) -> u64 {
        // SAFETY: the features are those of `tile`.
        !Bytes(unsafe { _mm256_cmpeq_epi8(self.0, _mm256_setzero_si256()) }).top_bits() & u64::from(u32::MAX)
    }

    #[inline(always)]
    fn has<const BIT: u32>(self) -> u64 {
        // SAFETY: the features are those of `tile`. The shift moves the bit to the top of each byte.
        Bytes(unsafe { _mm256_sll_epi16(self.0, _mm_cvtsi32_si128(7 - BIT.cast_signed())) }).top_bits()
    }

    #[inline(always)]
    fn is(self, byte: u8) -> u64 {
        // SAFETY: the features are those of `tile`.
        Bytes(unsafe { _mm256_cmpeq_epi8(self.0, _mm256_set1_epi8(byte.cast_signed())) }).top_bits()
    }

    #[inline(always)]
    fn is_from(self, first: u8, count: u8, folded: u8) -> u64 {
        // SAFETY: the features are those of `tile`. Moved so that the last is the greatest signed byte, all others are less.
        Bytes(unsafe {
            let folded = _mm256_or_si256(self.0, _mm256_set1_epi8(folded.cast_signed()));
            let moved = _mm256_add_epi8(folded, _mm256_set1_epi8(0x80u8.wrapping_sub(first.wrapping_add(count)).cast_signed()));
            _mm256_cmpgt_epi8(moved, _mm256_set1_epi8(0x7f - count.cast_signed()))
        })
        .top_bits()
    }
}

/// Sixteen bytes in each lane.
#[inline(always)]
fn twice(entries: &[u8; 16]) -> __m256i {
    // SAFETY: the array is 16 bytes long, and the load needs no alignment; the features are those of `tile`.
    unsafe { _mm256_broadcastsi128_si256(_mm_loadu_si128(entries.as_ptr().cast())) }
}

impl Bytes {
    /// What codes are looked up as in the quarter of a table that begins with `first`; 0 for those of another.
    #[inline(always)]
    fn in_quarter(self, quarter: __m256i, first: i8) -> Self {
        // SAFETY: the features are those of `tile`. Only the places of this quarter keep their top bit clear: with it set a look
        // gives 0.
        Bytes(unsafe {
            let places = _mm256_xor_si256(self.0, _mm256_set1_epi8(first));
            _mm256_shuffle_epi8(quarter, _mm256_adds_epu8(places, _mm256_set1_epi8(0x70)))
        })
    }

    /// The top bit of each byte.
    #[inline(always)]
    fn top_bits(self) -> u64 {
        // SAFETY: the features are those of `tile`.
        let bits = unsafe { _mm256_movemask_epi8(self.0) };
        // Where the compiler sees that two of these become one word it takes the bytes apart one by one, which is slow.
        u64::from(std::hint::black_box(bits).cast_unsigned())
    }
}
