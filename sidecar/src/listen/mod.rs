//! Serving connections, so that whoever holds some for nothing shuts nobody out.
//!
//! A connection must send the whole head of a request within a time from its first byte on, and is closed when it was
//! idle, or took nothing of an answer, for another. There are at most so many. Beyond that a newcomer takes the
//! place of a connection that serves no request: of the peer that holds most of them, the one that did nothing
//! for longest. If there is none, or the newcomer's peer itself holds most, the newcomer is closed; a request under
//! way is never cut off. (How long a request may take is [`crate::edge::deadline`]'s.)

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

use connections::{Connections, Held};
pub use limits::ConnectionLimits;
use watched::Watched;

/// The address at the other end of the connection; travels in the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// Serves until `stop`, and then until the requests under way are answered.
pub async fn serve<L>(
    mut listener: L,
    router: Router,
    limits: ConnectionLimits,
    stop: impl Future<Output = ()>,
) where
    L: Listener<Addr = SocketAddr>,
{
    let connections = Arc::new(Connections::new(limits));
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
        // Held by the answer's body until it has been sent.
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
            // What the peer did wrong is its own affair.
            _ = connection.as_mut() => return,
            _ = stopped.wait_for(|stop| *stop), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            () = held.told_to_close() => return,
            // What is due may come to be due earlier while this waits, but never within less than `head`.
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
