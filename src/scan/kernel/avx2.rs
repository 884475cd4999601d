//! AVX2: 32 bytes at a time, each looked up by its two halves.

use std::arch::x86_64::*;

use super::{Lookup, Masks, Octet, REACH, Sieve, Tables, Vector};

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
    const LOOKUP: Lookup = Lookup::Nibbles;
    /// By the low half, by the high half; the 16 entries twice, for the two lanes.
    type Table = [__m256i; 2];

    #[inline(always)]
    fn table(octet: &Octet) -> Self::Table {
        [octet.low, octet.high].map(|entries| {
            // SAFETY: the array is 16 bytes long, and the load needs no alignment; the features are those of `tile`.
            unsafe { _mm256_broadcastsi128_si256(_mm_loadu_si128(entries.as_ptr().cast())) }
        })
    }

    #[inline(always)]
    fn load(bytes: &[u8; REACH], at: usize) -> Self {
        let bytes = &bytes[at..at + 32];
        // SAFETY: the slice is 32 bytes long, and the load needs no alignment; the features are those of `tile`.
        Bytes(unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) })
    }

    #[inline(always)]
    fn lookup(self, [low, high]: Self::Table) -> Self {
        // SAFETY: the features are those of `tile`. Masked with 15 no index has its top bit set, which would give 0.
        Bytes(unsafe {
            let half = _mm256_set1_epi8(0xf);
            let of_low = _mm256_shuffle_epi8(low, _mm256_and_si256(self.0, half));
            let of_high = _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16::<4>(self.0), half));
            _mm256_and_si256(of_low, of_high)
        })
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

impl Bytes {
    /// The top bit of each byte.
    #[inline(always)]
    fn top_bits(self) -> u64 {
        // SAFETY: the features are those of `tile`.
        let bits = unsafe { _mm256_movemask_epi8(self.0) };
        // Where the compiler sees that two of these become one word it takes the bytes apart one by one, which is slow.
        u64::from(std::hint::black_box(bits).cast_unsigned())
    }
}
