//! Sends requests to a running sidecar for commands, with a proof that the command knows the encryption key. Blocking.

use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use protocol::time::UnixTime;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::crypto::Sealer;
use store::entropy::{Entropy, EntropyError};

use super::limits::INSTANCE_PATH;
use super::proof::{self, Actor, Instance, Subject};

/// The maximum time to connect to one address.
const CONNECTING: Duration = Duration::from_secs(3);
/// The maximum time for which the sidecar may send nothing.
const PATIENCE: Duration = Duration::from_mins(1);
/// The maximum length of the head of a response in bytes.
const LONGEST_HEAD: u64 = 16 * 1024;
/// The maximum length of a response that is read as a whole, in bytes.
const LONGEST_BODY: u64 = 16 * 1024 * 1024;

/// Why a request of a command failed. Each message is a sentence.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No sidecar accepts connections at this place, or the request cannot be sent.
    #[error("no sidecar responds at BOUNCER_METRICS_ADDR ({place}): {source}")]
    Unreachable {
        /// The host and the port.
        place: String,
        /// The cause.
        source: io::Error,
    },
    /// Something else than this release of the sidecar listens at this place, or the head of the response cannot be
    /// read.
    #[error("what responds at BOUNCER_METRICS_ADDR ({place}) is not this release of the sidecar: {reason}")]
    Foreign {
        /// The host and the port.
        place: String,
        /// What is wrong with the response.
        reason: String,
    },
    /// The sidecar does not accept the proof.
    #[error(
        "the sidecar refused the request (403): it has another encryption key, its clock differs by more than a minute, or it gets too many requests; its log has the reason (operation_unproven)"
    )]
    Refused,
    /// The sidecar responded with an error.
    #[error("{message}")]
    Failed {
        /// The status of the response.
        status: u16,
        /// The message in the response.
        message: String,
    },
    /// The response broke off or cannot be read.
    #[error("the response of the sidecar cannot be read: {0}")]
    Broken(String),
    /// There is no randomness for the proof.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// Sends requests to the operations listener.
pub struct Caller<'a> {
    /// The hosts and ports at which the sidecar may listen, in the order in which they are tried.
    pub places: Vec<(&'a str, u16)>,
    /// Makes the proofs.
    pub sealer: &'a Sealer,
    /// Makes the nonces.
    pub entropy: &'a dyn Entropy,
    /// The name of the caller, which the sidecar records.
    pub actor: Actor,
}

/// A response with a success status.
#[derive(Debug)]
pub struct Reply(BufReader<TcpStream>);

impl Reply {
    /// Reads the body as JSON.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, CallError> {
        let text = self.text()?;
        serde_json::from_str(&text).map_err(|error| CallError::Broken(error.to_string()))
    }

    fn text(self) -> Result<String, CallError> {
        let mut text = String::new();
        let read = self.0.take(LONGEST_BODY).read_to_string(&mut text);
        read.map_err(|error| CallError::Broken(error.to_string()))?;
        Ok(text)
    }
}

impl Read for Reply {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl Caller<'_> {
    /// Sends a `POST` request with a JSON body and a proof.
    pub fn post(&self, path: &str, body: &impl Serialize, now: UnixTime) -> Result<Reply, CallError> {
        let body = serde_json::to_vec(body).map_err(|error| CallError::Broken(error.to_string()))?;
        let (place, instance) = self.instance()?;
        let subject = Subject { instance, method: "POST", target: path };
        let proof = proof::make(self.sealer, self.entropy, subject, &self.actor, &body, now)?;
        let head = format!(
            "POST {path} HTTP/1.0\r\nAuthorization: {proof}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let (status, reply) = exchange(place, &[head.as_bytes(), &body].concat())?;
        match status {
            200..=299 => Ok(reply),
            403 => Err(CallError::Refused),
            _ => Err(CallError::Failed { status, message: said(reply, status) }),
        }
    }

    /// Returns the first place at which a server responds, and its [`Instance`]. Fails if that server is not a sidecar.
    fn instance(&self) -> Result<((&str, u16), Instance), CallError> {
        let mut last = None;
        for place in self.places.iter().copied() {
            let request = format!("GET {INSTANCE_PATH} HTTP/1.0\r\n\r\n");
            match exchange(place, request.as_bytes()) {
                Ok((status, reply)) => {
                    let text = reply.text()?;
                    let instance = Instance::parse(text.trim()).filter(|_| status == 200);
                    let foreign = || CallError::Foreign {
                        place: named(place),
                        reason: format!("{INSTANCE_PATH} responded with {status}"),
                    };
                    return instance.map(|instance| (place, instance)).ok_or_else(foreign);
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| CallError::Broken("there is no address".to_owned())))
    }
}

/// Returns the message of a response with an error.
fn said(reply: Reply, status: u16) -> String {
    #[derive(serde::Deserialize)]
    struct Said {
        message: String,
    }
    match reply.json::<Said>() {
        Ok(said) => said.message,
        Err(_) => format!("the sidecar responded with {status}"),
    }
}

fn named((host, port): (&str, u16)) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// Connects to the first address of this place that accepts within `patience`.
pub(crate) fn connect(place: (&str, u16), patience: Duration) -> io::Result<TcpStream> {
    let mut last = io::Error::other("the name has no address");
    for address in place.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, patience) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Why the head of a response could not be read.
fn unreadable_head(place: (&str, u16), error: &io::Error) -> CallError {
    match error.kind() {
        // The bytes are no text, so no sidecar sent them.
        io::ErrorKind::InvalidData => CallError::Foreign { place: named(place), reason: error.to_string() },
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            CallError::Broken(format!("it sent nothing for {} seconds", PATIENCE.as_secs()))
        }
        _ => CallError::Broken(error.to_string()),
    }
}

/// Sends one request. With HTTP/1.0 the body of the response ends where the connection ends.
fn exchange(place: (&str, u16), request: &[u8]) -> Result<(u16, Reply), CallError> {
    let unreachable = |source| CallError::Unreachable { place: named(place), source };
    let mut stream = connect(place, CONNECTING).map_err(unreachable)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(unreachable)?;
    stream.write_all(request).map_err(unreachable)?;
    let mut answer = BufReader::new(stream);
    let foreign = |reason: String| CallError::Foreign { place: named(place), reason };
    let mut head = String::new();
    let mut lines = (&mut answer).take(LONGEST_HEAD);
    while !head.ends_with("\r\n\r\n") {
        let read = lines.read_line(&mut head).map_err(|error| unreadable_head(place, &error))?;
        if read == 0 {
            return Err(foreign("the head of its response is incomplete".to_owned()));
        }
    }
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| foreign("it does not speak HTTP".to_owned()))?;
    Ok((status, Reply(answer)))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// What a caller is told of a listener that sends these bytes and then closes the connection.
    fn told(sends: &'static [u8]) -> CallError {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            // The request is read first: closing a connection with unread bytes resets it.
            let mut request = [0; 64];
            let _ = stream.read(&mut request).unwrap();
            stream.write_all(sends).unwrap();
        });
        let answer = exchange(("127.0.0.1", port), b"GET / HTTP/1.0\r\n\r\n");
        server.join().unwrap();
        answer.map(|_| ()).unwrap_err()
    }

    #[test]
    fn what_does_not_speak_http_is_no_sidecar() {
        for sends in [&b""[..], b"SSH-2.0-OpenSSH_9.9\r\n\r\n", b"\xff\xfe\r\n\r\n", b"HTTP/1.0 200 OK\r\n"] {
            assert!(matches!(told(sends), CallError::Foreign { .. }), "{sends:?}");
        }
    }

    /// A sidecar that is slow, or restarts, is no other program.
    #[test]
    fn a_failing_connection_says_nothing_about_the_other_side() {
        let head = |kind: io::ErrorKind| unreadable_head(("127.0.0.1", 9), &io::Error::from(kind));
        for kind in [io::ErrorKind::WouldBlock, io::ErrorKind::TimedOut, io::ErrorKind::ConnectionReset] {
            assert!(matches!(head(kind), CallError::Broken(_)), "{kind}");
        }
        assert!(matches!(head(io::ErrorKind::InvalidData), CallError::Foreign { .. }));
    }
}
