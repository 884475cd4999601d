//! Numbers of banks and cards.

use super::Verdict;
use super::arithmetic::{Digits, all_same, is_separator, luhn, mod_97, value, verdict};
use super::scheme::{Check, NUMBER, Scheme, ordinal, part};

/// An issuer's first prefix, its last (of as many digits), and the lengths of its numbers.
type Issuer = (u64, u64, &'static [usize]);

/// The ranges of issuer identification numbers (ISO/IEC 7812) as the networks publish them.
#[rustfmt::skip]
const ISSUERS: &[Issuer] = &[
    (4, 4, &[13, 16, 19]),                           // Visa
    (51, 55, &[16]),                                 // Mastercard
    (2221, 2720, &[16]),                             // Mastercard
    (34, 34, &[15]),                                 // American Express
    (37, 37, &[15]),                                 // American Express
    (6011, 6011, &[16, 17, 18, 19]),                 // Discover
    (644, 649, &[16, 17, 18, 19]),                   // Discover
    (65, 65, &[16, 17, 18, 19]),                     // Discover
    (300, 305, &[14]),                               // Diners Club
    (36, 36, &[14]),                                 // Diners Club
    (38, 39, &[14]),                                 // Diners Club
    (3528, 3589, &[16, 17, 18, 19]),                 // JCB
    (62, 62, &[16, 17, 18, 19]),                     // UnionPay
    (50, 50, &[13, 14, 15, 16, 17, 18, 19]),         // Maestro
    (56, 58, &[13, 14, 15, 16, 17, 18, 19]),         // Maestro
    (6304, 6304, &[13, 14, 15, 16, 17, 18, 19]),     // Maestro
    (6759, 6769, &[13, 14, 15, 16, 17, 18, 19]),     // Maestro
];

/// `card`: a payment card number, by issuer prefix, length and Luhn (ISO/IEC 7812-1).
pub(super) fn card(candidate: &[u8]) -> Verdict {
    let Some(number) = Digits::read(candidate) else { return Verdict::Impossible };
    let digits = number.as_slice();
    let issued = ISSUERS.iter().any(|&(first, last, lengths)| {
        let prefix = digits.get(..decimal_digits(first)).map(value);
        prefix.is_some_and(|prefix| (first..=last).contains(&prefix)) && lengths.contains(&digits.len())
    });
    verdict(issued && !all_same(digits) && luhn(digits))
}

fn decimal_digits(number: u64) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// Country and length of each IBAN in SWIFT's IBAN Registry (ISO 13616-2).
#[rustfmt::skip]
const IBAN_LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24), (b"AE", 23), (b"AL", 28), (b"AT", 20), (b"AZ", 28), (b"BA", 20), (b"BE", 16), (b"BG", 22), (b"BH", 22),
    (b"BI", 27), (b"BR", 29), (b"BY", 28), (b"CH", 21), (b"CR", 22), (b"CY", 28), (b"CZ", 24), (b"DE", 22), (b"DJ", 27),
    (b"DK", 18), (b"DO", 28), (b"EE", 20), (b"EG", 29), (b"ES", 24), (b"FI", 18), (b"FK", 18), (b"FO", 18), (b"FR", 27),
    (b"GB", 22), (b"GE", 22), (b"GI", 23), (b"GL", 18), (b"GR", 27), (b"GT", 28), (b"HN", 28), (b"HR", 21), (b"HU", 28),
    (b"IE", 22), (b"IL", 23), (b"IQ", 23), (b"IS", 26), (b"IT", 27), (b"JO", 30), (b"KW", 30), (b"KZ", 20), (b"LB", 28),
    (b"LC", 32), (b"LI", 21), (b"LT", 20), (b"LU", 20), (b"LV", 21), (b"LY", 25), (b"MC", 27), (b"MD", 24), (b"ME", 22),
    (b"MK", 19), (b"MN", 20), (b"MR", 27), (b"MT", 31), (b"MU", 30), (b"NI", 28), (b"NL", 18), (b"NO", 15), (b"OM", 23),
    (b"PK", 24), (b"PL", 28), (b"PS", 29), (b"PT", 25), (b"QA", 29), (b"RO", 24), (b"RS", 22), (b"RU", 33), (b"SA", 24),
    (b"SC", 31), (b"SD", 18), (b"SE", 24), (b"SI", 19), (b"SK", 24), (b"SM", 27), (b"SO", 23), (b"ST", 25), (b"SV", 28),
    (b"TL", 23), (b"TN", 24), (b"TR", 26), (b"UA", 29), (b"VA", 22), (b"VG", 24), (b"XK", 20), (b"YE", 30),
];

/// `iban`: an International Bank Account Number, by the length of its country and ISO/IEC 7064 MOD 97-10 (ISO 13616-1).
pub(super) fn iban(candidate: &[u8]) -> Verdict {
    let text = || candidate.iter().copied().filter(|&byte| !is_separator(byte)).map(|byte| byte.to_ascii_uppercase());
    let head = |at| text().nth(at).unwrap_or_default();
    let country = [head(0), head(1)];
    let length = IBAN_LENGTHS.iter().find(|entry| *entry.0 == country).map(|entry| entry.1);
    let numbered = head(2).is_ascii_digit() && head(3).is_ascii_digit();
    let right = || mod_97(text().skip(4).chain(text().take(4))) == Some(1);
    verdict(length == Some(text().count()) && numbered && right())
}

/// The two-letter countries of ISO 3166-1, and XK (Kosovo), which banks use although ISO reserves it to users.
const COUNTRIES: &[u8] =
    b"ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZ\
DEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJP\
KEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOM\
PAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZ\
UAUGUMUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW";

/// `bic`: a Business Identifier Code (ISO 9362) as ISO 20022 messages spell it: four letters, a country, a location that begins with
/// neither 0 nor 1 and does not end with O, perhaps a branch. Its country and what follows are capitals, for in small letters it is any
/// word; spaces may part it.
pub(super) fn bic(candidate: &[u8]) -> Verdict {
    let code: Vec<u8> = candidate.iter().copied().filter(|&byte| byte != b' ').collect();
    let Some((party, rest)) = code.split_at_checked(4) else { return Verdict::Impossible };
    let Some((country, rest)) = rest.split_at_checked(2) else { return Verdict::Impossible };
    let capital = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let (location, branch) = rest.split_at_checked(2).unwrap_or_default();
    let located = matches!(location, [b'A'..=b'Z' | b'2'..=b'9', b'A'..=b'N' | b'P'..=b'Z' | b'0'..=b'9']);
    verdict(
        party.iter().all(u8::is_ascii_alphabetic)
            && is_country(country)
            && located
            && matches!(branch.len(), 0 | 3)
            && branch.iter().all(capital),
    )
}

/// Whether these two capitals are a country.
fn is_country(letters: &[u8]) -> bool {
    COUNTRIES.chunks_exact(2).any(|country| country == letters)
}

/// `aba-routing`: a routing transit number of the American Bankers Association, by Federal Reserve prefix and the weights 3-7-1
/// (ABA Routing Number Policy).
pub(super) static ABA_ROUTING: &[Scheme] = &[Scheme {
    shapes: &["ddddddddd"],
    plausible: |text| matches!(part(text, 0, 2), 0..=12 | 21..=32 | 61..=72 | 80),
    checks: &[Check::Zero { weights: &[3, 7, 1, 3, 7, 1, 3, 7, 1], plus: 0, modulus: 10 }],
    ..NUMBER
}];

/// `mx-clabe`: a Mexican account: bank, place, account, and the weights 3-7-1 (Asociación de Bancos de México, "CLABE").
pub(super) static MX_CLABE: &[Scheme] = &[Scheme {
    shapes: &["dddddddddddddddddd"],
    checks: &[Check::Sum { weights: &[3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7, 0], plus: 0, table: b"0987654321", back: 0 }],
    ..NUMBER
}];

/// `ar-cbu`: an Argentine account: bank and branch with a check digit, account with another (Banco Central, "Clave Bancaria Uniforme").
pub(super) static AR_CBU: &[Scheme] = &[Scheme {
    shapes: &["dddddddddddddddddddddd"],
    checks: &[
        Check::Sum {
            weights: &[7, 1, 3, 9, 7, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            plus: 0,
            table: b"0987654321",
            back: 14,
        },
        Check::Sum { weights: &[3, 9, 7, 1, 3, 9, 7, 1, 3, 9, 7, 1, 3, 0], plus: 0, table: b"0987654321", back: 0 },
    ],
    ..NUMBER
}];

/// `es-ccc`: a Spanish account as it was written before IBAN: bank and branch, two check digits, account (Banco de España, "Código Cuenta
/// Cliente").
pub(super) static ES_CCC: &[Scheme] = &[Scheme {
    shapes: &["dddddddddddddddddddd"],
    checks: &[
        Check::Sum { weights: &[4, 8, 5, 10, 9, 7, 3, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], plus: 0, table: b"01987654321", back: 11 },
        Check::Sum { weights: &[1, 2, 4, 8, 5, 10, 9, 7, 3, 6], plus: 0, table: b"01987654321", back: 10 },
    ],
    ..NUMBER
}];

/// `fr-rib`: a French account as it was written before IBAN: bank, branch, account, and a key that makes it a multiple of 97; letters
/// count 1 to 9, 1 to 9, 2 to 9 (Comité français d'organisation et de normalisation bancaires, "RIB").
pub(super) static FR_RIB: &[Scheme] = &[Scheme {
    shapes: &["ddddddddddxxxxxxxxxxxdd"],
    value: |byte| match byte {
        b'A'..=b'I' => byte - b'A' + 1,
        b'J'..=b'R' => byte - b'J' + 1,
        b'S'..=b'Z' => byte - b'S' + 2,
        _ => ordinal(byte),
    },
    checks: &[Check::Multiple(97)],
    ..NUMBER
}];

/// `sepa-creditor`: the identifier of a creditor of SEPA direct debits: a country, ISO/IEC 7064 MOD 97-10, three characters that the
/// check leaves out, a national number (European Payments Council, EPC262-08).
pub(super) fn sepa_creditor(candidate: &[u8]) -> Verdict {
    let text = || candidate.iter().copied().filter(|&byte| !is_separator(byte)).map(|byte| byte.to_ascii_uppercase());
    let head = |at| text().nth(at).unwrap_or_default();
    let right = || mod_97(text().skip(7).chain(text().take(4))) == Some(1);
    verdict((8..=35).contains(&text().count()) && is_country(&[head(0), head(1)]) && right())
}

/// `lei`: a legal entity identifier, eighteen letters and digits and ISO/IEC 7064 MOD 97-10 (ISO 17442).
pub(super) static LEI: &[Scheme] =
    &[Scheme { shapes: &["xxxxxxxxxxxxxxxxxxdd"], value: ordinal, spread: true, checks: &[Check::Mod97_10], ..NUMBER }];

/// `ch-esr`: the reference of a Swiss payment slip or QR bill, up to 27 digits of which the first may be left out if they are 0, modulo
/// 10 recursive (SIX, "Swiss Implementation Guidelines QR-bill", annex B).
pub(super) fn ch_esr(candidate: &[u8]) -> Verdict {
    const CARRY: [u8; 10] = [0, 9, 4, 6, 8, 2, 7, 1, 3, 5];
    let Some(number) = Digits::read(candidate).filter(|number| (7..=27).contains(&number.as_slice().len())) else {
        return Verdict::Impossible;
    };
    let carried = |carry: u8, &digit: &u8| CARRY.get(usize::from((carry + digit) % 10)).copied().unwrap_or_default();
    // The check digit brings the carry of the others back to nought.
    verdict(!all_same(number.as_slice()) && number.as_slice().iter().fold(0, carried) == 0)
}

/// `card-track`: track 2 of a magnetic stripe: a card number, a separator, YYMM, the service code and what the issuer adds
/// (ISO/IEC 7813).
pub(super) fn card_track(candidate: &[u8]) -> Verdict {
    let Some(at) = candidate.iter().position(|byte| b"=D".contains(byte)) else { return Verdict::Impossible };
    let (number, rest) = (candidate.get(..at).unwrap_or_default(), candidate.get(at + 1..).unwrap_or_default());
    let month = rest.get(2..4).and_then(Digits::read).is_some_and(|month| (1..=12).contains(&value(month.as_slice())));
    if month { card(number) } else { Verdict::Impossible }
}

/// `card-expiry`: a month and a year of this half of the century, in either order (ISO/IEC 7813 writes YYMM, cards MM/YY).
pub(super) fn card_expiry(candidate: &[u8]) -> Verdict {
    let Some(number) = Digits::read(candidate) else { return Verdict::Impossible };
    let pairs: Vec<u64> = number.as_slice().chunks(2).map(value).collect();
    let (month, year) = (|month: u64| (1..=12).contains(&month), |year: u64| (15..=60).contains(&year));
    verdict(match *pairs.as_slice() {
        [first, second] => (month(first) && year(second)) || (year(first) && month(second)),
        [first, 20, second] => month(first) && year(second),
        [20, second, third] => year(second) && month(third),
        _ => false,
    })
}

/// `uk-sort-account`: a British sort code and account number, 6 and 8 digits. Only what no bank issues is refused: the modulus checks
/// of Pay.UK ("Validating account numbers") differ by bank and follow a table that changes several times a year.
pub(super) fn uk_sort_account(candidate: &[u8]) -> Verdict {
    let Some(digits) = Digits::exactly::<14>(candidate) else { return Verdict::Impossible };
    let (sort, account) = digits.split_at(6);
    verdict(!sort.starts_with(&[0, 0]) && !all_same(account))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{accepts, refuses};

    #[test]
    fn cards() {
        // The networks' published test numbers.
        accepts("card", &["4111 1111 1111 1111", "4222222222222", "5555-5555-5555-4444", "2223003122003222", "378282246310005"]);
        accepts("card", &["6011111111111117", "30569309025904", "38520000023237", "3530111333300000", "6759649826438453"]);
        refuses("card", &["4111 1111 1111 1112", "411111111111111", "41111111111111111", "0000000000000000", "79927398713", ""]);
        refuses("card", &["1111111111111117", "9411111111111111", "4111x11111111111"]);
        // A right Luhn, but no such issuer.
        refuses("card", &["1234567812345670"]);
    }

    #[test]
    fn cards_are_completed() {
        let mut number = *b"4111-1111-1111-1119";
        (super::super::find("card").unwrap().complete.unwrap())(&mut number);
        assert_eq!(&number, b"4111-1111-1111-1111");
    }

    #[test]
    fn ibans() {
        // The registry's own examples.
        accepts("iban", &["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819", "fr1420041010050500013m02606", "NO9386011117947"]);
        accepts("iban", &["CH9300762011623852957", "MT84MALT011000012345MTLCAST001S", "LC55HEMM000100010012001200023015"]);
        refuses(
            "iban",
            &["DE89 3704 0044 0532 0130 01", "DE89370400440532013", "ZZ89370400440532013000", "DE", "", "DEX9370400440532013000"],
        );
        refuses("iban", &["GB29NWBK601613319268190", "GB92NWBK60161331926819"]);
    }

    #[test]
    fn bics() {
        accepts("bic", &["DEUTDEFF", "DEUTDEFF500", "DEUT DE FF 500", "deutDEFF", "NEDSZAJJXXX", "UNCRITMM"]);
        refuses("bic", &["DEUTZZFF", "DEUTDEF", "DEUTDEFF50", "deutdeff", "DEUTDE1F", "DEUTDEFO", "D3UTDEFF", "DEUTDEFF50-", ""]);
        assert_eq!(super::COUNTRIES.len(), 2 * 250);
        assert!(super::COUNTRIES.chunks_exact(2).is_sorted_by(|left, right| left < right));
    }

    #[test]
    fn routing_numbers() {
        accepts("aba-routing", &["111000025", "021000021", "0110-0001-5"]);
        refuses("aba-routing", &["111000026", "12100002", "0210000210", "131000000", "000000000", "99999999x"]);
    }

    #[test]
    fn accounts() {
        accepts("mx-clabe", &["032180000118359719"]);
        refuses("mx-clabe", &["032180000118359718", "03218000011835971"]);
        accepts("ar-cbu", &["2850590940090418135201", "28505909 40090418135201"]);
        refuses("ar-cbu", &["2850590840090418135201", "2850590940090418135202"]);
        accepts("es-ccc", &["2100 0418 45 0200051332"]);
        refuses("es-ccc", &["2100 0418 55 0200051332", "2100 0418 46 0200051332"]);
        accepts("fr-rib", &["20041 01005 0500013M026 06"]);
        refuses("fr-rib", &["20041 01005 0500013M026 07"]);
        accepts("sepa-creditor", &["DE98ZZZ09999999999", "DE98ABC09999999999"]);
        refuses("sepa-creditor", &["DE97ZZZ09999999999", "ZZ98ZZZ09999999999", "DE98"]);
        accepts("card-track", &["4111111111111111=25121010000000000", "378282246310005D25121010000000000"]);
        refuses("card-track", &["4111111111111112=25121010000000000", "4111111111111111=2599101", "4111111111111111=", "4111111111111111"]);
        accepts("card-expiry", &["12/34", "03/2030", "2030-03", "3403"]);
        refuses("card-expiry", &["13/34", "00/34", "12/99", "12/3", ""]);
    }

    #[test]
    fn references_and_entities() {
        accepts("ch-esr", &["21 00000 00003 13947 14300 09017", "00 00000 00000 00000 00018 78583", "1878583"]);
        refuses("ch-esr", &["21 00000 00003 13947 14300 09016", "1878584", "878583", "0210000000003139471430009017", "0000000"]);
        accepts("lei", &["213800KUD8LAJWSQ9D15", "5493 001K JTII GC8Y 1R12"]);
        refuses("lei", &["213800KUD8LAJWSQ9D16", "213800KUD8LAJWSQ9D1", "213800KUD8LAJWSQ9D1A"]);
    }

    #[test]
    fn sort_codes() {
        accepts("uk-sort-account", &["08-99-99 66374958", "10799988837491"]);
        refuses("uk-sort-account", &["00-99-99 66374958", "08-99-99 00000000", "08-99-99 6637495", "08-99-99 663749581"]);
    }
}
