//! What stands between the user and the host of a URL.

use super::Verdict;
use super::arithmetic::verdict;

/// `url-password`: what stands between the colon behind a user and an `@`, with `/`, `?` or `#` in it. By the standard one of
/// these ends the authority; it is part of a password where what stands before it is neither a port nor, behind another `@`, a host
/// that can be told as one.
pub(super) fn password(candidate: &[u8]) -> Verdict {
    let Some(end) = candidate.iter().position(|byte| b"/?#".contains(byte)) else { return Verdict::Impossible };
    let authority = candidate[..end].strip_suffix(b"\\").unwrap_or(&candidate[..end]);
    let is_end = match authority.iter().rposition(|&byte| byte == b'@') {
        Some(at) => ends_at_host(&authority[at + 1..], &candidate[end..]),
        None => begins_with_port(authority),
    };
    verdict(!is_end)
}

/// Is that one host, or several, before a path or a query?
fn ends_at_host(hosts: &[u8], rest: &[u8]) -> bool {
    let is_name = |name: &[u8]| !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(byte));
    let has_query = || {
        let query = rest.iter().position(|byte| b"?@".contains(byte)).map_or(b"".as_slice(), |at| &rest[at..]);
        let name = query.iter().position(|&byte| byte == b'=').map_or(b"".as_slice(), |at| &query[1..at]);
        query.starts_with(b"?") && is_name(name)
    };
    hosts.split(|&byte| byte == b',').all(|host| is_host(host) || (is_name(host) && has_query()))
}

/// `localhost`, `db.example`, `10.0.0.1`, `db:5432`, `[::1]`: a name alone may as well be the rest of a password.
fn is_host(host: &[u8]) -> bool {
    if host.starts_with(b"[") {
        return host.contains(&b']');
    }
    let (name, port) = match host.iter().position(|&byte| byte == b':') {
        Some(colon) => (&host[..colon], Some(&host[colon + 1..])),
        None => (host, None),
    };
    let is_label = |label: &[u8]| !label.is_empty() && label.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
    let last = name.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    let is_domain = last.len() > 1 && last.iter().all(u8::is_ascii_alphabetic) && last.len() < name.len();
    let is_address = || super::contact::ipv4(name) == Verdict::Valid;
    name.split(|&byte| byte == b'.').all(is_label)
        && port.is_none_or(is_port)
        && (port.is_some() || is_domain || name == b"localhost" || is_address())
}

fn is_port(port: &[u8]) -> bool {
    (1..=5).contains(&port.len()) && port.iter().all(u8::is_ascii_digit)
}

/// `8080`, `9200,other:9200`: the user is a host. Ports of one digit nobody has.
fn begins_with_port(text: &[u8]) -> bool {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 1 && is_port(&text[..digits]) && text.get(digits).is_none_or(|byte| b",;".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{accepts, refuses};

    #[test]
    fn passwords_that_hold_what_ends_an_authority() {
        accepts(
            "url-password",
            &[
                "p/w",
                "p@s/w",
                "12@s/w",
                "12a/w",
                "1/w",
                "p@s.s/w",
                "p@s.5s#w",
                "p@s!s.example/w",
                "p@a:b/w",
                "p@registry/x",
                "p@s?w",
                "p@a,b/w",
                "p@s/w@h/d?x=a",
            ],
        );
        refuses(
            "url-password",
            &[
                "pw",
                "p@w",
                "8080/a",
                "9200,b:9200/a",
                "p@host.example/a",
                "p@x@host.example/a",
                "p@localhost/a",
                "p@10.0.0.1/a",
                "p@host:8080/a",
                "p@[::1]/a",
                "p@db/app?user=a",
                "p@a:1,b:2/app",
            ],
        );
    }
}
