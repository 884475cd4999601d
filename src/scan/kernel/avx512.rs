//! AVX-512 with VBMI: 64 bytes at a time, each looked up in 128 entries by one instruction.

use std::arch::x86_64::*;

use super::{Class, Masks, Octet, REACH, Row, Sieve, Tables, Vector};

pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vbmi")
        && is_x86_feature_detected!("avx512vbmi2")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
}

pub(super) fn tile(tables: &Tables, sieve: &Sieve, input: &[u8], blocks: usize, masks: &mut Masks) {
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,popcnt,bmi1,bmi2")]
    fn tile(tables: &Tables, sieve: &Sieve, input: &[u8], blocks: usize, masks: &mut Masks) {
        super::tile::<Bytes>(tables, sieve, input, blocks, masks);
    }
    assert!(is_available());
    // SAFETY: the line above has found the features that the function is compiled for.
    unsafe { tile(tables, sieve, input, blocks, masks) }
}

#[derive(Clone, Copy)]
struct Bytes(__m512i);

impl Vector for Bytes {
    const BYTES: usize = 64;
    type Table = [__m512i; 2];

    #[inline(always)]
    fn table(octet: &Octet) -> Self::Table {
        let (low, high) = octet.exact.split_at(64);
        // SAFETY: each half is 64 bytes long, and the load needs no alignment; the features are those of `tile`.
        unsafe { [_mm512_loadu_si512(low.as_ptr().cast()), _mm512_loadu_si512(high.as_ptr().cast())] }
    }

    #[inline(always)]
    fn load(bytes: &[u8; REACH], at: usize) -> Self {
        let bytes = &bytes[at..at + 64];
        // SAFETY: the slice is 64 bytes long, and the load needs no alignment; the features are those of `tile`.
        Bytes(unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) })
    }

    #[inline(always)]
    fn lookup(self, [low, high]: Self::Table) -> Self {
        // SAFETY: the features are those of `tile`. The instruction takes the low seven bits of each byte.
        Bytes(unsafe { _mm512_permutex2var_epi8(low, self.0, high) })
    }

    #[inline(always)]
    fn lookup_ascii(self, [low, high]: Self::Table) -> Self {
        // SAFETY: the features are those of `tile`.
        Bytes(unsafe { _mm512_maskz_permutex2var_epi8(!_mm512_movepi8_mask(self.0), low, self.0, high) })
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        // SAFETY: the features are those of `tile`.
        Bytes(unsafe { _mm512_and_si512(self.0, other.0) })
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        // SAFETY: the features are those of `tile`.
        Bytes(unsafe { _mm512_or_si512(self.0, other.0) })
    }

    #[inline(always)]
    fn nonzero(self) -> u64 {
        // SAFETY: the features are those of `tile`.
        unsafe { _mm512_test_epi8_mask(self.0, self.0) }
    }

    #[inline(always)]
    fn has<const BIT: u32>(self) -> u64 {
        // SAFETY: the features are those of `tile`.
        unsafe { _mm512_test_epi8_mask(self.0, _mm512_set1_epi8(1 << BIT)) }
    }

    // SAFETY: any bits are a vector.
    const ALL: Self = Bytes(unsafe { std::mem::transmute::<[u64; 8], __m512i>([u64::MAX; 8]) });
    // SAFETY: the same.
    const NOTHING: Self = Bytes(unsafe { std::mem::transmute::<[u64; 8], __m512i>([0; 8]) });

    #[inline(always)]
    fn words(row: &Row, at: usize) -> Self {
        let words = &row.0[at..at + 8];
        // SAFETY: the slice is 8 words long, and the load needs no alignment; the features are those of `tile`.
        Bytes(unsafe { _mm512_loadu_si512(words.as_ptr().cast()) })
    }

    #[inline(always)]
    fn write(self, row: &mut Row, at: usize) {
        let words = &mut row.0[at..at + 8];
        // SAFETY: the slice is 8 words long, and the store needs no alignment; the features are those of `tile`.
        unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), self.0) }
    }

    #[inline(always)]
    fn ahead(self, behind: Self, distance: u32) -> Self {
        // SAFETY: the features are those of `tile`.
        Bytes(unsafe {
            let next = _mm512_alignr_epi64::<1>(behind.0, self.0);
            _mm512_shrdv_epi64(self.0, next, _mm512_set1_epi64(distance.into()))
        })
    }

    #[inline(always)]
    fn letters(self, class: Self) -> u64 {
        class.has::<{ Class::Letter as u32 }>()
    }
}
