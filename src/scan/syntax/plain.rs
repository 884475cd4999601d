//! Values whose beginning and end are plain to see: told at once, so that most keys need not be parsed to know that nothing
//! comes of them.

use super::field::Field;
use super::value::{behind_constructor, skip_scheme};
use super::{KEY, key_start};
use crate::scan::Span;
use crate::scan::byte_set::ByteSet;

/// What such a value is made of.
pub(crate) const PLAIN: ByteSet = {
    let mut set = ByteSet([0; 4]);
    let mut byte = 0;
    while byte < 128u8 {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'+' | b'-' | b'.' | b'/' | b':' | b'_') {
            set.0[(byte >> 6) as usize] |= 1 << (byte & 63);
        }
        byte += 1;
    }
    set
};

/// No such value is longer.
const LONGEST: usize = 64;

/// The value of the key that ends at `key_end` where it is nothing but bytes of `set`, which are some of [`PLAIN`], or a
/// template of them: ` uid=1000 `, ` uid="1000" `, `"uid":"1000",`, ` uid=${UID} `. `None` where it takes more to say what the
/// value is.
pub(crate) fn plain_value(line: &[u8], key_end: usize, set: &ByteSet) -> Option<Span> {
    let (is_json, begin) = match line.get(key_end..)? {
        [b'=', ..] => (false, key_end + 1),
        [b'"', b':', b'"', ..] => (true, key_end + 2),
        [b'"', b':', b' ', b'"', ..] => (true, key_end + 3),
        _ => return None,
    };
    let (span, behind) = match line.get(begin..)? {
        [b'"', rest @ ..] => {
            let length = plain(rest, set)?;
            let behind = rest[length..].strip_prefix(b"\"")?;
            (Span { start: begin + 1, end: begin + 1 + length }, behind)
        }
        [b'$', b'{', rest @ ..] => {
            let length = plain(rest, set)?;
            let behind = rest[length..].strip_prefix(b"}")?;
            (Span { start: begin, end: begin + length + 3 }, behind)
        }
        rest => {
            let length = plain(rest, set)?;
            (Span { start: begin, end: begin + length }, &rest[length..])
        }
    };
    let is_quoted = span.start > begin;
    let is_end = match behind {
        [b',', b' ', ..] => true,
        [b',' | b'}', ..] => is_quoted,
        // `"a" -> "b"`
        [b' ', next, ..] => !is_quoted || !matches!(next, b'-' | b'='),
        // `b"a"`
        [b'"', ..] => !is_quoted && span.len() > 1,
        _ => false,
    };
    let (before, key) = split_key(line, key_end)?;
    let is_plain = if is_json {
        // `["password":protected]`
        !before[before.len().saturating_sub(2)..].contains(&b'[')
    } else {
        // What ends with a bracket or semicolon may hold spaces, and a scheme is no value.
        let is_header = key.last_chunk().is_some_and(|tail: &[u8; 13]| tail.eq_ignore_ascii_case(b"authorization"));
        before.ends_with(b" ")
            && !is_header
            && Field::around(line, before.len(), false, false).is_none()
            && skip_scheme(line, span.start) == span.start
            && behind_constructor(line, begin) == begin
    };
    (is_end && is_plain).then_some(span)
}

/// Is the key that ends at `key_end` part of a path of colons, in which nothing has a value: `arn:…:secret:name`?
pub(crate) fn is_of_path(line: &[u8], key_end: usize) -> bool {
    matches!(line.get(key_end..), Some([b':', next, ..]) if next.is_ascii_alphanumeric())
        && split_key(line, key_end).is_some_and(|(before, _)| before.ends_with(b":") && !before.ends_with(b"[:"))
}

/// How many bytes of the set `text` begins with, the first one a letter or digit, a star or a slash.
fn plain(text: &[u8], set: &ByteSet) -> Option<usize> {
    text.first().filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'/'))?;
    let length = set.run(text, LONGEST + 1);
    (1..=LONGEST).contains(&length).then_some(length)
}

/// The key that ends at `key_end`, and what stands before it; `None` for a very long one.
fn split_key(line: &[u8], key_end: usize) -> Option<(&[u8], &[u8])> {
    let start = key_start(line, key_end);
    (key_end - start < KEY).then(|| line[..key_end].split_at(start))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;

    use super::super::{Key, Value, is_key_byte};
    use super::*;

    /// The values of the key that ends at `end`, if anything is one.
    fn parsed(line: &[u8], end: usize, in_string: bool) -> Vec<Value> {
        let mut values = Vec::new();
        Key::ending_at(line, end).map(|key| key.values(line, in_string, &[], false, &mut values));
        values
    }

    #[test]
    fn what_is_plain() {
        let value = |line: &str| {
            let end = line.find("uid").unwrap() + 3;
            plain_value(line.as_bytes(), end, &PLAIN).map(|span| line[span.start..span.end].to_owned())
        };
        for (line, plain) in [
            ("x uid=1000 gid=1", "1000"),
            ("x uid=1000, gid=1", "1000"),
            (r#""message":"x uid=1000","y":1"#, "1000"),
            (r#"x uid="1-0" y"#, "1-0"),
            (r#"{"uid":"1000","x":1}"#, "1000"),
            (r#"{"uid": "1000"}"#, "1000"),
            ("x uid=${UID} y", "${UID}"),
            ("x uid=**** y", "****"),
        ] {
            assert_eq!(value(line).as_deref(), Some(plain), "{line}");
        }
        for line in [
            "uid=1000 y",
            "x; uid=10 00;",
            "{a=1, uid=10 00}",
            "x uid=Bearer abc",
            r#"x uid="1" -> "2""#,
            r#"["uid=1000"]"#,
            "?uid=1000 ",
            "x uid=1000",
            "x uid=a(b) c",
            "x authorization.uid: 1 ",
        ] {
            assert_eq!(value(line), None, "{line}");
        }
        assert_eq!(plain_value(b"x authorization=Abc def", 15, &PLAIN), None);
        assert_eq!(plain_value(b"x uid=1000 y", 5, &ByteSet::default()), None);
    }

    #[test]
    fn a_plain_value_is_what_the_key_has() {
        let mut runner = TestRunner::deterministic();
        let noise = |most: usize| prop::collection::vec(prop::sample::select(FRAGMENTS), 0..most).prop_map(|some| some.concat());
        let lines = (noise(8), prop::sample::select(KEYS), noise(3), prop::sample::select(ENDS), noise(6), any::<bool>());
        let (mut plain, mut paths) = (0, 0);
        for _ in 0..200_000 {
            let (before, key, value, end, behind, in_string) = lines.new_tree(&mut runner).unwrap().current();
            let line = [before.as_str(), key, &value, end, &behind].concat().into_bytes();
            for end in (1..line.len()).filter(|&end| is_key_byte(line[end - 1]) && !is_key_byte(line[end])) {
                let values = parsed(&line, end, in_string);
                if let Some(span) = plain_value(&line, end, &PLAIN) {
                    plain += 1;
                    assert!(values.iter().all(|value| value.span == span), "{}: {span:?} {values:?}", line.escape_ascii());
                }
                if is_of_path(&line, end) {
                    paths += 1;
                    assert!(values.is_empty(), "{}: {values:?}", line.escape_ascii());
                }
            }
        }
        assert!(plain > 5000 && paths > 5000, "{plain} {paths}");
    }

    const KEYS: &[&str] = &[" uid=", " uid=\"", "\"uid\":\"", "\"uid\": \"", " uid=${", ",uid=", ":uid:"];
    const ENDS: &[&str] = &[" ", ", ", "\",", "\"}", "\" ", "} ", "} x", "\"", "\" -> \""];

    #[rustfmt::skip]
    const FRAGMENTS: &[&str] = &[
        "password", "uid", " uid=", " token=\"", "\"uid\":\"", "\"key\": \"", "DB_PASSWORD", "authorization", "x", "abc", "12", "Bearer",
        "Just", "Some(", "value", "name", "arn:aws", "://", "protected", "=", ":", "\"", "'", "''", "`", "${", "}", "{", "[", "]", "(", ")", "<",
        ">", ";", ",", ", ", " ", "  ", "\t", "\\", "\\n", "\\u0020", "\\\"", "%20", "\x1b[31m", "->", " -> \"", "=>", "?", "&", "*", "/", "-", "+",
        ".", "|", "#", "@", "!", "port=1", "b\"", "[]byte(", "é",
    ];
}
