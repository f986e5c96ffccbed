//! Why a token is not valid.

/// Why a token is not valid. The reason is for the log; the client gets `invalid_token`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TokenRefusal {
    /// A claim is missing.
    #[error("claim {0} is missing")]
    Missing(&'static str),
    /// `typ` is not `at+jwt`, and no option accepts `typ: JWT` here.
    #[error("typ is not at+jwt")]
    Type,
    /// The token has no `scope`, and `workloads` does not list its `sub`.
    #[error("it has no scope, and workloads does not list its sub")]
    Workload,
    /// `iss` of a token of our own is not the tenant's issuer, or `iss` of a foreign token is not the one that
    /// `jwksIssuer` names.
    #[error("iss does not match the tenant's issuer")]
    Issuer,
    /// `mcpb_tid` is not the tenant's id.
    #[error("mcpb_tid does not match: the tenant's provider, client or name has changed")]
    Tenant,
    /// `aud` names another resource, or does not cover the path.
    #[error("aud does not lie at or below the issuer, or does not cover the path")]
    Audience,
    /// `exp` has passed.
    #[error("expired")]
    Expired,
    /// `nbf` or `iat` is in the future.
    #[error("not valid yet")]
    NotYet,
    /// `iat` or `exp` is outside what the key certificate allows, or the certificate has expired.
    #[error("outside the times for which its key is certified")]
    OutsideCertificate,
    /// The token's prefix, its `client_id` and the certificate of its key disagree on whether it is a personal access
    /// token.
    #[error("prefix, client_id and key certificate disagree on whether it is a personal access token")]
    Purpose,
    /// The token is a personal access token, and `personalTokens` is not set or allows fewer days.
    #[error("a personal access token: personalTokens is not set or allows fewer days")]
    Personal,
    /// `sub` is not 1 to 255 visible ASCII characters.
    #[error("sub cannot be put into a header")]
    Subject,
    /// `scope` is not a list of scopes.
    #[error("scope is malformed")]
    Scope,
}
