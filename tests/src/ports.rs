//! Reads from the kernel on which port a program listens, so that no port must be chosen beforehand. Also reserves
//! ports for programs that must know their own address before they start.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use tokio::net::TcpSocket;

/// A port of 127.0.0.1, or of several loopback addresses. No other program is given the port until this value is
/// dropped.
///
/// The port is bound, but nothing listens on it. A program that sets `SO_REUSEADDR`, as Go and Java programs do, can
/// listen on it, stop, and listen again.
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
        // At a later address, another program may have the port of the first address. Then another port is tried.
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

    /// The address of the port at 127.0.0.1.
    pub fn here(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// The port number.
    pub fn number(&self) -> u16 {
        self.port
    }
}

/// Returns the TCP ports on which the process `id` listens.
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

/// Returns the inodes of the sockets that a process has open.
fn sockets(directory: &Path) -> BTreeSet<String> {
    let Ok(entries) = std::fs::read_dir(directory) else { return BTreeSet::new() };
    entries
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .filter_map(|target| Some(target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect()
}

/// Returns the ports in a table of sockets whose inodes are among `own`. According to proc(5), in `/proc/net/tcp` the
/// second field is the local address, the fourth the state (0A: listening), and the tenth the inode.
fn listeners(table: &str, own: &BTreeSet<String>) -> Vec<u16> {
    let port = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (_, port) = fields.get(1)?.rsplit_once(':')?;
        let listens = fields.get(3) == Some(&"0A") && own.contains(*fields.get(9)?);
        listens.then(|| u16::from_str_radix(port, 16).ok())?
    };
    table.lines().skip(1).filter_map(port).collect()
}
