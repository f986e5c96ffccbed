//! The entry check: a request is served only if it carries a fresh context that our own plugin has sealed.
//!
//! This layer also sets the marker header on every response, and records every refusal, because it knows the tenant and
//! the endpoint. Refusals without a valid context are only sampled in the log.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use protocol::context::{Context, ContextError, Endpoint, PluginKeys};
use protocol::limits::request::{AUTHORIZATION, HEADERS};
use protocol::settings::{AccessRules, BoxItem, Provider};
use protocol::time::UnixTime;
use protocol::uri::Base;

use super::ctx::Ctx;
use super::error::EdgeError;
use super::known::KnownTenants;
use super::origin;
use super::refusals::{RefusalLog, Refused};
use super::trace;
use crate::budget::{Asker, Meter, Resource};
use crate::clock::Clock;
use crate::journal::Journal;
use crate::pages::OfServer;
use crate::providers::{self, Providers};
use crate::wire::error::{Note, PageFailure};
use crate::wire::form;
use crate::wire::headers::{self, NO_STORE, single};

/// The dependencies of the context layer.
pub struct Deps {
    /// The keys that open the sealed context.
    pub plugin_keys: PluginKeys,
    /// Tells the current time. A context is valid for a minute.
    pub clock: Arc<dyn Clock>,
    /// The providers that tenants refer to by name.
    pub providers: Arc<Providers>,
    /// The access rules of tenants that set none.
    pub default_access: AccessRules,
    /// The base URLs that are served; `None` means any.
    pub allowed_bases: Option<BTreeSet<Base>>,
    /// Charges each request.
    pub meter: Meter,
    /// Records refusals.
    pub journal: Journal,
    /// Decides which refusals without a valid context are logged.
    pub refusals: Arc<RefusalLog>,
    /// Remembers the options of tenants with personal access tokens.
    pub known: KnownTenants,
}

/// Opens the context and calls the route, or responds with an error.
pub async fn layer(State(deps): State<Arc<Deps>>, request: Request, next: Next) -> Response {
    let (mut request, body) = form::with_whole_body(request).await;
    let now = deps.clock.now();
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();
    let (context, admitted) = match admit(&deps, request.headers(), &method, &path, now) {
        Ok(context) => {
            let own = origin::require_own(request.method(), request.headers(), &context.base)
                .map_err(|error| EdgeError::Origin(error).into());
            (Some(context), if is_page(&path) { own.and(body) } else { body })
        }
        Err(error) => (None, Err(error.into())),
    };
    let mut response = match admitted {
        Ok(()) => {
            if let Some(context) = &context {
                trace::served_for(&context.base);
                request.extensions_mut().insert(context.clone());
            }
            next.run(request).await
        }
        Err(failure) if is_page(&path) => PageFailure(failure).into_response(),
        Err(failure) => failure.into_response(),
    };
    if let Some(context) = context.as_ref().filter(|_| is_page(&path)) {
        response.extensions_mut().insert(OfServer(context.base.clone()));
    }
    if let Some(note) = response.extensions_mut().remove::<Note>() {
        let refused = Refused { method: &method, path: &path, status: response.status().as_u16() };
        match &context {
            Some(context) => deps.journal.record(refused.by_tenant(note, context)),
            None => deps.refusals.without_context(&deps.journal, note, &refused, now),
        }
    }
    let map = response.headers_mut();
    map.entry(header::CACHE_CONTROL).or_insert(NO_STORE);
    mark(map);
    response
}

/// Sets the header that marks a response as the sidecar's own.
pub fn mark(headers: &mut HeaderMap) {
    headers.insert(headers::SIDECAR, HeaderValue::from_static("1"));
}

fn admit(
    deps: &Deps,
    headers: &HeaderMap,
    method: &str,
    path: &str,
    now: UnixTime,
) -> Result<Ctx, EdgeError> {
    let sent = headers.iter().filter(|(name, _)| **name != headers::CONTEXT);
    let size: usize = sent.map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size > HEADERS.most {
        return Err(EdgeError::HeadersTooLarge);
    }
    let sealed = single(headers, &headers::CONTEXT).ok_or(ContextError::Missing)?;
    let mut context = Context::open(&deps.plugin_keys, sealed, now, method, path)?;
    // From here on, the settings contain the provider itself instead of its name.
    let mut tenant = context.tenant();
    match deps.providers.resolve(&context.settings.provider, &context.base) {
        Ok(None) => {}
        Ok(Some(provider)) => {
            let named = std::mem::replace(&mut context.settings.provider, provider);
            tenant.id = providers::tenant_id(&named, &context.settings);
        }
        Err(error) => return Err(EdgeError::ProviderUnknown(error)),
    }
    let settings = &mut context.settings;
    if settings.provider == Provider::Local && settings.boxes(BoxItem::UpstreamToken) {
        return Err(EdgeError::UpstreamTokenOfLocalUsers);
    }
    settings.access.or_defaults(&deps.default_access, &settings.provider);
    for credentials in headers.get_all(header::AUTHORIZATION) {
        AUTHORIZATION.check(credentials.len())?;
    }
    let allowed = deps.allowed_bases.as_ref();
    if allowed.is_some_and(|bases| !bases.contains(&context.base)) {
        return Err(EdgeError::BaseNotAllowed(context.base));
    }
    let asker = Asker { tenant: &tenant, address: context.client_address };
    deps.meter.charge(Resource::Request, asker)?;
    let ctx = Ctx::new(context, tenant);
    deps.known.saw(&ctx);
    Ok(ctx)
}

/// Whether this endpoint is for browsers, not for OAuth clients.
pub(super) fn is_page(path: &str) -> bool {
    Endpoint::at_oauth_path(path).is_some_and(|endpoint| endpoint.is_page())
}
