//! Whether HTTP without TLS may be served at an address.
//!
//! Off loopback it may not, unless a trusted proxy stands before it: passwords would go over the wire, and
//! `__Host-` cookies silently vanish in browsers.

use ipnet::IpNet;
use std::net::SocketAddr;

/// Plain HTTP off loopback, with nobody in between who speaks TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "plain HTTP is not served at {0}: set a TLS certificate and key, listen on a loopback address, or name the trusted \
     reverse proxy that speaks TLS"
)]
pub struct PlainHttpRefused(pub SocketAddr);

/// Says whether plain HTTP may be served here.
///
/// # Errors
/// [`PlainHttpRefused`] off loopback without a trusted proxy.
pub fn check_plain_http(listen: SocketAddr, trusted_proxies: &[IpNet]) -> Result<(), PlainHttpRefused> {
    if listen.ip().to_canonical().is_loopback() || !trusted_proxies.is_empty() {
        Ok(())
    } else {
        Err(PlainHttpRefused(listen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_on_loopback_unless_a_proxy_is_trusted() {
        let proxy: IpNet = "10.0.0.0/8".parse().unwrap();
        for (listen, trusted, fits) in [
            ("127.0.0.1:8480", vec![], true),
            ("[::1]:8480", vec![], true),
            ("[::ffff:127.0.0.1]:8480", vec![], true),
            ("0.0.0.0:8480", vec![], false),
            ("192.0.2.1:80", vec![], false),
            ("0.0.0.0:8480", vec![proxy], true),
        ] {
            assert_eq!(check_plain_http(listen.parse().unwrap(), &trusted).is_ok(), fits, "{listen}");
        }
    }
}
