//! Values without quotes that hold spaces, where the fields around them say where they end: connection strings
//! (`;Password=a b;Encrypt=`), maps (`{user=x, password=a, b}`), PHP's dumps (`[password] => a b [port] => 1`).

use super::{KEY, is_key_byte, key_length, skip_spaces};

/// No such value is longer, and no bracket opens further before its key.
const LONGEST: usize = 256;

/// What ends the field that a key begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// A semicolon that another option follows or nothing. With a space between, if there is one before the key.
    Semicolon { spaced: bool },
    /// A comma and the next key, or the bracket that closes this one.
    Bracket { open: u8, colon: bool },
    /// The next key in square brackets.
    Square,
}

impl Field {
    /// The field whose key begins at `key` and whose value begins behind a separator, if anything limits it.
    pub(super) fn around(line: &[u8], key: usize, colon: bool, spaced: bool) -> Option<Field> {
        let before = &line[..key];
        match before {
            [.., b';', b' '] if !colon => Some(Field::Semicolon { spaced: true }),
            [.., b';'] if !colon => Some(Field::Semicolon { spaced: false }),
            // Go's `{Password:x Port:1}` ends its fields with spaces.
            [.., open @ (b'{' | b'[')] if spaced || !colon => Some(Field::Bracket { open: *open, colon }),
            [.., before, b'('] if !colon && is_key_byte(*before) => Some(Field::Bracket { open: b'(', colon }),
            [.., b','] | [.., b',', b' '] if spaced || !colon => {
                open_bracket(line, key).filter(|&open| !colon || open == b'{').map(|open| Field::Bracket { open, colon })
            }
            [] | [.., b'"' | b'\''] if !colon => Some(Field::Semicolon { spaced: false }),
            _ => None,
        }
    }

    /// Where the value ends that begins at `start` and whose first word ends at `bare`, if it goes on behind that.
    pub(super) fn end(self, line: &[u8], start: usize, bare: usize) -> Option<usize> {
        let &next = line.get(bare)?;
        let goes_on = match self {
            Field::Bracket { colon, .. } => next == b' ' || (next == b',' && !colon),
            Field::Semicolon { .. } | Field::Square => next == b' ',
        };
        if !goes_on || bare == start {
            return None;
        }
        let text = &line[..line.len().min(start + LONGEST)];
        let mut depth = 0;
        for at in bare..text.len() {
            let byte = text[at];
            let ends = match (self, byte) {
                (_, 0..=0x1f | b'"' | b'`') => return None,
                // Another field, which no comma parts from this one.
                (Field::Semicolon { .. } | Field::Bracket { .. }, b' ') if depth == 0 && names_field(line, at + 1, false) => return None,
                (Field::Semicolon { spaced }, b';') => option_follows(line, at + 1, spaced),
                (Field::Bracket { colon, .. }, b',') => names_field(line, skip_spaces(line, at + 1), colon),
                (Field::Bracket { .. }, b'{' | b'[' | b'(') => {
                    depth += 1;
                    false
                }
                (Field::Bracket { open, .. }, b'}' | b']' | b')') => {
                    depth -= 1;
                    depth < 0 && closes(open, byte)
                }
                (Field::Square, b' ') => square_follows(line, at + 1),
                _ => false,
            };
            if ends {
                return Some(bare.max(start + line[start..at].trim_ascii_end().len()));
            }
            depth = depth.max(0);
        }
        None
    }
}

fn closes(open: u8, close: u8) -> bool {
    matches!((open, close), (b'{', b'}') | (b'[', b']') | (b'(', b')'))
}

/// The bracket before `at` that nothing has closed yet, if a field stands right behind it.
fn open_bracket(line: &[u8], at: usize) -> Option<u8> {
    let mut depth = 0;
    let floor = at.saturating_sub(LONGEST);
    for place in (floor..at).rev() {
        match line[place] {
            b'}' | b']' | b')' => depth += 1,
            open @ (b'{' | b'[' | b'(') => {
                if depth == 0 {
                    // `CMD (A=1 sh -c x)` is a remark in brackets.
                    if open == b'(' && (place == 0 || !is_key_byte(line[place - 1])) {
                        return None;
                    }
                    let first = skip_spaces(line, place + 1);
                    return (names_field(line, first, false) || names_field(line, first, true)).then_some(open);
                }
                depth -= 1;
            }
            _ => {}
        }
    }
    None
}

/// A key and its separator: `port=1`, with `colon` also `port: 1`.
fn names_field(line: &[u8], at: usize, colon: bool) -> bool {
    let name = key_length(line, at);
    let begins = line.get(at).is_some_and(u8::is_ascii_alphabetic);
    begins
        && match line.get(at + name) {
            Some(b'=') => line.get(at + name + 1).is_none_or(|&byte| byte != b'='),
            Some(b':') => colon && line.get(at + name + 1).is_some_and(|&byte| byte == b' '),
            _ => false,
        }
}

/// Does a semicolon before `at` end an option: is that the end, or is there another one (`User Id=`)?
pub(super) fn option_follows(line: &[u8], at: usize, spaced: bool) -> bool {
    const WORDS: usize = 3;
    if line.get(at).is_none_or(|byte| b"\"'`".contains(byte)) {
        return true;
    }
    let mut at = if spaced { skip_spaces(line, at) } else { at };
    for _ in 0..WORDS {
        let word = key_length(line, at);
        match line.get(at + word) {
            Some(b'=') if word > 0 => return true,
            Some(b' ') if word > 0 => at += word + 1,
            _ => return false,
        }
    }
    line.get(at) == Some(&b'=')
}

/// `[port] =>`, or the bracket that closes an array of PHP.
fn square_follows(line: &[u8], at: usize) -> bool {
    let at = skip_spaces(line, at);
    match line.get(at) {
        Some(b')') => true,
        Some(b'[') => {
            let name = line[at + 1..].iter().take(KEY).take_while(|&&byte| is_key_byte(byte) || byte == b':').count();
            line[at + 1 + name..].starts_with(b"] =>")
        }
        _ => false,
    }
}

/// `{a;b}`: braces are the quotes of ODBC and JDBC. The text in them, `}` written twice, and what is behind it.
pub(super) fn in_braces(line: &[u8], key: usize, at: usize) -> Option<(usize, usize, usize)> {
    let is_option = key > 0 && b"; ".contains(&line[key - 1]);
    if line.get(at) != Some(&b'{')
        || line.get(at + 1).is_none_or(|byte| b"\"'{".contains(byte))
        || (!is_option && names_field(line, at + 1, true))
    {
        return None;
    }
    let text = &line[..line.len().min(at + LONGEST)];
    let mut from = at + 1;
    loop {
        let close = from + memchr::memchr(b'}', &text[from..])?;
        match line.get(close + 1) {
            Some(b'}') => from = close + 2,
            None | Some(b';' | b'"' | b'\'') => return Some((at + 1, close, close + 1)),
            _ => return None,
        }
    }
}
