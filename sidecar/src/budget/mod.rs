//! Rate limits on what unauthenticated callers can make this server do.
//!
//! A [`Resource`] is something that costs more than a response: a record in the store, or a call to another host. Each
//! use by a caller is charged at the same time to
//! - the **subscriber** and the **network** of the caller ([`Origin`]), across all tenants;
//! - the **tenant** that was called, so that a flood at one tenant does not affect another;
//! - **all** tenants together, so that there is a total limit.
//!
//! Each of these payers has an **allowance**: the number of uses within some time. A network can use a part of a
//! tenant's allowance, never all of it. A network from which a user has signed in at a tenant is **known** there
//! ([`Budgets::welcome`]): known networks draw on separate tenant and total allowances that unknown networks cannot
//! use, under the same limits for each network. Some uses by a known client are charged to that client alone
//! ([`Budgets::charge_only`]). [`Resource::limits`] has the numbers, `docs/threat-model.md` explains them to operators.
//!
//! The counts are kept in the memory of one process: each replica has its own, and a restart resets them.

mod known;
mod meter;
mod network;
mod sketch;

use std::hash::Hasher as _;
use std::net::IpAddr;

use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use siphasher::sip128::{Hasher128 as _, SipHasher13};

use known::Known;
pub use meter::Meter;
pub use network::{Origin, Prefix};
use sketch::{Cells, Charge, Sketch};

/// Something whose use is limited. Each resource has its own counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resource {
    /// A request, whatever the response. Only the subscriber and the network are charged.
    Request,
    /// A dynamic client registration.
    Registration,
    /// A login that is started, which is stored for ten minutes.
    Login,
    /// A client assertion that is accepted, which is stored for at most twelve minutes.
    Assertion,
    /// An access token that no login led to: a grant, and a row of the audit table. Only the client is charged for it.
    Token,
    /// A call to a host that a client named, for the client's metadata document or its keys.
    Fetch,
}

/// A rate: `count` uses at once, and as many again spread over each window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The number of uses.
    pub count: u32,
    /// The length of the window, in seconds.
    pub window_secs: u64,
}

/// How many uses of a resource each payer has in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For one IPv4 address, or one IPv6 /64.
    pub subscriber: u32,
    /// For one IPv4 /24, or one IPv6 /48.
    pub network: u32,
    /// For all unknown networks together, then for all known networks together; `None` if only the two limits above
    /// apply.
    pub shared: Option<[Shared; 2]>,
}

/// The two limits that all unknown networks, or all known networks, share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shared {
    /// The limit for all of them at one tenant.
    pub tenant: u32,
    /// The limit for all of them at all tenants.
    pub all: u32,
}

impl Resource {
    /// Returns the limits of this resource. `register` is the setting `BOUNCER_REGISTER_RATE_LIMIT`.
    ///
    /// A login lives for ten minutes, so at a limit of `n` a minute at most `11 n` are stored at a time. The two totals
    /// together stay below [`store::limits::LOGINS_IN_ALL`], and one network can start less than a twelfth of that
    /// number.
    pub const fn limits(self, register: u32) -> Limits {
        match self {
            Self::Request => Limits { subscriber: 12_000, network: 48_000, shared: None },
            Self::Registration => {
                let shared = Shared { tenant: register.saturating_mul(7), all: register.saturating_mul(28) };
                Limits {
                    subscriber: register,
                    network: register.saturating_mul(2),
                    shared: Some([shared, shared]),
                }
            }
            Self::Login | Self::Assertion | Self::Token => Limits {
                subscriber: 1_200,
                network: 1_500,
                shared: Some([Shared { tenant: 6_000, all: 12_000 }, Shared { tenant: 3_000, all: 6_000 }]),
            },
            Self::Fetch => Limits {
                subscriber: 10,
                network: 10,
                shared: Some([Shared { tenant: 100, all: 300 }, Shared { tenant: 100, all: 300 }]),
            },
        }
    }
}

/// The caller that is charged.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// The tenant that was called.
    pub tenant: &'a Tenant,
    /// The caller's address, as the plugin saw it; `None` if unknown.
    pub address: Option<IpAddr>,
}

/// A limit that applies in addition to those of the resource, in the same window.
#[derive(Debug, Clone, Copy)]
pub struct Extra<'a> {
    /// The name of the limit, for the log.
    pub what: &'static str,
    /// What is counted by itself, such as one host.
    pub key: &'a str,
    /// The maximum number of uses in a window.
    pub count: u32,
}

/// The error if an allowance is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the allowance of {payer} for {resource:?} is used up for {wait_secs} s")]
pub struct Exhausted {
    /// The resource that was requested.
    pub resource: Resource,
    /// The name of the payer whose allowance is used up.
    pub payer: &'static str,
    /// The number of seconds until the allowance has room for one more use, at least 1.
    pub wait_secs: u64,
}

/// All allowances, and how much of them has been used.
#[derive(Debug)]
pub struct Budgets {
    seed: [u8; 16],
    register: Rate,
    requests: Sketch,
    registrations: Sketch,
    logins: Sketch,
    assertions: Sketch,
    tokens: Sketch,
    fetches: Sketch,
    known: Known,
}

impl Budgets {
    /// Makes unused budgets. `seed` must be random, so that nobody can choose inputs that collide with another caller's
    /// counters. `register` is the configured rate of registrations.
    pub fn new(seed: [u8; 16], register: Rate) -> Self {
        Self {
            seed,
            register,
            requests: Sketch::new(60),
            registrations: Sketch::new(register.window_secs),
            logins: Sketch::new(60),
            assertions: Sketch::new(60),
            tokens: Sketch::new(60),
            fetches: Sketch::new(60),
            known: Known::default(),
        }
    }

    /// Marks the caller's network as known at this tenant, because a user has signed in, or a client has used a grant,
    /// from it.
    pub fn welcome(&self, asker: Asker<'_>, now: UnixTime) {
        self.known.add(self.known_key(asker), now);
    }

    /// Charges every payer of this resource. Fails, and charges nobody, if any allowance is used up.
    pub fn charge(&self, resource: Resource, asker: Asker<'_>, now: UnixTime) -> Result<(), Exhausted> {
        self.charge_with(resource, asker, &[], now)
    }

    /// Like [`Self::charge`], with additional limits.
    pub fn charge_with(
        &self,
        resource: Resource,
        asker: Asker<'_>,
        extra: &[Extra<'_>],
        now: UnixTime,
    ) -> Result<(), Exhausted> {
        let limits = resource.limits(self.register.count);
        let origin = Origin::of(asker.address);
        let mut due = vec![
            (
                "this address",
                self.cells("subscriber", &[&Origin::bytes(origin.subscriber)]),
                limits.subscriber,
            ),
            ("this network", self.cells("network", &[&Origin::bytes(origin.network)]), limits.network),
        ];
        if let Some([strangers, known]) = limits.shared {
            let (at_tenant, at_all, shared) = if self.known.is(self.known_key(asker), now) {
                ("known networks at this tenant", "known networks", known)
            } else {
                ("strangers at this tenant", "strangers", strangers)
            };
            let tenant = asker.tenant.key();
            due.push((at_tenant, self.cells(at_tenant, &[tenant.as_bytes()]), shared.tenant));
            due.push((at_all, self.cells(at_all, &[]), shared.all));
        }
        self.pay(resource, due, extra, now)
    }

    /// Charges these limits alone: a known client pays for what it needs, whoever makes the request.
    pub fn charge_only(
        &self,
        resource: Resource,
        limits: &[Extra<'_>],
        now: UnixTime,
    ) -> Result<(), Exhausted> {
        self.pay(resource, Vec::new(), limits, now)
    }

    fn pay(
        &self,
        resource: Resource,
        mut due: Vec<(&'static str, Cells, u32)>,
        extra: &[Extra<'_>],
        now: UnixTime,
    ) -> Result<(), Exhausted> {
        due.extend(
            extra
                .iter()
                .map(|extra| (extra.what, self.cells(extra.what, &[extra.key.as_bytes()]), extra.count)),
        );
        let charges: Vec<Charge> =
            due.iter().map(|(_, cells, count)| Charge { cells: *cells, count: *count }).collect();
        self.sketch(resource).charge(&charges, now).map_err(|refused| Exhausted {
            resource,
            payer: due.get(refused.index).map_or("all", |(payer, ..)| payer),
            wait_secs: refused.wait_secs,
        })
    }

    const fn sketch(&self, resource: Resource) -> &Sketch {
        match resource {
            Resource::Request => &self.requests,
            Resource::Registration => &self.registrations,
            Resource::Login => &self.logins,
            Resource::Assertion => &self.assertions,
            Resource::Token => &self.tokens,
            Resource::Fetch => &self.fetches,
        }
    }

    fn known_key(&self, asker: Asker<'_>) -> u128 {
        let tenant = asker.tenant.key();
        self.hash("known", &[tenant.as_bytes(), &Origin::bytes(Origin::of(asker.address).network)])
    }

    fn cells(&self, kind: &str, parts: &[&[u8]]) -> Cells {
        Cells::of(self.hash(kind, parts))
    }

    fn hash(&self, kind: &str, parts: &[&[u8]]) -> u128 {
        let mut hasher = SipHasher13::new_with_key(&self.seed);
        for part in [kind.as_bytes()].iter().chain(parts) {
            hasher.write(&(part.len() as u64).to_be_bytes());
            hasher.write(part);
        }
        hasher.finish128().as_u128()
    }
}

#[cfg(test)]
mod tests;
