//! Numbers made from what their publishers say of them, by arithmetic of its own: nothing here knows how logveil checks one.
//!
//! Where a validator multiplies by a list of weights, this tries every check character until the published sentence holds, so that a
//! wrong weight or table shows.

/// The same numbers on every run (splitmix64).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    pub fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len() as u64) as usize]
    }

    fn text(&mut self, alphabet: &str, length: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..length).map(|_| letters[self.below(letters.len() as u64) as usize]).collect()
    }

    fn digits(&mut self, length: usize) -> String {
        self.text("0123456789", length)
    }

    /// Digits of which the first is not nought.
    fn number(&mut self, length: usize) -> String {
        self.text("123456789", 1) + &self.digits(length - 1)
    }

    fn letters(&mut self, length: usize) -> String {
        self.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", length)
    }

    /// A day of the last century or this one: year, month, day.
    fn date(&mut self) -> (u64, u64, u64) {
        (1940 + self.below(80), 1 + self.below(12), 1 + self.below(28))
    }
}

/// A kind of number.
pub struct Kind {
    pub name: &'static str,
    /// What its field is called, and what stands before it in prose.
    pub key: &'static str,
    pub word: &'static str,
    /// Makes one, as people write it.
    pub make: fn(&mut Random) -> String,
    /// Whether plain arithmetic tells a wrong one, so that beside a word in prose it must stay.
    pub strict: bool,
}

const fn kind(name: &'static str, key: &'static str, word: &'static str, make: fn(&mut Random) -> String) -> Kind {
    Kind { name, key, word, make, strict: true }
}

const fn loose(name: &'static str, key: &'static str, word: &'static str, make: fn(&mut Random) -> String) -> Kind {
    Kind { name, key, word, make, strict: false }
}

#[rustfmt::skip]
pub const KINDS: &[Kind] = &[
    kind("payment card", "cardNumber", "card", |r| { let body = format!("{}{}", r.one(&["4", "51", "55", "2221", "2720"]), r.digits(15)); grouped(&luhn(&body[..15]), &[4, 4, 4, 4], r) }),
    kind("iban", "iban", "IBAN", iban),
    kind("us routing number", "routing_number", "routing number", |r| { let body = r.one(&["01", "06", "11", "12", "21", "31", "32"]).to_owned() + &r.digits(6); search(&body, "0123456789", |n| (3 * (n[0] + n[3] + n[6]) + 7 * (n[1] + n[4] + n[7]) + n[2] + n[5] + n[8]) % 10 == 0) }),
    loose("uk sort code and account", "bankAccount", "sort code", |r| format!("{}-{}-{} {}", 10 + r.below(80), r.digits(2), r.digits(2), r.digits(8))),
    kind("mx clabe", "clabe", "CLABE", |r| { let body = r.digits(17); search(&body, "0123456789", |n| (n.iter().zip([3, 7, 1].iter().cycle()).take(17).map(|(d, w)| d * w % 10).sum::<u64>() + n[17]) % 10 == 0) }),
    kind("ar cbu", "cbu", "CBU", |r| { let bank = search(&r.digits(7), "0123456789", |n| (7 * n[0] + n[1] + 3 * n[2] + 9 * n[3] + 7 * n[4] + n[5] + 3 * n[6] + n[7]) % 10 == 0); let account = search(&r.digits(13), "0123456789", |n| (0..13).map(|i| n[i] * [3, 9, 7, 1][i % 4]).sum::<u64>() % 10 == (10 - n[13]) % 10); bank + &account }),
    loose("us social security number", "ssn", "social security number", |r| format!("{}-{}-{}", 100 + r.below(500), 10 + r.below(89), 1000 + r.below(8999))),
    loose("us itin", "itin", "ITIN", |r| format!("9{}-{}-{}", r.digits(2), 70 + r.below(18), r.digits(4))),
    kind("us npi", "npi", "NPI", |r| luhn(&format!("808401{}", r.digits(8)))[5..].to_owned()),
    loose("us mbi", "medicareNumber", "Medicare", |r| { let l = "ACDEFGHJKMNPQRTUVWXY"; format!("{}{}{}{}{}{}{}{}{}", 1 + r.below(9), r.text(l, 1), r.text(l, 1), r.digits(1), r.text(l, 1), r.text(l, 1), r.digits(1), r.text(l, 2), r.digits(2)) }),
    kind("dea number", "deaNumber", "DEA", |r| { let body = r.digits(6); format!("{}{}", r.text("ABFGM", 1) + &r.letters(1), search(&body, "0123456789", |n| (n[0] + n[2] + n[4] + 2 * (n[1] + n[3] + n[5])) % 10 == n[6])) }),
    loose("vehicle identification number", "vin", "chassis number", vin),
    kind("ca social insurance number", "sin", "social insurance number", |r| { let body = r.text("12345679", 1) + &r.digits(7); grouped(&luhn(&body), &[3, 3, 3], r) }),
    kind("br cpf", "cpf", "CPF", |r| { let one = brazil(&r.digits(9)); let two = brazil(&one); format!("{}.{}.{}-{}", &two[..3], &two[3..6], &two[6..9], &two[9..]) }),
    kind("br cnpj", "cnpj", "CNPJ", |r| { let two = brazil_firm(&brazil_firm(&(r.digits(8) + "0001"))); format!("{}.{}.{}/{}-{}", &two[..2], &two[2..5], &two[5..8], &two[8..12], &two[12..]) }),
    kind("br pis", "pis", "PIS", |r| from_right_2_to_9(&r.digits(10))),
    kind("ar cuit", "cuit", "CUIT", |r| loop { let body = r.one(&["20", "27", "30"]).to_owned() + &r.digits(8); let sum = right_sum(&body); if sum % 11 != 1 { let n = format!("{body}{}", (11 - sum % 11) % 11); break format!("{}-{}-{}", &n[..2], &n[2..10], &n[10..]) } }),
    kind("cl rut", "rut", "RUT", |r| { let body = (5_000_000 + r.below(20_000_000)).to_string(); let check = match 11 - right_sum(&body) % 11 { 11 => "0".into(), 10 => "K".into(), n => n.to_string() }; format!("{}-{check}", dotted(&body)) }),
    kind("co nit", "nit", "NIT", |r| { let body = r.text("89", 1) + &r.digits(8); let sum: u64 = numbers(&body).iter().rev().zip([3, 7, 13, 17, 19, 23, 29, 37, 41]).map(|(d, w)| d * w).sum(); let rest = sum % 11; format!("{}-{}", dotted(&body), if rest < 2 { rest } else { 11 - rest }) }),
    loose("ec cedula", "cedula", "cédula", |r| luhn(&format!("{:02}{}{}", 1 + r.below(24), r.below(6), r.digits(6)))),
    kind("pe ruc", "ruc", "RUC", |r| { let body = "20".to_owned() + &r.digits(8); let sum: u64 = numbers(&body).iter().zip([5, 4, 3, 2, 7, 6, 5, 4, 3, 2]).map(|(d, w)| d * w).sum(); format!("{body}{}", (11 - sum % 11) % 10) }),
    loose("uy ci", "cedula", "cédula", |r| { let n = search(&r.number(7), "0123456789", |n| (8 * n[0] + n[1] + 2 * n[2] + 3 * n[3] + 4 * n[4] + 7 * n[5] + 6 * n[6]) % 10 == n[7]); format!("{}.{}.{}-{}", &n[..1], &n[1..4], &n[4..7], &n[7..]) }),
    kind("mx curp", "curp", "CURP", |r| { let (y, m, d) = r.date(); let body = format!("{}{:02}{m:02}{d:02}{}{}{}0", r.letters(4), y % 100, r.one(&["H", "M"]), r.one(&["AS", "DF", "JC", "NL", "VZ", "NE"]), r.text("BCDFGHJKLMNPQRSTVWXYZ", 3)); let alphabet: Vec<char> = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ".chars().collect(); let sum: usize = body.chars().enumerate().map(|(i, c)| alphabet.iter().position(|a| *a == c).unwrap() * (18 - i)).sum(); format!("{body}{}", (10 - sum % 10) % 10) }),
    loose("mx rfc", "rfc", "registro federal", |r| { let (y, m, d) = r.date(); format!("{}{:02}{m:02}{d:02}{}", r.letters(4), y % 100, r.text("123456789ABCD", 2) + &r.digits(1)) }),
    kind("uk nhs number", "nhsNumber", "NHS", |r| { let n = retry(r, |r| find(&r.number(9), "0123456789", |n| (0..9).map(|i| n[i] * (10 - i as u64)).sum::<u64>() % 11 == (11 - n[9]) % 11)); grouped(&n, &[3, 3, 4], r) }),
    kind("uk utr", "utr", "UTR", |r| { let body = r.digits(9); let sum: u64 = numbers(&body).iter().zip([6, 7, 8, 9, 10, 5, 4, 3, 2]).map(|(d, w)| d * w).sum(); format!("{}{body}", [2, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1][(sum % 11) as usize]) }),
    loose("uk national insurance number", "nino", "national insurance", |r| format!("{}{}{}", r.one(&["AB", "CE", "JK", "PR", "SX"]), r.digits(6), r.one(&["A", "B", "C", "D"]))),
    loose("uk driving licence", "drivingLicence", "driving licence", |r| { let (y, m, d) = r.date(); format!("{}{}{m:02}{d:02}{}{}9{}", r.letters(5), y / 10 % 10, y % 10, r.letters(2), r.letters(2)) }),
    kind("uk vat number", "vatNumber", "VAT number", |r| loop { let body = r.number(7); let n = numbers(&body); let sum: u64 = (0..7).map(|i| n[i] * (8 - i as u64)).sum(); let key = 97 - sum % 97; if key < 97 { break format!("GB{body}{key:02}") } }),
    kind("es dni", "dni", "DNI", |r| { let n = r.below(100_000_000); format!("{n:08}{}", "TRWAGMYFPDXBNJZSQVHLCKE".as_bytes()[(n % 23) as usize] as char) }),
    kind("es nie", "nie", "NIE", |r| { let (lead, n) = (r.below(3), r.below(10_000_000)); format!("{}{n:07}{}", ["X", "Y", "Z"][lead as usize], "TRWAGMYFPDXBNJZSQVHLCKE".as_bytes()[((lead * 10_000_000 + n) % 23) as usize] as char) }),
    kind("es social security", "numeroAfiliacion", "seguridad social", |r| { let (p, n) = (1 + r.below(50), 10_000_000 + r.below(89_999_999)); format!("{p:02} {n} {:02}", (p * 100_000_000 + n) % 97) }),
    kind("fr nir", "nir", "sécurité sociale", |r| { let n: u64 = format!("{}{:02}{:02}{:02}{:03}{:03}", 1 + r.below(2), r.below(100), 1 + r.below(12), 1 + r.below(95), 1 + r.below(990), 1 + r.below(999)).parse().unwrap(); format!("{n}{:02}", 97 - n % 97) }),
    kind("fr tax number", "numeroFiscal", "numéro fiscal", |r| { let n = r.below(3_999_999_999); format!("{n:010}{:03}", n % 511) }),
    kind("de steuer-id", "steuerId", "Steuer-ID", steuer_id),
    kind("de pension number", "rentenversicherungsnummer", "Rentenversicherungsnummer", |r| { let (y, m, d) = r.date(); let (area, letter, serial) = (10 + r.below(80), r.below(26) + 1, r.below(100)); let spelt = format!("{area}{d:02}{m:02}{:02}{letter:02}{serial:02}", y % 100); let sum: u64 = numbers(&spelt).iter().zip([2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]).map(|(d, w)| cross(d * w)).sum(); format!("{area}{d:02}{m:02}{:02}{}{serial:02}{}", y % 100, (b'A' + letter as u8 - 1) as char, sum % 10) }),
    kind("de health insurance number", "kvnr", "Krankenversichertennummer", |r| { let (letter, body) = (r.below(26) + 1, r.digits(8)); let sum: u64 = numbers(&format!("{letter:02}{body}")).iter().zip([1, 2].iter().cycle()).map(|(d, w)| cross(d * w)).sum(); format!("{}{body}{}", (b'A' + letter as u8 - 1) as char, sum % 10) }),
    kind("de document", "personalausweis", "Personalausweis", |r| { let body = r.text("CFGHJKLMNPRTVWXYZ", 1) + &r.text("0123456789CFGHJKLMNPRTVWXYZ", 8); let sum: u32 = body.chars().zip([7, 3, 1].iter().cycle()).map(|(c, w)| c.to_digit(36).unwrap() * w).sum(); format!("{body}{}", sum % 10) }),
    kind("it codice fiscale", "codiceFiscale", "codice fiscale", codice_fiscale),
    kind("it partita iva", "partitaIva", "partita IVA", |r| luhn(&r.number(10))),
    kind("nl bsn", "bsn", "BSN", |r| retry(r, |r| find(&r.number(8), "0123456789", |n| (0..8).map(|i| n[i] * (9 - i as u64)).sum::<u64>() % 11 == n[8]))),
    kind("be national number", "rijksregisternummer", "rijksregisternummer", |r| { let (y, m, d) = r.date(); let n: u64 = format!("{:02}{m:02}{d:02}{:03}", y % 100, 1 + r.below(997)).parse().unwrap(); let whole = if y >= 2000 { 2_000_000_000 + n } else { n }; let n = format!("{n:09}{:02}", 97 - whole % 97); format!("{}.{}.{}-{}.{}", &n[..2], &n[2..4], &n[4..6], &n[6..9], &n[9..]) }),
    kind("pl pesel", "pesel", "PESEL", |r| { let (y, m, d) = r.date(); let m = if y >= 2000 { m + 20 } else { m }; search(&format!("{:02}{m:02}{d:02}{}", y % 100, r.digits(4)), "0123456789", |n| (n[0] + 3 * n[1] + 7 * n[2] + 9 * n[3] + n[4] + 3 * n[5] + 7 * n[6] + 9 * n[7] + n[8] + 3 * n[9] + n[10]) % 10 == 0) }),
    kind("pl nip", "nip", "NIP", |r| { let n = retry(r, |r| find(&r.number(9), "0123456789", |n| (6 * n[0] + 5 * n[1] + 7 * n[2] + 2 * n[3] + 3 * n[4] + 4 * n[5] + 5 * n[6] + 6 * n[7] + 7 * n[8]) % 11 == n[9])); grouped(&n, &[3, 3, 2, 2], r) }),
    kind("pl regon", "regon", "REGON", |r| search(&r.number(8), "0123456789", |n| (8 * n[0] + 9 * n[1] + 2 * n[2] + 3 * n[3] + 4 * n[4] + 5 * n[5] + 6 * n[6] + 7 * n[7]) % 11 % 10 == n[8])),
    kind("pl identity card", "dowodOsobisty", "dowód osobisty", |r| { let (letters, rest) = (r.letters(3), r.digits(5)); let (l, n): (Vec<u64>, _) = (letters.chars().map(|c| u64::from(c.to_digit(36).unwrap())).collect(), numbers(&rest)); format!("{letters}{}{rest}", (7 * l[0] + 3 * l[1] + l[2] + 7 * n[0] + 3 * n[1] + n[2] + 7 * n[3] + 3 * n[4]) % 10) }),
    kind("se personnummer", "personnummer", "personnummer", |r| { let (y, m, d) = r.date(); let n = luhn(&format!("{:02}{m:02}{d:02}{}", y % 100, r.digits(3))); format!("{}-{}", &n[..6], &n[6..]) }),
    kind("se orgnr", "organisationsnummer", "organisationsnummer", |r| { let n = luhn(&format!("55{}{}", 20 + r.below(79), r.digits(5))); format!("{}-{}", &n[..6], &n[6..]) }),
    loose("dk cpr", "cpr", "CPR", |r| { let (y, m, d) = r.date(); let n = retry(r, |r| find(&format!("{d:02}{m:02}{:02}{}", y % 100, r.digits(3)), "0123456789", |n| n.iter().zip([4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).map(|(d, w)| d * w).sum::<u64>() % 11 == 0)); format!("{}-{}", &n[..6], &n[6..]) }),
    kind("no fodselsnummer", "fodselsnummer", "fødselsnummer", |r| { let (y, m, d) = r.date(); retry(r, |r| { let one = find(&format!("{d:02}{m:02}{:02}{}", y % 100, r.digits(3)), "0123456789", |n| n.iter().zip([3, 7, 6, 1, 8, 9, 4, 5, 2, 1]).map(|(d, w)| d * w).sum::<u64>() % 11 == 0)?; find(&one, "0123456789", |n| n.iter().zip([5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).map(|(d, w)| d * w).sum::<u64>() % 11 == 0) }) }),
    kind("fi hetu", "hetu", "hetu", |r| { let (y, m, d) = r.date(); let (date, serial) = (format!("{d:02}{m:02}{:02}", y % 100), format!("{:03}", 2 + r.below(898))); let n: usize = format!("{date}{serial}").parse().unwrap(); format!("{date}{}{serial}{}", if y >= 2000 { "A" } else { "-" }, "0123456789ABCDEFHJKLMNPRSTUVWXY".as_bytes()[n % 31] as char) }),
    kind("ee isikukood", "isikukood", "isikukood", |r| { let (y, m, d) = r.date(); let century = if y >= 2000 { 5 } else { 3 } + r.below(2); baltic(&format!("{century}{:02}{m:02}{d:02}{}", y % 100, r.digits(3))) }),
    kind("lv personas kods", "personasKods", "personas kods", |r| { let (y, m, d) = r.date(); let n = search(&format!("{d:02}{m:02}{:02}{}{}", y % 100, if y >= 2000 { 2 } else { 1 }, r.digits(3)), "0123456789", |n| (1101 - (n[0] + 6 * n[1] + 3 * n[2] + 7 * n[3] + 9 * n[4] + 10 * n[5] + 5 * n[6] + 8 * n[7] + 4 * n[8] + 2 * n[9])) % 11 % 10 == n[10]); format!("{}-{}", &n[..6], &n[6..]) }),
    kind("ch ahv", "ahv", "AHV", |r| { let n = search(&("756".to_owned() + &r.digits(9)), "0123456789", |n| n.iter().enumerate().map(|(i, d)| if i % 2 == 0 { *d } else { 3 * d }).sum::<u64>() % 10 == 0); format!("{}.{}.{}.{}", &n[..3], &n[3..7], &n[7..11], &n[11..]) }),
    kind("at svnr", "sozialversicherungsnummer", "Sozialversicherungsnummer", |r| { let (y, m, d) = r.date(); let (mut check, mut serial) = (10, 0); let date = format!("{d:02}{m:02}{:02}", y % 100); while check == 10 { serial = 100 + r.below(900); let (s, n) = (numbers(&serial.to_string()), numbers(&date)); check = (3 * s[0] + 7 * s[1] + 9 * s[2] + 5 * n[0] + 8 * n[1] + 4 * n[2] + 2 * n[3] + n[4] + 6 * n[5]) % 11; } format!("{serial}{check} {date}") }),
    kind("cz rodne cislo", "rodneCislo", "rodné číslo", |r| { let (_, m, d) = r.date(); let y = 54 + r.below(45); let n = retry(r, |r| { let m = m + 50 * r.below(2); let body: u64 = format!("{y:02}{m:02}{d:02}{}", r.digits(3)).parse().unwrap(); (0..10).map(|c| body * 10 + c).find(|n| n % 11 == 0).map(|n| format!("{n:010}")) }); format!("{}/{}", &n[..6], &n[6..]) }),
    kind("hu taj", "tajSzam", "TAJ szám", |r| { let n = search(&r.number(8), "0123456789", |n| (3 * (n[0] + n[2] + n[4] + n[6]) + 7 * (n[1] + n[3] + n[5] + n[7])) % 10 == n[8]); grouped(&n, &[3, 3, 3], r) }),
    kind("hu tax id", "adoazonositoJel", "adóazonosító jel", |r| retry(r, |r| find(&format!("8{}", r.digits(8)), "0123456789", |n| (0..9).map(|i| n[i] * (i as u64 + 1)).sum::<u64>() % 11 == n[9]))),
    kind("bg egn", "egn", "ЕГН", |r| { let (y, m, d) = r.date(); let m = if y >= 2000 { m + 40 } else { m }; search(&format!("{:02}{m:02}{d:02}{}", y % 100, r.digits(3)), "0123456789", |n| n.iter().zip([2, 4, 8, 5, 10, 9, 7, 3, 6]).map(|(d, w)| d * w).sum::<u64>() % 11 % 10 == n[9]) }),
    kind("gr afm", "afm", "ΑΦΜ", |r| search(&r.digits(8), "0123456789", |n| (0..8).map(|i| n[i] << (8 - i)).sum::<u64>() % 11 % 10 == n[8])),
    kind("gr amka", "amka", "ΑΜΚΑ", |r| { let (y, m, d) = r.date(); luhn(&format!("{d:02}{m:02}{:02}{}", y % 100, r.digits(4))) }),
    kind("hr oib", "oib", "OIB", |r| eleven_ten(&r.digits(10))),
    kind("ro cnp", "cnp", "CNP", |r| { let (y, m, d) = r.date(); let body = format!("{}{:02}{m:02}{d:02}{:02}{}", if y >= 2000 { 5 } else { 1 } + r.below(2), y % 100, 1 + r.below(46), r.digits(3)); let sum: u64 = numbers(&body).iter().zip(numbers("279146358279")).map(|(a, b)| a * b).sum(); format!("{body}{}", match sum % 11 { 10 => 1, n => n }) }),
    kind("si emso", "emso", "EMŠO", |r| { let (y, m, d) = r.date(); retry(r, |r| { let body = format!("{d:02}{m:02}{:03}50{}", y % 1000, r.digits(3)); let n = numbers(&body); let sum = 7 * (n[0] + n[6]) + 6 * (n[1] + n[7]) + 5 * (n[2] + n[8]) + 4 * (n[3] + n[9]) + 3 * (n[4] + n[10]) + 2 * (n[5] + n[11]); match 11 - sum % 11 { 11 => Some(body + "0"), 10 => None, check => Some(format!("{body}{check}")) } }) }),
    kind("pt nif", "nif", "contribuinte", |r| from_right_2_to_9(&(r.text("125", 1) + &r.digits(7)))),
    kind("pt niss", "niss", "NISS", |r| { let body = "1".to_owned() + &r.digits(9); let sum: u64 = numbers(&body).iter().zip([29, 23, 19, 17, 13, 11, 7, 5, 3, 2]).map(|(a, b)| a * b).sum(); format!("{body}{}", 9 - sum % 10) }),
    kind("ie pps", "ppsn", "PPSN", |r| { let body = r.digits(7); let n = numbers(&body); let sum: u64 = (0..7).map(|i| n[i] * (8 - i as u64)).sum(); format!("{body}{}", "WABCDEFGHIJKLMNOPQRSTUV".as_bytes()[(sum % 23) as usize] as char) }),
    kind("ua rnokpp", "rnokpp", "РНОКПП", |r| { let body = r.number(9); let n: Vec<i64> = numbers(&body).iter().map(|d| *d as i64).collect(); let sum = -n[0] + 5 * n[1] + 7 * n[2] + 9 * n[3] + 4 * n[4] + 6 * n[5] + 10 * n[6] + 5 * n[7] + 7 * n[8]; format!("{body}{}", sum.rem_euclid(11) % 10) }),
    kind("ru inn", "inn", "ИНН", |r| { let body = r.number(10); let n = numbers(&body); let first = (7 * n[0] + 2 * n[1] + 4 * n[2] + 10 * n[3] + 3 * n[4] + 5 * n[5] + 9 * n[6] + 4 * n[7] + 6 * n[8] + 8 * n[9]) % 11 % 10; let second = (3 * n[0] + 7 * n[1] + 2 * n[2] + 4 * n[3] + 10 * n[4] + 3 * n[5] + 5 * n[6] + 9 * n[7] + 4 * n[8] + 6 * n[9] + 8 * first) % 11 % 10; format!("{body}{first}{second}") }),
    kind("ru snils", "snils", "СНИЛС", |r| { let body = "1".to_owned() + &r.digits(8); let sum: u64 = numbers(&body).iter().zip((1..=9).rev()).map(|(d, w)| d * w).sum(); let key = if sum < 100 { sum } else { match sum % 101 { 100 => 0, n => n } }; format!("{}-{}-{} {key:02}", &body[..3], &body[3..6], &body[6..]) }),
    kind("eu vat of Germany", "vatNumber", "VAT number", |r| format!("DE{}", eleven_ten(&r.number(8)))),
    kind("eu vat of Belgium", "vatId", "VAT number", |r| { let n = 1_000_000 + r.below(8_999_999); format!("BE0{n}{:02}", 97 - n % 97) }),
    kind("in aadhaar", "aadhaar", "Aadhaar", |r| { let n = verhoeff(&(r.text("23456789", 1) + &r.digits(10))); grouped(&n, &[4, 4, 4], r) }),
    loose("in pan", "pan", "PAN card", |r| format!("{}P{}{}{}", r.letters(3), r.letters(1), r.digits(4), r.letters(1))),
    kind("in gstin", "gstin", "GSTIN", |r| { let body = format!("{:02}{}P{}{}{}1Z", 1 + r.below(37), r.letters(3), r.letters(1), r.digits(4), r.letters(1)); let sum: u32 = body.chars().enumerate().map(|(i, c)| { let p = c.to_digit(36).unwrap() * (1 + i as u32 % 2); p / 36 + p % 36 }).sum(); format!("{body}{}", char::from_digit((36 - sum % 36) % 36, 36).unwrap().to_ascii_uppercase()) }),
    kind("au tfn", "taxFileNumber", "tax file number", |r| { let n = retry(r, |r| find(&r.number(8), "0123456789", |n| n.iter().zip([1, 4, 3, 7, 5, 8, 6, 9, 10]).map(|(a, b)| a * b).sum::<u64>() % 11 == 0)); grouped(&n, &[3, 3, 3], r) }),
    kind("au abn", "abn", "ABN", |r| { let acn = r.digits(9); (11..=99).map(|lead| format!("{lead}{acn}")).find(|n| { let n = numbers(n); (10 * (n[0] - 1) + n[1..].iter().zip([1, 3, 5, 7, 9, 11, 13, 15, 17, 19]).map(|(a, b)| a * b).sum::<u64>()).is_multiple_of(89) }).unwrap() }),
    loose("au medicare", "medicareCard", "Medicare", |r| { let body = r.text("23456", 1) + &r.digits(7); let n = numbers(&body); format!("{body}{}1", (n[0] + 3 * n[1] + 7 * n[2] + 9 * n[3] + n[4] + 3 * n[5] + 7 * n[6] + 9 * n[7]) % 10) }),
    kind("nz ird", "irdNumber", "IRD", |r| retry(r, |r| { let body = (10_000_000 + r.below(4_000_000)).to_string(); let sum: u64 = numbers(&body).iter().zip([3, 2, 7, 6, 5, 4, 3, 2]).map(|(a, b)| a * b).sum(); match sum % 11 { 0 => Some(body + "0"), 1 => None, n => Some(format!("{body}{}", 11 - n)) } })),
    kind("cn resident id", "shenfenzheng", "身份证", |r| { let (y, m, d) = r.date(); let body = format!("{}{y}{m:02}{d:02}{}", r.one(&["110105", "440524", "310101"]), r.digits(3)); let sum: u64 = numbers(&body).iter().enumerate().map(|(i, d)| d * (1 << (17 - i)) % 11).sum(); body + &"10X98765432"[(sum % 11) as usize..][..1] }),
    kind("tw national id", "nationalId", "身分證字號", |r| { let letter = r.text("ABCDEFGH", 1); let value = u64::from(letter.as_bytes()[0] - b'A') + 10; search_with(&format!("{}{}", 1 + r.below(2), r.digits(7)), "0123456789", |n| (value / 10 + 9 * (value % 10) + (0..8).map(|i| n[i] * (8 - i as u64)).sum::<u64>() + n[8]) % 10 == 0, &letter) }),
    kind("hk identity card", "hkid", "HKID", |r| { let (letter, body) = (r.letters(1), r.digits(6)); let sum: u64 = 36 * 9 + 8 * (u64::from(letter.as_bytes()[0] - b'A') + 10) + numbers(&body).iter().zip([7, 6, 5, 4, 3, 2]).map(|(a, b)| a * b).sum::<u64>(); format!("{letter}{body}({})", match (11 - sum % 11) % 11 { 10 => "A".to_owned(), n => n.to_string() }) }),
    kind("jp my number", "myNumber", "マイナンバー", |r| { let body = r.digits(11); let n = numbers(&body); let sum: u64 = (1..=11).map(|i| n[11 - i] * if i <= 6 { i as u64 + 1 } else { i as u64 - 5 }).sum(); format!("{body}{}", if sum % 11 <= 1 { 0 } else { 11 - sum % 11 }) }),
    loose("kr rrn", "jumin", "주민등록번호", |r| { let (y, m, d) = r.date(); let n = search(&format!("{:02}{m:02}{d:02}{}{}", y % 100, if y >= 2000 { 3 } else { 1 } + r.below(2), r.digits(5)), "0123456789", |n| (11 - n.iter().zip([2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]).map(|(a, b)| a * b).sum::<u64>() % 11) % 10 == n[12]); format!("{}-{}", &n[..6], &n[6..]) }),
    kind("kr business number", "businessRegistrationNumber", "사업자등록번호", |r| { let body = r.number(9); let n = numbers(&body); let sum = n[0] + 3 * n[1] + 7 * n[2] + n[3] + 3 * n[4] + 7 * n[5] + n[6] + 3 * n[7] + 5 * n[8] + 5 * n[8] / 10; let n = format!("{body}{}", (10 - sum % 10) % 10); format!("{}-{}-{}", &n[..3], &n[3..5], &n[5..]) }),
    kind("sg nric", "nric", "NRIC", |r| { let (lead, body) = (r.one(&["S", "T", "F", "G"]), r.digits(7)); let sum: u64 = numbers(&body).iter().zip([2, 7, 6, 5, 4, 3, 2]).map(|(a, b)| a * b).sum::<u64>() + if lead == "T" || lead == "G" { 4 } else { 0 }; let table = if lead == "S" || lead == "T" { "JZIHGFEDCBA" } else { "XWUTRQPNMLK" }; format!("{lead}{body}{}", &table[(sum % 11) as usize..][..1]) }),
    loose("my nric", "mykad", "MyKad", |r| { let (y, m, d) = r.date(); format!("{:02}{m:02}{d:02}-{:02}-{}", y % 100, 1 + r.below(14), r.digits(4)) }),
    loose("id nik", "nik", "NIK", |r| { let (y, m, d) = r.date(); format!("3171{:02}{:02}{m:02}{:02}{:04}", 1 + r.below(8), d + 40 * r.below(2), y % 100, 1 + r.below(9000)) }),
    kind("th national id", "citizenId", "บัตรประชาชน", |r| { let body = r.text("12345678", 1) + &r.digits(11); let n = numbers(&body); let sum: u64 = (0..12).map(|i| n[i] * (13 - i as u64)).sum(); format!("{body}{}", (11 - sum % 11) % 10) }),
    kind("kz iin", "iin", "ИИН", |r| { let (y, m, d) = r.date(); retry(r, |r| { let body = format!("{:02}{m:02}{d:02}{}{}", y % 100, 3 + r.below(4), r.digits(4)); let n = numbers(&body); match (0..11).map(|i| n[i] * (i as u64 + 1)).sum::<u64>() % 11 { 10 => match n.iter().zip([3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]).map(|(a, b)| a * b).sum::<u64>() % 11 { 10 => None, c => Some(format!("{body}{c}")) }, c => Some(format!("{body}{c}")) } }) }),
    kind("tr national id", "tckn", "T.C. kimlik no", |r| { let body = r.number(9); let n = numbers(&body); let (odd, even) = (n[0] + n[2] + n[4] + n[6] + n[8], n[1] + n[3] + n[5] + n[7]); let tenth = (70 + 7 * odd - even) % 10; format!("{body}{tenth}{}", (odd + even + tenth) % 10) }),
    kind("tr tax number", "vkn", "vergi no", |r| { let body = r.digits(9); let sum: u64 = numbers(&body).iter().enumerate().map(|(i, d)| { let p = (d + 9 - i as u64) % 10; if p == 9 { 9 } else { p * 2u64.pow(9 - i as u32) % 9 } }).sum(); format!("{body}{}", (10 - sum % 10) % 10) }),
    kind("il id", "teudatZehut", "תעודת זהות", |r| luhn(&r.digits(8))),
    kind("za id", "rsaId", "RSA ID", |r| { let (y, m, d) = r.date(); luhn(&format!("{:02}{m:02}{d:02}{}08", y % 100, r.digits(4))) }),
    kind("ng nin", "nin", "NIN", |r| verhoeff(&r.number(10))),
    loose("ae emirates id", "emiratesId", "Emirates ID", |r| { let n = luhn(&format!("784{}{}", 1950 + r.below(60), r.digits(7))); format!("{}-{}-{}-{}", &n[..3], &n[3..7], &n[7..14], &n[14..]) }),
    kind("sa national id", "iqama", "iqama", |r| luhn(&(r.text("12", 1) + &r.digits(8)))),
    kind("kw civil id", "civilId", "civil ID", |r| { let (y, m, d) = r.date(); retry(r, |r| { let body = format!("{}{:02}{m:02}{d:02}{}", if y >= 2000 { 3 } else { 2 }, y % 100, r.digits(4)); let sum: u64 = numbers(&body).iter().zip([2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]).map(|(a, b)| a * b).sum(); (sum % 11 > 1).then(|| format!("{body}{}", 11 - sum % 11)) }) }),
    kind("ir national id", "codeMelli", "کد ملی", |r| { let body = r.digits(9); let n = numbers(&body); let rest = (0..9).map(|i| n[i] * (10 - i as u64)).sum::<u64>() % 11; format!("{body}{}", if rest < 2 { rest } else { 11 - rest }) }),
    loose("pk cnic", "cnic", "CNIC", |r| format!("{}{}-{}-{}", 1 + r.below(7), r.digits(4), r.number(7), 1 + r.below(9))),
    kind("imei", "imei", "IMEI", |r| luhn(&("35".to_owned() + &r.digits(12)))),
    kind("ca health number", "healthCard", "OHIP", |r| { let n = luhn(&r.number(9)); grouped(&n, &[4, 3, 3], r) }),
    kind("dk cvr", "cvr", "CVR", |r| retry(r, |r| find(&r.number(7), "0123456789", |n| (2 * n[0] + 7 * n[1] + 6 * n[2] + 5 * n[3] + 4 * n[4] + 3 * n[5] + 2 * n[6] + n[7]) % 11 == 0))),
    loose("is kennitala", "kennitala", "kennitala", |r| { let (_, m, d) = r.date(); retry(r, |r| find(&format!("{d:02}{m:02}{}{}", r.digits(2), 20 + r.below(79)), "0123456789", |n| (3 * n[0] + 2 * n[1] + 7 * n[2] + 6 * n[3] + 5 * n[4] + 4 * n[5] + 3 * n[6] + 2 * n[7] + n[8]) % 11 == 0)) + "9" }),
    kind("fr siren", "siren", "SIREN", |r| luhn(&r.number(8))),
    kind("rs pib", "pib", "PIB", |r| eleven_ten(&r.number(8))),
    kind("ro cui", "codFiscal", "cod fiscal", |r| { let body = r.number(7); let n = numbers(&body); let from_right: u64 = n.iter().rev().zip([2, 3, 5, 7, 1, 2, 3]).map(|(d, w)| d * w).sum(); format!("{body}{}", from_right * 10 % 11 % 10) }),
    kind("do rnc", "rnc", "RNC", |r| { let body = r.number(8); let sum: u64 = numbers(&body).iter().zip([7, 9, 8, 6, 5, 4, 3, 2]).map(|(d, w)| d * w).sum(); format!("{body}{}", match sum % 11 { 0 => 2, 1 => 1, rest => 11 - rest }) }),
    kind("ve rif", "rif", "RIF", |r| { let body = r.digits(8); let sum: u64 = 4 + numbers(&body).iter().zip([3, 2, 7, 6, 5, 4, 3, 2]).map(|(d, w)| d * w).sum::<u64>(); format!("V-{body}-{}", match 11 - sum % 11 { 10 | 11 => 0, check => check }) }),
    kind("vn tax number", "maSoThue", "mã số thuế", |r| retry(r, |r| find(&r.digits(9), "0123456789", |n| { let sum: u64 = n.iter().zip([31, 29, 23, 19, 17, 13, 7, 5, 3]).map(|(d, w)| d * w).sum(); n[9] + sum % 11 == 10 }))),
    kind("ca business number", "businessNumber", "business number", |r| luhn(&r.number(8))),
    kind("hu firm", "adoszam", "adószám", |r| search(&r.number(7), "0123456789", |n| (9 * n[0] + 7 * n[1] + 3 * n[2] + n[3] + 9 * n[4] + 7 * n[5] + 3 * n[6] + n[7]) % 10 == 0)),
    kind("lv firm", "pvnNumurs", "PVN numurs", |r| retry(r, |r| find(&(r.text("456789", 1) + &r.digits(9)), "0123456789", |n| n.iter().zip([9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1]).map(|(d, w)| d * w).sum::<u64>() % 11 == 3))),
    kind("az voen", "voen", "VOEN", |r| retry(r, |r| find(&r.number(8), "0123456789", |n| n.iter().zip([4, 1, 8, 6, 2, 7, 5, 3]).map(|(d, w)| d * w).sum::<u64>() % 11 == n[8])) + "1"),
    kind("md idno", "idnp", "IDNP", |r| search(&r.number(12), "0123456789", |n| n.iter().zip([7, 3, 1].iter().cycle()).take(12).map(|(d, w)| d * w).sum::<u64>() % 10 == n[12])),
    kind("in virtual id", "virtualId", "virtual ID", |r| verhoeff(&(r.text("23456789", 1) + &r.digits(14)))),
    loose("gt nit", "nit", "NIT", |r| { let body = r.number(7); let sum: u64 = numbers(&body).iter().rev().zip(2..).map(|(d, w)| d * w).sum(); format!("{body}-{}", match (11 - sum % 11) % 11 { 10 => "K".into(), check => check.to_string() }) }),
];

/// A wrong one: another last digit.
pub fn spoiled(number: &str, random: &mut Random) -> String {
    let at = number.rfind(|c: char| c.is_ascii_digit()).unwrap();
    let digit = number.as_bytes()[at] - b'0';
    let other = (digit + 1 + random.below(9) as u8) % 10;
    format!("{}{other}{}", &number[..at], &number[at + 1..])
}

fn numbers(text: &str) -> Vec<u64> {
    text.chars().filter_map(|c| c.to_digit(10)).map(u64::from).collect()
}

fn cross(number: u64) -> u64 {
    number / 10 + number % 10
}

/// The body and the first of these characters with which the sentence holds.
fn find(body: &str, alphabet: &str, holds: impl Fn(&[u64]) -> bool) -> Option<String> {
    alphabet.chars().map(|check| format!("{body}{check}")).find(|number| holds(&numbers(number)))
}

fn search(body: &str, alphabet: &str, holds: impl Fn(&[u64]) -> bool) -> String {
    find(body, alphabet, holds).expect("some check digit fits")
}

fn search_with(body: &str, alphabet: &str, holds: impl Fn(&[u64]) -> bool, before: &str) -> String {
    format!("{before}{}", search(body, alphabet, holds))
}

fn retry(random: &mut Random, make: impl Fn(&mut Random) -> Option<String>) -> String {
    loop {
        if let Some(made) = make(random) {
            return made;
        }
    }
}

/// From the right, every second digit of the whole number is doubled and, above nine, its digits added.
fn luhn(body: &str) -> String {
    search(body, "0123456789", |number| {
        let mut total = 0;
        for (place, digit) in number.iter().rev().enumerate() {
            total += if place % 2 == 1 { cross(digit * 2) } else { *digit };
        }
        total % 10 == 0
    })
}

/// By the tables of the paper: the group's, and the permutation's powers.
fn verhoeff(body: &str) -> String {
    const GROUP: [&str; 10] = [
        "0123456789",
        "1234067895",
        "2340178956",
        "3401289567",
        "4012395678",
        "5987604321",
        "6598710432",
        "7659821043",
        "8765932104",
        "9876543210",
    ];
    const POWERS: [&str; 8] =
        ["0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258"];
    search(body, "0123456789", |number| {
        number.iter().rev().enumerate().fold(0, |state, (place, &digit)| {
            let moved = usize::from(POWERS[place % 8].as_bytes()[digit as usize] - b'0');
            usize::from(GROUP[state].as_bytes()[moved] - b'0')
        }) == 0
    })
}

/// ISO/IEC 7064 MOD 11,10, as the standard's worked example goes.
fn eleven_ten(body: &str) -> String {
    let mut carry = 10;
    for digit in numbers(body) {
        carry = (carry + digit) % 10;
        if carry == 0 {
            carry = 10;
        }
        carry = carry * 2 % 11;
    }
    format!("{body}{}", (11 - carry) % 10)
}

/// Weights 2, 3, … 7 and again, from the right.
fn right_sum(body: &str) -> u64 {
    let mut weight = 1;
    numbers(body)
        .iter()
        .rev()
        .map(|digit| {
            weight = if weight == 7 { 2 } else { weight + 1 };
            digit * weight
        })
        .sum()
}

fn from_right_2_to_9(body: &str) -> String {
    let mut weight = 1;
    let sum: u64 = numbers(body)
        .iter()
        .rev()
        .map(|digit| {
            weight = if weight == 9 { 2 } else { weight + 1 };
            digit * weight
        })
        .sum();
    format!(
        "{body}{}",
        match sum % 11 {
            0 | 1 => 0,
            n => 11 - n,
        }
    )
}

fn brazil(body: &str) -> String {
    let sum: u64 = numbers(body).iter().rev().zip(2..).map(|(digit, weight)| digit * weight).sum();
    format!(
        "{body}{}",
        match sum % 11 {
            0 | 1 => 0,
            n => 11 - n,
        }
    )
}

fn brazil_firm(body: &str) -> String {
    from_right_2_to_9(body)
}

fn baltic(body: &str) -> String {
    let n = numbers(body);
    let round = |first: u64| (0..10).map(|i| n[i] * ((first + i as u64 - 1) % 9 + 1)).sum::<u64>() % 11;
    let check = match round(1) {
        10 => round(3) % 10,
        check => check,
    };
    format!("{body}{check}")
}

fn steuer_id(random: &mut Random) -> String {
    // Ten digits of which one comes twice and one is missing.
    let mut digits: Vec<u64> = (1..10).collect();
    for at in (1..digits.len()).rev() {
        let other = random.below(at as u64 + 1) as usize;
        digits.swap(at, other);
    }
    let twice = digits[0];
    digits.insert(5, twice);
    eleven_ten(&digits.iter().map(u64::to_string).collect::<String>())
}

fn codice_fiscale(random: &mut Random) -> String {
    let (year, month, day) = random.date();
    let body = format!(
        "{}{:02}{}{:02}{}{:03}",
        random.letters(6),
        year % 100,
        &"ABCDEHLMPRST"[month as usize - 1..][..1],
        day + 40 * random.below(2),
        random.letters(1),
        random.below(1000)
    );
    let mut total = 0;
    for (place, letter) in body.chars().enumerate() {
        let rank = letter.to_digit(10).unwrap_or_else(|| letter as u32 - 'A' as u32) as usize;
        total += if place % 2 == 0 { ODD_VALUES[rank] } else { rank };
    }
    format!("{body}{}", (b'A' + (total % 26) as u8) as char)
}

/// The ministry's table: what a digit or letter at an odd place counts.
const ODD_VALUES: [usize; 26] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

fn vin(random: &mut Random) -> String {
    let alphabet = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789";
    let body: Vec<char> = (random.text(alphabet, 13) + &random.digits(4)).chars().collect();
    let value = |letter: char| match letter {
        'A' | 'J' => 1,
        'B' | 'K' | 'S' => 2,
        'C' | 'L' | 'T' => 3,
        'D' | 'M' | 'U' => 4,
        'E' | 'N' | 'V' => 5,
        'F' | 'W' => 6,
        'G' | 'P' | 'X' => 7,
        'H' | 'Y' => 8,
        'R' | 'Z' => 9,
        digit => digit.to_digit(10).unwrap(),
    };
    let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let rest = body.iter().zip(weights).map(|(letter, weight)| value(*letter) * weight).sum::<u32>() % 11;
    let check = if rest == 10 { 'X' } else { char::from_digit(rest, 10).unwrap() };
    body.iter().enumerate().map(|(at, letter)| if at == 8 { check } else { *letter }).collect()
}

/// Countries with accounts of digits alone, and one with letters.
fn iban(random: &mut Random) -> String {
    let (country, length) =
        [("DE", 22), ("ES", 24), ("NO", 15), ("BE", 16), ("PL", 28), ("AT", 20), ("SE", 24), ("GB", 22)][random.below(8) as usize];
    let account = if country == "GB" { random.letters(4) + &random.digits(14) } else { random.digits(length - 4) };
    let spelt = |text: &str| text.chars().map(|c| c.to_digit(36).unwrap().to_string()).collect::<String>();
    let rest = spelt(&format!("{account}{country}00")).chars().fold(0, |rest, digit| (rest * 10 + digit.to_digit(10).unwrap()) % 97);
    let number = format!("{country}{:02}{account}", 98 - rest);
    grouped(&number, &[4; 8], random)
}

/// Half of them in these groups.
fn grouped(number: &str, groups: &[usize], random: &mut Random) -> String {
    if random.below(2) == 0 {
        return number.to_owned();
    }
    let mut rest = number;
    let mut out = Vec::new();
    for &group in groups {
        let (head, tail) = rest.split_at(group.min(rest.len()));
        if !head.is_empty() {
            out.push(head);
        }
        rest = tail;
    }
    out.join(" ")
}

fn dotted(number: &str) -> String {
    let mut out = String::new();
    for (at, digit) in number.chars().enumerate() {
        if at > 0 && (number.len() - at).is_multiple_of(3) {
            out.push('.');
        }
        out.push(digit);
    }
    out
}
