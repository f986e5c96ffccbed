//! Asks the provider to revoke its tokens of a user whose last grant ended (`upstreamToken`, RFC 7009).
//!
//! The store tells the [`Queue`] of each grant that ended ([`OnEnded`](store::OnEnded)), whatever ended it. Ending a
//! grant does not wait for the provider: the queue is bounded, and a background task asks the provider once to revoke
//! the token that the grant held. Providers revoke more than this one token: Keycloak ends the whole session of the
//! user with this client, and Google revokes everything that the user has allowed this client. So nothing is revoked
//! while the user has another live grant that holds tokens of a provider, at any tenant.

mod queue;

use std::sync::Arc;

use events::{Event, Field, Kind, Reason};
use store::crypto::{Place as SealedFor, Sealer};
use store::intent::listing::{GrantsOfUser, ListTenants};
use store::record::GrantRecord;
use store::{StoreError, Within};
use tokio::sync::watch;

pub use self::queue::Queue;
use self::queue::{Held, Waiting};
use crate::clock::Clock;
use crate::journal::Journal;
use crate::upstream::{Registration, ToRevoke, Upstream, UpstreamError};

/// The maximum number of tenants that are read at once while another grant of the user is searched.
const TENANTS: usize = 64;

/// Has the tokens of the grants in the queue revoked by their providers. Cheap to clone.
#[derive(Clone)]
pub struct UpstreamRevocations {
    journal: Journal,
    clock: Arc<dyn Clock>,
    sealer: Sealer,
    upstream: Arc<dyn Upstream>,
    queue: Arc<Queue>,
}

impl UpstreamRevocations {
    /// Creates the state of the task that empties `queue`, which the store tells of ended grants.
    pub fn new(
        journal: &Journal,
        clock: &Arc<dyn Clock>,
        sealer: &Sealer,
        upstream: &Arc<dyn Upstream>,
        queue: Arc<Queue>,
    ) -> Self {
        Self {
            journal: journal.clone(),
            clock: Arc::clone(clock),
            sealer: sealer.clone(),
            upstream: Arc::clone(upstream),
            queue,
        }
    }

    /// Revokes the tokens in the queue until the stop signal. Then records how many are left ([`Self::record_left`]).
    pub async fn run(self, mut stopped: watch::Receiver<bool>) {
        // An error means that the sender has been dropped: treat it as a stop signal.
        let stop = async move { drop(stopped.wait_for(|stop| *stop).await) };
        tokio::select! {
            biased;
            () = stop => {}
            () = self.keep_revoking() => {}
        }
        self.record_left();
    }

    /// Empties the queue, and records how many tokens were in it. The server calls it once more when its last request
    /// has ended, because requests that were in progress may have ended grants after [`Self::run`].
    pub fn record_left(&self) {
        self.record_without_room();
        self.record_left_out(self.queue.clear(), "the server stopped before the provider was asked");
    }

    async fn keep_revoking(&self) {
        loop {
            self.queue.filled().await;
            self.flush().await;
        }
    }

    /// Revokes the tokens that are in the queue now, one after the other.
    pub async fn flush(&self) {
        loop {
            self.record_without_room();
            let Some(waiting) = self.queue.first() else { return };
            let revoked = self.revoke(&waiting).await;
            self.queue.done();
            let event = match revoked {
                Ok(true) => named(Event::new(Kind::UpstreamRevoked), &waiting.grant),
                Ok(false) => continue,
                Err(error) => failed(&waiting.grant).detail(error),
            };
            self.journal.record(event);
        }
    }

    /// Returns `false` if nothing is to be revoked: the user has another grant, the tenant has no provider, or the
    /// provider has no revocation endpoint.
    async fn revoke(&self, waiting: &Waiting) -> Result<bool, NotRevoked> {
        if self.has_another_grant(&waiting.grant.identity.sub).await? {
            return Ok(false);
        }
        let place = waiting.place.as_ref().ok_or(NotRevoked::NoOptions)?;
        let Some(at) = Registration::at(&place.settings.provider)? else { return Ok(false) };
        let id = &waiting.grant.id;
        let token = match &waiting.held {
            Held::Refresh(sealed) => {
                self.sealer.open_text(&SealedFor::grant(id), sealed).map(ToRevoke::Refresh)?
            }
            Held::Access(sealed) => {
                self.sealer.open_text(&SealedFor::grant_upstream_token(id), sealed).map(ToRevoke::Access)?
            }
        };
        Ok(self.upstream.revoke(&at, &token).await?)
    }

    /// Whether a user with this `sub` has a live grant that holds tokens of a provider, at any tenant. Another tenant
    /// may have another provider, at which another person has this `sub`; in this case, too, nothing is revoked.
    async fn has_another_grant(&self, subject: &str) -> Result<bool, StoreError> {
        let (store, now) = (self.journal.store(), self.clock.now());
        let mut after = None;
        loop {
            let list = ListTenants { within: Within::Everything, after, limit: TENANTS };
            let page = store.read(list).await?;
            for tenant in page.items {
                let theirs = store.read(GrantsOfUser { tenant, subject: subject.to_owned(), now }).await?;
                if theirs.iter().any(|grant| Held::of(grant).is_some()) {
                    return Ok(true);
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(false);
            }
        }
    }

    fn record_without_room(&self) {
        self.record_left_out(self.queue.without_room(), "too many tokens wait for their provider");
    }

    fn record_left_out(&self, grants: usize, why: &'static str) {
        if grants > 0 {
            let event = Event::because(Kind::UpstreamRevoked, Reason::UpstreamNotRevoked);
            self.journal.record(event.with(Field::Grants, grants).detail(why));
        }
    }
}

/// Why the provider did not revoke a token.
#[derive(Debug, thiserror::Error)]
enum NotRevoked {
    #[error(
        "the tenant's options are not known: it has got no request since the start, or no longer has the option"
    )]
    NoOptions,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Unseal(#[from] store::crypto::SealError),
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
}

fn named(event: Event, grant: &GrantRecord) -> Event {
    let event = event.tenant(grant.tenant.key()).client(&grant.client_id);
    event.subject(&grant.identity.sub).grant(grant.id)
}

fn failed(grant: &GrantRecord) -> Event {
    named(Event::because(Kind::UpstreamRevoked, Reason::UpstreamNotRevoked), grant)
}
