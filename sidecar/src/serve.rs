//! Runs the server: two listeners, the background work, and a graceful shutdown.

mod error;
mod parts;

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt as _;
use events::{Event, Kind};
use store::Stopwatch;
use store::entropy::{Entropy, SystemEntropy};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use self::error::start;
use crate::app::{self, App};
use crate::clock::SystemClock;
use crate::config::{Config, ListenAddress};
use crate::journal::Journal;
use crate::listen::{self, ConnectionLimits};
use crate::signals::StopSignals;
use crate::traces::Traces;
use crate::upstream_revocation::UpstreamRevocations;
use crate::{sweep, traefik};

pub use error::ServeError;
pub use parts::{build, open_store};

/// How often expired records are deleted and the signing keys are rotated, if that is due.
const TICK: Duration = Duration::from_mins(1);
/// How often the revocation list and the shared folder are updated: the plugin reads the list every two seconds, and
/// the documentation promises that a revocation takes effect within five seconds. The clients file is checked for
/// changes at the same interval. With PostgreSQL, so are the signing keys, to pick up keys that another replica made.
const OFTEN: Duration = Duration::from_secs(1);
/// The number of `SIGXFSZ`, "file size limit exceeded" (signal(7)).
const SIGXFSZ: i32 = 25;
/// How long requests in progress may take to finish after a stop signal; slightly longer than their own deadline
/// ([`crate::edge::deadline`]).
const FAREWELL: Duration = Duration::from_secs(10);
/// The part of [`FAREWELL`] that sending the last spans to the collector may take at most.
const FLUSH: Duration = Duration::from_secs(3);

/// How long the process waits for blocking work after [`run`] has returned.
pub const LAST_WAIT: Duration = Duration::from_secs(1);

/// Runs the server until SIGTERM or SIGINT. Returns `Ok` also if a signal stops the server while it starts.
pub async fn run(config: Config) -> Result<(), ServeError> {
    // Install the handlers first, so that no signal can kill the process instead of stopping it.
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
    upstream_revocations: UpstreamRevocations,
}

/// Opens the listeners and the store, and starts to serve.
async fn begin(config: Config) -> Result<Running, ServeError> {
    let oauth = bind("BOUNCER_LISTEN_ADDR", &config.server.listen).await?;
    let ops = bind("BOUNCER_METRICS_ADDR", &config.server.ops_listen).await?;
    // Opening the store blocks.
    let app = tokio::task::spawn_blocking(move || {
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let store = open_store(&config, Arc::clone(&entropy))?;
        build(config, store, Arc::new(SystemClock), entropy)
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
    let upstream_revocations = app.upstream_revocations.clone();
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
        tokio::spawn(app.upstream_revocations.clone().run(stopped.clone())),
        tokio::spawn(background(app, stopped)),
    ];
    Ok(Running { tasks, stop, audit, stop_audit, journal, traces, upstream_revocations })
}

impl Running {
    /// Stops accepting requests and lets those in progress finish, for at most [`FAREWELL`]. Then closes the audit and
    /// the export of traces.
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
        self.upstream_revocations.record_left();
        // Record this event last, so that the audit also holds what the last requests caused.
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
/// folder and the revocation list, checks the clients file for changes, and ends personal access tokens of users who
/// lost access.
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
                if app.config.clients.file.is_some() {
                    sweep::look_at_clients_file(&app.journal, &app.clients).await;
                }
                if let Some(file) = &app.revocations {
                    sweep::tell_revocations(&app.journal, file, app.clock.now()).await;
                }
            }
            _ = ticks.tick() => {
                sweep::tick(&app.journal, &app.keys, app.limits(), app.clock.now()).await;
                sweep::recheck(&app.journal, &app.recheck, &*app.clock).await;
            }
            () = told_to_stop(&mut stopped) => return,
        }
    }
}

async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    // An error means that the sender has been dropped: treat it as a stop signal.
    let _ = stopped.wait_for(|stop| *stop).await;
}
