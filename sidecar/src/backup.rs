//! Backs up the store of a running sidecar through its operations listener: a running sidecar has exclusive access to
//! its database file.
//!
//! The caller must prove that it knows the encryption key, and the backup in the response is encrypted under that key
//! as well.

use std::io::{BufRead as _, BufReader, Write};
use std::net::TcpStream;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use events::{Event, Field, Kind, Reason};
use http_body::Frame;
use protocol::encoding::{b64url_decode, b64url_encode};
use protocol::time::UnixTime;
use store::StoreHandle;
use store::backup::{BackupError, back_up};
use store::crypto::Sealer;
use store::entropy::Entropy;
use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::journal::Journal;

/// The path that [`fetch`] requests.
const PATH: &str = "/backup";
const PURPOSE: &str = "mcpbouncer backup request v1";
/// How many chunks may wait for a slow reader.
const PIECES: usize = 16;
/// How long the other side may send nothing before [`fetch`] gives up.
const PATIENCE: Duration = Duration::from_mins(1);

/// A bearer value that proves knowledge of the encryption key. It is valid for a minute.
fn proof(sealer: &Sealer, now: UnixTime) -> String {
    let at = now.as_secs();
    format!("{at}.{}", b64url_encode(&sealer.tag(PURPOSE, &at.to_be_bytes())))
}

fn is_proven(sealer: &Sealer, now: UnixTime, headers: &HeaderMap) -> Option<()> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (at, tag) = value.strip_prefix("Bearer ")?.split_once('.')?;
    let at: u64 = at.parse().ok()?;
    let matches = sealer.tag_matches(PURPOSE, &at.to_be_bytes(), &b64url_decode(tag).ok()?);
    (matches && UnixTime::new(at).within_skew_of(now)).then_some(())
}

/// The dependencies of the backup endpoint.
pub struct Deps {
    /// Records backups.
    pub journal: Journal,
    /// The store to back up.
    pub store: StoreHandle,
    /// Limits the lifetime of a proof.
    pub clock: Arc<dyn Clock>,
    /// Makes the key of this backup.
    pub entropy: Arc<dyn Entropy>,
    /// Verifies the caller's proof and encrypts the backup.
    pub sealer: Sealer,
}

/// The route `/backup`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/backup", post(serve)).with_state(Arc::new(deps))
}

/// `POST /backup` on the operations listener.
async fn serve(State(deps): State<Arc<Deps>>, headers: HeaderMap) -> Response {
    if is_proven(&deps.sealer, deps.clock.now(), &headers).is_none() {
        deps.journal.record(Event::because(Kind::Operation, Reason::Unproven).saying("a backup was refused"));
        return StatusCode::FORBIDDEN.into_response();
    }
    let (sender, pieces) = mpsc::channel(PIECES);
    tokio::task::spawn_blocking(move || {
        match back_up(deps.store.blocking(), Pipe(sender), &deps.sealer, &*deps.entropy) {
            Ok(entries) => deps.journal.record(Event::new(Kind::BackedUp).with(Field::Count, entries)),
            // The reader notices the error because the final frame is missing.
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

/// Requests a backup from the sidecar that listens at this host and port and copies it to `out`. Returns the number of
/// bytes. Fails if the sidecar cannot be reached or does not respond with 200. Blocking.
pub fn fetch(
    (host, port): (&str, u16),
    sealer: &Sealer,
    now: UnixTime,
    out: &mut impl Write,
) -> Result<u64, BackupError> {
    let mut stream = TcpStream::connect((host, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    // With HTTP/1.0 the body ends when the connection closes. The backup's own final frame shows whether it is
    // complete.
    let request = format!("POST {PATH} HTTP/1.0\r\nAuthorization: Bearer {}\r\n\r\n", proof(sealer, now));
    stream.write_all(request.as_bytes())?;
    let mut answer = BufReader::new(stream);
    let mut line = String::new();
    answer.read_line(&mut line)?;
    if line.split(' ').nth(1) != Some("200") {
        let text = format!("it responded {:?}; does it have another encryption key?", line.trim());
        return Err(BackupError::Io(std::io::Error::other(text)));
    }
    while !line.trim().is_empty() {
        line.clear();
        answer.read_line(&mut line)?;
    }
    Ok(std::io::copy(&mut answer, out)?)
}
