//! The name of a tenant's identity provider, as pages show it.

use protocol::settings::Provider;

use crate::edge::Ctx;

/// Returns the host in the issuer of the tenant's provider; `None` for a tenant whose users are in the users file.
pub(super) fn provider_host(ctx: &Ctx) -> Option<String> {
    let issuer = match &ctx.settings.provider {
        Provider::Oidc { issuer, .. } => issuer,
        Provider::Local | Provider::Default | Provider::Named { .. } => return None,
    };
    url::Url::parse(issuer).ok()?.host_str().map(str::to_owned)
}
