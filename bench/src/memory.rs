//! Memory and processor time of a process, and what streams and reloads cost Traefik.

use std::fs;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use e2e::traefik::Traefik;
use e2e::wait;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::report::median;
use crate::routes;

/// The processor time that a process has used so far, in seconds, to a hundredth.
pub fn processor_seconds(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("a process");
    // The name, in parentheses, may contain spaces. User and system time are fields 14 and 15, in hundredths.
    let fields: Vec<&str> = stat.rsplit_once(')').expect("its name").1.split_whitespace().collect();
    fields[11..13].iter().map(|ticks| ticks.parse::<f64>().expect("a number")).sum::<f64>() / 100.0
}

/// Resident memory of a process in KiB.
pub fn resident_kib(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("a running process");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its memory");
    line.split_whitespace().nth(1).expect("a number").parse().expect("KiB")
}

/// The cost of an open stream, each of which has its own instance of the plugin.
pub struct PerStream {
    /// The resident memory of Traefik per stream, in KiB.
    pub kib: f64,
    /// The median time from the connection to the first event, in milliseconds; it includes the creation of an
    /// instance.
    pub open_millis: f64,
}

/// Opens `count` streams at a route of a newly started Traefik, one after the other.
pub async fn per_stream(traefik: &Traefik, host: &str, token: &str, count: usize) -> PerStream {
    let address = SocketAddr::from(([127, 0, 0, 1], traefik.port()));
    let request = format!(
        "GET /mcp HTTP/1.1\r\nHost: {host}.localhost:{}\r\nAuthorization: Bearer {token}\r\nAccept: text/event-stream\r\n\r\n",
        traefik.port()
    );
    let mut open = Vec::with_capacity(count);
    open.push(stream(address, &request).await);
    let before = settled(traefik.id()).await;
    let mut millis = Vec::with_capacity(count);
    for _ in 0..count {
        let began = Instant::now();
        open.push(stream(address, &request).await);
        millis.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    let after = settled(traefik.id()).await;
    drop(open);
    PerStream { kib: (after - before) / count as f64, open_millis: median(&mut millis) }
}

/// Opens a stream and waits for its first event.
async fn stream(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("a request that is taken");
    let mut answer = Vec::new();
    while !answer.windows(7).any(|seven| seven == b"data: 1") {
        let read = stream.read_buf(&mut answer).await.expect("an answer");
        assert!(read > 0, "no stream: {}", String::from_utf8_lossy(&answer));
    }
    stream
}

/// Waits until the resident memory of the process has changed by less than 64 KiB in a second; returns it in KiB.
async fn settled(process: u32) -> f64 {
    let mut last = resident_kib(process);
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = resident_kib(process);
        if (now - last).abs() < 64.0 {
            return now;
        }
        last = now;
    }
}

/// The cost of reloads: MiB at the peak, and milliseconds until each was in effect.
pub struct Reloads {
    /// Growth of resident memory at its peak, in MiB.
    pub peak_mib: f64,
    /// The median time until a change is in effect, in milliseconds.
    pub millis: f64,
    before: f64,
}

/// Reloads a configuration of `routers` routers, whose middlewares all change, `times` times. `middleware` returns a
/// middleware's definition by name and generation.
pub async fn reloads(
    traefik: &Traefik,
    backend: &str,
    routers: usize,
    times: usize,
    middleware: impl Fn(&str, &str) -> String,
) -> Reloads {
    let file = |generation: usize| {
        let mut text = "http:\n  routers:\n".to_owned();
        for number in 0..routers {
            text += &format!(
                "    r{number}: {{ rule: Host(`r{number}-{generation}.localhost`), service: backend, middlewares: [m{number}] }}\n"
            );
        }
        text += &routes::services(backend);
        text += "  middlewares:\n";
        for number in 0..routers {
            text += &middleware(&format!("m{number}"), &generation.to_string());
        }
        text
    };
    traefik.replace("reloaded.yml", &file(0));
    routes::ready(traefik, "r0-0").await;
    let before = settled(traefik.id()).await;
    let (mut peak, mut millis) = (before, Vec::new());
    for generation in 1..=times {
        let began = Instant::now();
        traefik.replace("reloaded.yml", &file(generation));
        let host = format!("r{}-{generation}", routers - 1);
        wait::until(&host, async || {
            peak = peak.max(resident_kib(traefik.id()));
            let request = format!("POST /mcp HTTP/1.1\r\nHost: {host}.localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let answer = e2e::wire::exchange(traefik.port(), request.as_bytes()).await;
            (answer.status() != 404).then_some(())
        })
        .await;
        millis.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    peak = peak.max(settled(traefik.id()).await);
    Reloads { peak_mib: (peak - before) / 1024.0, millis: median(&mut millis), before }
}

impl Reloads {
    /// The growth of resident memory that is left now, in MiB.
    pub fn left_mib(&self, traefik: &Traefik) -> f64 {
        (resident_kib(traefik.id()) - self.before) / 1024.0
    }
}
