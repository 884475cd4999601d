//! The ways to find a phrase: by one of its words, or by two that stand next to each other; and which is the cheapest.

use foldhash::{HashMap, HashMapExt};

use super::byte_set::ByteSet;
use super::needle::{Needle, WIDER};
use super::words::{self, Kind, Phrase};

/// Chooses how each phrase is found, so that little has to be looked at.
pub(crate) struct Chooser {
    /// How many keys one and the same last word would find.
    sharing: HashMap<Vec<u8>, u32>,
}

/// How much more than at the end of a key there is to be looked at where a word stands: around it numbers are looked for, or
/// patterns.
pub(crate) const NUMBERS: u32 = 4;
pub(crate) const PATTERNS: u32 = 10;

impl Chooser {
    /// Given the phrases of all keys.
    pub(crate) fn new<'p>(keys: impl Iterator<Item = &'p Phrase>) -> Self {
        let mut sharing: HashMap<Vec<u8>, u32> = HashMap::new();
        for word in keys.filter_map(|phrase| phrase.words().next_back()) {
            match sharing.get_mut(word) {
                Some(count) => *count += 1,
                None => drop(sharing.insert(word.to_vec(), 1)),
            }
        }
        Chooser { sharing }
    }

    /// The cheapest way to find a phrase: one text, or several of which one stands wherever it does. `is_known` says which texts are
    /// looked for anyway, `measured` how often a needle's rarest window stands in a million bytes of logs.
    pub(crate) fn choose(
        &self,
        phrase: &Phrase,
        kind: Kind,
        dearness: u32,
        is_known: impl Fn(&(Needle, usize)) -> bool,
        measured: impl Fn(&Needle) -> Option<u32>,
    ) -> Vec<FoundBy> {
        let hits = |needle: &Needle| needle.hits(measured(needle)).saturating_mul(dearness);
        let last = phrase.words().len().saturating_sub(1);
        let shared = phrase.words().next_back().and_then(|word| self.sharing.get(word)).copied().unwrap_or(1);
        let cost = |found_by: &FoundBy| match (is_known(&found_by.text), kind) {
            (false, Kind::Key) if found_by.first == last => hits(&found_by.text.0).saturating_add(WIDER) / shared,
            (false, _) => hits(&found_by.text.0).saturating_add(WIDER),
            // A key that is looked at once is looked at for all its phrases, but around a word each rule looks by itself.
            (true, Kind::Key) => 0,
            (true, Kind::Near) => hits(&found_by.text.0),
        };
        let total = |option: &[FoundBy]| option.iter().fold(0u32, |sum, found_by| sum.saturating_add(cost(found_by)));
        let mut best: Option<(u32, Vec<FoundBy>)> = None;
        for option in options(phrase, kind) {
            // The only way to find a phrase need not be weighed.
            let total = if phrase.words().len() > 1 { total(&option) } else { 0 };
            if best.as_ref().is_none_or(|(least, _)| total < *least) {
                best = Some((total, option));
            }
            if total == 0 {
                break;
            }
        }
        best.map(|(_, option)| option).unwrap_or_default()
    }
}

/// Every way to find the phrases of these rules.
#[cfg(feature = "training")]
pub(crate) fn all<'r>(phrases: impl Iterator<Item = (&'r Phrase, Kind)>) -> Vec<Needle> {
    phrases.flat_map(|(phrase, kind)| options(phrase, kind)).flatten().map(|found_by| found_by.text.0).collect()
}

/// A letter in either case.
pub(crate) fn letters(byte: u8) -> ByteSet {
    ByteSet::from_iter([byte.to_ascii_lowercase(), byte.to_ascii_uppercase()])
}

/// A way to find a phrase, or a part of one.
pub(crate) struct FoundBy {
    /// What must be looked for, and how long it is, less the byte behind it.
    pub(crate) text: (Needle, usize),
    /// The first of the phrase's words in it.
    pub(crate) first: usize,
}

/// What may stand behind the last word of a phrase that ends with a letter of ASCII: small letters, and those beyond ASCII, go on
/// with it.
const BEHIND_ASCII: ByteSet = {
    let mut set = ByteSet::ALL;
    let mut byte = b'a';
    while byte <= b'z' {
        set.0[1] &= !(1 << (byte & 63));
        byte += 1;
    }
    ByteSet([set.0[0], set.0[1], 0, 0])
};

/// The same if it ends with another letter, behind which a letter of ASCII begins a word.
const BEHIND_OTHER: ByteSet = ByteSet([u64::MAX, u64::MAX, 0, 0]);

/// What may stand between two of its words.
const JOINTS: ByteSet = {
    let mut set = ByteSet([0; 4]);
    let mut byte = 0;
    while byte < 128 {
        if words::is_joint(byte) {
            set.0[(byte >> 6) as usize] |= 1 << (byte & 63);
        }
        byte += 1;
    }
    set
};

/// The ways to find a phrase: by one of its words, or by two of them, which may be parted in several ways.
fn options(phrase: &Phrase, kind: Kind) -> impl Iterator<Item = Vec<FoundBy>> {
    let count = phrase.words().len();
    let is_wanted = move |last: &usize| kind == Kind::Near || last + 1 == count;
    let single = (0..count).filter(is_wanted).map(|at| found_by(phrase, at, at, 0).into_iter().collect());
    let pairs = (1..count).filter(is_wanted).map(|at| (0..=words::GAP).filter_map(|gap| found_by(phrase, at - 1, at, gap)).collect());
    single.chain(pairs)
}

/// The way to find a phrase by its words from the first to the last, with so many bytes between two of them.
fn found_by(phrase: &Phrase, first: usize, last: usize, gap: usize) -> Option<FoundBy> {
    let wanted = || phrase.words().enumerate().take(last + 1).skip(first);
    let most = wanted().map(|(_, word)| gap + word.len()).sum::<usize>() + 1;
    let mut places = Vec::with_capacity(most.min(2 * Needle::PLACES));
    let mut length = 0;
    let mut is_ascii = true;
    for (at, word) in wanted() {
        let joint = if at > first { gap } else { 0 };
        length += joint + word.len();
        places.extend(std::iter::repeat_n(JOINTS, joint));
        places.extend(word.iter().take(Needle::PLACES).map(|&byte| letters(byte)));
        is_ascii = word.last().is_none_or(u8::is_ascii);
    }
    places.push(match phrase.words().nth(last + 1).and_then(|word| word.first()) {
        Some(&next) => JOINTS.union(letters(next)),
        None if is_ascii => BEHIND_ASCII,
        None => BEHIND_OTHER,
    });
    Needle::new(places).map(|needle| FoundBy { text: (needle, length), first })
}
