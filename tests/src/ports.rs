//! Reads from the kernel on which port a program listens, so that no port has to be chosen beforehand; and reserves
//! ports for programs that have to know their own address before they start.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use tokio::net::TcpSocket;

/// A port of 127.0.0.1 that no other program is given until this is dropped.
///
/// It is bound, but nothing listens on it: a program that sets `SO_REUSEADDR`, as Go and Java programs do, can listen
/// on it, stop, and listen again.
pub struct Held {
    port: u16,
    _socket: TcpSocket,
}

impl Held {
    /// Reserves a free port.
    pub fn any() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("SO_REUSEADDR");
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("a free port");
        let port = socket.local_addr().expect("its address").port();
        Self { port, _socket: socket }
    }

    /// The port number.
    pub fn number(&self) -> u16 {
        self.port
    }
}

/// The TCP ports on which process `id` listens.
pub fn listening(id: u32) -> Vec<u16> {
    let process = Path::new("/proc").join(id.to_string());
    let own: BTreeSet<String> = sockets(&process.join("fd"));
    let mut ports: Vec<u16> = ["net/tcp", "net/tcp6"]
        .iter()
        .filter_map(|table| std::fs::read_to_string(process.join(table)).ok())
        .flat_map(|table| listeners(&table, &own))
        .collect();
    ports.sort_unstable();
    ports
}

/// The inodes of the sockets that a process has open.
fn sockets(directory: &Path) -> BTreeSet<String> {
    let Ok(entries) = std::fs::read_dir(directory) else { return BTreeSet::new() };
    entries
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .filter_map(|target| Some(target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect()
}

/// proc(5), `/proc/net/tcp`: the second field is the local address, the fourth the state (0A:
/// listening), the tenth the inode.
fn listeners(table: &str, own: &BTreeSet<String>) -> Vec<u16> {
    let port = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (_, port) = fields.get(1)?.rsplit_once(':')?;
        let listens = fields.get(3) == Some(&"0A") && own.contains(*fields.get(9)?);
        listens.then(|| u16::from_str_radix(port, 16).ok())?
    };
    table.lines().skip(1).filter_map(port).collect()
}
