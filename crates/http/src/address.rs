//! The address that a request really comes from.
//!
//! `X-Forwarded-For` is walked from the right, and only as long as whoever added an entry is a trusted
//! proxy. What a stranger writes into the header is never reached.

use axum::http::HeaderMap;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address of whoever spoke to the outermost trusted proxy; the peer itself when it is none.
pub(crate) fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer.to_canonical();
    if trusted.is_empty() {
        return client;
    }
    let trusts = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    for line in lines {
        // A line that is no text was written by nobody whom we trust to have looked at it.
        let Ok(line) = line.to_str() else {
            return client;
        };
        for entry in line.rsplit(',') {
            if !trusts(client) {
                return client;
            }
            let Some(address) = parse(entry) else {
                return client;
            };
            client = address;
        }
    }
    client
}

/// An address as proxies write it: plain, with a port, or in brackets.
fn parse(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    let address = bare.parse::<IpAddr>().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn headers(lines: &[String]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        headers
    }
    fn networks(texts: &[&str]) -> Vec<IpNet> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }
    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_chain_of_trusted_proxies_is_walked_to_the_stranger() {
        let trusted = networks(&["10.0.0.0/8"]);
        let chain = headers(&["203.0.113.9, 198.51.100.7".to_owned(), "10.0.0.3".to_owned()]);
        assert_eq!(client_address(address("10.0.0.2"), &chain, &trusted), address("198.51.100.7"));
        let with_port = headers(&["[2001:db8::1]:443".to_owned()]);
        assert_eq!(client_address(address("::ffff:10.0.0.2"), &with_port, &trusted), address("2001:db8::1"));
    }

    #[test]
    fn nonsense_ends_the_walk_at_the_last_proxy() {
        let trusted = networks(&["10.0.0.0/8"]);
        let chain = headers(&["198.51.100.7, unknown, 10.0.0.3".to_owned()]);
        assert_eq!(client_address(address("10.0.0.2"), &chain, &trusted), address("10.0.0.3"));
    }

    proptest! {
        /// Whatever a stranger sends: what they write never hides the address that they spoke from.
        #[test]
        fn a_forged_header_is_ignored(forged in proptest::collection::vec("[0-9a-f.:, ]{0,40}", 0..4), stranger in any::<[u8; 4]>()) {
            let stranger = IpAddr::from(stranger);
            let trusted = networks(&["10.0.0.0/8"]);
            prop_assume!(!trusted[0].contains(&stranger));
            prop_assert_eq!(client_address(stranger, &headers(&forged), &trusted), stranger);
            prop_assert_eq!(client_address(stranger, &headers(&forged), &[]), stranger);
            let mut through_proxy = forged.clone();
            through_proxy.push(stranger.to_string());
            prop_assert_eq!(client_address(address("10.1.2.3"), &headers(&through_proxy), &trusted), stranger);
        }
    }
}
