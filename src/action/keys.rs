//! The keys of `hash` and `encrypt`, as they are given, and what is derived from each.

use std::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::Error;

/// The keys of the actions `hash` and `encrypt`: one that writes, and older ones whose tokens are still known and
/// revealed.
///
/// From each key two are derived (HKDF-SHA-256), one for hashes and one for encryption. Keys are overwritten in memory
/// when they are dropped, and no Debug shows them.
///
/// ```
/// // The text of a key file: the first key writes. `openssl rand -hex 32` makes one.
/// let text = format!("k2:{}\nk1:{}\n", "5".repeat(64), "4".repeat(64));
/// let keys = logveil::Keys::parse(text.as_bytes())?;
/// let policy = logveil::Policy::default().action(logveil::Action::Hash);
/// let redactor = logveil::Redactor::builder().policy(policy).keys(keys).build()?;
/// assert!(redactor.redact_message(b"password=hunter2").starts_with(b"password=[secret:k2:"));
/// # Ok::<(), logveil::Error>(())
/// ```
#[derive(Clone)]
pub struct Keys {
    /// The first one writes.
    keys: Vec<Key>,
}

#[derive(Clone)]
struct Key {
    /// None where the text of a lone key gives it none.
    id: Option<String>,
    secret: Zeroizing<Vec<u8>>,
}

/// The id of a key that has none of its own.
const DEFAULT_ID: &str = "k1";

impl Keys {
    /// Shortest key, in bytes: what can be searched is none.
    const SHORTEST: usize = 16;

    /// One key. Its id, 1 to 8 lower-case letters and digits, stands in what is written.
    ///
    /// # Errors
    /// When the id is none, or the key is shorter than 16 bytes.
    pub fn new(id: &str, key: &[u8]) -> Result<Self, Error> {
        Keys { keys: Vec::new() }.and(Some(id), key)
    }

    /// A further key, which writes nothing: its tokens are known as tokens, and can be revealed.
    ///
    /// # Errors
    /// As [`Keys::new`]; also when the id or the key is there already.
    pub fn with_older(self, id: &str, key: &[u8]) -> Result<Self, Error> {
        self.and(Some(id), key)
    }

    /// Parses the text of a key file: `id:key` on each line, the key that writes first; empty lines and those that
    /// begin with `#` say nothing. A lone key may stand without an id: the policy's `keys.write` is its id, or `k1`. No key
    /// has a `:` in it.
    ///
    /// # Errors
    /// When it holds no key, a line is not of that form, or a key is not as [`Keys::new`] wants it. The error names the
    /// line, never what stands there.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).zip(1..);
        let lines: Vec<(&[u8], usize)> = lines.filter(|(line, _)| !line.is_empty() && !line.starts_with(b"#")).collect();
        let mut keys = Keys { keys: Vec::new() };
        for &(line, number) in &lines {
            let place = |error: Error| error.at(format!("line {number}"));
            if !line.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ') {
                return Err(place(Error::new("a key file is text, and this is none").remedy(MAKE_ONE)));
            }
            let (id, key) = id_and_key(line);
            if id.is_none() && lines.len() > 1 {
                return Err(place(
                    Error::new("of several keys each needs an id").remedy("write `id:key`, the id of 1 to 8 lower-case letters and digits"),
                ));
            }
            if key.contains(&b':') {
                return Err(place(Error::new("what stands before the `:` is no id, or several keys are in one line").remedy(
                    "write `id:key`, the id of 1 to 8 lower-case letters and digits, and each key in its line; a key has no `:` in it",
                )));
            }
            keys = keys.and(id, key).map_err(place)?;
        }
        if keys.keys.is_empty() {
            return Err(Error::new("there is no key in it").remedy(MAKE_ONE));
        }
        Ok(keys)
    }

    fn and(mut self, id: Option<&str>, key: &[u8]) -> Result<Self, Error> {
        id.map_or(Ok(()), check_key_id)?;
        if key.len() < Self::SHORTEST {
            return Err(Error::new(format!("the key is shorter than {} bytes", Self::SHORTEST)).remedy(MAKE_ONE));
        }
        if self.keys.iter().any(|known| known.id.as_deref() == id) {
            return Err(Error::new("two keys have one id").remedy("a new key needs a new id: it tells the tokens of the two apart"));
        }
        if self.keys.iter().any(|known| *known.secret == key) {
            return Err(Error::new("one key has two ids"));
        }
        self.keys.push(Key { id: id.map(str::to_owned), secret: Zeroizing::new(key.to_vec()) });
        Ok(self)
    }

    /// What the actions work with; `write` is the id of the key that writes, where it is not the first.
    pub(super) fn derive(&self, write: Option<&str>) -> Result<KeyRing, Error> {
        let derived = self.keys.iter().map(|key| DerivedKey::new(key.id.as_deref().or(write).unwrap_or(DEFAULT_ID), &key.secret));
        let mut keys = derived.collect::<Result<Vec<_>, _>>()?;
        if let Some(write) = write {
            let at = keys.iter().position(|key| key.id == write);
            let at = at
                .ok_or_else(|| Error::new(format!("no key is called {write:?}")).remedy("the policy's keys.write names one of the keys"))?;
            keys[..=at].rotate_right(1);
        }
        Ok(KeyRing { keys })
    }
}

const MAKE_ONE: &str = "make one with `openssl rand -hex 32`";

/// `id:key`, or a key alone.
fn id_and_key(line: &[u8]) -> (Option<&str>, &[u8]) {
    let parts = line.iter().position(|&byte| byte == b':').and_then(|colon| {
        let id = std::str::from_utf8(&line[..colon]).ok().filter(|id| check_key_id(id).is_ok())?;
        Some((Some(id), line[colon + 1..].trim_ascii()))
    });
    parts.unwrap_or((None, line))
}

/// Is this a name that a key may have in what is written?
pub(crate) fn check_key_id(id: &str) -> Result<(), Error> {
    let fine = (1..=8).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if fine { Ok(()) } else { Err(Error::new("a key id is 1 to 8 lower-case letters and digits")) }
}

impl fmt::Debug for Keys {
    /// Shows the ids alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.keys.iter().map(|key| key.id.as_deref().unwrap_or_default());
        f.debug_tuple("Keys").field(&ids.collect::<Vec<_>>()).finish()
    }
}

/// Keys that the actions work with; the first one writes.
pub(crate) struct KeyRing {
    keys: Vec<DerivedKey>,
}

impl KeyRing {
    /// The key that writes.
    pub(super) fn writing(&self) -> Option<&DerivedKey> {
        self.keys.first()
    }

    /// The key with this id.
    pub(super) fn get(&self, id: &[u8]) -> Option<&DerivedKey> {
        self.keys.iter().find(|key| key.id.as_bytes() == id)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyRing").field(&self.keys.iter().map(|key| key.id.as_str()).collect::<Vec<_>>()).finish()
    }
}

/// What one key becomes: neither of the two says anything of the other, nor of the key.
pub(super) struct DerivedKey {
    pub(super) id: String,
    pub(super) hash: Hmac<Sha256>,
    /// Of AES-256 in the mode SIV: half of it authenticates, half encrypts.
    pub(super) encrypt: Zeroizing<[u8; 64]>,
}

impl DerivedKey {
    fn new(id: &str, secret: &[u8]) -> Result<Self, Error> {
        let unusable = || Error::new("the key cannot be used");
        let derive = Hkdf::<Sha256>::new(Some(b"logveil"), secret);
        let (mut hash, mut encrypt) = (Zeroizing::new([0; 32]), Zeroizing::new([0; 64]));
        // The numbers are for a day when the same key is to be used otherwise.
        derive.expand(b"hash 1", &mut *hash).map_err(|_| unusable())?;
        derive.expand(b"encrypt 1", &mut *encrypt).map_err(|_| unusable())?;
        let hash = Hmac::new_from_slice(&*hash).map_err(|_| unusable())?;
        Ok(DerivedKey { id: id.to_owned(), hash, encrypt })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str, write: Option<&str>) -> Result<Vec<String>, String> {
        let ring = Keys::parse(text.as_bytes()).and_then(|keys| keys.derive(write)).map_err(|error| error.to_string())?;
        Ok(ring.keys.into_iter().map(|key| key.id).collect())
    }

    #[test]
    fn the_first_key_writes_unless_the_policy_names_another() {
        let (one, two, three) = ("1".repeat(16), "2".repeat(16), "3".repeat(16));
        let text = format!("# keys\nk3:{three}\n\n  k2: {two} \r\nk1:{one}");
        assert_eq!(ids(&text, None).unwrap(), ["k3", "k2", "k1"]);
        assert_eq!(ids(&text, Some("k1")).unwrap(), ["k1", "k3", "k2"]);
        assert!(ids(&text, Some("k4")).unwrap_err().contains("no key is called \"k4\""));
        assert_eq!(ids(&one, None).unwrap(), ["k1"]);
        assert_eq!(ids(&one, Some("k7")).unwrap(), ["k7"]);
        for mistyped in [format!("K1:{one}"), format!("prod-1:{one}"), format!("k1:{one},k2:{two}")] {
            assert!(ids(&mistyped, None).unwrap_err().contains("line 1: what stands before the `:` is no id"), "{mistyped}");
        }
    }

    #[test]
    fn what_is_no_key_file_is_refused_without_quoting_it() {
        let long = "hunter2-".repeat(4);
        for (text, says) in [
            (String::new(), "there is no key in it"),
            ("# nothing".to_owned(), "there is no key in it"),
            ("hunter2".to_owned(), "line 1: the key is shorter than 16 bytes"),
            (format!("k1:{long}\nk2:hunter2"), "line 2: the key is shorter than 16 bytes"),
            (format!("k1:{long}\n{long}x"), "line 2: of several keys each needs an id"),
            (format!("k1:{long}\nk1:{long}x"), "line 2: two keys have one id"),
            (format!("k1:{long}\nk2:{long}"), "line 2: one key has two ids"),
            (format!("{long}\u{fc}"), "line 1: a key file is text"),
            (format!("{long}\0"), "line 1: a key file is text"),
        ] {
            let error = ids(&text, None).unwrap_err();
            assert!(error.starts_with(says) && !error.contains("hunter"), "{error}");
        }
        assert!(Keys::new("K 1", &[1; 32]).is_err() && Keys::new("k1", &[1; 15]).is_err());
    }

    #[test]
    fn keys_are_not_shown() {
        let keys = Keys::new("k2", b"0123456789abcdef0123").unwrap().with_older("k1", b"0123456789abcdef4567").unwrap();
        assert_eq!(format!("{keys:?} {:?}", keys.derive(None).unwrap()), r#"Keys(["k2", "k1"]) KeyRing(["k2", "k1"])"#);
    }

    /// RFC 5869 with these labels, computed by `openssl kdf`: what was written under a key must stay readable.
    #[test]
    fn derivation_does_not_change() {
        let ring = Keys::new("k1", &[7; 32]).unwrap().derive(None).unwrap();
        let hex: String = ring.keys[0].encrypt.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "35278373e54bdc74d5dc0db3264c8020581df9d43b9dd685f311b47265bf92ff\
             f7a4a86468deed13d2d70151836cf0b37d1a0d99be20dfae9a0f1764272f2936"
        );
    }
}
