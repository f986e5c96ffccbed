//! The endpoints of the sidecar.

use crate::limits::request::CLIENT_IN_PATH;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The sidecar's path for the endpoints of all registered clients. The client's id is in the sealed context.
const REGISTERED_CLIENT: &str = "/oauth/registered-client";
const CLIENTS: &str = "/oauth/register/";

/// Endpoints with a fixed path below `/oauth/`: the same path at the sidecar and below a tenant's base.
static FIXED: [Endpoint; 14] = [
    Endpoint::Register,
    Endpoint::Authorize,
    Endpoint::Consent,
    Endpoint::Login,
    Endpoint::SecondFactor,
    Endpoint::Callback,
    Endpoint::Connections,
    Endpoint::Account,
    Endpoint::Token,
    Endpoint::Revoke,
    Endpoint::Introspect,
    Endpoint::Userinfo,
    Endpoint::Jwks,
    Endpoint::Connect,
];

/// One endpoint of the sidecar, serialised as its path below the tenant's base.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Endpoint {
    /// The authorization server metadata (RFC 8414).
    AuthorizationServerMetadata,
    /// The same metadata at the path of OpenID Connect Discovery.
    OpenidConfiguration,
    /// The client registration endpoint (RFC 7591).
    Register,
    /// The authorization endpoint (RFC 6749 §3.1).
    Authorize,
    /// The consent page.
    Consent,
    /// The login page.
    Login,
    /// The page that asks for the second factor.
    SecondFactor,
    /// The redirect URI to which the upstream provider sends the browser back.
    Callback,
    /// The page on which a user sees and revokes the grants.
    Connections,
    /// The page on which a local user changes the password and the second factor.
    Account,
    /// The token endpoint (RFC 6749 §3.2).
    Token,
    /// The client configuration endpoint of one registered client (RFC 7592).
    RegisteredClient {
        /// The client's id, as it stands in the path.
        client_id: String,
    },
    /// The revocation endpoint (RFC 7009).
    Revoke,
    /// The introspection endpoint (RFC 7662).
    Introspect,
    /// The userinfo endpoint: claims about the user of an access token (OpenID Connect Core §5.3).
    Userinfo,
    /// The public signing keys (RFC 7517 §5).
    Jwks,
    /// The page that explains how to connect a client.
    Connect,
}

impl Endpoint {
    /// The path at which the sidecar serves the endpoint.
    pub const fn sidecar_path(&self) -> &'static str {
        match self {
            Self::AuthorizationServerMetadata => "/.well-known/oauth-authorization-server",
            Self::OpenidConfiguration => "/.well-known/openid-configuration",
            Self::Register => "/oauth/register",
            Self::Authorize => "/oauth/authorize",
            Self::Consent => "/oauth/consent",
            Self::Login => "/oauth/login",
            Self::SecondFactor => "/oauth/second-factor",
            Self::Callback => "/oauth/callback",
            Self::Connections => "/oauth/connections",
            Self::Account => "/oauth/account",
            Self::Token => "/oauth/token",
            Self::RegisteredClient { .. } => REGISTERED_CLIENT,
            Self::Revoke => "/oauth/revoke",
            Self::Introspect => "/oauth/introspect",
            Self::Userinfo => "/oauth/userinfo",
            Self::Jwks => "/oauth/jwks.json",
            Self::Connect => "/oauth/connect",
        }
    }

    /// Returns the sidecar's path that equals `path`, or `None` if no endpoint has this path. For labels, whose values
    /// must come from a closed set.
    pub fn label(path: &str) -> Option<&'static str> {
        let others = [Self::AuthorizationServerMetadata, Self::OpenidConfiguration];
        let others = others.iter().map(Self::sidecar_path).chain([REGISTERED_CLIENT]);
        FIXED.iter().map(Self::sidecar_path).chain(others).find(|known| *known == path)
    }

    /// The endpoint whose path below the base is exactly `path`. Only endpoints below `/oauth/` are found. Nothing is
    /// percent-decoded.
    pub fn at_oauth_path(path: &str) -> Option<Self> {
        if let Some(id) = path.strip_prefix(CLIENTS) {
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
            let good = (1..=CLIENT_IN_PATH.most).contains(&id.len()) && id.bytes().all(plain);
            return good.then(|| Self::RegisteredClient { client_id: id.to_owned() });
        }
        FIXED.iter().find(|endpoint| endpoint.sidecar_path() == path).cloned()
    }

    /// Whether the endpoint is a page for browsers. A page has no CORS headers, and accepts forms only from the
    /// server's own pages.
    pub const fn is_page(&self) -> bool {
        matches!(
            self,
            Self::Authorize
                | Self::Consent
                | Self::Login
                | Self::SecondFactor
                | Self::Callback
                | Self::Connections
                | Self::Account
                | Self::Connect
        )
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::RegisteredClient { client_id } => {
                serializer.serialize_str(&[CLIENTS, client_id.as_str()].concat())
            }
            other => serializer.serialize_str(other.sidecar_path()),
        }
    }
}

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = String::deserialize(deserializer)?;
        let metadata = [Self::AuthorizationServerMetadata, Self::OpenidConfiguration];
        let metadata = metadata.into_iter().find(|endpoint| endpoint.sidecar_path() == path);
        Self::at_oauth_path(&path).or(metadata).ok_or_else(|| D::Error::custom("no such endpoint"))
    }
}
