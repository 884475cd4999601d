//! Stars in place of a value.

use serde::Deserialize;

use crate::pack::Class;

/// How much [`Action::Mask`](super::Action::Mask) lets through: never more than a quarter of the value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Mask {
    /// How many of the first bytes stay.
    pub first: usize,
    /// How many of the last bytes stay.
    pub last: usize,
    /// Whether the domain of a mail address stays.
    pub domain: bool,
}

impl Mask {
    /// Appends the stars, and what may stay.
    pub(super) fn write(self, class: Class, value: &[u8], out: &mut Vec<u8>) {
        let domain = if self.domain && class == Class::Contact { domain(value) } else { value.len() };
        let local = &value[..domain];
        // Escapes and bytes outside ASCII stay hidden: half of one would be neither text nor JSON.
        let plain = local.iter().all(|byte| byte.is_ascii_graphic() && !b"\\%\"'".contains(byte));
        let budget = if plain { local.len() / 4 } else { 0 };
        let first = self.first.min(budget);
        let last = if domain < value.len() { 0 } else { self.last.min(budget - first) };
        out.extend_from_slice(&local[..first]);
        out.resize(out.len() + local.len() - first - last, b'*');
        out.extend_from_slice(&local[local.len() - last..]);
        out.extend_from_slice(&value[domain..]);
    }
}

/// Where `@domain` begins in a mail address, or the end if this is none.
fn domain(value: &[u8]) -> usize {
    let at = memchr::memrchr(b'@', value).filter(|&at| at > 0);
    let plain = |domain: &[u8]| !domain.is_empty() && domain.iter().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte));
    at.filter(|&at| plain(&value[at + 1..])).unwrap_or(value.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_shows_a_quarter_at_most() {
        let mask = |first, last, domain, value: &str| {
            let mut out = Vec::new();
            Mask { first, last, domain }.write(Class::Contact, value.as_bytes(), &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(mask(0, 4, false, "4111111111111111"), "************1111");
        assert_eq!(mask(4, 4, false, "abcdefgh"), "ab******");
        assert_eq!(mask(1, 9, true, "robertson@example.com"), "r********@example.com");
        assert_eq!(mask(9, 9, false, "abc"), "***");
        assert_eq!(mask(0, 4, false, "abcdefghijklmno\\\""), "*****************");
    }
}
