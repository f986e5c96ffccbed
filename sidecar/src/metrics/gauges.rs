//! The metrics whose values are read when `/metrics` is requested.

use std::borrow::Cow;
use std::net::IpAddr;

use events::Reason;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use protocol::time::UnixTime;
use store::record::{ClientRecord, GrantRecord, LoginRecord, RefreshRecord, Stored as _};

use super::family::{Label, label, register};
use super::series;

/// The values of these metrics at one moment.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The number of entries of each table; with PostgreSQL an estimate. `None` if the store has failed or has not
    /// responded in time.
    pub tables: Option<Vec<(&'static str, u64)>>,
    /// The size of the database file in bytes; 0 with PostgreSQL.
    pub bytes: u64,
    /// The number of writes that are running or waiting.
    pub writes_waiting: usize,
    /// The number of personal access tokens in force, by the name of the tenant.
    pub personal_tokens: Vec<(String, u64)>,
    /// The number of signing keys whose tokens are accepted.
    pub keys: usize,
    /// The age of the key that signs new access tokens, in seconds.
    pub key_age_secs: u64,
    /// The age at which that key is replaced, in seconds.
    pub key_rotation_secs: u64,
    /// The number of problems of Traefik's routers, by kind.
    pub problems: Vec<(&'static str, u64)>,
    /// When each Traefik instance last polled. The number of instances is limited.
    pub polls: Vec<(IpAddr, UnixTime)>,
    /// Which kinds of files are written for Traefik and its plugin, each with `true` if its file cannot be written now.
    pub not_written: Vec<(Reason, bool)>,
    /// The number of spans that were not exported since the start.
    pub spans_dropped: u64,
}

#[derive(Debug)]
pub(super) struct Gauges {
    store_up: Gauge,
    personal_tokens: Family<[Label; 1], Gauge>,
    keys: Gauge,
    key_age: Gauge,
    key_rotation: Gauge,
    bytes: Gauge,
    writes_waiting: Gauge,
    problems: Family<[Label; 1], Gauge>,
    polls: Family<[Label; 1], Gauge>,
    not_written: Family<[Label; 1], Gauge>,
}

/// Returns the number in the type of a gauge.
pub(super) fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Gauges {
    pub(super) fn new(to: &mut Registry) -> Self {
        Self {
            store_up: register(to, &series::STORE_UP, Gauge::default()),
            personal_tokens: register(to, &series::PERSONAL_TOKENS, Family::default()),
            keys: register(to, &series::SIGNING_KEYS, Gauge::default()),
            key_age: register(to, &series::SIGNING_KEY_AGE, Gauge::default()),
            key_rotation: register(to, &series::SIGNING_KEY_ROTATION, Gauge::default()),
            bytes: register(to, &series::STORE_BYTES, Gauge::default()),
            writes_waiting: register(to, &series::WRITES_WAITING, Gauge::default()),
            problems: register(to, &series::TRAEFIK_PROBLEMS, Family::default()),
            polls: register(to, &series::TRAEFIK_LAST_POLL, Family::default()),
            not_written: register(to, &series::FILES_NOT_WRITTEN, Family::default()),
        }
    }

    /// Sets the gauges to these values. `tenant` returns the label of the tenant with this name. If several tenants
    /// have the same label, their personal access tokens are added up.
    pub(super) fn set(&self, now: &Snapshot, tenant: impl Fn(&str) -> Cow<'static, str>) {
        self.store_up.set(now.tables.is_some().into());
        self.personal_tokens.clear();
        for (name, tokens) in &now.personal_tokens {
            self.personal_tokens.get_or_create(&[("tenant", tenant(name))]).inc_by(whole(*tokens));
        }
        self.keys.set(whole(now.keys as u64));
        self.key_age.set(whole(now.key_age_secs));
        self.key_rotation.set(whole(now.key_rotation_secs));
        self.bytes.set(whole(now.bytes));
        self.writes_waiting.set(whole(now.writes_waiting as u64));
        // A kind of problem that no longer exists must not keep its last number.
        self.problems.clear();
        for (kind, count) in &now.problems {
            self.problems.get_or_create(&[label("kind", kind)]).set(whole(*count));
        }
        self.polls.clear();
        for (traefik, at) in &now.polls {
            let traefik = ("traefik", traefik.to_string().into());
            self.polls.get_or_create(&[traefik]).set(whole(at.as_secs()));
        }
        for (reason, is_failing) in &now.not_written {
            self.not_written.get_or_create(&[label("reason", reason.code())]).set((*is_failing).into());
        }
    }
}

/// The gauges for the numbers of entries in the store. They have a registry of their own, because they are left out
/// while the store cannot count the entries.
#[derive(Debug)]
pub(super) struct Stored {
    registry: Registry,
    clients: Gauge,
    refresh_tokens: Gauge,
    logins: Gauge,
    grants: Gauge,
    tables: Family<[Label; 1], Gauge>,
}

impl Stored {
    pub(super) fn new() -> Self {
        let mut registry = Registry::default();
        let to = &mut registry;
        Self {
            clients: register(to, &series::CLIENTS, Gauge::default()),
            refresh_tokens: register(to, &series::REFRESH_TOKENS, Gauge::default()),
            logins: register(to, &series::LOGINS, Gauge::default()),
            grants: register(to, &series::GRANTS, Gauge::default()),
            tables: register(to, &series::STORE_ENTRIES, Family::default()),
            registry,
        }
    }

    /// Sets the gauges to these numbers of entries, and returns their registry.
    pub(super) fn with(&self, tables: &[(&'static str, u64)]) -> &Registry {
        let count = |wanted| tables.iter().find(|(table, _)| *table == wanted).map_or(0, |(_, count)| *count);
        self.clients.set(whole(count(ClientRecord::TABLE)));
        self.refresh_tokens.set(whole(count(RefreshRecord::TABLE)));
        self.logins.set(whole(count(LoginRecord::TABLE)));
        self.grants.set(whole(count(GrantRecord::TABLE)));
        for (table, count) in tables {
            self.tables.get_or_create(&[label("table", table)]).set(whole(*count));
        }
        &self.registry
    }
}
