//! A needle: the few bytes by which a place is known where a rule may match, and the ways to place its window.

use std::fmt;
use std::hash::{Hash, Hasher};

use super::buckets::likelihood;
use super::byte_set::ByteSet;
use super::kernel::WINDOW;

/// How many bytes of a window are hashed at most: its first ones.
pub(super) const HASHED: usize = 4;

/// The most byte sequences that a window may stand for and still be hashed.
const SPELLINGS: usize = 400;

/// Windows of no more of them are preferred: each takes a place in the filter.
pub(super) const FEW: usize = 20;

/// What one needle more costs beside the hits that are its own, in hits in a million bytes: it makes its bucket wider.
pub(super) const WIDER: u32 = 20;
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
pub(super) struct Needle(pub(super) Vec<ByteSet>, u64);

impl Hash for Needle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.1);
    }
}

impl Needle {
    /// How many byte sets are kept.
    pub(super) const PLACES: usize = 18;

    /// Among how many of them its window is looked for.
    const WINDOWED: usize = 12;

    /// `None` when there is no place at all.
    pub(super) fn new(mut places: Vec<ByteSet>) -> Option<Self> {
        places.truncate(Self::PLACES);
        let windowed = &places[..places.len().min(Self::WINDOWED)];
        let words = windowed.iter().flat_map(|set| set.0);
        let hash = words.fold(windowed.len() as u64, |hash, word| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95));
        (!places.is_empty()).then_some(Needle(places, hash))
    }

    /// The window that begins at a place; what lies outside the needle may be any byte.
    pub(super) fn window(&self, at: usize) -> [ByteSet; WINDOW] {
        std::array::from_fn(|place| self.0.get(at + place).copied().unwrap_or(ByteSet::ALL))
    }

    /// The window that begins at a place.
    pub(super) fn placement(&self, at: usize) -> Placement {
        let window = self.window(at);
        let spellings = |width: usize| window[..width].iter().map(|set| folded(*set).len()).product::<usize>();
        let (wide, narrow) = (spellings(HASHED), spellings(HASHED - 1));
        let width = if wide <= 4 * narrow { HASHED } else { HASHED - 1 };
        let count = if width == HASHED { wide } else { narrow };
        Placement { at, window, width: Some(width).filter(|_| count <= SPELLINGS), few: count <= FEW }
    }

    /// The ways to place its window: those of few spellings, if there are any, and of these those that a run of one and
    /// the same byte is none of.
    pub(super) fn placements(&self) -> impl Iterator<Item = Placement> {
        let all = || (0..=self.0.len().min(Self::WINDOWED).saturating_sub(HASHED)).map(|at| self.placement(at));
        let rank = |placement: &Placement| (placement.few, placement.is_varied());
        let best = all().map(|placement| rank(&placement)).max();
        all().filter(move |placement| Some(rank(placement)) == best)
    }

    /// What its placement is filed under.
    #[cfg(feature = "training")]
    pub(super) fn hash(&self) -> u64 {
        self.1
    }

    /// Where its window begins, and its bucket, if these were computed ahead of time.
    pub(super) fn known_place(&self) -> Option<(u8, u8)> {
        let known = self.known()?;
        Some((known.at, known.bucket?))
    }

    fn known(&self) -> Option<&'static Known> {
        KNOWN.binary_search_by_key(&self.1, |known| known.hash).ok().map(|index| &KNOWN[index])
    }

    /// How often its rarest window stands in a million bytes of logs, if that was measured.
    pub(super) fn measured(&self) -> Option<u32> {
        self.known().map(|known| known.hits)
    }

    /// How often it would be looked at in a million bytes of logs: as measured, or by how common its bytes are.
    pub(super) fn hits(&self, measured: Option<u32>) -> u32 {
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
    pub(super) fn commonness(&self) -> f64 {
        self.placements().map(|placement| placement.window.iter().map(|set| likelihood(*set)).product::<f64>()).fold(1.0, f64::min)
    }

    /// Whether no window of it is hashed.
    pub(super) fn is_never_hashed(&self) -> bool {
        self.placements().all(|placement| placement.width.is_none())
    }
}

/// What was computed of a needle ahead of time.
struct Known {
    hash: u64,
    /// Where its window begins.
    at: u8,
    /// Its bucket; `None` when it was weighed and is not looked for.
    bucket: Option<u8>,
    /// How often its rarest window stands in a million bytes of logs.
    hits: u32,
}

include!(concat!(env!("OUT_DIR"), "/windows.rs"));

/// Where in a needle its window lies.
pub(super) struct Placement {
    pub(super) at: usize,
    pub(super) window: [ByteSet; WINDOW],
    /// How many of its bytes are hashed; `None` when they could be too many different ones.
    pub(super) width: Option<usize>,
    pub(super) few: bool,
}

impl Placement {
    /// Whether no byte may stand at all of its places.
    fn is_varied(&self) -> bool {
        self.window.iter().copied().reduce(ByteSet::intersection).is_none_or(|common| common == ByteSet::default())
    }
}

/// The bytes of a set as they are hashed: the halves of each 64 that differ in the bit of the case, joined.
pub(super) fn folded(set: ByteSet) -> ByteSet {
    ByteSet(set.0.map(|bytes| (bytes | bytes << 32) & !u64::from(u32::MAX)))
}
