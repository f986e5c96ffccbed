//! Reads from the kernel on which port a program listens, so that no port has to be chosen beforehand; and reserves
//! ports for programs that have to know their own address before they start.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use tokio::net::TcpSocket;

/// A port of 127.0.0.1, or of several loopback addresses, that no other program is given until this is dropped.
///
/// It is bound, but nothing listens on it: a program that sets `SO_REUSEADDR`, as Go and Java programs do, can listen
/// on it, stop, and listen again.
pub struct Held {
    port: u16,
    _sockets: Vec<TcpSocket>,
}

impl Held {
    /// Reserves a free port.
    pub fn any() -> Self {
        Self::at(&[Ipv4Addr::LOCALHOST])
    }

    /// Reserves a port that is free at each of these addresses of this machine.
    pub fn at(addresses: &[Ipv4Addr]) -> Self {
        // Another program may have the port of the first address at a later one; there are many other ports.
        (0..100).find_map(|_| Self::bind(addresses).ok()).expect("a free port")
    }

    fn bind(addresses: &[Ipv4Addr]) -> std::io::Result<Self> {
        let (mut port, mut sockets) = (0, Vec::new());
        for address in addresses {
            let socket = TcpSocket::new_v4()?;
            socket.set_reuseaddr(true)?;
            socket.bind(SocketAddr::from((*address, port)))?;
            port = socket.local_addr()?.port();
            sockets.push(socket);
        }
        Ok(Self { port, _sockets: sockets })
    }

    /// The port at 127.0.0.1.
    pub fn here(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
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
