//! Requests over a connection that exceeds the limit or breaks off.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::{Request, header};
use http_body::Frame;
use protocol::context::Endpoint;
use sidecar::listen::{self, ConnectionLimits};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::support::{Site, World};

#[tokio::test]
async fn connections_beyond_the_maximum_are_reported() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = ConnectionLimits { most: 1, ..ConnectionLimits::OAUTH };
    let (stop, stopped) = oneshot::channel::<()>();
    let told = async move { drop(stopped.await) };
    let served = listen::serve(listener, world.router.clone(), limits, world.app.journal.clone(), told);
    let served = tokio::spawn(served);
    let connections =
        [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
    while !world.reasons().contains("connections_full") {
        tokio::task::yield_now().await;
    }
    drop((connections, stop));
    served.await.unwrap();
}

/// A body that ends with an error.
struct Broken;

impl http_body::Body for Broken {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let (world, site) = (World::new(), Site::local("https://wiki.example.com"));
    let request = Request::post("/").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let reply = world.send(&site, Endpoint::Token, request.body(Body::new(Broken)).unwrap()).await;
    assert_eq!(reply.status, 400, "{reply:?}");
    assert!(world.reasons().contains("body_unreadable"), "{:?}", world.reasons());
}
