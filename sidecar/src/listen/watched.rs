//! Tracks what a connection is doing, from the bytes it transfers and the requests it serves.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::limits::ConnectionLimits;

/// Returns the runtime's time, which advances together with its timers.
pub(super) fn now() -> Instant {
    Instant::now()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// A part of the head of a request has been received.
    Head,
    /// A request is being served.
    Serving,
    /// Nothing has been received since the connection was opened, or since the last response.
    Idle,
}

/// What a connection is doing, and since when.
#[derive(Debug)]
pub(super) struct Activity(Mutex<(Phase, Instant)>);

impl Activity {
    /// Makes the state of a new connection. It is idle, not late with a head: a proxy that opened more connections than
    /// it had requests keeps the others for later requests, as long as those that it has used.
    pub(super) fn new() -> Self {
        Self(Mutex::new((Phase::Idle, now())))
    }

    fn state(&self) -> MutexGuard<'_, (Phase, Instant)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks the start of a request. The request ends when the returned value is dropped.
    pub(super) fn serve(self: &Arc<Self>) -> Serving {
        *self.state() = (Phase::Serving, now());
        Serving(Arc::clone(self))
    }

    /// Returns since when no request has been served; `None` if one is being served.
    pub(super) fn unused_since(&self) -> Option<Instant> {
        let (phase, since) = *self.state();
        (phase != Phase::Serving).then_some(since)
    }

    /// Returns how long the connection may stay in its current state.
    pub(super) fn left(&self, limits: ConnectionLimits) -> Duration {
        let (phase, since) = *self.state();
        let limit = if phase == Phase::Head { limits.head } else { limits.idle };
        limit.saturating_sub(since.elapsed())
    }

    /// Records that bytes were received. Only the first byte of a head restarts the time, so that a peer that sends
    /// single bytes does not extend it.
    fn read(&self) {
        let mut state = self.state();
        if state.0 == Phase::Idle {
            *state = (Phase::Head, now());
        }
    }

    /// Records that the peer accepted bytes of a response, which restarts the time unless a head is being received.
    fn wrote(&self) {
        let mut state = self.state();
        if state.0 != Phase::Head {
            state.1 = now();
        }
    }
}

/// A request that is being served; it ends when the value is dropped.
#[derive(Debug)]
pub(super) struct Serving(Arc<Activity>);

impl Drop for Serving {
    fn drop(&mut self) {
        *self.0.state() = (Phase::Idle, now());
    }
}

/// A stream that reports transferred bytes to its [`Activity`].
pub(super) struct Watched<Io> {
    io: Io,
    activity: Arc<Activity>,
}

impl<Io> Watched<Io> {
    pub(super) const fn new(io: Io, activity: Arc<Activity>) -> Self {
        Self { io, activity }
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for Watched<Io> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let polled = Pin::new(&mut this.io).poll_read(cx, buf);
        if buf.filled().len() > before {
            this.activity.read();
        }
        polled
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for Watched<Io> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.io).poll_write(cx, bytes);
        if matches!(polled, Poll::Ready(Ok(1..))) {
            this.activity.wrote();
        }
        polled
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.io).poll_write_vectored(cx, parts);
        if matches!(polled, Poll::Ready(Ok(1..))) {
            this.activity.wrote();
        }
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }
}
