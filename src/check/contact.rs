//! Addresses at which persons and hosts are reached.

use super::Verdict;
use super::arithmetic::{Digits, all_same, is_date, value, verdict};
use super::date::year_of_date;

/// `email`: an address whose local part is a dot-atom of at most 64 bytes (RFC 5321, RFC 5322; UTF-8 as in RFC 6531) and whose domain
/// is made of labels (RFC 1035) under a top-level domain that is not the suffix of a file. In a URL the @ may be written %40.
pub(super) fn email(candidate: &[u8]) -> Verdict {
    let plain = candidate.iter().rposition(|&byte| byte == b'@').map(|at| (at, 1));
    let encoded = || candidate.windows(3).rposition(|three| three == b"%40").map(|at| (at, 3));
    let Some((at, width)) = plain.or_else(encoded) else { return Verdict::Impossible };
    let (Some(local), Some(domain)) = (candidate.get(..at), candidate.get(at + width..)) else { return Verdict::Impossible };
    if !is_local_part(local) || !is_domain(domain) {
        return Verdict::Impossible;
    }
    if NOT_PERSONS.iter().any(|user| user.as_bytes().eq_ignore_ascii_case(local)) {
        return Verdict::Impossible;
    }
    let top = domain.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    let among = |suffixes: &[&str]| suffixes.iter().any(|suffix| suffix.as_bytes().eq_ignore_ascii_case(top));
    if among(NOT_MAIL) {
        Verdict::Impossible
    } else if among(COUNTRY_OR_FILE) {
        Verdict::Doubtful
    } else {
        Verdict::Valid
    }
}

/// Suffixes of files (`icon@2x.png`), of units of systemd (`getty@tty1.service`), and what names hosts inside a network.
const NOT_MAIL: &[&str] = &[
    "png",
    "jpg",
    "jpeg",
    "gif",
    "svg",
    "webp",
    "css",
    "js",
    "ts",
    "map",
    "html",
    "json",
    "xml",
    "yaml",
    "yml",
    "txt",
    "log",
    "dll",
    "java",
    "rb",
    "go",
    "local",
    "internal",
    "localdomain",
    "lan",
    "intranet",
    "corp",
    "service",
    "socket",
    "timer",
    "mount",
    "target",
    "slice",
    "scope",
];

/// Users under whom programs log in rather than receive mail: `git@host:path`, the prompt `ubuntu@host`.
const NOT_PERSONS: &[&str] = &["git", "hg", "svn", "ec2-user", "ubuntu", "centos", "vagrant"];

/// Suffixes of files that are countries as well, so that an address under them may be real: Moldova, Paraguay, Serbia, Somalia.
const COUNTRY_OR_FILE: &[&str] = &["md", "py", "rs", "so"];

fn is_local_part(local: &[u8]) -> bool {
    let atom = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(byte) || !byte.is_ascii();
    local.len() <= 64 && local.split(|&byte| byte == b'.').all(|part| !part.is_empty() && part.iter().all(atom))
}

fn is_domain(domain: &[u8]) -> bool {
    // Labels of other alphabets are UTF-8; other bytes beside an @ are no text.
    if std::str::from_utf8(domain).is_err() {
        return false;
    }
    let Some(dot) = domain.iter().rposition(|&byte| byte == b'.') else { return false };
    let (Some(labels), Some(top)) = (domain.get(..dot), domain.get(dot + 1..)) else { return false };
    domain.len() <= 253 && labels.split(|&byte| byte == b'.').all(is_label) && is_top_level(top)
}

fn is_label(label: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-' || !byte.is_ascii();
    (1..=63).contains(&label.len()) && label.iter().all(inner) && !label.starts_with(b"-") && !label.ends_with(b"-")
}

/// Letters, of other alphabets too, or an internationalised name in its ASCII form.
fn is_top_level(top: &[u8]) -> bool {
    let letters = (2..=24).contains(&top.len()) && top.iter().all(u8::is_ascii_alphabetic);
    let foreign = top.len() >= 4 && top.iter().all(|byte| !byte.is_ascii());
    letters
        || foreign
        || (top.len() > 4 && top.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"xn--")) && is_label(top) && top.is_ascii())
}

/// The country codes of three digits, of two and of one that are assigned (ITU-T E.164, list of assigned country codes). No code is
/// the beginning of another.
#[rustfmt::skip]
const CALLING_CODES: &[std::ops::RangeInclusive<u16>] = &[
    1..=1, 7..=7, 20..=20, 27..=27, 30..=34, 36..=36, 39..=41, 43..=49, 51..=58, 60..=66, 81..=82, 84..=84, 86..=86, 90..=95, 98..=98,
    211..=213, 216..=216, 218..=218, 220..=258, 260..=269, 290..=291, 297..=299, 350..=359, 370..=383, 385..=387, 389..=389, 420..=421,
    423..=423, 500..=509, 590..=599, 670..=670, 672..=683, 685..=692, 800..=800, 808..=808, 850..=850, 852..=853, 855..=856, 870..=870,
    878..=878, 880..=883, 886..=886, 888..=888, 960..=968, 970..=977, 979..=979, 992..=996, 998..=998,
];

/// `e164`: an international number: +, an assigned country code, 8 to 15 digits in all (ITU-T E.164). Under +1 it is also `phone-nanp`.
pub(super) fn e164(candidate: &[u8]) -> Verdict {
    let Some(number) = candidate.strip_prefix(b"+").and_then(Digits::read) else { return Verdict::Impossible };
    let digits = number.as_slice();
    let code = |len: usize| digits.get(..len).map(|code| code.iter().fold(0, |sum, &digit| sum * 10 + u16::from(digit)));
    // A leading zero would make a shorter code look longer.
    let assigned = digits.first() != Some(&0)
        && (1..=3).any(|len| code(len).is_some_and(|code| CALLING_CODES.iter().any(|codes| codes.contains(&code))));
    let national = digits.strip_prefix(&[1]).is_none_or(is_nanp);
    verdict(assigned && national && (8..=15).contains(&digits.len()) && !all_same(digits))
}

/// `phone-nanp`: a number of the North American Numbering Plan, with or without 1 before it: neither area nor exchange begins with 0 or
/// 1, and neither is N11 (NANPA, "About the NANP"; ATIS-0300055).
pub(super) fn phone_nanp(candidate: &[u8]) -> Verdict {
    let Some(number) = Digits::read(candidate.strip_prefix(b"+").unwrap_or(candidate)) else { return Verdict::Impossible };
    let digits = number.as_slice();
    let international = candidate.starts_with(b"+");
    let national = match digits.strip_prefix(&[1]) {
        Some(national) => national,
        None if international => return Verdict::Impossible,
        None => digits,
    };
    verdict(is_nanp(national))
}

fn is_nanp(digits: &[u8]) -> bool {
    let [area @ .., _, _, _, _] = digits else { return false };
    let code = |code: &[u8]| matches!(code, &[2..=9, second, third] if (second, third) != (1, 1));
    area.split_at_checked(3).is_some_and(|(area, exchange)| code(area) && code(exchange))
}

/// `not-a-time`: a number without arithmetic of its own that is no date and no time since 2014 in seconds, milliseconds, microseconds or
/// nanoseconds, such as stand beside any word in a log.
pub(super) fn not_a_time(candidate: &[u8]) -> Verdict {
    if year_of_date(candidate).is_some() || candidate.starts_with(b"0x") {
        return Verdict::Impossible;
    }
    let Some(number) = Digits::read(candidate).filter(|_| candidate.iter().all(u8::is_ascii_digit)) else { return Verdict::Valid };
    let digits = number.as_slice();
    let part = |at: usize, len: usize| digits.get(at..at + len).map_or(0, value);
    verdict(match digits.len() {
        8 | 12 | 14 => !((1990..2040).contains(&part(0, 4)) && is_date(None, part(4, 2), part(6, 2))),
        10 | 13 | 16 | 19 => !(14..20).contains(&part(0, 2)),
        _ => true,
    })
}

/// `ipv4`: four numbers of at most 255 with no zeros before them (RFC 6943, section 3.1.1, strict form).
pub(super) fn ipv4(candidate: &[u8]) -> Verdict {
    let part = |part: &[u8]| match *part {
        [ones] => ones.is_ascii_digit(),
        [b'1'..=b'9', ones] => ones.is_ascii_digit(),
        [b'1', tens, ones] | [b'2', tens @ b'0'..=b'4', ones] => tens.is_ascii_digit() && ones.is_ascii_digit(),
        [b'2', b'5', ones] => matches!(ones, b'0'..=b'5'),
        _ => false,
    };
    let parts = || candidate.split(|&byte| byte == b'.');
    verdict(parts().count() == 4 && parts().all(part))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{accepts, refuses, verdict_of};
    use super::*;

    #[test]
    fn emails() {
        accepts(
            "email",
            &["a@example.com", "first.last+tag@mail.example.co.uk", "o'neil@example.org", "a@xn--e1afmkfd.xn--p1ai", "j%40example.com"],
        );
        accepts("email", &["jörg@example.de"]);
        refuses("email", &["icon@2x.png", "main@1.2.js", "root@db.local", "a@b", "@example.com", "a@", "a@.com", "", "example.com"]);
        accepts("email", &["info@münchen.example", "info@пример.испытание", "digit@git.example.com"]);
        refuses("email", &["git@example.com", "ubuntu@host.example.com", "getty@tty1.service", "app@db.internal"]);
        refuses("email", &[".a@example.com", "a.@example.com", "a..b@example.com", "a@-b.com", "a@b-.com", "a@b..com", "a@10.0.0.1"]);
        refuses("email", &["a b@example.com", "a@exa_mple.com", "a@example.c", &format!("{}@example.com", "a".repeat(65))]);
        refuses("email", &[&format!("a@{}.com", "b".repeat(64)), &format!("a@example.{}", "c".repeat(25))]);
        assert_eq!(verdict_of("email", b"a@example.rs"), Verdict::Doubtful);
    }

    #[test]
    fn international_numbers() {
        // Numbers that Ofcom, the Bundesnetzagentur and NANPA keep for fiction.
        accepts("e164", &["+44 20 7946 0958", "+4915155550100", "+1 (212) 555-0123", "+12125550123", "+353.20.912.0000"]);
        refuses("e164", &["44 20 7946 0958", "+4420", "+4420794609581234", "+999 123 456 789", "+210 123 456 789", "+0044 20 7946 0958"]);
        refuses("e164", &["+1 112 555 0123", "+11111111111", "+33333333333", "+", "", "+44 20 7946 095x"]);
    }

    #[test]
    fn calling_codes_are_sorted_and_free_of_prefixes() {
        assert!(CALLING_CODES.is_sorted_by(|left, right| left.end() < right.start()));
        let assigned = |code: u16| CALLING_CODES.iter().any(|codes| codes.contains(&code));
        for code in (1..=999).filter(|&code| assigned(code)) {
            assert!(code < 10 || !assigned(code / 10), "{code}");
            assert!(code < 100 || !assigned(code / 100), "{code}");
        }
    }

    #[test]
    fn north_american_numbers() {
        accepts("phone-nanp", &["(212) 555-0123", "212.555.0123", "1-212-555-0123", "+1 212 555 0123", "2125550123"]);
        refuses("phone-nanp", &["112-555-0123", "212-155-0123", "911-555-0123", "212-411-0123", "212-555-012", "212-555-01234"]);
        refuses("phone-nanp", &["+2125550123", "2-212-555-0123", "", "1"]);
    }

    #[test]
    fn times() {
        accepts("not-a-time", &["123456789", "20241301", "2234567890", "0123456789012", "A1700000000", "12-34"]);
        refuses(
            "not-a-time",
            &[
                "2024-05-01",
                "01.05.2024",
                "0x7f3a2b1c",
                "1700000000",
                "1700000000000",
                "1700000000000000",
                "1700000000000000000",
                "20240501",
                "20240501103000",
            ],
        );
    }

    #[test]
    fn ipv4_addresses() {
        accepts("ipv4", &["192.0.2.1", "0.0.0.0", "255.255.255.255", "203.0.113.49"]);
        refuses("ipv4", &["256.0.0.1", "192.0.2.01", "192.0.2", "192.0.2.1.5", "192.0..1", "", "192.0.2.a", "192.0.2.1000", "1.2.3.299"]);
    }
}
