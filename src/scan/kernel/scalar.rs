//! Plain code: what the other kernels must equal, and what runs where there is no other.

use super::{Octet, REACH, Row, Vector};

/// Eight bytes, looked up in tables of 128 entries.
#[derive(Clone, Copy)]
pub(super) struct Exact([u8; 8]);

/// Eight bytes, looked up in two tables of 16 entries.
#[derive(Clone, Copy)]
pub(super) struct Nibbles([u8; 8]);

macro_rules! plain {
    ($vector:ident, $table:ty, $prepare:expr, $lookup:expr) => {
        impl Vector for $vector {
            const BYTES: usize = 8;
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

            fn lookup_ascii(self, table: $table) -> Self {
                $vector(self.0.map(|byte| if byte.is_ascii() { $lookup(&table, byte) } else { 0 }))
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

            const ALL: Self = $vector([0xff; 8]);
            const NOTHING: Self = $vector([0; 8]);

            fn words(row: &Row, at: usize) -> Self {
                $vector(row.0[at].to_ne_bytes())
            }

            fn write(self, row: &mut Row, at: usize) {
                row.0[at] = u64::from_ne_bytes(self.0);
            }

            fn ahead(self, behind: Self, distance: u32) -> Self {
                let both = u128::from(u64::from_ne_bytes(behind.0)) << 64 | u128::from(u64::from_ne_bytes(self.0));
                $vector(((both >> distance) as u64).to_ne_bytes())
            }

            fn letters(self, _class: Self) -> u64 {
                (0..).zip(self.0).map(|(index, byte)| u64::from(byte.is_ascii_alphabetic()) << index).sum()
            }
        }
    };
}

plain!(Exact, [u8; 128], |octet: &Octet| octet.exact, |table: &[u8; 128], byte: u8| table[usize::from(byte & 0x7f)]);
plain!(Nibbles, ([u8; 16], [u8; 16]), |octet: &Octet| (octet.low, octet.high), |(low, high): &([u8; 16], [u8; 16]), byte: u8| low
    [usize::from(byte & 0xf)]
    & high[usize::from(byte >> 4)]);
