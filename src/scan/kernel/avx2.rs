//! AVX2: 32 bytes at a time, each looked up by its two halves.

use std::arch::x86_64::*;

use super::{Masks, Octet, REACH, Row, Sieve, Tables, Vector};

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
    fn lookup_ascii(self, table: Self::Table) -> Self {
        // The high halves from 8 on have no entry.
        self.lookup(table)
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
        // SAFETY: the features are those of `tile`. The sum, which stays at the most there is, has the top bit from 1 on.
        let bits = unsafe { _mm256_movemask_epi8(_mm256_adds_epu8(self.0, _mm256_set1_epi8(0x7f))) };
        u64::from(bits.cast_unsigned())
    }

    #[inline(always)]
    fn has<const BIT: u32>(self) -> u64 {
        // SAFETY: the features are those of `tile`. The shift moves the bit to the top of each byte, where it is read.
        let bits = unsafe {
            let up = _mm_cvtsi32_si128(7 - BIT.cast_signed());
            _mm256_movemask_epi8(_mm256_sll_epi16(self.0, up))
        };
        u64::from(bits.cast_unsigned())
    }

    // SAFETY: any bits are a vector.
    const ALL: Self = Bytes(unsafe { std::mem::transmute::<[u64; 4], __m256i>([u64::MAX; 4]) });
    // SAFETY: the same.
    const NOTHING: Self = Bytes(unsafe { std::mem::transmute::<[u64; 4], __m256i>([0; 4]) });

    #[inline(always)]
    fn words(row: &Row, at: usize) -> Self {
        let words = &row.0[at..at + 4];
        // SAFETY: the slice is 4 words long, and the load needs no alignment; the features are those of `tile`.
        Bytes(unsafe { _mm256_loadu_si256(words.as_ptr().cast()) })
    }

    #[inline(always)]
    fn write(self, row: &mut Row, at: usize) {
        let words = &mut row.0[at..at + 4];
        // SAFETY: the slice is 4 words long, and the store needs no alignment; the features are those of `tile`.
        unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), self.0) }
    }

    #[inline(always)]
    fn ahead(self, behind: Self, distance: u32) -> Self {
        // SAFETY: the features are those of `tile`. A shift by all 64 bits gives 0.
        Bytes(unsafe {
            let next = _mm256_permute4x64_epi64::<0b00_11_10_01>(_mm256_blend_epi32::<0b11>(self.0, behind.0));
            let (down, up) = (_mm_cvtsi32_si128(distance.cast_signed()), _mm_cvtsi32_si128(64 - distance.cast_signed()));
            _mm256_or_si256(_mm256_srl_epi64(self.0, down), _mm256_sll_epi64(next, up))
        })
    }

    #[inline(always)]
    fn letters(self, _class: Self) -> u64 {
        // SAFETY: the features are those of `tile`. Moved so that `z` is the greatest signed byte, all but letters are less than `a`.
        let letters = unsafe {
            let lower = _mm256_or_si256(self.0, _mm256_set1_epi8(0x20));
            let moved = _mm256_add_epi8(lower, _mm256_set1_epi8(0x7f - b'z'.cast_signed()));
            _mm256_movemask_epi8(_mm256_cmpgt_epi8(moved, _mm256_set1_epi8(0x7f - 26)))
        };
        u64::from(letters.cast_unsigned())
    }
}
