//! The Middle East and Africa.

use super::super::Verdict;
use super::super::arithmetic::is_date;
use super::super::scheme::{Check, NUMBER, Scheme, part};

/// `tr-national-id`: a Turkish identity number, two check digits modulo 10 (Nüfus ve Vatandaşlık İşleri).
pub(in super::super) static TR_NATIONAL_ID: &[Scheme] = &[Scheme {
    shapes: &["ddddddddddd"],
    plausible: |text| !text.starts_with(b"0"),
    checks: &[
        Check::Sum { weights: &[7, -1, 7, -1, 7, -1, 7, -1, 7, 0, 0], plus: 0, table: b"0123456789", back: 1 },
        Check::Sum { weights: &[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0], plus: 0, table: b"0123456789", back: 0 },
    ],
    ..NUMBER
}];

/// `tr-vkn`: a Turkish tax number: each digit and its place, times a power of two, modulo 9 (Gelir İdaresi Başkanlığı).
pub(in super::super) static TR_VKN: &[Scheme] = &[Scheme {
    shapes: &["dddddddddd"],
    plausible: |text| {
        let share = |at: usize| match (part(text, at, 1) + 9 - at as u64) % 10 {
            0 => 0,
            moved => match (moved << (9 - at)) % 9 {
                0 => 9,
                rest => rest,
            },
        };
        (10 - (0..9).map(share).sum::<u64>() % 10) % 10 == part(text, 9, 1)
    },
    ..NUMBER
}];

/// `il-id`: an Israeli identity number of up to nine digits, Luhn (Population and Immigration Authority).
pub(in super::super) static IL_ID: &[Scheme] = &[Scheme { shapes: &["dddddddd", "ddddddddd"], checks: &[Check::Luhn], ..NUMBER }];

/// `il-firm`: an Israeli number of a firm: 5, and Luhn over nine digits (Corporations Authority).
pub(in super::super) static IL_FIRM: &[Scheme] = &[Scheme { shapes: &["5dddddddd"], checks: &[Check::Luhn], ..NUMBER }];

/// `eg-national-id`: an Egyptian identity number: century, date, governorate, serial, modulo 11. The check digit is known from practice
/// alone, so a wrong one is only doubtful (Civil Status Organization, Law 143 of 1994).
pub(in super::super) static EG_NATIONAL_ID: &[Scheme] = &[Scheme {
    shapes: &["2ddddddddddddd", "3ddddddddddddd"],
    plausible: |text| {
        let governorate = matches!(part(text, 7, 2), 1..=4 | 11..=19 | 21..=29 | 31..=35 | 88);
        governorate && is_date(None, part(text, 3, 2), part(text, 5, 2))
    },
    checks: &[Check::Sum { weights: &[2, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: b"10987654321", back: 0 }],
    otherwise: Verdict::Doubtful,
    ..NUMBER
}];

/// `za-id`: a South African identity number: a date of birth, citizenship, Luhn (Department of Home Affairs).
pub(in super::super) static ZA_ID: &[Scheme] = &[Scheme {
    shapes: &["dddddddddd0dd", "dddddddddd1dd", "dddddddddd2dd"],
    plausible: |text| is_date(None, part(text, 2, 2), part(text, 4, 2)),
    checks: &[Check::Luhn],
    ..NUMBER
}];

/// `ng-nin`: a Nigerian identity number, Verhoeff (National Identity Management Commission).
pub(in super::super) static NG_NIN: &[Scheme] = &[Scheme { shapes: &["ddddddddddd"], checks: &[Check::Verhoeff], ..NUMBER }];

/// `ae-emirates-id`: an identity number of the United Arab Emirates: 784, the year of birth, a serial, Luhn (Federal Authority for
/// Identity). Some cards are known not to keep it.
pub(in super::super) static AE_EMIRATES_ID: &[Scheme] = &[Scheme {
    shapes: &["784dddddddddddd"],
    plausible: |text| (1900..2100).contains(&part(text, 3, 4)),
    checks: &[Check::Luhn],
    otherwise: Verdict::Doubtful,
    ..NUMBER
}];

/// `sa-national-id`: a Saudi identity number (1) or residence permit (2), Luhn (Ministry of Interior).
pub(in super::super) static SA_NATIONAL_ID: &[Scheme] =
    &[Scheme { shapes: &["1ddddddddd", "2ddddddddd"], checks: &[Check::Luhn], ..NUMBER }];

/// `kw-civil-id`: a Kuwaiti civil number: century, date of birth, modulo 11 (Public Authority for Civil Information).
pub(in super::super) static KW_CIVIL_ID: &[Scheme] = &[Scheme {
    shapes: &["1ddddddddddd", "2ddddddddddd", "3ddddddddddd"],
    plausible: |text| is_date(None, part(text, 3, 2), part(text, 5, 2)),
    checks: &[Check::Sum { weights: &[2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 0], plus: 0, table: b"--987654321", back: 0 }],
    ..NUMBER
}];

/// `ir-national-id`: an Iranian identity number, modulo 11 (National Organization for Civil Registration).
pub(in super::super) static IR_NATIONAL_ID: &[Scheme] = &[Scheme {
    shapes: &["dddddddddd"],
    checks: &[Check::Sum { weights: &[10, 9, 8, 7, 6, 5, 4, 3, 2, 0], plus: 0, table: b"01987654321", back: 0 }],
    ..NUMBER
}];

/// `pk-cnic`: a Pakistani identity card: a province, a serial, a digit for the sex; there is no check digit (NADRA).
pub(in super::super) static PK_CNIC: &[Scheme] = &[Scheme {
    shapes: &["ddddddddddddd"],
    plausible: |text| matches!(text.first(), Some(b'1'..=b'8')) && part(text, 5, 7) != 0 && !text.ends_with(b"0"),
    ..NUMBER
}];

#[cfg(test)]
mod tests {
    use super::super::super::Verdict;
    use super::super::super::tests::{accepts, refuses, verdict_of};

    #[test]
    fn turkey() {
        accepts("tr-national-id", &["10000000146", "17291716060"]);
        refuses("tr-national-id", &["10000000147", "10000000156", "01000000146"]);
        accepts("tr-vkn", &["4540536920"]);
        refuses("tr-vkn", &["4540536921"]);
    }

    #[test]
    fn middle_east() {
        accepts("il-id", &["3933742-3", "039337423"]);
        refuses("il-id", &["039337424"]);
        accepts("il-firm", &["516179157", "5161 79157"]);
        refuses("il-firm", &["516179150", "416179157", "039337423"]);
        accepts("ae-emirates-id", &["784-1979-1234567-1"]);
        assert_eq!(verdict_of("ae-emirates-id", b"784-1979-1234567-2"), Verdict::Doubtful);
        refuses("ae-emirates-id", &["784-1779-1234567-1", "785-1979-1234567-1"]);
        accepts("sa-national-id", &["1010101010"]);
        refuses("sa-national-id", &["3010101010"]);
        // By hand, with a serial of 1000: 11 less the remainder.
        accepts("kw-civil-id", &["285010110002"]);
        refuses("kw-civil-id", &["285010110003", "280133100001", "480010100001"]);
        accepts("ir-national-id", &["0084575948"]);
        refuses("ir-national-id", &["0084575949"]);
    }

    #[test]
    fn africa_and_pakistan() {
        accepts("za-id", &["8001015009087", "7503305044089"]);
        refuses("za-id", &["8001015009088", "8013015009087", "8001015009387"]);
        accepts("pk-cnic", &["42201-1234567-1", "3520112345671"]);
        refuses("pk-cnic", &["92201-1234567-1", "42201-1234567-0", "42201-0000000-1"]);
    }
}
