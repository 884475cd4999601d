//! Where numbers may begin: rules told apart by the bytes from the start on, a bit for each rule, a table for each
//! place; and the same in coarse classes, as shapes for the kernel's sieve.

use super::boundary;
use super::byte_set::ByteSet;
use super::kernel::{Class, Pattern, Sieve};

/// The rules whose matches begin with bytes of known sets, some of them digits.
#[derive(Default)]
pub(super) struct Starts {
    rules: Vec<u16>,
    /// For each 64 rules, each place and each byte there (the last entry is the end of the text): which rules allow it.
    tables: Vec<Vec<[u64; 257]>>,
}

impl Starts {
    /// How many places are looked at.
    const PLACES: usize = 16;

    /// Adds a rule whose matches begin with bytes of these sets.
    pub(super) fn add(&mut self, rule: u16, places: &[ByteSet]) {
        let (block, bit) = (self.rules.len() / 64, self.rules.len() % 64);
        self.rules.push(rule);
        if block == self.tables.len() {
            self.tables.push(vec![[0; 257]; Self::PLACES]);
        }
        for (place, table) in self.tables[block].iter_mut().enumerate() {
            let set = places.get(place);
            (0..=u8::MAX).filter(|&byte| set.is_none_or(|set| set.contains(byte))).for_each(|byte| table[usize::from(byte)] |= 1 << bit);
            table[256] |= u64::from(set.is_none()) << bit;
        }
    }

    /// Calls `hit` with the rules that may match at `at`, in the order in which they were added.
    pub(super) fn each(&self, text: &[u8], at: usize, mut hit: impl FnMut(u16)) {
        const END: usize = 256;
        for (tables, rules) in self.tables.iter().zip(self.rules.chunks(64)) {
            let mut allowed = u64::MAX;
            for (place, table) in tables.iter().enumerate() {
                allowed &= table[text.get(at + place).map_or(END, |&byte| usize::from(byte))];
                if allowed == 0 {
                    break;
                }
            }
            while allowed != 0 {
                hit(rules[allowed.trailing_zeros() as usize]);
                allowed &= allowed - 1;
            }
        }
    }
}

/// The shape of a number in coarse classes: for each run of places the classes that their bytes are of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    places: Vec<Vec<Class>>,
    begins_word: bool,
}

impl Shape {
    /// The runs that are looked at: more tell little more apart.
    const RUNS: usize = 4;

    /// The shape of bytes of these sets. `None` when there is no digit among the first of them.
    pub(super) fn new(sets: &[ByteSet]) -> Option<Self> {
        let mut places: Vec<Vec<Class>> = sets.iter().take(Sieve::REACH).map_while(|&set| classes(set)).collect();
        let begins_word = sets.first().is_some_and(|set| set.iter().all(boundary::is_word));
        let has_digit = places.iter().any(|classes| is_digit(classes));
        while places.chunk_by(|a, b| a == b).count() > Self::RUNS && merge(&mut places) {}
        let runs = places.chunk_by(|a, b| a == b).take(Self::RUNS).map(<[_]>::len).sum();
        places.truncate(runs);
        has_digit.then_some(Shape { places, begins_word })
    }

    /// Does every number of the other shape have this one too?
    fn holds(&self, other: &Shape) -> bool {
        let holds = |mine: &[Class], class: Class| mine.contains(&class) || (class == Class::Lead && mine.contains(&Class::Digit));
        let covers = |(mine, theirs): (&Vec<Class>, &Vec<Class>)| theirs.iter().all(|&class| holds(mine, class));
        self.places.len() <= other.places.len()
            && self.places.iter().zip(&other.places).all(covers)
            && (other.begins_word || !self.begins_word)
    }

    /// What the sieve looks for.
    fn pattern(&self, sieve: &mut Sieve) -> Option<Pattern> {
        let mut at = 0;
        let mut terms = Vec::new();
        for run in self.places.chunk_by(|a, b| a == b) {
            let mask = sieve.any_of(run[0].iter().copied())?;
            terms.push((sieve.run(mask, run.len() as u32)?, at));
            at += run.len() as u32;
        }
        Some(Pattern { terms, begins_word: self.begins_word })
    }
}

fn is_digit(classes: &[Class]) -> bool {
    matches!(classes, [Class::Digit | Class::Lead])
}

/// Makes one run of the last two next to each other, behind the first, of which one allows what the other does.
fn merge(places: &mut [Vec<Class>]) -> bool {
    let all_of = |wide: &[Class], narrow: &[Class]| narrow.iter().all(|class| wide.contains(class));
    let pair = (2..places.len()).rev().find(|&at| {
        let (a, b) = (&places[at - 1], &places[at]);
        a != b && (all_of(a, b) || all_of(b, a))
    });
    let Some(at) = pair else { return false };
    let wide = if places[at].len() > places[at - 1].len() { places[at].clone() } else { places[at - 1].clone() };
    let narrow = if places[at].len() > places[at - 1].len() { places[at - 1].clone() } else { places[at].clone() };
    let run_start = places[..at].iter().rposition(|other| *other != places[at - 1]).map_or(0, |before| before + 1).max(1);
    let run_end = at + places[at..].iter().take_while(|other| **other == places[at]).count();
    places[run_start..run_end].iter_mut().filter(|other| **other == narrow).for_each(|place| *place = wide.clone());
    true
}

/// A sieve for all of these shapes, those that another one holds left out.
pub(super) fn sieve(shapes: &[Shape]) -> Option<Sieve> {
    let mut sieve = Sieve::default();
    let is_held = |index: usize| {
        let mut others = shapes.iter().enumerate().filter(|&(other, _)| other != index);
        // Of two equal ones the first stays.
        others.any(|(other, shape)| shape.holds(&shapes[index]) && !(shapes[index].holds(shape) && index < other))
    };
    for (_, shape) in shapes.iter().enumerate().filter(|(index, _)| !is_held(*index)) {
        let pattern = shape.pattern(&mut sieve)?;
        sieve.add(pattern);
    }
    Some(sieve)
}

/// The classes of the bytes of a set, or `None` when it holds bytes of no class.
fn classes(set: ByteSet) -> Option<Vec<Class>> {
    const APART: [Class; 6] = [Class::Digit, Class::Letter, Class::Space, Class::Dash, Class::Dot, Class::Punctuation];
    if set.iter().all(|byte| Class::Lead.contains(byte)) {
        return Some(vec![Class::Lead]);
    }
    let classes: Vec<Class> = APART.into_iter().filter(|class| set.iter().any(|byte| class.contains(byte))).collect();
    let known = !classes.is_empty() && set.iter().all(|byte| classes.iter().any(|class| class.contains(byte)));
    known.then_some(classes)
}
