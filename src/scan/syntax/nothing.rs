//! Values that hold nothing: placeholders, masks, nulls; and what stands beside a key in prose and in code.

use crate::scan::Span;
use crate::scan::byte_set::ByteSet;

/// Words that are no values.
const NOTHING: [&[u8]; 36] = [
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
    b"0",
    b"1",
    b"secret:redacted",
    b"&str",
    // How a password is hashed.
    b"argon2",
    b"argon2i",
    b"argon2id",
    b"bcrypt",
    b"scrypt",
    b"pbkdf2",
    b"pbkdf2-sha256",
];

/// Of the texts among [`NOTHING`] that have so many bytes what they begin with, in either case.
const BEGINNINGS: [ByteSet; 16] = {
    let mut of_length = [ByteSet([0; 4]); 16];
    let mut at = 0;
    while at < NOTHING.len() {
        let (first, length) = (NOTHING[at][0], NOTHING[at].len());
        of_length[length] = of_length[length].with(first).with(first.to_ascii_uppercase());
        at += 1;
    }
    of_length
};

/// What masks are made of; the last three bytes are those of a bullet.
const FILLER: ByteSet = ByteSet::of(b"*.-#xX?_|> \xe2\x80\xa2");

/// Is this one of the words that are no values?
fn is_nothing(value: &[u8]) -> bool {
    let may_be = value.first().zip(BEGINNINGS.get(value.len())).is_some_and(|(first, beginnings)| beginnings.contains(*first));
    may_be && NOTHING.iter().any(|nothing| value.eq_ignore_ascii_case(nothing))
}

/// Does a value hold nothing: a placeholder, a mask, a null?
pub(crate) fn holds_nothing(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let inner = match value {
        [b'(', inner @ .., b')'] | [b'[', inner @ .., b']'] => {
            // `(unchanged)`, `[not set]`: words in brackets are a remark.
            if inner.iter().all(|byte| byte.is_ascii_lowercase() || b" _-".contains(byte)) {
                return true;
            }
            inner.trim_ascii()
        }
        [b'*', inner @ .., b'*'] => inner.trim_ascii(),
        _ => value,
    };
    if inner.is_empty() || is_nothing(inner) {
        return true;
    }
    let stars = value.iter().filter(|&&byte| byte == b'*').count();
    let filler = |byte: &u8| FILLER.contains(*byte);
    // The end of `s/password=.*/password=xxx/g`.
    let replacement = value.strip_suffix(b"g").unwrap_or(value).strip_suffix(b"/");
    if replacement.is_some_and(|text| text.len() > 2 && text.iter().all(filler)) {
        return true;
    }
    stars * 4 >= value.len() * 3 || value.iter().all(filler) || is_template(value) || is_instruction(value)
}

/// Is there no value at all: white space, `null`?
pub(crate) fn is_null(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    value.is_empty() || value.eq_ignore_ascii_case(b"null") || value.eq_ignore_ascii_case(b"none")
}

/// What is to be filled in: `<token>`, `${VAR}`, `{{ x }}`, `%s`, `$DB_PASSWORD`.
fn is_template(value: &[u8]) -> bool {
    match value {
        [b'$', b'{', b'{', .., b'}', b'}'] => true,
        // `<set to the key 'password' in secret 'db'>  Optional: false`
        [b'<', rest @ ..]
            if memchr::memchr(b'>', rest).is_some_and(|close| rest[..close].contains(&b' ') && rest.get(close + 1) == Some(&b' ')) =>
        {
            true
        }
        [b'<', inner @ .., b'>'] => !inner.contains(&b'<'),
        [b'$' | b'#' | b'%', b'{', inner @ .., b'}'] | [b'{', b'{', inner @ .., b'}', b'}'] => !inner.contains(&b'{'),
        [b'$', b'(', inner @ .., b')'] => !inner.contains(&b'('),
        // The braces of ODBC around one, and a variable of PowerShell.
        [b'{', b'$', b'{', .., b'}', b'}'] => true,
        [b'$', b'e', b'n', b'v', b':', name @ ..] => name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'),
        [b'%', b's' | b'v' | b'd' | b'q' | b'@'] | [b'{', b'}'] => true,
        [b'%', b'(', .., b')', b's'] => true,
        // The parameter of a statement.
        [b'$' | b':', number @ ..] if !number.is_empty() && number.len() <= 3 && number.iter().all(u8::is_ascii_digit) => true,
        [b'@', name @ .., b'@'] => !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(byte)),
        // In a decoded view the first letters of `%DB_PASSWORD%` are one byte.
        [0x80..=0xff, name @ .., b'%'] if name.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_') => true,
        [b'%', name @ .., b'%'] => name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'),
        // A variable of the shell: all capitals.
        [b'$', name @ ..] if name.len() >= 2 && name.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_') => true,
        // White space has cut off the end: `(sensitive`, `$(cat`, `{{`.
        [b'(', rest @ ..] if !rest.is_empty() && rest.iter().all(u8::is_ascii_lowercase) => true,
        [b'$', b'(' | b'{', rest @ ..] | [b'#', b'{', rest @ ..] | [b'{', b'{', rest @ ..] | [b'<', b'%', rest @ ..] => {
            !rest.iter().any(|byte| b")}>".contains(byte))
        }
        _ => false,
    }
}

/// `YOUR_API_KEY`, `your-token-here`, `DB_PASSWORD`: the name of what belongs here.
fn is_instruction(value: &[u8]) -> bool {
    const NAMES: [&[u8]; 7] = [b"PASSWORD", b"PASSWD", b"PASS", b"TOKEN", b"SECRET", b"KEY", b"APIKEY"];
    let is_your = value.get(..4).is_some_and(|head| head.eq_ignore_ascii_case(b"your"))
        && value[4..].iter().all(|byte| byte.is_ascii_alphabetic() || b"_- .".contains(byte));
    let capitals = value.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_');
    is_your || (capitals && NAMES.iter().any(|name| value.ends_with(name)))
}

/// What stands behind `password:` in prose and says something of the password. Looked up by binary search.
#[rustfmt::skip]
pub(super) const REMARKS: [&[u8]; 132] = [
    b"absent", b"accepted", b"after", b"against", b"already", b"and", b"are", b"at", b"auth", b"authentication", b"bad", b"be",
    b"been", b"before", b"boolean", b"but", b"by", b"can", b"can't", b"cannot", b"changed", b"check", b"contains", b"could",
    b"denied", b"deprecated", b"did", b"didn't", b"disabled", b"do", b"does", b"doesn't", b"don't", b"enabled", b"enter",
    b"exists", b"expected", b"expired", b"expires", b"externally", b"failed", b"failure", b"field", b"for", b"forbidden",
    b"from", b"generated", b"given", b"globally", b"had", b"has", b"have", b"if", b"in", b"incorrect", b"int", b"integer",
    b"invalid", b"is", b"isn't", b"length", b"let", b"malformed", b"matches", b"may", b"might", b"mismatch", b"mismatched",
    b"must", b"mustn't", b"needed", b"not", b"number", b"object", b"of", b"ok", b"on", b"only", b"optional", b"or", b"path",
    b"please", b"present", b"prompt", b"provided", b"refused", b"rejected", b"required", b"revoked", b"rotated", b"secretstr",
    b"sent", b"set", b"should", b"str", b"string", b"success", b"successful", b"supplied", b"supports", b"text", b"that",
    b"this", b"to", b"too", b"try", b"unauthorized", b"unavailable", b"unchanged", b"unexpected", b"unknown", b"unsupported",
    b"updated", b"use", b"used", b"using", b"valid", b"validation", b"values", b"varchar", b"verification", b"verified", b"via", b"was",
    b"wasn't", b"were", b"when", b"will", b"with", b"without", b"would", b"wrong",
];

/// Is it a remark on the secret and not the secret: `incorrect for user bob`, `must be at least 8 characters`?
pub(crate) fn is_remark(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let length = value.iter().take(16).take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'\'').count();
    let (word, rest) = value.split_at(length);
    let ends = rest.iter().take_while(|&&byte| byte != b' ').all(|byte| b",.;:!)".contains(byte));
    if !ends || word.len() < 2 {
        return false;
    }
    // `Is`, `is` or `IS`, not `iS`.
    let cased = word[1..].iter().all(|byte| !byte.is_ascii_uppercase()) || word.iter().all(u8::is_ascii_uppercase);
    let in_prose = |byte: &u8| byte.is_ascii_alphanumeric() || b" ,.;:=!()'\"/_-".contains(byte);
    cased && is_remark_word(word) && rest.iter().all(in_prose)
}

/// Is it one of the words that say something of a secret?
pub(super) fn is_remark_word(word: &[u8]) -> bool {
    REMARKS.binary_search_by(|remark| remark.iter().copied().cmp(word.iter().map(u8::to_ascii_lowercase))).is_ok()
}

/// The same as [`is_code`] of a value in a line: in quotes, `Name(text)` is a text.
pub(crate) fn is_code_at(line: &[u8], value: Span) -> bool {
    let text = value.of(line);
    let is_quoted = value.start > 0 && b"\"'".contains(&line[value.start - 1]) && line.get(value.end) == Some(&line[value.start - 1]);
    let is_call = || text.ends_with(b")") && memchr::memchr2(b'.', b'_', text).is_none() && !text.ends_with(b"()");
    !(is_quoted && is_call() && text[0].is_ascii_uppercase()) && is_code(text)
}

/// Is it an expression of a program: `getPassword()`, `self.password`, `request.form['password']`, `os.environ[…`,
/// `Token{…}`, `Object@1a2b3c`?
pub(crate) fn is_code(value: &[u8]) -> bool {
    const OBJECTS: [&[u8]; 24] = [
        b"self",
        b"this",
        b"process",
        b"os",
        b"config",
        b"settings",
        b"req",
        b"request",
        b"params",
        b"props",
        b"env",
        b"args",
        b"var",
        b"local",
        b"module",
        b"secrets",
        b"options",
        b"opts",
        b"conf",
        b"ctx",
        b"state",
        b"credentials",
        b"form",
        b"data",
    ];
    const LAST: [&[u8]; 9] = [b"password", b"passwd", b"pwd", b"pass", b"secret", b"token", b"key", b"value", b"passphrase"];
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || b"_.$:>-".contains(byte);
    // Of an object or a call of several lines.
    let value = value.strip_suffix(b",").unwrap_or(value);
    let length = value.iter().take_while(|byte| is_letter(byte)).count();
    let (path, rest) = value.split_at(length);
    // A variable of PHP: `$_POST['x']`, `$this->x`.
    if path.starts_with(b"$") && path.len() > 2 && (path.windows(2).any(|two| two == b"->") || rest.starts_with(b"[")) {
        return true;
    }
    if path.len() < 2 || !path[0].is_ascii_alphabetic() {
        return false;
    }
    let dotted = path.contains(&b'.') || path.contains(&b'>');
    match rest {
        // A name alone may be a password; a path of names is one of a field.
        [] => {
            let head = path.split(|&byte| byte == b'.').next().unwrap_or_default();
            let tail_is = |last: &&[u8]| path.len() > last.len() && path[path.len() - last.len()..].eq_ignore_ascii_case(last);
            path.contains(&b'.') && (OBJECTS.contains(&head) || LAST.iter().any(tail_is))
        }
        [b'(', b')', ..] | [b'(', b'"' | b'\'', ..] | [b'('] => true,
        // `varchar(255)`, `f(x, y)`; a password may hold a bracket, but seldom a pair that ends it.
        [b'(', inner @ .., b')'] => !inner.is_empty() && inner.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_., :".contains(byte)),
        [b'[', ..] => dotted || matches!(rest, [b'['] | [b'[', b'\'' | b'"', ..]),
        [b'{', .., b'}'] | [b'{'] => true,
        [b'{', inner @ ..] => inner.contains(&b'.') || path[0].is_ascii_uppercase(),
        [b'@', hash @ ..] => dotted && (1..=8).contains(&hash.len()) && hash.iter().all(u8::is_ascii_hexdigit),
        _ => false,
    }
}

/// Is it the rest of a pattern that looks for values: `[^&]*`, `(\S+)`?
pub(super) fn is_pattern(value: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 14] =
        [b"[^", b")[", b"(?:", b"(?P<", b"(?<", b"([^", b"(.*", b"(.+", b".*", b".+?", b"\\S+", b"(\\S", b"\\w+", b"(\\w"];
    BEGINNINGS.iter().any(|beginning| value.starts_with(beginning))
}

/// Is it a name made of words, with numbers between or behind them: `my-tls-secret`, `db-credentials-2`, `prod/db`,
/// `ThisIsAName`?
pub(crate) fn is_name(value: &[u8]) -> bool {
    /// Longer runs of letters are words in no language that names are given in.
    const WORD: usize = 16;
    let mut parts = 0;
    for part in value.split(|byte| b"-_./:@".contains(byte)).filter(|part| !part.is_empty()) {
        let letters = part.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let digits = part.len() - letters;
        if !part[letters..].iter().all(u8::is_ascii_digit) || digits > if letters > 0 { 2 } else { 4 } {
            return false;
        }
        let (count, are_words) = camel_words(&part[..letters], WORD);
        if !are_words {
            return false;
        }
        parts += count.max(1);
    }
    // `hunter22` could be a name, or what somebody took for a password.
    parts > 1 || !value.iter().any(u8::is_ascii_digit)
}

/// The words of a run of letters: how many, and whether all are like words.
fn camel_words(letters: &[u8], longest: usize) -> (usize, bool) {
    if letters.iter().all(u8::is_ascii_uppercase) {
        return (usize::from(!letters.is_empty()), letters.len() <= longest);
    }
    let mut count = 0;
    let mut at = 0;
    let mut short = 0;
    while at < letters.len() {
        let rest = &letters[at + 1..];
        let length = 1 + rest.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
        let has_vowel = letters[at..at + length].iter().any(|byte| b"aeiouyAEIOUY".contains(byte));
        if length > longest || (length > 3 && !has_vowel) {
            return (count, false);
        }
        short += usize::from(length < 3);
        count += 1;
        at += length;
    }
    // `AbCdEf` has no words, `IsAName` some.
    (count, count == 1 || short * 2 <= count)
}
