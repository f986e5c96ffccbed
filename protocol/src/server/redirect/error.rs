//! Why a redirect URI is refused.

/// Why a text is not a redirect URI, or not a redirect URI of this client. The error text is safe to send to the
/// client.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RedirectError {
    /// The text is not an absolute URI, or is too long.
    #[error("the redirect URI is not an absolute URI of at most 2048 bytes")]
    Malformed,
    /// The URI holds something that two parsers may read differently, or that no redirect URI may hold.
    #[error(
        "the redirect URI holds user information, a fragment, dot segments, a backslash, or a host that is not \
         written as a plain name or address"
    )]
    Ambiguous,
    /// The scheme is `http`, and the host is none of `localhost`, `127.0.0.1` and `[::1]`.
    #[error("http is for loopback redirect URIs only; use https")]
    PlainHttp,
    /// The URI's private-use scheme is not accepted. The variant holds the scheme.
    #[error(
        "the scheme {0}: is not accepted here; the operator can allow it with BOUNCER_REDIRECT_SCHEMES={0}"
    )]
    PrivateUse(String),
    /// The tenant allows only other hosts. The variant holds the URI's host with its port, or its scheme with a colon.
    #[error("{0} is not accepted here; the operator can allow it with the option allowedRedirectHosts")]
    HostNotAllowed(String),
    /// The URI's scheme is never accepted.
    #[error("this scheme is never accepted")]
    Dangerous,
    /// The URI is well-formed, but the client did not register it.
    #[error(
        "the redirect URI is not registered for this client: it must be equal to a registered one, character by \
         character, but for the port of a loopback address"
    )]
    Unregistered,
    /// The request names no redirect URI, and the client has registered several, or one whose port may differ each
    /// time.
    #[error(
        "redirect_uri is missing, and the client has several, or one on a loopback address, which has any port"
    )]
    Missing,
}
