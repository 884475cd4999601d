//! Addresses of machines.

use std::net::Ipv6Addr;

use super::Verdict;
use super::arithmetic::verdict;
use super::contact;

/// `ipv4-host`: an address as `ipv4` has it that a host may have. What ends with three zeros is a network or a version
/// (`10.0.0.0/8`, `Chrome/124.0.0.0`), and `0.0.0.0` is nobody's.
pub(super) fn ipv4(candidate: &[u8]) -> Verdict {
    if candidate.ends_with(b".0.0.0") { Verdict::Impossible } else { contact::ipv4(candidate) }
}

/// `ipv6-host`: an address (RFC 4291, section 2.2) of a block that is in use (IANA, "Internet Protocol Version 6 Address Space"):
/// global, local, of a group, mapped from IPv4 or translated to it, loopback.
pub(super) fn ipv6(candidate: &[u8]) -> Verdict {
    let Some(address) = std::str::from_utf8(candidate).ok().and_then(|text| text.parse::<Ipv6Addr>().ok()) else {
        return Verdict::Impossible;
    };
    let in_use = match address.segments() {
        [0x2000..=0x3fff | 0xfc00..=0xfdff | 0xfe80..=0xfebf | 0xff00..=0xffff, ..] | [0x64, 0xff9b, ..] => true,
        _ => address.is_loopback() || address.to_ipv4_mapped().is_some(),
    };
    verdict(in_use)
}

/// `mac`: six pairs, all joined alike (IEEE 802, section 8.1), which are neither nothing but zeros nor a date and time of two digits
/// each.
pub(super) fn mac(candidate: &[u8]) -> Verdict {
    let Some(&joint) = candidate.get(2) else { return Verdict::Impossible };
    let pairs: Vec<&[u8]> = candidate.split(|&byte| byte == joint).collect();
    let is_pair = |pair: &&[u8]| pair.len() == 2 && pair.iter().all(u8::is_ascii_hexdigit);
    let is_zero = || candidate.iter().all(|&byte| byte == b'0' || byte == joint);
    verdict(b":-".contains(&joint) && pairs.len() == 6 && pairs.iter().all(is_pair) && !is_zero() && !is_date_and_time(&pairs))
}

/// Year, month, day, hour, minute, second.
fn is_date_and_time(pairs: &[&[u8]]) -> bool {
    let number = |pair: &&[u8]| std::str::from_utf8(pair).ok().and_then(|text| text.parse::<u8>().ok());
    let numbers: Option<Vec<u8>> = pairs.iter().map(number).collect();
    matches!(numbers.as_deref(), Some([_, 1..=12, 1..=31, 0..24, 0..60, 0..60]))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{accepts, refuses};

    #[test]
    fn addresses_of_hosts() {
        accepts("ipv4-host", &["192.0.2.1", "10.0.0.1", "127.0.0.1", "169.254.169.254", "255.255.255.255", "203.0.113.0"]);
        refuses("ipv4-host", &["0.0.0.0", "10.0.0.0", "124.0.0.0", "256.0.0.1", "192.0.2.01", ""]);
        accepts("ipv6-host", &["2001:db8::1", "2001:DB8:0:0:1:2:3:4", "3fff::1", "fe80::1", "fd00::7", "ff02::1", "::1"]);
        accepts("ipv6-host", &["::ffff:192.0.2.1", "::ffff:c000:201", "64:ff9b::192.0.2.33", "2001:db8::192.0.2.1"]);
        refuses("ipv6-host", &["2001:db8::1::2", "2001:db8:1:2:3:4:5:6:7", "2001:db8:1", "1::2", "abcd::1", "2001:db8::1:", "", "\u{e9}"]);
        refuses("ipv6-host", &["20:00:00:25:b5:00:00:01", "::2", "2001:db8::256.0.0.1"]);
    }

    #[test]
    fn hardware_addresses() {
        accepts("mac", &["00:00:5e:00:53:01", "00-00-5E-00-53-01", "fe:ff:ff:ff:ff:ff", "ff:ff:ff:ff:ff:ff", "00:50:56:12:34:56"]);
        refuses("mac", &["00:00:00:00:00:00", "00:00-5e:00-53:01", "00:00:5e:00:53", "00:00:5e:00:53:0", "24-11-30-12-59-59", ""]);
        refuses("mac", &["00.00.5e.00.53.01", "00:00:5e:00:53:01:02", "\u{e9}0:00", "0g:00:5e:00:53:01"]);
    }
}
