//! Backs up the store of a running sidecar through its operations listener: no other process can open the database file
//! while the sidecar runs.
//!
//! The caller must prove that it knows the encryption key ([`crate::ops`]). The backup in the response is encrypted
//! under that key as well.

use std::io::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use events::{Event, Field, Kind, Reason};
use http_body::Frame;
use protocol::time::UnixTime;
use store::StoreHandle;
use store::backup::back_up;
use store::crypto::Sealer;
use store::entropy::Entropy;
use tokio::sync::mpsc;

use crate::journal::Journal;
use crate::ops::{CallError, Caller, Proven};

/// The path of the endpoint.
const PATH: &str = "/admin/backup";
/// The maximum number of chunks that wait for a slow reader.
const PIECES: usize = 16;

/// The dependencies of the backup endpoint.
pub struct Deps {
    /// Records backups.
    pub journal: Journal,
    /// The store to back up.
    pub store: StoreHandle,
    /// Makes the key of this backup.
    pub entropy: Arc<dyn Entropy>,
    /// Encrypts the backup.
    pub sealer: Sealer,
}

/// The route, which must be behind [`crate::ops::layer`].
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/admin/backup", post(serve)).with_state(Arc::new(deps))
}

/// Handles `POST /admin/backup` on the operations listener.
async fn serve(State(deps): State<Arc<Deps>>, proven: Proven) -> Response {
    let (sender, pieces) = mpsc::channel(PIECES);
    tokio::task::spawn_blocking(move || {
        match back_up(deps.store.blocking(), Pipe(sender), &deps.sealer, &*deps.entropy) {
            Ok(entries) => {
                let event = Event::new(Kind::BackedUp).actor(proven.actor());
                deps.journal.record(event.with(Field::Count, entries));
            }
            // The reader notices that the backup broke off, because the final frame is missing.
            Err(error) => deps.journal.record(
                Event::because(Kind::Operation, Reason::BackupBroke)
                    .detail(error)
                    .saying("the backup broke off"),
            ),
        }
    });
    Body::new(Pieces(pieces)).into_response()
}

/// A writer whose bytes become the response body.
struct Pipe(mpsc::Sender<Bytes>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let gone = |_| std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        self.0.blocking_send(Bytes::copy_from_slice(bytes)).map_err(gone)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Pieces(mpsc::Receiver<Bytes>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// Requests a backup from a running sidecar and copies it to `out`. Returns the number of bytes. The backup's own final
/// frame shows whether it is complete. Blocking.
pub fn fetch(caller: &Caller<'_>, now: UnixTime, out: &mut impl Write) -> Result<u64, CallError> {
    let mut reply = caller.post(PATH, &(), now)?;
    std::io::copy(&mut reply, out).map_err(|error| CallError::Broken(error.to_string()))
}
