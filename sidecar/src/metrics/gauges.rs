//! The metrics that are read when they are asked for.

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

/// What is stored and what is present now.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The number of entries of each table.
    pub tables: Vec<(&'static str, u64)>,
    /// The size of the database file in bytes.
    pub bytes: u64,
    /// Writes that are running or waiting.
    pub writes_waiting: usize,
    /// Personal access tokens in force, by tenant.
    pub personal_tokens: Vec<(String, u64)>,
    /// The signing keys whose tokens are accepted.
    pub keys: usize,
    /// The age of the key that signs new tokens, in seconds.
    pub key_age_secs: u64,
    /// The age at which it is replaced, in seconds.
    pub key_rotation_secs: u64,
    /// Problems of Traefik's routers by kind.
    pub problems: Vec<(&'static str, u64)>,
    /// When each Traefik last polled; their number is limited.
    pub polls: Vec<(IpAddr, UnixTime)>,
    /// Which files for Traefik there are, and whether they cannot be written now.
    pub not_written: Vec<(Reason, bool)>,
    /// Spans that were not exported.
    pub spans_dropped: u64,
}

#[derive(Debug)]
pub(super) struct Gauges {
    clients: Gauge,
    refresh_tokens: Gauge,
    logins: Gauge,
    grants: Gauge,
    personal_tokens: Family<[Label; 1], Gauge>,
    keys: Gauge,
    key_age: Gauge,
    key_rotation: Gauge,
    bytes: Gauge,
    writes_waiting: Gauge,
    tables: Family<[Label; 1], Gauge>,
    problems: Family<[Label; 1], Gauge>,
    polls: Family<[Label; 1], Gauge>,
    not_written: Family<[Label; 1], Gauge>,
}

/// A number as a gauge holds it.
pub(super) fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Gauges {
    pub(super) fn new(to: &mut Registry) -> Self {
        Self {
            clients: register(to, &series::CLIENTS, Gauge::default()),
            refresh_tokens: register(to, &series::REFRESH_TOKENS, Gauge::default()),
            logins: register(to, &series::LOGINS, Gauge::default()),
            grants: register(to, &series::GRANTS, Gauge::default()),
            personal_tokens: register(to, &series::PERSONAL_TOKENS, Family::default()),
            keys: register(to, &series::SIGNING_KEYS, Gauge::default()),
            key_age: register(to, &series::SIGNING_KEY_AGE, Gauge::default()),
            key_rotation: register(to, &series::SIGNING_KEY_ROTATION, Gauge::default()),
            bytes: register(to, &series::STORE_BYTES, Gauge::default()),
            writes_waiting: register(to, &series::WRITES_WAITING, Gauge::default()),
            tables: register(to, &series::STORE_ENTRIES, Family::default()),
            problems: register(to, &series::TRAEFIK_PROBLEMS, Family::default()),
            polls: register(to, &series::TRAEFIK_LAST_POLL, Family::default()),
            not_written: register(to, &series::FILES_NOT_WRITTEN, Family::default()),
        }
    }

    /// `tenant` yields the label of a tenant with this name; several may have the same.
    pub(super) fn set(&self, now: &Snapshot, tenant: impl Fn(&str) -> Cow<'static, str>) {
        let count =
            |wanted| now.tables.iter().find(|(table, _)| *table == wanted).map_or(0, |(_, count)| *count);
        self.clients.set(whole(count(ClientRecord::TABLE)));
        self.refresh_tokens.set(whole(count(RefreshRecord::TABLE)));
        self.logins.set(whole(count(LoginRecord::TABLE)));
        self.grants.set(whole(count(GrantRecord::TABLE)));
        self.personal_tokens.clear();
        for (name, tokens) in &now.personal_tokens {
            self.personal_tokens.get_or_create(&[("tenant", tenant(name))]).inc_by(whole(*tokens));
        }
        self.keys.set(whole(now.keys as u64));
        self.key_age.set(whole(now.key_age_secs));
        self.key_rotation.set(whole(now.key_rotation_secs));
        self.bytes.set(whole(now.bytes));
        self.writes_waiting.set(whole(now.writes_waiting as u64));
        for (table, count) in &now.tables {
            self.tables.get_or_create(&[label("table", table)]).set(whole(*count));
        }
        // A kind that is gone must not keep its last number.
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
