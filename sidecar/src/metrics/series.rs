//! The table of the series that `/metrics` reports. They are registered and documented from this table.

/// The type of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// The value only grows. The name of the series ends in `_total`.
    Counter,
    /// The value goes up and down.
    Gauge,
    /// The values are counted in buckets.
    Histogram,
}

/// A series.
#[derive(Debug, Clone, Copy)]
pub struct Series {
    pub(super) name: &'static str,
    pub(super) kind: Type,
    labels: &'static str,
    pub(super) help: &'static str,
}

impl Series {
    /// Returns the series as a row of the table in the documentation.
    pub fn row(&self) -> String {
        let (suffix, kind) = match self.kind {
            Type::Counter => ("_total", "counter"),
            Type::Gauge => ("", "gauge"),
            Type::Histogram => ("", "histogram"),
        };
        format!("| `{}{suffix}` | {kind} | {} | {}. |", self.name, self.labels, self.help)
    }
}

macro_rules! series {
    ($($const:ident = $name:literal $kind:ident $labels:literal $help:literal;)+) => {
        $(pub(super) const $const: Series =
            Series { name: $name, kind: Type::$kind, labels: $labels, help: $help };)+

        /// Every series, for the generated documentation.
        pub const ALL: &[Series] = &[$($const,)+];
    };
}

// The help texts have no full stop, because the encoder adds one.
series! {
    EVENTS = "bouncer_events" Counter "`kind`, `outcome`, `reason`"
        "Events, by kind and outcome; `reason` is empty for an event without a reason";
    TENANT_EVENTS = "bouncer_tenant_events" Counter "`tenant`, `kind`, `outcome`"
        "Events of each tenant; beyond 100 tenants `tenant` is `other`";
    AUTH_FAILURES = "bouncer_auth_failures" Counter "`reason`"
        "Requests, sign-ins and logins that were refused or failed";
    TOKENS_ISSUED = "bouncer_token_issued" Counter "`grant_type`"
        "Access tokens issued";
    REFRESHES = "bouncer_token_refresh" Counter "`result`"
        "Refresh requests: `rotated`, `repeated` (within the grace period), `reused`, `refused` or `failed`";
    REGISTRATIONS = "bouncer_dcr_register" Counter "`result`"
        "Client registrations: `created`, `repeated` (a known client), `refused` or `failed`";
    REQUESTS = "bouncer_http_requests" Counter "`endpoint`, `status`"
        "Responses of the OAuth listener";
    REQUEST_SECONDS = "bouncer_http_request_duration_seconds" Histogram "`endpoint`"
        "Time to a response of the OAuth listener, in seconds";
    TOKEN_SECONDS = "bouncer_token_endpoint_duration_seconds" Histogram "–"
        "Time to a response of the token endpoint, in seconds";
    UPSTREAM_CALLS = "bouncer_upstream_calls" Counter "`call`, `outcome`"
        "Calls to identity providers: `ok`, or the kind of failure";
    UPSTREAM_SECONDS = "bouncer_upstream_call_duration_seconds" Histogram "`call`"
        "Duration of calls to identity providers, in seconds";
    STORE_SECONDS = "bouncer_store_operation_duration_seconds" Histogram "`operation`"
        "Duration of store operations with their wait: `read` or `write`, in seconds";
    COMMIT_SECONDS = "bouncer_store_commit_duration_seconds" Histogram "–"
        "Duration of commits of the store, in seconds";
    BATCH = "bouncer_store_batch_size" Histogram "–"
        "Operations that shared a commit of the store";
    STORE_UP = "bouncer_store_up" Gauge "–"
        "1 if the store counted its entries within two seconds, otherwise 0; then `…_in_db`, `bouncer_logins_in_progress` and `bouncer_store_entries` are left out";
    WRITES_WAITING = "bouncer_store_writes_waiting" Gauge "–"
        "Write operations that are running or waiting";
    CLIENTS = "bouncer_clients_in_db" Gauge "–"
        "Registered clients";
    REFRESH_TOKENS = "bouncer_refresh_tokens_in_db" Gauge "–"
        "Refresh tokens";
    LOGINS = "bouncer_logins_in_progress" Gauge "–"
        "Logins under way";
    GRANTS = "bouncer_grants_in_db" Gauge "–"
        "Grants that are kept, with those that ended lately";
    PERSONAL_TOKENS = "bouncer_personal_tokens" Gauge "`tenant`"
        "Personal access tokens in force; a new count takes about a minute for each 1,000 grants; beyond 100 tenants `tenant` is `other`";
    SIGNING_KEYS = "bouncer_signing_keys_active" Gauge "–"
        "Signing keys whose tokens are accepted";
    SIGNING_KEY_AGE = "bouncer_signing_key_age_seconds" Gauge "–"
        "Age of the key that signs new tokens, in seconds";
    SIGNING_KEY_ROTATION = "bouncer_signing_key_rotation_seconds" Gauge "–"
        "Age at which that key is replaced (`BOUNCER_KEY_ROTATION_DAYS`), in seconds";
    STORE_ENTRIES = "bouncer_store_entries" Gauge "`table`"
        "Entries in a table of the store; with PostgreSQL an estimate";
    STORE_BYTES = "bouncer_store_bytes" Gauge "–"
        "Size of the database file in bytes; 0 with PostgreSQL";
    TRAEFIK_PROBLEMS = "bouncer_traefik_problems" Gauge "`kind`"
        "Problems found in the routers of each polling Traefik at its last poll";
    TRAEFIK_LAST_POLL = "bouncer_traefik_last_poll_seconds" Gauge "`traefik`"
        "When a Traefik last polled, in seconds since 1970, by its address; one that has not polled for a day is left out";
    FILES_NOT_WRITTEN = "bouncer_files_not_written" Gauge "`reason`"
        "1 while files for Traefik cannot be kept up to date: `share_not_written`, `revocations_not_written`; otherwise 0";
    AUDIT_LOST = "bouncer_audit_lost" Counter "`cause`"
        "Events that went to the log but not to the audit: `full`, `surplus` (more than one operation may write), `flood` (more than 50 a second that anybody can cause), `queue` or `store`";
    TRACES_DROPPED = "bouncer_trace_spans_dropped" Counter "–"
        "Spans that were not exported because the collector did not keep up";
    BUILD = "bouncer_build_info" Gauge "`version`"
        "Always 1";
    STARTED = "bouncer_start_time_seconds" Gauge "–"
        "When the server started, in seconds since 1970";
}
