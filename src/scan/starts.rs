//! Where numbers may begin: rules told apart by the bytes from the start on, a bit for each rule, a table for each
//! place; and by how many digits stand there, and what behind them.

use super::anchor::Lead;
use super::byte_set::ByteSet;
use super::digits;

/// The rules whose matches begin with bytes of known sets, some of them digits.
#[derive(Default)]
pub(super) struct Starts {
    rules: Vec<u16>,
    /// For each 64 rules and each place: which rules allow what stands there.
    tables: Vec<Tables>,
    leads: Vec<Leads>,
}

/// For each byte of ASCII, for all others together and for the end of the text: a bit for each rule that allows it.
type Table = [u64; END + 1];

type Tables = Box<[Table; Starts::PLACES]>;

/// Where a table has the bytes beyond ASCII, and the end of the text.
const BEYOND: usize = 128;
const END: usize = 129;

/// Where a table has a byte.
#[inline(always)]
fn entry(byte: u8) -> usize {
    usize::from(byte).min(BEYOND)
}

/// For 64 rules: which allow so many digits, and which allow what stands behind them.
struct Leads {
    counts: [u64; Lead::MANY as usize + 1],
    behind: Table,
}

/// Adds a bit for the bytes of a set. If a line feed is in it, the text may end before it, and a line with a CR.
fn allow(table: &mut Table, bit: u64, set: ByteSet) {
    for (bytes, table) in set.0[..2].iter().zip(table.chunks_mut(64)) {
        let mut rest = *bytes;
        while rest != 0 {
            table[rest.trailing_zeros() as usize] |= bit;
            rest &= rest - 1;
        }
    }
    if set.0[2] | set.0[3] != 0 {
        table[BEYOND] |= bit;
    }
    if set.contains(b'\n') {
        table[entry(b'\r')] |= bit;
        table[END] |= bit;
    }
}

impl Starts {
    /// How many places are looked at.
    pub(super) const PLACES: usize = 16;

    /// Adds a rule whose matches begin with bytes of these sets, and with these digits. Answers which start it is.
    pub(super) fn add(&mut self, rule: u16, places: &[ByteSet], lead: Lead) -> Mask {
        let start = Mask::default().with(self.rules.len());
        let (block, bit) = (self.rules.len() / 64, 1 << (self.rules.len() % 64));
        self.rules.push(rule);
        if block == self.tables.len() {
            self.tables.push(Box::new([[0; END + 1]; Self::PLACES]));
            self.leads.push(Leads { counts: [0; _], behind: [0; _] });
        }
        for (place, table) in self.tables[block].iter_mut().enumerate() {
            match places.get(place) {
                Some(&set) => allow(table, bit, set),
                None => table.iter_mut().for_each(|allowed| *allowed |= bit),
            }
        }
        let leads = &mut self.leads[block];
        leads.counts[usize::from(lead.least)..=usize::from(lead.most)].iter_mut().for_each(|allowed| *allowed |= bit);
        allow(&mut leads.behind, bit, lead.behind);
        start
    }

    /// May a rule match where these bytes stand, by some of them? Without a branch on what they are.
    #[inline(always)]
    pub(super) fn may_begin_coarsely(&self, text: &[u8; Self::PLACES]) -> bool {
        const LOOKED_AT: [usize; 8] = [0, 2, 4, 6, 7, 8, 10, 12];
        let allowed = |tables: &Tables| LOOKED_AT.iter().fold(u64::MAX, |all, &place| all & tables[place][entry(text[place])]);
        self.tables.iter().fold(0, |any, tables| any | allowed(tables)) != 0
    }

    /// The same by all of them.
    #[inline(always)]
    pub(super) fn may_begin(&self, text: &[u8; Self::PLACES]) -> bool {
        let allowed = |tables: &Tables| tables.iter().zip(text).fold(u64::MAX, |all, (table, &byte)| all & table[entry(byte)]);
        self.tables.iter().fold(0, |any, tables| any | allowed(tables)) != 0
    }

    /// Calls `hit` with the rules that may match at `at`, in the order in which they were added.
    pub(super) fn each(&self, text: &[u8], at: usize, mut hit: impl FnMut(u16)) {
        self.any(text, at, |rule| {
            hit(rule);
            false
        });
    }

    /// Whether `found` says so of any rule that may match at `at`.
    pub(super) fn any(&self, text: &[u8], at: usize, found: impl FnMut(u16) -> bool) -> bool {
        self.any_of(Mask::ALL, text, at, found)
    }

    /// The same for the starts that `wanted` holds.
    pub(super) fn any_of(&self, wanted: Mask, text: &[u8], at: usize, mut found: impl FnMut(u16) -> bool) -> bool {
        /// Those first that tell the most.
        const ORDER: [usize; Starts::PLACES] = [0, 4, 8, 6, 2, 1, 10, 12, 3, 5, 7, 9, 11, 13, 14, 15];
        let digits = digits::run_length(text, at, usize::from(Lead::MANY));
        let behind = text.get(at + digits).map_or(END, |&byte| entry(byte));
        for (block, ((tables, leads), rules)) in self.tables.iter().zip(&self.leads).zip(self.rules.chunks(64)).enumerate() {
            let mut allowed = wanted.0[block.min(Mask::WORDS - 1)] & leads.counts[digits] & leads.behind[behind];
            for place in ORDER {
                if allowed == 0 {
                    break;
                }
                allowed &= tables[place][text.get(at + place).map_or(END, |&byte| entry(byte))];
            }
            while allowed != 0 {
                if found(rules[allowed.trailing_zeros() as usize]) {
                    return true;
                }
                allowed &= allowed - 1;
            }
        }
        false
    }
}

/// Some of the starts, a bit for each; those beyond share the last word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mask([u64; Mask::WORDS]);

impl Mask {
    const WORDS: usize = 4;
    const ALL: Mask = Mask([u64::MAX; Mask::WORDS]);

    fn with(mut self, start: usize) -> Self {
        self.0[(start / 64).min(Self::WORDS - 1)] |= 1 << (start % 64);
        self
    }

    pub(super) fn union(self, other: Mask) -> Self {
        Mask(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }

    pub(super) fn intersection(self, other: Mask) -> Self {
        Mask(std::array::from_fn(|word| self.0[word] & other.0[word]))
    }

    pub(super) fn is_empty(self) -> bool {
        self == Mask::default()
    }
}
