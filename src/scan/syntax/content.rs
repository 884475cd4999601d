//! What a value holds: nothing, a token, or anything.

/// Does a value hold nothing: a placeholder, a mask, a null?
pub(crate) fn holds_nothing(value: &[u8]) -> bool {
    const NOTHING: [&[u8]; 26] = [
        b"null",
        b"none",
        b"nil",
        b"undefined",
        b"true",
        b"false",
        b"nan",
        b"n/a",
        b"na",
        b"empty",
        b"unset",
        b"redacted",
        b"masked",
        b"hidden",
        b"filtered",
        b"protected",
        b"removed",
        b"omitted",
        b"scrubbed",
        b"sanitized",
        b"obfuscated",
        b"missing",
        b"yes",
        b"no",
        b"blank",
        b"secret:redacted",
    ];
    let value = value.trim_ascii();
    let bare = value.trim_ascii_start();
    let inner = match bare {
        [b'(', inner @ .., b')'] | [b'[', inner @ .., b']'] | [b'*', inner @ .., b'*'] => inner.trim_ascii(),
        _ => bare,
    };
    if inner.is_empty() || NOTHING.iter().any(|nothing| inner.eq_ignore_ascii_case(nothing)) {
        return true;
    }
    let stars = value.iter().filter(|&&byte| byte == b'*').count();
    // The last three bytes are those of a bullet.
    let filler = |byte: &u8| b"*.-#xX?_|> \xe2\x80\xa2".contains(byte);
    if stars * 4 >= value.len() * 3 || value.iter().all(filler) {
        return true;
    }
    match value {
        [b'<', inner @ .., b'>'] => !inner.contains(&b'<'),
        [b'$' | b'#', b'{', inner @ .., b'}'] | [b'{', b'{', inner @ .., b'}', b'}'] => !inner.contains(&b'{'),
        [b'$', b'(', inner @ .., b')'] => !inner.contains(&b'('),
        [b'%', b's' | b'v' | b'd' | b'q' | b'@'] | [b'{', b'}'] => true,
        [b'%', b'(', .., b')', b's'] => true,
        [b'%', name @ .., b'%'] => name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'),
        _ => false,
    }
}

/// `value = "token"`: 16 bytes and more of one token alphabet, letters and digits mixed or 3.5 bits a byte.
pub(crate) fn is_token(value: &[u8]) -> bool {
    const SHORTEST: usize = 16;
    let in_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || b"_+/=.~-".contains(byte);
    let mixed = value.iter().any(u8::is_ascii_alphabetic) && value.iter().any(u8::is_ascii_digit);
    value.len() >= SHORTEST && !is_path(value) && value.iter().all(in_alphabet) && (mixed || bits_per_byte(value) >= 3.5)
}

/// `/etc/ssl/private/server1.key` is where a secret lies, not the secret.
fn is_path(value: &[u8]) -> bool {
    let start = value.strip_prefix(b"~").or(value.strip_prefix(b".")).unwrap_or(value);
    start.first() == Some(&b'/') && value.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"/._~-".contains(byte))
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
