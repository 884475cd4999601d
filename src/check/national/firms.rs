//! Numbers of taxpayers and firms, of which many are those of a person who trades alone.

use super::super::Verdict;
use super::super::arithmetic::{Digits, is_date, verdict};
use super::super::scheme::{Check, NUMBER, Scheme, part};
use super::europe::{belgian, digit};

/// The check digit is 11 less the remainder modulo 11, and 0 for both ten and eleven.
const ELEVEN_LESS: &[u8] = b"00987654321";

/// A digit for each remainder modulo 11; ten is not issued.
const ELEVEN: &[u8] = b"0123456789-";

/// One sum that tells the last place.
const fn last(weights: &'static [i32], table: &'static [u8]) -> Check {
    Check::Sum { weights, plus: 0, table, back: 0 }
}

/// `az-voen`: an Azerbaijani taxpayer, modulo 11; the last digit tells firms from persons (State Tax Service).
pub(in super::super) static AZ_VOEN: &[Scheme] = &[Scheme {
    shapes: &["dddddddd1", "dddddddd2", "ddddddddd1", "ddddddddd2"],
    checks: &[Check::Sum { weights: &[4, 1, 8, 6, 2, 7, 5, 3, 0, 0], plus: 0, table: ELEVEN, back: 1 }],
    ..NUMBER
}];

/// `bg-foreigner`: a Bulgarian number of a foreigner, modulo 10 (Ministry of Interior, "ЛНЧ").
pub(in super::super) static BG_FOREIGNER: &[Scheme] =
    &[Scheme { shapes: &["dddddddddd"], checks: &[last(&[21, 19, 17, 13, 11, 9, 7, 3, 1, 0], b"0123456789")], ..NUMBER }];

/// The second letters of Belarusian numbers, and with them the first, by the digit that they count as in that place.
const BELARUSIAN: &[u8] = b"ABCEHKMOPT";

/// `by-unp`: a Belarusian taxpayer, modulo 11; a person's begins with two letters, of which the first counts as in ISO/IEC 7064 and the
/// second by its rank among those in use (Ministry of Taxes, "УНП").
pub(in super::super) static BY_UNP: &[Scheme] = &[
    Scheme { shapes: &["ddddddddd"], checks: &[last(&[29, 23, 19, 17, 13, 7, 5, 3, 0], ELEVEN)], ..NUMBER },
    Scheme {
        shapes: &["llddddddd"],
        plausible: |text| {
            let rank = |at: usize| text.get(at).and_then(|letter| BELARUSIAN.iter().position(|other| other == letter));
            let (Some(0..=6), Some(second)) = (rank(0), rank(1)) else { return false };
            let digits = [19, 17, 13, 7, 5, 3].iter().zip(2..).map(|(weight, at)| weight * part(text, at, 1));
            let sum = 29 * part(text, 0, 1) + 23 * second as u64 + digits.sum::<u64>();
            sum % 11 == part(text, 8, 1)
        },
        ..NUMBER
    },
];

/// `ca-business-number`: a Canadian firm, Luhn; the account of a programme behind it, such as RT0001, says nothing of whose it is (Canada Revenue Agency).
pub(in super::super) static CA_BUSINESS_NUMBER: &[Scheme] = &[Scheme { shapes: &["ddddddddd"], checks: &[Check::Luhn], ..NUMBER }];

/// `cu-identity-card`: a Cuban identity card: the date of birth, a century, a serial; there is no check digit that is published.
pub(in super::super) static CU_IDENTITY_CARD: &[Scheme] =
    &[Scheme { shapes: &["ddddddddddd"], plausible: |text| is_date(None, part(text, 2, 2), part(text, 4, 2)), ..NUMBER }];

/// `cz-bank-account`: a Czech or Slovak account, its prefix modulo 11 and its number too, and the code of the bank (Czech National
/// Bank, decree 169/2011).
pub(in super::super) fn cz_bank_account(candidate: &[u8]) -> Verdict {
    const WEIGHTS: [u8; 10] = [6, 3, 7, 9, 10, 5, 8, 4, 2, 1];
    let holds = |text: &[u8]| {
        let Some(number) = Digits::read(text).filter(|number| number.as_slice().len() <= WEIGHTS.len()) else { return false };
        let products =
            number.as_slice().iter().rev().zip(WEIGHTS.iter().rev()).map(|(&digit, &weight)| u32::from(digit) * u32::from(weight));
        products.sum::<u32>().is_multiple_of(11)
    };
    let mut parts = candidate.splitn(2, |&byte| byte == b'/');
    let (Some(account), Some(_bank)) = (parts.next(), parts.next()) else { return Verdict::Impossible };
    let number = account.rsplit(|&byte| byte == b'-').next().unwrap_or_default();
    verdict(account.split(|&byte| byte == b'-').all(holds) && number.iter().filter(|&&byte| byte != b'0').count() >= 2)
}

/// `dk-cvr`: a Danish firm, modulo 11 (Erhvervsstyrelsen).
pub(in super::super) static DK_CVR: &[Scheme] =
    &[Scheme { shapes: &["dddddddd"], checks: &[Check::Zero { weights: &[2, 7, 6, 5, 4, 3, 2, 1], plus: 0, modulus: 11 }], ..NUMBER }];

/// `do-rnc`: a Dominican taxpayer, modulo 11 (Dirección General de Impuestos Internos).
pub(in super::super) static DO_RNC: &[Scheme] =
    &[Scheme { shapes: &["ddddddddd"], checks: &[last(&[7, 9, 8, 6, 5, 4, 3, 2, 0], b"21987654321")], ..NUMBER }];

/// `ee-kmkr`: an Estonian VAT number, modulo 10 (Maksu- ja Tolliamet).
pub(in super::super) static EE_KMKR: &[Scheme] =
    &[Scheme { shapes: &["ddddddddd"], checks: &[Check::Zero { weights: &[3, 7, 1, 3, 7, 1, 3, 7, 1], plus: 0, modulus: 10 }], ..NUMBER }];

/// `ee-registrikood`: an Estonian firm, modulo 11 (e-Business Register).
pub(in super::super) static EE_REGISTRIKOOD: &[Scheme] = &[Scheme {
    shapes: &["dddddddd"],
    plausible: |text| matches!(text.first(), Some(b'1' | b'7'..=b'9')),
    checks: &[Check::Twice { weights: &[1, 2, 3, 4, 5, 6, 7, 0], again: &[3, 4, 5, 6, 7, 8, 9, 0], ten: 0 }],
    ..NUMBER
}];

/// The letters of pupil numbers, which leave out I, O and S.
const PUPIL: &[u8] = b"ABCDEFGHJKLMNPQRTUVWXYZ";

/// `gb-upn`: an English or Welsh pupil, modulo 23; the last place of a temporary number is a letter (Department for Education).
pub(in super::super) static GB_UPN: &[Scheme] = &[Scheme {
    shapes: &["ldddddddddddd", "ldddddddddddl"],
    value: |byte| PUPIL.iter().position(|&letter| letter == byte).map_or(digit(byte), |at| at as u8),
    checks: &[Check::Sum { weights: &[0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13], plus: 0, table: PUPIL, back: 12 }],
    ..NUMBER
}];

/// `gh-tin`: a Ghanaian taxpayer, modulo 11 with X for ten (Ghana Revenue Authority).
pub(in super::super) static GH_TIN: &[Scheme] =
    &[Scheme { shapes: &["l00dddddddx"], value: digit, checks: &[last(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0], b"0123456789X")], ..NUMBER }];

/// `gt-nit`: a Guatemalan taxpayer, modulo 11 with K for ten (Superintendencia de Administración Tributaria).
pub(in super::super) static GT_NIT: &[Scheme] = &[Scheme {
    shapes: &["dddx", "ddddx", "dddddx", "ddddddx", "dddddddx", "ddddddddx", "dddddddddx"],
    checks: &[last(&[10, 9, 8, 7, 6, 5, 4, 3, 2, 0], b"0K987654321")],
    ..NUMBER
}];

/// `hu-firm`: a Hungarian firm, modulo 10, and perhaps the kind of its VAT and its county (Nemzeti Adó- és Vámhivatal).
pub(in super::super) static HU_FIRM: &[Scheme] = &[
    Scheme { shapes: &["dddddddd"], checks: &[Check::Zero { weights: &[9, 7, 3, 1, 9, 7, 3, 1], plus: 0, modulus: 10 }], ..NUMBER },
    Scheme {
        shapes: &["ddddddddddd"],
        checks: &[Check::Zero { weights: &[9, 7, 3, 1, 9, 7, 3, 1, 0, 0, 0], plus: 0, modulus: 10 }],
        ..NUMBER
    },
];

/// `is-kennitala`: an Icelandic person, or a firm, to whose day 40 is added; modulo 11 (Registers Iceland).
pub(in super::super) static IS_KENNITALA: &[Scheme] = &[Scheme {
    shapes: &["ddddddddd8", "ddddddddd9", "ddddddddd0"],
    plausible: |text| is_date(None, part(text, 2, 2), part(text, 0, 2) % 40),
    checks: &[Check::Zero { weights: &[3, 2, 7, 6, 5, 4, 3, 2, 1, 0], plus: 0, modulus: 11 }],
    ..NUMBER
}];

/// `lv-pvn`: a Latvian firm, modulo 11 (Valsts ieņēmumu dienests).
pub(in super::super) static LV_PVN: &[Scheme] = &[Scheme {
    shapes: &["ddddddddddd"],
    plausible: |text| matches!(text.first(), Some(b'4'..=b'9')),
    checks: &[Check::Zero { weights: &[9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1], plus: -3, modulus: 11 }],
    ..NUMBER
}];

/// `ma-ice`: a Moroccan firm, a multiple of 97 (identifiant commun de l'entreprise).
pub(in super::super) static MA_ICE: &[Scheme] = &[Scheme { shapes: &["ddddddddddddddd"], checks: &[Check::Multiple(97)], ..NUMBER }];

/// `md-idno`: a Moldovan person or firm, modulo 10 with 7-3-1 (Agenția Servicii Publice).
pub(in super::super) static MD_IDNO: &[Scheme] =
    &[Scheme { shapes: &["ddddddddddddd"], checks: &[last(&[7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1, 0], b"0123456789")], ..NUMBER }];

/// `me-pib`: a Montenegrin taxpayer, modulo 11 (Poreska uprava).
pub(in super::super) static ME_PIB: &[Scheme] =
    &[Scheme { shapes: &["dddddddd"], checks: &[last(&[8, 7, 6, 5, 4, 3, 2, 0], ELEVEN_LESS)], ..NUMBER }];

/// `rs-pib`: a Serbian taxpayer, ISO/IEC 7064 MOD 11,10 (Poreska uprava).
pub(in super::super) static RS_PIB: &[Scheme] = &[Scheme { shapes: &["ddddddddd"], checks: &[Check::Mod11_10 { behind: 0 }], ..NUMBER }];

/// `mk-edb`: a North Macedonian taxpayer, modulo 11 (Public Revenue Office).
pub(in super::super) static MK_EDB: &[Scheme] = &[Scheme {
    shapes: &["ddddddddddddd", "MKddddddddddddd"],
    value: digit,
    checks: &[last(&[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 0], ELEVEN_LESS)],
    ..NUMBER
}];

/// `mu-nid`: a Mauritian identity card: the first letter of the surname, a date of birth, a serial, modulo 17 (Civil Status Division).
pub(in super::super) static MU_NID: &[Scheme] = &[Scheme {
    shapes: &["lddddddddddddx"],
    plausible: |text| is_date(None, part(text, 3, 2), part(text, 1, 2)),
    checks: &[last(&[14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 0], b"0GFEDCBA987654321")],
    ..NUMBER
}];

/// `mz-nuit`: a Mozambican taxpayer, modulo 11 (Autoridade Tributária).
pub(in super::super) static MZ_NUIT: &[Scheme] =
    &[Scheme { shapes: &["ddddddddd"], checks: &[last(&[8, 9, 4, 5, 6, 7, 8, 9, 0], b"01234567891")], ..NUMBER }];

/// `nl-onderwijsnummer`: a Dutch pupil without a citizen's number: its sum has a remainder of 5 modulo 11 (DUO).
pub(in super::super) static NL_ONDERWIJSNUMMER: &[Scheme] = &[Scheme {
    shapes: &["10ddddddd"],
    checks: &[Check::Zero { weights: &[9, 8, 7, 6, 5, 4, 3, 2, -1], plus: -5, modulus: 11 }],
    ..NUMBER
}];

/// `py-ruc`: a Paraguayan taxpayer, modulo 11 (Subsecretaría de Estado de Tributación).
pub(in super::super) static PY_RUC: &[Scheme] = &[Scheme {
    shapes: &["ddddd", "dddddd", "ddddddd", "dddddddd", "ddddddddd"],
    checks: &[last(&[9, 8, 7, 6, 5, 4, 3, 2, 0], ELEVEN_LESS)],
    ..NUMBER
}];

/// `ro-cui`: a Romanian taxpayer, ten times the sum modulo 11 (ANAF).
pub(in super::super) static RO_CUI: &[Scheme] = &[Scheme {
    shapes: &["dddddd", "ddddddd", "dddddddd", "ddddddddd"],
    checks: &[last(&[50, 30, 20, 10, 70, 50, 30, 20, 0], b"01234567890")],
    ..NUMBER
}];

/// `sv-nit`: a Salvadoran taxpayer: municipality, date, serial; modulo 11, by other weights where the serial is above 100 (Ministerio de
/// Hacienda).
pub(in super::super) static SV_NIT: &[Scheme] = &[
    Scheme {
        shapes: &["dddddddddddddd"],
        plausible: |text| part(text, 10, 3) <= 100,
        checks: &[last(&[14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 0], b"01234567890")],
        ..NUMBER
    },
    Scheme {
        shapes: &["dddddddddddddd"],
        plausible: |text| part(text, 10, 3) > 100,
        checks: &[last(&[2, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 0], ELEVEN_LESS)],
        ..NUMBER
    },
];

/// `th-tax-number`: a Thai taxpayer that is no person, modulo 11 as an identity card (Revenue Department).
pub(in super::super) static TH_TAX_NUMBER: &[Scheme] =
    &[Scheme { shapes: &["0dddddddddddd"], checks: &[last(&[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 0], b"10987654321")], ..NUMBER }];

/// `tw-business-number`: a Taiwanese firm: cross sums of all places are a multiple of five; a seventh digit of 7 may count one more
/// (Fiscal Information Agency, the rule since 2023, which the older numbers keep too).
pub(in super::super) static TW_BUSINESS_NUMBER: &[Scheme] = &[Scheme {
    shapes: &["dddddddd"],
    plausible: |text| {
        let products = [1, 2, 1, 2, 1, 2, 4, 1].iter().enumerate().map(|(at, weight)| part(text, at, 1) * weight);
        let sum: u64 = products.map(|product| product / 10 + product % 10).sum();
        sum.is_multiple_of(5) || (part(text, 6, 1) == 7 && (sum + 1).is_multiple_of(5))
    },
    ..NUMBER
}];

/// `ua-edrpou`: a Ukrainian firm, modulo 11; numbers from 30 to 60 million have weights of their own (State Statistics Service).
pub(in super::super) static UA_EDRPOU: &[Scheme] = &[
    Scheme {
        shapes: &["3ddddddd", "4ddddddd", "5ddddddd"],
        checks: &[Check::Twice { weights: &[7, 1, 2, 3, 4, 5, 6, 0], again: &[9, 3, 4, 5, 6, 7, 8, 0], ten: 0 }],
        ..NUMBER
    },
    Scheme {
        shapes: &["dddddddd"],
        plausible: |text| !matches!(text.first(), Some(b'3'..=b'5')),
        checks: &[Check::Twice { weights: &[1, 2, 3, 4, 5, 6, 7, 0], again: &[3, 4, 5, 6, 7, 8, 9, 0], ten: 0 }],
        ..NUMBER
    },
];

/// `ve-rif`: a Venezuelan taxpayer, modulo 11; the letter of its kind counts as well (SENIAT).
pub(in super::super) static VE_RIF: &[Scheme] = &[Scheme {
    shapes: &["Vddddddddd", "Eddddddddd", "Jddddddddd", "Pddddddddd", "Gddddddddd", "Cddddddddd"],
    value: |byte| match byte {
        b'V' => 4,
        b'E' => 8,
        b'J' => 12,
        b'P' => 16,
        b'G' => 20,
        b'C' => 24,
        _ => digit(byte),
    },
    checks: &[last(&[1, 3, 2, 7, 6, 5, 4, 3, 2, 0], ELEVEN_LESS)],
    ..NUMBER
}];

/// `vn-tax-number`: a Vietnamese taxpayer, modulo 11, and perhaps three digits of a branch (General Department of Taxation).
pub(in super::super) static VN_TAX_NUMBER: &[Scheme] = &[
    Scheme { shapes: &["dddddddddd"], checks: &[vietnamese(&[31, 29, 23, 19, 17, 13, 7, 5, 3, 0], 0)], ..NUMBER },
    Scheme { shapes: &["ddddddddddddd"], checks: &[vietnamese(&[31, 29, 23, 19, 17, 13, 7, 5, 3, 0, 0, 0, 0], 3)], ..NUMBER },
];

const fn vietnamese(weights: &'static [i32], back: usize) -> Check {
    Check::Sum { weights, plus: 0, table: b"-9876543210", back }
}

/// `in-virtual-id`: a virtual number of an Aadhaar, Verhoeff (UIDAI).
pub(in super::super) static IN_VIRTUAL_ID: &[Scheme] = &[Scheme {
    shapes: &["dddddddddddddddd"],
    plausible: |text| matches!(text.first(), Some(b'2'..=b'9')),
    checks: &[Check::Verhoeff],
    ..NUMBER
}];

/// `be-bis`: a Belgian number of a person whose date of birth is not known, so that what stands for it may be no date; 97 less the
/// remainder modulo 97 (Rijksregister).
pub(in super::super) static BE_BIS: &[Scheme] = &[
    Scheme { shapes: &["ddddddddddd"], checks: &[belgian(0)], ..NUMBER },
    Scheme { shapes: &["ddddddddddd"], checks: &[belgian(2)], ..NUMBER },
];

#[cfg(test)]
mod tests {
    use super::super::super::tests::{accepts, refuses};

    #[test]
    fn europe() {
        accepts("bg-foreigner", &["7111042925", "7111 042 925"]);
        refuses("bg-foreigner", &["7111042922"]);
        accepts("by-unp", &["200988541", "MA1953684"]);
        refuses("by-unp", &["200988542", "MA1953685", "MD1953684", "TA1953684"]);
        accepts("cz-bank-account", &["34278-0727558021/0100", "19-2000145399/0800", "2000145399/0800"]);
        refuses("cz-bank-account", &["34278-0727558021", "34278-0727558022/0100", "34279-0727558021/0100", "0000000000/0100", "x/0100"]);
        accepts("dk-cvr", &["13585628"]);
        refuses("dk-cvr", &["13585627"]);
        accepts("ee-kmkr", &["100594102"]);
        refuses("ee-kmkr", &["100594103", "EE100594102"]);
        accepts("ee-registrikood", &["12345678"]);
        refuses("ee-registrikood", &["12345679", "32345674"]);
        accepts("gb-upn", &["B801200005001"]);
        refuses("gb-upn", &["C801200005001", "I801200005001", "B80120000500"]);
        accepts("hu-firm", &["12892312", "12892312-2-42"]);
        refuses("hu-firm", &["12892313", "12892313-2-42"]);
        accepts("is-kennitala", &["120174-3399", "450401-3150"]);
        refuses("is-kennitala", &["120174-3389", "321374-3399"]);
        accepts("lv-pvn", &["40003521600", "4000 3521 600"]);
        refuses("lv-pvn", &["40003521601", "10003521600"]);
        accepts("md-idno", &["1008600038413"]);
        refuses("md-idno", &["1008600038412"]);
        accepts("me-pib", &["02655284"]);
        refuses("me-pib", &["02655283"]);
        accepts("mk-edb", &["4030000375897", "MK4057009501106"]);
        refuses("mk-edb", &["4030000375890"]);
        accepts("nl-onderwijsnummer", &["1012.22.331"]);
        refuses("nl-onderwijsnummer", &["100252333", "111222331"]);
        accepts("ro-cui", &["18547290", "361757"]);
        refuses("ro-cui", &["18547291", "361758"]);
        accepts("rs-pib", &["101134702"]);
        refuses("rs-pib", &["101134703"]);
        accepts("ua-edrpou", &["32855961"]);
        refuses("ua-edrpou", &["32855968"]);
        accepts("be-bis", &["98472899765", "85 07 30 033 28", "17 07 30 033 84"]);
        refuses("be-bis", &["98472899766"]);
    }

    #[test]
    fn americas() {
        accepts("ca-business-number", &["12302 6635"]);
        refuses("ca-business-number", &["123026634", "123026635RT0001"]);
        accepts("cu-identity-card", &["91021027775"]);
        refuses("cu-identity-card", &["91131027775"]);
        accepts("do-rnc", &["1-01-85004-3", "131246796"]);
        refuses("do-rnc", &["1018A0043", "101850042"]);
        accepts("gt-nit", &["576937-K", "7108-0"]);
        refuses("gt-nit", &["576937-1", "7108-A"]);
        accepts("py-ruc", &["80028061-0", "9991603-7", "2660-3"]);
        refuses("py-ruc", &["80028061-1"]);
        accepts("sv-nit", &["0614-050707-104-8"]);
        refuses("sv-nit", &["0614-050707-104-9"]);
        accepts("ve-rif", &["V-11470283-4"]);
        refuses("ve-rif", &["V-11470283-3", "A-11470283-4"]);
    }

    #[test]
    fn africa_and_asia() {
        accepts("az-voen", &["200722502", "140 155 5071"]);
        refuses("az-voen", &["140 156 5071", "1401555073"]);
        accepts("gh-tin", &["C0000803561"]);
        refuses("gh-tin", &["C0000803562"]);
        accepts("in-virtual-id", &["2341 2341 2341 2341"]);
        refuses("in-virtual-id", &["2341234123412342", "1341234123412344"]);
        accepts("ma-ice", &["001561191000066"]);
        refuses("ma-ice", &["001561191000065"]);
        accepts("mu-nid", &["A0503022303817", "A2103451905713"]);
        refuses("mu-nid", &["A0503022303818", "A0513022303817"]);
        accepts("mz-nuit", &["400339910"]);
        refuses("mz-nuit", &["400339911"]);
        accepts("th-tax-number", &["0 99 4 000 61772 1"]);
        refuses("th-tax-number", &["0994000617722", "1994000617721"]);
        accepts("tw-business-number", &["00501503"]);
        refuses("tw-business-number", &["00501502"]);
        accepts("vn-tax-number", &["0100233488", "0314409058-002"]);
        refuses("vn-tax-number", &["0100233480"]);
    }
}
