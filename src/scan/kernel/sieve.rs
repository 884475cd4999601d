//! Where numbers may begin: at a digit or letter that begins a word, where digits stand ahead as some rule has them.

use crate::scan::byte_set::ByteSet;

/// What the numbers of the rules begin with, coarsely: where in the places ahead there are digits, and where none.
#[derive(Clone, Debug)]
pub(in crate::scan) struct Sieve {
    /// No more than [`FORMS`](Self::FORMS).
    forms: Vec<Form>,
    /// The forms as tables: by the next seven places, whether there are digits, and by the seven behind those.
    pub(super) tables: [[u8; 128]; 2],
    /// Which forms begin with a digit, a bit each; the others begin with a letter.
    pub(super) digit_led: u8,
    /// The same for words of 64 places, place by place ahead, all forms beside each other.
    places: [Place; Sieve::AHEAD as usize],
}

/// What the forms say of a place ahead, all bits alike: those that have no digit there, and those that say nothing.
#[derive(Clone, Copy, Debug)]
struct Place {
    others: [u64; Sieve::FORMS],
    free: [u64; Sieve::FORMS],
}

impl Default for Place {
    fn default() -> Self {
        Place { others: [0; Sieve::FORMS], free: [u64::MAX; Sieve::FORMS] }
    }
}

/// What of the places behind the first one is known, a bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Form {
    digit_led: bool,
    /// Here are digits, …
    digits: u16,
    /// … and here is something else.
    others: u16,
}

impl Form {
    /// Does every number of the other form have this one too?
    fn holds(&self, other: &Form) -> bool {
        self.common(other) == Some(*self)
    }

    /// What both have in common, if they begin alike. That it may be nothing more makes it slow, not wrong.
    fn common(&self, other: &Form) -> Option<Form> {
        let common = Form { digits: self.digits & other.digits, others: self.others & other.others, ..*self };
        (self.digit_led == other.digit_led).then_some(common)
    }

    /// How likely it is to fit behind a digit or letter that begins a word: behind digits there often are more, behind
    /// letters seldom any.
    fn likelihood(&self) -> f64 {
        let digit: f64 = if self.digit_led { 0.5 } else { 0.1 };
        digit.powi(self.digits.count_ones() as i32) * (1.0 - digit).powi(self.others.count_ones() as i32)
    }
}

impl Default for Sieve {
    fn default() -> Self {
        Sieve { forms: Vec::new(), tables: [[0; 128]; 2], digit_led: 0, places: [Place::default(); Sieve::AHEAD as usize] }
    }
}

impl Sieve {
    /// How many forms there are at most: a bit of a byte each.
    const FORMS: usize = 8;

    /// How many places ahead are looked at: twice what indexes a table of 128 entries.
    const AHEAD: u32 = 14;

    /// How many places of a number are looked at.
    pub(in crate::scan) const PLACES: usize = 1 + Self::AHEAD as usize;

    /// A sieve for numbers that begin with bytes of these sets. `None` when one of them begins with neither a digit nor
    /// a letter, or holds, behind a letter, nothing near its beginning that is no letter.
    pub(in crate::scan) fn new<'p>(numbers: impl Iterator<Item = &'p [ByteSet]>) -> Option<Self> {
        let mut forms: Vec<Form> = Vec::new();
        for form in numbers.map(Self::forms).collect::<Option<Vec<_>>>()?.into_iter().flatten() {
            if !forms.iter().any(|known| known.holds(&form)) {
                forms.retain(|known| !form.holds(known));
                forms.push(form);
            }
        }
        while forms.len() > Self::FORMS {
            // The two become one that lose least by it.
            let likelihoods: Vec<f64> = forms.iter().map(Form::likelihood).collect();
            let pairs = (0..forms.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
            let merged = pairs.filter_map(|(a, b)| {
                let common = forms[a].common(&forms[b])?;
                Some((common.likelihood() - likelihoods[a] - likelihoods[b], a, b, common))
            });
            let (_, a, b, common) = merged.min_by(|(one, ..), (other, ..)| one.total_cmp(other))?;
            forms.swap_remove(b);
            forms[a] = common;
        }
        let mut sieve = Sieve { forms, ..Sieve::default() };
        for (index, form) in sieve.forms.iter().enumerate() {
            for (place, said) in sieve.places.iter_mut().enumerate() {
                let is = |places: u16| if places >> place & 1 == 1 { u64::MAX } else { 0 };
                said.others[index] = is(form.others);
                said.free[index] = !is(form.digits | form.others);
            }
            sieve.digit_led |= u8::from(form.digit_led) << index;
            for (half, table) in sieve.tables.iter_mut().enumerate() {
                let of_half = |places: u16| (places >> (7 * half) & 0x7f) as u8;
                let fits = |ahead: &u8| ahead & of_half(form.digits) == of_half(form.digits) && ahead & of_half(form.others) == 0;
                (0..0x80).filter(fits).for_each(|ahead| table[usize::from(ahead)] |= 1 << index);
            }
        }
        Some(sieve)
    }

    /// Whether numbers that begin with bytes of these sets can be told.
    pub(in crate::scan) fn tells(places: &[ByteSet]) -> bool {
        Self::forms(places).is_some()
    }

    /// The form of a number, or two for one that begins with a digit or a letter.
    fn forms(places: &[ByteSet]) -> Option<Vec<Form>> {
        /// So many separators tell as much as a digit.
        const SEPARATORS: u32 = 4;
        let (first, behind) = places.split_first()?;
        let digit = |byte: u8| byte.is_ascii_digit();
        let places = |is: &dyn Fn(&ByteSet) -> bool| (0..Self::AHEAD).zip(behind).map(|(place, set)| u16::from(is(set)) << place).sum();
        let form =
            |digit_led| Form { digit_led, digits: places(&|set| set.iter().all(digit)), others: places(&|set| !set.iter().any(digit)) };
        let is_fine = |form: &Form| form.digit_led || form.digits != 0 || form.others.count_ones() >= SEPARATORS;
        let leads = [(true, first.any(digit)), (false, first.any(|byte| byte.is_ascii_alphabetic()))];
        let forms: Vec<Form> = leads.into_iter().filter(|(_, leads)| *leads).map(|(digit_led, _)| form(digit_led)).collect();
        let are_fine = first.iter().all(|byte| byte.is_ascii_alphanumeric()) && !forms.is_empty() && forms.iter().all(is_fine);
        are_fine.then_some(forms)
    }

    /// Where in a block the places ahead fit, given its digits and those of the next block: behind digits, and behind
    /// letters.
    #[inline(always)]
    pub(super) fn fits(&self, digits: u64, next: u64) -> (u64, u64) {
        // Whatever stands there, no form beyond the last one fits.
        let mut all: [u64; Self::FORMS] = std::array::from_fn(|form| if form < self.forms.len() { u64::MAX } else { 0 });
        for (place, said) in (0..).zip(&self.places) {
            let ahead = digits >> (place + 1) | next << (63 - place);
            for (all, (others, free)) in all.iter_mut().zip(said.others.iter().zip(&said.free)) {
                *all &= (ahead ^ others) | free;
            }
        }
        let mut fits = (0, 0);
        for (form, &all) in all.iter().enumerate() {
            let is_digit_led = (u64::from(self.digit_led) >> form & 1).wrapping_neg();
            fits.0 |= all & is_digit_led;
            fits.1 |= all & !is_digit_led;
        }
        fits
    }

    /// The same, byte by byte: may a number begin at `at`?
    #[cfg(test)]
    pub(in crate::scan) fn may_begin(&self, text: &[u8], at: usize) -> bool {
        let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
        let fits = |form: &Form| {
            let first = if form.digit_led { is_digit(at) } else { text[at].is_ascii_alphabetic() };
            let behind = (0..Self::AHEAD as usize).all(|place| {
                let is_digit = is_digit(at + 1 + place);
                (form.digits >> place & 1 == 0 || is_digit) && (form.others >> place & 1 == 0 || !is_digit)
            });
            first && behind
        };
        !(at > 0 && text[at - 1].is_ascii_alphanumeric()) && self.forms.iter().any(fits)
    }
}
