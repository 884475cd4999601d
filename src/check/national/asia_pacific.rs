//! India, China and Australia.

use super::super::Verdict;
use super::super::arithmetic::{Digits, all_same, alphanumerics, is_date, mod_11_2, value, verdict, verhoeff, weighted};

/// `in-aadhaar`: an Indian Aadhaar number, Verhoeff over all twelve digits, the first of them 2 to 9 (UIDAI, "A UID Numbering Scheme").
pub(in super::super) fn in_aadhaar(candidate: &[u8]) -> Verdict {
    let Some(digits) = Digits::exactly::<12>(candidate) else { return Verdict::Impossible };
    verdict(digits[0] >= 2 && !all_same(&digits) && verhoeff(&digits))
}

/// `au-tfn`: an Australian tax file number, nine digits weighted modulo 11 (Australian Taxation Office, TFN algorithm).
pub(in super::super) fn au_tfn(candidate: &[u8]) -> Verdict {
    let Some(digits) = Digits::exactly::<9>(candidate) else { return Verdict::Impossible };
    verdict(!all_same(&digits) && weighted(&digits, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11))
}

/// `cn-resident-id`: a Chinese resident identity number: a region, a date, and ISO/IEC 7064 MOD 11-2 with X for ten (GB 11643-1999).
pub(in super::super) fn cn_resident_id(candidate: &[u8]) -> Verdict {
    let Some(text) = alphanumerics::<18>(candidate) else { return Verdict::Impossible };
    let Some(digits) = Digits::exactly::<17>(&text[..17]) else { return Verdict::Impossible };
    let check = match text[17] {
        b'X' => 10,
        byte @ b'0'..=b'9' => u32::from(byte - b'0'),
        _ => return Verdict::Impossible,
    };
    let year = value(&digits[6..10]);
    let born = (1800..2100).contains(&year) && is_date(Some(year), value(&digits[10..12]), value(&digits[12..14]));
    verdict(digits[0] != 0 && born && mod_11_2(&digits) == check)
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{accepts, refuses};

    #[test]
    fn india() {
        accepts("in-aadhaar", &["2341 2341 2346", "999941057058"]);
        refuses("in-aadhaar", &["2341 2341 2347", "2341 2341 234", "2341 2341 23460", "1341 2341 2346", "3241 2341 2346"]);
    }

    #[test]
    fn australia() {
        accepts("au-tfn", &["123 456 782", "876543210"]);
        refuses("au-tfn", &["123 456 783", "123 456 78", "123 456 7820", "000000000"]);
    }

    #[test]
    fn china() {
        // The standard's own examples.
        accepts("cn-resident-id", &["11010519491231002X", "440524188001010014", "11010519491231002x"]);
        refuses(
            "cn-resident-id",
            &["110105194912310021", "11010519491331002X", "1101051949123100X", "11010519491231002XX", "X10105194912310020"],
        );
    }
}
