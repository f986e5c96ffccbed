//! The tenants with personal access tokens (`personalTokens`) or with the provider's token for the MCP server
//! (`upstreamToken`), with the options that their last request had.
//!
//! A tenant's options travel with each OAuth request, and the sidecar stores none of them. Three parts of the sidecar
//! need the options without such a request: administrators' commands, the repeated check of users' access, and the
//! revocation of a provider's tokens. So the options of the last request are kept in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use protocol::settings::{BoxItem, Provider, TenantSettings};
use protocol::tenant::{Tenant, TenantId};

use super::ctx::Ctx;

/// The maximum number of tenants that are remembered. To remember one more, the tenant that was seen first is
/// forgotten.
const MOST: usize = 1_024;

/// A tenant and its options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The tenant that stored records belong to.
    pub tenant: Tenant,
    /// The tenant id that the plugin compares.
    pub tid: TenantId,
    /// The tenant's options, with the provider itself instead of its name.
    pub settings: TenantSettings,
}

impl Place {
    /// Returns the tenant of this request, and its options.
    pub fn of(ctx: &Ctx) -> Self {
        Self { tenant: ctx.tenant(), tid: ctx.tid, settings: ctx.settings.clone() }
    }

    /// Whether the tenant's users are in the users file.
    pub fn is_local(&self) -> bool {
        self.settings.provider == Provider::Local
    }

    fn allows_personal_tokens(&self) -> bool {
        self.settings.personal_days > 0
    }

    fn is_of(&self, tenant: &Tenant, tid: TenantId) -> bool {
        self.tid == tid && self.tenant == *tenant
    }
}

/// The tenants that were seen with the option `personalTokens` or `upstreamToken` since the sidecar started. Cheap to
/// clone.
#[derive(Debug, Clone, Default)]
pub struct KnownTenants(Arc<Mutex<VecDeque<Arc<Place>>>>);

impl KnownTenants {
    /// Remembers the options of this request's tenant if `personalTokens` or `upstreamToken` is set; otherwise forgets
    /// the tenant.
    pub fn saw(&self, ctx: &Ctx) {
        let (tenant, tid) = (ctx.tenant(), ctx.tid);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = ctx.settings.personal_days > 0 || ctx.settings.boxes(BoxItem::UpstreamToken);
        match known.iter_mut().find(|place| place.is_of(&tenant, tid)) {
            Some(place) if wanted && place.settings != ctx.settings => *place = Arc::new(Place::of(ctx)),
            Some(_) if wanted => {}
            Some(_) => known.retain(|place| !place.is_of(&tenant, tid)),
            None if wanted => {
                if known.len() >= MOST {
                    known.pop_front();
                }
                known.push_back(Arc::new(Place::of(ctx)));
            }
            None => {}
        }
    }

    /// Returns the options of this tenant; `None` if they are not known.
    pub fn with_options(&self, tenant: &Tenant) -> Option<Arc<Place>> {
        self.matching(|place| place.tenant == *tenant).pop()
    }

    /// Returns the options of this tenant; `None` if they are not known or do not allow personal access tokens.
    pub fn of(&self, tenant: &Tenant) -> Option<Arc<Place>> {
        self.with_options(tenant).filter(|place| place.allows_personal_tokens())
    }

    /// Returns the known tenants with this name that allow personal access tokens: all such tenants of an issuer, or
    /// the one tenant that is named `<issuer> <id>`.
    pub fn named(&self, name: &str) -> Vec<Arc<Place>> {
        let tenant = |place: &Place| place.tenant.base.as_str() == name || place.tenant.key() == name;
        self.matching(|place| place.allows_personal_tokens() && tenant(place))
    }

    fn matching(&self, wanted: impl Fn(&Place) -> bool) -> Vec<Arc<Place>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().filter(|place| wanted(place)).cloned().collect()
    }
}
