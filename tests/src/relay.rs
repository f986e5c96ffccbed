//! A TCP relay, so that a program is seen to connect from another address of this machine.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

/// The running relay.
pub struct Relay {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Relay {
    /// Starts it: every connection to it becomes one from `source`, a loopback address, to `target`.
    pub async fn start(source: Ipv4Addr, target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass(stream, source, target));
            }
        });
        Self { address, task }
    }

    /// Its URL: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An error closes both connections, as the target's own would.
async fn pass(mut stream: TcpStream, source: Ipv4Addr, target: SocketAddr) -> std::io::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((source, 0).into())?;
    let mut onward = socket.connect(target).await?;
    tokio::io::copy_bidirectional(&mut stream, &mut onward).await?;
    Ok(())
}
