//! Ranges of bytes.

/// A range of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte behind the last one.
    pub end: usize,
}

impl Span {
    /// How many bytes it covers.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether it covers nothing.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(crate) fn overlaps(&self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    pub(crate) fn of<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        &line[self.start..self.end]
    }
}
