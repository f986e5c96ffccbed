//! Serves connections with limits, so that peers that hold connections open cannot lock others out.
//!
//! A connection must send a complete request head within a limited time from its first byte. It is closed if it has
//! been idle, or has accepted no bytes of a response, for another limited time. The number of connections is limited,
//! too. When the limit is reached, a new connection replaces one that serves no request: of the peer with the most
//! connections, the connection that has been unused longest. If there is no such connection, or the peer of the new
//! connection would have more connections than that peer, the new connection is closed. A request in progress is never
//! cut off to make room. (How long a request may take is limited by [`crate::edge::deadline`].)

mod connections;
mod limits;
mod watched;

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::serve::Listener;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::pin;
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;
use tower::ServiceExt as _;

use crate::journal::Journal;
use connections::{Connections, Held};
pub use limits::ConnectionLimits;
use watched::Watched;

/// The address of the connection's peer, which is passed in the extensions of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// Serves connections until `stop` completes, and then until the requests in progress have been answered.
pub async fn serve<L>(
    mut listener: L,
    router: Router,
    limits: ConnectionLimits,
    journal: Journal,
    stop: impl Future<Output = ()>,
) where
    L: Listener<Addr = SocketAddr>,
{
    let connections = Arc::new(Connections::new(limits, journal));
    let (stopping, stopped) = watch::channel(false);
    let (open, mut all_closed) = mpsc::channel::<()>(1);
    pin!(stop);
    loop {
        let (io, peer) = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let peer = Peer(peer.ip().to_canonical());
        let Some(held) = connections.admit(peer.0) else { continue };
        let (router, stopped, open) = (router.clone(), stopped.clone(), open.clone());
        tokio::spawn(async move {
            connection(io, router, (held, peer), limits, stopped).await;
            drop(open);
        });
    }
    drop(listener);
    let _ = stopping.send(true);
    drop(open);
    let _ = all_closed.recv().await;
}

async fn connection<Io>(
    io: Io,
    router: Router,
    (held, peer): (Held, Peer),
    limits: ConnectionLimits,
    mut stopped: watch::Receiver<bool>,
) where
    Io: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let activity = held.activity();
    let io = TokioIo::new(Watched::new(io, Arc::clone(&activity)));
    let service = hyper::service::service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        // The response body keeps this value until the body has been sent.
        let serving = activity.serve();
        let router = router.clone();
        async move {
            let response: Response =
                router.oneshot(request.map(Body::new)).await.unwrap_or_else(|never| match never {});
            Ok::<_, std::convert::Infallible>(response.map(move |body| {
                body.map_frame(move |frame| {
                    let _ = &serving;
                    frame
                })
            }))
        }
    });
    let connection = http1::Builder::new().serve_connection(io, service);
    pin!(connection);
    let mut stopping = false;
    loop {
        tokio::select! {
            // Protocol errors of the peer are not logged.
            _ = connection.as_mut() => return,
            _ = stopped.wait_for(|stop| *stop), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            () = held.close_requested() => return,
            // Activity may shorten the remaining time during this wait, but never below `head`.
            () = sleep(activity.left(limits).min(limits.head)) => {
                if activity.left(limits).is_zero() {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
