//! What happens to a finding, and the grammar of what stands in its place.

use std::collections::HashSet;
use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

use crate::error::Error;
use crate::pack::Class;
use crate::scan::Span;

/// What is done to the bytes of a finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// `[REDACTED:rule-id]` in its place.
    #[default]
    Replace,
    /// Stars in its place, of the same length; see [`Mask`].
    Mask(Mask),
    /// `[class:key-id:letters]`: an HMAC-SHA-256 under a key, the same for the same value of a class, so that a
    /// value can be followed through the logs without being known.
    Hash,
    /// Nothing in its place.
    Remove,
    /// Counted and reported, not changed. Does not uncover what another rule masks.
    Keep,
}

/// How much [`Action::Mask`] lets through: never more than a quarter of the value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mask {
    /// How many of the first bytes stay.
    pub first: usize,
    /// How many of the last bytes stay.
    pub last: usize,
    /// Whether the domain of a mail address stays.
    pub domain: bool,
}

impl Action {
    /// The action with this name and its default settings.
    ///
    /// # Errors
    /// When there is none.
    pub fn parse(name: &str) -> Result<Self, Error> {
        match name {
            "replace" => Ok(Action::Replace),
            "mask" => Ok(Action::Mask(Mask::default())),
            "hash" => Ok(Action::Hash),
            "remove" => Ok(Action::Remove),
            "keep" => Ok(Action::Keep),
            _ => Err(Error::new("no such action").remedy("replace, mask, hash, remove or keep")),
        }
    }
}

/// The key of [`Action::Hash`]. Its Debug shows the key's id alone.
#[derive(Clone)]
pub(crate) struct HashKey {
    id: String,
    mac: Hmac<Sha256>,
}

impl HashKey {
    /// Shortest key: that of the hash itself would be 32, and less than 16 bytes can be searched.
    const SHORTEST: usize = 16;
    /// Letters of a token that are the value's, and those that prove that the token is ours.
    const LETTERS: usize = 12;
    const PROOF: usize = 4;

    pub(crate) fn new(id: &str, key: &[u8]) -> Result<Self, Error> {
        check_key_id(id)?;
        if key.len() < Self::SHORTEST {
            return Err(
                Error::new(format!("the key is shorter than {} bytes", Self::SHORTEST)).remedy("make one with `openssl rand -hex 32`")
            );
        }
        let mac = Hmac::new_from_slice(key).map_err(|_| Error::new("the key cannot be used"))?;
        Ok(HashKey { id: id.to_owned(), mac })
    }

    /// The letters for a value: a keyed hash and a keyed proof that these letters are a hash of ours.
    fn letters(&self, class: Class, value: &[u8]) -> [u8; Self::LETTERS + Self::PROOF] {
        let mut token = [0; Self::LETTERS + Self::PROOF];
        let (letters, proof) = token.split_at_mut(Self::LETTERS);
        self.fill(&[b"value", class.name().as_bytes(), value], letters);
        self.fill(&[b"proof", class.name().as_bytes(), letters], proof);
        token
    }

    fn is_ours(&self, class: Class, token: &[u8]) -> bool {
        let Some((letters, proof)) = token.split_at_checked(Self::LETTERS) else { return false };
        let mut expected = [0; Self::PROOF];
        self.fill(&[b"proof", class.name().as_bytes(), letters], &mut expected);
        proof == expected
    }

    /// HMAC over the parts, each with its length, in base 26.
    fn fill(&self, parts: &[&[u8]], letters: &mut [u8]) {
        let mut mac = self.mac.clone();
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

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HashKey({})", self.id)
    }
}

/// Is this a name that a key may have in what is written?
pub(crate) fn check_key_id(id: &str) -> Result<(), Error> {
    let fine = (1..=8).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if fine { Ok(()) } else { Err(Error::new("a key id is 1 to 8 lower-case letters and digits")) }
}

const OPEN: &[u8] = b"[REDACTED:";

/// Writes replacements and knows them again.
///
/// `[REDACTED:id]` with an id that exists, or `[class:key-id:letters]` whose letters prove themselves under the key
/// at hand. Whatever else looks like one may hide a value and is text like any other.
#[derive(Debug, Default)]
pub(crate) struct Replacements {
    ids: HashSet<Vec<u8>>,
    key: Option<HashKey>,
}

impl Replacements {
    pub(crate) fn new(ids: impl Iterator<Item = String>, key: Option<HashKey>) -> Self {
        Replacements { ids: ids.map(String::into_bytes).collect(), key }
    }

    /// What every replacement begins with: the one or the other.
    pub(crate) fn beginnings() -> Vec<String> {
        let hashes = Class::ALL.into_iter().map(|class| format!("[{class}:"));
        hashes.chain(std::iter::once(String::from_utf8_lossy(OPEN).into_owned())).collect()
    }

    /// Appends where earlier replacements stand.
    pub(crate) fn find(&self, line: &[u8], out: &mut Vec<Span>) {
        for start in memchr::memchr_iter(b'[', line) {
            if let Some(length) = self.length(&line[start..]) {
                out.push(Span { start, end: start + length });
            }
        }
    }

    /// The length of the replacement that `text` begins with.
    fn length(&self, text: &[u8]) -> Option<usize> {
        const LONGEST: usize = 96;
        if !matches!(text.get(1)?, b'R' | b's' | b'b' | b'i' | b'c' | b'h' | b'n') {
            return None;
        }
        let close = text.iter().take(LONGEST).position(|&byte| byte == b']')?;
        let known = match text.get(OPEN.len()..close) {
            Some(id) if text.starts_with(OPEN) => self.ids.contains(id),
            _ => self.is_hash(&text[1..close]),
        };
        known.then_some(close + 1)
    }

    fn is_hash(&self, inner: &[u8]) -> bool {
        let Some(key) = &self.key else { return false };
        let mut parts = inner.split(|&byte| byte == b':');
        let (Some(class), Some(id), Some(token), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else { return false };
        let class = Class::ALL.into_iter().find(|known| known.name().as_bytes() == class);
        id == key.id.as_bytes() && class.is_some_and(|class| key.is_ours(class, token))
    }

    /// Appends what stands in place of `value`.
    pub(crate) fn write(&self, action: Action, rule: &str, class: Class, value: &[u8], out: &mut Vec<u8>) {
        match (action, &self.key) {
            (Action::Mask(mask), _) => mask.write(class, value, out),
            (Action::Remove, _) => {}
            (Action::Keep, _) => out.extend_from_slice(value),
            (Action::Hash, Some(key)) => {
                out.push(b'[');
                out.extend_from_slice(class.name().as_bytes());
                out.push(b':');
                out.extend_from_slice(key.id.as_bytes());
                out.push(b':');
                out.extend_from_slice(&key.letters(class, value));
                out.push(b']');
            }
            // A hash without a key is refused when the redactor is built; were it not, this would still hide.
            (Action::Replace | Action::Hash, _) => {
                out.extend_from_slice(OPEN);
                out.extend_from_slice(rule.as_bytes());
                out.push(b']');
            }
        }
    }
}

impl Mask {
    fn write(self, class: Class, value: &[u8], out: &mut Vec<u8>) {
        let domain = if self.domain && class == Class::Contact { domain(value) } else { value.len() };
        let local = &value[..domain];
        // Escapes and bytes outside ASCII stay hidden: half of one would be neither text nor JSON.
        let plain = local.iter().all(|byte| byte.is_ascii_graphic() && !b"\\%\"'".contains(byte));
        let budget = if plain { local.len() / 4 } else { 0 };
        let first = self.first.min(budget);
        let last = if domain < value.len() { 0 } else { self.last.min(budget - first) };
        out.extend_from_slice(&local[..first]);
        out.resize(out.len() + local.len() - first - last, b'*');
        out.extend_from_slice(&local[local.len() - last..]);
        out.extend_from_slice(&value[domain..]);
    }
}

/// Where `@domain` begins in a mail address, or the end if this is none.
fn domain(value: &[u8]) -> usize {
    let at = memchr::memrchr(b'@', value).filter(|&at| at > 0);
    let plain = |domain: &[u8]| !domain.is_empty() && domain.iter().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte));
    at.filter(|&at| plain(&value[at + 1..])).unwrap_or(value.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(replacements: &Replacements, action: Action, value: &str) -> String {
        let mut out = Vec::new();
        replacements.write(action, "some-rule", Class::Contact, value.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    fn keyed(key: &[u8]) -> Replacements {
        Replacements::new(["some-rule".to_owned()].into_iter(), Some(HashKey::new("k1", key).unwrap()))
    }

    #[test]
    fn what_is_written_is_known_again_and_what_is_forged_is_not() {
        let ours = keyed(&[7; 32]);
        let mut spans = Vec::new();
        for action in [Action::Replace, Action::Hash] {
            let text = format!("a {} b", written(&ours, action, "bob@example.com"));
            spans.clear();
            ours.find(text.as_bytes(), &mut spans);
            assert_eq!(spans, [Span { start: 2, end: text.len() - 2 }], "{text}");
        }
        spans.clear();
        for forged in [
            "[REDACTED:hunter2]",
            "[contact:k1:abcdefghijklmnop]",
            "[REDACTED:",
            "[REDACTED:some-rule",
            "[contact:k1:abc]",
            "[contact:k1:]",
        ] {
            ours.find(forged.as_bytes(), &mut spans);
            assert!(spans.is_empty(), "{forged}");
        }
        keyed(&[8; 32]).find(written(&ours, Action::Hash, "x").as_bytes(), &mut spans);
        assert!(spans.is_empty());
    }

    #[test]
    fn a_hash_depends_on_value_class_and_key() {
        let hash = |key: u8, value: &str| written(&keyed(&[key; 32]), Action::Hash, value);
        assert_eq!(hash(7, "x"), hash(7, "x"));
        assert_ne!(hash(7, "x"), hash(7, "y"));
        assert_ne!(hash(7, "x"), hash(8, "x"));
    }

    #[test]
    fn a_mask_shows_a_quarter_at_most() {
        let none = Replacements::default();
        let mask = |first, last, domain, value| written(&none, Action::Mask(Mask { first, last, domain }), value);
        assert_eq!(mask(0, 4, false, "4111111111111111"), "************1111");
        assert_eq!(mask(4, 4, false, "abcdefgh"), "ab******");
        assert_eq!(mask(1, 9, true, "robertson@example.com"), "r********@example.com");
        assert_eq!(mask(9, 9, false, "abc"), "***");
        assert_eq!(mask(0, 4, false, "abcdefghijklmno\\\""), "*****************");
    }

    #[test]
    fn keys_are_not_shown() {
        let debug = format!("{:?}", HashKey::new("k1", b"0123456789abcdef0123").unwrap());
        assert_eq!(debug, "HashKey(k1)");
        assert!(HashKey::new("k1", b"short").is_err() && HashKey::new("K 1", &[1; 32]).is_err());
    }
}
