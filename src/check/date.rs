//! Dates as digits with a mark between them.

use super::arithmetic::is_date;

/// The year of `2024-09-27`, `27/09/2024`, `09/27/2024`, if that is all of a text and can stand on a calendar.
pub(crate) fn year_of_date(text: &[u8]) -> Option<u64> {
    let is_mark = |mark: u8, other: u8| mark == other && b"-/.".contains(&mark);
    let number = |digits: &[u8]| digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u64::from(digit - b'0')));
    let (year, parts) = match text {
        [year @ .., one, _, _, other, _, _] if year.len() == 4 && is_mark(*one, *other) => (year, [&text[5..7], &text[8..]]),
        [_, _, one, _, _, other, year @ ..] if year.len() == 4 && is_mark(*one, *other) => (year, [&text[..2], &text[3..5]]),
        _ => return None,
    };
    let (year, one, other) = (number(year)?, number(parts[0])?, number(parts[1])?);
    let year_is_first = text[2].is_ascii_digit();
    let is_written = is_date(Some(year), one, other) || (!year_is_first && is_date(Some(year), other, one));
    (is_written && (1900..2100).contains(&year)).then_some(year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_with_a_year() {
        for date in ["2024-09-27", "27/09/2024", "09/27/2024", "27.09.2024", "2024/02/29"] {
            assert_eq!(year_of_date(date.as_bytes()), Some(2024), "{date}");
        }
        for other in
            ["2024-27-09", "2024-09/27", "27-33-2024", "2023-02-29", "2184-09-27", "0171-23-45", "27/09/24", "2024-09-2", "202a-09-27", ""]
        {
            assert_eq!(year_of_date(other.as_bytes()), None, "{other}");
        }
    }
}
