//! `health`: checks whether the sidecar of this machine or container is ready, for a container's `HEALTHCHECK`.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use super::terminal::{CliError, pairs};
use crate::config::{self, ListenAddress};
use crate::ops::connect;

/// The maximum time for the connection, and then for each read of the response.
const PATIENCE: Duration = Duration::from_secs(3);
/// The maximum number of bytes of a response that are read: a status line, headers, and one sentence.
const LONGEST: u64 = 4_096;

/// Asks the operations listener (`BOUNCER_METRICS_ADDR`) for `/readyz`. Prints nothing if the sidecar is ready, and
/// fails if it is not.
pub(super) fn health() -> Result<(), CliError> {
    let listener = config::operations_listener(pairs()).map_err(CliError::new)?;
    ask(&listener).map_err(CliError::new)
}

/// Asks the listener at each of its addresses until one responds. The error is a sentence for the operator.
fn ask(listener: &ListenAddress) -> Result<(), String> {
    let mut reason = String::new();
    for (host, port) in listener.destinations() {
        match response(host, port) {
            Ok(text) if text.split(' ').nth(1) == Some("200") => return Ok(()),
            Ok(text) => return Err(format!("the sidecar is not ready: {}", summary(&text))),
            Err(error) => reason = error.to_string(),
        }
    }
    Err(format!("the sidecar does not respond at BOUNCER_METRICS_ADDR: {reason}"))
}

/// Returns the response, at most [`LONGEST`] bytes of it.
fn response(host: &str, port: u16) -> io::Result<String> {
    exchange(connect((host, port), PATIENCE)?)
}

fn exchange(mut stream: TcpStream) -> io::Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /readyz HTTP/1.0\r\n\r\n")?;
    let mut text = String::new();
    let mut lines = BufReader::new(stream.take(LONGEST));
    while lines.read_line(&mut text)? > 0 {}
    if text.is_empty() { Err(io::Error::other("the response is empty")) } else { Ok(text) }
}

/// Returns the status line and the body of a response.
fn summary(response: &str) -> String {
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or((response, ""));
    let status = head.lines().next().unwrap_or_default();
    [status, body.trim()].join(" ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Asks a listener that sends this response to one request. `of` makes its address from its port.
    fn asked(of: impl Fn(u16) -> ListenAddress, response: &'static str) -> Result<(), String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = of(listener.local_addr().unwrap().port());
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = String::new();
            BufReader::new(&stream).read_line(&mut request).unwrap();
            stream.write_all(response.as_bytes()).unwrap();
            request
        });
        let answer = ask(&address);
        assert_eq!(server.join().unwrap(), "GET /readyz HTTP/1.0\r\n");
        answer
    }

    fn on_loopback(port: u16) -> ListenAddress {
        ListenAddress::parse(&format!("127.0.0.1:{port}")).unwrap()
    }

    #[test]
    fn only_status_200_is_ready() {
        assert_eq!(asked(on_loopback, "HTTP/1.0 200 OK\r\ncontent-length: 6\r\n\r\nready\n"), Ok(()));
        let not_ready = "HTTP/1.0 503 Service Unavailable\r\n\r\nthe store does not answer\n";
        let sentence = asked(on_loopback, not_ready).unwrap_err();
        assert!(
            sentence.ends_with("not ready: HTTP/1.0 503 Service Unavailable the store does not answer"),
            "{sentence}"
        );
        for other in ["HTTP/1.0 404 Not Found\r\n\r\n", "HTTP/1.0 2000 OK\r\n\r\n", "200", "", "\r\n"] {
            assert!(asked(on_loopback, other).is_err(), "{other:?}");
        }
    }

    #[test]
    fn no_listener_is_not_ready() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let sentence = ask(&on_loopback(port)).unwrap_err();
        assert!(sentence.starts_with("the sidecar does not respond at BOUNCER_METRICS_ADDR: "), "{sentence}");
    }

    /// A sidecar that listens on every address is asked on loopback, over IPv4 if the container has no IPv6.
    #[test]
    fn a_listener_on_every_address_is_asked_on_loopback() {
        assert_eq!(asked(ListenAddress::any, "HTTP/1.0 200 OK\r\n\r\n"), Ok(()));
    }
}
