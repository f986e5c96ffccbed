//! [`Budgets`] together with a clock. The endpoints use both to charge for requests.

use std::sync::Arc;

use super::{Asker, Budgets, Exhausted, Extra, Resource};
use crate::clock::Clock;

/// Charges callers for what their requests cause, at the clock's current time.
#[derive(Clone)]
pub struct Meter {
    budgets: Arc<Budgets>,
    clock: Arc<dyn Clock>,
}

impl Meter {
    /// Makes a meter with these budgets and this clock.
    pub const fn new(budgets: Arc<Budgets>, clock: Arc<dyn Clock>) -> Self {
        Self { budgets, clock }
    }

    /// See [`Budgets::charge`].
    pub fn charge(&self, resource: Resource, asker: Asker<'_>) -> Result<(), Exhausted> {
        self.budgets.charge(resource, asker, self.clock.now())
    }

    /// See [`Budgets::charge_with`].
    pub fn charge_with(
        &self,
        resource: Resource,
        asker: Asker<'_>,
        extra: &[Extra<'_>],
    ) -> Result<(), Exhausted> {
        self.budgets.charge_with(resource, asker, extra, self.clock.now())
    }

    /// See [`Budgets::charge_only`].
    pub fn charge_only(&self, resource: Resource, limits: &[Extra<'_>]) -> Result<(), Exhausted> {
        self.budgets.charge_only(resource, limits, self.clock.now())
    }

    /// See [`Budgets::welcome`].
    pub fn welcome(&self, asker: Asker<'_>) {
        self.budgets.welcome(asker, self.clock.now());
    }
}
