//! The United Kingdom.

use super::super::Verdict;
use super::super::arithmetic::{Digits, all_same, alphanumerics, verdict, weighted};

/// `uk-nino`: a National Insurance number, by the prefixes and suffixes in use (HMRC, National Insurance Manual NIM39110).
pub(in super::super) fn uk_nino(candidate: &[u8]) -> Verdict {
    let Some(text) = alphanumerics::<9>(candidate) else { return Verdict::Impossible };
    let used = |byte: u8| byte.is_ascii_uppercase() && !b"DFIQUV".contains(&byte);
    let withheld = matches!(&text[..2], b"BG" | b"GB" | b"NK" | b"KN" | b"TN" | b"NT" | b"ZZ");
    let prefix = used(text[0]) && used(text[1]) && text[1] != b'O' && !withheld;
    verdict(prefix && text[2..8].iter().all(u8::is_ascii_digit) && matches!(text[8], b'A'..=b'D'))
}

/// `uk-nhs`: an NHS number, modulo 11 with the weights 10 to 2 (NHS Data Dictionary, "NHS NUMBER").
pub(in super::super) fn uk_nhs(candidate: &[u8]) -> Verdict {
    let Some(digits) = Digits::exactly::<10>(candidate) else { return Verdict::Impossible };
    let rest = weighted(&digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    // A remainder that asks for 10 as the check digit is never issued, and no digit equals it.
    verdict(!all_same(&digits) && u32::from(digits[9]) == (11 - rest) % 11)
}

/// `uk-utr`: a Unique Taxpayer Reference, whose first digit checks the others modulo 11 (the modulus check that HMRC gives to software developers).
pub(in super::super) fn uk_utr(candidate: &[u8]) -> Verdict {
    const CHECK: &[u8; 11] = &[2, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1];
    let Some(digits) = Digits::exactly::<10>(candidate) else { return Verdict::Impossible };
    let rest = weighted(&digits[1..], &[6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11;
    verdict(!all_same(&digits) && CHECK.get(rest as usize) == digits.first())
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{accepts, refuses};

    #[test]
    fn united_kingdom() {
        accepts("uk-nino", &["AB123456C", "AB 12 34 56 C", "ab123456c"]);
        refuses("uk-nino", &["QQ123456C", "AO123456C", "GB123456A", "ZZ123456A", "AB123456E", "AB12345C", "AB1234567C", "A1123456C"]);
        accepts("uk-nhs", &["943 476 5919", "9434765919"]);
        refuses("uk-nhs", &["943 476 5918", "943 476 591", "943 476 59190", "000 000 0000"]);
        accepts("uk-utr", &["11234 56789", "1123456789"]);
        refuses("uk-utr", &["2123456789", "112345678", "11234567890", "1111111111"]);
    }
}
