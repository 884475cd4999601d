//! Gzip members, inflated up to a limit.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

/// The bytes that a member of gzip begins with: magic and deflate, the only method there is.
pub(super) const MAGIC: &[u8] = &[0x1f, 0x8b, 8];

/// Whether some bytes are gzip, or were it once.
pub(super) fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC[..2])
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
    let mut content = Vec::with_capacity((bytes.len() * 4).min(*limit));
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
}
