//! Measures the calls to identity providers.

use std::sync::Arc;

use protocol::secret::Secret;
use protocol::settings::Identity;
use store::Stopwatch;

use super::claims::Notes;
use super::error::UpstreamError;
use super::id_jag::{Asserted, AssertionError, Presented};
use super::port::{Begin, Finish, Refreshed, SignedIn, ToRevoke, Upstream, UpstreamFuture};
use super::registration::Registration;
use crate::metrics::Metrics;

/// An [`Upstream`] whose calls are counted and timed.
pub struct Measured<U> {
    inner: U,
    metrics: Arc<Metrics>,
}

impl<U: Upstream> Measured<U> {
    /// Counts and times the calls of `inner`.
    pub const fn new(inner: U, metrics: Arc<Metrics>) -> Self {
        Self { inner, metrics }
    }

    fn measured<'a, T: Send + 'a>(
        &'a self,
        call: &'static str,
        future: UpstreamFuture<'a, T>,
    ) -> UpstreamFuture<'a, T> {
        Box::pin(async move {
            let watch = Stopwatch::start();
            let result = future.await;
            let outcome = result.as_ref().map_or_else(UpstreamError::kind, |_| "ok");
            self.metrics.called_upstream(call, outcome, watch.elapsed());
            result
        })
    }
}

impl<U: Upstream> Upstream for Measured<U> {
    fn authorize_url<'a>(&'a self, at: &'a Registration, begin: &'a Begin) -> UpstreamFuture<'a, String> {
        self.measured("discovery", self.inner.authorize_url(at, begin))
    }

    fn exchange<'a>(&'a self, at: &'a Registration, finish: &'a Finish) -> UpstreamFuture<'a, SignedIn> {
        self.measured("exchange", self.inner.exchange(at, finish))
    }

    fn refresh<'a>(
        &'a self,
        at: &'a Registration,
        refresh_token: &'a Secret<String>,
    ) -> UpstreamFuture<'a, Refreshed> {
        self.measured("refresh", self.inner.refresh(at, refresh_token))
    }

    fn confirm<'a>(
        &'a self,
        at: &'a Registration,
        refreshed: &'a Refreshed,
        subject: &'a str,
    ) -> UpstreamFuture<'a, Option<(Identity, Notes)>> {
        self.measured("confirm", self.inner.confirm(at, refreshed, subject))
    }

    fn asserted<'a>(
        &'a self,
        at: &'a Registration,
        assertion: &'a Secret<String>,
        presented: Presented<'a>,
    ) -> UpstreamFuture<'a, Result<Asserted, AssertionError>> {
        self.measured("assertion", self.inner.asserted(at, assertion, presented))
    }

    fn revoke<'a>(&'a self, at: &'a Registration, token: &'a ToRevoke) -> UpstreamFuture<'a, bool> {
        self.measured("revoke", self.inner.revoke(at, token))
    }
}
