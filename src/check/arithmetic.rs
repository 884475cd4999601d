//! The check-digit algorithms that many numbers share. Each works on an iterator or a slice of digits 0 to 9.

use super::Verdict;

/// The digits of a candidate, its separators left out, in an array of fixed size.
pub(super) struct Digits {
    digits: [u8; Digits::CAPACITY],
    len: usize,
}

impl Digits {
    /// No number that is checked here has more digits.
    pub(super) const CAPACITY: usize = 40;

    /// Reads a number. None when there is a byte that is neither a digit nor a separator, or there are too many digits.
    pub(super) fn read(candidate: &[u8]) -> Option<Self> {
        let mut number = Self { digits: [0; Self::CAPACITY], len: 0 };
        for &byte in candidate {
            if is_separator(byte) {
                continue;
            }
            if !byte.is_ascii_digit() {
                return None;
            }
            *number.digits.get_mut(number.len)? = byte - b'0';
            number.len += 1;
        }
        Some(number)
    }

    /// Reads a number of exactly `N` digits.
    pub(super) fn exactly<const N: usize>(candidate: &[u8]) -> Option<[u8; N]> {
        Self::read(candidate)?.as_slice().try_into().ok()
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.digits.get(..self.len).unwrap_or_default()
    }
}

/// The letters (as capitals) and digits of a candidate, its separators left out: exactly `N` of them.
pub(super) fn alphanumerics<const N: usize>(candidate: &[u8]) -> Option<[u8; N]> {
    let mut text = [0; N];
    let mut len = 0;
    for &byte in candidate {
        if is_separator(byte) {
            continue;
        }
        if !byte.is_ascii_alphanumeric() {
            return None;
        }
        *text.get_mut(len)? = byte.to_ascii_uppercase();
        len += 1;
    }
    (len == N).then_some(text)
}

/// What people put between the groups of a number.
pub(super) fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')' | b'\t')
}

/// The value that decimal digits spell. At most 19 digits make sense; more wrap around rather than fail.
pub(super) fn value(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |sum: u64, &digit| sum.wrapping_mul(10).wrapping_add(u64::from(digit)))
}

/// Whether one digit fills the whole number. Such numbers satisfy many checksums and are issued to nobody.
pub(super) fn all_same(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair.first() == pair.last())
}

/// Valid or Impossible: the answer of plain arithmetic.
pub(super) fn verdict(right: bool) -> Verdict {
    if right { Verdict::Valid } else { Verdict::Impossible }
}

/// The Luhn formula, ISO/IEC 7812-1 annex B: every second digit from the right is doubled, the sum is a multiple of ten.
pub(super) fn luhn(digits: &[u8]) -> bool {
    luhn_sum(digits).is_multiple_of(10)
}

fn luhn_sum(digits: &[u8]) -> u32 {
    let doubled = |digit: u8| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    digits.iter().rev().enumerate().map(|(at, &digit)| u32::from(if at % 2 == 1 { doubled(digit) } else { digit })).sum()
}

/// Overwrites the last digit of a number so that it passes Luhn.
pub(super) fn luhn_complete(candidate: &mut [u8]) {
    let Some(last) = candidate.iter().rposition(u8::is_ascii_digit) else { return };
    if let Some(byte) = candidate.get_mut(last) {
        *byte = b'0';
    }
    let Some(number) = Digits::read(candidate) else { return };
    let missing = (10 - luhn_sum(number.as_slice()) % 10) % 10;
    if let (Some(byte), Ok(missing)) = (candidate.get_mut(last), u8::try_from(missing)) {
        *byte = b'0' + missing;
    }
}

/// `luhn`: two digits or more that pass Luhn.
pub(super) fn check_luhn(candidate: &[u8]) -> Verdict {
    verdict(Digits::read(candidate).is_some_and(|number| number.as_slice().len() >= 2 && luhn(number.as_slice())))
}

/// ISO/IEC 7064 pure system MOD 97-10, over letters (A is 10, Z is 35) and digits: the remainder, 1 when the text is right.
/// None when there is another byte.
pub(super) fn mod_97(text: impl Iterator<Item = u8>) -> Option<u32> {
    let mut rest = 0;
    for byte in text {
        let value = char::from(byte).to_digit(36)?;
        rest = (rest * if value < 10 { 10 } else { 100 } + value) % 97;
    }
    Some(rest)
}

/// ISO/IEC 7064 pure system MOD 11-2: the check value, 0 to 10 (10 is written X), that belongs behind these digits.
pub(super) fn mod_11_2(digits: &[u8]) -> u32 {
    let rest = digits.iter().fold(0, |rest, &digit| (rest + u32::from(digit)) * 2 % 11);
    (12 - rest) % 11
}

/// ISO/IEC 7064 hybrid systems, MOD 11,10 for a base of 10 and MOD 37,36 for one of 36: the check value that belongs behind these.
pub(super) fn hybrid(values: &[u8], base: u32) -> u32 {
    let product = values.iter().fold(base, |product, &value| {
        let sum = (product + u32::from(value)) % base;
        (if sum == 0 { base } else { sum }) * 2 % (base + 1)
    });
    (base + 1 - product) % base
}

/// The check value of a sum modulo 36 with the weights 1 and 2 in turn, of whose products both digits to the base of 36 count, as a
/// Luhn formula for letters.
pub(super) fn luhn_36(values: impl Iterator<Item = u8>) -> Option<u8> {
    let products = values.zip([1, 2].into_iter().cycle()).map(|(value, weight)| u32::from(value) * weight);
    let sum: u32 = products.map(|product| product / 36 + product % 36).sum();
    u8::try_from((36 - sum % 36) % 36).ok()
}

/// Verhoeff's check over the dihedral group of ten elements (J. Verhoeff, "Error Detecting Decimal Codes", 1969).
pub(super) fn verhoeff(digits: &[u8]) -> bool {
    let end = digits.iter().rev().enumerate().fold(0, |state, (at, &digit)| dihedral(state, permuted(digit, at % 8)));
    end == 0
}

/// The product in the dihedral group: 0 to 4 are rotations, 5 to 9 reflections.
fn dihedral(left: u8, right: u8) -> u8 {
    match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => 5 + (left + right) % 5,
        (false, true) => 5 + (left - right) % 5,
        (false, false) => (5 + left - right) % 5,
    }
}

/// Verhoeff's permutation, applied `times` times.
fn permuted(digit: u8, times: usize) -> u8 {
    const STEP: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    (0..times).fold(digit, |digit, _| STEP.get(usize::from(digit)).copied().unwrap_or(digit))
}

/// Whether a month and a day of it can stand on a calendar. A year of None may have been a leap year.
pub(super) fn is_date(year: Option<u64>, month: u64, day: u64) -> bool {
    let leap = year.is_none_or(|year| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)));
    let days = match month {
        2 => 28 + u64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luhn_knows_the_worked_example() {
        assert!(check_luhn(b"79927398713") == Verdict::Valid);
        assert!(check_luhn(b"7992-7398 713") == Verdict::Valid);
        for wrong in ["79927398710", "79927398714", "7992739871", "", "7", "7992739871a"] {
            assert_eq!(check_luhn(wrong.as_bytes()), Verdict::Impossible, "{wrong}");
        }
    }

    #[test]
    fn luhn_is_completed() {
        let mut number = *b"7992 7398 719";
        luhn_complete(&mut number);
        assert_eq!(&number, b"7992 7398 713");
        luhn_complete(&mut []);
    }

    #[test]
    fn mod_97_of_the_standard() {
        // ISO/IEC 7064 gives 794 the check digits 44.
        assert_eq!(mod_97(b"79444".iter().copied()), Some(1));
        assert_eq!(mod_97(b"79445".iter().copied()), Some(2));
        assert_eq!(mod_97(b"7 9".iter().copied()), None);
    }

    #[test]
    fn mod_11_of_the_standard() {
        // ISO/IEC 7064 gives 0794 the check digit 0 (MOD 11-2) and 5 (MOD 11,10).
        assert_eq!(mod_11_2(&[0, 7, 9, 4]), 0);
        assert_eq!(mod_11_2(&[0, 7, 9]), 10);
        assert_eq!(hybrid(&[0, 7, 9, 4], 10), 5);
        // And A12425GABC1234002 the check character M (MOD 37,36).
        let values: Vec<u8> = b"A12425GABC1234002".iter().map(|&byte| char::from(byte).to_digit(36).unwrap() as u8).collect();
        assert_eq!(hybrid(&values, 36), 22);
    }

    #[test]
    fn verhoeff_of_the_paper() {
        assert!(verhoeff(&[2, 3, 6, 3]));
        assert!(verhoeff(&[1, 2, 3, 4, 5, 1]));
        assert!(!verhoeff(&[2, 3, 6, 4]));
        assert!(!verhoeff(&[2, 6, 3, 3]));
    }

    #[test]
    fn dates() {
        assert!(is_date(Some(2000), 2, 29));
        assert!(!is_date(Some(1900), 2, 29));
        assert!(is_date(None, 2, 29));
        assert!(!is_date(None, 4, 31));
        assert!(!is_date(None, 13, 1));
        assert!(!is_date(None, 1, 0));
    }

    #[test]
    fn lengths_are_exact() {
        assert_eq!(alphanumerics::<3>(b"a-1 b"), Some(*b"A1B"));
        assert_eq!(alphanumerics::<3>(b"a1"), None);
        assert_eq!(alphanumerics::<3>(b"a1bc"), None);
        assert_eq!(Digits::exactly::<3>(b"1 2-3"), Some([1, 2, 3]));
        assert_eq!(Digits::exactly::<3>(b"1234"), None);
        assert!(Digits::read(&[b'1'; Digits::CAPACITY + 1]).is_none());
    }
}
