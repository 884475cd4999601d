//! Keys in text encodings that carry a checksum of their own: base58check and bech32.

use sha2::{Digest, Sha256};

use super::Verdict;

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// The alphabet of bech32, lower-case.
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// As long as an extended key, 78 bytes and the checksum, and a little more.
const LONGEST: usize = 96;

/// `base58check`: the last four bytes are those that SHA-256, twice, makes of the bytes before them (Bitcoin wiki, "Base58Check
/// encoding"). Doubtful when they are not, for a key that was mistyped is masked all the same.
pub(super) fn base58check(candidate: &[u8]) -> Verdict {
    let right = base58_decoded(candidate)
        .is_some_and(|(bytes, start)| base58_parts(&bytes, start).is_some_and(|(body, checksum)| twice_hashed(body) == *checksum));
    if right { Verdict::Valid } else { Verdict::Doubtful }
}

/// Writes the checksum of a key in base58check.
pub(super) fn base58check_complete(candidate: &mut [u8]) {
    let Some((mut bytes, start)) = base58_decoded(candidate) else { return };
    let Some(checksum) = base58_parts(&bytes, start).map(|(body, _)| twice_hashed(body)) else { return };
    if let Some(end) = bytes.last_chunk_mut() {
        *end = checksum;
    }
    for digit in candidate.iter_mut().rev() {
        let mut rest = 0_u32;
        for byte in &mut bytes {
            let value = rest << 8 | u32::from(*byte);
            *byte = (value / 58) as u8;
            rest = value % 58;
        }
        *digit = BASE58.get(rest as usize).copied().unwrap_or(b'1');
    }
}

/// The number that base58 spells, at the end of an array, and where its bytes begin there: each digit 1 in front is a byte zero.
fn base58_decoded(text: &[u8]) -> Option<([u8; LONGEST], usize)> {
    let mut bytes = [0; LONGEST];
    for character in text {
        let mut carry = BASE58.iter().position(|digit| digit == character)? as u32;
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 58;
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
        if carry > 0 {
            return None;
        }
    }
    let zeros = text.iter().take_while(|&&digit| digit == b'1').count();
    let start = bytes.iter().position(|&byte| byte != 0).unwrap_or(LONGEST).checked_sub(zeros)?;
    Some((bytes, start))
}

fn base58_parts(bytes: &[u8; LONGEST], start: usize) -> Option<(&[u8], &[u8; 4])> {
    bytes.get(start..)?.split_last_chunk().filter(|(body, _)| !body.is_empty())
}

fn twice_hashed(body: &[u8]) -> [u8; 4] {
    let hash: [u8; 32] = Sha256::digest(Sha256::digest(body)).into();
    hash.first_chunk().copied().unwrap_or_default()
}

/// What the polynomial leaves of a right checksum: by BIP 173, and by BIP 350 (bech32m), as addresses of later kinds have it.
const BECH32_REMAINDERS: [u32; 2] = [1, 0x2bc8_30a3];

/// `bech32`: the last six characters are a checksum of the part before the last digit 1 and of the characters behind it (BIP 173;
/// BIP 350). Doubtful when they are not.
pub(super) fn bech32(candidate: &[u8]) -> Verdict {
    let sum = bech32_parts(candidate).and_then(|(prefix, data)| bech32_sum(prefix, data.iter().copied()));
    let right = sum.is_some_and(|sum| BECH32_REMAINDERS.contains(&sum));
    if right { Verdict::Valid } else { Verdict::Doubtful }
}

/// Writes the checksum of a key in bech32.
pub(super) fn bech32_complete(candidate: &mut [u8]) {
    let upper = candidate.iter().any(u8::is_ascii_uppercase);
    let sum = bech32_parts(candidate).and_then(|(prefix, data)| {
        let (body, _) = data.split_last_chunk::<6>()?;
        bech32_sum(prefix, body.iter().copied().chain([b'q'; 6]))
    });
    let Some(sum) = sum.map(|sum| sum ^ 1) else { return };
    for (at, byte) in candidate.iter_mut().rev().take(6).enumerate() {
        let digit = BECH32.get((sum >> (5 * at) & 31) as usize).copied().unwrap_or(b'q');
        *byte = if upper { digit.to_ascii_uppercase() } else { digit };
    }
}

/// What stands before the last digit 1, and what behind it.
fn bech32_parts(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (prefix, data) = text.split_at_checked(text.iter().rposition(|&byte| byte == b'1')?)?;
    let data = data.get(1..).filter(|data| data.len() >= 6)?;
    let mixed = text.iter().any(u8::is_ascii_uppercase) && text.iter().any(u8::is_ascii_lowercase);
    (!mixed && !prefix.is_empty()).then_some((prefix, data))
}

/// The remainder of the code's polynomial. None for a character that bech32 does not have.
fn bech32_sum(prefix: &[u8], data: impl Iterator<Item = u8>) -> Option<u32> {
    let lower = prefix.iter().map(|byte| u32::from(byte.to_ascii_lowercase()));
    let sum = lower.clone().map(|byte| byte >> 5).chain([0]).chain(lower.map(|byte| byte & 31)).fold(1, bech32_step);
    data.map(|byte| BECH32.iter().position(|&digit| digit == byte.to_ascii_lowercase()))
        .try_fold(sum, |sum, value| value.map(|value| bech32_step(sum, value as u32)))
}

fn bech32_step(sum: u32, value: u32) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let top = sum >> 25;
    let shifted = (sum & 0x01ff_ffff) << 5 ^ value;
    GENERATOR.iter().enumerate().filter(|(bit, _)| top >> bit & 1 == 1).fold(shifted, |sum, (_, term)| sum ^ term)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{accepts, verdict_of};
    use super::*;

    #[test]
    fn published_keys() {
        // Of the Bitcoin wiki, "Wallet import format", and of the first test vector of BIP 32.
        accepts(
            "base58check",
            &[
                concat!("5Hue", "CGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ"),
                concat!(
                    "xprv",
                    "9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi"
                ),
            ],
        );
        // Of BIP 173, and of NIP 19.
        accepts("bech32", &["A12UEL5L", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw"]);
        accepts("bech32", &[concat!("nsec", "1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5")]);
        // Of BIP 350: a string, and an address of version 1.
        accepts("bech32", &["A1LQFN3A", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"]);
        // Of BIP 173: an empty prefix, a checksum of the prefix in the wrong case, mixed case.
        for wrong in ["1qzzfhee", "A1G7SGD8", "A12uEL5L", "pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3", ""] {
            assert_eq!(verdict_of("bech32", wrong.as_bytes()), Verdict::Doubtful, "{wrong}");
        }
        for wrong in ["", "1", "1111", "11111", "0", "5HueCGU8", &"z".repeat(200)] {
            assert_eq!(verdict_of("base58check", wrong.as_bytes()), Verdict::Doubtful, "{wrong}");
        }
    }

    #[test]
    fn keys_are_completed() {
        for body in ["K", "5J", "xprv9", "1"] {
            let mut key = format!("{body}{}", "2Ab9".repeat(12)).into_bytes();
            assert_eq!(base58check(&key), Verdict::Doubtful);
            base58check_complete(&mut key);
            assert_eq!(base58check(&key), Verdict::Valid);
            assert!(key.starts_with(body.as_bytes()));
            key[20] = b'z';
            assert_eq!(base58check(&key), Verdict::Doubtful);
        }
        for body in ["nsec1", "AGE-SECRET-KEY-1"] {
            let mut key = format!("{body}{}", if body == "nsec1" { "qpzry9x" } else { "QPZRY9X" }.repeat(8)).into_bytes();
            assert_eq!(bech32(&key), Verdict::Doubtful);
            bech32_complete(&mut key);
            assert_eq!(bech32(&key), Verdict::Valid);
            assert!(key.starts_with(body.as_bytes()));
        }
        base58check_complete(&mut []);
        bech32_complete(&mut []);
        bech32_complete(&mut b"a1qqq".to_vec());
    }
}
