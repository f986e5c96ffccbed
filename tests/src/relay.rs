//! A TCP relay. Through it, a program seems to connect from another address of this machine, or a server becomes
//! silent.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The running relay.
pub struct Relay {
    address: SocketAddr,
    silent: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Relay {
    /// Starts the relay. Every connection to it becomes a connection from `source`, a loopback address, to `target`.
    pub async fn start(source: Ipv4Addr, target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (silent, told) = watch::channel(false);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass(stream, source, target, told.clone()));
            }
        });
        Self { address, silent, task }
    }

    /// Makes the relay silent, or ends its silence. While it is silent, it accepts connections and forwards nothing.
    /// When the silence ends, connections from that time are closed.
    pub fn silence(&self, silent: bool) {
        self.silent.send_replace(silent);
    }

    /// The relay's address: `127.0.0.1:PORT`.
    pub fn place(&self) -> String {
        self.address.to_string()
    }

    /// The relay's URL: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Forwards one connection in both directions. An error closes both connections, as an error of the target would.
async fn pass(
    mut stream: TcpStream,
    source: Ipv4Addr,
    target: SocketAddr,
    mut silent: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((source, 0).into())?;
    let mut onward = socket.connect(target).await?;
    let mut told = silent.clone();
    // The returned guards are dropped at once, because they hold a lock.
    let begins = async { drop(told.wait_for(|silent| *silent).await) };
    let is_silent = tokio::select! {
        biased;
        () = begins => true,
        copied = tokio::io::copy_bidirectional(&mut stream, &mut onward) => { copied?; false }
    };
    if is_silent {
        // An error means that the relay has ended.
        drop(silent.wait_for(|silent| !*silent).await);
    }
    Ok(())
}
