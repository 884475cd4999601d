//! Keys of Azure, which end with a Marvin32 checksum. The forms are those of Microsoft's `security-utilities`, which says where the
//! marks stand and from which seeds the services compute.

use super::Verdict;
use super::token::base64;

/// `azure-key`: the last four bytes are the checksum of those before, from a seed of the service whose mark stands before it.
/// Doubtful when they are not: a service may have seeds that are not published.
pub(super) fn key(candidate: &[u8]) -> Verdict {
    let right = key_parts(candidate).is_some_and(|(seeds, bytes)| {
        bytes.split_last_chunk().is_some_and(|(body, checksum)| seeds.iter().any(|&seed| marvin32(body, seed).to_le_bytes() == *checksum))
    });
    if right { Verdict::Valid } else { Verdict::Doubtful }
}

/// Writes the checksum of a key, from the first of its service's seeds.
pub(super) fn key_complete(candidate: &mut [u8]) {
    let Some((seeds, mut bytes)) = key_parts(candidate) else { return };
    let Some((body, checksum)) = bytes.split_last_chunk_mut() else { return };
    *checksum = seeds.first().map(|&seed| marvin32(body, seed).to_le_bytes()).unwrap_or_default();
    write_base64(candidate, &bytes);
}

/// `azure-annotated-key`: the last characters spell the checksum of those before, in base 62 or in base64. Doubtful when they do not.
pub(super) fn annotated_key(candidate: &[u8]) -> Verdict {
    let Some((body, end)) = candidate.split_at_checked(ANNOTATED) else { return Verdict::Doubtful };
    let written = end.strip_suffix(b"==").unwrap_or(end);
    let Some(checksum) = decoded(body).map(|body| marvin32(&body, DEFAULT).to_le_bytes()) else { return Verdict::Doubtful };
    // The sixth character of the long form has bits that are lost in base64.
    let right = matches!(written.len(), 4 | 6)
        && [base62(checksum), base64_digits(checksum)].iter().any(|digits| digits.iter().zip(written).take(5).all(|(a, b)| a == b));
    if right { Verdict::Valid } else { Verdict::Doubtful }
}

/// Writes the checksum of an annotated key, in base 62.
pub(super) fn annotated_key_complete(candidate: &mut [u8]) {
    let Some((body, end)) = candidate.split_at_mut_checked(ANNOTATED) else { return };
    let Some(checksum) = decoded(body).map(|body| marvin32(&body, DEFAULT).to_le_bytes()) else { return };
    for (byte, digit) in end.iter_mut().zip(base62(checksum)).take(5) {
        *byte = digit;
    }
}

/// `entra-client-secret`: the last three characters are the first of the checksum's. Doubtful when they are not: secrets with the
/// older mark have none.
pub(super) fn client_secret(candidate: &[u8]) -> Verdict {
    let right = candidate.split_last_chunk().is_some_and(|(body, written)| client_secret_digits(body) == *written);
    if right { Verdict::Valid } else { Verdict::Doubtful }
}

/// Writes the checksum of a client secret.
pub(super) fn client_secret_complete(candidate: &mut [u8]) {
    if let Some((body, written)) = candidate.split_last_chunk_mut() {
        *written = client_secret_digits(body);
    }
}

/// The seed of whatever has none of its own.
const DEFAULT: u64 = seed(b"Default0");

/// Where the checksum of an annotated key begins.
const ANNOTATED: usize = 80;

/// The marks of the services, and the seeds from which they compute: one for each kind of key.
const SERVICES: &[(&[u8; 4], &[u64])] = &[
    (b"+ASt", &[DEFAULT]),
    (b"+ABa", &[seed(b"AbAcct00")]),
    (b"+AMC", &[seed(b"Classic0")]),
    (
        b"ACDb",
        &[
            seed(b"MastRW00"),
            seed(b"MastRO00"),
            seed(b"SystRW00"),
            seed(b"SystRO00"),
            seed(b"SysAll00"),
            seed(b"Resour00"),
            seed(b"Encryp00"),
        ],
    ),
    (b"APIM", &[seed(b"IoTHub00"), seed(b"Tenant00"), seed(b"Gatewy00"), seed(b"GitKey00")]),
    (b"+ASb", MESSAGING),
    (b"+AEh", MESSAGING),
    (b"+ARm", MESSAGING),
    (b"AZEG", &[DEFAULT]),
    (b"AIoT", &[seed(b"IoTHub00"), seed(b"DpsKey00"), seed(b"Device00")]),
    (b"AzCa", &[seed(b"Access00")]),
    (b"AzSe", &[seed(b"PAdmin00"), seed(b"Query000")]),
    (b"+ACR", &[seed(b"ACRDflt0")]),
    (b"AzFu", &[seed(b"Functi00"), seed(b"System00"), seed(b"Master00")]),
];

const MESSAGING: &[u64] = &[seed(b"Manage00"), seed(b"Listen00"), seed(b"Send0000"), seed(b"System00"), seed(b"Unknown0")];

/// A seed is the number that its name is.
const fn seed(name: &[u8; 8]) -> u64 {
    u64::from_be_bytes(*name)
}

/// The seeds for the mark of a key, which stands before the six characters of the checksum; and the key's bytes.
fn key_parts(text: &[u8]) -> Option<(&'static [u64], Vec<u8>)> {
    let text = unpadded(text);
    let (head, _) = text.split_last_chunk::<6>()?;
    let (_, seeds) = SERVICES.iter().find(|(mark, _)| head.ends_with(*mark))?;
    Some((seeds, decoded(text)?))
}

fn unpadded(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1);
    text.get(..end).unwrap_or_default()
}

fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    base64(text).collect()
}

/// Writes the end of what these bytes are in base64, in the alphabet that the service uses.
fn write_base64(text: &mut [u8], bytes: &[u8]) {
    let length = unpadded(text).len();
    let url = text.windows(4).any(|window| window == b"AzFu");
    for (at, byte) in text.iter_mut().enumerate().take(length).skip(length.saturating_sub(6)) {
        let pair = |first: usize| [bytes.get(first), bytes.get(first + 1)].map(|byte| byte.copied().unwrap_or_default());
        let bits = u16::from_be_bytes(pair(at * 6 / 8));
        *byte = match base64_digit(u32::from(bits >> (10 - at * 6 % 8))) {
            b'+' if url => b'-',
            b'/' if url => b'_',
            digit => digit,
        };
    }
}

fn base64_digit(value: u32) -> u8 {
    const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    BASE64.get((value & 63) as usize).copied().unwrap_or(b'A')
}

/// Five digits and the start of a sixth.
fn base64_digits(checksum: [u8; 4]) -> [u8; 5] {
    let number = u32::from_be_bytes(checksum);
    [26, 20, 14, 8, 2].map(|shift| base64_digit(number >> shift))
}

/// The first five digits in base 62, zeros behind them where there are fewer; a byte zero in front is a digit.
fn base62(checksum: [u8; 4]) -> [u8; 5] {
    const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let zeros = checksum.iter().take_while(|&&byte| byte == 0).count().min(3);
    let mut text = [b'0'; 5];
    for (byte, digit) in text.iter_mut().skip(zeros).zip(digits(u32::from_be_bytes(checksum), BASE62)) {
        *byte = digit;
    }
    text
}

/// The first three digits of the checksum of a client secret.
fn client_secret_digits(body: &[u8]) -> [u8; 3] {
    const BASE66: &[u8; 66] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";
    let mut text = [0; 3];
    for (byte, digit) in text.iter_mut().zip(digits(marvin32(body, seed(b"AadPwd00")), BASE66)) {
        *byte = digit;
    }
    text
}

/// The digits of a number in the base of an alphabet, the first one first, none for zero.
fn digits(number: u32, alphabet: &[u8]) -> impl Iterator<Item = u8> + '_ {
    let base = alphabet.len() as u32;
    let mut power = 1;
    while number / base >= power {
        power *= base;
    }
    let powers = std::iter::successors((number > 0).then_some(power), move |&power| (power > 1).then(|| power / base));
    powers.map(move |power| alphabet.get((number / power % base) as usize).copied().unwrap_or_default())
}

/// Marvin32 (N. Ferguson, "Marvin checksum", the code of SymCrypt), its two halves folded into one.
fn marvin32(data: &[u8], seed: u64) -> u32 {
    let (low, high) = marvin(data, seed);
    low ^ high
}

fn marvin(data: &[u8], seed: u64) -> (u32, u32) {
    let (words, rest) = data.as_chunks::<4>();
    let mut last = [0; 4];
    for (byte, &value) in last.iter_mut().zip(rest.iter().chain([&0x80])) {
        *byte = value;
    }
    let start = ((seed & u64::from(u32::MAX)) as u32, (seed >> 32) as u32);
    let state = words.iter().chain([&last]).fold(start, |(low, high), word| mixed(low.wrapping_add(u32::from_le_bytes(*word)), high));
    mixed(state.0, state.1)
}

fn mixed(mut low: u32, mut high: u32) -> (u32, u32) {
    for (left, right) in [(20, 9), (27, 19)] {
        high ^= low;
        low = low.rotate_left(left).wrapping_add(high);
        high = high.rotate_left(right);
    }
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use super::super::tests::{accepts, verdict_of};
    use super::*;

    #[test]
    fn marvin_of_the_reference_code() {
        // Of the tests of SymCrypt and of security-utilities.
        for (seed, data, low, high) in [
            (0xd53c_d9ce_cd08_93b7, &b"abc"[..], 0x4927_69bf, 0x22c7_4339),
            (0x0ddd_deee_efff_f000, b"abcdefghijklmnopqrstuvwxyz", 0x7260_aca2, 0xa128_eb7e),
            (0x004f_b61a_001b_dbcc, b"", 0x00cd_3c7d, 0x30ed_35c1),
            (0x004f_b61a_001b_dbcc, &[134, 66, 220, 89], 0x7e9c_f556, 0x7008_f2e8),
            (0x804f_b61a_801b_dbcc, &[255, 0, 255, 0, 255], 0xca3e_0b72, 0x920b_62bb),
        ] {
            assert_eq!(marvin(data, seed), (low, high));
        }
    }

    #[test]
    fn published_example() {
        // Of the comments of NuGetGallery.
        let key = ["a".repeat(52).as_str(), "JQQJ", "99ALN5Z0000LZENeS003NUGT3OrW"].concat();
        accepts("azure-annotated-key", &[&key]);
        for wrong in [key.replace("NeS003", "NeS004"), key.replace("3OrW", "3OrX"), format!("{key}="), key[..83].to_owned(), String::new()]
        {
            assert_eq!(verdict_of("azure-annotated-key", wrong.as_bytes()), Verdict::Doubtful, "{wrong}");
        }
    }

    #[test]
    fn checksums_are_completed() {
        let marks = [("+ASt", 76), ("ACDb", 76), ("APIM", 76), ("+AEh", 33), ("AIoT", 33), ("AzSe", 42), ("+ACR", 42), ("AzFu", 44)];
        let keys = marks.map(|(mark, before)| {
            let end = if before == 33 {
                "="
            } else if before == 42 {
                ""
            } else {
                "=="
            };
            ("azure-key", format!("{}{mark}AAAAAA{end}", "x0Y1".repeat(22).split_at(before).0))
        });
        let annotated = |end: &str| ("azure-annotated-key", format!("{}JQQJ99AC{}AZDOAAAA{end}", "x0Y1".repeat(13), "Z".repeat(16)));
        let secret = ("entra-client-secret", format!("x0Y8Q~{}", "a-Z~".repeat(9).split_at(34).0));
        for (name, key) in keys.into_iter().chain([annotated(""), annotated("AA=="), secret]) {
            let mut key = key.into_bytes();
            assert_eq!(verdict_of(name, &key), Verdict::Doubtful, "{name}");
            find(name).unwrap().complete.unwrap()(&mut key);
            assert_eq!(verdict_of(name, &key), Verdict::Valid, "{}", String::from_utf8_lossy(&key));
            key[1] = b'1';
            assert_eq!(verdict_of(name, &key), Verdict::Doubtful, "{name}");
        }
    }

    #[test]
    fn digits_of_numbers() {
        let spelled = |number| digits(number, b"0123456789").collect::<Vec<u8>>();
        assert_eq!(spelled(0), b"");
        assert_eq!(spelled(7), b"7");
        assert_eq!(spelled(10), b"10");
        assert_eq!(spelled(u32::MAX), b"4294967295");
        assert_eq!(&base62([0, 0, 0, 1]), b"00010");
        assert_eq!(&base62([0xff; 4]), b"4gfFC");
    }
}
