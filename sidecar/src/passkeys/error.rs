//! Why a passkey is refused.

/// Why a passkey is refused. The page does not say why; the reason is for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyRefused {
    /// Passkeys are off, or the host of the tenant is an IP address.
    #[error("passkeys are off, or the host is an address")]
    Off,
    /// The response is not in the form in which browsers send it, or the id or the key of a new passkey is too long.
    #[error("the response is malformed")]
    Malformed,
    /// The challenge was made for another page, has expired, or was used.
    #[error("the challenge is not that of this page, or it is too old")]
    Challenge,
    /// No user has this passkey, or it was added at another host.
    #[error("no user has this passkey at this host")]
    Unknown,
    /// A check of the ceremony failed; the text says which.
    #[error("{0}")]
    Unverified(String),
    /// The algorithm of the new passkey was not offered.
    #[error("algorithm {0} was not offered")]
    Algorithm(i32),
    /// The signature counter is not higher than the stored one.
    #[error(
        "the signature counter went from {stored} to {presented}: somebody may have a copy of the passkey"
    )]
    WentBack {
        /// The stored counter.
        stored: u32,
        /// The presented counter.
        presented: u32,
    },
}
