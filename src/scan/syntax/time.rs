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
    let (before, behind) = (&line[..start], &line[end..]);
    within_time(before, behind) || in_date(before, &line[start..end], behind) || is_clock(before, &line[start..end], behind)
}

fn all_digits(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}

/// Does a text begin with that many digits and no more?
fn begins_with_digits(text: &[u8], count: usize) -> bool {
    text.len() >= count && all_digits(&text[..count]) && !text.get(count).is_some_and(u8::is_ascii_digit)
}

/// `10:1|7:02`, `07.|213`, `2024-09-27| 10:17`.
fn within_time(before: &[u8], behind: &[u8]) -> bool {
    let is_minute = |text: &[u8]| matches!(text, [.., b':', a, b] if all_digits(&[*a, *b]));
    matches!(before, [.., digit, b':'] if digit.is_ascii_digit())
        || matches!(before, [minute @ .., b'.' | b','] if is_minute(minute))
        || matches!(behind, [b':', digit, ..] if digit.is_ascii_digit())
        || matches!(behind, [b' ' | b'T', a, b, b':' | b'-', c, d, ..] if all_digits(&[*a, *b, *c, *d]))
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
    let is_zone = begins_with_digits(number, 4) && matches!(before, [.., digit, b' ', b'+' | b'-'] if digit.is_ascii_digit());
    behind_year(before) || behind_month(before) || behind_day(before) || begins || is_zone
}

/// The clock that a line begins with, written without colons: `20240927 101707`, `1727432227.213`, `[14450.512345]`.
fn is_clock(before: &[u8], number: &[u8], behind: &[u8]) -> bool {
    let is_date_and_time = |date: usize| {
        number.len() >= date + 7 && all_digits(&number[..date]) && number[date] == b' ' && begins_with_digits(&number[date + 1..], 6)
    };
    match before {
        [] | [b'['] if all_digits(number) => match number.len() {
            6 | 8 => matches!(behind, [b' ' | b'T' | b'-', rest @ ..] if begins_with_digits(rest, 6)),
            10 | 13 => number[0] == b'1' && matches!(behind, [] | [b' ' | b'.' | b']' | b',', ..]),
            _ => before == b"[" && matches!(behind, [b'.', digit, ..] if digit.is_ascii_digit()),
        },
        [] => [6, 8].into_iter().any(is_date_and_time),
        [b'[', rest @ ..] if rest.iter().all(|byte| byte.is_ascii_digit() || b" .".contains(byte)) => {
            number.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') && behind.first() == Some(&b']')
        }
        // `I0927 10:17:07.213456   |12345| main.go:42]`
        [b'I' | b'W' | b'E' | b'F', rest @ ..] => {
            begins_with_digits(rest, 4) && rest.iter().all(|byte| byte.is_ascii_digit() || b" :.".contains(byte))
        }
        [date @ .., b' ' | b'T' | b'-'] => number.len() == 6 && all_digits(number) && matches!(date.len(), 6 | 8) && all_digits(date),
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
        ] {
            assert!(!answer(text), "{text}");
        }
    }
}
