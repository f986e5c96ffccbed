//! Concurrent clients that repeat an operation for some time, and the measured durations.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::oauth::{Client, Door, Tokens, tenant};
use crate::sidecar::Sidecar;
use crate::stored;

/// The operation that clients repeat.
#[derive(Clone, Debug)]
pub enum Work {
    /// Refresh their own tokens.
    Refresh,
    /// Register a new client.
    Register,
    /// Log in.
    Flow,
    /// Refresh a stored token that is still unused; contains the number of the next such token.
    Walk(Rc<Cell<usize>>),
}

/// The result of one round.
#[derive(Clone, Copy)]
pub struct Round {
    /// Operations per second.
    pub per_s: f64,
    /// The median duration of an operation, in milliseconds.
    pub p50_ms: f64,
    /// The 99th percentile of the duration, in milliseconds.
    pub p99_ms: f64,
}

/// Clients with their connections and tokens.
pub type Crowd = Vec<(Client, Tokens)>;

/// Creates `count` clients, spread over all tenants, each of which registers and logs in.
pub async fn gather(sidecar: &Sidecar, door: &Door, count: usize, work: &Work) -> Crowd {
    let mut all = Vec::new();
    for number in 0..count {
        let mut client = Client::connect(sidecar.address, door, tenant(number)).await;
        let id = client.register(&format!("{work:?} {number} of {count}")).await;
        let tokens = client.log_in(&id).await;
        all.push((client, tokens));
    }
    all
}

/// Creates `count` clients of the first tenant, with the first `count` stored tokens.
pub async fn gather_stored(sidecar: &Sidecar, door: &Door, count: usize) -> Crowd {
    let mut all = Vec::new();
    for number in 0..count {
        let client = Client::connect(sidecar.address, door, tenant(0)).await;
        all.push((client, stored::tokens(number)));
    }
    all
}

/// Lets all clients repeat the operation for `time`.
pub async fn round(crowd: &mut Crowd, work: &Work, time: Duration) -> Round {
    let began = Instant::now();
    let end = began + time;
    let mut tasks = JoinSet::new();
    for (client, tokens) in crowd.drain(..) {
        tasks.spawn_local(one(client, tokens, work.clone(), end));
    }
    let mut all = Vec::new();
    while let Some(done) = tasks.join_next().await {
        let (client, tokens, times) = done.expect("a client that ended well");
        all.extend(times);
        crowd.push((client, tokens));
    }
    all.sort_unstable_by(f64::total_cmp);
    let at = |percent: usize| all.get(all.len() * percent / 100).copied().unwrap_or_default();
    Round { per_s: all.len() as f64 / began.elapsed().as_secs_f64(), p50_ms: at(50), p99_ms: at(99) }
}

async fn one(mut client: Client, mut tokens: Tokens, work: Work, end: Instant) -> (Client, Tokens, Vec<f64>) {
    let mut times = Vec::with_capacity(16_384);
    loop {
        if let Work::Walk(next) = &work {
            tokens = stored::tokens(next.replace(next.get() + 1));
        }
        let began = Instant::now();
        if began >= end {
            return (client, tokens, times);
        }
        match work {
            Work::Refresh | Work::Walk(_) => client.refresh(&mut tokens).await,
            Work::Flow => tokens = client.log_in(&tokens.client_id).await,
            // The name contains the token and the time, so that it is unique.
            Work::Register => drop(client.register(&format!("{} {began:?}", tokens.refresh)).await),
        }
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
}
