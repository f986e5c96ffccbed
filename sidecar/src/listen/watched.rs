//! What a connection is doing, seen from its bytes and its requests.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::limits::ConnectionLimits;

/// The time of the runtime, which passes like its timers.
pub(super) fn now() -> Instant {
    Instant::now()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The head of a request is awaited or has begun to come.
    Head,
    /// A request is being answered.
    Serving,
    /// Nothing has come since the last answer.
    Idle,
}

/// What a connection is doing, and since when.
#[derive(Debug)]
pub(super) struct Activity(Mutex<(Phase, Instant)>);

impl Activity {
    pub(super) fn new() -> Self {
        Self(Mutex::new((Phase::Head, now())))
    }

    fn state(&self) -> MutexGuard<'_, (Phase, Instant)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request has come; it is over when the returned value is dropped.
    pub(super) fn serve(self: &Arc<Self>) -> Serving {
        *self.state() = (Phase::Serving, now());
        Serving(Arc::clone(self))
    }

    /// Since when it has served no request; `None`: it does.
    pub(super) fn unused_since(&self) -> Option<Instant> {
        let (phase, since) = *self.state();
        (phase != Phase::Serving).then_some(since)
    }

    /// How long it may go on like this.
    pub(super) fn left(&self, limits: ConnectionLimits) -> Duration {
        let (phase, since) = *self.state();
        let limit = if phase == Phase::Head { limits.head } else { limits.idle };
        limit.saturating_sub(since.elapsed())
    }

    /// Bytes came. Only the first of a head matters: who sends one now and then makes no progress.
    fn read(&self) {
        let mut state = self.state();
        if state.0 == Phase::Idle {
            *state = (Phase::Head, now());
        }
    }

    /// The peer took bytes of an answer.
    fn wrote(&self) {
        let mut state = self.state();
        if state.0 != Phase::Head {
            state.1 = now();
        }
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Serving(Arc<Activity>);

impl Drop for Serving {
    fn drop(&mut self) {
        *self.0.state() = (Phase::Idle, now());
    }
}

/// A stream that tells of its bytes.
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
