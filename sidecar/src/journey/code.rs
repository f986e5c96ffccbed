//! Issues authorization codes (RFC 6749 §4.1.2). No other code makes them. They are made after the user has approved
//! and the access rules have admitted the user.

use std::sync::Arc;

use events::{Event, Kind};
use protocol::encoding::b64url_encode;
use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::server::login::Finished;
use store::crypto::secrets::{CODE_PREFIX, hash_secret};
use store::crypto::{Place, Sealer};
use store::intent::codes::FindCode;
use store::intent::logins::{FinishLogin, LoginKey};
use store::record::{ClientRequest, CodeRecord, Hash, LoginRecord, Network, UpstreamTokenRecord};
use store::{Advance, StoreHandle};

use super::browser::Browser;
use super::error::{CODE_SECS, JourneyError};
use super::redirect::ClientRedirect;
use crate::budget::Meter;
use crate::clock::Clock;
use crate::edge::Ctx;
use crate::journal::Journal;
use crate::upstream::UpstreamToken;

/// Issues codes, each of which completes a login.
#[derive(Clone)]
pub struct CodeIssuer {
    /// Replaces the login by the code in the store, and records the events.
    pub journal: Journal,
    /// Finds the code that an earlier request issued.
    pub store: StoreHandle,
    /// Decides when the code expires.
    pub clock: Arc<dyn Clock>,
    /// Makes the code, and encrypts the provider's tokens.
    pub sealer: Sealer,
    /// Marks the network of a user who has just signed in as known ([`crate::budget`]).
    pub meter: Meter,
}

/// The authorization that a code represents.
pub(super) struct Grant {
    /// The approved scopes to which the user is entitled.
    pub(super) scopes: ScopeSet,
    /// Proves that the login has gone through all of its steps; contains the user's identity.
    pub(super) step: Finished,
    /// The event of the login's last step, after which the code is issued: the approval (of a local user), or the
    /// sign-in (of a provider's user, who has approved before).
    pub(super) because: Kind,
    /// The provider's refresh token; `None` if it issued none.
    pub(super) upstream_refresh: Option<Secret<String>>,
    /// The provider's access token; `None` unless the tenant's MCP server gets it.
    pub(super) upstream_token: Option<UpstreamToken>,
}

/// The state of the code of a login.
#[derive(Debug)]
pub(super) enum Issued {
    /// The client has not redeemed the code yet. This redirect takes the code to the client.
    Open(ClientRedirect),
    /// The client has redeemed the code.
    Redeemed,
}

impl CodeIssuer {
    /// Replaces the login by a code, and returns the redirect that takes the code to the client. Fails if another
    /// request has already changed the login's step.
    pub(super) async fn issue(
        &self,
        ctx: &Ctx,
        browser: &Browser,
        (login, request): (&LoginRecord, &ClientRequest),
        grant: Grant,
    ) -> Result<ClientRedirect, JourneyError> {
        let now = self.clock.now();
        let subject = grant.step.identity().sub.clone();
        let code = self.code(&login.flow, browser);
        let hash = hash_secret(code.expose());
        let upstream_refresh = match &grant.upstream_refresh {
            Some(token) => Some(self.sealer.seal_text(&Place::code(&hash), token)?),
            None => None,
        };
        let upstream_token = match &grant.upstream_token {
            Some(UpstreamToken { token, expires }) => Some(UpstreamTokenRecord {
                sealed: self.sealer.seal_text(&Place::code_upstream_token(&hash), token)?,
                expires: *expires,
            }),
            None => None,
        };
        let record = CodeRecord {
            code: hash,
            tenant: ctx.tenant(),
            client_id: request.client_id.clone(),
            redirect_uri: request.redirect_uri.clone(),
            state: request.state.clone(),
            code_challenge: request.code_challenge.clone(),
            resource: request.resource.clone(),
            scopes: grant.scopes,
            identity: grant.step.identity().clone(),
            upstream_refresh,
            upstream_token,
            network: ctx.client_address.map(Network::of),
            expires: now.plus(CODE_SECS),
            spent: None,
        };
        let finish = FinishLogin {
            login: LoginKey { tenant: ctx.tenant(), flow: login.flow, browser: browser.hash() },
            step: grant.step,
            code: record,
            now,
        };
        let events: Vec<Event> = [grant.because, Kind::CodeIssued]
            .into_iter()
            .map(|kind| ctx.event(kind).client(&request.client_id).subject(&subject))
            .collect();
        let events = move |done: &Advance| if *done == Advance::Done { events.clone() } else { Vec::new() };
        let done = self.journal.write(finish, events).await?;
        if done == Advance::Lost {
            return Err(JourneyError::lost(login));
        }
        self.meter.welcome(ctx.asker());
        Ok(ClientRedirect::success(request, &ctx.base, &code))
    }

    /// Returns the code of a login of this browser that an earlier request completed; `None` if the login ended without
    /// a code, or too long ago. If the user clicks twice, a browser sends the approval twice, and shows only the second
    /// response.
    pub(super) async fn issued(
        &self,
        ctx: &Ctx,
        flow: &Hash,
        browser: &Browser,
    ) -> Result<Option<Issued>, JourneyError> {
        let code = self.code(flow, browser);
        let (hash, now) = (hash_secret(code.expose()), self.clock.now());
        let found = self.store.read(FindCode { tenant: ctx.tenant(), code: hash, now }).await?;
        Ok(found.map(|record| match record.spent {
            Some(_) => Issued::Redeemed,
            None => Issued::Open(ClientRedirect::repeated(&record, &ctx.base, &code)),
        }))
    }

    /// Returns the code of a login. Only this server can compute it, and only for the browser that has the login's
    /// cookie.
    fn code(&self, flow: &Hash, browser: &Browser) -> Secret<String> {
        let tag = self.sealer.tag("mcpbouncer authorization code v1", &[*flow, *browser.expose()].concat());
        Secret::new([CODE_PREFIX, &b64url_encode(&tag)].concat())
    }
}
