//! The name of a tenant's identity provider on pages.

use protocol::settings::Provider;

use crate::edge::Ctx;

/// The host in the issuer of the tenant's provider; `None` for a tenant that uses the sidecar's users file.
pub(super) fn provider_host(ctx: &Ctx) -> Option<String> {
    let issuer = match &ctx.settings.provider {
        Provider::Oidc { issuer, .. } => issuer,
        Provider::Local | Provider::Default | Provider::Named { .. } => return None,
    };
    url::Url::parse(issuer).ok()?.host_str().map(str::to_owned)
}
