//! Digits that are part of a time: what stands at the head of most lines, near every word of a short one.
//!
//! A number is taken for one only where each of its digits stands in something that is a time from end to end: what begins or
//! ends beside one is a number.

use crate::check::year_of_date;
use crate::scan::Span;

/// How far before a number the time that it is part of begins at most.
const REACH: usize = 48;

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
    let number = Span { start, end };
    is_in_times(line, number) || is_begun_in_time(line, number) || is_thread(line, number)
}

/// Does each digit of a span stand in a time?
fn is_in_times(line: &[u8], number: Span) -> bool {
    let mut at = number.start.saturating_sub(REACH);
    while at < number.end {
        let length = run(line, at);
        match Some(at).filter(|&at| length > 0 && begins(line, at)).and_then(|at| time_at(line, at)) {
            Some(Time { date: Some(date), .. }) if number.start <= date.start && number.end == date.end => return false,
            Some(time) => at = time.end,
            None if length > 0 && at + length > number.start => return false,
            None => at += length.max(1),
        }
    }
    true
}

/// `10:17:07.|213 1234|`, `10:17:07 +|0200 1234|`: parts of a second or a zone, and the process and thread that often stand behind.
fn is_begun_in_time(line: &[u8], number: Span) -> bool {
    const LONGEST_ID: usize = 5;
    let is_minutes = |text: &[u8]| matches!(text, [.., b':', a, b] if all_digits(&[*a, *b]));
    let is_seconds = |text: &[u8]| text.len() > 3 && is_minutes(text) && is_minutes(&text[..text.len() - 3]);
    let (before, text) = (&line[..number.start], number.of(line));
    let (digits, behind) = text.split_at(run(text, 0));
    let begins_in_time = match before {
        [seconds @ .., b'.'] => is_seconds(seconds) && matches!(digits.len(), 3 | 6 | 9),
        [clock @ .., b' ', b'+' | b'-'] => {
            let fraction = clock.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
            let whole = clock[..clock.len() - fraction].strip_suffix(b".").unwrap_or(clock);
            // No number that may be called begins so.
            is_minutes(whole) && matches!(digits, [b'0', _, b'0', b'0'] | [b'0', _, b'3', b'0'] | [b'0', _, b'4', b'5'])
        }
        _ => false,
    };
    let are_ids = behind.split(|byte| !byte.is_ascii_digit()).all(|id| id.len() <= LONGEST_ID);
    begins_in_time && are_ids && matches!(behind.first(), None | Some(b' '))
}

/// `I0927 10:17:07.213456   |12345| main.go:42]`: the thread, in the lines of glog.
fn is_thread(line: &[u8], number: Span) -> bool {
    const LONGEST: usize = 7;
    let Some(end) = glog_clock(line).filter(|&end| end < number.start) else { return false };
    let place = &line[number.end..];
    let place = place.iter().skip(1).position(|byte| b" ]".contains(byte)).map_or(b"".as_slice(), |end| &place[..end + 2]);
    let is_place = place.starts_with(b" ") && place.ends_with(b"]") && place.contains(&b':');
    is_place && number.len() <= LONGEST && all_digits(number.of(line)) && line[end..number.start].iter().all(|&byte| byte == b' ')
}

/// Where `I0927 10:17:07.213456` ends.
fn glog_clock(line: &[u8]) -> Option<usize> {
    line.first().filter(|level| b"IWEF".contains(level) && run(line, 1) == 4).and_then(|_| clock_behind(line, 5, b" "))
}

/// Something that is a time from end to end.
struct Time {
    end: usize,
    /// Its date, if that may be something else where it is all of a number: when somebody was born, the code of a bank.
    date: Option<Span>,
}

/// The time that begins with the digits at `at`.
fn time_at(line: &[u8], at: usize) -> Option<Time> {
    let undated = || clock(line, at).or_else(|| named_month(line, at)).or_else(|| digits_alone(line, at));
    full_date(line, at).or_else(|| short_date(line, at)).or_else(|| undated().map(|end| Time { end, date: None }))
}

/// `2024-09-27T10:17:07`, `27/09/2024 10:17`, `2024-09-27`.
fn full_date(line: &[u8], at: usize) -> Option<Time> {
    let date = Span { start: at, end: at + 10 };
    let year = line.get(at..date.end).and_then(year_of_date)?;
    // Who was born then is older than most logs; but clocks that were never set begin with 1970. At midnight begin dates that a
    // database has no clock for.
    let is_first = year == 1970 && matches!(line[at..date.end], [.., b'0', b'1', _, b'0', b'1'] | [b'0', b'1', _, b'0', b'1', ..]);
    let is_midnight = |end: usize| {
        matches!(line[date.end + 1..end], [b'0', b'0', b':', b'0', b'0'] | [b'0', b'0', b':', b'0', b'0', b':', b'0', b'0', ..])
    };
    let may_be_birth = |end: usize| (year < 2000 && !is_first) || is_midnight(end);
    let is_alone = || !line.get(date.end).is_some_and(u8::is_ascii_alphanumeric) && !goes_on(line, date.end, b"-/.:");
    match clock_behind(line, date.end, b" T-_:").or_else(|| marked_clock(line, date)) {
        Some(end) => Some(Time { end, date: may_be_birth(end).then_some(date) }),
        None => is_alone().then_some(Time { end: date.end, date: Some(date) }),
    }
}

/// Where a clock ends that is written as a date with dashes or points before it is: `-10-17-07`, ` 10.17.07.213456`.
fn marked_clock(line: &[u8], date: Span) -> Option<usize> {
    let has_mark = |mark: u8| date.of(line).contains(&mark);
    let end = date.end + 9;
    match line.get(date.end..end)? {
        &[b' ' | b'T' | b'-' | b'_', a, b, mark @ (b'-' | b'.'), c, d, other, e, f] if mark == other && !has_mark(b'/') => {
            is_time_of_day(&[a, b, c, d, e, f]).then(|| behind_seconds(line, end)).flatten()
        }
        _ => None,
    }
}

/// `26/05/04 10:17:07`, `03-17 16:13:38.811`.
fn short_date(line: &[u8], at: usize) -> Option<Time> {
    let part = |part: usize| line.get(at + 3 * part..at + 3 * part + 2).filter(|part| all_digits(part));
    let is_mark = |place: usize| line.get(at + place).is_some_and(|mark| b"-/.".contains(mark));
    let is_month = |part: &[u8]| (b"01".as_slice()..=b"12").contains(&part);
    let (one, other) = (part(0)?, part(1).filter(|_| is_mark(2))?);
    let end = if is_mark(5) && line[at + 2] == line[at + 5] && part(2).is_some() { at + 8 } else { at + 5 };
    let end_of_clock = clock_behind(line, end, b" ").filter(|_| is_month(one) || is_month(other))?;
    Some(Time { end: end_of_clock, date: Some(Span { start: at, end }) })
}

/// Behind the name of a month: `27 10:17:07 2024`, `27, 2024 10:17`, `2024:10:17:07`.
fn named_month(line: &[u8], at: usize) -> Option<usize> {
    const MONTHS: &[&[u8]] = &[b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    let before = line[..at].strip_suffix(b" ").unwrap_or(&line[..at]);
    let before = before.strip_suffix(b" ").or_else(|| before.strip_suffix(b"/")).or_else(|| before.strip_suffix(b"-")).unwrap_or(before);
    let letters = before.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let name = before[before.len() - letters..].first_chunk::<3>()?.to_ascii_lowercase();
    if !MONTHS.contains(&&name[..]) {
        return None;
    }
    let skip_comma = |end: usize| end + usize::from(line.get(end) == Some(&b','));
    let year = |at: usize| line.get(at..at + 4).filter(|year| run(line, at) == 4 && (year.starts_with(b"19") || year.starts_with(b"20")));
    let behind_year = |at: usize| year(at).and_then(|year| clock_behind(line, skip_comma(at + year.len()), b" :"));
    let day = run(line, at);
    let end = skip_comma(at + day);
    let year_behind = |end: usize| if line.get(end) == Some(&b' ') && year(end + 1).is_some() { end + 5 } else { end };
    match day {
        1 | 2 if line.get(end) == Some(&b' ') => clock(line, end + 1).map(year_behind).or_else(|| behind_year(end + 1)),
        _ => behind_year(at),
    }
}

/// Times without marks: `20240927T101707Z`, and where a line begins also `20240927 101707`, `1727432227.213`, `[14450.512345]`.
fn digits_alone(line: &[u8], at: usize) -> Option<usize> {
    let length = run(line, at);
    let (before, digits, end) = (&line[..at], &line[at..at + length], at + length);
    let is_head = matches!(before, [] | [b'[']);
    let packed = |joins: &[u8]| {
        let clock = line.get(end + 1..end + 7).filter(|clock| joins.contains(&line[end]) && is_time_of_day(clock))?;
        behind_seconds(line, end + 1 + clock.len())
    };
    match length {
        4 if before.len() == 1 => glog_clock(line),
        8 if is_day(&digits[2..]) && digits.starts_with(b"20") => {
            clock_behind(line, end, b" T-_").or_else(|| packed(if is_head { b" T-" } else { b"T" }))
        }
        6 if is_head && is_day(digits) => packed(b" T-"),
        // Seconds and milliseconds from 2014 to 2030.
        10 | 13 if is_head && (b"14".as_slice()..=b"18").contains(&&digits[..2]) => {
            let fraction = fraction(line, end);
            matches!(line.get(fraction), None | Some(b' ' | b']')).then_some(fraction)
        }
        // Seconds since the machine was started.
        1..=8 if before.first() == Some(&b'[') && before[1..].iter().all(|&byte| byte == b' ') => {
            let fraction = fraction(line, end);
            (fraction > end + 3 && line.get(fraction) == Some(&b']')).then_some(fraction)
        }
        _ => None,
    }
}

/// Where the clock ends that stands behind one of these bytes.
fn clock_behind(line: &[u8], end: usize, joins: &[u8]) -> Option<usize> {
    line.get(end).filter(|byte| joins.contains(byte)).and_then(|_| clock(line, end + 1))
}

/// Where `10:17`, `10:17:07.213 +0200`, `1:17 PM` end.
fn clock(line: &[u8], at: usize) -> Option<usize> {
    let hours = run(line, at);
    let is_hour = hours == 1 || (hours == 2 && line[at..at + 2] <= b"23"[..]);
    let behind_pair = |at: usize| match line.get(at..at + 3)? {
        [b':', b'0'..=b'5', _] if run(line, at + 1) == 2 => Some(at + 3),
        _ => None,
    };
    let minutes = Some(at + hours).filter(|_| is_hour).and_then(behind_pair)?;
    match behind_pair(minutes) {
        Some(seconds) => behind_seconds(line, seconds),
        None => behind_clock(line, minutes),
    }
}

/// Where what stands behind seconds ends: `.213456Z`, `,213`, `:213`.
fn behind_seconds(line: &[u8], seconds: usize) -> Option<usize> {
    let is_parted = line.get(seconds).is_some_and(|mark| b",:".contains(mark)) && run(line, seconds + 1) == 3;
    behind_clock(line, if is_parted { seconds + 4 } else { fraction(line, seconds) })
}

/// Where the half of the day and the zone behind a clock end. Nothing if more digits stand there.
fn behind_clock(line: &[u8], end: usize) -> Option<usize> {
    let half = usize::from(line.get(end) == Some(&b' '));
    let end = match line.get(end + half..end + half + 2) {
        Some([b'A' | b'P' | b'a' | b'p', b'M' | b'm']) => end + half + 2,
        _ => end,
    };
    let is_end = run(line, end) == 0 && !goes_on(line, end, b":");
    is_end.then(|| zone(line, end).unwrap_or(end))
}

/// Where a zone ends: `+0200`, `-08:00`, ` +0200`, `+02`.
fn zone(line: &[u8], at: usize) -> Option<usize> {
    let is_apart = line.get(at) == Some(&b' ');
    let hours = at + usize::from(is_apart) + 1;
    let is_zone = matches!(line.get(hours - 1), Some(b'+' | b'-')) && line.get(hours..hours + 2).is_some_and(|hours| *hours <= b"14"[..]);
    let minutes = hours + 2 + usize::from(line.get(hours + 2) == Some(&b':'));
    let end = match line.get(minutes..minutes + 2) {
        Some(b"00" | b"15" | b"30" | b"45") => minutes + 2,
        _ if is_apart => return None,
        _ => hours + 2,
    };
    (is_zone && all_digits(&line[hours..hours + 2]) && run(line, end) == 0 && !goes_on(line, end, b":")).then_some(end)
}

/// Where parts of a second end that may stand behind `end`.
fn fraction(line: &[u8], end: usize) -> usize {
    const LONGEST: usize = 9;
    match run(line, end + 1) {
        length @ 1..=LONGEST if line[end] == b'.' => end + 1 + length,
        _ => end,
    }
}

/// Can a time begin here? Not in a word, nor where a longer number goes on.
fn begins(line: &[u8], at: usize) -> bool {
    let is_behind_digit = |mark: &[u8]| matches!(line[..at], [.., digit, last] if digit.is_ascii_digit() && mark.contains(&last));
    let is_in_word = at > 0 && line[at - 1].is_ascii_alphanumeric();
    let is_full_date = || line.get(at..at + 10).and_then(year_of_date).is_some();
    if is_in_word {
        return at == 1 && glog_clock(line).is_some();
    }
    !is_behind_digit(b".-/+") && (!is_behind_digit(b":") || is_full_date())
}

/// Does a number go on behind one of these marks?
fn goes_on(line: &[u8], end: usize, marks: &[u8]) -> bool {
    line.get(end).is_some_and(|mark| marks.contains(mark)) && run(line, end + 1) > 0
}

/// How many digits stand there.
fn run(line: &[u8], at: usize) -> usize {
    line.get(at..).map_or(0, |rest| rest.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

fn all_digits(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}

/// Year without its century, month and day.
fn is_day(digits: &[u8]) -> bool {
    (b"01".as_slice()..=b"12").contains(&&digits[2..4]) && (b"01".as_slice()..=b"31").contains(&&digits[4..])
}

/// Hours, minutes and seconds.
fn is_time_of_day(digits: &[u8]) -> bool {
    all_digits(digits) && digits[..2] <= b"23"[..] && digits[2] <= b'5' && digits[4] <= b'5'
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
            "I|0927 10|:17:07.213456   12345 main.go:42] plate",
            "[|1727432227|] phone",
            "|1727432227.213| phone",
            "|20240927|T101707Z phone",
            "at |20240927|T101707.213Z phone",
            "27/Sep/|2024:10|:17:07 +0200 phone",
            "Sep |27 10|:17:07 host phone",
            "Sep  |7 10|:17:07 host phone",
            "Fri Sep 27 10:17:|07 2024| phone",
            "Sep |27, 2024 10|:17:07 phone",
            "|17/06/09 20|:10:40 phone",
            "|03-17 16|:13:38.811 1702 phone",
            "10:17:07.|213 1702| 2395 D phone",
            "10:17:07.213 +|0200 1702| phone",
            "|1970-01-01| 00:00:03 phone",
            "|2024-09-27| 00:00:03 phone",
            "app.log:12:|2024-09-27| 10:17:07 phone",
            "2005-06-03-|15.42.50|.675872 phone",
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
            // What is no time in all of its length, beside one.
            "10:17:07,|213 45 6789| ssn",
            "12-81-97:14/10/23 |60-25-47| sort code",
            "06/26:|60-25-47| sort code",
            "+0000:|10-20-81| sort code",
            "22:18:|56 095 742 719| tax number",
            "medicare |2123 45670 1|:11.484",
            "[28.375 |2557919278|] patient id",
            "[|911962384|.2019/10/13 06:57:20] passport",
            "[|911962384|.593] passport",
            "2019/07/|04.555-3091| phone",
            "phone |0171-5479596-20141210-16|:04:48",
            "A|20240927| 10:17:07 passport",
            "05/16/2022 |09-21-05| sort code",
            "10:17:07 +|1415 5550100| phone",
            "I0927 10:17:07.213456 |1234567| is the account",
            // Dates that may be of birth.
            "born |1961/07/05|:09:26:28",
            "born |1972-11-27| 12:43 AM",
            "|04/18/2021|/06/08/1957 born",
            "|26/05/04| 02:39:09 born",
            "born |2001-08-16|T00:00:00.000Z",
            "born |2001-08-16| 00:00 ok",
            "532:00.|267430662| passport",
            "[I0819 11:23:44.|093424 2024 5550891|] phone",
            "15:57:07 +|0530 0049 30 3434550| phone",
            "[|02.12.1975|] 56.624 born",
            "|19851231| 120000 account",
        ] {
            assert!(!answer(text), "{text}");
        }
    }
}
