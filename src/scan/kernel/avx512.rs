//! AVX-512 with VBMI: 64 bytes at a time, each looked up by one instruction.

use std::arch::x86_64::*;

use super::{BLOCK, Masks, Octet, REACH, Sieve, Tables, Vector, code};

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

/// Each byte looked up by its low seven bits.
///
/// # Safety
/// The machine must have the features of [`tile`].
#[inline(always)]
unsafe fn of_low_bits(bytes: __m512i, entries: &[u8; 128]) -> __m512i {
    let (low, high) = entries.split_at(64);
    // SAFETY: each half is 64 bytes long, and the load needs no alignment; the caller sees to the features.
    unsafe { _mm512_permutex2var_epi8(_mm512_loadu_si512(low.as_ptr().cast()), bytes, _mm512_loadu_si512(high.as_ptr().cast())) }
}

impl Vector for Bytes {
    const BYTES: usize = 64;
    type Table = __m512i;

    #[inline(always)]
    fn table(octet: &Octet) -> Self::Table {
        // SAFETY: the array is 64 bytes long, and the load needs no alignment; the features are those of `tile`.
        unsafe { _mm512_loadu_si512(octet.as_ptr().cast()) }
    }

    #[inline(always)]
    fn load(bytes: &[u8; REACH], at: usize) -> Self {
        let bytes = &bytes[at..at + 64];
        // SAFETY: the slice is 64 bytes long, and the load needs no alignment; the features are those of `tile`.
        Bytes(unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) })
    }

    #[inline(always)]
    fn codes(bytes: &[u8; BLOCK], out: &mut [u8; BLOCK]) {
        const ENTRIES: [u8; 128] = {
            let mut entries = [0; 128];
            let mut byte = 0;
            while byte < 128 {
                entries[byte] = code(byte as u8);
                byte += 1;
            }
            entries
        };
        // SAFETY: both arrays are 64 bytes long, and neither load nor store needs alignment; the features are those of
        // `tile`.
        unsafe {
            let codes = of_low_bits(_mm512_loadu_si512(bytes.as_ptr().cast()), &ENTRIES);
            _mm512_storeu_si512(out.as_mut_ptr().cast(), codes);
        }
    }

    #[inline(always)]
    fn lookup(self, table: Self::Table) -> Self {
        // SAFETY: the features are those of `tile`.
        Bytes(unsafe { _mm512_permutexvar_epi8(self.0, table) })
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

    #[inline(always)]
    fn is(self, byte: u8) -> u64 {
        // SAFETY: the features are those of `tile`.
        unsafe { _mm512_cmpeq_epi8_mask(self.0, _mm512_set1_epi8(byte.cast_signed())) }
    }

    #[inline(always)]
    fn is_from(self, first: u8, count: u8, folded: u8) -> u64 {
        // SAFETY: the features are those of `tile`. Less the first, all others are `count` or more.
        unsafe {
            let folded = _mm512_or_si512(self.0, _mm512_set1_epi8(folded.cast_signed()));
            let moved = _mm512_sub_epi8(folded, _mm512_set1_epi8(first.cast_signed()));
            _mm512_cmplt_epu8_mask(moved, _mm512_set1_epi8(count.cast_signed()))
        }
    }

    /// Each byte of a vector takes the bits that stand ahead of its place, which are looked up as bytes are.
    #[inline(always)]
    fn fits(sieve: &Sieve, digits: u64, next: u64) -> (u64, u64) {
        /// For each place the first of the bits ahead that are looked up, counted from the middle of the block in its
        /// second half: an instruction takes them from one word.
        const fn places(ahead: u8) -> [u8; 64] {
            let mut places = [0; 64];
            let mut at = 0;
            while at < 64 {
                places[at] = at as u8 % 32 + ahead;
                at += 1;
            }
            places
        }
        const NEAR: [u8; 64] = places(1);
        const FAR: [u8; 64] = places(8);
        // SAFETY: both arrays are 64 bytes long, and the loads need no alignment; the features are those of `tile`.
        let forms = unsafe {
            let middle = (digits >> 32 | next << 32).cast_signed();
            let words = _mm512_mask_set1_epi64(_mm512_set1_epi64(digits.cast_signed()), 0xf0, middle);
            let near = _mm512_multishift_epi64_epi8(_mm512_loadu_si512(NEAR.as_ptr().cast()), words);
            let far = _mm512_multishift_epi64_epi8(_mm512_loadu_si512(FAR.as_ptr().cast()), words);
            let [first, second] = &sieve.tables;
            _mm512_and_si512(of_low_bits(near, first), of_low_bits(far, second))
        };
        // SAFETY: the features are those of `tile`.
        unsafe {
            let digit_led = _mm512_set1_epi8(sieve.digit_led.cast_signed());
            (_mm512_test_epi8_mask(forms, digit_led), _mm512_test_epi8_mask(forms, _mm512_set1_epi8(!sieve.digit_led.cast_signed())))
        }
    }

    /// All at once: the numbers of the places, of which those of the bits are moved together.
    #[inline(always)]
    fn places(mask: u64, first: u16, out: &mut [u16; BLOCK]) {
        const NUMBERS: [u8; 64] = {
            let mut numbers = [0; 64];
            let mut at = 0;
            while at < 64 {
                numbers[at] = at as u8;
                at += 1;
            }
            numbers
        };
        let (low, high) = out.split_at_mut(32);
        // SAFETY: the array is 64 bytes long, each half of the places too, and neither loads nor stores need alignment;
        // the features are those of `tile`.
        unsafe {
            let places = _mm512_maskz_compress_epi8(mask, _mm512_loadu_si512(NUMBERS.as_ptr().cast()));
            let first = _mm512_set1_epi16(first.cast_signed());
            let wide = _mm512_add_epi16(_mm512_cvtepu8_epi16(_mm512_castsi512_si256(places)), first);
            _mm512_storeu_si512(low.as_mut_ptr().cast(), wide);
            if mask.count_ones() > 32 {
                let wide = _mm512_add_epi16(_mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64::<1>(places)), first);
                _mm512_storeu_si512(high.as_mut_ptr().cast(), wide);
            }
        }
    }
}
