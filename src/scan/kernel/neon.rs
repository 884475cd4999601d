//! NEON: 16 bytes at a time, each looked up by its two halves.

use std::arch::aarch64::*;

use super::{Masks, Octet, REACH, Row, Sieve, Tables, Vector};

pub(super) fn is_available() -> bool {
    std::arch::is_aarch64_feature_detected!("neon")
}

pub(super) fn tile(tables: &Tables, sieve: &Sieve, input: &[u8], blocks: usize, masks: &mut Masks) {
    #[target_feature(enable = "neon")]
    fn tile(tables: &Tables, sieve: &Sieve, input: &[u8], blocks: usize, masks: &mut Masks) {
        super::tile::<Bytes>(tables, sieve, input, blocks, masks);
    }
    assert!(is_available());
    // SAFETY: the line above has found the feature that the function is compiled for.
    unsafe { tile(tables, sieve, input, blocks, masks) }
}

#[derive(Clone, Copy)]
struct Bytes(uint8x16_t);

impl Bytes {
    /// The top bit of each byte, gathered.
    #[inline(always)]
    fn top_bits(self) -> u64 {
        const PLACES: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
        // SAFETY: the array is 16 bytes long, and the load needs no alignment; the feature is that of `tile`.
        unsafe {
            let set = vcltzq_s8(vreinterpretq_s8_u8(self.0));
            let bits = vandq_u8(set, vld1q_u8(PLACES.as_ptr()));
            u64::from(vaddv_u8(vget_low_u8(bits))) | u64::from(vaddv_u8(vget_high_u8(bits))) << 8
        }
    }
}

impl Vector for Bytes {
    const BYTES: usize = 16;
    /// By the low half, by the high half.
    type Table = [uint8x16_t; 2];

    #[inline(always)]
    fn table(octet: &Octet) -> Self::Table {
        // SAFETY: the arrays are 16 bytes long, and the load needs no alignment; the feature is that of `tile`.
        [octet.low, octet.high].map(|entries| unsafe { vld1q_u8(entries.as_ptr()) })
    }

    #[inline(always)]
    fn load(bytes: &[u8; REACH], at: usize) -> Self {
        let bytes = &bytes[at..at + 16];
        // SAFETY: the slice is 16 bytes long, and the load needs no alignment; the feature is that of `tile`.
        Bytes(unsafe { vld1q_u8(bytes.as_ptr()) })
    }

    #[inline(always)]
    fn lookup(self, [low, high]: Self::Table) -> Self {
        // SAFETY: the feature is that of `tile`.
        Bytes(unsafe { vandq_u8(vqtbl1q_u8(low, vandq_u8(self.0, vdupq_n_u8(0xf))), vqtbl1q_u8(high, vshrq_n_u8::<4>(self.0))) })
    }

    #[inline(always)]
    fn lookup_ascii(self, table: Self::Table) -> Self {
        // The high halves from 8 on have no entry.
        self.lookup(table)
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        // SAFETY: the feature is that of `tile`.
        Bytes(unsafe { vandq_u8(self.0, other.0) })
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        // SAFETY: the feature is that of `tile`.
        Bytes(unsafe { vorrq_u8(self.0, other.0) })
    }

    #[inline(always)]
    fn nonzero(self) -> u64 {
        // SAFETY: the feature is that of `tile`.
        Bytes(unsafe { vtstq_u8(self.0, self.0) }).top_bits()
    }

    #[inline(always)]
    fn has<const BIT: u32>(self) -> u64 {
        // SAFETY: the feature is that of `tile`.
        Bytes(unsafe { vtstq_u8(self.0, vdupq_n_u8(1 << BIT)) }).top_bits()
    }

    // SAFETY: any bits are a vector.
    const ALL: Self = Bytes(unsafe { std::mem::transmute::<[u64; 2], uint8x16_t>([u64::MAX; 2]) });
    // SAFETY: the same.
    const NOTHING: Self = Bytes(unsafe { std::mem::transmute::<[u64; 2], uint8x16_t>([0; 2]) });

    #[inline(always)]
    fn words(row: &Row, at: usize) -> Self {
        let words = &row.0[at..at + 2];
        // SAFETY: the slice is 2 words long, and the load needs no alignment; the feature is that of `tile`.
        Bytes(unsafe { vreinterpretq_u8_u64(vld1q_u64(words.as_ptr())) })
    }

    #[inline(always)]
    fn write(self, row: &mut Row, at: usize) {
        let words = &mut row.0[at..at + 2];
        // SAFETY: the slice is 2 words long, and the store needs no alignment; the feature is that of `tile`.
        unsafe { vst1q_u64(words.as_mut_ptr(), vreinterpretq_u64_u8(self.0)) }
    }

    #[inline(always)]
    fn ahead(self, behind: Self, distance: u32) -> Self {
        // SAFETY: the feature is that of `tile`. A shift by all 64 bits gives 0.
        Bytes(unsafe {
            let (here, behind) = (vreinterpretq_u64_u8(self.0), vreinterpretq_u64_u8(behind.0));
            let (down, up) = (vdupq_n_s64(-i64::from(distance)), vdupq_n_s64(64 - i64::from(distance)));
            vreinterpretq_u8_u64(vorrq_u64(vshlq_u64(here, down), vshlq_u64(vextq_u64::<1>(here, behind), up)))
        })
    }

    #[inline(always)]
    fn letters(self, _class: Self) -> u64 {
        // SAFETY: the feature is that of `tile`. Less `a`, all but letters are 26 or more.
        Bytes(unsafe { vcltq_u8(vsubq_u8(vorrq_u8(self.0, vdupq_n_u8(0x20)), vdupq_n_u8(b'a')), vdupq_n_u8(26)) }).top_bits()
    }
}
