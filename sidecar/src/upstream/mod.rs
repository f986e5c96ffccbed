//! The sidecar as a client: a tenant's identity provider, by OpenID Connect discovery.
//!
//! OpenID Connect Core 1.0 §3.1 (code flow), Discovery 1.0 §4. Nothing of what the MCP client sent (its
//! `resource`, scopes, state, PKCE) is passed on. A tenant's client secret goes to the endpoints of
//! that tenant's own issuer only.

pub mod address;
mod auth_method;
mod call;
mod claims;
mod client_auth;
mod documents;
mod error;
mod github;
pub mod http;
pub mod id_token;
mod internal_origin;
mod jws;
pub mod oidc;
mod port;
pub mod profile;
mod proxy;
mod reach;
mod refusal;
mod registration;
mod resolve;
mod user_info;
mod wants;

pub use auth_method::ClientAuthMethod;
pub use claims::Notes;
pub use error::UpstreamError;
pub use port::{Answer, Begin, Finish, Freshness, Refreshed, SignedIn, Upstream};
pub use profile::Profile;
pub use refusal::Said;
pub use registration::Registration;
pub use wants::Wants;
