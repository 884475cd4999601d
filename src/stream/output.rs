//! Where masked bytes go: appended to a buffer, or as pieces that point back to where they were read to.

use std::ops::Range;

/// What a sequence of masked lines is handed to, from its first byte to its last.
pub(super) trait Output {
    /// Takes a stretch of `input`, as it is. All of the stretches are of one input.
    fn keep(&mut self, input: &[u8], stretch: Range<usize>);

    /// What takes everything else.
    fn buffer(&mut self) -> &mut Vec<u8>;

    /// How many bytes it has taken.
    fn size(&self) -> usize;
}

impl Output for Vec<u8> {
    fn keep(&mut self, input: &[u8], stretch: Range<usize>) {
        self.extend_from_slice(&input[stretch]);
    }

    fn buffer(&mut self) -> &mut Vec<u8> {
        self
    }

    fn size(&self) -> usize {
        self.len()
    }
}

/// Masked lines without what they have in common with the input: only where in it that stands.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    kept: Vec<Kept>,
    /// All other bytes, in order.
    written: Vec<u8>,
}

/// A stretch of the input, and how much of `written` comes before it.
#[derive(Debug)]
struct Kept {
    at: usize,
    stretch: Range<usize>,
}

impl Pieces {
    /// A stretch is kept if it is longer than this part of the input. To copy a shorter one costs less than to write
    /// it as a piece of its own; and so the pieces are few.
    const PART: usize = 128;

    pub(super) fn clear(&mut self) {
        self.kept.clear();
        self.written.clear();
    }

    /// The bytes in order, given the input that they were made of.
    pub(super) fn of<'a>(&'a self, input: &'a [u8]) -> Vec<&'a [u8]> {
        let mut pieces = Vec::with_capacity(2 * self.kept.len() + 1);
        let mut from = 0;
        for Kept { at, stretch } in &self.kept {
            pieces.extend([&self.written[from..*at], &input[stretch.clone()]]);
            from = *at;
        }
        pieces.push(&self.written[from..]);
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }
}

impl Output for Pieces {
    fn keep(&mut self, input: &[u8], stretch: Range<usize>) {
        if stretch.len() > input.len() / Self::PART {
            self.kept.push(Kept { at: self.written.len(), stretch });
        } else {
            self.written.extend_from_slice(&input[stretch]);
        }
    }

    fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.written
    }

    fn size(&self) -> usize {
        self.written.len() + self.kept.iter().map(|kept| kept.stretch.len()).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_stretches_are_kept_and_short_ones_copied() {
        let input = vec![b'.'; 1000];
        let mut pieces = Pieces::default();
        pieces.keep(&input, 0..7);
        pieces.buffer().extend_from_slice(b"a");
        pieces.keep(&input, 8..16);
        pieces.keep(&input, 16..16);
        pieces.keep(&input, 20..120);
        pieces.buffer().extend_from_slice(b"b");
        assert_eq!(pieces.of(&input), [&b".......a"[..], &input[8..16], &input[20..120], b"b"]);
        assert_eq!((pieces.size(), pieces.written.len()), (pieces.of(&input).concat().len(), 9));
        pieces.clear();
        assert_eq!((pieces.size(), pieces.of(&input).len()), (0, 0));
    }
}
