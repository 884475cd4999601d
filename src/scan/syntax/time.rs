//! Digits that are part of a time: what stands at the head of most lines, near every word of a short one.

use crate::scan::Span;

/// Is a span of digits and what joins them part of a date with its time, of a time, or of a clock that a line begins with?
pub(crate) fn is_of_time(line: &[u8], span: Span) -> bool {
    let text = span.of(line);
    let joins = |byte: &u8| byte.is_ascii_digit() || b" .,:/-()+TZ[]\"".contains(byte);
    if !text.iter().all(joins) || !text.iter().any(u8::is_ascii_digit) {
        return false;
    }
    // A number may begin and end with brackets and quotes.
    let start = span.start + text.iter().take_while(|byte| !byte.is_ascii_digit()).count();
    let end = span.end - text.iter().rev().take_while(|byte| !byte.is_ascii_digit()).count();
    let (before, behind) = (&line[..start], &line[end..]);
    within_time(before, behind) || behind_year(before) || is_clock(before, &line[start..end], behind)
}

/// `10:1|7:02`, `07.|213`, `2024-09-27| 10:17`.
fn within_time(before: &[u8], behind: &[u8]) -> bool {
    let fraction = |digits: &[u8]| matches!(digits, [.., b':', a, b] if a.is_ascii_digit() && b.is_ascii_digit());
    matches!(before, [.., digit, b':'] if digit.is_ascii_digit())
        || matches!(before, [digits @ .., b'.' | b','] if fraction(digits))
        || matches!(behind, [b':', digit, ..] if digit.is_ascii_digit())
        || matches!(behind, [b' ' | b'T', a, b, b':', c, d, ..] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()))
}

/// `2024-|09-27`.
fn behind_year(before: &[u8]) -> bool {
    let year = |digits: &[u8]| {
        let standalone = digits.len() == 4 || !digits[digits.len() - 5].is_ascii_alphanumeric();
        standalone && matches!(digits, [.., b'1' | b'2', b'9' | b'0', a, b] if a.is_ascii_digit() && b.is_ascii_digit())
    };
    matches!(before, [digits @ .., b'-' | b'/' | b'.'] if digits.len() >= 4 && year(digits))
}

/// The clock that a line begins with, written without colons: `20240927 101707`, `1727432227.213`, `[14450.512345]`.
fn is_clock(before: &[u8], number: &[u8], behind: &[u8]) -> bool {
    let all_digits = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    let ends = |rest: &[u8], length: usize| {
        rest.len() >= length && all_digits(&rest[..length]) && !rest.get(length).is_some_and(u8::is_ascii_digit)
    };
    match before {
        [] | [b'['] if all_digits(number) => match number.len() {
            6 | 8 => matches!(behind, [b' ' | b'T' | b'-', rest @ ..] if ends(rest, 6)),
            10 | 13 => number[0] == b'1' && matches!(behind, [] | [b' ' | b'.' | b']' | b',', ..]),
            _ => before == b"[" && matches!(behind, [b'.', digit, ..] if digit.is_ascii_digit()),
        },
        [] => {
            number.len() == 15 && all_digits(&number[..8]) && number[8] == b' '
                || number.len() == 13 && all_digits(&number[..6]) && number[6] == b' '
        }
        [b'[', rest @ ..] if rest.iter().all(|byte| byte.is_ascii_digit() || b" .".contains(byte)) => {
            let inner = |text: &[u8]| text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
            inner(number) && matches!(behind, [b']', ..])
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
