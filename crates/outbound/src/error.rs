//! Why another server couldn't be asked.

/// What went wrong; says nothing of what was sent, and of the address no more than the host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// Not an address that is asked.
    #[error("{0}")]
    Address(&'static str),
    /// The name leads nowhere.
    #[error("the name {0} isn't known")]
    UnknownName(String),
    /// The name leads to addresses that the operator hasn't allowed.
    #[error("{0} is an address inside of the house, and the operator hasn't allowed it in outbound_networks")]
    Refused(String),
    /// Without TLS where it has to be.
    #[error("{0} can be asked without TLS only in a network that the operator allowed in outbound_networks")]
    Plain(String),
    /// No connection, or none that is safe.
    #[error("{host} can't be reached: {reason}")]
    Unreachable {
        /// Who was asked.
        host: String,
        /// Why not.
        reason: String,
    },
    /// It took too long.
    #[error("{0} took too long to answer")]
    TooSlow(String),
    /// It leads elsewhere.
    #[error("{0} answers with a redirect, which isn't followed: name the address that it leads to")]
    Redirect(String),
    /// More than was asked for.
    #[error("the answer of {host} is longer than {bytes_max} bytes")]
    TooLong {
        /// Who was asked.
        host: String,
        /// How much is read.
        bytes_max: usize,
    },
    /// The answer broke off, or isn't one.
    #[error("the answer of {host} can't be read: {reason}")]
    Unreadable {
        /// Who was asked.
        host: String,
        /// Why not.
        reason: String,
    },
    /// The operator's own certificates can't be used.
    #[error("the certificates of the operator can't be used: {0}")]
    Certificates(String),
}
