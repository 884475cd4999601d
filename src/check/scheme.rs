//! Numbers with check digits as data: what a number looks like, and which place of it is told by which of the others.

use super::Verdict;
use super::arithmetic::{all_same, hybrid, is_separator, luhn, mod_11_2, verhoeff};

/// A kind of number. Several may share one name: variants, of which a candidate must be one.
pub(super) struct Scheme {
    /// What stands at each place once separators are left out and letters are capitals: `d` a digit, `l` a letter, `x` either, anything
    /// else itself.
    pub shapes: &'static [&'static str],
    /// What a character counts.
    pub value: fn(u8) -> u8,
    /// A letter counts as the two digits of its value, each a place of its own.
    pub spread: bool,
    /// What else the publisher says: dates, regions, ranges. Asked of a text of one of the shapes.
    pub plausible: fn(&[u8]) -> bool,
    /// What tells the check characters; all must hold.
    pub checks: &'static [Check],
    /// What a failed check means, where not every genuine number keeps it.
    pub otherwise: Verdict,
}

/// How one or more places follow from the others. Weights are those of the last places, so that a number which may be written without
/// its leading zeros has one list.
pub(super) enum Check {
    /// The weighted sum, modulo the length of the table, says where in it the character stands that is `back` places before the last.
    /// A `-` in the table is a remainder that is never issued.
    Sum {
        weights: &'static [i32],
        plus: i32,
        table: &'static [u8],
        back: usize,
    },
    /// As `Sum`, of products whose decimal digits are added.
    CrossSum {
        weights: &'static [i32],
        plus: i32,
        table: &'static [u8],
        back: usize,
    },
    /// The last digit is the weighted sum modulo 11; where that is ten, the sum by the second weights; where that is ten too, nought
    /// or not issued.
    Twice {
        weights: &'static [i32],
        again: &'static [i32],
        ten: u8,
    },
    /// The weighted sum of all places is a multiple.
    Zero {
        weights: &'static [i32],
        plus: i32,
        modulus: i32,
    },
    /// The number is a multiple of this.
    Multiple(u64),
    /// ISO/IEC 7064 MOD 97-10 of the number as it stands.
    Mod97_10,
    /// The last digits are the remainder of the number before them, which may have digits put before it.
    Rest {
        before: u64,
        modulus: u64,
        digits: usize,
        complement: bool,
    },
    /// ISO/IEC 7812-1 annex B.
    Luhn,
    /// Luhn over all but the last digits.
    LuhnBefore(usize),
    Verhoeff,
    /// ISO/IEC 7064 MOD 11-2: the last character is a digit or X.
    Mod11_2,
    /// ISO/IEC 7064 MOD 11,10 over what stands behind so many places.
    Mod11_10 {
        behind: usize,
    },
}

/// What most numbers have in common.
pub(super) const NUMBER: Scheme =
    Scheme { shapes: &[], value: ordinal, spread: false, plausible: anything, checks: &[], otherwise: Verdict::Impossible };

/// The best that one of these kinds says of a candidate.
pub(super) fn verdict_of(kinds: &[Scheme], candidate: &[u8]) -> Verdict {
    let Some(text) = Text::read(candidate) else { return Verdict::Impossible };
    let mut best = Verdict::Impossible;
    for kind in kinds {
        match kind.verdict(text.as_slice()) {
            Verdict::Valid => return Verdict::Valid,
            Verdict::Doubtful => best = Verdict::Doubtful,
            Verdict::Impossible => {}
        }
    }
    best
}

impl Scheme {
    fn verdict(&self, text: &[u8]) -> Verdict {
        if !self.shapes.iter().any(|shape| has_shape(text, shape)) || all_same(text) || !(self.plausible)(text) {
            return Verdict::Impossible;
        }
        let Some(values) = self.values(text) else { return Verdict::Impossible };
        if self.checks.iter().all(|check| check.holds(text, values.as_slice())) { Verdict::Valid } else { self.otherwise }
    }

    fn values(&self, text: &[u8]) -> Option<Text> {
        let mut values = Text::default();
        for &byte in text {
            let value = (self.value)(byte);
            if self.spread && !byte.is_ascii_digit() {
                values.push(value / 10)?;
                values.push(value % 10)?;
            } else {
                values.push(value)?;
            }
        }
        Some(values)
    }
}

impl Check {
    fn holds(&self, text: &[u8], values: &[u8]) -> bool {
        let is_last = |digit: i32| values.last().is_some_and(|&last| i32::from(last) == digit);
        match *self {
            Check::Sum { weights, plus, table, back } => picks(text, sum(values, weights, |product| product) + plus, table, back),
            Check::CrossSum { weights, plus, table, back } => {
                picks(text, sum(values, weights, |product| product / 10 + product % 10) + plus, table, back)
            }
            Check::Twice { weights, again, ten } => {
                let digit = match sum(values, weights, |product| product).rem_euclid(11) {
                    10 => sum(values, again, |product| product).rem_euclid(11),
                    digit => digit,
                };
                is_last(if digit == 10 { i32::from(ten) } else { digit })
            }
            Check::Zero { weights, plus, modulus } => (sum(values, weights, |product| product) + plus).rem_euclid(modulus) == 0,
            Check::Multiple(modulus) => rest(0, values, modulus) == 0,
            Check::Mod97_10 => rest(0, values, 97) == 1,
            Check::Rest { before, modulus, digits, complement } => {
                let Some((number, key)) = values.len().checked_sub(digits).and_then(|at| values.split_at_checked(at)) else { return false };
                let left = rest(before, number, modulus);
                let wanted = if complement { modulus - left } else { left };
                let places = key.iter().fold(1, |places: u64, _| places.saturating_mul(10));
                rest(0, key, places) == wanted % places
            }
            Check::Luhn => luhn(values),
            Check::LuhnBefore(digits) => values.len().checked_sub(digits).and_then(|at| values.get(..at)).is_some_and(luhn),
            Check::Verhoeff => verhoeff(values),
            Check::Mod11_2 => {
                let Some((&last, body)) = text.split_last() else { return false };
                let Some(body) = values.get(..body.len()) else { return false };
                b"0123456789X".get(mod_11_2(body) as usize) == Some(&last)
            }
            Check::Mod11_10 { behind } => {
                let number = values.get(behind..).and_then(<[u8]>::split_last);
                number.is_some_and(|(&last, body)| hybrid(body, 10) == u32::from(last))
            }
        }
    }
}

/// The sum of values times weights, the last of both first.
fn sum(values: &[u8], weights: &[i32], product: impl Fn(i32) -> i32) -> i32 {
    values.iter().rev().zip(weights.iter().rev()).map(|(&value, &weight)| product(i32::from(value) * weight)).sum()
}

/// Does the character so many places before the last one stand where the sum says?
fn picks(text: &[u8], sum: i32, table: &[u8], back: usize) -> bool {
    let Some(modulus) = i32::try_from(table.len()).ok().filter(|&modulus| modulus > 0) else { return false };
    let wanted = usize::try_from(sum.rem_euclid(modulus)).ok().and_then(|at| table.get(at));
    wanted.is_some() && text.iter().rev().nth(back) == wanted
}

/// The remainder of a number of any length, with digits before it.
fn rest(before: u64, digits: &[u8], modulus: u64) -> u64 {
    digits.iter().fold(before, |rest, &digit| (rest * 10 + u64::from(digit)) % modulus.max(1))
}

fn has_shape(text: &[u8], shape: &str) -> bool {
    let fits = |(&byte, place): (&u8, u8)| match place {
        b'd' => byte.is_ascii_digit(),
        b'l' => byte.is_ascii_uppercase(),
        b'x' => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
        itself => byte == itself,
    };
    text.len() == shape.len() && text.iter().zip(shape.bytes()).all(fits)
}

/// Digits are themselves, A is 10, Z is 35, as in ISO/IEC 7064 and in the machine-readable zone of passports.
pub(super) fn ordinal(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'A'..=b'Z' => byte - b'A' + 10,
        _ => 0,
    }
}

pub(super) fn anything(_: &[u8]) -> bool {
    true
}

/// The number that `len` digits from `at` on spell.
pub(super) fn part(text: &[u8], at: usize, len: usize) -> u64 {
    let digits = text.get(at..).and_then(|rest| rest.get(..len)).unwrap_or_default();
    digits.iter().fold(0, |sum: u64, &byte| sum.wrapping_mul(10).wrapping_add(u64::from(ordinal(byte))))
}

/// The characters of a candidate without separators, letters as capitals; or their values.
struct Text {
    bytes: [u8; Text::CAPACITY],
    len: usize,
}

impl Default for Text {
    fn default() -> Self {
        Text { bytes: [0; Text::CAPACITY], len: 0 }
    }
}

impl Text {
    const CAPACITY: usize = 40;

    fn read(candidate: &[u8]) -> Option<Self> {
        let mut text = Text::default();
        for &byte in candidate.iter().filter(|&&byte| !is_separator(byte)) {
            text.push(byte.to_ascii_uppercase())?;
        }
        Some(text)
    }

    fn push(&mut self, byte: u8) -> Option<()> {
        *self.bytes.get_mut(self.len)? = byte;
        self.len += 1;
        Some(())
    }

    fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_say_what_stands_where() {
        assert!(has_shape(b"S12A", "Sdxl") && has_shape(b"SA2B", "Sxdl"));
        assert!(!has_shape(b"T12A", "Sdxl") && !has_shape(b"S12", "Sdxl") && !has_shape(b"S12AA", "Sdxl"));
    }

    #[test]
    fn weights_are_those_of_the_last_places() {
        assert_eq!(sum(&[1, 2, 3], &[9, 9, 1, 10], |product| product), 9 + 2 + 30);
        assert_eq!(rest(2, &[1, 0], 7), 0);
        assert!(picks(b"123X", 10, b"0123456789X", 0) && picks(b"7A", -4, b"01234567890", 1) && !picks(b"", 0, b"0", 0));
    }
}
