//! The options that tell the MCP server who calls: `identityHeaders` and `upstreamToken`.

use super::error::ConfigError;
use super::raw::Raw;
use crate::resource::backend_headers::{BackendHeaders, HeaderChoiceError, IdentityClaim};
use crate::settings::Provider;

const IDENTITY: &str = "identityHeaders";
const UPSTREAM: &str = "upstreamToken";

/// The other options on which these two depend.
pub(super) struct Others<'a> {
    pub(super) provider: &'a Provider,
    pub(super) has_foreign_issuer: bool,
    pub(super) forwards_authorization: bool,
}

pub(super) fn backend_headers(raw: &Raw<'_>, others: &Others<'_>) -> Result<BackendHeaders, ConfigError> {
    let mut headers = BackendHeaders::default();
    for (name, word) in raw.pairs(IDENTITY)? {
        let claim = IdentityClaim::parse(&word).ok_or_else(|| {
            let known = "` is none of sub, client, client_name, email, name, username, groups";
            ConfigError::bad(IDENTITY, ["`", &word, known].concat())
        })?;
        headers.add_identity(&name, claim).map_err(|error| refused(IDENTITY, &name, error))?;
    }
    if let Some(name) = raw.filled(UPSTREAM)? {
        headers.set_upstream(&name).map_err(|error| refused(UPSTREAM, &name, error))?;
        let conflict = if *others.provider == Provider::Local {
            Some("local users have no access token of a provider")
        } else if others.has_foreign_issuer {
            Some("tokens of jwksIssuer hold no access token of a provider: use forwardAuthorization")
        } else if headers.replaces_authorization() && others.forwards_authorization {
            Some("forwardAuthorization sends the client's token in the same header")
        } else {
            None
        };
        if let Some(reason) = conflict {
            return Err(ConfigError::bad(UPSTREAM, reason));
        }
    }
    Ok(headers)
}

fn refused(option: &'static str, name: &str, error: HeaderChoiceError) -> ConfigError {
    ConfigError::bad(option, ["`", name, "` ", &error.to_string()].concat())
}
