//! Plain code: what the other kernels must equal, and what runs where there is no other.

use super::{CODES, Octet, REACH, Vector};

/// Eight bytes.
#[derive(Clone, Copy)]
pub(super) struct Bytes([u8; 8]);

impl Vector for Bytes {
    const BYTES: usize = 8;
    type Table = Octet;

    fn table(octet: &Octet) -> Octet {
        *octet
    }

    fn load(bytes: &[u8; REACH], at: usize) -> Self {
        Bytes(std::array::from_fn(|index| bytes[at + index]))
    }

    fn lookup(self, table: Octet) -> Self {
        Bytes(self.0.map(|code| table[usize::from(code) % CODES]))
    }

    fn and(self, other: Self) -> Self {
        Bytes((u64::from_ne_bytes(self.0) & u64::from_ne_bytes(other.0)).to_ne_bytes())
    }

    fn or(self, other: Self) -> Self {
        Bytes((u64::from_ne_bytes(self.0) | u64::from_ne_bytes(other.0)).to_ne_bytes())
    }

    fn nonzero(self) -> u64 {
        (0..).zip(self.0).map(|(index, byte)| u64::from(byte != 0) << index).sum()
    }

    fn has<const BIT: u32>(self) -> u64 {
        (0..).zip(self.0).map(|(index, byte)| u64::from(byte >> BIT & 1) << index).sum()
    }

    fn is(self, byte: u8) -> u64 {
        (0..).zip(self.0).map(|(index, other)| u64::from(other == byte) << index).sum()
    }

    fn is_from(self, first: u8, count: u8, folded: u8) -> u64 {
        (0..).zip(self.0).map(|(index, byte)| u64::from((byte | folded).wrapping_sub(first) < count) << index).sum()
    }
}
