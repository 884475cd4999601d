//! A needle: the few bytes by which a place is known where a rule may match, and the ways to place its window.

use std::fmt;
use std::hash::{Hash, Hasher};

use smallvec::{SmallVec, smallvec};

use super::anchor::Literal;
use super::byte_set::ByteSet;
use super::window::{WINDOW, likelihood};

/// How many bytes of a window are hashed at most: its first ones.
pub(crate) const HASHED: usize = 4;

/// The most byte sequences that a window may stand for and still be hashed.
const SPELLINGS: usize = 400;

/// Windows of no more of them are preferred: each takes a place in the filter.
pub(crate) const FEW: usize = 20;

/// What one needle more costs beside the hits that are its own, in hits in a million bytes: it makes its bucket wider.
pub(crate) const WIDER: u32 = 20;

impl fmt::Display for Needle {
    /// `token[..]`: letters in any case, and a class for every other set.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|set| {
            let bytes: Vec<u8> = set.iter().take(3).collect();
            match bytes[..] {
                [byte] => write!(f, "{}", byte.escape_ascii()),
                [upper, lower] if upper.eq_ignore_ascii_case(&lower) => write!(f, "{}", lower.escape_ascii()),
                _ => write!(f, "[{}]", set.iter().count()),
            }
        })
    }
}

/// Byte sets that must all hold the bytes in a row; and a hash of those that its window is chosen from, what its placement
/// is filed under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Needle(pub(crate) Vec<ByteSet>, u64);

impl Hash for Needle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.1);
    }
}

impl Needle {
    /// How many byte sets are kept.
    pub(crate) const PLACES: usize = 18;

    /// Among how many of them its window is looked for.
    const WINDOWED: usize = 12;

    /// `None` when there is no place at all.
    pub(crate) fn new(mut places: Vec<ByteSet>) -> Option<Self> {
        places.truncate(Self::PLACES);
        let windowed = &places[..places.len().min(Self::WINDOWED)];
        let words = windowed.iter().flat_map(|set| set.0);
        let hash = words.fold(windowed.len() as u64, |hash, word| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95));
        (!places.is_empty()).then_some(Needle(places, hash))
    }

    /// That of a literal.
    pub(crate) fn of_literal(literal: &Literal) -> Option<Self> {
        let before = std::iter::repeat_n(literal.before, literal.places_before());
        Needle::new(before.chain(literal.places.iter().copied()).collect())
    }

    /// The window that begins at a place; what lies outside the needle may be any byte.
    pub(crate) fn window(&self, at: usize) -> [ByteSet; WINDOW] {
        std::array::from_fn(|place| self.0.get(at + place).copied().unwrap_or(ByteSet::ALL))
    }

    /// The window that begins at a place.
    pub(crate) fn placement(&self, at: usize) -> Placement {
        let window = self.window(at);
        let spellings = |width: usize| window[..width].iter().map(|set| folded(*set).len()).product::<usize>();
        let (wide, narrow) = (spellings(HASHED), spellings(HASHED - 1));
        let width = if wide <= 4 * narrow { HASHED } else { HASHED - 1 };
        let count = if width == HASHED { wide } else { narrow };
        Placement { at, window, width: Some(width).filter(|_| count <= SPELLINGS), few: count <= FEW }
    }

    /// The ways to place its window: those of few spellings, if there are any, and of these those that a run of one and
    /// the same byte is none of.
    pub(crate) fn placements(&self) -> impl Iterator<Item = Placement> {
        let all = || (0..=self.0.len().min(Self::WINDOWED).saturating_sub(HASHED)).map(|at| self.placement(at));
        let rank = |placement: &Placement| (placement.few, placement.is_varied());
        let best = all().map(|placement| rank(&placement)).max();
        all().filter(move |placement| Some(rank(placement)) == best)
    }

    /// What is known of it is filed under this.
    pub(crate) fn hash(&self) -> u64 {
        self.1
    }

    /// How often it would be looked at in a million bytes of logs: as measured, or by how common its bytes are.
    pub(crate) fn hits(&self, measured: Option<u32>) -> u32 {
        // What a window leaves open is taken from the selectivity of its bucket.
        let fixed = self.0.iter().filter(|set| set.len() <= 2).count();
        let short = 1_000 * HASHED.saturating_sub(fixed).pow(2) as u32;
        let hits = match measured {
            Some(hits) => hits,
            None if self.is_never_hashed() => u32::MAX,
            None => (self.commonness() * 1e6) as u32,
        };
        short.saturating_add(hits)
    }

    /// How likely the rarest window of it stands at a place of a log.
    pub(crate) fn commonness(&self) -> f64 {
        self.placements().map(|placement| placement.window.iter().map(|set| likelihood(*set)).product::<f64>()).fold(1.0, f64::min)
    }

    /// Whether no window of it is hashed.
    pub(crate) fn is_never_hashed(&self) -> bool {
        self.placements().all(|placement| placement.width.is_none())
    }
}

/// Where in a needle its window lies.
pub(crate) struct Placement {
    pub(crate) at: usize,
    pub(crate) window: [ByteSet; WINDOW],
    /// How many of its bytes are hashed; `None` when they could be too many different ones.
    pub(crate) width: Option<usize>,
    pub(crate) few: bool,
}

impl Placement {
    /// Whether no byte may stand at all of its places.
    fn is_varied(&self) -> bool {
        self.window.iter().copied().reduce(ByteSet::intersection).is_none_or(|common| common == ByteSet::default())
    }
}

/// The bytes of a set as they are hashed: the halves of each 64 that differ in the bit of the case, joined.
pub(crate) fn folded(set: ByteSet) -> ByteSet {
    ByteSet(set.0.map(|bytes| (bytes | bytes << 32) & !u64::from(u32::MAX)))
}

/// All that is needed to look for a needle, worked out when logveil is built for those of the built-in packs.
pub(crate) struct Prepared {
    /// Of the needle.
    pub(crate) hash: u64,
    /// Its sets, by their places among those of all prepared needles.
    pub(crate) sets: &'static [u16],
    /// Where its window begins, and its bucket.
    pub(crate) at: u8,
    pub(crate) bucket: u8,
    /// How many bytes of the window are hashed, if any, and every key of these.
    pub(crate) width: Option<u8>,
    pub(crate) keys: &'static [u32],
    pub(crate) told: Told,
}

/// What the fixed bytes of a needle tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// Of its first eight bytes, and of the next.
    pub(crate) fixed: [Fixed; 2],
    /// Which of the first [`TOLD`] places they do not tell, a bit each.
    pub(crate) open: u16,
}

/// Of how many places the fixed bytes of a needle may tell what they are.
pub(crate) const TOLD: usize = 16;

impl Told {
    pub(crate) fn new(needle: &Needle) -> Self {
        let fixed = [Fixed::new(needle, 0), Fixed::new(needle, 8)];
        let is_open = |place: &usize| !fixed[place / 8].tells(place % 8);
        let open = (0..needle.0.len().min(TOLD)).filter(is_open).fold(0, |open, place| open | 1 << place);
        Told { fixed, open }
    }
}

/// What of a needle's first bytes is fixed, its letters perhaps in either case: enough to tell it from the others that
/// have the same window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fixed {
    /// The bits that differ between the cases.
    pub(crate) fold: u64,
    pub(crate) mask: u64,
    pub(crate) value: u64,
}

impl Fixed {
    /// Of the eight bytes from a place of the needle on.
    fn new(needle: &Needle, from: usize) -> Self {
        let mut fixed = Fixed { fold: 0, mask: 0, value: 0 };
        for (place, set) in needle.0.iter().skip(from).take(8).enumerate() {
            let mut bytes = set.iter();
            let (byte, fold) = match (bytes.next(), bytes.next(), bytes.next()) {
                (Some(byte), None, _) => (byte, 0),
                (Some(upper), Some(lower), None) if upper ^ lower == 0x20 => (lower | upper, 0x20),
                _ => continue,
            };
            let at = |byte: u8| u64::from(byte) << (8 * place);
            fixed.fold |= at(fold);
            fixed.mask |= at(0xff);
            fixed.value |= at(byte);
        }
        fixed
    }

    /// Whether it says what the byte at this place is.
    fn tells(&self, place: usize) -> bool {
        self.mask >> (8 * place) & 0xff != 0
    }

    /// May these bytes be the needle's?
    #[inline(always)]
    pub(crate) fn holds(&self, bytes: u64) -> bool {
        (bytes | self.fold) & self.mask == self.value
    }
}

/// Every key of a window.
pub(crate) fn spell(window: &[ByteSet], each: impl FnMut(u32)) {
    let mut keys: SmallVec<[u32; FEW]> = smallvec![0];
    for (place, &set) in window.iter().enumerate() {
        let bytes = folded(set);
        keys = keys.iter().flat_map(|key| bytes.iter().map(move |byte| key | u32::from(byte) << (8 * place))).collect();
    }
    keys.into_iter().for_each(each);
}
