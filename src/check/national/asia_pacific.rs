//! Asia, Australia and New Zealand.

use super::super::Verdict;
use super::super::arithmetic::{is_date, luhn_36};
use super::super::scheme::{Check, NUMBER, Scheme, ordinal, part};

/// `in-aadhaar`: an Indian Aadhaar number, Verhoeff over all twelve digits, the first of them 2 to 9 (UIDAI, "A UID Numbering Scheme").
pub(in super::super) static IN_AADHAAR: &[Scheme] = &[Scheme {
    shapes: &["dddddddddddd"],
    plausible: |text| !matches!(text.first(), Some(b'0' | b'1')),
    checks: &[Check::Verhoeff],
    ..NUMBER
}];

/// `in-gstin`: an Indian goods and services tax number: a state, the holder's PAN, a count, Z, and a check character modulo 36 with the
/// weights 1 and 2 (GSTN, "GSTIN structure").
pub(in super::super) static IN_GSTIN: &[Scheme] = &[Scheme {
    shapes: &["ddlllllddddlxZx"],
    plausible: |text| {
        matches!(part(text, 0, 2), 1..=38 | 97 | 99)
            && luhn_36(text.get(..14).unwrap_or_default().iter().map(|&byte| ordinal(byte))) == text.last().map(|&byte| ordinal(byte))
    },
    ..NUMBER
}];

/// `au-tfn`: an Australian tax file number, nine digits (eight, of the oldest) weighted modulo 11 (Australian Taxation Office).
pub(in super::super) static AU_TFN: &[Scheme] = &[
    Scheme { shapes: &["ddddddddd"], checks: &[Check::Zero { weights: &[1, 4, 3, 7, 5, 8, 6, 9, 10], plus: 0, modulus: 11 }], ..NUMBER },
    Scheme { shapes: &["dddddddd"], checks: &[Check::Zero { weights: &[10, 7, 8, 4, 6, 3, 5, 1], plus: 0, modulus: 11 }], ..NUMBER },
];

/// `au-abn`: an Australian business number: one less in the first digit, then modulo 89 (Australian Business Register, "Format of the ABN").
pub(in super::super) static AU_ABN: &[Scheme] = &[Scheme {
    shapes: &["ddddddddddd"],
    plausible: |text| !text.starts_with(b"0"),
    checks: &[Check::Zero { weights: &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19], plus: -10, modulus: 89 }],
    ..NUMBER
}];

/// `au-acn`: an Australian company number, modulo 10 (ASIC, "Australian Company Number digit check").
pub(in super::super) static AU_ACN: &[Scheme] = &[Scheme {
    shapes: &["ddddddddd"],
    checks: &[Check::Sum { weights: &[8, 7, 6, 5, 4, 3, 2, 1, 0], plus: 0, table: b"0987654321", back: 0 }],
    ..NUMBER
}];

/// `au-medicare`: an Australian Medicare card: eight digits, one that checks them modulo 10, the issue of the card, perhaps the person
/// on it (Services Australia, "Medicare card number format").
pub(in super::super) static AU_MEDICARE: &[Scheme] = &[
    Scheme {
        shapes: &["dddddddddd"],
        plausible: is_medicare,
        checks: &[Check::Sum { weights: &[1, 3, 7, 9, 1, 3, 7, 9, 0, 0], plus: 0, table: b"0123456789", back: 1 }],
        ..NUMBER
    },
    Scheme {
        shapes: &["ddddddddddd"],
        plausible: is_medicare,
        checks: &[Check::Sum { weights: &[1, 3, 7, 9, 1, 3, 7, 9, 0, 0, 0], plus: 0, table: b"0123456789", back: 2 }],
        ..NUMBER
    },
];

fn is_medicare(text: &[u8]) -> bool {
    matches!(text.first(), Some(b'2'..=b'6'))
}

/// `nz-ird`: a New Zealand tax number of eight or nine digits, modulo 11, with other weights where ten comes out (Inland Revenue,
/// "IRD number validation", Resident Withholding Tax specification).
pub(in super::super) static NZ_IRD: &[Scheme] = &[Scheme {
    shapes: &["dddddddd", "ddddddddd"],
    plausible: |text| (10_000_000..150_000_000).contains(&part(text, 0, text.len())),
    checks: &[Check::Twice { weights: &[-3, -2, -7, -6, -5, -4, -3, -2, 0], again: &[-7, -4, -3, -2, -5, -2, -7, -6, 0], ten: 99 }],
    ..NUMBER
}];

/// `cn-resident-id`: a Chinese resident identity number: a region, a date, and ISO/IEC 7064 MOD 11-2 with X for ten (GB 11643-1999).
pub(in super::super) static CN_RESIDENT_ID: &[Scheme] = &[Scheme {
    shapes: &["dddddddddddddddddx"],
    plausible: |text| {
        let year = part(text, 6, 4);
        !text.starts_with(b"0") && (1800..2100).contains(&year) && is_date(Some(year), part(text, 10, 2), part(text, 12, 2))
    },
    checks: &[Check::Mod11_2],
    ..NUMBER
}];

/// `cn-uscc`: a Chinese unified social credit code of an organisation, modulo 31 without the letters I, O, S, V and Z (GB 32100-2015).
pub(in super::super) static CN_USCC: &[Scheme] = &[Scheme {
    shapes: &["xxddddddxxxxxxxxxx"],
    value: |byte| CREDIT.iter().position(|&other| other == byte).and_then(|at| u8::try_from(at).ok()).unwrap_or(0),
    plausible: |text| text.iter().all(|byte| CREDIT.contains(byte)),
    checks: &[Check::Sum {
        weights: &[-1, -3, -9, -27, -19, -26, -16, -17, -20, -29, -25, -13, -8, -24, -10, -30, -28, 0],
        plus: 0,
        table: CREDIT,
        back: 0,
    }],
    ..NUMBER
}];

const CREDIT: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// `tw-national-id`: a national identity card or resident certificate of Taiwan: a letter for the place, written as two digits, then
/// nine digits modulo 10 (Ministry of the Interior; of residents since 2021).
pub(in super::super) static TW_NATIONAL_ID: &[Scheme] = &[Scheme {
    shapes: &["l1dddddddd", "l2dddddddd", "l8dddddddd", "l9dddddddd"],
    value: |byte| match byte {
        b'A'..=b'Z' => b"\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x22\x12\x13\x14\x15\x16\x23\x17\x18\x19\x1a\x1b\x1c\x1d\x20\x1e\x1f\x21"
            .get(usize::from(byte - b'A'))
            .copied()
            .unwrap_or(0),
        _ => ordinal(byte),
    },
    spread: true,
    checks: &[Check::Zero { weights: &[1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1], plus: 0, modulus: 10 }],
    ..NUMBER
}];

/// `hk-hkid`: a Hong Kong identity card: one letter or two, six digits, and modulo 11 with A for ten, where a missing letter counts 36
/// (Immigration Department).
pub(in super::super) static HK_HKID: &[Scheme] = &[
    Scheme {
        shapes: &["lddddddx"],
        checks: &[Check::Sum { weights: &[-8, -7, -6, -5, -4, -3, -2, 0], plus: -9 * 36, table: b"0123456789A", back: 0 }],
        ..NUMBER
    },
    Scheme {
        shapes: &["llddddddx"],
        checks: &[Check::Sum { weights: &[-9, -8, -7, -6, -5, -4, -3, -2, 0], plus: 0, table: b"0123456789A", back: 0 }],
        ..NUMBER
    },
];

/// `jp-my-number`: a Japanese individual number, modulo 11 (Ministerial order 85 of 2014 on the numbers act, article 5).
pub(in super::super) static JP_MY_NUMBER: &[Scheme] = &[Scheme {
    shapes: &["dddddddddddd"],
    checks: &[Check::Sum { weights: &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: b"00987654321", back: 0 }],
    ..NUMBER
}];

/// `jp-corporate-number`: a Japanese corporate number, whose first digit is nine less the weighted sum modulo 9 (National Tax Agency).
pub(in super::super) static JP_CORPORATE_NUMBER: &[Scheme] = &[Scheme {
    shapes: &["ddddddddddddd"],
    checks: &[Check::Sum { weights: &[0, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1], plus: 0, table: b"987654321", back: 12 }],
    ..NUMBER
}];

/// `kr-rrn`: a South Korean registration number of a resident or foreigner: a date, a digit for century and sex, and modulo 11 with the
/// weights 2 to 9 and 2 to 5, two more for foreigners. Since October 2020 the last digits are random (Resident Registration Act,
/// enforcement rules).
pub(in super::super) static KR_RRN: &[Scheme] = &[
    Scheme {
        shapes: &["ddddddddddddd"],
        plausible: |text| korean_date(text) && !matches!(text.get(6), Some(b'5'..=b'8')),
        checks: &[Check::Sum { weights: &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5, 0], plus: 0, table: b"10987654321", back: 0 }],
        otherwise: Verdict::Doubtful,
        ..NUMBER
    },
    Scheme {
        shapes: &["ddddddddddddd"],
        plausible: |text| korean_date(text) && matches!(text.get(6), Some(b'5'..=b'8')),
        checks: &[Check::Sum { weights: &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5, 0], plus: 0, table: b"32109876543", back: 0 }],
        otherwise: Verdict::Doubtful,
        ..NUMBER
    },
];

fn korean_date(text: &[u8]) -> bool {
    is_date(None, part(text, 2, 2), part(text, 4, 2))
}

/// `kr-brn`: a South Korean business registration number, modulo 10; of five times the ninth digit both digits count (National Tax
/// Service).
pub(in super::super) static KR_BRN: &[Scheme] = &[Scheme {
    shapes: &["dddddddddd"],
    plausible: |text| {
        let tens = part(text, 8, 1) * 5 / 10;
        let weighted: u64 = [1, 3, 7, 1, 3, 7, 1, 3, 5].iter().zip(0..).map(|(weight, at)| weight * part(text, at, 1)).sum();
        (10 - (weighted + tens) % 10) % 10 == part(text, 9, 1)
    },
    ..NUMBER
}];

const NRIC: &[i32] = &[2, 7, 6, 5, 4, 3, 2, 0];

/// `sg-nric`: a Singaporean identity card (S, T) or foreign identification number (F, G, M), modulo 11 (Immigration and Checkpoints
/// Authority; the letters are public through the forms that check them).
pub(in super::super) static SG_NRIC: &[Scheme] = &[
    Scheme { shapes: &["Sdddddddl"], checks: &[nric(0, b"JZIHGFEDCBA")], value: digit, ..NUMBER },
    Scheme { shapes: &["Tdddddddl"], checks: &[nric(4, b"JZIHGFEDCBA")], value: digit, ..NUMBER },
    Scheme { shapes: &["Fdddddddl"], checks: &[nric(0, b"XWUTRQPNMLK")], value: digit, ..NUMBER },
    Scheme { shapes: &["Gdddddddl"], checks: &[nric(4, b"XWUTRQPNMLK")], value: digit, ..NUMBER },
    Scheme { shapes: &["Mdddddddl"], checks: &[nric(3, b"XWUTRQPNJLK")], value: digit, ..NUMBER },
];

const fn nric(plus: i32, table: &'static [u8]) -> Check {
    Check::Sum { weights: NRIC, plus, table, back: 0 }
}

/// Digits count, letters do not.
fn digit(byte: u8) -> u8 {
    if byte.is_ascii_digit() { byte - b'0' } else { 0 }
}

/// `sg-uen`: a Singaporean entity number of a business, a local company or another entity, modulo 11 (ACRA, "Unique Entity Number").
pub(in super::super) static SG_UEN: &[Scheme] = &[
    Scheme {
        shapes: &["ddddddddl"],
        value: digit,
        checks: &[Check::Sum { weights: &[10, 4, 9, 3, 8, 2, 7, 1, 0], plus: 0, table: b"XMKECAWLJDB", back: 0 }],
        ..NUMBER
    },
    Scheme {
        shapes: &["19dddddddl", "20dddddddl"],
        value: digit,
        checks: &[Check::Sum { weights: &[10, 8, 6, 4, 9, 7, 5, 3, 1, 0], plus: 0, table: b"ZKCMDNERGWH", back: 0 }],
        ..NUMBER
    },
    Scheme {
        shapes: &["Rddlxddddl", "Sddlxddddl", "Tddlxddddl"],
        value: |byte| {
            let at = b"ABCDEFGHJKLMNPQRSTUVWX0123456789".iter().position(|&other| other == byte);
            at.and_then(|at| u8::try_from(at).ok()).unwrap_or(0)
        },
        checks: &[Check::Sum { weights: &[4, 3, 5, 3, 10, 2, 2, 5, 7, 0], plus: -5, table: b"ABCDEFGHJKL", back: 0 }],
        ..NUMBER
    },
];

/// `th-tnin`: a Thai identity number, modulo 11 (Department of Provincial Administration).
pub(in super::super) static TH_TNIN: &[Scheme] = &[Scheme {
    shapes: &["ddddddddddddd"],
    plausible: |text| !matches!(text.first(), Some(b'0' | b'9')),
    checks: &[Check::Sum { weights: &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: b"10987654321", back: 0 }],
    ..NUMBER
}];

/// `my-nric`: a Malaysian identity card: a date, a place of birth in use, a serial; there is no check digit (Jabatan Pendaftaran Negara,
/// "Kod Negeri").
pub(in super::super) static MY_NRIC: &[Scheme] = &[Scheme {
    shapes: &["dddddddddddd"],
    plausible: |text| {
        is_date(None, part(text, 2, 2), part(text, 4, 2)) && !matches!(part(text, 6, 2), 0 | 17..=20 | 69 | 70 | 73 | 80 | 81 | 94..=97)
    },
    ..NUMBER
}];

/// `id-nik`: an Indonesian population number: a province in use, a date (40 more in the day for women), a serial; there is no check
/// digit (Permendagri on population administration).
pub(in super::super) static ID_NIK: &[Scheme] = &[Scheme {
    shapes: &["dddddddddddddddd"],
    plausible: |text| {
        let province = matches!(part(text, 0, 2), 11..=21 | 31..=36 | 51..=53 | 61..=65 | 71..=76 | 81 | 82 | 91..=97);
        province && is_date(None, part(text, 8, 2), part(text, 6, 2) % 40) && part(text, 12, 4) != 0
    },
    ..NUMBER
}];

/// `kz-iin`: a Kazakh identification number of a person (a date first) or firm, modulo 11 (Resolution 406 of 2003, Ministry of Finance).
pub(in super::super) static KZ_IIN: &[Scheme] = &[Scheme {
    shapes: &["dddddddddddd"],
    plausible: |text| (1..=12).contains(&part(text, 2, 2)),
    checks: &[Check::Twice { weights: &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0], again: &[3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2, 0], ten: 99 }],
    ..NUMBER
}];

#[cfg(test)]
mod tests {
    use super::super::super::Verdict;
    use super::super::super::tests::{accepts, refuses, verdict_of};

    #[test]
    fn india() {
        accepts("in-aadhaar", &["2341 2341 2346", "999941057058"]);
        refuses("in-aadhaar", &["2341 2341 2347", "2341 2341 234", "2341 2341 23460", "1341 2341 2346", "3241 2341 2346"]);
        accepts("in-gstin", &["27AAPFU0939F1ZV"]);
        refuses("in-gstin", &["27AAPFU0939F1ZO", "39AAPFU0939F1ZV", "27AAPFU0939F1YV", "27AAPFU0939F1Z"]);
    }

    #[test]
    fn australia_and_new_zealand() {
        accepts("au-tfn", &["123 456 782", "876543210"]);
        refuses("au-tfn", &["123 456 783", "123 456 7", "123 456 7820", "000000000"]);
        accepts("au-abn", &["51 824 753 556", "83914571673"]);
        refuses("au-abn", &["51 824 753 557", "01 824 753 556"]);
        accepts("au-acn", &["004 085 616", "010 749 961"]);
        refuses("au-acn", &["004 085 617"]);
        accepts("au-medicare", &["2123 45670 1", "2123 45670 1-1"]);
        refuses("au-medicare", &["2123 45671 1", "1123 45670 1"]);
        accepts("nz-ird", &["49-091-850", "35-901-981", "49-098-576", "136-410-132"]);
        refuses("nz-ird", &["49-091-851", "9-125-568", "136-410-133"]);
    }

    #[test]
    fn china_and_its_neighbours() {
        // The standard's own examples.
        accepts("cn-resident-id", &["11010519491231002X", "440524188001010014", "11010519491231002x"]);
        refuses(
            "cn-resident-id",
            &["110105194912310021", "11010519491331002X", "1101051949123100X", "11010519491231002XX", "X10105194912310020"],
        );
        accepts("cn-uscc", &["91110000600037341L"]);
        refuses("cn-uscc", &["91110000600037342L", "9111000060003734IL"]);
        accepts("tw-national-id", &["A123456789"]);
        refuses("tw-national-id", &["A123456788", "A323456789"]);
        accepts("hk-hkid", &["A123456(3)", "AB987654(3)"]);
        refuses("hk-hkid", &["A123456(4)", "AB987654(2)", "A12345(3)"]);
    }

    #[test]
    fn japan_and_korea() {
        accepts("jp-my-number", &["1234 5678 9018"]);
        refuses("jp-my-number", &["1234 5678 9019"]);
        // The National Tax Agency's own number.
        accepts("jp-corporate-number", &["7000012050002"]);
        refuses("jp-corporate-number", &["8000012050002"]);
        accepts("kr-rrn", &["971013-9019902"]);
        assert_eq!(verdict_of("kr-rrn", b"971013-9019903"), Verdict::Doubtful);
        refuses("kr-rrn", &["971313-9019902", "971013-901990"]);
        accepts("kr-brn", &["220-81-62517"]);
        refuses("kr-brn", &["220-81-62518"]);
    }

    #[test]
    fn south_east_asia() {
        accepts("sg-nric", &["S1234567D", "G1234567X", "s1234567d"]);
        refuses("sg-nric", &["S1234567E", "T1234567D", "X1234567D"]);
        accepts("sg-uen", &["00192200M", "197401143C", "T01FC6132D"]);
        refuses("sg-uen", &["00192201M", "197401143D", "T01FC6132E"]);
        accepts("th-tnin", &["1-2345-45678-78-1"]);
        refuses("th-tnin", &["1-2345-45678-78-9", "0-2345-45678-78-1"]);
        accepts("my-nric", &["770305-02-1234"]);
        refuses("my-nric", &["771305-02-1234", "770305-17-1234"]);
        accepts("id-nik", &["3171011708450001", "3171015708450001"]);
        refuses("id-nik", &["9971011708450001", "3171013208450001", "3171011713450001"]);
    }

    #[test]
    fn kazakhstan() {
        // By hand: 1*8 + 2*5 + 3*0 + 4*1 + 5*0 + 6*1 + 7*3 + 8*0 + 9*0 + 10*0 + 11*1 = 60, 60 mod 11 = 5.
        accepts("kz-iin", &["850101300015"]);
        refuses("kz-iin", &["850101300016", "851301300015"]);
    }
}
