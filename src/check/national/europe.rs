//! The European continent.

use super::super::Verdict;
use super::super::arithmetic::{Digits, all_same, alphanumerics, is_date, luhn, mod_11_10, value, verdict, weighted};

/// `es-dni`: a Spanish identity document, eight digits and the letter of the remainder modulo 23 (Ministerio del Interior, "Cálculo del
/// dígito de control del NIF/NIE").
pub(in super::super) fn es_dni(candidate: &[u8]) -> Verdict {
    let Some(text) = alphanumerics::<9>(candidate) else { return Verdict::Impossible };
    let Some(digits) = Digits::exactly::<8>(&text[..8]) else { return Verdict::Impossible };
    verdict(spanish_letter(value(&digits)) == Some(text[8]))
}

/// `es-nie`: a Spanish number of a foreigner: X, Y or Z stand for a leading 0, 1 or 2, then as `es-dni`.
pub(in super::super) fn es_nie(candidate: &[u8]) -> Verdict {
    let Some(text) = alphanumerics::<9>(candidate) else { return Verdict::Impossible };
    let Some(digits) = Digits::exactly::<7>(&text[1..8]) else { return Verdict::Impossible };
    let lead = match text[0] {
        b'X' => 0,
        b'Y' => 10_000_000,
        b'Z' => 20_000_000,
        _ => return Verdict::Impossible,
    };
    verdict(spanish_letter(lead + value(&digits)) == Some(text[8]))
}

fn spanish_letter(number: u64) -> Option<u8> {
    b"TRWAGMYFPDXBNJZSQVHLCKE".get((number % 23) as usize).copied()
}

/// `fr-nir`: a French social security number, thirteen places and a key of 97 less the remainder modulo 97; the departments of Corsica,
/// 2A and 2B, count as 19 and 18 (INSEE, "Numéro d'inscription au répertoire"). Months 20, 30 to 42 and 50 up stand for unknown ones.
pub(in super::super) fn fr_nir(candidate: &[u8]) -> Verdict {
    let Some(mut text) = alphanumerics::<15>(candidate) else { return Verdict::Impossible };
    match &text[5..7] {
        b"2A" => text[5..7].copy_from_slice(b"19"),
        b"2B" => text[5..7].copy_from_slice(b"18"),
        _ => {}
    }
    let Some(digits) = Digits::exactly::<15>(&text) else { return Verdict::Impossible };
    let month = matches!(value(&digits[3..5]), 1..=12 | 20 | 30..=42 | 50..);
    let key = 97 - value(&digits[..13]) % 97;
    verdict(matches!(digits[0], 1..=4 | 7 | 8) && month && key == value(&digits[13..]))
}

/// `de-steuer-id`: a German tax number, ISO/IEC 7064 MOD 11,10; of its first ten digits exactly one comes twice or three times, but not
/// three times in a row (Bundeszentralamt für Steuern, "Steueridentifikationsnummer"; § 139b AO).
pub(in super::super) fn de_steuer_id(candidate: &[u8]) -> Verdict {
    let Some(digits) = Digits::exactly::<11>(candidate) else { return Verdict::Impossible };
    let body = &digits[..10];
    let times = |digit: u8| body.iter().filter(|&&other| other == digit).count();
    let repeated = (0..10).filter(|&digit| times(digit) > 1).count() == 1 && (0..10).all(|digit| times(digit) <= 3);
    let in_a_row = body.windows(3).any(all_same);
    verdict(digits[0] != 0 && repeated && !in_a_row && mod_11_10(body) == u32::from(digits[10]))
}

/// `it-codice-fiscale`: an Italian tax code, by its shape, its day of birth (40 more for women) and its check letter (Decreto
/// Ministeriale 23 December 1976). Where two persons share a code, letters stand for digits: L for 0 to V for 9.
pub(in super::super) fn it_codice_fiscale(candidate: &[u8]) -> Verdict {
    /// What a character counts at the odd places; 0 to 9 count as A to J.
    const ODD: &[u8; 26] = &[1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let Some(text) = alphanumerics::<16>(candidate) else { return Verdict::Impossible };
    let letter = |at: usize| text[at].is_ascii_uppercase();
    let digit = |at: usize| match text[at] {
        byte @ b'0'..=b'9' => Some(u64::from(byte - b'0')),
        byte => b"LMNPQRSTUV".iter().position(|&other| other == byte).map(|digit| digit as u64),
    };
    let shape = (0..6).all(letter) && letter(11) && letter(15) && [6, 7, 9, 10, 12, 13, 14].into_iter().all(|at| digit(at).is_some());
    let month = b"ABCDEHLMPRST".iter().position(|&month| month == text[8]).map(|month| month as u64 + 1);
    let day = digit(9).zip(digit(10)).map(|(tens, ones)| (tens * 10 + ones) % 40);
    let born = month.zip(day).is_some_and(|(month, day)| is_date(None, month, day));
    let sum: u32 = text[..15]
        .iter()
        .enumerate()
        .map(|(at, &byte)| {
            let rank = if byte.is_ascii_digit() { byte - b'0' } else { byte.saturating_sub(b'A') };
            let odd = ODD.get(usize::from(rank)).copied().unwrap_or_default();
            u32::from(if at % 2 == 0 { odd } else { rank })
        })
        .sum();
    verdict(shape && born && u32::from(text[15].saturating_sub(b'A')) == sum % 26)
}

/// `nl-bsn`: a Dutch citizen service number, the test of eleven with the weights 9 to 2 and -1; a leading zero may be left out
/// (Rijksdienst voor Identiteitsgegevens, "Logisch ontwerp BSN").
pub(in super::super) fn nl_bsn(candidate: &[u8]) -> Verdict {
    let Some(number) = Digits::read(candidate) else { return Verdict::Impossible };
    let digits = number.as_slice();
    let Some((&last, body)) = digits.split_last() else { return Verdict::Impossible };
    let weights: &[u8] = match digits.len() {
        8 => &[8, 7, 6, 5, 4, 3, 2],
        9 => &[9, 8, 7, 6, 5, 4, 3, 2],
        _ => return Verdict::Impossible,
    };
    verdict(!all_same(digits) && weighted(body, weights) % 11 == u32::from(last))
}

/// `pl-pesel`: a Polish number of a person: a date whose month carries the century, and a weighted sum (Ministry of Digital Affairs,
/// "Czym jest numer PESEL").
pub(in super::super) fn pl_pesel(candidate: &[u8]) -> Verdict {
    let Some(digits) = Digits::exactly::<11>(candidate) else { return Verdict::Impossible };
    let coded = value(&digits[2..4]);
    let century = match coded / 20 {
        0 => 1900,
        1 => 2000,
        2 => 2100,
        3 => 2200,
        _ => 1800,
    };
    let born = is_date(Some(century + value(&digits[..2])), coded % 20, value(&digits[4..6]));
    verdict(born && weighted(&digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10))
}

/// `se-personnummer`: a Swedish number of a person: a date with or without its century (the day is 60 more for a coordination number),
/// and Luhn over the last ten digits (Skatteverket, "Personnummer och samordningsnummer"). A + before the last four marks a centenarian.
pub(in super::super) fn se_personnummer(candidate: &[u8]) -> Verdict {
    let mut text = [b' '; 13];
    let Some(copy) = text.get_mut(..candidate.len()) else { return Verdict::Impossible };
    copy.copy_from_slice(candidate);
    if let Some(plus) = text.iter_mut().find(|byte| **byte == b'+') {
        *plus = b'-';
    }
    let Some(number) = Digits::read(&text) else { return Verdict::Impossible };
    let Some((year, last)) = number.as_slice().split_last_chunk::<10>() else { return Verdict::Impossible };
    let year = match *year {
        [] => None,
        [1, 8 | 9] | [2, 0] => Some(value(year) * 100 + value(&last[..2])),
        _ => return Verdict::Impossible,
    };
    let day = value(&last[4..6]);
    verdict(is_date(year, value(&last[2..4]), if day > 60 { day - 60 } else { day }) && luhn(last))
}

/// `ch-ahv`: a Swiss social insurance number: 756 and an EAN-13 check digit (Central Compensation Office, "The AHV number").
pub(in super::super) fn ch_ahv(candidate: &[u8]) -> Verdict {
    let Some(digits) = Digits::exactly::<13>(candidate) else { return Verdict::Impossible };
    verdict(digits.starts_with(&[7, 5, 6]) && weighted(&digits, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_multiple_of(10))
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{accepts, refuses};

    #[test]
    fn spain() {
        accepts("es-dni", &["12345678Z", "12345678-z", "00000000T"]);
        refuses("es-dni", &["12345678A", "1234567Z", "123456789Z", "X2345678Z"]);
        accepts("es-nie", &["X1234567L", "Y1234567X", "Z-1234567-R"]);
        refuses("es-nie", &["X1234567M", "X123456L", "X12345678L", "W1234567L"]);
    }

    #[test]
    fn france() {
        accepts("fr-nir", &["2 55 08 14 168 025 38", "253072A07300443", "253072B07300470"]);
        refuses("fr-nir", &["2 55 08 14 168 025 39", "25508141680253", "2550814168025380", "5 55 08 14 168 025 38", "253072C07300443"]);
    }

    #[test]
    fn germany() {
        // The tax office's published test numbers.
        accepts("de-steuer-id", &["86 095 742 719", "47036892816", "65929970489", "57549285017", "25768131411"]);
        refuses("de-steuer-id", &["86095742710", "8609574271", "860957427190", "02476291358", "11111111111", "12345678903"]);
    }

    #[test]
    fn italy() {
        accepts("it-codice-fiscale", &["MRTMTT91D08F205J", "MLLSNT82P65Z404U", "mrtmtt91d08f205j"]);
        refuses("it-codice-fiscale", &["MRTMTT91D08F205K", "MRTMTT91D08F205", "MRTMTT91D08F205JJ", "MRTMTT91F08F205J", "MRTMTT91D39F205J"]);
    }

    #[test]
    fn netherlands() {
        accepts("nl-bsn", &["111222333", "1112.22.333", "123456782", "10464554"]);
        refuses("nl-bsn", &["111222334", "1112223", "1112223330", "000000000", ""]);
    }

    #[test]
    fn poland() {
        accepts("pl-pesel", &["44051401359", "02070803628"]);
        refuses("pl-pesel", &["44051401358", "4405140135", "440514013590", "44133101359", "00000000000"]);
    }

    #[test]
    fn sweden() {
        accepts("se-personnummer", &["811218-9876", "8112189876", "19811218-9876", "670919-9530", "701063-2391", "121212+1212"]);
        refuses("se-personnummer", &["811218-9877", "811218-987", "811218-98760", "811318-9876", "21811218-9876", "811218+98+76"]);
    }

    #[test]
    fn switzerland() {
        accepts("ch-ahv", &["756.9217.0769.85", "7561234567897"]);
        refuses("ch-ahv", &["756.9217.0769.84", "756.9217.0769.8", "756.9217.0769.850", "4006381333931"]);
    }
}
