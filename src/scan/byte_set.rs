//! Sets of bytes, and how far a text stays inside one.

/// A set of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct ByteSet(pub(crate) [u64; 4]);

impl ByteSet {
    pub(crate) const ALL: ByteSet = ByteSet([u64::MAX; 4]);

    #[inline]
    pub(crate) const fn contains(&self, byte: u8) -> bool {
        self.0[(byte >> 6) as usize] >> (byte & 63) & 1 == 1
    }

    /// How many of the first bytes are in the set, `most` at most.
    pub(crate) fn run(&self, bytes: &[u8], most: usize) -> usize {
        const LANES: usize = 8;
        let bytes = &bytes[..bytes.len().min(most)];
        let (chunks, rest) = bytes.as_chunks::<LANES>();
        for (index, chunk) in chunks.iter().enumerate() {
            // One branch for eight bytes: a bit for each.
            let inside = (0..LANES).fold(0u8, |inside, lane| inside | u8::from(self.contains(chunk[lane])) << lane);
            if inside != u8::MAX {
                return index * LANES + inside.trailing_ones() as usize;
            }
        }
        chunks.len() * LANES + rest.iter().take_while(|&&byte| self.contains(byte)).count()
    }

    /// How many of the last bytes are in the set, `most` at most.
    pub(crate) fn run_back(&self, bytes: &[u8], most: usize) -> usize {
        bytes.iter().rev().take(most).take_while(|&&byte| self.contains(byte)).count()
    }

    /// The bytes of a text.
    pub(crate) const fn of(bytes: &[u8]) -> ByteSet {
        let mut set = ByteSet([0; 4]);
        let mut at = 0;
        while at < bytes.len() {
            set = set.with(bytes[at]);
            at += 1;
        }
        set
    }

    /// The set and one byte more.
    pub(crate) const fn with(mut self, byte: u8) -> ByteSet {
        self.0[(byte >> 6) as usize] |= 1 << (byte & 63);
        self
    }

    pub(crate) fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    pub(crate) fn union(mut self, other: ByteSet) -> ByteSet {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine |= theirs);
        self
    }

    pub(crate) fn intersection(mut self, other: ByteSet) -> ByteSet {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine &= theirs);
        self
    }

    /// How many bytes it holds.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|bytes| bytes.count_ones() as usize).sum()
    }

    /// Its bytes, in order.
    pub(crate) fn iter(self) -> impl Iterator<Item = u8> {
        (0u8..4).zip(self.0).flat_map(|(part, mut bits)| {
            std::iter::from_fn(move || {
                let bit = (bits != 0).then(|| bits.trailing_zeros() as u8)?;
                bits &= bits - 1;
                Some(part * 64 + bit)
            })
        })
    }

    /// What of it is not in the other.
    pub(crate) fn without(self, other: ByteSet) -> ByteSet {
        ByteSet(std::array::from_fn(|part| self.0[part] & !other.0[part]))
    }

    /// What is not in it.
    pub(crate) fn complement(self) -> ByteSet {
        ByteSet::ALL.without(self)
    }

    pub(crate) fn is_disjoint(&self, other: &ByteSet) -> bool {
        self.0.iter().zip(other.0).all(|(mine, theirs)| mine & theirs == 0)
    }

    pub(crate) fn any(&self, test: impl Fn(u8) -> bool) -> bool {
        (0..=255).any(|byte| self.contains(byte) && test(byte))
    }
}

impl FromIterator<u8> for ByteSet {
    fn from_iter<I: IntoIterator<Item = u8>>(bytes: I) -> Self {
        let mut set = ByteSet::default();
        bytes.into_iter().for_each(|byte| set.insert(byte));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_ends_at_the_first_byte_outside_or_at_most() {
        let digits: ByteSet = (b'0'..=b'9').collect();
        for length in 0..40 {
            let text = [&vec![b'7'; length][..], b"x7777777777777777"].concat();
            assert_eq!(digits.run(&text, usize::MAX), length);
            assert_eq!(digits.run(&text[..length], usize::MAX), length);
            assert_eq!(digits.run(&text, 11), length.min(11));
        }
        assert_eq!(ByteSet::ALL.run(&[0, 63, 64, 127, 128, 192, 255], usize::MAX), 7);
    }
}
