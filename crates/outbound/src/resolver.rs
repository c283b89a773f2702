//! From names to addresses. Whoever asks checks what comes, and connects to exactly that.

use futures::future::BoxFuture;
use std::net::IpAddr;

/// Says which addresses a name has; tests bring their own.
pub trait Resolver: Send + Sync {
    /// The addresses of a name; none when it isn't known.
    fn addresses<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Vec<IpAddr>>;
}

/// Asks as the machine does: its hosts file and its name servers.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn addresses<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Vec<IpAddr>> {
        Box::pin(async move {
            match tokio::net::lookup_host((name, 0)).await {
                Ok(found) => found.map(|address| address.ip()).collect(),
                Err(_) => Vec::new(),
            }
        })
    }
}
