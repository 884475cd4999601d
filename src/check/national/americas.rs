//! The Americas.

use super::super::arithmetic::is_date;
use super::super::scheme::{Check, NUMBER, Scheme, ordinal, part};

/// `us-ssn`: a Social Security number. There is no check digit; some areas, groups and serials were never assigned
/// (Social Security Administration, POMS RM 10201.035 and "Social Security Number Randomization").
pub(in super::super) static US_SSN: &[Scheme] = &[Scheme {
    shapes: &["ddddddddd"],
    plausible: |text| !matches!(part(text, 0, 3), 0 | 666 | 900..) && part(text, 3, 2) != 0 && part(text, 5, 4) != 0,
    ..NUMBER
}];

/// `us-itin`: an Individual Taxpayer Identification Number, 9xx and one of the groups in use (IRS, IRM 3.21.263).
pub(in super::super) static US_ITIN: &[Scheme] =
    &[Scheme { shapes: &["9dddddddd"], plausible: |text| matches!(part(text, 3, 2), 50..=65 | 70..=88 | 90..=92 | 94..=99), ..NUMBER }];

/// `us-ein`: an Employer Identification Number, by the prefixes in use (IRS, "How EINs are assigned and valid EIN prefixes").
pub(in super::super) static US_EIN: &[Scheme] = &[Scheme {
    shapes: &["ddddddddd"],
    plausible: |text| !matches!(part(text, 0, 2), 0 | 7..=9 | 17..=19 | 28..=29 | 49 | 69..=70 | 78..=79 | 89 | 96..=97),
    ..NUMBER
}];

/// `us-npi`: a National Provider Identifier, Luhn with 80840 before it, which adds 24 (CMS, "Requirements for NPI and NPI Check Digit").
pub(in super::super) static US_NPI: &[Scheme] = &[Scheme {
    shapes: &["1ddddddddd", "2ddddddddd"],
    checks: &[Check::CrossSum { weights: &[2, 1, 2, 1, 2, 1, 2, 1, 2, 0], plus: 24, table: b"0987654321", back: 0 }],
    ..NUMBER
}];

/// `us-mbi`: a Medicare Beneficiary Identifier: letters and digits by place, without S, L, O, I, B and Z (CMS, "Understanding the
/// Medicare Beneficiary Identifier format").
pub(in super::super) static US_MBI: &[Scheme] = &[Scheme {
    shapes: &["dlxdlxdlldd"],
    plausible: |text| !text.starts_with(b"0") && !text.iter().any(|byte| b"SLOIBZ".contains(byte)),
    ..NUMBER
}];

/// `dea`: a registration number of the Drug Enforcement Administration: the registrant's kind, a letter (9 for a business without a
/// name), six digits and the last digit of a weighted sum (DEA Diversion Control Division; 21 CFR 1301).
pub(in super::super) static DEA: &[Scheme] = &[Scheme {
    shapes: &["llddddddd", "l9ddddddd"],
    plausible: |text| matches!(text.first(), Some(b'A'..=b'H' | b'J'..=b'M' | b'P' | b'R'..=b'U' | b'X')),
    checks: &[Check::Sum { weights: &[1, 2, 1, 2, 1, 2, 0], plus: 0, table: b"0123456789", back: 0 }],
    ..NUMBER
}];

/// `vin`: a vehicle identification number with the check character that North America and China ask for; elsewhere the ninth place is
/// free (49 CFR 565.15; ISO 3779). I, O and Q are never used.
pub(in super::super) static VIN: &[Scheme] = &[Scheme {
    shapes: &["xxxxxxxxxxxxxxxxx"],
    value: transliterated,
    plausible: |text| {
        let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
        !text.iter().any(|byte| b"IOQ".contains(byte)) && (3..17).contains(&digits)
    },
    checks: &[Check::Sum { weights: &[8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2], plus: 0, table: b"0123456789X", back: 8 }],
    otherwise: super::super::Verdict::Doubtful,
    ..NUMBER
}];

/// What a letter counts in a vehicle identification number: 1 to 8, 1 to 9, 2 to 9 along the rows of EBCDIC.
fn transliterated(byte: u8) -> u8 {
    match byte {
        b'A'..=b'H' => byte - b'A' + 1,
        b'J'..=b'R' => byte - b'J' + 1,
        b'S'..=b'Z' => byte - b'S' + 2,
        _ => ordinal(byte),
    }
}

/// `ca-sin`: a Social Insurance Number, Luhn; none begins with 0 or 8 (Employment and Social Development Canada, SIN Code of Practice).
pub(in super::super) static CA_SIN: &[Scheme] =
    &[Scheme { shapes: &["ddddddddd"], plausible: |text| !matches!(text.first(), Some(b'0' | b'8')), checks: &[Check::Luhn], ..NUMBER }];

/// `ca-health`: a Canadian health number with a check digit: of Ontario, ten digits by Luhn and perhaps a version of two letters
/// (Ministry of Health, "Health Card Validation Reference Manual"); of British Columbia, 9 and nine digits modulo 11 (Ministry of
/// Health, "Personal Health Number").
pub(in super::super) static CA_HEALTH: &[Scheme] = &[
    Scheme { shapes: &["dddddddddd"], plausible: |text| !text.starts_with(b"0"), checks: &[Check::Luhn], ..NUMBER },
    Scheme { shapes: &["ddddddddddl"], checks: &[Check::LuhnBefore(1)], ..NUMBER },
    Scheme { shapes: &["ddddddddddll"], checks: &[Check::LuhnBefore(2)], ..NUMBER },
    Scheme {
        shapes: &["9ddddddddd"],
        checks: &[Check::Sum { weights: &[2, 4, 8, 5, 10, 9, 7, 3, 0], plus: 0, table: b"0-987654321", back: 0 }],
        ..NUMBER
    },
];

/// `ca-ramq`: a health insurance number of Quebec: letters of the name, the date of birth (50 more in the month for women), a serial
/// and a check digit that the régie keeps to itself (RAMQ, "Numéro d'assurance maladie").
pub(in super::super) static CA_RAMQ: &[Scheme] =
    &[Scheme { shapes: &["lllldddddddd"], plausible: |text| is_date(None, part(text, 6, 2) % 50, part(text, 8, 2)), ..NUMBER }];

/// Eleven less the remainder, nought for the remainders 0 and 1.
const BRAZILIAN: &[u8] = b"00987654321";

/// `br-cpf`: a Brazilian taxpayer, two check digits modulo 11 (Receita Federal, the rule that its CPF forms apply).
pub(in super::super) static BR_CPF: &[Scheme] = &[Scheme {
    shapes: &["ddddddddddd"],
    checks: &[
        Check::Sum { weights: &[10, 9, 8, 7, 6, 5, 4, 3, 2, 0, 0], plus: 0, table: BRAZILIAN, back: 1 },
        Check::Sum { weights: &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: BRAZILIAN, back: 0 },
    ],
    ..NUMBER
}];

/// `br-cnpj`: a Brazilian firm, two check digits modulo 11. The twelve characters before them may be letters from 2026 on, which
/// count as their ASCII code less 48 (Receita Federal, "CNPJ alfanumérico", Instrução Normativa RFB 2.229/2024).
pub(in super::super) static BR_CNPJ: &[Scheme] = &[Scheme {
    shapes: &["xxxxxxxxxxxxdd"],
    value: |byte| byte.saturating_sub(b'0'),
    checks: &[
        Check::Sum { weights: &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2, 0, 0], plus: 0, table: BRAZILIAN, back: 1 },
        Check::Sum { weights: &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: BRAZILIAN, back: 0 },
    ],
    ..NUMBER
}];

/// `br-pis`: a Brazilian worker (PIS, PASEP, NIS, NIT), modulo 11 (Caixa Econômica Federal, "Cadastro NIS").
pub(in super::super) static BR_PIS: &[Scheme] = &[Scheme {
    shapes: &["ddddddddddd"],
    checks: &[Check::Sum { weights: &[3, 2, 9, 8, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: BRAZILIAN, back: 0 }],
    ..NUMBER
}];

/// `ar-cuit`: an Argentine taxpayer or worker (CUIT, CUIL), modulo 11; where ten would be the digit, another prefix and 9 are used
/// (ARCA, "Clave Única de Identificación Tributaria").
pub(in super::super) static AR_CUIT: &[Scheme] = &[Scheme {
    shapes: &["ddddddddddd"],
    plausible: |text| matches!(part(text, 0, 2), 20 | 23..=27 | 30 | 33 | 34 | 50 | 51 | 55),
    checks: &[Check::Sum { weights: &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: b"09987654321", back: 0 }],
    ..NUMBER
}];

/// `cl-rut`: a Chilean number of a person or firm (RUN, RUT), modulo 11 with K for ten (Servicio de Impuestos Internos, "RUT").
pub(in super::super) static CL_RUT: &[Scheme] = &[Scheme {
    shapes: &["dddddddx", "ddddddddx"],
    checks: &[Check::Sum { weights: &[3, 2, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: b"0K987654321", back: 0 }],
    ..NUMBER
}];

/// `co-nit`: a Colombian tax number, modulo 11 with primes as weights (DIAN, Orden Administrativa 4 of 1989).
pub(in super::super) static CO_NIT: &[Scheme] = &[Scheme {
    shapes: &["dddddddd", "ddddddddd", "dddddddddd", "ddddddddddd"],
    checks: &[Check::Sum { weights: &[43, 41, 37, 29, 23, 19, 17, 13, 7, 3, 0], plus: 0, table: b"01987654321", back: 0 }],
    ..NUMBER
}];

fn ecuadorian(text: &[u8]) -> bool {
    matches!(part(text, 0, 2), 1..=24 | 30 | 50)
}

/// `ec-cedula`: an Ecuadorian identity card: a province, a third digit below 6, Luhn (Registro Civil; SRI, "Ficha técnica").
pub(in super::super) static EC_CEDULA: &[Scheme] =
    &[Scheme { shapes: &["dddddddddd"], plausible: |text| ecuadorian(text) && part(text, 2, 1) < 6, checks: &[Check::Luhn], ..NUMBER }];

/// `ec-ruc`: an Ecuadorian taxpayer: a person's identity card and 001, or a public body (third digit 6) or firm (9) modulo 11.
pub(in super::super) static EC_RUC: &[Scheme] = &[
    Scheme {
        shapes: &["ddddddddddddd"],
        plausible: |text| ecuadorian(text) && part(text, 2, 1) < 6 && part(text, 10, 3) != 0,
        checks: &[Check::LuhnBefore(3)],
        ..NUMBER
    },
    Scheme {
        shapes: &["dd6dddddddddd"],
        plausible: |text| ecuadorian(text) && part(text, 9, 4) != 0,
        checks: &[Check::Sum { weights: &[3, 2, 7, 6, 5, 4, 3, 2, 0, 0, 0, 0, 0], plus: 0, table: b"0-987654321", back: 4 }],
        ..NUMBER
    },
    Scheme {
        shapes: &["dd9dddddddddd"],
        plausible: |text| ecuadorian(text) && part(text, 10, 3) != 0,
        checks: &[Check::Sum { weights: &[4, 3, 2, 7, 6, 5, 4, 3, 2, 0, 0, 0, 0], plus: 0, table: b"0-987654321", back: 3 }],
        ..NUMBER
    },
];

/// `pe-ruc`: a Peruvian taxpayer, modulo 11 (SUNAT, "Número de RUC").
pub(in super::super) static PE_RUC: &[Scheme] = &[Scheme {
    shapes: &["10ddddddddd", "15ddddddddd", "16ddddddddd", "17ddddddddd", "20ddddddddd"],
    checks: &[Check::Sum { weights: &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: b"10987654321", back: 0 }],
    ..NUMBER
}];

/// `pe-dni`: a Peruvian identity card with its check character, a digit or a letter, modulo 11 (RENIEC).
pub(in super::super) static PE_DNI: &[Scheme] = &[
    Scheme { shapes: &["ddddddddd"], checks: &[peruvian(b"65432110987")], ..NUMBER },
    Scheme { shapes: &["ddddddddl"], checks: &[peruvian(b"KJIHGFEDCBA")], ..NUMBER },
];

const fn peruvian(table: &'static [u8]) -> Check {
    Check::Sum { weights: &[3, 2, 7, 6, 5, 4, 3, 2, 0], plus: 0, table, back: 0 }
}

/// `uy-ci`: a Uruguayan identity card, modulo 10 (Dirección Nacional de Identificación Civil).
pub(in super::super) static UY_CI: &[Scheme] = &[Scheme {
    shapes: &["ddddddd", "dddddddd"],
    checks: &[Check::Sum { weights: &[2, 9, 8, 7, 6, 3, 4, 0], plus: 0, table: b"0987654321", back: 0 }],
    ..NUMBER
}];

/// `uy-rut`: a Uruguayan taxpayer, modulo 11 (Dirección General Impositiva).
pub(in super::super) static UY_RUT: &[Scheme] = &[Scheme {
    shapes: &["dddddddd001d"],
    plausible: |text| (1..=22).contains(&part(text, 0, 2)) && part(text, 2, 6) != 0,
    checks: &[Check::Sum { weights: &[4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: b"0-987654321", back: 0 }],
    ..NUMBER
}];

/// What a letter counts in Mexican keys: the alphabet has an Ñ (in RFC the &) behind N.
fn mexican(byte: u8) -> u8 {
    match byte {
        b'O'..=b'Z' => byte - b'O' + 25,
        _ => ordinal(byte),
    }
}

/// `mx-curp`: a Mexican population register key: letters of the name, date of birth, sex, state, consonants, modulo 10 (RENAPO,
/// Instructivo normativo para la asignación de la CURP).
pub(in super::super) static MX_CURP: &[Scheme] = &[Scheme {
    shapes: &["llllddddddllllllxd"],
    value: mexican,
    plausible: |text| {
        const STATES: &[u8] = b"ASBCBSCCCLCMCSCHDFDGGTGRHGJCMCMNMSNTNLOCPLQTQRSPSLSRTCTSTLVZYNZSNE";
        let state = text.get(11..13).unwrap_or_default();
        let sex = matches!(text.get(10), Some(b'H' | b'M' | b'X'));
        sex && is_date(None, part(text, 6, 2), part(text, 8, 2)) && STATES.chunks(2).any(|known| known == state)
    },
    checks: &[Check::Sum {
        weights: &[18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 0],
        plus: 0,
        table: b"0987654321",
        back: 0,
    }],
    ..NUMBER
}];

const RFC: &[i32] = &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 0];

/// `mx-rfc`: a Mexican taxpayer: letters of the name, a date, and a key whose last character is modulo 11; older keys do not all keep
/// it (SAT, "Algoritmo para generar el RFC con homoclave"). A firm's is filled up with a space, which counts 37.
pub(in super::super) static MX_RFC: &[Scheme] = &[
    Scheme {
        shapes: &["llllddddddxxx"],
        value: mexican,
        plausible: |text| is_date(None, part(text, 6, 2), part(text, 8, 2)),
        checks: &[Check::Sum { weights: RFC, plus: 0, table: b"0A987654321", back: 0 }],
        otherwise: super::super::Verdict::Doubtful,
        ..NUMBER
    },
    Scheme {
        shapes: &["lllddddddxxx"],
        value: mexican,
        plausible: |text| is_date(None, part(text, 5, 2), part(text, 7, 2)),
        checks: &[Check::Sum { weights: RFC, plus: 37 * 13, table: b"0A987654321", back: 0 }],
        otherwise: super::super::Verdict::Doubtful,
        ..NUMBER
    },
];

/// `luhn-11`: eleven digits by Luhn: a Mexican social security number (IMSS), a Dominican identity card (Junta Central Electoral).
pub(in super::super) static LUHN_11: &[Scheme] = &[Scheme { shapes: &["ddddddddddd"], checks: &[Check::Luhn], ..NUMBER }];

#[cfg(test)]
mod tests {
    use super::super::super::Verdict;
    use super::super::super::tests::{accepts, refuses, verdict_of};

    #[test]
    fn united_states() {
        // The specimen of the Woolworth wallet, and the one of a Social Security pamphlet.
        accepts("us-ssn", &["078-05-1120", "219-09-9999", "078051120"]);
        refuses("us-ssn", &["000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567", "123-45-0000", "078-05-112", "078-05-11200"]);
        accepts("us-itin", &["900-70-0000", "911-99-1234", "912-50-1234"]);
        refuses("us-itin", &["800-70-0000", "900-49-0000", "900-66-0000", "900-89-0000", "900-93-0000", "900-70-000", "900-70-00000"]);
        accepts("us-ein", &["12-3456789", "91-1144442"]);
        refuses("us-ein", &["07-3456789", "00-1234567", "12-345678", "89-1234567"]);
        accepts("us-npi", &["1234567893"]);
        refuses("us-npi", &["1234567890", "123456789", "12345678931", "3234567891"]);
        accepts("us-mbi", &["1EG4-TE5-MK73", "1eg4te5mk73"]);
        refuses("us-mbi", &["0EG4-TE5-MK73", "1SG4-TE5-MK73", "1EG4-TE5-MK7", "1EG4-TE5-MKA3"]);
        accepts("dea", &["AB1234563", "F91234563", "ab1234563"]);
        refuses("dea", &["AB1234564", "AB123456", "AB12345633", "NB1234563", "A81234563", "ABC234563"]);
    }

    #[test]
    fn vehicles() {
        // The worked examples of the regulation and of its commentaries.
        accepts("vin", &["1M8GDM9AXKP042788", "5GZCZ43D13S812715"]);
        assert_eq!(verdict_of("vin", b"1M8GDM9A1KP042788"), Verdict::Doubtful);
        refuses("vin", &["1M8GDM9AXKP04278", "IM8GDM9AXKP042788", "11111111111111111", "ABCDEFGHJKLMNPRST"]);
    }

    #[test]
    fn canada() {
        accepts("ca-sin", &["193-456-787", "130 692 544"]);
        refuses("ca-sin", &["193-456-788", "193-456-78", "193-456-7870", "046-454-286", "000-000-000"]);
        // British Columbia's documented specimen, and one of Ontario by Luhn.
        accepts("ca-health", &["9698 658 215", "9876-543-217", "9876-543-217-AB"]);
        refuses("ca-health", &["9698 658 216", "9876-543-219", "9876-543-218-AB", "987654321"]);
        accepts("ca-ramq", &["TREM 5861 1512"]);
        refuses("ca-ramq", &["TREM 5873 1512", "TREM 5861 3212", "TRE 5861 1512"]);
    }

    #[test]
    fn brazil() {
        accepts("br-cpf", &["111.444.777-35", "52998224725"]);
        refuses("br-cpf", &["111.444.777-36", "111.444.777-45", "111.111.111-11", "111.444.777-3", "111.444.777-350"]);
        accepts("br-cnpj", &["11.222.333/0001-81", "11222333000181", "12.ABC.345/01DE-35"]);
        refuses("br-cnpj", &["11.222.333/0001-82", "11.222.333/0001-91", "00.000.000/0000-00", "12.ABC.345/01DE-36", "1122233300018"]);
        // By hand: 3*1 + 2*2 + 9*0 + 8*1 + 7*2 + 6*3 + 5*4 + 4*5 + 3*6 + 2*7 = 119, 119 mod 11 = 9, 11 - 9 = 2.
        accepts("br-pis", &["120.12345.67-2"]);
        refuses("br-pis", &["120.12345.67-3", "120.12345.67"]);
    }

    #[test]
    fn south_america() {
        accepts("ar-cuit", &["20-05536168-2", "30-50001091-2"]);
        refuses("ar-cuit", &["20-05536168-3", "21-05536168-2", "20-0553616-2"]);
        accepts("cl-rut", &["12.345.678-5", "76086428-5", "1.000.005-K"]);
        refuses("cl-rut", &["12.345.678-6", "12.345.678-K", "345.678-5"]);
        accepts("co-nit", &["1118534248-0", "6.386.949-2", "213.123.432-1", "800.197.268-4"]);
        refuses("co-nit", &["213.123.432-2", "800197268"]);
        accepts("ec-cedula", &["171430710-3", "1710034065"]);
        refuses("ec-cedula", &["1714307104", "9914307103", "1764307103"]);
        accepts("pe-dni", &["10117410-2", "10117410G"]);
        refuses("pe-dni", &["10117410-3", "10117410", "10117410H"]);
        accepts("ec-ruc", &["1714307103001", "1760001550001", "1792060346001"]);
        refuses("ec-ruc", &["1714307104001", "1760001560001", "1792060347001", "1714307103000"]);
        accepts("pe-ruc", &["20100070970", "20512333797"]);
        refuses("pe-ruc", &["20100070971", "21100070970"]);
        accepts("uy-ci", &["1.234.567-2"]);
        refuses("uy-ci", &["1.234.567-3"]);
        accepts("uy-rut", &["21-100342-001-7"]);
        refuses("uy-rut", &["211003420018", "231003420017"]);
    }

    #[test]
    fn mexico() {
        accepts("mx-curp", &["BOXW310820HNERXN09", "HEGG560427MVZRRL04"]);
        refuses("mx-curp", &["BOXW310820HNERXN08", "BOXW311320HNERXN09", "BOXW310820QNERXN09", "BOXW310820HZZRXN09"]);
        accepts("mx-rfc", &["GODE561231GR8", "SAT970701NN3"]);
        assert_eq!(verdict_of("mx-rfc", b"GODE561231GR9"), Verdict::Doubtful);
        refuses("mx-rfc", &["GODE561331GR8", "SAT971301NN3", "GODE561231"]);
    }

    #[test]
    fn eleven_digits_by_luhn() {
        accepts("luhn-11", &["00113918205", "001-1391820-5"]);
        refuses("luhn-11", &["00113918204", "0011391820"]);
    }
}
