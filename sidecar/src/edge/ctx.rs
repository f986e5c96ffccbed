//! What a handler knows about its request beyond HTTP: tenant, issuer, endpoint and client address.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use events::{Event, Kind, Reason};
use protocol::context::Context;
use protocol::tenant::Tenant;
use store::record::{GrantRecord, RevokeReason};

use crate::budget::Asker;
use crate::wire::error::{self, Failure};

/// The opened context of a request: its tenant, endpoint and client address.
///
/// The context's `tid` is the tenant id that the plugin compares and that tokens carry. [`Self::tenant`] is the tenant
/// that stored records belong to. The two tenant ids differ for a named or default provider, because the plugin knows
/// at most the provider's name.
#[derive(Debug, Clone)]
pub struct Ctx {
    context: Arc<Context>,
    tenant: Tenant,
}

impl Ctx {
    pub(super) fn new(context: Context, tenant: Tenant) -> Self {
        Self { context: Arc::new(context), tenant }
    }

    /// The tenant that stored records belong to.
    pub fn tenant(&self) -> Tenant {
        self.tenant.clone()
    }

    /// Makes an event at this tenant that this request caused.
    pub fn event(&self, kind: Kind) -> Event {
        Event::new(kind).tenant(self.tenant.key()).address(self.client_address)
    }

    /// Makes the event of a refusal or failure at this tenant that this request caused.
    pub fn event_because(&self, kind: Kind, reason: Reason) -> Event {
        Event::because(kind, reason).tenant(self.tenant.key()).address(self.client_address)
    }

    /// Makes the event of a grant that was revoked.
    pub fn revoked(&self, grant: &GrantRecord, reason: RevokeReason) -> Event {
        let event = self.event_because(Kind::GrantRevoked, reason_of(reason)).succeeded();
        event.client(&grant.client_id).subject(&grant.identity.sub).grant(grant.id)
    }

    /// Returns the caller who is charged for what this request causes.
    pub fn asker(&self) -> Asker<'_> {
        Asker { tenant: &self.tenant, address: self.client_address }
    }
}

/// Returns why a grant was revoked, as the reason of an event.
pub const fn reason_of(reason: RevokeReason) -> Reason {
    match reason {
        RevokeReason::CodeReused => Reason::CodeReused,
        RevokeReason::RefreshReused => Reason::RefreshReused,
        RevokeReason::UserRefused => Reason::UserRefused,
        RevokeReason::UpstreamRefused => Reason::UpstreamRefused,
        RevokeReason::ByClient => Reason::RevokedByClient,
        RevokeReason::ClientRemoved => Reason::ClientRemoved,
        RevokeReason::RedirectDropped => Reason::RedirectDropped,
        RevokeReason::CrowdedOut => Reason::CrowdedOut,
        RevokeReason::ByAdministrator => Reason::EndedByAdministrator,
        RevokeReason::ByUser => Reason::EndedByUser,
    }
}

impl Deref for Ctx {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.context
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Ctx {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        // The context layer adds the context before any route runs, so a missing context is a bug in this server.
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Failure::new(error::Kind::NoContext, Reason::ContextMissing))
    }
}
