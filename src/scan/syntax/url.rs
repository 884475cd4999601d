//! The authority of a URL: `scheme://user:password@host`.

use crate::scan::Span;

/// No user part is looked at further.
const LONGEST: usize = 512;

/// Is a span that looks like an address the end of a user part and the host behind it: `p@db.example` in
/// `//bob:p@db.example/`? An address may stand in a user part, before another `@`.
pub(crate) fn is_user_and_host(line: &[u8], span: Span) -> bool {
    let ends = |byte: &u8| *byte <= b' ' || b"\"'<>`".contains(byte);
    let before = &line[span.start.saturating_sub(LONGEST)..span.start];
    let Some(start) = before.iter().rposition(|byte| *byte == b'/' || ends(byte)) else { return false };
    let scheme = before[..=start].strip_suffix(b"//").or_else(|| before[..=start].strip_suffix(b"\\/\\/"));
    let is_authority = scheme.is_some_and(|scheme| scheme.ends_with(b":"));
    // A query or fragment ends the authority, but a password may hold their bytes too: `bob:p#ss@db`.
    let user_part = &before[start + 1..];
    if let Some(query) = user_part.iter().position(|byte| b"?#".contains(byte)) {
        let colon = user_part[..query].iter().position(|&byte| byte == b':');
        let begins_password = colon.and_then(|colon| user_part.get(colon + 1)).is_some_and(|byte| !byte.is_ascii_digit());
        if !begins_password || user_part[query..].contains(&b'=') {
            return false;
        }
    }
    let rest = line[span.end..].iter().take(LONGEST).take_while(|byte| !ends(byte) && !b"/?#".contains(byte));
    is_authority && !rest.clone().any(|&byte| byte == b'@')
}
