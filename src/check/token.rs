//! Tokens that say of themselves what they are, and texts that look like tokens.

use super::Verdict;
use super::arithmetic::verdict;

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
pub(super) fn base64(text: &[u8]) -> impl Iterator<Item = Option<u8>> + '_ {
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

/// `mixed-case`: capitals, small letters and digits, as in no hash, name or number.
pub(super) fn mixed_case(candidate: &[u8]) -> Verdict {
    let has = |class: fn(&u8) -> bool| candidate.iter().any(class);
    verdict(has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{accepts, refuses};

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
        accepts("mixed-case", &["aB1", "1/aB"]);
        refuses("mixed-case", &["ab1", "AB1", "aB", "", "--"]);
    }
}
