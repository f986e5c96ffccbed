//! Asks the provider to revoke its tokens of a user whose last grant ended (`upstreamToken`, RFC 7009).
//!
//! Ending a grant does not wait for the provider: the grant is put into a bounded queue, and a background task asks the
//! provider once to revoke the token that the grant held. Providers revoke more than this one token: Keycloak ends the
//! whole session of the user with this client, and Google revokes everything that the user has allowed this client. So
//! nothing is revoked while the user has another live grant that holds tokens of a provider, at any tenant.

mod queue;

use std::sync::Arc;

use events::{Event, Field, Kind, Reason};
use protocol::settings::BoxItem;
use store::crypto::{Place as SealedFor, Sealer};
use store::intent::listing::{GrantsOfUser, ListTenants};
use store::record::GrantRecord;
use store::{StoreError, Within};
use tokio::sync::watch;

use self::queue::{Held, Queue, Waiting};
use crate::clock::Clock;
use crate::edge::KnownTenants;
use crate::journal::Journal;
use crate::upstream::{Registration, ToRevoke, Upstream, UpstreamError};

/// The maximum number of tenants that are read at once while another grant of the user is searched.
const TENANTS: usize = 64;

/// Takes grants that ended, and has their tokens revoked by their providers. Cheap to clone.
#[derive(Clone)]
pub struct UpstreamRevocations {
    journal: Journal,
    clock: Arc<dyn Clock>,
    sealer: Sealer,
    upstream: Arc<dyn Upstream>,
    known: KnownTenants,
    queue: Arc<Queue>,
}

impl UpstreamRevocations {
    /// Makes it with an empty queue. `known` are the tenants whose options requests have told.
    pub fn new(
        journal: &Journal,
        clock: &Arc<dyn Clock>,
        sealer: &Sealer,
        upstream: &Arc<dyn Upstream>,
        known: &KnownTenants,
    ) -> Self {
        Self {
            journal: journal.clone(),
            clock: Arc::clone(clock),
            sealer: sealer.clone(),
            upstream: Arc::clone(upstream),
            known: known.clone(),
            queue: Arc::default(),
        }
    }

    /// Puts these grants, which have just ended, into the queue. The records are from before they ended, so that they
    /// still hold their tokens. Does not wait for the providers.
    pub fn ended<'a>(&self, grants: impl IntoIterator<Item = &'a GrantRecord>) {
        let mut left_out = 0_usize;
        for grant in grants {
            let Some(held) = Held::of(grant) else { continue };
            let Some(place) = self.known.with_options(&grant.tenant) else {
                // Nothing is revoked at tenants without the option. Without the options, only a stored access token
                // shows that the option is set.
                if grant.upstream_token.is_some() {
                    self.journal.record(
                        failed(grant).detail("the tenant's options are not known before its first request"),
                    );
                }
                continue;
            };
            if place.settings.boxes(BoxItem::UpstreamToken) {
                let waiting = Waiting { place, grant: grant.clone(), held };
                left_out += usize::from(!self.queue.put(waiting));
            }
        }
        self.record_left_out(left_out, "too many tokens wait for their provider");
    }

    /// Revokes the tokens in the queue until the stop signal. Then records how many are left.
    pub async fn run(self, mut stopped: watch::Receiver<bool>) {
        // An error means that the sender has been dropped: treat it as a stop signal.
        let stop = async move { drop(stopped.wait_for(|stop| *stop).await) };
        tokio::select! {
            biased;
            () = stop => {}
            () = self.keep_revoking() => {}
        }
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
        while let Some(waiting) = self.queue.first() {
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
        let Some(at) = Registration::at(&waiting.place.settings.provider)? else { return Ok(false) };
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
