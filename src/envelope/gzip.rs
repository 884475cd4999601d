//! Gzip members, inflated up to a limit.

use std::io::{self, Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

/// The bytes that a member of gzip begins with: magic and deflate, the only method there is.
pub(super) const MAGIC: &[u8] = &[0x1f, 0x8b, 8];

/// Whether some bytes are gzip, or were it once.
pub(super) fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC[..2])
}

/// The bytes of gzip that is written in base64, and is all of a text. Shorter than the least member of gzip it is a word that
/// begins so.
pub(super) fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    const BEGINNING: &[u8] = b"H4sI";
    const LEAST: usize = 20;
    let bytes = text.starts_with(BEGINNING).then(|| STANDARD.decode(text).ok()).flatten()?;
    (bytes.len() >= LEAST).then_some(bytes)
}

/// What became of a member.
pub(super) enum Member {
    /// Its content, and how many bytes it took.
    Whole(Vec<u8>, usize),
    /// Its end is not there.
    Cut,
    /// It is not gzip, as so many bytes tell.
    Damaged(usize),
    /// It holds more than the limit, and so many bytes are enough for that.
    TooLarge(usize),
}

/// Inflates the first member of `bytes`, and takes what it holds off the limit.
pub(super) fn inflate(bytes: &[u8], limit: &mut usize) -> Member {
    let mut content = Vec::with_capacity(length_hint(bytes).min(*limit));
    let mut decoder = GzDecoder::new(bytes);
    let end = (&mut decoder).take(*limit as u64 + 1).read_to_end(&mut content);
    let room = limit.checked_sub(content.len());
    *limit = room.unwrap_or(0);
    let looked = bytes.len() - decoder.into_inner().len();
    match end {
        _ if room.is_none() => Member::TooLarge(looked),
        Ok(_) => Member::Whole(content, looked),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Member::Cut,
        Err(_) => Member::Damaged(looked),
    }
}

/// How long the content may be: what the last bytes say, if that is possible at all. No page of it is touched before it is
/// written, and one that were too small would be copied.
fn length_hint(bytes: &[u8]) -> usize {
    const MOST: usize = 1032;
    let said = bytes.last_chunk().map_or(0, |&said| u32::from_le_bytes(said) as usize);
    if (bytes.len()..=bytes.len().saturating_mul(MOST)).contains(&said) { said } else { bytes.len() * 4 }
}

/// Whether a member holds bytes beside its content: a name, a comment, an extra field.
pub(super) fn has_more_than_content(member: &[u8]) -> bool {
    const FLAGS: usize = 3;
    member.get(FLAGS) != Some(&0)
}

/// Appends a member with this content.
pub(super) fn deflate(content: &[u8], level: u32, out: &mut Vec<u8>) {
    let size = out.len();
    let mut encoder = GzEncoder::new(&mut *out, Compression::new(level));
    let written = encoder.write_all(content).and_then(|()| encoder.finish().map(drop));
    if written.is_err() {
        // A Vec takes everything; were it not so, half a member would be worse than none.
        out.truncate(size);
    }
}

/// How much is compressed at a time.
pub(super) const BLOCK: usize = 64 << 10;

/// Makes a member of what comes bit by bit, unless it turns out to be what was there before: then nothing is written, since
/// nothing takes as long as compressing.
pub(super) struct Press<'c, 'o> {
    before: &'c [u8],
    /// How much has come that is the same.
    same: usize,
    level: u32,
    state: State<'o>,
}

enum State<'o> {
    Same(&'o mut Vec<u8>),
    Changed(Box<GzEncoder<&'o mut Vec<u8>>>),
    /// That cannot be: a Vec takes everything.
    Failed,
}

impl<'c, 'o> Press<'c, 'o> {
    pub(super) fn new(before: &'c [u8], level: u32, out: &'o mut Vec<u8>) -> Self {
        Press { before, same: 0, level, state: State::Same(out) }
    }

    /// Takes what comes next, and leaves it empty.
    pub(super) fn take(&mut self, content: &mut Vec<u8>) {
        let is_same = matches!(self.state, State::Same(_)) && self.before[self.same..].starts_with(content);
        if is_same {
            self.same += content.len();
        } else {
            self.write(content);
        }
        content.clear();
    }

    /// Ends the member. Says whether the content has changed, or there `is_more` to drop. A change to nothing makes none.
    pub(super) fn finish(mut self, is_more: bool) -> bool {
        let is_whole = self.same == self.before.len();
        if matches!(self.state, State::Same(_)) {
            if is_whole && !is_more {
                return false;
            }
            if self.same > 0 || is_whole {
                self.write(&[]);
            }
        }
        if let State::Changed(encoder) = self.state {
            // It writes to a Vec.
            let _ = encoder.finish();
        }
        true
    }

    fn write(&mut self, content: &[u8]) {
        let mut encoder = match std::mem::replace(&mut self.state, State::Failed) {
            State::Same(out) => {
                let mut encoder = Box::new(GzEncoder::new(out, Compression::new(self.level)));
                if encoder.write_all(&self.before[..self.same]).is_err() {
                    return;
                }
                encoder
            }
            State::Changed(encoder) => encoder,
            State::Failed => return,
        };
        if encoder.write_all(content).is_ok() {
            self.state = State::Changed(encoder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_ends_where_it_ends() {
        let mut bytes = Vec::new();
        deflate(b"one", 9, &mut bytes);
        let first = bytes.len();
        deflate(b"two", 0, &mut bytes);
        let Member::Whole(content, length) = inflate(&bytes, &mut 3) else { panic!() };
        assert_eq!((content.as_slice(), length), (&b"one"[..], first));
        assert!((0..first).all(|cut| matches!(inflate(&bytes[..cut], &mut 3), Member::Cut)));
        assert!(!has_more_than_content(&bytes));
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let mut bytes = Vec::new();
        deflate(&vec![b'0'; 1 << 24], 9, &mut bytes);
        let mut limit = 1 << 16;
        assert!(matches!(inflate(&bytes, &mut limit), Member::TooLarge(_)));
        assert_eq!(limit, 0);
        assert!(matches!(inflate(&bytes, &mut (1 << 24)), Member::Whole(..)));
    }

    #[test]
    fn what_comes_as_it_was_makes_no_member() {
        let press = |before: &str, parts: &[&str], is_more| {
            let mut out = b"out".to_vec();
            let mut press = Press::new(before.as_bytes(), 6, &mut out);
            parts.iter().for_each(|part| press.take(&mut part.as_bytes().to_vec()));
            press.finish(is_more).then(|| out.split_off(3))
        };
        let member = |content: &str| {
            let mut out = Vec::new();
            deflate(content.as_bytes(), 6, &mut out);
            Some(out)
        };
        assert_eq!(press("onetwo", &["one", "two"], false), None);
        assert_eq!(press("onetwo", &["one", "two"], true), member("onetwo"));
        assert_eq!(press("onetwo", &["one", "x", "y"], false), member("onexy"));
        assert_eq!(press("onetwo", &["one"], false), member("one"));
        assert_eq!(press("onetwo", &[], false), Some(Vec::new()));
        assert_eq!(press("", &[], true), member(""));
    }
}
