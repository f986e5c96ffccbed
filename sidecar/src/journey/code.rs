//! The only maker of an authorization code (RFC 6749 §4.1.2), from what was approved and who was admitted.

use std::sync::Arc;

use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::server::login::Finished;
use store::crypto::secrets::{CODE_PREFIX, hash_secret, new_secret};
use store::crypto::{Place, Sealer};
use store::entropy::Entropy;
use store::intent::logins::{FinishLogin, LoginKey};
use store::record::{CodeRecord, LoginRecord};
use store::{Advance, StoreHandle};

use super::browser::Browser;
use super::error::{CODE_SECS, JourneyError};
use super::redirect::ClientRedirect;
use crate::budget::Meter;
use crate::clock::Clock;
use crate::edge::Ctx;

/// Ends logins in codes.
#[derive(Clone)]
pub struct CodeIssuer {
    /// Where the login becomes a code.
    pub store: StoreHandle,
    /// The code lives from now on.
    pub clock: Arc<dyn Clock>,
    /// The code.
    pub entropy: Arc<dyn Entropy>,
    /// Seals the provider's refresh token.
    pub sealer: Sealer,
    /// Whoever signed in is no stranger.
    pub meter: Meter,
}

/// What a code stands for.
pub(super) struct Grant {
    /// What the person approved, as far as the user is entitled to it.
    pub(super) scopes: ScopeSet,
    /// Who signed in, and that the login may end here.
    pub(super) step: Finished,
    /// The refresh token of the provider, where it gave one.
    pub(super) upstream_refresh: Option<Secret<String>>,
}

impl CodeIssuer {
    /// Ends the login in a code, and gives the response to the client.
    pub(super) async fn issue(
        &self,
        ctx: &Ctx,
        browser: &Browser,
        login: &LoginRecord,
        grant: Grant,
    ) -> Result<ClientRedirect, JourneyError> {
        let now = self.clock.now();
        let code = new_secret(&*self.entropy, CODE_PREFIX)?;
        let hash = hash_secret(code.expose());
        let upstream_refresh = match &grant.upstream_refresh {
            Some(token) => Some(self.sealer.seal_text(&Place::code(&hash), token)?),
            None => None,
        };
        let record = CodeRecord {
            code: hash,
            tenant: ctx.tenant(),
            client_id: login.client_id.clone(),
            redirect_uri: login.redirect_uri.clone(),
            code_challenge: login.code_challenge.clone(),
            resource: login.resource.clone(),
            scopes: grant.scopes,
            identity: grant.step.identity().clone(),
            upstream_refresh,
            expires: now.plus(CODE_SECS),
            spent: None,
        };
        let done = self
            .store
            .write(FinishLogin {
                login: LoginKey { tenant: ctx.tenant(), flow: login.flow, browser: browser.hash() },
                step: grant.step,
                code: record,
                now,
            })
            .await?;
        if done == Advance::Lost {
            return Err(JourneyError::lost(login));
        }
        self.meter.welcome(ctx.asker());
        Ok(ClientRedirect::success(login, &ctx.base, &code))
    }
}
