//! The European continent.

use super::super::Verdict;
use super::super::arithmetic::{Digits, all_same, alphanumerics, is_date, luhn, value, verdict};
use super::super::scheme::{Check, NUMBER, Scheme, ordinal, part};

/// Does a date of two digits each stand here?
fn date(text: &[u8], month: usize, day: usize) -> bool {
    is_date(None, part(text, month, 2), part(text, day, 2))
}

/// The letter of the remainder modulo 23.
pub(super) const SPANISH: Check = Check::Sum {
    weights: &[10_000_000, 1_000_000, 100_000, 10_000, 1000, 100, 10, 1, 0],
    plus: 0,
    table: b"TRWAGMYFPDXBNJZSQVHLCKE",
    back: 0,
};

/// `es-dni`: a Spanish identity document, eight digits and the letter of the remainder modulo 23 (Ministerio del Interior, "Cálculo del
/// dígito de control del NIF/NIE").
pub(in super::super) static ES_DNI: &[Scheme] = &[Scheme { shapes: &["ddddddddl"], checks: &[SPANISH], ..NUMBER }];

/// `es-nie`: a Spanish number of a foreigner: X, Y or Z stand for a leading 0, 1 or 2, then as `es-dni`.
pub(in super::super) static ES_NIE: &[Scheme] = &[Scheme {
    shapes: &["Xdddddddl", "Ydddddddl", "Zdddddddl"],
    value: |byte| if byte >= b'X' { byte.saturating_sub(b'X') } else { ordinal(byte) },
    checks: &[SPANISH],
    ..NUMBER
}];

/// `es-cif`: a Spanish tax number of an organisation: Luhn, whose check digit is written as a letter for some kinds (Orden
/// EHA/451/2008).
pub(in super::super) static ES_CIF: &[Scheme] = &[
    Scheme { shapes: &["ldddddddd"], plausible: is_spanish_firm, value: digit, checks: &[cif(b"0987654321")], ..NUMBER },
    Scheme { shapes: &["ldddddddl"], plausible: is_spanish_firm, value: digit, checks: &[cif(b"JIHGFEDCBA")], ..NUMBER },
];

pub(super) fn is_spanish_firm(text: &[u8]) -> bool {
    text.first().is_some_and(|kind| b"ABCDEFGHJNPQRSUVW".contains(kind))
}

pub(super) const fn cif(table: &'static [u8]) -> Check {
    Check::CrossSum { weights: &[2, 1, 2, 1, 2, 1, 2, 0], plus: 0, table, back: 0 }
}

/// Digits count, letters do not.
pub(super) fn digit(byte: u8) -> u8 {
    if byte.is_ascii_digit() { byte - b'0' } else { 0 }
}

/// `es-nss`: a Spanish social security number: province, number, and the remainder modulo 97; a short number stands without its zeros
/// when the remainder is taken (Tesorería General de la Seguridad Social).
pub(in super::super) static ES_NSS: &[Scheme] = &[
    Scheme { shapes: &["dddddddddddd"], plausible: is_province, checks: &[rest(97, 2)], ..NUMBER },
    Scheme {
        shapes: &["dd0ddddddddd"],
        plausible: |text| is_province(text) && (part(text, 0, 2) * 10_000_000 + part(text, 3, 7)) % 97 == part(text, 10, 2),
        ..NUMBER
    },
];

fn is_province(text: &[u8]) -> bool {
    (1..=66).contains(&part(text, 0, 2))
}

pub(super) const fn rest(modulus: u64, digits: usize) -> Check {
    Check::Rest { before: 0, modulus, digits, complement: false }
}

/// `fr-nir`: a French social security number, thirteen places and a key of 97 less the remainder modulo 97; the departments of Corsica,
/// 2A and 2B, count as 19 and 18 (INSEE, "Numéro d'inscription au répertoire"). Months 20, 30 to 42 and 50 up stand for unknown ones.
pub(in super::super) fn fr_nir(candidate: &[u8]) -> Verdict {
    let digits = nir_with_key(candidate);
    verdict(digits.is_some_and(|digits| matches!(digits[0], 1..=4 | 7 | 8) && matches!(value(&digits[3..5]), 1..=12 | 20 | 30..=42 | 50..)))
}

/// `fr-nir-key`: as `fr-nir`, by its key alone: for what is called so, of which the first digit and the month may be of any kind.
pub(in super::super) fn fr_nir_key(candidate: &[u8]) -> Verdict {
    verdict(nir_with_key(candidate).is_some())
}

/// The digits of a number whose key is right.
fn nir_with_key(candidate: &[u8]) -> Option<[u8; 15]> {
    let mut text = alphanumerics::<15>(candidate)?;
    match &text[5..7] {
        b"2A" => text[5..7].copy_from_slice(b"19"),
        b"2B" => text[5..7].copy_from_slice(b"18"),
        _ => {}
    }
    let digits = Digits::exactly::<15>(&text)?;
    (97 - value(&digits[..13]) % 97 == value(&digits[13..])).then_some(digits)
}

/// `fr-spi`: a French tax number (numéro fiscal): ten digits and their remainder modulo 511 (DGFiP, "Numéro SPI").
pub(in super::super) static FR_SPI: &[Scheme] =
    &[Scheme { shapes: &["0dddddddddddd", "1dddddddddddd", "2dddddddddddd", "3dddddddddddd"], checks: &[rest(511, 3)], ..NUMBER }];

/// `de-steuer-id`: a German tax number, ISO/IEC 7064 MOD 11,10; of its first ten digits exactly one comes twice or three times, but not
/// three times in a row (Bundeszentralamt für Steuern, "Steueridentifikationsnummer"; § 139b AO).
pub(in super::super) static DE_STEUER_ID: &[Scheme] = &[Scheme {
    shapes: &["ddddddddddd"],
    plausible: |text| {
        let body = text.get(..10).unwrap_or_default();
        let times = |digit: u8| body.iter().filter(|&&other| other == digit).count();
        let repeated = (b'0'..=b'9').filter(|&digit| times(digit) > 1).count() == 1 && (b'0'..=b'9').all(|digit| times(digit) <= 3);
        !text.starts_with(b"0") && repeated && !body.windows(3).any(all_same)
    },
    checks: &[Check::Mod11_10 { behind: 0 }],
    ..NUMBER
}];

/// `de-document`: a German passport or identity card: nine characters of the serial (no vowels and a few other letters) and a check
/// digit with the weights 7-3-1 (ICAO Doc 9303; Bundesministerium des Innern).
pub(in super::super) static DE_DOCUMENT: &[Scheme] = &[Scheme {
    shapes: &["lxxxxxxxxd"],
    plausible: |text| text.iter().all(|byte| byte.is_ascii_digit() || b"CFGHJKLMNPRTVWXYZ".contains(byte)),
    checks: &[Check::Sum { weights: &[7, 3, 1, 7, 3, 1, 7, 3, 1, 0], plus: 0, table: b"0123456789", back: 0 }],
    ..NUMBER
}];

/// A letter counts as its place in the alphabet.
pub(super) fn rank(byte: u8) -> u8 {
    if byte.is_ascii_uppercase() { byte - b'A' + 1 } else { digit(byte) }
}

/// `de-rvnr`: a German pension insurance number: area, date of birth, letter of the name, serial, and a check digit over cross sums
/// (Deutsche Rentenversicherung; § 2 VKVV).
pub(in super::super) static DE_RVNR: &[Scheme] = &[Scheme {
    shapes: &["ddddddddlddd"],
    value: rank,
    spread: true,
    plausible: |text| matches!(part(text, 4, 2), 1..=12) && matches!(part(text, 2, 2) % 50, 1..=31),
    checks: &[Check::CrossSum { weights: &[2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1, 0], plus: 0, table: b"0123456789", back: 0 }],
    ..NUMBER
}];

/// `de-kvnr`: a German health insurance number: a letter, eight digits, and a check digit over cross sums (GKV-Spitzenverband,
/// "Krankenversichertennummer").
pub(in super::super) static DE_KVNR: &[Scheme] = &[Scheme {
    shapes: &["lddddddddd"],
    value: rank,
    spread: true,
    checks: &[Check::CrossSum { weights: &[1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 0], plus: 0, table: b"0123456789", back: 0 }],
    ..NUMBER
}];

/// `de-lanr`: a German physician: six digits, one that checks them with the weights 4 and 9, two for the specialty (Kassenärztliche
/// Bundesvereinigung, "Arztnummern-Richtlinie").
pub(in super::super) static DE_LANR: &[Scheme] = &[Scheme {
    shapes: &["ddddddddd"],
    checks: &[Check::Sum { weights: &[4, 9, 4, 9, 4, 9, 0, 0, 0], plus: 0, table: b"0987654321", back: 2 }],
    ..NUMBER
}];

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
pub(in super::super) static NL_BSN: &[Scheme] = &[Scheme {
    shapes: &["dddddddd", "ddddddddd"],
    checks: &[Check::Sum { weights: &[9, 8, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: b"0123456789-", back: 0 }],
    ..NUMBER
}];

/// A date whose month carries the century: the step for each from 1900 on, then for 1800.
fn coded_date(text: &[u8], step: u64) -> bool {
    let coded = part(text, 2, 2);
    let century = match (step, coded / 20) {
        (20, 0) => 1900,
        (20, 1) => 2000,
        (20, 2) => 2100,
        (20, 3) => 2200,
        _ => 1800,
    };
    is_date(Some(century + part(text, 0, 2)), coded % step, part(text, 4, 2))
}

/// `pl-pesel`: a Polish number of a person: a date whose month carries the century, and a weighted sum (Ministry of Digital Affairs,
/// "Czym jest numer PESEL").
pub(in super::super) static PL_PESEL: &[Scheme] = &[Scheme {
    shapes: &["ddddddddddd"],
    plausible: |text| coded_date(text, 20),
    checks: &[Check::Zero { weights: &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1], plus: 0, modulus: 10 }],
    ..NUMBER
}];

/// `pl-nip`: a Polish tax number, modulo 11 (Ministry of Finance, Act on registration of taxpayers).
pub(in super::super) static PL_NIP: &[Scheme] = &[Scheme {
    shapes: &["dddddddddd"],
    checks: &[Check::Sum { weights: &[6, 5, 7, 2, 3, 4, 5, 6, 7, 0], plus: 0, table: b"0123456789-", back: 0 }],
    ..NUMBER
}];

/// `pl-regon`: a Polish statistical number of a firm, of nine or fourteen digits, modulo 11 (Główny Urząd Statystyczny).
pub(in super::super) static PL_REGON: &[Scheme] = &[
    Scheme {
        shapes: &["ddddddddd"],
        checks: &[Check::Sum { weights: &[8, 9, 2, 3, 4, 5, 6, 7, 0], plus: 0, table: b"01234567890", back: 0 }],
        ..NUMBER
    },
    Scheme {
        shapes: &["dddddddddddddd"],
        checks: &[Check::Sum { weights: &[2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8, 0], plus: 0, table: b"01234567890", back: 0 }],
        ..NUMBER
    },
];

/// `pl-id-card`: a Polish identity card: three letters, a check digit, five digits, with the weights 7-3-1 (Ministry of the Interior).
pub(in super::super) static PL_ID_CARD: &[Scheme] = &[Scheme {
    shapes: &["llldddddd"],
    checks: &[Check::Sum { weights: &[7, 3, 1, 0, 7, 3, 1, 7, 3], plus: 0, table: b"0123456789", back: 5 }],
    ..NUMBER
}];

/// `pl-passport`: a Polish passport: two letters, a check digit, six digits, with the weights 7-3-1 (Ministry of the Interior).
pub(in super::super) static PL_PASSPORT: &[Scheme] = &[Scheme {
    shapes: &["llddddddd"],
    checks: &[Check::Sum { weights: &[7, 3, 0, 1, 7, 3, 1, 7, 3], plus: 0, table: b"0123456789", back: 6 }],
    ..NUMBER
}];

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

/// `se-orgnr`: a Swedish organisation number: Luhn; the third digit is 2 or more, so that it is no date (Skatteverket,
/// "Organisationsnummer").
pub(in super::super) static SE_ORGNR: &[Scheme] =
    &[Scheme { shapes: &["dddddddddd"], plausible: |text| part(text, 2, 2) >= 20, checks: &[Check::Luhn], ..NUMBER }];

/// `ch-ahv`: a Swiss social insurance number: 756 and an EAN-13 check digit (Central Compensation Office, "The AHV number").
pub(in super::super) static CH_AHV: &[Scheme] = &[Scheme {
    shapes: &["756dddddddddd"],
    checks: &[Check::Zero { weights: &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1], plus: 0, modulus: 10 }],
    ..NUMBER
}];

/// `ch-uid`: a Swiss business number, modulo 11 (Federal Statistical Office, "Unternehmens-Identifikationsnummer").
pub(in super::super) static CH_UID: &[Scheme] = &[Scheme {
    shapes: &["CHEddddddddd"],
    checks: &[Check::Sum { weights: &[5, 4, 3, 2, 7, 6, 5, 4, 0], plus: 0, table: b"0-987654321", back: 0 }],
    ..NUMBER
}];

/// `at-svnr`: an Austrian social insurance number: three digits, one that checks the rest modulo 11, a date of birth whose month may be
/// 13 to 15 where a day has run out of numbers (Dachverband der Sozialversicherungsträger).
pub(in super::super) static AT_SVNR: &[Scheme] = &[Scheme {
    shapes: &["dddddddddd"],
    plausible: |text| !text.starts_with(b"0") && matches!(part(text, 6, 2), 1..=15) && matches!(part(text, 4, 2), 1..=31),
    checks: &[Check::Sum { weights: &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6], plus: 0, table: b"0123456789-", back: 6 }],
    ..NUMBER
}];

/// `be-national-number`: a Belgian national register number: a date of birth (20 or 40 more in the month for those without residence,
/// zeros where it is not known), a serial, and 97 less the remainder, with 2 before the number from 2000 on (Royal Decree of 3 April 1984).
pub(in super::super) static BE_NATIONAL_NUMBER: &[Scheme] = &[
    Scheme { shapes: &["ddddddddddd"], plausible: belgian_date, checks: &[belgian(0)], ..NUMBER },
    Scheme { shapes: &["ddddddddddd"], plausible: belgian_date, checks: &[belgian(2)], ..NUMBER },
];

fn belgian_date(text: &[u8]) -> bool {
    let (month, day) = (part(text, 2, 2) % 20, part(text, 4, 2));
    part(text, 2, 2) < 60 && (is_date(None, month, day) || (month <= 12 && day == 0) || (month == 0 && day <= 31))
}

pub(super) const fn belgian(before: u64) -> Check {
    Check::Rest { before, modulus: 97, digits: 2, complement: true }
}

/// `bg-egn`: a Bulgarian number of a citizen: a date whose month carries the century, modulo 11 (Civil Registration Act; ESGRAON).
pub(in super::super) static BG_EGN: &[Scheme] = &[Scheme {
    shapes: &["dddddddddd"],
    plausible: |text| part(text, 2, 2) < 60 && is_date(None, part(text, 2, 2) % 20, part(text, 4, 2)),
    checks: &[Check::Sum { weights: &[2, 4, 8, 5, 10, 9, 7, 3, 6, 0], plus: 0, table: b"01234567890", back: 0 }],
    ..NUMBER
}];

/// `cz-rodne-cislo`: a birth number of Czechia or Slovakia: a date of birth (50 more in the month for women, 20 more where a day has run
/// out of numbers), and from 1954 on a multiple of 11, in whose place a remainder of ten became 0, mostly until 1985 (Act 133/2000 Coll.).
pub(in super::super) static CZ_RODNE_CISLO: &[Scheme] = &[
    Scheme { shapes: &["dddddddddd"], plausible: czech_date, checks: &[Check::Multiple(11)], ..NUMBER },
    Scheme { shapes: &["ddddddddd0"], plausible: |text| czech_date(text) && part(text, 0, 9) % 11 == 10, ..NUMBER },
    Scheme {
        shapes: &["ddddddddd"],
        plausible: |text| czech_date(text) && !matches!(part(text, 0, 2), 54..=79) && part(text, 6, 3) != 0,
        ..NUMBER
    },
];

fn czech_date(text: &[u8]) -> bool {
    let month = part(text, 2, 2) % 50;
    is_date(None, if month > 20 { month - 20 } else { month }, part(text, 4, 2))
}

/// `cz-ico`: a Czech or Slovak number of a firm, modulo 11 (Czech Statistical Office).
pub(in super::super) static CZ_ICO: &[Scheme] = &[Scheme {
    shapes: &["dddddddd"],
    checks: &[Check::Sum { weights: &[8, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: b"10987654321", back: 0 }],
    ..NUMBER
}];

/// `dk-cpr`: a Danish number of a person: a date of birth; modulo 11, which numbers given since 2007 need not keep (Det Centrale
/// Personregister, "Personnummeret i CPR").
pub(in super::super) static DK_CPR: &[Scheme] = &[Scheme {
    shapes: &["dddddddddd"],
    plausible: |text| date(text, 2, 0),
    checks: &[Check::Zero { weights: &[4, 3, 2, 7, 6, 5, 4, 3, 2, 1], plus: 0, modulus: 11 }],
    otherwise: Verdict::Doubtful,
    ..NUMBER
}];

/// `baltic-personal-code`: an Estonian or Lithuanian number of a person: century and sex, a date, modulo 11 in two steps (Estonian
/// standard EVS 585:2007; Lithuanian Act I-2237).
pub(in super::super) static BALTIC_PERSONAL_CODE: &[Scheme] = &[Scheme {
    shapes: &["ddddddddddd"],
    plausible: |text| matches!(text.first(), Some(b'1'..=b'8')) && date(text, 3, 5),
    checks: &[Check::Twice { weights: &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 0], again: &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 0], ten: 0 }],
    ..NUMBER
}];

/// `lv-personas-kods`: a Latvian number of a person: a date of birth, or 32 where none is told, modulo 11 (Cabinet regulation on personal
/// identity numbers). Those with 32 need not keep the check.
pub(in super::super) static LV_PERSONAS_KODS: &[Scheme] = &[
    Scheme { shapes: &["ddddddddddd"], plausible: |text| date(text, 2, 0), checks: &[LATVIAN], ..NUMBER },
    Scheme { shapes: &["32ddddddddd"], checks: &[LATVIAN], otherwise: Verdict::Doubtful, ..NUMBER },
];

const LATVIAN: Check = Check::Sum { weights: &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 0], plus: 1, table: b"01234567890", back: 0 };

/// `fi-hetu`: a Finnish personal identity code: a date of birth, a sign for the century (more of them since 2023), a serial, and the
/// character of the remainder modulo 31 (Digital and Population Data Services Agency).
pub(in super::super) fn fi_hetu(candidate: &[u8]) -> Verdict {
    let upper = candidate.to_ascii_uppercase();
    let [date, sign, serial, check] = match *upper.as_slice() {
        [ref date @ .., sign, a, b, c, check] if date.len() == 6 => [date, &[sign], &[a, b, c], &[check]].map(<[u8]>::to_vec),
        _ => return Verdict::Impossible,
    };
    let century = match *sign.as_slice() {
        [b'+'] => 1800,
        [b'-' | b'U'..=b'Y'] => 1900,
        [b'A'..=b'F'] => 2000,
        _ => return Verdict::Impossible,
    };
    let digits = [date, serial].concat();
    let serial = part(&digits, 6, 3);
    let born = is_date(Some(century + part(&digits, 4, 2)), part(&digits, 2, 2), part(&digits, 0, 2));
    let wanted = b"0123456789ABCDEFHJKLMNPRSTUVWXY".get((part(&digits, 0, 9) % 31) as usize);
    verdict(digits.iter().all(u8::is_ascii_digit) && born && serial >= 2 && check.first() == wanted)
}

/// `fi-ytunnus`: a Finnish business number, modulo 11 (Finnish Patent and Registration Office).
pub(in super::super) static FI_YTUNNUS: &[Scheme] = &[Scheme { shapes: &["dddddddd"], checks: &[FINNISH_FIRM], ..NUMBER }];

pub(super) const FINNISH_FIRM: Check = Check::Sum { weights: &[7, 9, 10, 5, 8, 4, 2, 0], plus: 0, table: b"0-987654321", back: 0 };

/// `gr-amka`: a Greek social security number: a date of birth, Luhn (IDIKA, "AMKA").
pub(in super::super) static GR_AMKA: &[Scheme] =
    &[Scheme { shapes: &["ddddddddddd"], plausible: |text| date(text, 2, 0), checks: &[Check::Luhn], ..NUMBER }];

pub(super) const GREEK: Check = Check::Sum { weights: &[256, 128, 64, 32, 16, 8, 4, 2, 0], plus: 0, table: b"01234567890", back: 0 };

/// `gr-afm`: a Greek tax number, powers of two modulo 11 (Independent Authority for Public Revenue; VIES).
pub(in super::super) static GR_AFM: &[Scheme] = &[Scheme { shapes: &["ddddddddd"], checks: &[GREEK], ..NUMBER }];

/// `hr-oib`: a Croatian number of a person or firm, ISO/IEC 7064 MOD 11,10 (Porezna uprava, "Osobni identifikacijski broj").
pub(in super::super) static HR_OIB: &[Scheme] = &[Scheme { shapes: &["ddddddddddd"], checks: &[Check::Mod11_10 { behind: 0 }], ..NUMBER }];

/// `hu-tax-id`: a Hungarian tax number of a person: 8, the days since 1867, and modulo 11 with the places as weights (Act CL of 2017).
pub(in super::super) static HU_TAX_ID: &[Scheme] = &[Scheme {
    shapes: &["8ddddddddd"],
    checks: &[Check::Sum { weights: &[1, 2, 3, 4, 5, 6, 7, 8, 9, 0], plus: 0, table: b"0123456789-", back: 0 }],
    ..NUMBER
}];

/// `hu-taj`: a Hungarian social insurance number, weights 3 and 7 modulo 10 (Act XX of 1996, annex).
pub(in super::super) static HU_TAJ: &[Scheme] = &[Scheme {
    shapes: &["ddddddddd"],
    checks: &[Check::Sum { weights: &[3, 7, 3, 7, 3, 7, 3, 7, 0], plus: 0, table: b"0123456789", back: 0 }],
    ..NUMBER
}];

/// `hu-personal-number`: a Hungarian number of a person: sex and century, a date of birth, and modulo 11 with weights that rise until
/// 1996 and fall from 1997 on (Act XX of 1996, annex).
pub(in super::super) static HU_PERSONAL_NUMBER: &[Scheme] = &[
    Scheme {
        shapes: &["ddddddddddd"],
        plausible: |text| matches!(text.first(), Some(b'1'..=b'8')) && date(text, 3, 5),
        checks: &[Check::Sum { weights: &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0], plus: 0, table: b"0123456789-", back: 0 }],
        ..NUMBER
    },
    Scheme {
        shapes: &["ddddddddddd"],
        plausible: |text| matches!(text.first(), Some(b'1'..=b'8')) && date(text, 3, 5),
        checks: &[Check::Sum { weights: &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0], plus: 0, table: b"0123456789-", back: 0 }],
        ..NUMBER
    },
];

/// `ie-pps`: an Irish personal public service number: seven digits, a letter modulo 23, since 2013 another letter that counts nine times
/// (Department of Social Protection).
pub(in super::super) static IE_PPS: &[Scheme] = &[
    Scheme {
        shapes: &["dddddddl"],
        checks: &[Check::Sum { weights: &[8, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: IRISH, back: 0 }],
        ..NUMBER
    },
    Scheme {
        shapes: &["dddddddll"],
        value: |byte| if byte == b'W' { 0 } else { rank(byte) },
        checks: &[Check::Sum { weights: &[8, 7, 6, 5, 4, 3, 2, 0, 9], plus: 0, table: IRISH, back: 1 }],
        ..NUMBER
    },
];

pub(super) const IRISH: &[u8] = b"WABCDEFGHIJKLMNOPQRSTUV";

/// `it-partita-iva`: an Italian VAT number, Luhn (Agenzia delle Entrate, D.P.R. 633/1972).
pub(in super::super) static IT_PARTITA_IVA: &[Scheme] =
    &[Scheme { shapes: &["ddddddddddd"], plausible: |text| part(text, 0, 7) != 0, checks: &[Check::Luhn], ..NUMBER }];

/// `lu-matricule`: a Luxembourg number of a person: a date of birth, a serial, a digit by Luhn and one by Verhoeff, both over the first
/// eleven (Law of 19 June 2013).
pub(in super::super) fn lu_matricule(candidate: &[u8]) -> Verdict {
    let Some(digits) = Digits::exactly::<13>(candidate) else { return Verdict::Impossible };
    let year = value(digits.get(..4).unwrap_or_default());
    let born = is_date(Some(year), value(digits.get(4..6).unwrap_or_default()), value(digits.get(6..8).unwrap_or_default()));
    let [body @ .., by_luhn, by_verhoeff] = digits;
    let with = |check: u8| {
        let mut number = [0; 12];
        for (place, digit) in number.iter_mut().zip(body.into_iter().chain([check])) {
            *place = digit;
        }
        number
    };
    verdict((1850..2100).contains(&year) && born && luhn(&with(by_luhn)) && super::super::arithmetic::verhoeff(&with(by_verhoeff)))
}

/// `no-fodselsnummer`: a Norwegian number of a person: a date of birth (40 more in the day or month, 80 more in the month, for other
/// kinds of it), two check digits modulo 11 (Skatteetaten, "Fødselsnummer").
pub(in super::super) static NO_FODSELSNUMMER: &[Scheme] = &[Scheme {
    shapes: &["ddddddddddd"],
    plausible: |text| is_date(None, part(text, 2, 2) % 40, part(text, 0, 2) % 40),
    checks: &[
        Check::Sum { weights: &[3, 7, 6, 1, 8, 9, 4, 5, 2, 0, 0], plus: 0, table: b"0-987654321", back: 1 },
        Check::Sum { weights: &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: b"0-987654321", back: 0 },
    ],
    ..NUMBER
}];

/// `no-orgnr`: a Norwegian organisation number, modulo 11 (Brønnøysundregistrene).
pub(in super::super) static NO_ORGNR: &[Scheme] = &[Scheme {
    shapes: &["8dddddddd", "9dddddddd"],
    checks: &[Check::Sum { weights: &[3, 2, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: b"0-987654321", back: 0 }],
    ..NUMBER
}];

pub(super) const PORTUGUESE: Check = Check::Sum { weights: &[9, 8, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: b"00987654321", back: 0 };

/// `pt-nif`: a Portuguese tax number, modulo 11 (Autoridade Tributária; Decreto-Lei 14/2013).
pub(in super::super) static PT_NIF: &[Scheme] = &[Scheme {
    shapes: &["ddddddddd"],
    plausible: |text| !matches!(text.first(), Some(b'0' | b'4')) || text.starts_with(b"45"),
    checks: &[PORTUGUESE],
    ..NUMBER
}];

/// `pt-niss`: a Portuguese social security number: primes as weights, nine less the remainder modulo 10 (Segurança Social).
pub(in super::super) static PT_NISS: &[Scheme] = &[Scheme {
    shapes: &["1dddddddddd", "2dddddddddd"],
    checks: &[Check::Sum { weights: &[29, 23, 19, 17, 13, 11, 7, 5, 3, 2, 0], plus: 0, table: b"9876543210", back: 0 }],
    ..NUMBER
}];

/// `pt-cartao-cidadao`: a Portuguese citizen card: eight digits, a digit, two characters, and a digit that makes it a multiple of ten by
/// Luhn over letters too (AMA, "Validação de Número de Documento do Cartão de Cidadão").
pub(in super::super) static PT_CARTAO_CIDADAO: &[Scheme] = &[Scheme {
    shapes: &["dddddddddxxd"],
    plausible: |text| {
        let doubled = |value: u64| if 2 * value > 9 { 2 * value - 9 } else { 2 * value };
        let sum: u64 = text
            .iter()
            .zip(0..)
            .map(|(&byte, at)| (u64::from(ordinal(byte)), at))
            .map(|(value, at)| if at % 2 == 0 { doubled(value) } else { value })
            .sum();
        sum.is_multiple_of(10)
    },
    ..NUMBER
}];

/// `ro-cnp`: a Romanian number of a person: sex and century, a date, a county, modulo 11 with 1 for ten (Ordonanţa 84/2001).
pub(in super::super) static RO_CNP: &[Scheme] = &[Scheme {
    shapes: &["ddddddddddddd"],
    plausible: |text| !text.starts_with(b"0") && date(text, 3, 5) && matches!(part(text, 7, 2), 1..=48 | 51 | 52 | 70 | 80..=83),
    checks: &[Check::Sum { weights: &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9, 0], plus: 0, table: b"01234567891", back: 0 }],
    ..NUMBER
}];

/// `si-emso`: a number of a citizen of Slovenia or another successor of Yugoslavia (EMŠO, JMBG): a date of birth with three digits of the
/// year, a region, modulo 11 (Zakon o centralnem registru prebivalstva).
pub(in super::super) static SI_EMSO: &[Scheme] = &[Scheme {
    shapes: &["ddddddddddddd"],
    plausible: |text| date(text, 2, 0) && matches!(part(text, 4, 3), 0..=99 | 850..=999),
    checks: &[Check::Sum { weights: &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: b"0-987654321", back: 0 }],
    ..NUMBER
}];

pub(super) const SLOVENIAN: Check = Check::Sum { weights: &[8, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: b"-0987654321", back: 0 };

/// `si-davcna`: a Slovenian tax number, modulo 11 (Finančna uprava).
pub(in super::super) static SI_DAVCNA: &[Scheme] =
    &[Scheme { shapes: &["dddddddd"], plausible: |text| !text.starts_with(b"0"), checks: &[SLOVENIAN], ..NUMBER }];

/// `ua-rnokpp`: a Ukrainian tax number of a person: days since 1900, a serial, modulo 11 then 10 (State Tax Service).
pub(in super::super) static UA_RNOKPP: &[Scheme] = &[Scheme {
    shapes: &["dddddddddd"],
    checks: &[Check::Sum { weights: &[-1, 5, 7, 9, 4, 6, 10, 5, 7, 0], plus: 0, table: b"01234567890", back: 0 }],
    ..NUMBER
}];

/// `ru-inn`: a Russian tax number of a firm (10 digits) or person (12), modulo 11 then 10 (Federal Tax Service, order MMV-7-6/435).
pub(in super::super) static RU_INN: &[Scheme] = &[
    Scheme {
        shapes: &["dddddddddd"],
        plausible: |text| part(text, 0, 2) != 0,
        checks: &[Check::Sum { weights: &[2, 4, 10, 3, 5, 9, 4, 6, 8, 0], plus: 0, table: b"01234567890", back: 0 }],
        ..NUMBER
    },
    Scheme {
        shapes: &["dddddddddddd"],
        plausible: |text| part(text, 0, 2) != 0,
        checks: &[
            Check::Sum { weights: &[7, 2, 4, 10, 3, 5, 9, 4, 6, 8, 0, 0], plus: 0, table: b"01234567890", back: 1 },
            Check::Sum { weights: &[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8, 0], plus: 0, table: b"01234567890", back: 0 },
        ],
        ..NUMBER
    },
];

/// `ru-snils`: a Russian social insurance number: the weights 9 to 1, modulo 101, where 100 is written 00 (Pension Fund, annex to order
/// 357 of 2016). Numbers up to 001-001-998 have none.
pub(in super::super) static RU_SNILS: &[Scheme] = &[Scheme {
    shapes: &["ddddddddddd"],
    plausible: |text| {
        let sum: u64 = (0..9).map(|at| part(text, at, 1) * (9 - at as u64)).sum();
        part(text, 0, 9) > 1_001_998 && sum % 101 % 100 == part(text, 9, 2)
    },
    ..NUMBER
}];

/// `ru-ogrn`: a Russian state registration number of a firm (13 digits, modulo 11) or entrepreneur (15, modulo 13) (Federal Tax Service).
pub(in super::super) static RU_OGRN: &[Scheme] = &[
    Scheme { shapes: &["1dddddddddddd", "5dddddddddddd"], checks: &[rest(11, 1)], ..NUMBER },
    Scheme { shapes: &["3dddddddddddddd"], checks: &[rest(13, 1)], ..NUMBER },
];

#[cfg(test)]
mod tests {
    use super::super::super::Verdict;
    use super::super::super::tests::{accepts, refuses, verdict_of};

    #[test]
    fn spain() {
        accepts("es-dni", &["12345678Z", "12345678-z", "00000000T"]);
        refuses("es-dni", &["12345678A", "1234567Z", "123456789Z", "X2345678Z"]);
        accepts("es-nie", &["X1234567L", "Y1234567X", "Z-1234567-R"]);
        refuses("es-nie", &["X1234567M", "X123456L", "X12345678L", "W1234567L"]);
        accepts("es-cif", &["A58818501", "B-58378431", "Q2826000H"]);
        refuses("es-cif", &["A58818502", "X58818501", "A5881850"]);
        accepts("es-nss", &["28 12345678 40", "281234567840"]);
        refuses("es-nss", &["28 12345678 41", "99 12345678 40"]);
    }

    #[test]
    fn france() {
        accepts("fr-nir-key", &["2 55 08 14 168 025 38", "253072B07300470", "5 55 08 14 168 025 82"]);
        refuses("fr-nir-key", &["2 55 08 14 168 025 39", "2550814168025"]);
        accepts("fr-nir", &["2 55 08 14 168 025 38", "253072A07300443", "253072B07300470"]);
        refuses("fr-nir", &["2 55 08 14 168 025 39", "25508141680253", "2550814168025380", "5 55 08 14 168 025 38", "253072C07300443"]);
        accepts("fr-spi", &["30 23 217 600 053", "3023217600053"]);
        refuses("fr-spi", &["3023217600054", "4023217600053"]);
    }

    #[test]
    fn germany() {
        // The tax office's published test numbers.
        accepts("de-steuer-id", &["86 095 742 719", "47036892816", "65929970489", "57549285017", "25768131411"]);
        refuses("de-steuer-id", &["86095742710", "8609574271", "860957427190", "02476291358", "11111111111", "12345678903"]);
        // The specimens of the identity card and of the passport.
        accepts("de-document", &["T220001293", "C01X00T478", "LZ6311T475"]);
        refuses("de-document", &["T220001294", "A220001293", "T22000129"]);
        accepts("de-rvnr", &["15 070649 C 103", "65170839J003"]);
        refuses("de-rvnr", &["15070649C104", "15071349C103", "15000649C103"]);
        accepts("de-kvnr", &["A123456780"]);
        refuses("de-kvnr", &["A123456781", "1123456780"]);
        accepts("de-lanr", &["123456601"]);
        refuses("de-lanr", &["123456701"]);
    }

    #[test]
    fn italy() {
        accepts("it-codice-fiscale", &["MRTMTT91D08F205J", "MLLSNT82P65Z404U", "mrtmtt91d08f205j"]);
        refuses("it-codice-fiscale", &["MRTMTT91D08F205K", "MRTMTT91D08F205", "MRTMTT91D08F205JJ", "MRTMTT91F08F205J", "MRTMTT91D39F205J"]);
        accepts("it-partita-iva", &["00743110157"]);
        refuses("it-partita-iva", &["00743110158", "00000000000"]);
    }

    #[test]
    fn benelux() {
        accepts("nl-bsn", &["111222333", "1112.22.333", "123456782", "10464554"]);
        refuses("nl-bsn", &["111222334", "1112223", "1112223330", "000000000", ""]);
        accepts("be-national-number", &["85.07.30-033.28", "17073003384", "40.00.01-001.33"]);
        refuses("be-national-number", &["85.07.30-033.29", "85.13.30-033.28", "85.07.32-033.28"]);
        accepts("lu-matricule", &["1893120105732"]);
        refuses("lu-matricule", &["1893120105733", "1893120105742", "1893130105732"]);
    }

    #[test]
    fn poland() {
        accepts("pl-pesel", &["44051401359", "02070803628"]);
        refuses("pl-pesel", &["44051401358", "4405140135", "440514013590", "44133101359", "00000000000"]);
        accepts("pl-nip", &["123-456-32-18", "8567346215"]);
        refuses("pl-nip", &["123-456-32-19"]);
        accepts("pl-regon", &["123456785", "12345678512347"]);
        refuses("pl-regon", &["123456786", "12345678512348"]);
        accepts("pl-id-card", &["ABA300000"]);
        refuses("pl-id-card", &["ABA400000", "AB1300000"]);
        accepts("pl-passport", &["ZS 0000177"]);
        refuses("pl-passport", &["ZS 1000177"]);
    }

    #[test]
    fn scandinavia() {
        accepts("se-personnummer", &["811218-9876", "8112189876", "19811218-9876", "670919-9530", "701063-2391", "121212+1212"]);
        refuses("se-personnummer", &["811218-9877", "811218-987", "811218-98760", "811318-9876", "21811218-9876", "811218+98+76"]);
        accepts("se-orgnr", &["123456-7897", "556703-7485"]);
        refuses("se-orgnr", &["123456-7898", "811218-9876"]);
        accepts("dk-cpr", &["070761-4285", "211062-5629"]);
        assert_eq!(verdict_of("dk-cpr", b"070761-4286"), Verdict::Doubtful);
        refuses("dk-cpr", &["071361-4285", "320761-4285"]);
        accepts("no-fodselsnummer", &["151086 95088", "15108695088"]);
        refuses("no-fodselsnummer", &["15108695089", "15108695078", "15138695088"]);
        accepts("no-orgnr", &["988 077 917"]);
        refuses("no-orgnr", &["988 077 918", "188 077 917"]);
        accepts("fi-hetu", &["131052-308T", "131052-308t", "131052Y308T"]);
        refuses("fi-hetu", &["131052-308U", "131352-308T", "131052/308T", "131052-308", "1310523308T"]);
        accepts("fi-ytunnus", &["2077474-0"]);
        refuses("fi-ytunnus", &["2077474-1"]);
    }

    #[test]
    fn baltic_states() {
        accepts("baltic-personal-code", &["37605030299", "33309240064"]);
        refuses("baltic-personal-code", &["37605030298", "37613030299", "97605030299"]);
        accepts("lv-personas-kods", &["161175-19997"]);
        refuses("lv-personas-kods", &["161175-19998", "161375-19997"]);
    }

    #[test]
    fn switzerland_and_austria() {
        accepts("ch-ahv", &["756.9217.0769.85", "7561234567897"]);
        refuses("ch-ahv", &["756.9217.0769.84", "756.9217.0769.8", "756.9217.0769.850", "4006381333931"]);
        accepts("ch-uid", &["CHE-123.456.788"]);
        refuses("ch-uid", &["CHE-123.456.789", "CHF-123.456.788"]);
        accepts("at-svnr", &["1237 010180"]);
        refuses("at-svnr", &["1238 010180", "1237 011780", "1237 320180"]);
    }

    #[test]
    fn central_europe() {
        accepts("cz-rodne-cislo", &["710319/2745", "7103192745", "880125/1680"]);
        accepts("cz-rodne-cislo", &["380712/215", "991231/123"]);
        refuses("cz-rodne-cislo", &["710319/2746", "711319/2745", "541231/123", "791231/123"]);
        accepts("cz-ico", &["25123891"]);
        refuses("cz-ico", &["25123892"]);
        accepts("hu-tax-id", &["8071592153"]);
        refuses("hu-tax-id", &["8071592154", "7071592153"]);
        // By hand: 3*1 + 7*2 + 3*3 + 7*4 + 3*5 + 7*6 + 3*7 + 7*8 = 188.
        accepts("hu-taj", &["123 456 788"]);
        refuses("hu-taj", &["123 456 789"]);
        // By hand: 1*1 + 2*8 + 3*0 + 4*0 + 5*1 + 6*0 + 7*1 + 8*0 + 9*0 + 10*1 = 39, 39 mod 11 = 6.
        accepts("hu-personal-number", &["1-800101-0016"]);
        refuses("hu-personal-number", &["1-801301-0016", "9-800101-0016"]);
    }

    #[test]
    fn south_eastern_europe() {
        accepts("bg-egn", &["7523169263", "8032056031"]);
        refuses("bg-egn", &["7523169264", "7513169263"]);
        accepts("gr-amka", &["01013099997"]);
        refuses("gr-amka", &["01013099998", "01133099997"]);
        accepts("gr-afm", &["094259216"]);
        refuses("gr-afm", &["094259217"]);
        accepts("hr-oib", &["33392005961", "94577403194"]);
        refuses("hr-oib", &["33392005962"]);
        accepts("ro-cnp", &["1800101221144"]);
        refuses("ro-cnp", &["1800101221145", "1801301221144", "1800101661144"]);
        accepts("si-emso", &["0101006500006"]);
        refuses("si-emso", &["0101006500007", "0113006500006"]);
        accepts("si-davcna", &["15012557"]);
        refuses("si-davcna", &["15012558"]);
    }

    #[test]
    fn portugal_and_ireland() {
        accepts("pt-nif", &["501 964 843", "123456789"]);
        refuses("pt-nif", &["501964844"]);
        // By hand: 29*1 + 23*2 + 19*3 + 17*4 + 13*5 + 11*6 + 7*7 + 5*8 + 3*9 + 2*0 = 447, 9 - 7 = 2.
        accepts("pt-niss", &["12345678902"]);
        refuses("pt-niss", &["12345678903"]);
        accepts("pt-cartao-cidadao", &["00000000 0 ZZ4"]);
        refuses("pt-cartao-cidadao", &["00000000 0 ZZ5", "00000000 0 Z4"]);
        accepts("ie-pps", &["1234567T", "1234567FA", "6433435F"]);
        refuses("ie-pps", &["1234567U", "1234567GA"]);
    }

    #[test]
    fn ukraine_and_russia() {
        accepts("ua-rnokpp", &["1759013776"]);
        refuses("ua-rnokpp", &["1759013777"]);
        accepts("ru-inn", &["7707083893", "500100732259"]);
        refuses("ru-inn", &["7707083894", "500100732258", "500100732269"]);
        accepts("ru-snils", &["112-233-445 95"]);
        refuses("ru-snils", &["112-233-445 96", "000-000-001 00"]);
        accepts("ru-ogrn", &["1027700132195", "304500116000157"]);
        refuses("ru-ogrn", &["1027700132196", "304500116000158"]);
    }
}
