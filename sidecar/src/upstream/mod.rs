//! The sidecar as an OAuth client of a tenant's identity provider: an OpenID provider, or GitHub.
//!
//! With an OpenID provider it uses the code flow (OpenID Connect Core 1.0 §3.1), with the endpoints that the provider's
//! metadata name (Discovery 1.0 §4). The MCP client's `resource`, scopes, `state` and PKCE values are never passed on
//! to the provider. A tenant's client secret is sent only to the endpoints of that tenant's own provider.

mod access_token;
pub mod address;
mod auth_method;
mod call;
mod call_span;
mod claims;
mod client_auth;
mod documents;
mod error;
mod github;
pub mod http;
mod id_jag;
pub mod id_token;
mod internal_origin;
mod jws;
mod measured;
mod needed_claims;
pub mod oidc;
mod port;
pub mod probe;
pub mod profile;
mod proxy;
mod reach;
mod refusal;
mod registration;
mod resolve;
mod revoke;
mod tokens;
mod user_info;

pub use access_token::{ASSUMED_SECS, UpstreamToken};
pub use auth_method::ClientAuthMethod;
pub use claims::Notes;
pub use error::UpstreamError;
pub use id_jag::{Asserted, AssertionError, Presented};
pub use measured::Measured;
pub use needed_claims::NeededClaims;
pub use port::{Begin, Finish, Freshness, Refreshed, SignedIn, ToRevoke, Upstream, UpstreamFuture};
pub use profile::Profile;
pub use refusal::ReportedError;
pub use registration::Registration;
