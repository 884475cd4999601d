//! Value added tax numbers of Europe.

use super::super::scheme::{Check, NUMBER, Scheme, ordinal, part};
use super::europe::{FINNISH_FIRM, GREEK, IRISH, PORTUGUESE, SLOVENIAN, SPANISH, belgian, cif, digit, is_spanish_firm, rank, rest};

/// `eu-vat`: a value added tax number with its country before it, by the check of each country (European Commission, "VIES", and the
/// algorithms that tax authorities publish for it).
pub(in super::super) static EU_VAT: &[Scheme] = &[
    vat(&["ATUdddddddd"], &[Check::CrossSum { weights: &[1, 2, 1, 2, 1, 2, 1, 0], plus: 4, table: b"0987654321", back: 0 }]),
    vat(&["BE0ddddddddd", "BE1ddddddddd", "BEddddddddd"], &[belgian(0)]),
    vat(&["BGddddddddd"], &[Check::Twice { weights: &[1, 2, 3, 4, 5, 6, 7, 8, 0], again: &[3, 4, 5, 6, 7, 8, 9, 10, 0], ten: 0 }]),
    vat(&["CHEddddddddd"], &[Check::Sum { weights: &[5, 4, 3, 2, 7, 6, 5, 4, 0], plus: 0, table: b"0-987654321", back: 0 }]),
    Scheme { shapes: &["CYddddddddl"], plausible: is_cypriot, ..NUMBER },
    vat(&["CZdddddddd"], &[Check::Sum { weights: &[8, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: b"10987654321", back: 0 }]),
    vat(&["DEddddddddd"], &[Check::Mod11_10 { behind: 2 }]),
    vat(&["DKdddddddd"], &[Check::Zero { weights: &[2, 7, 6, 5, 4, 3, 2, 1], plus: 0, modulus: 11 }]),
    vat(&["EEddddddddd"], &[Check::Sum { weights: &[3, 7, 1, 3, 7, 1, 3, 7, 0], plus: 0, table: b"0987654321", back: 0 }]),
    vat(&["ELddddddddd", "GRddddddddd"], &[GREEK]),
    vat(&["ESddddddddl"], &[SPANISH]),
    Scheme {
        shapes: &["ESldddddddd"],
        plausible: |text| is_spanish_firm(text.get(2..).unwrap_or_default()),
        ..vat(&[], &[cif(b"0987654321")])
    },
    Scheme {
        shapes: &["ESldddddddl"],
        plausible: |text| is_spanish_firm(text.get(2..).unwrap_or_default()),
        ..vat(&[], &[cif(b"JIHGFEDCBA")])
    },
    vat(&["FIdddddddd"], &[FINNISH_FIRM]),
    // The key is 12 and three times the SIREN's remainder, modulo 97.
    Scheme { shapes: &["FRddddddddddd"], plausible: |text| (12 + 3 * (part(text, 4, 9) % 97)) % 97 == part(text, 2, 2), ..NUMBER },
    vat(&["HRddddddddddd"], &[Check::Mod11_10 { behind: 2 }]),
    vat(&["HUdddddddd"], &[Check::Sum { weights: &[9, 7, 3, 1, 9, 7, 3, 0], plus: 0, table: b"0987654321", back: 0 }]),
    vat(&["IEdddddddl"], &[Check::Sum { weights: &[8, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: IRISH, back: 0 }]),
    Scheme {
        value: |byte| if byte == b'W' { 0 } else { rank(byte) },
        ..vat(&["IEdddddddll"], &[Check::Sum { weights: &[8, 7, 6, 5, 4, 3, 2, 0, 9], plus: 0, table: IRISH, back: 1 }])
    },
    vat(&["ITddddddddddd"], &[Check::Luhn]),
    vat(&["LTddddddddd"], &[Check::Twice { weights: &[1, 2, 3, 4, 5, 6, 7, 8, 0], again: &[3, 4, 5, 6, 7, 8, 9, 1, 0], ten: 0 }]),
    vat(&["LUdddddddd"], &[rest(89, 2)]),
    vat(&["LVddddddddddd"], &[Check::Zero { weights: &[9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1], plus: -3, modulus: 11 }]),
    vat(&["MTdddddddd"], &[Check::Zero { weights: &[3, 4, 6, 7, 8, 9, 10, 1], plus: 0, modulus: 37 }]),
    vat(&["NLdddddddddBdd"], &[Check::Sum { weights: &[9, 8, 7, 6, 5, 4, 3, 2, 0, 0, 0, 0], plus: 0, table: b"0123456789-", back: 3 }]),
    // Of persons since 2020: ISO/IEC 7064 MOD 97-10 over the whole text, NL included.
    Scheme { shapes: &["NLdddddddddBdd"], value: ordinal, spread: true, checks: &[Check::Mod97_10], ..NUMBER },
    vat(&["PLdddddddddd"], &[Check::Sum { weights: &[6, 5, 7, 2, 3, 4, 5, 6, 7, 0], plus: 0, table: b"0123456789-", back: 0 }]),
    vat(&["PTddddddddd"], &[PORTUGUESE]),
    vat(
        &["ROdd", "ROddd", "ROdddd", "ROddddd", "ROdddddd", "ROddddddd", "ROdddddddd", "ROddddddddd", "ROdddddddddd"],
        &[Check::Sum { weights: &[70, 50, 30, 20, 10, 70, 50, 30, 20, 0], plus: 0, table: b"01234567890", back: 0 }],
    ),
    vat(&["SEdddddddddd01"], &[Check::LuhnBefore(2)]),
    vat(&["SIdddddddd"], &[SLOVENIAN]),
    vat(&["SKdddddddddd"], &[Check::Multiple(11)]),
];

/// `at-ch-uid`: an Austrian or Swiss number of a firm as it is called at home, without its country, by the check of `eu-vat`.
pub(in super::super) static AT_CH_UID: &[Scheme] = &[
    vat(&["Udddddddd"], &[Check::CrossSum { weights: &[1, 2, 1, 2, 1, 2, 1, 0], plus: 4, table: b"0987654321", back: 0 }]),
    vat(&["ddddddddd"], &[Check::Sum { weights: &[5, 4, 3, 2, 7, 6, 5, 4, 0], plus: 0, table: b"0-987654321", back: 0 }]),
];

/// The letters of the country and of the form count nothing.
const fn vat(shapes: &'static [&'static str], checks: &'static [Check]) -> Scheme {
    Scheme { shapes, value: digit, checks, ..NUMBER }
}

/// A Cypriot number: every second digit counts by a table; the letter is the sum modulo 26 (Tax Department).
fn is_cypriot(text: &[u8]) -> bool {
    const ODD: [u64; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    let share = |at: usize| {
        let digit = part(text, 2 + at, 1);
        if at.is_multiple_of(2) { ODD.get(digit as usize).copied().unwrap_or_default() } else { digit }
    };
    let letter = (0..8).map(share).sum::<u64>() % 26;
    !text.starts_with(b"CY12") && text.last().is_some_and(|&last| u64::from(last - b'A') == letter)
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{accepts, refuses};

    #[test]
    fn value_added_tax() {
        accepts("eu-vat", &["ATU13585627", "BE0428759497", "BG175074752", "DE136695976", "EL094259216", "ESA58818501", "FI20774740"]);
        accepts("eu-vat", &["CZ25123891", "DK13585628", "EE100931558", "FR40303265045", "HR33392005961", "HU12892312", "IE6433435F"]);
        accepts("eu-vat", &["IT00743110157", "LT119511515", "LU15027442", "MT11679112", "NL004495445B01", "PL8567346215", "PT501964843"]);
        accepts("eu-vat", &["RO18547290", "SE123456789701", "SI15012557", "SK2022749619", "NL123456789B13", "de 136 695 976"]);
        accepts("at-ch-uid", &["U13585627", "123.456.788"]);
        refuses("at-ch-uid", &["U13585626", "123.456.789", "13585627", "ATU13585627"]);
        refuses(
            "eu-vat",
            &["ATU13585626", "BE0428759498", "DE136695977", "FR41303265045", "NL004495446B01", "RO18547291", "XX123456789", ""],
        );
    }
}
