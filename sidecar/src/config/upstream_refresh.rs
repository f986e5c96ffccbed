//! When the identity provider is asked about a grant.

/// `BOUNCER_STRICT_UPSTREAM_REFRESH`: whether a refresh of a grant is confirmed with the identity provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpstreamRefresh {
    /// `false`: never; the grant lives by its own lifetimes.
    Never,
    /// `auto`: where the provider gave a refresh token. Its outage is bridged for a time.
    Auto,
    /// `true`: always; without the provider's word there is no refresh.
    Always,
}
