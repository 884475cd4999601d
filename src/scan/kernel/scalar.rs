//! Plain code: what the other kernels must equal, and what runs where there is no other.

use super::{CODES, Lookup, Octet, REACH, Vector};

/// Eight bytes, looked up by their codes.
#[derive(Clone, Copy)]
pub(super) struct Codes([u8; 8]);

/// Eight bytes, looked up in two tables of 16 entries.
#[derive(Clone, Copy)]
pub(super) struct Nibbles([u8; 8]);

macro_rules! plain {
    ($vector:ident, $table:ty, $prepare:expr, $lookup:expr) => {
        impl Vector for $vector {
            const BYTES: usize = 8;
            const LOOKUP: Lookup = Lookup::$vector;
            type Table = $table;

            fn table(octet: &Octet) -> $table {
                $prepare(octet)
            }

            fn load(bytes: &[u8; REACH], at: usize) -> Self {
                $vector(std::array::from_fn(|index| bytes[at + index]))
            }

            fn lookup(self, table: $table) -> Self {
                $vector(self.0.map(|byte| $lookup(&table, byte)))
            }

            fn and(self, other: Self) -> Self {
                $vector((u64::from_ne_bytes(self.0) & u64::from_ne_bytes(other.0)).to_ne_bytes())
            }

            fn or(self, other: Self) -> Self {
                $vector((u64::from_ne_bytes(self.0) | u64::from_ne_bytes(other.0)).to_ne_bytes())
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
    };
}

plain!(Codes, [u8; CODES], |octet: &Octet| octet.codes, |table: &[u8; CODES], code: u8| table[usize::from(code) % CODES]);
plain!(Nibbles, ([u8; 16], [u8; 16]), |octet: &Octet| (octet.low, octet.high), |(low, high): &([u8; 16], [u8; 16]), byte: u8| low
    [usize::from(byte & 0xf)]
    & high[usize::from(byte >> 4)]);
