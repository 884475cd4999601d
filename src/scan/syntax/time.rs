//! Digits that are part of a time: what stands at the head of most lines, near every word of a short one.

use crate::scan::Span;

/// Is a span of digits and what joins them part of a date with its time, of a time, or of a clock that a line begins with?
pub(crate) fn is_of_time(line: &[u8], span: Span) -> bool {
    let text = span.of(line);
    let joins = |byte: &u8| byte.is_ascii_digit() || b" .,:/-()+TZAPM[]\"".contains(byte);
    if !text.iter().all(joins) || !text.iter().any(u8::is_ascii_digit) {
        return false;
    }
    // A number may begin and end with brackets and quotes.
    let start = span.start + text.iter().take_while(|byte| !byte.is_ascii_digit()).count();
    let end = span.end - text.iter().rev().take_while(|byte| !byte.is_ascii_digit()).count();
    let (before, number, behind) = (&line[..start], &line[start..end], &line[end..]);
    within_time(before, number, behind) || in_date(before, number, behind) || is_clock(before, number, behind)
}

fn all_digits(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}

/// Does a text begin with that many digits and no more?
fn begins_with_digits(text: &[u8], count: usize) -> bool {
    text.len() >= count && all_digits(&text[..count]) && !text.get(count).is_some_and(u8::is_ascii_digit)
}

/// `10:1|7:02`, `10:17:07.|213|`, `10:17:07,|213|`, `2024-09-27| 10:17`.
fn within_time(before: &[u8], number: &[u8], behind: &[u8]) -> bool {
    let is_time = |text: &[u8]| matches!(text, [b' ' | b'T', a, b, b':' | b'-', c, d, ..] if all_digits(&[*a, *b, *c, *d]));
    (matches!(before, [.., digit, b':'] if digit.is_ascii_digit()) && first_run(number) <= 2)
        || (behind.first() == Some(&b':') && begins_with_digits(&behind[1..], 2) && last_run(number) <= 2)
        || is_fraction(before, number)
        || (is_time(behind) && ends_with_date(number))
}

/// What stands behind seconds: digits up to a space, or nothing else. With a comma three, since it parts columns too.
fn is_fraction(before: &[u8], number: &[u8]) -> bool {
    const LONGEST: usize = 9;
    let length = first_run(number);
    let ends = matches!(number.get(length), None | Some(b' '));
    let is_seconds = |text: &[u8]| matches!(text, [.., b':', a, b, b':', c, d] if all_digits(&[*a, *b, *c, *d]));
    ends && match before {
        [seconds @ .., b'.'] => is_seconds(seconds) && length <= LONGEST,
        [seconds @ .., b','] => is_seconds(seconds) && length == 3,
        _ => false,
    }
}

/// How many digits a number begins with, and ends with.
fn first_run(number: &[u8]) -> usize {
    number.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn last_run(number: &[u8]) -> usize {
    number.iter().rev().take_while(|byte| byte.is_ascii_digit()).count()
}

/// `2024-09-27`, `27/09/2024`, `20240927`.
fn ends_with_date(number: &[u8]) -> bool {
    let is_mark = |byte: u8| b"-/.".contains(&byte);
    match *number {
        [.., y, e, a, r, one, m, o, other, d, z] if is_mark(one) && is_mark(other) => is_date(&[y, e, a, r, m, o, d, z]),
        [.., d, z, one, m, o, other, y, e, a, r] if is_mark(one) && is_mark(other) => {
            is_date(&[y, e, a, r, m, o, d, z]) || is_date(&[y, e, a, r, d, z, m, o])
        }
        _ => last_run(number) == 8 && is_date(&number[number.len() - 8..]),
    }
}

/// Year, month and day, of the years from 1900 on if there are four digits of them.
fn is_date(digits: &[u8]) -> bool {
    let (year, rest) = digits.split_at(digits.len().saturating_sub(4));
    let is_year = matches!(year, [_, _] | [b'1', b'9', _, _] | [b'2', b'0', _, _]);
    let (month, day) = rest.split_at(rest.len().min(2));
    all_digits(digits) && is_year && (b"01".as_slice()..=b"12").contains(&month) && (b"01".as_slice()..=b"31").contains(&day)
}

/// Hours, minutes and seconds.
fn is_clock_time(digits: &[u8]) -> bool {
    digits.len() == 6 && all_digits(digits) && digits[..2] <= b"23"[..] && digits[2] <= b'5' && digits[4] <= b'5'
}

/// `2024-|09-27|`, `2024-09-|27 10|-17`, `2024-09-27 |10-17-07|`, `|2024|/09/27`, `10:17:07 +|0200|`.
fn in_date(before: &[u8], number: &[u8], behind: &[u8]) -> bool {
    let is_year = |text: &[u8]| match text {
        [rest @ .., b'1', b'9', c, d] | [rest @ .., b'2', b'0', c, d] => {
            all_digits(&[*c, *d]) && !rest.last().is_some_and(u8::is_ascii_alphanumeric)
        }
        _ => false,
    };
    let behind_year = |text: &[u8]| matches!(text, [year @ .., b'-' | b'/' | b'.'] if is_year(year));
    let behind_month = |text: &[u8]| matches!(text, [rest @ .., a, b, b'-' | b'/' | b'.'] if all_digits(&[*a, *b]) && behind_year(rest));
    let behind_day = |text: &[u8]| matches!(text, [rest @ .., a, b, b' ' | b'T' | b'_'] if all_digits(&[*a, *b]) && behind_month(rest));
    let begins = is_year(number) && matches!(behind, [b'-' | b'/' | b'.', a, b, b'-' | b'/' | b'.', ..] if all_digits(&[*a, *b]));
    let is_offset =
        number.len() >= 4 && (number[..2] <= b"14"[..]) && [b"00", b"15", b"30", b"45"].iter().any(|minutes| number[2..4] == minutes[..]);
    let is_zone = begins_with_digits(number, 4) && is_offset && matches!(before, [.., digit, b' ', b'+' | b'-'] if digit.is_ascii_digit());
    let goes_on = first_run(number) <= 2 || is_clock_time(number);
    ((behind_year(before) || behind_month(before) || behind_day(before)) && goes_on) || begins || is_zone
}

/// The clock that a line begins with, written without colons: `20240927 101707`, `1727432227.213`, `[14450.512345]`.
fn is_clock(before: &[u8], number: &[u8], behind: &[u8]) -> bool {
    let is_date_and_time = |date: usize| match number.split_at_checked(date) {
        Some((date, [b' ', time @ ..])) => is_date(date) && first_run(time) == 6 && is_clock_time(&time[..6]),
        _ => false,
    };
    let begins_with_time = |text: &[u8]| first_run(text) == 6 && is_clock_time(&text[..6]);
    match before {
        [] | [b'['] if all_digits(number) => match number.len() {
            6 | 8 => is_date(number) && matches!(behind, [b' ' | b'T' | b'-', rest @ ..] if begins_with_time(rest)),
            // Seconds and milliseconds since 2014.
            10 | 13 => number[..2] >= b"14"[..] && number[0] == b'1' && matches!(behind, [] | [b' ' | b'.' | b']' | b',', ..]),
            _ => before == b"[" && matches!(behind, [b'.', digit, ..] if digit.is_ascii_digit()),
        },
        [] => [6, 8].into_iter().any(is_date_and_time),
        [b'[', rest @ ..] if rest.iter().all(|byte| byte.is_ascii_digit() || b" .".contains(byte)) => {
            let has_point = [rest, number].iter().any(|text| text.contains(&b'.'));
            has_point && number.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') && behind.first() == Some(&b']')
        }
        // `I0927 10:17:07.213456   |12345| main.go:42]`
        [b'I' | b'W' | b'E' | b'F', rest @ ..] => {
            const LONGEST: usize = 7;
            let is_head = begins_with_digits(rest, 4) && rest.iter().all(|byte| byte.is_ascii_digit() || b" :.".contains(byte));
            is_head && rest.contains(&b':') && all_digits(number) && number.len() <= LONGEST
        }
        [date @ .., b' ' | b'T' | b'-'] => is_clock_time(number) && matches!(date.len(), 6 | 8) && is_date(date),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The span stands between bars.
    fn answer(text: &str) -> bool {
        let start = text.find('|').unwrap();
        let end = text[start + 1..].find('|').unwrap() + start;
        is_of_time(text.replace('|', "").as_bytes(), Span { start, end })
    }

    #[test]
    fn parts_of_times() {
        for text in [
            "2024-|09-27 10|:17:07.213 phone",
            "2024-09-27 10:17:|07.213| phone",
            "2024-09-27T10:17:07.|213456|Z phone",
            "2024-09-27 1|0:17|:07 phone",
            "|09/27/2024| 10:13:20 phone",
            "|20240927| 101707 phone",
            "20240927 |101707| phone",
            "|081109 203615| 148 phone",
            "|1727432227213| phone",
            "[|14450.512345|] phone",
            "[ 14450.|512345|] phone",
            "2024-|09-27| phone",
            "2024-09-|27 10|-17-07 phone",
            "2024-09-27 |10-17-07| phone",
            "|2024|/09/27 phone",
            "10:17:07 +|0200| phone",
            "10:13:|20 AM| plate",
            "I0927 10:17:07.213456   |12345| main.go:42] plate",
        ] {
            assert!(answer(text), "{text}");
        }
    }

    #[test]
    fn other_numbers() {
        for text in [
            "phone |030 1234567| ok",
            "ssn:|123-45-6789| ok",
            "at 10:17 |0171 2345678|, ok",
            "|123-45-6789| is the ssn",
            "born |1990-01-02| in a",
            "id |1234567890| of the passport",
            "{\"phone\":\"|0171-2345678|\"}",
            "x1990-|0171-2345678| phone",
            "|AB123456| 10:17",
            "|123-45-6789| 10:17 ssn",
            "ssn |123-45-6789| 10:17:02 done",
            "phone 1:|5551234567| ok",
            "|030 1234567|:8080 phone",
            "2024-09-27 |123-45-6789| ssn",
            "|12345678| 200000 account",
            "12345678 |200000| sort code",
            "2024-|5551234567| phone",
            "10:17,|123-45-6789| ssn",
            "10:17:07,|123-45-6789| ssn",
            "10:17:07,|5551234567| phone",
            "|20-00-00|:12345678 sort code",
            "I0927 |123-45-6789| ssn",
            "E1234 |123456789| account",
            "[ |123456789|] ssn",
            "|1234567890| is the account",
            "5 +|4930 1234567| phone",
        ] {
            assert!(!answer(text), "{text}");
        }
    }
}
