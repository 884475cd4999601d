//! `[class:key-id:letters]`: what a key makes of a value, and how that proves itself.
//!
//! Letters alone, so that no token looks like a number or holds a byte that some syntax minds. A hash has 16 of them, what
//! is encrypted twice as many as it has bytes, 32 and more.

use aes_siv::siv::Aes256Siv;
use hmac::{KeyInit, Mac};
use zeroize::Zeroizing;

use super::keys::{DerivedKey, KeyRing};
use crate::pack::Class;

/// Letters of a hash that are the value's, and those that prove that the hash is ours.
const HASH: usize = 12;
const PROOF: usize = 4;

/// Bytes of the tag that encryption puts before the value.
const TAG: usize = 16;

/// Longer values become several tokens: one that the edge of a piece of a long line cuts would not be known again.
const LONGEST_VALUE: usize = 4096;

/// How many letters such a token has.
pub(super) const LONGEST_LETTERS: usize = 2 * (TAG + LONGEST_VALUE);

/// The longest token, with the longest class and key id.
pub(super) const LONGEST_TOKEN: usize = LONGEST_LETTERS + 24;

/// How a value stood in the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    /// As a bare number of JSON or the like, which got quotes.
    pub(crate) is_bare: bool,
    /// In a string of JSON whose escapes were undone, and are made again behind it: those of the value are to be made too.
    pub(crate) is_unescaped: bool,
}

impl Form {
    const ALL: [Form; 4] = [
        Form { is_bare: false, is_unescaped: false },
        Form { is_bare: true, is_unescaped: false },
        Form { is_bare: false, is_unescaped: true },
        Form { is_bare: true, is_unescaped: true },
    ];

    fn name(self) -> &'static [u8] {
        match (self.is_bare, self.is_unescaped) {
            (false, false) => b"text",
            (true, false) => b"number",
            (false, true) => b"unescaped text",
            (true, true) => b"unescaped number",
        }
    }
}

/// A value that was encrypted, and how it stood in the line.
pub(super) type Decrypted = (Form, Zeroizing<Vec<u8>>);

/// A token, taken apart: `[class:key-id:letters`, whatever stands behind it.
pub(super) struct Token<'t> {
    pub(super) class: Class,
    pub(super) id: &'t [u8],
    pub(super) letters: &'t [u8],
    /// Whether a bracket closes it.
    pub(super) is_closed: bool,
}

impl<'t> Token<'t> {
    /// The token that `text` begins with.
    pub(super) fn at(text: &'t [u8]) -> Option<Self> {
        let inner = text.strip_prefix(b"[")?;
        let class = Class::ALL.into_iter().find(|class| inner.starts_with(class.name().as_bytes()))?;
        let rest = inner[class.name().len()..].strip_prefix(b":")?;
        let id = run(rest, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit(), 8);
        let rest = rest[id.len()..].strip_prefix(b":").filter(|_| !id.is_empty())?;
        let letters = run(rest, u8::is_ascii_lowercase, LONGEST_LETTERS + 1);
        Some(Token { class, id, letters, is_closed: rest.get(letters.len()) == Some(&b']') })
    }

    /// How many bytes it has, with its brackets.
    pub(super) fn len(&self) -> usize {
        1 + self.class.name().len() + 1 + self.id.len() + 1 + self.letters.len() + usize::from(self.is_closed)
    }

    /// Whether one of the keys has made it.
    pub(super) fn is_ours(&self, keys: &KeyRing) -> bool {
        let Some(key) = keys.get(self.id).filter(|_| self.is_closed) else { return false };
        if self.is_hash() { key.has_hashed(self.class, self.letters) } else { key.decrypt(self.class, self.letters).is_some() }
    }

    /// Whether it has the letters of an encrypted value, of whichever key.
    pub(super) fn is_encrypted(&self) -> bool {
        bytes_of(self.letters).is_some()
    }

    /// Whether it is of the length of a hash.
    pub(super) fn is_hash(&self) -> bool {
        self.letters.len() == HASH + PROOF
    }
}

fn run(text: &[u8], is_in: impl Fn(&u8) -> bool, longest: usize) -> &[u8] {
    &text[..text.iter().take(longest).take_while(|byte| is_in(byte)).count()]
}

impl DerivedKey {
    /// Appends the hash of a value.
    pub(super) fn write_hash(&self, class: Class, value: &[u8], out: &mut Vec<u8>) {
        let mut letters = [0; HASH];
        self.fill(&[b"value", class.name().as_bytes(), value], &mut letters);
        self.write(class, &[letters.as_slice(), &self.proof(class, &letters)], out);
    }

    /// Appends the value, encrypted; says whether it could be.
    pub(super) fn write_encrypted(&self, class: Class, form: Form, value: &[u8], out: &mut Vec<u8>) -> bool {
        let length = out.len();
        for part in value.chunks(LONGEST_VALUE) {
            let encrypted = self.siv().and_then(|mut siv| siv.encrypt(self.headers(class, form), part).ok());
            let Some(encrypted) = encrypted else {
                out.truncate(length);
                return false;
            };
            self.write(class, &[&letters_of(&encrypted)], out);
        }
        true
    }

    fn write(&self, class: Class, letters: &[&[u8]], out: &mut Vec<u8>) {
        for part in [b"[", class.name().as_bytes(), b":", self.id.as_bytes(), b":"].iter().chain(letters).chain(&[b"]".as_slice()]) {
            out.extend_from_slice(part);
        }
    }

    /// Whether these letters are a hash that this key has made.
    fn has_hashed(&self, class: Class, letters: &[u8]) -> bool {
        letters.split_at_checked(HASH).is_some_and(|(hash, proof)| self.proof(class, hash) == proof)
    }

    /// The value that these letters stand for, if this key has encrypted it.
    pub(super) fn decrypt(&self, class: Class, letters: &[u8]) -> Option<Decrypted> {
        let encrypted = bytes_of(letters)?;
        let decrypted = |form| self.siv()?.decrypt(self.headers(class, form), &encrypted).ok().map(|value| (form, Zeroizing::new(value)));
        Form::ALL.into_iter().find_map(decrypted)
    }

    fn siv(&self) -> Option<Aes256Siv> {
        Aes256Siv::new_from_slice(self.encrypt.as_slice()).ok()
    }

    /// What is authenticated beside the value.
    fn headers(&self, class: Class, form: Form) -> [&[u8]; 3] {
        [class.name().as_bytes(), self.id.as_bytes(), form.name()]
    }

    fn proof(&self, class: Class, hash: &[u8]) -> [u8; PROOF] {
        let mut proof = [0; PROOF];
        self.fill(&[b"proof", class.name().as_bytes(), hash], &mut proof);
        proof
    }

    /// HMAC over the parts, each with its length, in base 26.
    fn fill(&self, parts: &[&[u8]], letters: &mut [u8]) {
        let mut mac = self.hash.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        let digest = mac.finalize().into_bytes();
        // 16 bytes give 27 letters, more than are asked for.
        let mut number = digest.iter().take(16).fold(0u128, |number, &byte| number << 8 | u128::from(byte));
        for letter in letters {
            *letter = b'a' + (number % 26) as u8;
            number /= 26;
        }
    }
}

/// Two letters from `a` to `p` for each byte: base 16, without its digits.
fn letters_of(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| [b'a' + (byte >> 4), b'a' + (byte & 15)]).collect()
}

/// None if these are no such letters, or too few for an encrypted value.
fn bytes_of(letters: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = letters.as_chunks::<2>();
    let half = |letter: u8| letter.checked_sub(b'a').filter(|half| *half < 16);
    let byte = |&[high, low]: &[u8; 2]| Some(half(high)? << 4 | half(low)?);
    if !rest.is_empty() || pairs.len() < TAG { None } else { pairs.iter().map(byte).collect() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::keys::Keys;
    use super::*;

    fn ring(byte: u8) -> KeyRing {
        Keys::new("k1", &[byte; 32]).unwrap().derive(None).unwrap()
    }

    fn encrypted(keys: &KeyRing, class: Class, form: Form, value: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        assert!(keys.writing().unwrap().write_encrypted(class, form, value, &mut out));
        out
    }

    #[test]
    fn letters_are_bytes() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(bytes_of(&letters_of(&bytes)).unwrap(), bytes);
        assert_eq!((bytes_of(b"ab"), bytes_of(&[b'a'; 33]), bytes_of(&[b'q'; 32])), (None, None, None));
    }

    #[test]
    fn long_values_are_several_tokens() {
        let keys = ring(1);
        let text = encrypted(&keys, Class::Secret, Form::default(), &[b'x'; LONGEST_VALUE + 1]);
        let (mut rest, mut lengths) = (text.as_slice(), Vec::new());
        while let Some(token) = Token::at(rest) {
            assert!(token.is_ours(&keys) && token.len() <= LONGEST_TOKEN);
            lengths.push(token.letters.len());
            rest = &rest[token.len()..];
        }
        assert_eq!((lengths, rest.len()), (vec![LONGEST_LETTERS, 34], 0));
    }

    #[test]
    fn what_is_encrypted_depends_on_all_that_it_is_bound_to() {
        let of = |byte, class, form| encrypted(&ring(byte), class, form, b"hunter2");
        let text = Form::default();
        let first = of(1, Class::Secret, text);
        assert_eq!(first, of(1, Class::Secret, text));
        let forms = Form::ALL.into_iter().filter(|form| *form != text).map(|form| of(1, Class::Secret, form));
        for other in [of(2, Class::Secret, text), of(1, Class::Health, text)].into_iter().chain(forms) {
            assert_ne!(first[first.len() - 40..], other[other.len() - 40..]);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_encrypted_comes_back(value: Vec<u8>, form in prop::sample::select(Form::ALL.to_vec())) {
            let keys = ring(1);
            let text = encrypted(&keys, Class::Bank, form, &[&value[..], b"!"].concat());
            let token = Token::at(&text).unwrap();
            prop_assert_eq!(token.len(), text.len());
            prop_assert!(token.is_ours(&keys) && !token.is_ours(&ring(2)));
            let (found, decrypted) = keys.writing().unwrap().decrypt(token.class, token.letters).unwrap();
            prop_assert_eq!((found, decrypted.strip_suffix(b"!")), (form, Some(&value[..])));
        }

        /// No letter can be changed, none taken away or added, and no class can be put in the place of another.
        #[test]
        fn what_is_tampered_with_is_not_ours(value in "[a-z0-9]{1,40}", at: prop::sample::Index, letter in b'a'..=b'z', cut in 1usize..8) {
            let keys = ring(1);
            let text = encrypted(&keys, Class::Identity, Form::default(), value.as_bytes());
            let first = "[identity:k1:".len();
            let mut changed = text.clone();
            changed[first + at.index(text.len() - first - 1)] = letter;
            prop_assert_eq!(Token::at(&changed).unwrap().is_ours(&keys), changed == text);
            let shorter = [&text[..text.len() - 1 - cut], b"]"].concat();
            prop_assert!(!Token::at(&shorter).unwrap().is_ours(&keys));
            let other = [b"[contact:k1:", &text[first..]].concat();
            prop_assert!(!Token::at(&other).unwrap().is_ours(&keys));
        }
    }
}
