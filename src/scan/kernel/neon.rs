//! NEON: 16 bytes at a time, each looked up by one instruction.

use std::arch::aarch64::*;

use super::{BLOCK, CODE, LETTERS, Masks, OTHERS, Octet, REACH, Sieve, Tables, Vector};

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
    type Table = uint8x16x4_t;

    #[inline(always)]
    fn table(octet: &Octet) -> Self::Table {
        // SAFETY: the array is 64 bytes long, and the load needs no alignment; the feature is that of `tile`.
        unsafe { vld1q_u8_x4(octet.as_ptr()) }
    }

    #[inline(always)]
    fn load(bytes: &[u8; REACH], at: usize) -> Self {
        let bytes = &bytes[at..at + 16];
        // SAFETY: the slice is 16 bytes long, and the load needs no alignment; the feature is that of `tile`.
        Bytes(unsafe { vld1q_u8(bytes.as_ptr()) })
    }

    #[inline(always)]
    fn codes(bytes: &[u8; BLOCK], out: &mut [u8; BLOCK]) {
        // SAFETY: the array is 32 bytes long, and the load needs no alignment; the feature is that of `tile`.
        let others = unsafe { vld1q_u8_x2(OTHERS.as_ptr()) };
        for (bytes, out) in bytes.as_chunks::<16>().0.iter().zip(out.as_chunks_mut::<16>().0) {
            // SAFETY: both arrays are 16 bytes long, and neither load nor store needs alignment; the feature is that of
            // `tile`.
            unsafe {
                let bytes = vld1q_u8(bytes.as_ptr());
                let is_letter = vtstq_u8(bytes, vdupq_n_u8(LETTERS));
                let other = vqtbl2q_u8(others, vandq_u8(bytes, vdupq_n_u8(0x1f)));
                vst1q_u8(out.as_mut_ptr(), vbslq_u8(is_letter, vandq_u8(bytes, vdupq_n_u8(CODE)), other));
            }
        }
    }

    #[inline(always)]
    fn lookup(self, table: Self::Table) -> Self {
        // SAFETY: the feature is that of `tile`.
        Bytes(unsafe { vqtbl4q_u8(table, self.0) })
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

    #[inline(always)]
    fn is(self, byte: u8) -> u64 {
        // SAFETY: the feature is that of `tile`.
        Bytes(unsafe { vceqq_u8(self.0, vdupq_n_u8(byte)) }).top_bits()
    }

    #[inline(always)]
    fn is_from(self, first: u8, count: u8, folded: u8) -> u64 {
        // SAFETY: the feature is that of `tile`. Less the first, all others are `count` or more.
        Bytes(unsafe { vcltq_u8(vsubq_u8(vorrq_u8(self.0, vdupq_n_u8(folded)), vdupq_n_u8(first)), vdupq_n_u8(count)) }).top_bits()
    }
}
