//! Runs the server: two listeners, the background work, and a graceful shutdown.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt as _;
use events::{Event, Kind, Reason};
use protocol::time::UnixTime;
use reqwest::Certificate;
use store::crypto::Sealer;
use store::entropy::{Entropy, SystemEntropy, random_bytes};
use store::{Observer, Stopwatch, Store, StoreHandle};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::app::{self, App};
use crate::brand::{Brand, Icons, Logo};
use crate::budget::{Budgets, Meter, Rate};
use crate::clients::{Clients, ClientsFile};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, ListenAddress};
use crate::journal::Journal;
use crate::keys::{KeyRing, KeyTimes};
use crate::listen::{self, ConnectionLimits};
use crate::metrics::Metrics;
use crate::pages::Look;
use crate::providers::Providers;
use crate::revocation_file::RevocationFile;
use crate::share::Share;
use crate::signals::StopSignals;
use crate::traces::{StoreSpans, Traces};
use crate::upstream::http::HttpClient;
use crate::upstream::oidc::Oidc;
use crate::upstream::{Measured, Upstream};
use crate::users::Users;
use crate::{ops, sweep, traefik, upstream};

/// How often expired records are deleted and the key ring is checked.
const TICK: Duration = Duration::from_mins(1);
/// How often the revocation list and the shared folder are updated: the plugin reads the list every two seconds, and
/// the documentation promises that a revocation takes effect within five. With PostgreSQL, the key ring is reloaded at
/// the same interval, to pick up keys that another replica made.
const OFTEN: Duration = Duration::from_secs(1);
/// The number of `SIGXFSZ`, "file size limit exceeded" (signal(7)).
const SIGXFSZ: i32 = 25;
/// How long requests in progress may take to finish after a stop signal; slightly longer than their own deadline
/// ([`crate::edge::deadline`]).
const FAREWELL: Duration = Duration::from_secs(10);
/// How much of that time, at most, sending the last spans to the collector may take.
const FLUSH: Duration = Duration::from_secs(3);

/// How long the process waits for blocking work after [`run`] has returned.
pub const LAST_WAIT: Duration = Duration::from_secs(1);

/// Why the server cannot start or run. The message is one sentence.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A setting, a file or a resource that the server needs cannot be used; the text names it and says why.
    #[error("{0}")]
    Start(String),
}

fn start(what: &str, error: impl std::fmt::Display) -> ServeError {
    ServeError::Start(format!("{what}: {error}"))
}

/// Runs the server until SIGTERM or SIGINT. A signal that arrives during the start ends the start, and is a success
/// too.
pub async fn run(config: Config) -> Result<(), ServeError> {
    // First of all, so that no signal can kill the process instead of stopping it.
    let mut signals = StopSignals::install().map_err(|error| start("signals", error))?;
    // While SIGXFSZ has a handler, exceeding the file size limit makes the write fail instead of killing the process.
    let _limit = signal(SignalKind::from_raw(SIGXFSZ)).map_err(|error| start("signals", error))?;
    let started = tokio::select! {
        started = begin(config) => started?,
        name = signals.received() => {
            tracing::info!(signal = name, "stopped during the start");
            return Ok(());
        }
    };
    let name = signals.received().await;
    tracing::info!(signal = name, "stopping");
    started.stop().await;
    Ok(())
}

/// A server that is running.
struct Running {
    tasks: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
    audit: Option<JoinHandle<()>>,
    stop_audit: watch::Sender<bool>,
    journal: Journal,
    traces: Option<Arc<Traces>>,
}

/// Opens the listeners and the store, and starts to serve.
async fn begin(config: Config) -> Result<Running, ServeError> {
    let oauth = bind("BOUNCER_LISTEN_ADDR", &config.server.listen).await?;
    let ops = bind("BOUNCER_METRICS_ADDR", &config.server.ops_listen).await?;
    // Opening the store blocks.
    let app = tokio::task::spawn_blocking(move || {
        let store = open_store(&config)?;
        build(config, store, Arc::new(SystemClock), Arc::new(SystemEntropy))
    });
    let app = app.await.map_err(|error| start("starting", error))??;
    announce("oauth", &oauth)?;
    announce("ops", &ops)?;
    let port = oauth.local_addr().map_err(|error| start("BOUNCER_LISTEN_ADDR", error))?.port();
    let traefik = app.traefik(port).map_err(|error| start("the HTTP client", error))?;
    let operations = app.operations().merge(traefik::routes(traefik));
    let (stop, stopped) = watch::channel(false);
    let (stop_audit, audit_stopped) = watch::channel(false);
    let audit = app.audit.lock().unwrap_or_else(PoisonError::into_inner).take();
    let audit = audit.map(|writer| tokio::spawn(writer.run(audit_stopped)));
    app.journal.record(Event::new(Kind::Started).detail(env!("CARGO_PKG_VERSION")));
    let (journal, traces) = (app.journal.clone(), app.traces.clone());
    let tasks = vec![
        tokio::spawn(listen(
            oauth,
            app::router(&app),
            ConnectionLimits::OAUTH,
            app.journal.clone(),
            stopped.clone(),
        )),
        tokio::spawn(listen(
            ops,
            operations,
            ConnectionLimits::OPERATIONS,
            app.journal.clone(),
            stopped.clone(),
        )),
        tokio::spawn(background(app, stopped)),
    ];
    Ok(Running { tasks, stop, audit, stop_audit, journal, traces })
}

impl Running {
    /// Lets the requests in progress finish, for at most [`FAREWELL`].
    async fn stop(self) {
        let _ = self.stop.send(true);
        let begun = Stopwatch::start();
        let finished = timeout(FAREWELL, async {
            for task in self.tasks {
                let _ = task.await;
            }
        });
        if finished.await.is_err() {
            tracing::warn!("connections were still open when the time to finish was up");
        }
        // Last, so that what the last requests caused is in the audit too.
        self.journal.record(Event::new(Kind::Stopped));
        let _ = self.stop_audit.send(true);
        if let Some(audit) = self.audit {
            let _ = timeout(LAST_WAIT, audit).await;
        }
        if let Some(traces) = self.traces {
            let left = FAREWELL.saturating_sub(begun.elapsed()).min(FLUSH);
            let _ = tokio::task::spawn_blocking(move || traces.close(left)).await;
        }
    }
}

/// Builds the server's parts from the configuration. Tests call it with other clocks and stores.
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
    let handle = handle(&config, &store, traces.is_some());
    let (journal, audit) = Journal::new(handle, metrics, Arc::clone(&clock), &*entropy, config.audit.limits)
        .map_err(|error| start("randomness", error))?;
    let share = shared_folder(&config, &journal, clock.now());
    let anchor = share.as_ref().map_or_else(|| config.keys.anchor().signing_key(), |share| share.anchor());
    let times = key_times(&config);
    let keys =
        KeyRing::open(Arc::clone(&store), sealer.clone(), Arc::clone(&entropy), anchor, times, clock.now())
            .map_err(|error| start("the signing keys", error))?;
    sweep::record_steps(&journal, &keys);
    let users = Users::open(config.identity.users_file.as_deref())
        .map_err(|error| start("BOUNCER_USERS_FILE", error))?;
    let clients_file = ClientsFile::open(config.clients.file.as_deref())
        .map_err(|error| start("BOUNCER_CLIENTS_FILE", error))?;
    let providers =
        Providers::open(config.identity.providers_file.as_deref(), config.defaults.provider.clone())
            .map_err(|error| start("BOUNCER_PROVIDERS_FILE", error))?;
    let revocations = revocation_file(&config, &store, clock.now())?;
    let budgets = Arc::new(budgets(&config, &*entropy)?);
    let with = (journal.clone(), Arc::clone(&clock), Meter::new(Arc::clone(&budgets), Arc::clone(&clock)));
    let clients = Clients::new(&config, clients_file, &authorities, with)
        .map_err(|error| start("the HTTP client", error))?;
    Ok(Arc::new(App {
        started: clock.now(),
        instance: ops::Instance::draw(&*entropy).map_err(|error| start("randomness", error))?,
        look: Arc::new(look(&config, &journal)),
        store: journal.store().clone(),
        journal,
        audit: Mutex::new(Some(audit)),
        clock,
        entropy,
        keys,
        sealer,
        users,
        clients: Arc::new(clients),
        providers: Arc::new(providers),
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

/// How the pages look. An image that cannot be shown is no reason not to serve.
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

/// The identity providers, with their calls measured.
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

/// The shared folder, up to date: Traefik and its plugin find their files before this server responds to the first
/// request.
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

/// The handle of the store, with a span for each operation if requests are traced.
fn handle(config: &Config, store: &Arc<Store>, traced: bool) -> StoreHandle {
    let handle = StoreHandle::new(Arc::clone(store));
    if !traced {
        return handle;
    }
    handle.watched(Arc::new(StoreSpans::new(config.storage.database_url.is_some())))
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

/// Writes `BOUNCER_REVOCATION_FILE` at the start, because the plugin refuses every request without it. `None` if the
/// setting is empty.
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

/// Opens the store that these settings name. Blocking.
pub fn open_store(config: &Config) -> Result<Arc<Store>, ServeError> {
    let failed = |error: &dyn std::fmt::Display| ServeError::Start(error.to_string());
    if let Some(url) = &config.storage.database_url {
        return Ok(Arc::new(Store::connect(url, store::limits::POSTGRES_PATIENCE).map_err(|error| failed(&error))?));
    }
    let opened = match config.storage.db_batch {
        None => Store::open_file(&config.storage.db_path),
        Some(batch) => Store::open_file_with(&config.storage.db_path, batch),
    };
    Ok(Arc::new(opened.map_err(|error| failed(&error))?))
}

/// Binds the first candidate address that can be bound.
async fn bind(name: &str, address: &ListenAddress) -> Result<TcpListener, ServeError> {
    let mut last = None;
    for candidate in address.candidates() {
        match TcpListener::bind(candidate).await {
            Ok(listener) => return Ok(listener),
            Err(error) => last = Some(error),
        }
    }
    let error = last.map(|error| error.to_string()).unwrap_or_default();
    Err(ServeError::Start(format!("{name}: cannot listen there: {error}")))
}

fn announce(name: &'static str, listener: &TcpListener) -> Result<(), ServeError> {
    let address = listener.local_addr().map_err(|error| start(name, error))?;
    tracing::info!(listener = name, address = %address, "listening");
    Ok(())
}

async fn listen(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    journal: Journal,
    mut stopped: watch::Receiver<bool>,
) {
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    listen::serve(listener, router, limits, journal, told_to_stop(&mut stopped)).await;
}

/// Runs the periodic work until the stop signal: deletes expired records, rotates signing keys, updates the shared
/// folder and the revocation list.
async fn background(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let (mut ticks, mut often) = (interval(TICK), interval(OFTEN));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    often.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = often.tick() => {
                if app.config.storage.database_url.is_some() {
                    sweep::turn_keys(&app.journal, &app.keys, app.clock.now()).await;
                }
                if let Some(share) = &app.share {
                    sweep::keep_share(&app.journal, share, &app.keys, app.clock.now()).await;
                }
                if let Some(file) = &app.revocations {
                    sweep::tell_revocations(&app.journal, file, app.clock.now()).await;
                }
            }
            _ = ticks.tick() => sweep::tick(&app.journal, &app.keys, app.limits(), app.clock.now()).await,
            () = told_to_stop(&mut stopped) => return,
        }
    }
}

async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    // An error means that the sender has been dropped: treat it as a stop signal.
    let _ = stopped.wait_for(|stop| *stop).await;
}
