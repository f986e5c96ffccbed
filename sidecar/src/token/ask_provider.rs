//! Asks the provider to confirm a grant at a refresh. Only one sidecar at a time asks about a grant. If the provider
//! issues a new refresh token, it is stored first, before any other step can fail.

use std::sync::Arc;
use std::time::Duration;

use protocol::secret::Secret;
use protocol::tenant::Tenant;
use store::crypto::{Place, Sealed, Sealer};
use store::intent::grants::{BeginUpstream, EndUpstream};
use store::record::GrantId;
use store::{GrantUpdate, StoreError, StoreHandle, UpstreamTurn};
use tokio::time::sleep;

use super::deps::Deps;
use super::error::{TokenError, Unavailable};
use crate::clock::Clock;
use crate::upstream::{Refreshed, Registration, UpstreamError};

/// The maximum duration of a turn that its holder never ends, in seconds; well over the time that a response may take.
const TURN_SECS: u64 = 30;
/// How long to wait before the next check whether another sidecar's turn has ended, or before the next attempt to store
/// a token.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// The maximum number of checks whether another sidecar's turn has ended.
const LOOKS: u32 = 50;
/// The maximum number of attempts to store the provider's new refresh token. The attempts matter because the provider
/// may no longer accept the old one.
const STORE_TRIES: u32 = 5;

/// The exclusive right to ask the provider about one grant. [`Turn::ask`] and [`Turn::end`] give it up; otherwise it
/// ends after [`TURN_SECS`].
pub(super) struct Turn {
    store: StoreHandle,
    clock: Arc<dyn Clock>,
    tenant: Tenant,
    grant: GrantId,
}

/// The provider's refresh token, and the turn in which the provider is asked with it.
pub(super) struct Question {
    pub(super) turn: Turn,
    /// The provider's refresh token of the grant, sealed.
    pub(super) sealed: Sealed,
}

impl Turn {
    /// Takes the turn, waiting for other sidecars. `None` if the grant no longer exists. Fails with
    /// [`Unavailable::UpstreamTurn`] if another sidecar holds the turn for too long.
    pub(super) async fn take(
        deps: &Deps,
        tenant: &Tenant,
        grant: GrantId,
    ) -> Result<Option<Self>, TokenError> {
        for _ in 0..LOOKS {
            match deps
                .store
                .write(BeginUpstream {
                    tenant: tenant.clone(),
                    grant,
                    secs: TURN_SECS,
                    now: deps.clock.now(),
                })
                .await?
            {
                UpstreamTurn::Taken => {
                    return Ok(Some(Self {
                        store: deps.store.clone(),
                        clock: Arc::clone(&deps.clock),
                        tenant: tenant.clone(),
                        grant,
                    }));
                }
                UpstreamTurn::Gone => return Ok(None),
                UpstreamTurn::Busy => sleep(LOOK_AGAIN).await,
            }
        }
        Err(Unavailable::UpstreamTurn.into())
    }

    /// Asks the provider with `token`, the provider's refresh token of this grant. If the provider issues a new refresh
    /// token in its place, seals and stores the new one; the outer error means that this failed. The same write ends
    /// the turn.
    ///
    /// Runs to completion even if the client disconnects, because the response may hold the only refresh token that
    /// works. This function does not store an access token of the response, because nobody has verified yet which user
    /// the response is about.
    pub(super) async fn ask(
        self,
        deps: &Deps,
        at: Registration,
        token: Secret<String>,
    ) -> Result<Result<Refreshed, UpstreamError>, TokenError> {
        let (upstream, sealer) = (Arc::clone(&deps.upstream), deps.sealer.clone());
        let asked = tokio::spawn(async move {
            let answer = upstream.refresh(&at, &token).await;
            self.keep(&sealer, answer).await
        });
        asked.await.map_err(Unavailable::UpstreamTask)?
    }

    /// Ends the turn without asking the provider.
    pub(super) async fn end(self) -> Result<(), TokenError> {
        self.store
            .write(EndUpstream {
                tenant: self.tenant.clone(),
                grant: self.grant,
                update: GrantUpdate::default(),
                now: self.clock.now(),
            })
            .await?;
        Ok(())
    }

    async fn keep(
        self,
        sealer: &Sealer,
        answer: Result<Refreshed, UpstreamError>,
    ) -> Result<Result<Refreshed, UpstreamError>, TokenError> {
        let rotated = answer.as_ref().ok().and_then(|refreshed| refreshed.refresh_token.as_ref());
        let upstream_refresh = rotated
            .map(|token| sealer.seal_text(&Place::grant(&self.grant), token))
            .transpose()
            .map_err(Unavailable::SealUpstreamRefresh)?;
        let update = GrantUpdate { upstream_refresh, ..GrantUpdate::default() };
        let mut last = StoreError::Stopped;
        for _ in 0..STORE_TRIES {
            let now = self.clock.now();
            match self
                .store
                .write(EndUpstream {
                    tenant: self.tenant.clone(),
                    grant: self.grant,
                    update: update.clone(),
                    now,
                })
                .await
            {
                Ok(_) => return Ok(answer),
                Err(error) => last = error,
            }
            sleep(LOOK_AGAIN).await;
        }
        Err(Unavailable::StoreUpstreamRefresh(last).into())
    }
}
