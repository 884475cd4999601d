//! The way back from what [`Action::Encrypt`](super::Action::Encrypt) has written.

use std::fmt;
use std::ops::AddAssign;

use super::keys::{KeyRing, Keys};
use super::token::{Decrypted, LONGEST_TOKEN, Token};
use crate::error::Error;

/// Puts encrypted values back in their places, in a stream that is cut anywhere. Every other byte stays.
///
/// A value comes back byte for byte; a bare number of JSON also loses the quotes that it got. What looks like a token of
/// a key and does not prove itself stays as it is, and is reported: its place, never what stands there.
///
/// ```
/// use logveil::{Action, Keys, Policy, Redactor, Revealer};
///
/// let keys = Keys::new("k1", "5".repeat(32).as_bytes())?;
/// let redactor = Redactor::builder().policy(Policy::default().action(Action::Encrypt)).keys(keys.clone()).build()?;
/// let masked = redactor.redact_message(b"password=hunter2");
/// let (mut revealer, mut out) = (Revealer::new(&keys)?, Vec::new());
/// revealer.push(&masked, &mut out);
/// revealer.finish(&mut out);
/// assert_eq!(out, b"password=hunter2");
/// # Ok::<(), logveil::Error>(())
/// ```
pub struct Revealer<'a> {
    keys: KeyRing,
    /// What may be part of a token whose end has not come.
    pending: Vec<u8>,
    place: Place,
    on_refused: Box<dyn FnMut(Refused) + 'a>,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Revealed {
    /// Tokens in whose place their value stands now.
    pub tokens: u64,
    /// Tokens that stay, since their value cannot be had.
    pub refused: u64,
}

impl AddAssign for Revealed {
    fn add_assign(&mut self, other: Revealed) {
        self.tokens += other.tokens;
        self.refused += other.refused;
    }
}

/// A token that stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// The line in its stream, from 1.
    pub line: u64,
    /// The byte of that line with which it begins, from 0.
    pub start: usize,
    /// Why it stays.
    pub reason: Refusal,
}

/// Why a token stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// It names a key at hand, and that key has not made it: it was changed, cut, or forged.
    Tampered,
    /// It names a key that is not at hand.
    UnknownKey,
}

impl Refusal {
    /// The reason in words.
    pub fn text(self) -> &'static str {
        match self {
            Refusal::Tampered => "its key has not made it: it was changed, cut or forged",
            Refusal::UnknownKey => "its key is not at hand",
        }
    }
}

/// The most backslashes that stand before a quote that a number got.
const DEEPEST: usize = 15;

/// A token and the quotes around it are complete if they begin so far from the end of what has come.
const HOLD: usize = LONGEST_TOKEN + 2 * (DEEPEST + 1);

impl<'a> Revealer<'a> {
    /// With these keys, whichever of them writes.
    ///
    /// # Errors
    /// When a key cannot be used.
    pub fn new(keys: &Keys) -> Result<Self, Error> {
        Ok(Revealer { keys: keys.derive(None)?, pending: Vec::new(), place: Place::default(), on_refused: Box::new(|_| {}) })
    }

    /// Reports each token that stays.
    pub fn on_refused(mut self, report: impl FnMut(Refused) + 'a) -> Self {
        self.on_refused = Box::new(report);
        self
    }

    /// Takes the next bytes and appends to `out` what is settled: complete lines at least.
    pub fn push(&mut self, input: &[u8], out: &mut Vec<u8>) -> Revealed {
        let first_new = self.pending.len();
        self.pending.extend_from_slice(input);
        let lines = memchr::memrchr(b'\n', &self.pending[first_new..]).map_or(0, |end| first_new + end + 1);
        let settled = lines.max(self.pending.len().saturating_sub(HOLD));
        // The quotes of a token that is not settled wait with it.
        let quotes = self.pending[..settled].iter().rev().take(DEEPEST + 1).take_while(|byte| b"\"\\".contains(byte)).count();
        self.reveal(settled, settled - quotes, out)
    }

    /// The stream is at its end: what was held back is revealed too. The next bytes are those of another stream.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Revealed {
        let revealed = self.reveal(self.pending.len(), self.pending.len(), out);
        self.pending.clear();
        self.place = Place::default();
        revealed
    }

    /// Reveals the tokens that begin before `settled`, and hands over what stands before `flushed`.
    fn reveal(&mut self, settled: usize, flushed: usize, out: &mut Vec<u8>) -> Revealed {
        let mut revealed = Revealed::default();
        let (mut copied, mut at) = (0, 0);
        while let Some(start) = memchr::memchr(b'[', &self.pending[at.min(settled)..settled]).map(|offset| at + offset) {
            at = start + 1;
            let Some(token) = Token::at(&self.pending[start..]) else { continue };
            let end = start + token.len();
            match self.judge(&token) {
                Some(Ok((form, value))) => {
                    revealed.tokens += 1;
                    let quotes = if form.is_bare { quotes_around(&self.pending, copied, start, end) } else { 0 };
                    out.extend_from_slice(&self.pending[copied..start - quotes]);
                    if form.is_unescaped {
                        escape(&value, out)
                    } else {
                        out.extend_from_slice(&value)
                    }
                    copied = end + quotes;
                    at = copied;
                }
                Some(Err(reason)) => {
                    revealed.refused += 1;
                    let (line, start) = self.place.of(&self.pending, start);
                    (self.on_refused)(Refused { line, start, reason });
                    at = end;
                }
                None => at = end,
            }
        }
        if copied < flushed {
            out.extend_from_slice(&self.pending[copied..flushed]);
        }
        let done = copied.max(flushed);
        self.place.pass(&self.pending, done);
        self.pending.drain(..done);
        revealed
    }

    /// The value of a token, or why it stays; nothing if there is none to have: a hash, or what looks like a token only.
    fn judge(&self, token: &Token<'_>) -> Option<Result<Decrypted, Refusal>> {
        let Some(key) = self.keys.get(token.id) else {
            return (!token.is_hash() && token.is_encrypted()).then_some(Err(Refusal::UnknownKey));
        };
        if token.is_hash() {
            return (!token.is_ours(&self.keys)).then_some(Err(Refusal::Tampered));
        }
        let value = key.decrypt(token.class, token.letters).filter(|_| token.is_closed);
        Some(value.ok_or(Refusal::Tampered))
    }
}

impl fmt::Debug for Revealer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revealer").field("keys", &self.keys).field("pending", &self.pending.len()).finish_non_exhaustive()
    }
}

/// Appends a text as it stands in a string of JSON (RFC 8259, section 7).
fn escape(text: &[u8], out: &mut Vec<u8>) {
    for &byte in text {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
}

/// The length of the quotes, with the backslashes before them, that stand on both sides of a token.
fn quotes_around(text: &[u8], from: usize, start: usize, end: usize) -> usize {
    let Some(before) = text[from..start].strip_suffix(b"\"") else { return 0 };
    let backslashes = before.iter().rev().take(DEEPEST).take_while(|&&byte| byte == b'\\').count();
    let (slashes, quote) = text[end..].split_at_checked(backslashes).unwrap_or_default();
    if slashes.iter().all(|&byte| byte == b'\\') && quote.starts_with(b"\"") { backslashes + 1 } else { 0 }
}

/// Where in the stream the bytes at hand begin.
#[derive(Debug, Default)]
struct Place {
    /// Line feeds before them, and bytes behind the last of these.
    lines: u64,
    column: usize,
    /// How many of the bytes at hand are counted.
    counted: usize,
}

impl Place {
    /// The line of a byte, from 1, and its place in it. Must not go backwards.
    fn of(&mut self, text: &[u8], at: usize) -> (u64, usize) {
        let new = &text[self.counted..at];
        self.lines += memchr::memchr_iter(b'\n', new).count() as u64;
        self.column = memchr::memrchr(b'\n', new).map_or(self.column + new.len(), |end| new.len() - end - 1);
        self.counted = at;
        (self.lines + 1, self.column)
    }

    /// So many of the bytes at hand are gone.
    fn pass(&mut self, text: &[u8], done: usize) {
        self.of(text, done);
        self.counted = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::Form;
    use super::super::{Action, Replaced, Replacements};
    use super::*;
    use crate::pack::Class;

    fn keys() -> Keys {
        Keys::new("k1", &[7; 32]).unwrap()
    }

    fn token(form: Form, value: &[u8]) -> Vec<u8> {
        let ours = Replacements::new(std::iter::empty(), &[], Some(&keys()), None).unwrap();
        let mut out = Vec::new();
        ours.write(Action::Encrypt, Replaced { rule: "r", class: Class::Secret, form }, value, &mut out);
        out
    }

    /// In reads of a length, what comes out and what is refused.
    fn reveal(text: &[u8], length: usize) -> (Vec<u8>, Vec<Refused>, Revealed) {
        let (mut out, mut refused, mut revealed) = (Vec::new(), Vec::new(), Revealed::default());
        let mut revealer = Revealer::new(&keys()).unwrap().on_refused(|token| refused.push(token));
        text.chunks(length).for_each(|chunk| revealed += revealer.push(chunk, &mut out));
        revealed += revealer.finish(&mut out);
        drop(revealer);
        (out, refused, revealed)
    }

    #[test]
    fn numbers_lose_the_quotes_that_they_got_and_texts_keep_theirs() {
        let bare = Form { is_bare: true, ..Form::default() };
        let (text, number) = (token(Form::default(), b"4111"), token(bare, b"4111"));
        for (before, inside, behind, revealed) in [
            ("{\"a\":\"", &text, "\"}", "{\"a\":\"4111\"}"),
            ("{\"a\":\"", &number, "\"}", "{\"a\":4111}"),
            ("\"{\\\"a\\\":\\\"", &number, "\\\"}\"", "\"{\\\"a\\\":4111}\""),
            ("\"{\\\"a\\\":\\\"", &number, "\"}\"", "\"{\\\"a\\\":\\\"4111\"}\""),
            ("a ", &number, " b", "a 4111 b"),
        ] {
            let masked = [before.as_bytes(), inside, behind.as_bytes()].concat();
            for length in 1..masked.len() + 1 {
                let (out, refused, counts) = reveal(&masked, length);
                assert_eq!((String::from_utf8(out).unwrap().as_str(), refused.len(), counts.tokens), (revealed, 0, 1));
            }
        }
    }

    #[test]
    fn what_lost_its_escapes_gets_them_again() {
        let value = b"a\"},{\"b\":\\\n\r\t\x01\xc3\xa9";
        let (text, number) = (Form { is_unescaped: true, ..Form::default() }, Form { is_unescaped: true, is_bare: true });
        let masked = [b"{\"m\":\"", token(text, value).as_slice(), b"\"} \\\"", &token(number, b"{\"a\":1}"), b"\\\""].concat();
        let expected = "{\"m\":\"a\\\"},{\\\"b\\\":\\\\\\n\\r\\t\\u0001\u{e9}\"} {\\\"a\\\":1}";
        assert_eq!(String::from_utf8(reveal(&masked, 7).0).unwrap(), expected);
    }

    #[test]
    fn what_is_refused_stays_and_its_place_is_told() {
        let mut tampered = token(Form::default(), b"hunter2");
        tampered[20] = b'z';
        let unknown = String::from_utf8(token(Form::default(), b"hunter2")).unwrap().replace("k1", "k9");
        let cut = &token(Form::default(), b"hunter2")[..40];
        let text =
            [b"a\nbc ", tampered.as_slice(), b" x\n", unknown.as_bytes(), b"\n  ", cut, b"\n[secret:k2:abc] [secret:k1:abcdefghijklmnop"]
                .concat();
        for length in [1, 7, 64, 1000] {
            let (out, refused, counts) = reveal(&text, length);
            assert_eq!(out, text);
            let places: Vec<(u64, usize, Refusal)> = refused.iter().map(|token| (token.line, token.start, token.reason)).collect();
            let expected = [(2, 3, Refusal::Tampered), (3, 0, Refusal::UnknownKey), (4, 2, Refusal::Tampered), (5, 16, Refusal::Tampered)];
            assert_eq!((places.as_slice(), counts.refused, counts.tokens), (&expected[..], 4, 0));
        }
    }

    #[test]
    fn the_longest_token_comes_through_any_cut() {
        let value: Vec<u8> = (0..9000).map(|at| b'!' + (at % 90) as u8).collect();
        let text = [b"x ".repeat(5000), token(Form::default(), &value), b" y ".repeat(5000)].concat();
        let expected = [b"x ".repeat(5000), value, b" y ".repeat(5000)].concat();
        for length in [1, 4096, 10_000, text.len()] {
            assert!(reveal(&text, length).0 == expected, "{length}");
        }
    }

    #[test]
    fn complete_lines_are_not_held_back() {
        let (mut revealer, mut out) = (Revealer::new(&keys()).unwrap(), Vec::new());
        revealer.push(b"one\ntwo \"", &mut out);
        assert_eq!(out, b"one\n");
    }
}
