//! A backup of a sidecar that is running, over its operations listener: the file of the store is its alone.
//!
//! Whoever asks proves that they know the encryption key, and the answer is encrypted under it anyway.

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
use http_body::Frame;
use protocol::encoding::{b64url_decode, b64url_encode};
use protocol::time::UnixTime;
use store::StoreHandle;
use store::backup::{BackupError, back_up};
use store::crypto::Sealer;
use store::entropy::Entropy;
use tokio::sync::mpsc;

use crate::clock::Clock;

/// Where [`fetch`] asks for it.
const PATH: &str = "/backup";
const PURPOSE: &str = "mcpbouncer backup request v1";
/// Pieces on their way to a slow reader.
const PIECES: usize = 16;
/// How long the other side may be silent.
const PATIENCE: Duration = Duration::from_mins(1);

/// What proves the knowledge of the encryption key, for a minute.
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

/// What a backup takes.
pub struct Deps {
    /// What is backed up.
    pub store: StoreHandle,
    /// A proof holds for a minute.
    pub clock: Arc<dyn Clock>,
    /// The backup's own key.
    pub entropy: Arc<dyn Entropy>,
    /// Proves who asks, and encrypts.
    pub sealer: Sealer,
}

/// `/backup`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/backup", post(serve)).with_state(Arc::new(deps))
}

/// `POST /backup` on the operations listener.
async fn serve(State(deps): State<Arc<Deps>>, headers: HeaderMap) -> Response {
    if is_proven(&deps.sealer, deps.clock.now(), &headers).is_none() {
        tracing::warn!(reason = "backup_unproven", "a backup was refused");
        return StatusCode::FORBIDDEN.into_response();
    }
    let (sender, pieces) = mpsc::channel(PIECES);
    tokio::task::spawn_blocking(move || {
        match back_up(deps.store.blocking(), Pipe(sender), &deps.sealer, &*deps.entropy) {
            Ok(entries) => tracing::info!(entries, "backed up"),
            // The end is missing, which the reader sees.
            Err(error) => tracing::error!(detail = %error, "the backup broke off"),
        }
    });
    Body::new(Pieces(pieces)).into_response()
}

/// What is written goes to the answer.
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

/// Asks the sidecar that listens at this host and port for a backup and copies it to `out`; how many bytes.
/// Blocking.
pub fn fetch(
    (host, port): (&str, u16),
    sealer: &Sealer,
    now: UnixTime,
    out: &mut impl Write,
) -> Result<u64, BackupError> {
    // Who listens everywhere listens here.
    let host = match host {
        "0.0.0.0" => "127.0.0.1",
        "[::]" | "::" => "::1",
        host => host.trim_matches(['[', ']']),
    };
    let mut stream = TcpStream::connect((host, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    // HTTP/1.0: the body is what comes until the connection ends, and its own last frame says that it is whole.
    let request = format!("POST {PATH} HTTP/1.0\r\nAuthorization: Bearer {}\r\n\r\n", proof(sealer, now));
    stream.write_all(request.as_bytes())?;
    let mut answer = BufReader::new(stream);
    let mut line = String::new();
    answer.read_line(&mut line)?;
    if line.split(' ').nth(1) != Some("200") {
        let text = format!("it answers {:?}; has it another encryption key?", line.trim());
        return Err(BackupError::Io(std::io::Error::other(text)));
    }
    while !line.trim().is_empty() {
        line.clear();
        answer.read_line(&mut line)?;
    }
    Ok(std::io::copy(&mut answer, out)?)
}
