//! The United Kingdom.

use super::super::arithmetic::is_date;
use super::super::scheme::{Check, NUMBER, Scheme, part};

/// `uk-nino`: a National Insurance number, by the prefixes and suffixes in use (HMRC, National Insurance Manual NIM39110).
pub(in super::super) static UK_NINO: &[Scheme] = &[Scheme { shapes: &["llddddddl"], plausible: is_nino, ..NUMBER }];

fn is_nino(text: &[u8]) -> bool {
    let [first, second, .., suffix] = *text else { return false };
    let used = |byte: u8| !b"DFIQUV".contains(&byte);
    let withheld = matches!(&[first, second], b"BG" | b"GB" | b"NK" | b"KN" | b"TN" | b"NT" | b"ZZ");
    used(first) && used(second) && second != b'O' && !withheld && matches!(suffix, b'A'..=b'D')
}

/// Modulo 11 with the weights 10 to 2; a remainder that asks for 10 as the check digit is never issued.
const TEN_TO_TWO: &[Check] = &[Check::Sum { weights: &[10, 9, 8, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: b"0-987654321", back: 0 }];

/// `uk-nhs`: an NHS number (NHS Data Dictionary, "NHS NUMBER").
pub(in super::super) static UK_NHS: &[Scheme] = &[Scheme { shapes: &["dddddddddd"], checks: TEN_TO_TWO, ..NUMBER }];

/// `uk-chi`: a Community Health Index number of Scotland: a date of birth, then as an NHS number (Public Health Scotland, "CHI number").
pub(in super::super) static UK_CHI: &[Scheme] = &[Scheme {
    shapes: &["dddddddddd"],
    plausible: |text| is_date(None, part(text, 2, 2), part(text, 0, 2)),
    checks: TEN_TO_TWO,
    ..NUMBER
}];

/// `uk-utr`: a Unique Taxpayer Reference, whose first digit checks the others (the modulus check that HMRC gives to developers).
pub(in super::super) static UK_UTR: &[Scheme] = &[Scheme {
    shapes: &["dddddddddd"],
    checks: &[Check::Sum { weights: &[0, 6, 7, 8, 9, 10, 5, 4, 3, 2], plus: 0, table: b"21987654321", back: 9 }],
    ..NUMBER
}];

/// `uk-vat`: a VAT registration number: the weights 8 to 2 and the last two digits make a multiple of 97, since 2010 also with 55
/// added (HMRC, "VAT registration number validation", VIES).
pub(in super::super) static UK_VAT: &[Scheme] = &[uk_vat(0), uk_vat(55)];

const fn uk_vat(plus: i32) -> Scheme {
    const PLAIN: &[Check] = &[Check::Zero { weights: &[8, 7, 6, 5, 4, 3, 2, 10, 1], plus: 0, modulus: 97 }];
    const ADDED: &[Check] = &[Check::Zero { weights: &[8, 7, 6, 5, 4, 3, 2, 10, 1], plus: 55, modulus: 97 }];
    Scheme { shapes: &["ddddddddd", "GBddddddddd"], checks: if plus == 0 { PLAIN } else { ADDED }, ..NUMBER }
}

/// `uk-driving-licence`: a driver number: the surname filled up with 9s, the decade, month (50 more for women), day and year of birth,
/// initials, and three characters that the DVLA keeps to itself (DVLA, "Driver numbers", INF45).
pub(in super::super) static UK_DRIVING_LICENCE: &[Scheme] =
    &[Scheme { shapes: &["xxxxxddddddxxdll", "xxxxxddddddxxxll"], plausible: is_driver, ..NUMBER }];

fn is_driver(text: &[u8]) -> bool {
    let surname = text.get(..5).unwrap_or_default();
    let letters = surname.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let filled = surname.iter().skip(letters).all(|&byte| byte == b'9');
    let initials = text.get(11..13).unwrap_or_default().iter().all(|&byte| byte == b'9' || byte.is_ascii_uppercase());
    letters > 0 && filled && initials && is_date(None, part(text, 6, 2) % 50, part(text, 8, 2))
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

    #[test]
    fn numbers_with_a_date() {
        // By hand: 0101701230 has 1*9 + 1*7 + 7*6 + 1*4 + 2*3 + 3*2 = 74, 74 mod 11 = 8, 11 - 8 = 3.
        accepts("uk-chi", &["0101701233"]);
        refuses("uk-chi", &["0101701232", "3213701230", "943 476 5919"]);
        accepts("uk-driving-licence", &["MORGA657054SM9IJ", "MORGA 657054 SM9IJ"]);
        refuses("uk-driving-licence", &["MORGA674054SM9IJ", "MORGA657354SM9IJ", "99999657054SM9IJ", "MO9GA657054SM9IJ", "MORGA657054SM9I"]);
    }

    #[test]
    fn value_added_tax() {
        accepts("uk-vat", &["GB 980 7806 84", "100190874"]);
        refuses("uk-vat", &["GB 980 7806 85", "98078068", "9807806840"]);
    }
}
