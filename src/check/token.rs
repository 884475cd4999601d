//! Tokens that carry a checksum or say of themselves what they are.

use super::Verdict;
use super::arithmetic::verdict;

/// The alphabet of the CRC32 in GitHub's and npm's tokens.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `github-crc32`: the last six characters are the CRC32 of the thirty before them in base 62 (GitHub Engineering, "Behind GitHub's new
/// authentication token formats", 2021). Doubtful when they are not, for the format may grow.
pub(super) fn github_crc32(candidate: &[u8]) -> Verdict {
    crc32_base62(candidate, is_github)
}

/// Writes the checksum of a token of GitHub.
pub(super) fn github_complete(candidate: &mut [u8]) {
    complete_base62(candidate, is_github);
}

/// `npm-crc32`: as `github-crc32`, behind npm's prefix (GitHub Blog, "Announcing npm's new access token format", 2021).
pub(super) fn npm_crc32(candidate: &[u8]) -> Verdict {
    crc32_base62(candidate, is_npm)
}

/// Writes the checksum of a token of npm.
pub(super) fn npm_complete(candidate: &mut [u8]) {
    complete_base62(candidate, is_npm);
}

fn is_github(prefix: &[u8]) -> bool {
    matches!(prefix, [b'g', b'h', b'p' | b'o' | b'u' | b's' | b'r', b'_'])
}

fn is_npm(prefix: &[u8]) -> bool {
    prefix == b"npm_"
}

fn crc32_base62(candidate: &[u8], is_prefix: fn(&[u8]) -> bool) -> Verdict {
    let Some((prefix, rest)) = candidate.split_first_chunk::<4>() else { return Verdict::Doubtful };
    let Some((body, checksum)) = rest.split_first_chunk::<30>() else { return Verdict::Doubtful };
    if is_prefix(prefix) && checksum == base62(crc32fast::hash(body)) { Verdict::Valid } else { Verdict::Doubtful }
}

fn complete_base62(candidate: &mut [u8], is_prefix: fn(&[u8]) -> bool) {
    let Some((prefix, rest)) = candidate.split_first_chunk_mut::<4>() else { return };
    let Some((body, checksum)) = rest.split_first_chunk_mut::<30>() else { return };
    if is_prefix(prefix) && checksum.len() == 6 {
        checksum.copy_from_slice(&base62(crc32fast::hash(body)));
    }
}

/// A number in base 62, six digits with zeros before it.
fn base62(mut number: u32) -> [u8; 6] {
    let mut text = [b'0'; 6];
    for byte in text.iter_mut().rev() {
        *byte = BASE62.get((number % 62) as usize).copied().unwrap_or(b'0');
        number /= 62;
    }
    text
}

/// `grafana-crc32`: a service account's token ends with the CRC32 of all before it, low byte first, in hexadecimal (Grafana source,
/// `pkg/components/satokengen`).
pub(super) fn grafana_crc32(candidate: &[u8]) -> Verdict {
    let Some((key, checksum)) = grafana_parts(candidate) else { return Verdict::Doubtful };
    if grafana_checksum(key).eq_ignore_ascii_case(checksum) { Verdict::Valid } else { Verdict::Doubtful }
}

/// Writes the checksum of a token of Grafana.
pub(super) fn grafana_complete(candidate: &mut [u8]) {
    let Some(checksum) = grafana_parts(candidate).map(|(key, _)| grafana_checksum(key)) else { return };
    if let Some(end) = candidate.last_chunk_mut() {
        *end = checksum;
    }
}

/// The prefix with its 32 characters, and the 8 of the checksum.
fn grafana_parts(candidate: &[u8]) -> Option<(&[u8], &[u8; 8])> {
    let (head, checksum) = candidate.split_last_chunk::<8>()?;
    let key = head.strip_suffix(b"_")?;
    (key.len() == 37 && key.starts_with(b"glsa_")).then_some((key, checksum))
}

fn grafana_checksum(key: &[u8]) -> [u8; 8] {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'0'; 8];
    for (pair, byte) in text.chunks_exact_mut(2).zip(crc32fast::hash(key).to_le_bytes()) {
        if let [high, low] = pair {
            *high = HEX.get(usize::from(byte >> 4)).copied().unwrap_or(b'0');
            *low = HEX.get(usize::from(byte & 15)).copied().unwrap_or(b'0');
        }
    }
    text
}

/// `jwt`: the first segment is base64url of a JSON header that names an algorithm (RFC 7515 and RFC 7516, section 4.1).
pub(super) fn jwt(candidate: &[u8]) -> Verdict {
    let header = candidate.split(|&byte| byte == b'.').next().unwrap_or_default();
    let mut window = [0; 5];
    let mut named = false;
    for (at, byte) in base64(header).enumerate() {
        let Some(byte) = byte else { return Verdict::Impossible };
        if b"{\"".get(at).is_some_and(|&first| first != byte) {
            return Verdict::Impossible;
        }
        window.rotate_left(1);
        window[4] = byte;
        named |= &window == b"\"alg\"" || &window == b"\"enc\"";
    }
    verdict(named)
}

/// `basic-auth`: base64 of printable text with a colon between user and password (RFC 7617, section 2).
pub(super) fn basic_auth(candidate: &[u8]) -> Verdict {
    let end = candidate.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1);
    let mut colon = false;
    for byte in base64(candidate.get(..end).unwrap_or_default()) {
        match byte {
            None | Some(0..=0x1f | 0x7f) => return Verdict::Impossible,
            Some(byte) => colon |= byte == b':',
        }
    }
    verdict(colon)
}

/// The bytes that base64 spells, in either alphabet of RFC 4648 and without padding; None for what cannot be.
fn base64(text: &[u8]) -> impl Iterator<Item = Option<u8>> + '_ {
    text.chunks(4).flat_map(|group| {
        let mut bits = 0_u32;
        let mut right = group.len() > 1;
        for &byte in group {
            let sextet = base64_value(byte);
            right &= sextet.is_some();
            bits = bits << 6 | u32::from(sextet.unwrap_or_default());
        }
        bits <<= 6 * (4 - group.len());
        let [_, bytes @ ..] = bits.to_be_bytes();
        // A lone character spells nothing: it is an error, which must still come out.
        bytes.into_iter().take(group.len().saturating_sub(1).max(1)).map(move |byte| right.then_some(byte))
    })
}

fn base64_value(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// `entropy`: at least 3.5 bits for each byte (C. E. Shannon, "A Mathematical Theory of Communication", 1948).
pub(super) fn entropy(candidate: &[u8]) -> Verdict {
    let mut counts = [0_u32; 256];
    for &byte in candidate {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let length = candidate.len() as f64;
    let bits: f64 =
        counts.iter().filter(|&&count| count > 0).map(|&count| f64::from(count) / length).map(|share| -share * share.log2()).sum();
    verdict(bits >= 3.5)
}

/// `mixed`: letters and digits both, as in few words and few numbers.
pub(super) fn mixed(candidate: &[u8]) -> Verdict {
    verdict(candidate.iter().any(u8::is_ascii_alphabetic) && candidate.iter().any(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use super::super::tests::{accepts, refuses, verdict_of};
    use super::*;

    #[test]
    fn base_62_has_six_digits() {
        assert_eq!(&base62(0), b"000000");
        assert_eq!(&base62(61), b"00000z");
        assert_eq!(&base62(62), b"000010");
        assert_eq!(&base62(u32::MAX), b"4gfFC3");
    }

    /// Completes a body of zeros, then breaks it: a wrong character, one too few, one too many, another prefix.
    fn completes(name: &str, prefix: &str, body: &str) {
        let complete = find(name).unwrap().complete.unwrap();
        let mut token = format!("{prefix}{body}").into_bytes();
        assert_eq!(verdict_of(name, &token), Verdict::Doubtful, "{prefix}");
        complete(&mut token);
        assert_eq!(verdict_of(name, &token), Verdict::Valid, "{prefix}");
        assert_eq!(verdict_of(name, &token[..token.len() - 1]), Verdict::Doubtful);
        assert_eq!(verdict_of(name, &[&token[..], b"0"].concat()), Verdict::Doubtful);
        for at in 0..token.len() {
            let mut wrong = token.clone();
            wrong[at] = b'!';
            assert_eq!(verdict_of(name, &wrong), Verdict::Doubtful, "byte {at}");
        }
        complete(&mut token[..3]);
        complete(&mut []);
    }

    #[test]
    fn checksums_are_completed() {
        for prefix in ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"] {
            completes("github-crc32", prefix, &"0".repeat(36));
        }
        completes("npm-crc32", "npm_", &"0".repeat(36));
        completes("grafana-crc32", "glsa_", &format!("{}_{}", "0".repeat(32), "0".repeat(8)));
    }

    #[test]
    fn crc_is_that_of_ieee() {
        assert_eq!(crc32fast::hash(b"123456789"), 0xcbf4_3926);
        assert_eq!(&base62(0xcbf4_3926), b"3jZRME");
    }

    #[test]
    fn json_web_tokens() {
        // The headers of RFC 7515 (A.1), RFC 7516 (A.1) and of an unsecured token (RFC 7519, 6.1), with no signature behind them.
        accepts(
            "jwt",
            &[
                "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.e30.",
                "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ",
                "eyJhbGciOiJub25lIn0.e30.",
            ],
        );
        // {"a":1}, a word, a list, a lone character at the end, padding.
        refuses(
            "jwt",
            &["eyJhIjoxfQ.e30.", "language.of.choice", "WyJhbGciXQ.e30.", "eyJhbGciOiJub25lIn0ab.e30.", "eyJhbGciOiJub25lIn0=.e30.", ""],
        );
    }

    #[test]
    fn basic_credentials() {
        // The example of RFC 7617.
        accepts("basic-auth", &["QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "QWxhZGRpbjpvcGVuIHNlc2FtZQ"]);
        refuses("basic-auth", &["QWxhZGRpbg==", "language", "AAAAOg==", "QWxhZGRpbjpvcGVuI", "Qm9i Om9i", "====", ""]);
    }

    #[test]
    fn entropy_and_mixture() {
        accepts("entropy", &["0123456789abcdef", "abcdefghijkl"]);
        refuses("entropy", &["aaaaaaaaaaaaaaaa", "abababababab", "abcdefghijk", ""]);
        accepts("mixed", &["a1", "1-a"]);
        refuses("mixed", &["abc", "123", "", "--"]);
    }
}
