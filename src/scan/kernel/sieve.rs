//! Number shapes by bit algebra: a straight-line program over the class masks, a vector of words at a time.

use super::{Class, Row, Vector};

/// A mask that the program has made: of the classes first, then one for each operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::scan) struct Register(u8);

impl From<Class> for Register {
    fn from(class: Class) -> Self {
        Register(class as u8)
    }
}

/// One operation; each makes a mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    /// Where either is.
    Or(Register, Register),
    /// Where the first one is, and so many positions further on the second one.
    Then(Register, Register, u32),
}

/// Masks that must all be there, each so many positions further on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::scan) struct Pattern {
    pub(in crate::scan) terms: Vec<(Register, u32)>,
    /// Whether a word byte must not stand before it.
    pub(in crate::scan) begins_word: bool,
}

/// Where numbers may begin.
#[derive(Default)]
pub(super) struct Found {
    /// If no word byte stands before them.
    pub(super) words: Row,
    /// Whatever stands before them.
    pub(super) others: Row,
}

/// A program that says where a number of some shape may begin. Equal operations are made once.
#[derive(Debug, Default)]
pub(in crate::scan) struct Sieve {
    operations: Vec<Operation>,
    patterns: Vec<Pattern>,
}

impl Sieve {
    /// How many operations it has.
    pub(in crate::scan) fn len(&self) -> usize {
        self.operations.len()
    }

    /// How far a shape may reach: the last positions of a tile see the block behind it and no more.
    pub(in crate::scan) const REACH: usize = 48;

    fn push(&mut self, operation: Operation) -> Option<Register> {
        let index = match self.operations.iter().position(|known| *known == operation) {
            Some(index) => index,
            None => {
                self.operations.push(operation);
                self.operations.len() - 1
            }
        };
        u8::try_from(Class::ALL.len() + index).ok().map(Register)
    }

    /// Where a byte of one of these classes is. `None` when there are none, or too many operations.
    pub(in crate::scan) fn any_of(&mut self, classes: impl IntoIterator<Item = Class>) -> Option<Register> {
        let mut or = |any, class| self.push(Operation::Or(any, class));
        classes.into_iter().map(Register::from).map(Some).reduce(|any, class| or(any?, class?)).flatten()
    }

    /// Where `length` positions in a row are `of` the mask.
    pub(in crate::scan) fn run(&mut self, of: Register, length: u32) -> Option<Register> {
        if length <= 1 {
            return Some(of);
        }
        // Runs of a power of two are made once for all lengths.
        let power = 1 << (length - 1).ilog2();
        let run = self.run(of, power)?;
        self.push(Operation::Then(run, run, length - power))
    }

    /// Numbers may begin where this is.
    pub(in crate::scan) fn add(&mut self, pattern: Pattern) {
        if !self.patterns.contains(&pattern) {
            self.patterns.push(pattern);
        }
    }

    /// Runs the program. Inlined, so that it is compiled for the instructions of the kernel around it.
    #[inline(always)]
    pub(super) fn run_on<V: Vector>(&self, classes: &[Row; Class::ALL.len()], made: &mut [Row], blocks: usize, found: &mut Found) {
        // The word behind the tile is made too: the last positions look into it.
        let end = (blocks / V::WORDS + 1) * V::WORDS;
        for (index, operation) in self.operations.iter().enumerate() {
            let (made, rest) = made.split_at_mut(index);
            let Some(out) = rest.first_mut() else { return };
            match *operation {
                Operation::Or(a, b) => or::<V>(row(a, classes, made), row(b, classes, made), out, end),
                Operation::Then(a, b, distance) => then::<V>(row(a, classes, made), row(b, classes, made), distance, out, end),
            }
        }
        let mut at = 0;
        while at < blocks {
            let (mut words, mut others) = ([V::NOTHING; ABREAST], [V::NOTHING; ABREAST]);
            for pattern in &self.patterns {
                let all = pattern.find::<V>(classes, made, at);
                let found = if pattern.begins_word { &mut words } else { &mut others };
                let mut index = 0;
                while index < ABREAST {
                    found[index] = found[index].or(all[index]);
                    index += 1;
                }
            }
            let mut index = 0;
            while index < ABREAST {
                words[index].write(&mut found.words, at);
                others[index].write(&mut found.others, at);
                at += V::WORDS;
                index += 1;
            }
        }
    }
}

/// Vectors that a pattern is looked for in at a time.
const ABREAST: usize = 4;

impl Pattern {
    /// Where it is, from a word on.
    #[inline(always)]
    fn find<V: Vector>(&self, classes: &[Row; Class::ALL.len()], made: &[Row], at: usize) -> [V; ABREAST] {
        let mut all = [V::ALL; ABREAST];
        for &(register, distance) in &self.terms {
            let row = row(register, classes, made);
            let mut behind = V::words(row, at + ABREAST * V::WORDS);
            let mut index = ABREAST;
            while index > 0 {
                index -= 1;
                let here = V::words(row, at + index * V::WORDS);
                all[index] = all[index].and(here.ahead(behind, distance));
                behind = here;
            }
        }
        all
    }
}

#[inline(always)]
fn or<V: Vector>(a: &Row, b: &Row, out: &mut Row, end: usize) {
    let mut at = 0;
    while at < end {
        V::words(a, at).or(V::words(b, at)).write(out, at);
        at += V::WORDS;
    }
}

#[inline(always)]
fn then<V: Vector>(a: &Row, b: &Row, distance: u32, out: &mut Row, end: usize) {
    let mut at = 0;
    let mut next = V::words(b, 0);
    while at < end {
        let here = next;
        next = V::words(b, at + V::WORDS);
        V::words(a, at).and(here.ahead(next, distance)).write(out, at);
        at += V::WORDS;
    }
}

/// The mask in a register.
#[inline(always)]
fn row<'r>(register: Register, classes: &'r [Row; Class::ALL.len()], made: &'r [Row]) -> &'r Row {
    let index = usize::from(register.0);
    if index < Class::ALL.len() { &classes[index] } else { &made[index - Class::ALL.len()] }
}
