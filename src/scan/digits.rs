//! Numbers by shape: runs of so many digits, or groups joined by single separators.

use super::anchor::Lead;
use super::boundary;
use super::byte_set::ByteSet;
use crate::error::Error;

/// `13..19`, `9`, `3-2-4`, `2-2-2 8`, `3.3.4`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    first: (usize, usize),
    groups: Vec<(Joint, usize)>,
    /// What its first digits may be; any, when there are none here.
    leads: Vec<Vec<u8>>,
}

/// No group is longer.
pub(crate) const LONGEST_RUN: usize = 64;

/// What stands between two groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joint {
    /// A dash or a space, the same one throughout the number.
    DashOrSpace,
    /// This byte.
    Byte(u8),
}

impl Joint {
    fn bytes(self) -> ByteSet {
        match self {
            Joint::DashOrSpace => ByteSet::from_iter(*b"- "),
            Joint::Byte(byte) => ByteSet::from_iter([byte]),
        }
    }
}

impl Shape {
    /// Parses a shape as packs write it, and the digits that its numbers begin with.
    pub(crate) fn parse(text: &str, leads: &[impl AsRef<str>]) -> Result<Self, Error> {
        let mut shape = Shape::parse_lengths(text)?;
        let leads = leads.iter().map(|lead| lead.as_ref().as_bytes().to_vec());
        shape.leads = leads.collect();
        let fits = |lead: &Vec<u8>| !lead.is_empty() && lead.len() <= shape.first.0 && lead.iter().all(u8::is_ascii_digit);
        if shape.leads.iter().all(fits) {
            return Ok(shape);
        }
        Err(Error::new(format!("lead holds what no number of the shape {text:?} begins with"))
            .remedy("write digits, no more than the first group has"))
    }

    fn parse_lengths(text: &str) -> Result<Self, Error> {
        let wrong = || {
            Error::new(format!("digits = {text:?} is no shape"))
                .remedy("write a run as \"9\" or \"13..19\", groups as \"3-2-4\" (dash or space), \"3.3.4\", \"3/3\" or \"2-2-2 8\"")
        };
        let number = |text: &str| text.parse::<usize>().ok().filter(|&length| (1..=LONGEST_RUN).contains(&length)).ok_or_else(wrong);
        if let Some((least, most)) = text.split_once("..") {
            let (least, most) = (number(least)?, number(most)?);
            return if least < most { Ok(Shape { first: (least, most), groups: Vec::new(), leads: Vec::new() }) } else { Err(wrong()) };
        }
        let joints: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_digit()).collect();
        let mut lengths = text.split(|letter: char| !letter.is_ascii_digit()).map(number);
        let first = lengths.next().ok_or_else(wrong)??;
        let mut groups = Vec::new();
        for (joint, length) in joints.into_iter().zip(lengths) {
            let joint = match joint {
                b'-' => Joint::DashOrSpace,
                b' ' | b'.' | b'/' => Joint::Byte(joint),
                _ => return Err(wrong()),
            };
            groups.push((joint, length?));
        }
        Ok(Shape { first: (first, first), groups, leads: Vec::new() })
    }

    /// What the bytes of every number of this shape are, as far as all have them, and what may stand behind one whose
    /// length is known: if a line feed may, so may the end of the text.
    pub(crate) fn places(&self) -> Vec<ByteSet> {
        let digits = |length: usize| std::iter::repeat_n(ByteSet::from_iter(b'0'..=b'9'), length);
        let group = |&(joint, length): &(Joint, usize)| std::iter::once(joint.bytes()).chain(digits(length));
        let mut places: Vec<ByteSet> = digits(self.first.0).chain(self.groups.iter().flat_map(group)).collect();
        let told = self.leads.iter().map(Vec::len).min().unwrap_or(0);
        for (at, place) in places[..told].iter_mut().enumerate() {
            *place = self.leads.iter().map(|lead| lead[at]).collect();
        }
        if self.first.0 == self.first.1 {
            places.push(boundary::WORD.complement());
        }
        places
    }

    /// The digits that every number of it begins with.
    pub(crate) fn lead(&self) -> Lead {
        let behind = match self.groups.first() {
            Some((joint, _)) => joint.bytes(),
            None => boundary::WORD.complement(),
        };
        Lead::new(self.first.0, self.first.1, behind)
    }

    /// What its numbers are like at a glance.
    pub(crate) fn outline(&self) -> Outlines {
        let mut outlines = Outlines::default();
        match self.groups.first() {
            None => (self.first.0..=self.first.1).for_each(|run| outlines.runs |= Outlines::run(run)),
            Some(&(_, second)) => outlines.grouped |= Outlines::group(self.first.0, second),
        }
        outlines
    }

    fn leads_at(&self, text: &[u8]) -> bool {
        self.leads.is_empty() || self.leads.iter().any(|lead| text.starts_with(lead))
    }

    /// How long a number of this shape is at most.
    pub(crate) fn longest(&self) -> usize {
        self.first.1 + self.groups.iter().map(|(_, length)| 1 + length).sum::<usize>()
    }

    /// Where a number of this shape ends that begins at `start`, the start of a number.
    pub(crate) fn end(&self, line: &[u8], start: usize) -> Option<usize> {
        let run = run_length(line, start, self.first.1 + 1);
        if run < self.first.0 || run > self.first.1 || !self.leads_at(&line[start..]) {
            return None;
        }
        let mut at = start + run;
        let mut dash_or_space = None;
        for &(joint, length) in &self.groups {
            let &separator = line.get(at)?;
            match joint {
                Joint::Byte(byte) if separator != byte => return None,
                Joint::Byte(_) => {}
                Joint::DashOrSpace => {
                    if !matches!(separator, b'-' | b' ') || separator != *dash_or_space.get_or_insert(separator) {
                        return None;
                    }
                }
            }
            if run_length(line, at + 1, length + 1) != length {
                return None;
            }
            at += 1 + length;
        }
        ends_number(line, at).then_some(at)
    }
}

/// What numbers are like at a glance: how many digits stand there, and behind a joint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outlines {
    /// Runs of so many digits, a bit each.
    runs: u64,
    /// Of a number in groups how many digits the first two have, three bits of a bit's number each.
    grouped: u64,
}

impl Outlines {
    fn run(length: usize) -> u64 {
        1 << length.min(63)
    }

    fn group(first: usize, second: usize) -> u64 {
        1 << (8 * first.min(7) + second.min(7))
    }

    pub(crate) fn union(self, other: Outlines) -> Outlines {
        Outlines { runs: self.runs | other.runs, grouped: self.grouped | other.grouped }
    }

    /// May a number that is like one of these begin at `start`, a digit?
    pub(crate) fn fit(self, line: &[u8], start: usize) -> bool {
        let run = run_length(line, start, LONGEST_RUN + 1);
        match line.get(start + run) {
            Some(&byte) if boundary::is_word(byte) => false,
            Some(b'-' | b' ' | b'.' | b'/') if self.grouped != 0 => {
                (self.runs & Outlines::run(run)) | (self.grouped & Outlines::group(run, run_length(line, start + run + 1, 7))) != 0
            }
            _ => self.runs & Outlines::run(run) != 0,
        }
    }
}

/// How many digits stand at `start`, counted up to `most`.
pub(crate) fn run_length(line: &[u8], start: usize, most: usize) -> usize {
    const EACH: u128 = u128::MAX / 0xff;
    let rest = &line[start..];
    let Some(first) = rest.first_chunk::<16>() else { return count_digits(rest, most) };
    // The first byte that is no digit has its high bit set here; what a carry makes of those behind it is not looked at.
    let values = u128::from_le_bytes(*first) ^ (EACH * u128::from(b'0'));
    let others = (values.wrapping_add(EACH * 0x76) | values) & (EACH * 0x80);
    match others.trailing_zeros() as usize / 8 {
        16 if most > 16 => 16 + count_digits(&rest[16..], most - 16),
        length => length.min(most),
    }
}

fn count_digits(text: &[u8], most: usize) -> usize {
    text.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count()
}

/// Does a number begin at `at`: a digit that continues neither a word nor a longer number?
pub(crate) fn begins_number(line: &[u8], at: usize) -> bool {
    line.get(at).is_some_and(u8::is_ascii_digit)
        && boundary::left(line, at)
        && !joined(line, at.checked_sub(1), at.checked_sub(2))
        && !in_uuid(line, at)
        && !in_arn(line, at)
}

/// Does what begins at `at`, a digit or a `+`, go on with a number or a word: `1.12345678`, `2.4+20151223`?
pub(crate) fn continues_number(line: &[u8], at: usize) -> bool {
    match line.get(at) {
        Some(b'+') => at > 0 && boundary::is_word(line[at - 1]) && !boundary::escape_ends_at(line, at),
        Some(byte) if byte.is_ascii_digit() => joined(line, at.checked_sub(1), at.checked_sub(2)),
        _ => false,
    }
}

/// Is `at` where one of the five groups of a UUID begins?
pub(super) fn in_uuid(line: &[u8], at: usize) -> bool {
    const GROUPS: [usize; 5] = [0, 9, 14, 19, 24];
    const LENGTH: usize = 36;
    let is_uuid = |text: &[u8]| {
        text.iter().zip(0..).all(|(byte, place)| if matches!(place, 8 | 13 | 18 | 23) { *byte == b'-' } else { byte.is_ascii_hexdigit() })
    };
    GROUPS.into_iter().filter_map(|group| line.get(at.checked_sub(group)?..)?.get(..LENGTH)).any(is_uuid)
}

/// Is `at` where the account of an ARN begins: `arn:aws:iam::123456789012:role/app`?
fn in_arn(line: &[u8], at: usize) -> bool {
    // `arn:`, the partition, a service and a region are no longer.
    const FARTHEST: usize = 64;
    let before = &line[at.saturating_sub(FARTHEST)..at];
    if before.last() != Some(&b':') {
        return false;
    }
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-');
    let start = before.iter().rposition(|byte| !is_part(byte)).map_or(0, |end| end + 1);
    before[start..].starts_with(b"arn:") && before[start..].iter().filter(|&&byte| byte == b':').count() == 4
}

/// Does a number end at `at`, so that neither a word nor a longer number goes on?
fn ends_number(line: &[u8], at: usize) -> bool {
    boundary::right(line, at) && !joined(line, Some(at), Some(at + 1))
}

/// Is the byte at `joint` a dot or dash with a digit at `beyond`?
fn joined(line: &[u8], joint: Option<usize>, beyond: Option<usize>) -> bool {
    let byte = |at: Option<usize>| at.and_then(|at| line.get(at));
    matches!(byte(joint), Some(b'.' | b'-')) && byte(beyond).is_some_and(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(shape: &str, line: &str) -> Option<usize> {
        let shape = Shape::parse(shape, &[""; 0]).unwrap();
        let start = line.find(|letter: char| letter.is_ascii_digit()).unwrap();
        begins_number(line.as_bytes(), start).then(|| shape.end(line.as_bytes(), start)).flatten()
    }

    #[test]
    fn shapes() {
        assert_eq!(end("3-2-4", "ssn 123-45-6789."), Some(15));
        assert_eq!(end("3-2-4", "123 45 6789"), Some(11));
        assert_eq!(end("3-2-4", "123-45 6789"), None);
        assert_eq!(end("2-2-2 8", "12-34-56 12345678"), Some(17));
        assert_eq!(end("13..19", "4111111111111111"), Some(16));
        assert_eq!(end("3.3.4", "212.555.0123"), Some(12));
    }

    #[test]
    fn runs_are_counted_at_once_as_one_by_one() {
        for other in 0..=u8::MAX {
            for length in 0..40 {
                let text = [vec![b'7'; length], vec![other, b'5', 0xff, b'/', b':', b'1', 0x8a, b'9']].concat();
                for end in [length, length + 1, text.len(), 20.min(text.len())] {
                    assert_eq!(run_length(&text[..end], 0, 33), count_digits(&text[..end], 33), "{length} digits, {other}, {end}");
                }
            }
        }
    }

    #[test]
    fn an_outline_fits_every_number_of_its_shape() {
        for (shape, numbers) in [
            ("9", vec!["123456789", "123456789 1", "123456789-x", "123456789\r"]),
            ("13..19", vec!["4111111111111111", "4111111111111111.", "4111111111111111 12"]),
            ("3-2-4", vec!["123-45-6789", "123 45 6789"]),
            ("10/9", vec!["1234567890/123456789"]),
        ] {
            let shape = Shape::parse(shape, &[""; 0]).unwrap();
            for number in numbers {
                assert!(shape.end(number.as_bytes(), 0).is_some() && shape.outline().fit(number.as_bytes(), 0), "{number}");
            }
        }
        let outline = Shape::parse("3-2-4", &[""; 0]).unwrap().outline();
        for other in ["123", "1234-5", "123-456", "123x45", "123:45"] {
            assert!(!outline.fit(other.as_bytes(), 0), "{other}");
        }
    }

    #[test]
    fn part_of_a_word_or_a_longer_number_is_no_number() {
        for line in ["x1234", "1234x", "12345", "1234-5", "1234.5", "_1234"] {
            assert_eq!(end("4", line), None, "{line}");
        }
        let uuid = b"uid 79bb06dc-6462-4082-1234-519406466186 x";
        for at in [13, 18, 23, 28] {
            assert!(!begins_number(uuid, at), "{at}");
        }
        assert!(!begins_number(b"0.1234", 2) && !begins_number(b"5-1234", 2) && begins_number(b"a-1234", 2));
    }

    #[test]
    fn the_account_of_an_arn_is_no_number() {
        for line in [&b"arn:aws:iam::"[..], b"role arn:aws-us-gov:resource-groups:us-gov-west-1:", b"\"arn:aws:sqs:eu-west-1:"] {
            let text = [line, b"123456789012:x"].concat();
            assert!(!begins_number(&text, line.len()), "{}", text.escape_ascii());
        }
        for line in [&b"account:"[..], b"barn:a:b:c:", b"arn:aws:", b"arn:aws:iam:: ", b"::", b"arn:aws:s3:::", b""] {
            let text = [line, b"123456789012"].concat();
            assert!(begins_number(&text, line.len()), "{}", text.escape_ascii());
        }
    }

    #[test]
    fn a_number_begins_with_its_lead() {
        let shape = Shape::parse("3-2", &["75", "9"]).unwrap();
        let end = |line: &[u8]| shape.end(line, 0);
        assert_eq!([end(b"751-23"), end(b"912-34"), end(b"761-23")], [Some(6), Some(6), None]);
        assert!(Shape::parse("2", &["123"]).is_err() && Shape::parse("2", &["x"]).is_err() && Shape::parse("2", &[""]).is_err());
    }

    #[test]
    fn a_shape_that_is_none_is_refused() {
        for text in ["", "a", "3--4", "19..13", "3_4", "0", "99"] {
            assert!(Shape::parse(text, &[""; 0]).is_err(), "{text}");
        }
    }
}
