//! Tests that clients that hold slow or idle connections open do not keep other clients from being served. Time is
//! paused: it advances when every task waits.

use std::net::{IpAddr, Ipv4Addr};

use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

use super::*;
use std::time::Duration;

const LIMITS: ConnectionLimits =
    ConnectionLimits { most: 8, head: Duration::from_secs(10), idle: Duration::from_mins(2) };
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n";
const WAITS: &[u8] = b"GET /waits HTTP/1.1\r\nhost: here\r\n\r\n";
const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
const HOSTILE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 66));

struct Arrivals(mpsc::UnboundedReceiver<(DuplexStream, SocketAddr)>);

impl Listener for Arrivals {
    type Io = DuplexStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (DuplexStream, SocketAddr) {
        match self.0.recv().await {
            Some(arrival) => arrival,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(SocketAddr::from((PROXY, 80)))
    }
}

use std::io;

struct Server {
    arrivals: mpsc::UnboundedSender<(DuplexStream, SocketAddr)>,
    /// Each permit lets one request to `/waits` finish.
    gate: Arc<Semaphore>,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

fn server() -> Server {
    let (arrivals, accepted) = mpsc::unbounded_channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let gate = Arc::new(Semaphore::new(0));
    let waits = Arc::clone(&gate);
    let router = Router::new().route("/", get(|| async { "ok" })).route(
        "/waits",
        get(move || {
            let gate = Arc::clone(&waits);
            async move {
                gate.acquire().await.unwrap().forget();
                "waited"
            }
        }),
    );
    let until = async {
        let _ = stopped.await;
    };
    let running = tokio::spawn(serve(
        Arrivals(accepted),
        router,
        LIMITS,
        Journal::on(Arc::new(store::Store::oracle())),
        until,
    ));
    Server { arrivals, gate, stop: Some(stop), running }
}

impl Server {
    /// Returns a connection that has been accepted, and over which these bytes were sent.
    async fn connect(&self, peer: IpAddr, bytes: &[u8]) -> DuplexStream {
        let (mut ours, theirs) = duplex(64 * 1024);
        self.arrivals.send((theirs, SocketAddr::from((peer, 1)))).unwrap();
        let _ = ours.write_all(bytes).await;
        // Let every task that can run now do so.
        sleep(Duration::from_millis(1)).await;
        ours
    }
}

/// Returns what is received up to a complete response, or to the end of the connection.
async fn answer(stream: &mut DuplexStream) -> String {
    let mut text = Vec::new();
    loop {
        let mut bytes = [0; 1_024];
        let read = stream.read(&mut bytes).await.unwrap_or(0);
        text.extend_from_slice(&bytes[..read]);
        let so_far = String::from_utf8_lossy(&text).into_owned();
        if read == 0 || so_far.ends_with("ok") || so_far.ends_with("waited") {
            return so_far;
        }
    }
}

/// Whether the server has closed the connection.
async fn is_closed(stream: &mut DuplexStream) -> bool {
    let read = tokio::time::timeout(Duration::from_millis(1), stream.read(&mut [0; 64])).await;
    matches!(read, Ok(Ok(0) | Err(_)))
}

#[tokio::test(start_paused = true)]
async fn slow_heads_are_cut_off_and_fill_no_listener() {
    let server = server();
    let mut idle = server.connect(PROXY, REQUEST).await;
    assert!(answer(&mut idle).await.ends_with("ok"));
    let mut hostile = Vec::new();
    for _ in 0..50 {
        hostile.push(server.connect(HOSTILE, b"GET / HTTP/1.1\r\n").await);
    }
    for stream in &mut hostile {
        let _ = stream.write_all(b"x").await;
    }
    let mut honest = server.connect(PROXY, REQUEST).await;
    assert!(answer(&mut honest).await.ends_with("ok"));
    idle.write_all(REQUEST).await.unwrap();
    assert!(answer(&mut idle).await.ends_with("ok"), "the proxy's idle connection was not replaced");
    let mut open = 0;
    for stream in &mut hostile {
        open += usize::from(!is_closed(stream).await);
    }
    assert_eq!(open, LIMITS.most - 2);
    // One byte a second does not count as progress.
    for _ in 0..20 {
        for stream in &mut hostile {
            let _ = stream.write_all(b"x").await;
        }
        sleep(Duration::from_secs(1)).await;
    }
    for stream in &mut hostile {
        assert!(is_closed(stream).await);
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_outlives_the_proxys_own_limit_and_ends_after_ours() {
    let server = server();
    let mut stream = server.connect(PROXY, REQUEST).await;
    assert!(answer(&mut stream).await.ends_with("ok"));
    sleep(Duration::from_secs(91)).await;
    stream.write_all(REQUEST).await.unwrap();
    assert!(answer(&mut stream).await.ends_with("ok"));
    sleep(Duration::from_secs(131)).await;
    assert!(is_closed(&mut stream).await);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_has_not_been_used_yet_outlives_the_proxys_own_limit_and_ends_after_ours() {
    let server = server();
    let mut spare = server.connect(PROXY, b"").await;
    let mut silent = server.connect(PROXY, b"").await;
    sleep(Duration::from_secs(91)).await;
    spare.write_all(REQUEST).await.unwrap();
    assert!(answer(&mut spare).await.ends_with("ok"));
    assert!(!is_closed(&mut silent).await);
    sleep(Duration::from_secs(40)).await;
    assert!(is_closed(&mut silent).await, "it never sent anything");
    let mut late = server.connect(PROXY, b"").await;
    sleep(Duration::from_mins(1)).await;
    late.write_all(b"G").await.unwrap();
    sleep(Duration::from_secs(21)).await;
    assert!(is_closed(&mut late).await, "its head took too long");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_no_answer_is_cut_off() {
    let server = server();
    let (mut ours, theirs) = duplex(16);
    server.arrivals.send((theirs, SocketAddr::from((HOSTILE, 1)))).unwrap();
    ours.write_all(REQUEST).await.unwrap();
    sleep(Duration::from_secs(110)).await;
    assert!(!server.running.is_finished());
    sleep(Duration::from_secs(25)).await;
    let text = answer(&mut ours).await;
    assert!(!text.ends_with("ok"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn no_request_under_way_is_cut_off_for_a_newcomer() {
    let server = server();
    let mut waiting = Vec::new();
    for _ in 0..LIMITS.most {
        waiting.push(server.connect(PROXY, WAITS).await);
    }
    let mut refused = server.connect(PROXY, REQUEST).await;
    assert_eq!(answer(&mut refused).await, "", "closed at once");
    server.gate.add_permits(1);
    sleep(Duration::from_millis(1)).await;
    let mut next = server.connect(PROXY, REQUEST).await;
    assert!(answer(&mut next).await.ends_with("ok"));
    server.gate.add_permits(LIMITS.most);
    let mut answered = 0;
    for stream in &mut waiting {
        answered += usize::from(answer(stream).await.ends_with("waited"));
    }
    assert_eq!(answered, LIMITS.most);
}

#[tokio::test(start_paused = true)]
async fn it_ends_when_what_is_under_way_is_answered() {
    let mut server = server();
    let mut idle = server.connect(PROXY, REQUEST).await;
    assert!(answer(&mut idle).await.ends_with("ok"));
    let mut waiting = server.connect(PROXY, WAITS).await;
    server.stop.take().unwrap().send(()).unwrap();
    sleep(Duration::from_millis(1)).await;
    assert!(is_closed(&mut idle).await && !server.running.is_finished());
    server.gate.add_permits(1);
    assert!(answer(&mut waiting).await.ends_with("waited"));
    server.running.await.unwrap();
}
