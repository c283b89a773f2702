//! Which addresses are the internet's, and which belong to the house or to nobody.
//!
//! The registries of special addresses of IANA (RFC 6890), and what machines at hosters ask for their secrets.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// First address and length of the prefix of what isn't the internet's.
const SPECIAL_V4: [([u8; 4], u8); 17] = [
    ([0, 0, 0, 0], 8),        // this network, and the unspecified address
    ([10, 0, 0, 0], 8),       // private
    ([100, 64, 0, 0], 10),    // shared by carriers; a hoster's metadata
    ([127, 0, 0, 0], 8),      // loopback
    ([168, 63, 129, 16], 32), // a hoster's metadata, though it looks like the internet's
    ([169, 254, 0, 0], 16),   // link-local, and most metadata
    ([172, 16, 0, 0], 12),    // private
    ([192, 0, 0, 0], 24),     // protocol assignments
    ([192, 0, 2, 0], 24),     // documentation
    ([192, 31, 196, 0], 24),  // AS112
    ([192, 52, 193, 0], 24),  // AMT
    ([192, 88, 99, 0], 24),   // 6to4 relays
    ([192, 168, 0, 0], 16),   // private
    ([198, 18, 0, 0], 15),    // benchmarks
    ([198, 51, 100, 0], 24),  // documentation
    ([203, 0, 113, 0], 24),   // documentation
    ([224, 0, 0, 0], 3),      // multicast, reserved, broadcast
];

/// The same of what is special inside of 2000::/3; everything outside of it is.
const SPECIAL_V6: [([u16; 2], u8); 5] = [
    ([0x2001, 0x0000], 23), // protocol assignments: Teredo, ORCHID and the like
    ([0x2001, 0x0db8], 32), // documentation
    ([0x2002, 0x0000], 16), // 6to4: an IPv4 address inside
    ([0x2620, 0x004f], 32), // AS112
    ([0x3fff, 0x0000], 20), // documentation
];

/// The address as a connection would use it: an IPv4 address that stands in an IPv6 one is that IPv4 address.
pub(crate) fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Whether the address is one of the internet, and nobody's own.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match plain(address) {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !SPECIAL_V4.iter().any(|(first, length)| same_prefix_32(bits, u32::from_be_bytes(*first), *length))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let bits = u32::from(first) << 16 | u32::from(second);
    // Loopback, unspecified, NAT64, unique local, link-local and multicast addresses all lie outside of 2000::/3.
    first & 0xe000 == 0x2000
        && !SPECIAL_V6.iter().any(|([first, second], length)| {
            same_prefix_32(bits, u32::from(*first) << 16 | u32::from(*second), *length)
        })
}

fn same_prefix_32(one: u32, other: u32, length: u8) -> bool {
    let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
    one & mask == other & mask
}

/// Whether the operator allowed the address by name of its network.
pub(crate) fn is_allowed(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&plain(address)) || network.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_house_and_of_nobody_are_not_public() {
        let inside = "0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.255 168.63.129.16 \
             169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.168.1.1 198.18.0.1 198.19.255.255 \
             198.51.100.7 203.0.113.7 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 \
             :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::a00:1 64:ff9b:1::1 \
             100::1 2001::1 2001:1ff::1 2001:db8::1 2002:7f00:1::1 2620:4f:8000::1 3fff::1 fc00::1 fd00:ec2::254 \
             fe80::1 fec0::1 ff02::1 4000::1 5f00::1";
        for address in inside.split_whitespace() {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn addresses_of_the_internet_are_public() {
        let outside = "1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 \
             168.63.129.15 169.253.255.255 172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 198.17.255.255 \
             198.20.0.0 223.255.255.255 ::ffff:1.1.1.1 2001:200::1 2001:4860:4860::8888 2003::1 2606:4700::1111 \
             2a00:1450::1 3ffe::1";
        for address in outside.split_whitespace() {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn an_allowed_network_names_an_address_however_it_is_written() {
        let networks = ["10.1.0.0/16".parse().unwrap(), "fd12::/16".parse().unwrap()];
        for (address, allowed) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("10.2.0.1", false),
            ("fd12::7", true),
            ("fd13::7", false),
            ("::1", false),
        ] {
            assert_eq!(is_allowed(&networks, address.parse().unwrap()), allowed, "{address}");
        }
    }
}
