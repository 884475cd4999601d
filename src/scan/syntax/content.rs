//! What a value holds: nothing, a token, something that is no name, or anything.

use super::nothing::{is_code, is_name, is_remark_word};

/// `value = "token"`: 16 bytes and more of one token alphabet, letters and digits mixed or 3.5 bits a byte.
pub(crate) fn is_token(value: &[u8]) -> bool {
    const SHORTEST: usize = 16;
    let in_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || b"_+/=.~-".contains(byte);
    let mixed = value.iter().any(u8::is_ascii_alphabetic) && value.iter().any(u8::is_ascii_digit);
    value.len() >= SHORTEST
        && value.iter().all(in_alphabet)
        && !is_path(value)
        && (mixed || (bits_per_byte(value) >= 3.5 && !is_name(value)))
}

/// `value = "secret"`: a token, or six bytes and more of printable ASCII that are no word, name, number, time, path,
/// address or expression. Digits must be among them or the letters be too many, and more than letters only where there are
/// eight.
pub(crate) fn is_secret(value: &[u8]) -> bool {
    const SHORTEST: usize = 6;
    const LONGEST_WORD: usize = 24;
    if value.len() < SHORTEST || !value.iter().all(u8::is_ascii_graphic) || is_code(value) || is_elsewhere(value) {
        return false;
    }
    // No word is so long.
    let is_endless = || value.len() >= LONGEST_WORD && value.iter().all(u8::is_ascii_alphabetic);
    if is_token(value) || is_endless() {
        return !is_name(value);
    }
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let plain = value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/@~+=".contains(byte));
    let begins = value.first().is_some_and(|byte| !b"([{<#&?,;:=".contains(byte));
    digits > 0 && letters > 0 && begins && !is_quantity(value) && !is_name(value) && (plain || value.len() >= 8)
}

/// `value = "credential"`: all of a value, which is no secret by its looks, but a name of several words
/// (`redis_access_123`, `my-secret-value`) or like nothing (`hopenobodyfindsthis`). Beside a key that only a secret has, it is
/// one. A word alone, a name in capitals, what speaks of the secret (`invalid_token`) and a field's name (`api_key`)
/// are not.
pub(crate) fn is_made_up(value: &[u8]) -> bool {
    const SHORTEST: usize = 6;
    /// Letters that are no words, and are not glued of words either.
    const LETTERS: usize = 16;
    const SPEAKS: [&[u8]; 16] = [
        b"add",
        b"change",
        b"changeme",
        b"dummy",
        b"enter",
        b"example",
        b"fake",
        b"insert",
        b"none",
        b"paste",
        b"placeholder",
        b"put",
        b"replace",
        b"sample",
        b"missing",
        b"your",
    ];
    const FIELDS: [&[u8]; 12] = [
        b"api_key",
        b"access_token",
        b"refresh_token",
        b"auth_token",
        b"id_token",
        b"session_token",
        b"bearer_token",
        b"access_key",
        b"client_credentials",
        b"client_secret",
        b"authorization_code",
        b"x_api_key",
    ];
    if value.len() < SHORTEST || !value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-~!#^*".contains(byte)) {
        return false;
    }
    let is_lower = value.iter().any(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if !is_lower && is_name(value) || !value.iter().any(u8::is_ascii_alphabetic) || is_quantity(value) || is_code(value) {
        return false;
    }
    let is_field = |field: &&[u8]| {
        field.len() == value.len()
            && field.iter().zip(value).all(|(one, other)| one.eq_ignore_ascii_case(if *other == b'-' { &b'_' } else { other }))
    };
    let mut parts = value.split(|byte| b"-_".contains(byte)).filter(|part| !part.is_empty());
    let count = parts.clone().count();
    let speaks = parts.any(|part| is_remark_word(part) || SPEAKS.iter().any(|word| part.eq_ignore_ascii_case(word)));
    !speaks && !FIELDS.iter().any(is_field) && (count > 1 || value.len() >= LETTERS && !is_name(value)) && !is_secret(value)
}

/// Does a sentence go on behind a value: a space, and a word of small letters?
pub(crate) fn goes_on_in_prose(line: &[u8], end: usize) -> bool {
    const LONGEST: usize = 24;
    let Some(rest) = line[end..].strip_prefix(b" ") else { return false };
    let letters = rest.iter().take(LONGEST).take_while(|byte| byte.is_ascii_lowercase()).count();
    letters > 1 && rest.get(letters).is_none_or(|next| b" ,.;".contains(next))
}

/// Where a secret lies, not the secret: an address, a resource's name, a digest by its algorithm.
fn is_elsewhere(value: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 8] = [b"arn:", b"urn:", b"sha256:", b"sha1:", b"sha512:", b"md5:", b"projects/", b"file:"];
    memchr::memmem::find(value, b"://").is_some() || BEGINNINGS.iter().any(|beginning| value.starts_with(beginning)) || is_path(value)
}

/// `/etc/ssl/private/server1.key`.
fn is_path(value: &[u8]) -> bool {
    let start = value.strip_prefix(b"~").or(value.strip_prefix(b".")).unwrap_or(value);
    start.first() == Some(&b'/') && value.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"/._~-".contains(byte))
}

/// A time, a number of something, a pointer: `2024-01-02T03:04:05Z`, `3600s`, `0x1f`, an algorithm (`sha256`).
fn is_quantity(value: &[u8]) -> bool {
    const ALGORITHMS: [&[u8]; 9] = [b"sha", b"base", b"rsa", b"aes", b"utf", b"ed", b"secp", b"md", b"hmacsha"];
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit() || b".,:-+".contains(byte)).count();
    let unit = &value[digits..];
    if digits > 0 && unit.len() <= 3 && unit.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'%') {
        return true;
    }
    if value.iter().all(|byte| byte.is_ascii_digit() || b"-:.,+TZ/".contains(byte)) || value.starts_with(b"0x") {
        return true;
    }
    let letters = value.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    value.len() - letters <= 4
        && value[letters..].iter().all(u8::is_ascii_digit)
        && ALGORITHMS.iter().any(|algorithm| value[..letters].eq_ignore_ascii_case(algorithm))
}

/// Shannon entropy of the bytes, in bits a byte.
fn bits_per_byte(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    let total = bytes.len() as f64;
    counts.iter().filter(|&&count| count > 0).map(|&count| f64::from(count) / total).map(|share| -share * share.log2()).sum()
}
