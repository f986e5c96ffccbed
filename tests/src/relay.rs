//! A TCP relay, so that a program is seen to connect from another address of this machine, or so that a server becomes
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
    /// Starts it: every connection to it becomes one from `source`, a loopback address, to `target`.
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

    /// While it is silent, it accepts connections and passes nothing on. The connections of that time are closed at its
    /// end.
    pub fn silence(&self, silent: bool) {
        self.silent.send_replace(silent);
    }

    /// Its address: `127.0.0.1:PORT`.
    pub fn place(&self) -> String {
        self.address.to_string()
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
    // The values are dropped at once, because they hold a lock.
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
