//! When the identity provider is asked to confirm a grant.

/// `BOUNCER_STRICT_UPSTREAM_REFRESH`: whether a refresh of a grant is confirmed with the identity provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpstreamRefresh {
    /// `false`: never. The grant ends by its own lifetimes, by revocation, or if the tenant's rules no longer admit the
    /// user.
    Never,
    /// `auto`: if the provider issued a refresh token. If the provider is unavailable, its last confirmation counts for
    /// a limited time.
    Auto,
    /// `true`: always. Without the provider's confirmation there is no refresh.
    Always,
}
