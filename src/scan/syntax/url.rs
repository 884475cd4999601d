//! A user and a host that are no address: in the authority of a URL (`scheme://user:password@host`), in the prompt of a shell.

use crate::scan::Span;

/// No user part is looked at further.
const LONGEST: usize = 512;

/// Is a span that looks like an address the end of a user part and the host behind it: `p@db.example` in
/// `//bob:p@db.example/`? An address may stand in a user part, before another `@`.
pub(crate) fn is_user_and_host(line: &[u8], span: Span) -> bool {
    if is_in_prompt(line, span) {
        return true;
    }
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

/// Does a folder stand behind it, as in `bob@db.example:/var/log$` and `[bob@db.example log]$`?
fn is_in_prompt(line: &[u8], span: Span) -> bool {
    const LONGEST: usize = 64;
    let behind = &line[span.end..];
    if let [b':', b'/' | b'~', rest @ ..] = behind {
        // Not the address before another one: `bob@x.example:/ann@y.example`.
        return !rest.starts_with(b"/") && !rest.iter().take(LONGEST).take_while(|&&byte| byte > b' ').any(|&byte| byte == b'@');
    }
    let folder = behind.strip_prefix(b" ").filter(|_| line[..span.start].ends_with(b"[")).and_then(|folder| {
        let end = folder.iter().take(LONGEST).position(|&byte| byte <= b' ' || byte == b']')?;
        folder.get(end..end + 2)
    });
    matches!(folder, Some(b"]$" | b"]#"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_of_hosts_are_told_from_addresses() {
        let is_host = |line: &str| {
            let at = line.find("bob@db.example").unwrap();
            is_user_and_host(line.as_bytes(), Span { start: at, end: at + 14 })
        };
        for line in [
            "https://bob@db.example/x",
            "bob@db.example:~$ ls",
            "bob@db.example:/var/log$ tail x",
            "scp a bob@db.example:/tmp/",
            "[bob@db.example log]$ ls",
            "[bob@db.example ~]# ls",
        ] {
            assert!(is_host(line), "{line}");
        }
        for line in [
            "mail to bob@db.example: x",
            "[bob@db.example]$",
            "[bob@db.example, ann]$ x",
            "bob@db.example://x",
            "bob@db.example:/ann@y.example",
            "{bob@db.example log}$",
        ] {
            assert!(!is_host(line), "{line}");
        }
    }
}
