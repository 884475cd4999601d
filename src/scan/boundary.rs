//! Where a token may begin and end: at the edges of a line, beside a byte that is no word byte, behind an
//! escape (`\n`, `\u0020`, `%20`, an ANSI colour), and never inside an escape.

use super::Span;
use super::byte_set::ByteSet;

/// No escape that [`escape_ends_at`] knows is longer: `\u001b[`, parameters, a letter.
pub(crate) const LONGEST_ESCAPE: usize = 7 + PARAMETERS + 1;

/// The most bytes of parameters that an ANSI colour has here.
const PARAMETERS: usize = 16;

/// So much of a word is looked at to tell whether it is a group of an address.
const LONGEST_GROUP: usize = 5;

/// A word byte: a token that begins with one must not continue a word.
pub(crate) const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// All word bytes.
pub(crate) const WORD: ByteSet = {
    let mut set = [0; 4];
    let mut byte = 0;
    while byte < 128 {
        set[byte >> 6] |= (is_word(byte as u8) as u64) << (byte & 63);
        byte += 1;
    }
    ByteSet(set)
};

/// May a match begin at `at`?
pub(crate) fn left(line: &[u8], at: usize) -> bool {
    if at == 0 {
        return true;
    }
    if inside_escape(line, at) {
        return false;
    }
    let begins_with_word = line.get(at).is_some_and(|&byte| is_word(byte));
    !begins_with_word || !is_word(line[at - 1]) || escape_ends_at(line, at)
}

/// May a match end at `at`?
pub(crate) fn right(line: &[u8], at: usize) -> bool {
    let Some(&next) = line.get(at) else { return true };
    if inside_escape(line, at) {
        return false;
    }
    !is_word(next) || at == 0 || !is_word(line[at - 1])
}

/// Does an escape end exactly before `at`?
///
/// Whether `\n` in a text is a line break or the end of a Windows path cannot be known; where it could be an
/// escape it counts as one, so that a token behind it is found.
pub(crate) fn escape_ends_at(line: &[u8], at: usize) -> bool {
    let before = &line[..at];
    // Most places follow none, which one look at all that could begin one tells.
    if let Some(&[first, _, third, fourth, fifth, _]) = before.last_chunk::<6>() {
        let in_colour = fifth.is_ascii_digit() | (fifth == b';') | (fifth == b'[');
        if !((first == b'\\') | (third == b'\\') | (fourth == b'%') | (fifth == b'\\') | in_colour) {
            return false;
        }
    }
    let Some(&last) = before.last() else { return false };
    match before {
        [.., b'\\', letter] if b"nrtbfvae0".contains(letter) => true,
        [.., b'\\', b'u', a, b, c, d] if is_hex(&[*a, *b, *c, *d]) => true,
        [.., b'\\', b'x', a, b] if is_hex(&[*a, *b]) => true,
        [.., b'%', a, b] if is_hex(&[*a, *b]) => true,
        _ => last.is_ascii_alphabetic() && ansi_ends(before),
    }
}

/// May an escape that [`escape_ends_at`] knows stand in the text, whole or cut? Cheap, and true where one does.
pub(crate) fn may_hold_escape(text: &[u8]) -> bool {
    let begins_colour = |at: usize| text[at] != b'[' || (at > 0 && b"\x1bbBe3^".contains(&text[at - 1]));
    memchr::memchr3_iter(b'\\', b'%', b'[', text).any(begins_colour)
}

/// The length of the escape that begins at `at`, 0 if none does: `\n`, `\u003d`, `%3D`, an ANSI colour.
pub(crate) fn escape_length(text: &[u8], at: usize) -> usize {
    let (length, is_esc) = match &text[at..] {
        [b'\\', b'u', digits @ ..] if digits.len() >= 4 && is_hex(&digits[..4]) => (6, digits[..4].eq_ignore_ascii_case(b"001b")),
        [b'\\', b'x', digits @ ..] if digits.len() >= 2 && is_hex(&digits[..2]) => (4, digits[..2].eq_ignore_ascii_case(b"1b")),
        [b'\\', b'n' | b'r' | b't' | b'b' | b'f' | b'v', ..] => (2, false),
        [b'\\', b'e', ..] => (2, true),
        [b'%', digits @ ..] if digits.len() >= 2 && is_hex(&digits[..2]) => (3, false),
        [0x1b, ..] => (1, true),
        _ => return 0,
    };
    let rest = &text[at + length..];
    if !is_esc || rest.first() != Some(&b'[') {
        return length;
    }
    let parameters = rest[1..].iter().take(PARAMETERS).take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    let ends = rest.get(1 + parameters).is_some_and(u8::is_ascii_alphabetic);
    length + if ends { parameters + 2 } else { 0 }
}

/// `ESC [ 31 m`, with the escape character raw or written as `\u001b`, `\x1b`, `\033`, `\e`, `#033` or `^[`.
fn ansi_ends(before: &[u8]) -> bool {
    let before = &before[..before.len() - 1];
    let parameters = before.iter().rev().take(PARAMETERS).take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    let head = &before[..before.len() - parameters];
    let Some(head) = head.strip_suffix(b"[") else { return false };
    [&b"\x1b"[..], b"\\u001b", b"\\u001B", b"\\x1b", b"\\x1B", b"\\033", b"\\e", b"#033", b"^["].iter().any(|escape| head.ends_with(escape))
}

/// Is `at` strictly inside an escape, so that nothing may begin or end there?
pub(crate) fn inside_escape(line: &[u8], at: usize) -> bool {
    const LONGEST: usize = 6;
    let near = &line[at.saturating_sub(LONGEST)..at];
    near.iter().any(|byte| matches!(byte, b'\\' | b'%')) && (inside_percent(line, at) || inside_backslash(line, at))
}

fn inside_percent(line: &[u8], at: usize) -> bool {
    let escape = |start: Option<usize>| {
        start.and_then(|start| line.get(start..start + 3)).is_some_and(|bytes| bytes[0] == b'%' && is_hex(&bytes[1..]))
    };
    escape(at.checked_sub(1)) || escape(at.checked_sub(2))
}

fn inside_backslash(line: &[u8], at: usize) -> bool {
    let Some(&next) = line.get(at) else { return false };
    if b"\"'\\/bfnrtux".contains(&next) && backslashes_before(line, at) % 2 == 1 {
        return true;
    }
    // Only the hex digits of `\u003d` and `\x3d` remain.
    if !next.is_ascii_hexdigit() {
        return false;
    }
    let numeric = |back: usize, letter: u8, digits: usize| {
        at.checked_sub(back).is_some_and(|start| {
            line.get(start..start + 2 + digits).is_some_and(|bytes| bytes[0] == b'\\' && bytes[1] == letter && is_hex(&bytes[2..]))
        })
    };
    (2..6).any(|back| numeric(back, b'u', 4)) || (2..4).any(|back| numeric(back, b'x', 2))
}

/// How many backslashes stand directly before `at`. Counts no further than 64, so that a line of backslashes
/// stays linear; only the parity and small depths matter.
fn backslashes_before(line: &[u8], at: usize) -> usize {
    line[..at].iter().rev().take(64).take_while(|&&byte| byte == b'\\').count()
}

/// Is the address of a host part of something longer: a group more than it has, joined as its own are, on either side? One
/// group behind an address of the IPv6 is a port; what begins with colons continues a name too.
pub(crate) fn continues_host(line: &[u8], whole: Span) -> bool {
    let text = whole.of(line);
    let Some(&joint) = text.iter().find(|byte| !is_word(**byte)) else { return false };
    let (before, behind) = (&line[..whole.start], &line[whole.end..]);
    if text.first() == Some(&joint) {
        // One colon more is that of `peer:::1`.
        let continues = match before {
            [.., label, last] if *last == joint => !is_word(*label),
            [.., last] => *last == joint || is_word(*last),
            [] => false,
        };
        return continues && !escape_ends_at(line, whole.start);
    }
    let is_group = |group: &[u8]| match joint {
        b'.' => !group.is_empty() && group.iter().all(u8::is_ascii_digit),
        _ => (1..=4).contains(&group.len()) && is_hex(group),
    };
    let follows = |text: &[u8]| {
        let text = text.strip_prefix(&[joint])?;
        let length = text.iter().take(LONGEST_GROUP).take_while(|&&byte| is_word(byte)).count();
        is_group(&text[..length]).then_some(length + 1)
    };
    let precedes = before.strip_suffix(&[joint]).is_some_and(|text| {
        let length = text.iter().rev().take(LONGEST_GROUP).take_while(|&&byte| is_word(byte)).count();
        is_group(&text[text.len() - length..])
    });
    let may_have_port = joint == b':' && text.get(4) == Some(&joint);
    precedes || follows(behind).is_some_and(|length| !may_have_port || follows(&behind[length..]).is_some())
}

fn is_hex(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `|` marks the place asked about.
    fn place(text: &str) -> (Vec<u8>, usize) {
        let at = text.find('|').unwrap();
        (text.replacen('|', "", 1).into_bytes(), at)
    }

    #[test]
    fn a_token_may_begin_here() {
        for text in [
            "|key",
            " |key",
            "=|key",
            "\\n|key",
            "\\u003d|key",
            "%20|key",
            "%3D|key",
            "\x1b[31m|key",
            "\\u001b[1;31m|key",
            "é|key",
            "\\\\|key",
            "a|-key",
            "\\x1b[0m|key",
            "#033[32m|key",
        ] {
            let (line, at) = place(text);
            assert!(left(&line, at), "{text}");
        }
    }

    #[test]
    fn a_token_may_not_begin_here() {
        for text in
            ["a|key", "_|key", "0|key", "\\|n", "%|3Dkey", "%3|Dkey", "\\u0|03dkey", "\\u003|dkey", "\\x3|dkey", "31m|key", "[31m|key"]
        {
            let (line, at) = place(text);
            assert!(!left(&line, at), "{text}");
        }
    }

    #[test]
    fn an_escape_that_begins_here_ends_there() {
        for colour in ["\x1b[", "\\x1b[", "\\x1B[", "\\u001b[", "\\u001B[", "\\e["] {
            for parameters in 0..=PARAMETERS + 1 {
                let text = format!("{colour}{}mkey", ";".repeat(parameters));
                let whole = text.len() - "key".len();
                let is_whole = parameters <= PARAMETERS;
                assert_eq!(escape_length(text.as_bytes(), 0) == whole, is_whole, "{text}");
                assert_eq!(escape_ends_at(text.as_bytes(), whole), is_whole, "{text}");
            }
        }
    }

    /// What stands between `|` is the address.
    #[test]
    fn an_address_of_a_host_is_no_part_of_a_longer_one() {
        let continues = |text: &str| {
            let (before, rest) = text.split_once('|').unwrap();
            let (address, behind) = rest.split_once('|').unwrap();
            let line = [before, address, behind].concat();
            continues_host(line.as_bytes(), Span { start: before.len(), end: before.len() + address.len() })
        };
        for text in [
            "|1.2.3.4|",
            "at |1.2.3.4|. So",
            "x.|1.2.3.4|.example.com",
            "|1.2.3.4|:80-|1.2.3.5|",
            "peer:|2001:db8::1|: gone",
            "|2001:db8:0:0:1:2:3:4|:8080",
            "|2001:db8:0:0:1:2:3:4|:54321",
            "peer:|::1|",
            "\\n|::1|",
            "mac:|00:00:5e:00:53:01|:",
            "mac-|00-00-5e-00-53-01|-lan",
            "eth0-|00:00:5e:00:53:01|-00",
        ] {
            assert!(!continues(text), "{text}");
        }
        for text in [
            "5.|1.2.3.4|",
            "|1.2.3.4|.5",
            "|2001:db8:0:0:1:2:3:4|:5:6",
            "12:|2001:db8::1|",
            "Foo|::1|",
            " :|::1|",
            ":|::1|",
            "00:|00:00:5e:00:53:01|",
            "|00:00:5e:00:53:01|:02",
            "|00-00-5E-00-53-01|-02",
        ] {
            assert!(continues(text), "{text}");
        }
    }

    #[test]
    fn a_token_ends_at_an_edge_and_not_in_an_escape() {
        for (text, may) in [
            ("key|", true),
            ("key| ", true),
            ("key|s", false),
            ("key|_", false),
            ("key|\\n", true),
            ("key\\|n", false),
            ("key|%26", true),
            ("key%|26", false),
            ("a=|b", true),
        ] {
            let (line, at) = place(text);
            assert_eq!(right(&line, at), may, "{text}");
        }
    }
}
