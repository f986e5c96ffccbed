//! Builds the parts of the server from the configuration.

use std::sync::{Arc, Mutex};

use events::{Event, Kind, Reason};
use protocol::time::UnixTime;
use reqwest::Certificate;
use store::crypto::Sealer;
use store::entropy::{Entropy, random_bytes};
use store::{Observer, OnEnded, Store, StoreHandle};

use super::error::{ServeError, start};
use crate::app::App;
use crate::brand::{Brand, Icons, Logo};
use crate::budget::{Budgets, Meter, Rate};
use crate::clients::{Clients, ClientsFile};
use crate::clock::Clock;
use crate::config::Config;
use crate::edge::KnownTenants;
use crate::journal::Journal;
use crate::keys::{KeyRing, KeyTimes};
use crate::metrics::Metrics;
use crate::pages::Look;
use crate::personal_tokens::recheck::Recheck;
use crate::providers::Providers;
use crate::revocation_file::RevocationFile;
use crate::share::Share;
use crate::traces::{StoreSpans, Traces};
use crate::upstream::http::HttpClient;
use crate::upstream::oidc::Oidc;
use crate::upstream::{Measured, Upstream};
use crate::upstream_revocation::{Queue, UpstreamRevocations};
use crate::users::Users;
use crate::{ops, sweep, upstream};

/// Builds the server's parts from the configuration. Tests pass other clocks, stores and sources of randomness.
#[expect(clippy::needless_pass_by_value, reason = "the server owns its store")]
pub fn build(
    config: Config,
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Arc<App>, ServeError> {
    let authorities = upstream::http::authorities(config.outbound.ca_file.as_deref())
        .map_err(|error| start("BOUNCER_CA_FILE", error))?;
    let sealer =
        Sealer::new(&config.keys.encryption_key, &config.keys.encryption_keys_previous, Arc::clone(&entropy));
    let metrics = Arc::new(Metrics::new(clock.now()));
    store.observe(Arc::clone(&metrics) as Arc<dyn Observer>);
    let upstream = upstream(&config, &authorities, Arc::clone(&clock), Arc::clone(&metrics))?;
    let traces = traces(&config, &authorities, &clock)?;
    let known = KnownTenants::default();
    let (handle, ended) = handle(&config, &store, traces.is_some(), &known);
    let (journal, audit) = Journal::new(handle, metrics, Arc::clone(&clock), &*entropy, config.audit.limits)
        .map_err(|error| start("randomness", error))?;
    let share = shared_folder(&config, &journal, clock.now());
    let anchor = share.as_ref().map_or_else(|| config.keys.anchor().signing_key(), |share| share.anchor());
    let times = key_times(&config);
    let keys =
        KeyRing::open(Arc::clone(&store), sealer.clone(), Arc::clone(&entropy), anchor, times, clock.now())
            .map_err(|error| start("the signing keys", error))?;
    sweep::record_steps(&journal, &keys);
    let users = Users::open(config.identity.users_file.as_deref(), &clock)
        .map_err(|error| start("BOUNCER_USERS_FILE", error))?;
    let clients_file = ClientsFile::open(config.clients.file.as_deref(), &clock)
        .map_err(|error| start("BOUNCER_CLIENTS_FILE", error))?;
    let revocations = revocation_file(&config, &store, clock.now())?;
    let budgets = Arc::new(budgets(&config, &*entropy)?);
    let with = (journal.clone(), Arc::clone(&clock), Meter::new(Arc::clone(&budgets), Arc::clone(&clock)));
    let clients = Clients::new(&config, clients_file, &authorities, with)
        .map_err(|error| start("the HTTP client", error))?;
    Ok(Arc::new(App {
        started: clock.now(),
        instance: ops::Instance::draw(&*entropy).map_err(|error| start("randomness", error))?,
        look: Arc::new(look(&config, &journal)),
        upstream_revocations: UpstreamRevocations::new(&journal, &clock, &sealer, &upstream, ended),
        recheck: Recheck::new(journal.clone(), users.clone(), known),
        store: journal.store().clone(),
        journal,
        audit: Mutex::new(Some(audit)),
        clock,
        entropy,
        keys,
        sealer,
        users,
        clients: Arc::new(clients),
        providers: Arc::new(providers(&config)?),
        revocations,
        share,
        upstream,
        budgets,
        reports: Arc::default(),
        refusals: Arc::default(),
        traces,
        config,
    }))
}

/// Returns the look of the pages. Logs an image that cannot be shown, and serves without it.
fn look(config: &Config, journal: &Journal) -> Look {
    let settings = &config.brand;
    let unusable = |detail: &dyn std::fmt::Display| {
        journal.record(Event::because(Kind::Operation, Reason::LogoUnusable).detail(detail));
    };
    let logo = settings.logo.as_deref().and_then(|path| match Logo::read(path) {
        Ok(logo) => Some(logo),
        Err(error) => {
            unusable(&format_args!("{}: {error}", path.display()));
            None
        }
    });
    let (icons, problems) = settings.icons.as_deref().map(Icons::read).unwrap_or_default();
    for problem in &problems {
        unusable(problem);
    }
    let (name, links) = (settings.name.clone(), settings.links.clone());
    Look::of(Brand { name, logo, icons, color: settings.color, links })
}

/// Reads the identity providers that tenants refer to by name.
fn providers(config: &Config) -> Result<Providers, ServeError> {
    Providers::open(config.identity.providers_file.as_deref(), config.defaults.provider.clone())
        .map_err(|error| start("BOUNCER_PROVIDERS_FILE", error))
}

/// Returns the client of the identity providers, whose calls are measured.
fn upstream(
    config: &Config,
    authorities: &[Certificate],
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
) -> Result<Arc<dyn Upstream>, ServeError> {
    let http =
        HttpClient::new(&config.identity.internal_issuers, authorities, config.outbound.proxy.as_ref())
            .map_err(|error| start("the HTTP client", error))?;
    Ok(Arc::new(Measured::new(Oidc::new(http, clock), metrics)))
}

/// Opens the shared folder and brings it up to date, so that Traefik and its plugin find their files before this server
/// responds to the first request. `None` if the settings name no folder.
fn shared_folder(config: &Config, journal: &Journal, now: UnixTime) -> Option<Arc<Share>> {
    let share = Share::open(config).map(Arc::new)?;
    let _ = share.update(journal, now);
    Some(share)
}

const fn key_times(config: &Config) -> KeyTimes {
    KeyTimes {
        rotation_secs: config.tokens.key_rotation_secs,
        overlap_secs: config.tokens.key_overlap_secs,
        token_secs: config.tokens.access_token_ttl_secs,
    }
}

/// Returns the handle of the store, and the queue that it tells of ended grants. If requests are traced, each operation
/// of the store gets a span.
fn handle(
    config: &Config,
    store: &Arc<Store>,
    traced: bool,
    known: &KnownTenants,
) -> (StoreHandle, Arc<Queue>) {
    let ended = Arc::new(Queue::new(known));
    let handle = StoreHandle::new(Arc::clone(store)).telling(Arc::clone(&ended) as Arc<dyn OnEnded>);
    if !traced {
        return (handle, ended);
    }
    (handle.watched(Arc::new(StoreSpans::new(config.storage.database_url.is_some()))), ended)
}

/// Starts the export of traces; `None` if no collector is configured.
fn traces(
    config: &Config,
    authorities: &[Certificate],
    clock: &Arc<dyn Clock>,
) -> Result<Option<Arc<Traces>>, ServeError> {
    let Some(settings) = &config.traces else { return Ok(None) };
    let traces = Traces::open(settings, authorities, clock);
    traces.map(|traces| Some(Arc::new(traces))).map_err(|error| start("OTEL_EXPORTER_OTLP_*", error))
}

/// Writes `BOUNCER_REVOCATION_FILE` at the start, because the plugin refuses every request as long as the file is
/// missing. `None` if the setting is empty.
fn revocation_file(
    config: &Config,
    store: &Store,
    now: UnixTime,
) -> Result<Option<Arc<RevocationFile>>, ServeError> {
    let Some(path) = &config.server.revocation_file else { return Ok(None) };
    let file = RevocationFile::new(path);
    file.update(store, now).map_err(|error| start("BOUNCER_REVOCATION_FILE", error))?;
    Ok(Some(Arc::new(file)))
}

fn budgets(config: &Config, entropy: &dyn Entropy) -> Result<Budgets, ServeError> {
    let register = Rate {
        count: config.clients.register_rate_limit,
        window_secs: config.clients.register_rate_window_secs,
    };
    let seed = random_bytes(entropy).map_err(|error| start("randomness", error))?;
    Ok(Budgets::new(seed, register))
}

/// Opens the store that the settings name: PostgreSQL or a database file. Blocking.
pub fn open_store(config: &Config, entropy: Arc<dyn Entropy>) -> Result<Arc<Store>, ServeError> {
    let failed = |error: &dyn std::fmt::Display| ServeError::Start(error.to_string());
    if let Some(url) = &config.storage.database_url {
        let store = Store::connect(url, store::limits::POSTGRES_PATIENCE, entropy);
        return Ok(Arc::new(store.map_err(|error| failed(&error))?));
    }
    let opened = match config.storage.db_batch {
        None => Store::open_file(&config.storage.db_path),
        Some(batch) => Store::open_file_with(&config.storage.db_path, batch),
    };
    Ok(Arc::new(opened.map_err(|error| failed(&error))?))
}
