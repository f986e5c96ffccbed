//! The grant types of the token endpoint, by their registered names.

/// A grant type (RFC 6749 §1.3, RFC 7523 §2.1), as the parameter `grant_type` and the member `grant_types` of RFC 7591
/// §2 name it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GrantType {
    /// The code of a login (RFC 6749 §4.1).
    AuthorizationCode,
    /// A refresh token (RFC 6749 §6).
    RefreshToken,
    /// The client's own credentials, without a user (RFC 6749 §4.4).
    ClientCredentials,
    /// An assertion about a user, signed by the identity provider (RFC 7523 §2.1).
    JwtBearer,
}

impl GrantType {
    /// All grant types, in the order in which they are listed.
    pub const ALL: [Self; 4] =
        [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials, Self::JwtBearer];

    /// The registered name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::JwtBearer => "urn:ietf:params:oauth:grant-type:jwt-bearer",
        }
    }
}
