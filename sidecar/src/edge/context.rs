//! The door: only a request that carries a fresh context sealed by our own plugin gets further.
//!
//! Also where every answer gets the marker header and every refusal its one log line, because tenant
//! and endpoint are known here.

use std::collections::{BTreeSet, HashMap};
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use protocol::context::{Context, ContextError, Endpoint, PluginKeys};
use protocol::error::OAuthError;
use protocol::limits::request::{AUTHORIZATION, HEADERS};
use protocol::server::resource;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use protocol::uri::{Base, ResourceUri};

use super::origin;
use crate::budget::{Asker, Meter, Resource};
use crate::clock::Clock;
use crate::providers::{self, Providers};
use crate::wire::error::{Failure, Kind, Note, PageFailure};
use crate::wire::form;
use crate::wire::headers::{self, NO_STORE, single};

/// The opened context of this request: which tenant, which endpoint, which client address.
///
/// Its `tid` is the one that the plugin compares and that tokens carry; [`Self::tenant`] is the tenant of records.
/// They differ for a named provider, of which the plugin knows the name alone.
#[derive(Debug, Clone)]
pub struct Ctx {
    context: Arc<Context>,
    tenant: Tenant,
}

impl Ctx {
    /// The tenant that records belong to.
    pub fn tenant(&self) -> Tenant {
        self.tenant.clone()
    }
}

impl Deref for Ctx {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.context
    }
}

impl Ctx {
    /// Who pays for what this request causes.
    pub fn asker(&self) -> Asker<'_> {
        Asker { tenant: &self.tenant, address: self.client_address }
    }

    /// What the token is for that a grant's client asks for.
    pub fn resource_for(
        &self,
        granted: &ResourceUri,
        asked: Option<ResourceUri>,
    ) -> Result<ResourceUri, Failure> {
        resource::for_token(granted, asked, &self.base, self.settings.match_path).map_err(|error| {
            Failure::oauth(OAuthError::InvalidTarget, "token_resource")
                .describe(error.to_string())
                .detail(error)
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Ctx {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        // The layer puts it there before any route is asked, so its absence is our own mistake.
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Failure::new(Kind::NoContext, "context_missing"))
    }
}

/// What opening a context takes.
pub struct Deps {
    /// Open it.
    pub plugin_keys: PluginKeys,
    /// It is fresh for a minute.
    pub clock: Arc<dyn Clock>,
    /// Providers that labels name.
    pub providers: Arc<Providers>,
    /// The bases that are served; none: any.
    pub allowed_bases: Option<BTreeSet<Base>>,
    /// A request is charged.
    pub meter: Meter,
    /// Refusals for want of a context.
    pub door: Arc<DoorLog>,
}

/// Opens the context, or answers in the route's place.
pub async fn layer(State(deps): State<Arc<Deps>>, request: Request, next: Next) -> Response {
    let (mut request, body) = form::with_whole_body(request).await;
    let now = deps.clock.now();
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();
    let (context, judged) = match admit(&deps, request.headers(), &method, &path, now) {
        Ok(context) => {
            let own = origin::demand_own(request.method(), request.headers(), &context.base);
            (Some(context), if is_page(&path) { own.and(body) } else { body })
        }
        Err(failure) => (None, Err(failure)),
    };
    let mut response = match judged {
        Ok(()) => {
            if let Some(context) = &context {
                request.extensions_mut().insert(context.clone());
            }
            next.run(request).await
        }
        Err(failure) if is_page(&path) => PageFailure(failure).into_response(),
        Err(failure) => failure.into_response(),
    };
    if let Some(note) = response.extensions_mut().remove::<Note>() {
        log(&deps, &note, context.as_ref(), &method, &path, response.status().as_u16(), now);
    }
    let map = response.headers_mut();
    map.entry(header::CACHE_CONTROL).or_insert(NO_STORE);
    mark(map);
    response
}

/// Every answer of ours carries the marker.
pub fn mark(headers: &mut HeaderMap) {
    headers.insert(headers::SIDECAR, HeaderValue::from_static("1"));
}

fn admit(deps: &Deps, headers: &HeaderMap, method: &str, path: &str, now: UnixTime) -> Result<Ctx, Failure> {
    let sent = headers.iter().filter(|(name, _)| **name != headers::CONTEXT);
    let size: usize = sent.map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size > HEADERS.most {
        return Err(Failure::new(Kind::HeadersTooLarge, "headers_too_large").describe(HEADERS.exceeded));
    }
    let sealed =
        single(headers, &headers::CONTEXT).ok_or_else(|| Failure::new(Kind::NoContext, "context_missing"))?;
    let mut context = Context::open(&deps.plugin_keys, sealed, now, method, path).map_err(refuse)?;
    // From here on a named provider is the provider itself.
    let mut tenant = context.tenant();
    match deps.providers.resolve(&context.settings.provider, &context.base) {
        Ok(None) => {}
        Ok(Some(provider)) => {
            let named = std::mem::replace(&mut context.settings.provider, provider);
            tenant.id = providers::tenant_id(&named, &context.settings);
        }
        Err(error) => return Err(Failure::unavailable("provider_unknown", error)),
    }
    for credentials in headers.get_all(header::AUTHORIZATION) {
        AUTHORIZATION.check(credentials.len())?;
    }
    let allowed = deps.allowed_bases.as_ref();
    if allowed.is_some_and(|bases| !bases.contains(&context.base)) {
        return Err(Failure::new(Kind::NoContext, "base_not_allowed").detail(&context.base));
    }
    let asker = Asker { tenant: &tenant, address: context.client_address };
    deps.meter.charge(Resource::Request, asker)?;
    Ok(Ctx { context: Arc::new(context), tenant })
}

/// All but a wrong clock look alike from outside; the log tells them apart.
fn refuse(error: ContextError) -> Failure {
    let reason = match error {
        ContextError::Missing => "context_missing",
        ContextError::Malformed => "context_malformed",
        ContextError::DoesNotOpen => "context_does_not_open",
        ContextError::WrongMethod => "context_wrong_method",
        ContextError::WrongPath => "context_wrong_path",
        // Of route proofs, which the sidecar never sees.
        ContextError::WrongHost => "context_wrong_host",
        ContextError::TenantMismatch => "context_tenant_mismatch",
        ContextError::ClockSkew => {
            return Failure::oauth(OAuthError::TemporarilyUnavailable, "clock_skew")
                .describe("the clocks of proxy and authorization server differ by more than a minute");
        }
    };
    Failure::new(Kind::NoContext, reason)
}

/// Whether a browser, not a client, is at the other end.
fn is_page(path: &str) -> bool {
    [Endpoint::Authorize, Endpoint::Consent, Endpoint::Login, Endpoint::Callback]
        .iter()
        .any(|endpoint| endpoint.sidecar_path() == path)
}

/// Refusals at the door: counted, and logged at most once a minute for each reason, because anyone who
/// reaches the port can cause them.
#[derive(Debug, Default)]
pub struct DoorLog {
    refused: AtomicU64,
    last: Mutex<HashMap<&'static str, UnixTime>>,
}

/// How often one reason is logged, in seconds.
const SAMPLE_SECS: u64 = 60;

impl DoorLog {
    /// How many requests were refused since the start.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn should_log(&self, reason: &'static str, now: UnixTime) -> bool {
        self.refused.fetch_add(1, Ordering::Relaxed);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match last.get(reason) {
            Some(before) if now >= *before && now.since(*before) < SAMPLE_SECS => false,
            _ => {
                last.insert(reason, now);
                true
            }
        }
    }
}

fn log(
    deps: &Deps,
    note: &Note,
    context: Option<&Ctx>,
    method: &str,
    path: &str,
    status: u16,
    now: UnixTime,
) {
    let Some(context) = context else {
        if deps.door.should_log(note.reason, now) {
            tracing::warn!(
                reason = note.reason,
                detail = note.detail,
                status,
                method,
                path = printable(path),
                refused_so_far = deps.door.refused(),
                "refused at the door"
            );
        }
        return;
    };
    let tenant = context.tenant().key();
    let client = note.client.as_deref();
    let address = context.client_address.map(|address| address.to_string());
    // A page says 200 where a login failed by a mistake in the settings.
    if status >= 500 || note.code == "server_error" {
        tracing::error!(
            reason = note.reason,
            detail = note.detail,
            code = note.code,
            status,
            path,
            tenant,
            client,
            address,
            "failed"
        );
    } else {
        tracing::warn!(
            reason = note.reason,
            detail = note.detail,
            code = note.code,
            status,
            path,
            tenant,
            client,
            address,
            "refused"
        );
    }
}

/// A path nobody vouches for, cut to what a log line bears.
fn printable(path: &str) -> String {
    path.chars().filter(char::is_ascii_graphic).take(100).collect()
}
