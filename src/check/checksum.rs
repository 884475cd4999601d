//! Tokens that end with a checksum of what stands before it: a table of forms, read and written by the same code.

use super::Verdict;

/// Where the checksum of a token stands, what it is of and how it is written.
pub(super) struct Checksum {
    /// What the token may begin with.
    prefixes: &'static [&'static [u8]],
    /// How many bytes behind the prefix are summed. None when all of them are, and the prefix too.
    body: Option<usize>,
    /// What stands between the two and is no part of the sum.
    separator: &'static [u8],
    /// The sum, as the number that is written.
    sum: fn(&[u8]) -> u64,
    /// In which digits it is written.
    alphabet: &'static [u8],
    /// In how many, zeros before it.
    digits: usize,
    /// What a token is whose checksum is wrong. Doubtful, unless its issuer refuses such tokens.
    wrong: Verdict,
}

const BASE16: &[u8] = b"0123456789abcdef";
const BASE16_UPPER: &[u8] = b"0123456789ABCDEF";
const BASE36: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Base 62 with the letters first.
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What most tokens have in common: 8 hexadecimal digits of the CRC32 of all before them.
const CRC32: Checksum =
    Checksum { prefixes: &[], body: None, separator: b"", sum: crc32, alphabet: BASE16, digits: 8, wrong: Verdict::Doubtful };

/// GitHub Engineering, "Behind GitHub's new authentication token formats", 2021.
pub(super) const GITHUB: Checksum =
    Checksum { prefixes: &[b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"], body: Some(30), alphabet: BASE62, digits: 6, ..CRC32 };

/// GitHub Blog, "Announcing npm's new access token format", 2021.
pub(super) const NPM: Checksum = Checksum { prefixes: &[b"npm_"], ..GITHUB };

/// GitLab source, `Authn::TokenField::Generator::RoutableToken`.
pub(super) const GITLAB: Checksum = Checksum { prefixes: &[b"gl"], alphabet: BASE36, digits: 7, ..CRC32 };

/// Grafana source, `pkg/components/satokengen`: the low byte first.
pub(super) const GRAFANA: Checksum = Checksum { prefixes: &[b"glsa_"], separator: b"_", sum: crc32_little, ..CRC32 };

/// Cloudflare's documentation, "Token formats", names the checksum; public samples are CRC32 of the forty characters.
pub(super) const CLOUDFLARE: Checksum = Checksum { prefixes: &[b"cfut_", b"cfat_", b"cfk_"], body: Some(40), ..CRC32 };

/// Not documented by Atlassian; public samples are CRC32 of all before.
pub(super) const BITBUCKET: Checksum = Checksum { prefixes: &[b"ATBB"], alphabet: BASE16_UPPER, ..CRC32 };

/// As Bitbucket's; the equals sign is part of what is summed.
pub(super) const ATLASSIAN: Checksum = Checksum { prefixes: &[b"ATATT3", b"ATCTT3"], ..BITBUCKET };

/// Confluent's documentation, "API secret format": base64 of the CRC32 of the 54 characters before; its example has the low byte first.
pub(super) const CONFLUENT: Checksum =
    Checksum { prefixes: &[b"cflt"], body: Some(54), sum: crc32_base64, alphabet: BASE64, digits: 6, ..CRC32 };

/// Private Packagist's documentation, "Token format", names the checksum; public samples are CRC32 of all before.
pub(super) const PACKAGIST: Checksum = Checksum { prefixes: &[b"packagist_"], ..CRC32 };

/// Polar source, `server/polar/kit/crypto.py`.
pub(super) const POLAR: Checksum = Checksum { prefixes: &[b"polar_"], body: Some(37), ..GITHUB };

/// Zuplo's documentation names the checksum; public samples are CRC32 of the 32 characters before.
pub(super) const ZUPLO: Checksum = Checksum { prefixes: &[b"zpka_"], body: Some(32), separator: b"_", ..CRC32 };

/// crates.io source, `crates_io_trustpub::access_token`: the registry refuses every other token.
pub(super) const CRATES_IO: Checksum =
    Checksum { prefixes: &[b"cio_tp_"], body: Some(31), sum: xor, alphabet: LETTERS, digits: 1, wrong: Verdict::Impossible, ..CRC32 };

impl Checksum {
    /// Valid when the checksum is right.
    pub(super) fn verdict(&self, token: &[u8]) -> Verdict {
        let right = self.parts(token).is_some_and(|(summed, written)| self.spelled((self.sum)(summed)).eq(written.iter().rev().copied()));
        if right { Verdict::Valid } else { self.wrong }
    }

    /// Writes the checksum of a token.
    pub(super) fn complete(&self, token: &mut [u8]) {
        let Some(sum) = self.parts(token).map(|(summed, _)| (self.sum)(summed)) else { return };
        for (byte, digit) in token.iter_mut().rev().zip(self.spelled(sum)) {
            *byte = digit;
        }
    }

    /// What is summed, and the digits behind it.
    fn parts<'a>(&self, token: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        let (head, written) = token.split_at_checked(token.len().checked_sub(self.digits)?)?;
        let head = head.strip_suffix(self.separator)?;
        let (prefix, summed) = match self.body {
            Some(length) => head.split_at_checked(head.len().checked_sub(length)?)?,
            None => (head, head),
        };
        self.prefixes.iter().any(|known| prefix.starts_with(known)).then_some((summed, written))
    }

    /// The digits of a number, the last one first.
    fn spelled(&self, number: u64) -> impl Iterator<Item = u8> + '_ {
        let base = self.alphabet.len() as u64;
        let numbers = std::iter::successors(Some(number), move |number| number.checked_div(base));
        let digit = move |number: u64| number.checked_rem(base).and_then(|digit| self.alphabet.get(digit as usize)).copied();
        numbers.map(move |number| digit(number).unwrap_or(b'0')).take(self.digits)
    }
}

fn crc32(bytes: &[u8]) -> u64 {
    u64::from(crc32fast::hash(bytes))
}

fn crc32_little(bytes: &[u8]) -> u64 {
    u64::from(crc32fast::hash(bytes).swap_bytes())
}

/// Four bytes are six characters of base64, whose last four bits are zero.
fn crc32_base64(bytes: &[u8]) -> u64 {
    crc32_little(bytes) << 4
}

fn xor(bytes: &[u8]) -> u64 {
    u64::from(bytes.iter().fold(0, |sum, byte| sum ^ byte))
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use super::super::tests::{accepts, verdict_of};
    use super::*;

    #[test]
    fn base_62_has_six_digits() {
        let base62 = |number| GITHUB.spelled(number).collect::<Vec<u8>>().into_iter().rev().collect::<Vec<u8>>();
        assert_eq!(base62(0), b"000000");
        assert_eq!(base62(61), b"00000z");
        assert_eq!(base62(62), b"000010");
        assert_eq!(base62(u64::from(u32::MAX)), b"4gfFC3");
        assert_eq!(base62(crc32(b"123456789")), b"3jZRME");
    }

    #[test]
    fn crc_is_that_of_ieee() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32_little(b"123456789"), 0x2639_f4cb);
    }

    #[test]
    fn published_examples() {
        // Of the documentation of Confluent and of the tests of crates.io.
        let confluent = concat!("cf", "lt", "T8d8RzkNseTMEDKcjNM1BZTFPHqRn/dQm9q7w6SjzZ12wZfwjaJdipHZtDjw");
        accepts("confluent-crc32", &[confluent]);
        accepts("crates-io-xor", &[concat!("cio", "_tp_", "0000000000000000000000000000000w")]);
        assert_eq!(verdict_of("crates-io-xor", concat!("cio", "_tp_", "00000000000000000000000000000000").as_bytes()), Verdict::Impossible);
    }

    /// Completes a body, compares its checksum, then breaks it: a wrong character, one too few, one too many, another prefix.
    fn completes(name: &str, prefix: &str, body: &str, separator: &str, checksum: &str) {
        let wrong = if name == "crates-io-xor" { Verdict::Impossible } else { Verdict::Doubtful };
        let complete = find(name).unwrap().complete.unwrap();
        let mut token = format!("{prefix}{body}{separator}{}", "!".repeat(checksum.len())).into_bytes();
        assert_eq!(verdict_of(name, &token), wrong, "{prefix}");
        complete(&mut token);
        assert_eq!(String::from_utf8_lossy(&token), format!("{prefix}{body}{separator}{checksum}"));
        assert_eq!(verdict_of(name, &token), Verdict::Valid, "{prefix}");
        for at in 0..token.len() {
            let mut broken = token.clone();
            broken[at] = b'!';
            let prefix_of_any_kind = name == "polar-crc32" && (6..prefix.len()).contains(&at);
            assert!(prefix_of_any_kind || verdict_of(name, &broken) == wrong, "{prefix}: byte {at}");
        }
        // A checksum of one character is right by chance.
        if checksum.len() > 1 {
            assert_eq!(verdict_of(name, &token[..token.len() - 1]), wrong);
            assert_eq!(verdict_of(name, &[&token[..], b"0"].concat()), wrong);
        }
        complete(&mut token[..3]);
        complete(&mut []);
    }

    #[test]
    fn checksums_are_completed() {
        let zeros = |length| "0".repeat(length);
        for prefix in ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"] {
            completes("github-crc32", prefix, &zeros(30), "", "2C8GjS");
        }
        completes("npm-crc32", "npm_", &zeros(30), "", "2C8GjS");
        completes("gitlab-crc32", "glpat-", &format!("{}.01.10", zeros(36)), "", "08ijigp");
        completes("grafana-crc32", "glsa_", &zeros(32), "_", "162149fe");
        for prefix in ["cfut_", "cfat_", "cfk_"] {
            completes("cloudflare-crc32", prefix, &zeros(40), "", "963fbb8e");
        }
        completes("bitbucket-crc32", "ATBB", &zeros(24), "", "3FC90AD2");
        completes("atlassian-crc32", "ATATT3", &format!("{}=", zeros(177)), "", "C02EDF71");
        completes("atlassian-crc32", "ATCTT3", &format!("{}=", zeros(177)), "", "4DE60EFB");
        completes("confluent-crc32", "cflt", &zeros(54), "", "X+KS/Q");
        completes("packagist-crc32", "packagist_ort_", &zeros(60), "", "14efce44");
        for prefix in ["polar_oat_", "polar_at_u_"] {
            completes("polar-crc32", prefix, &zeros(37), "", "3jnQlY");
        }
        completes("zuplo-crc32", "zpka_", &zeros(32), "_", "a0f292d0");
        completes("crates-io-xor", "cio_tp_", &zeros(31), "", "w");
    }
}
