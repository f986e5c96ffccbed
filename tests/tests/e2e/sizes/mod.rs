//! Values of 1,900 to 70,000 bytes in every place that a client or an operator controls, through real Traefik. Whatever
//! the size, the response is correct or a 4xx, no data of one request appears in another, and the next request is
//! served.
//!
//! Traefik's WebAssembly runtime compiles some instructions to machine code that, on newer processors, overwrites a
//! register if it handles 2,048 bytes or more and the target is 16-byte-aligned. On an older processor these tests pass
//! even if the plugin contains such instructions.

mod headers;
mod many;
mod options;
mod place;
mod targets;

use e2e::backend::Backend;
use e2e::deployed::{self, Tenant};
use e2e::sidecar::{ALICE, BOB};
use e2e::stack::{Plan, Stack};
use tokio::sync::OnceCell;

/// Each test has its own tenant, and so its own router and its own instances of the plugin: a test cannot affect the
/// instances of another.
const TENANTS: [&str; 14] = [
    "authorization.yml",
    "connection.yml",
    "cookie.yml",
    "count.yml",
    "method.yml",
    "names.yml",
    "origin.yml",
    "parallel.yml",
    "path.yml",
    "query.yml",
    "spaces.yml",
    "state.yml",
    "tokens.yml",
    "well-known.yml",
];

/// The maximum length of a header's value, in bytes. The plugin reads at most 64 KiB of a header, including a NUL after
/// each value.
const LONGEST_VALUE: usize = 65_535;
/// The maximum length of path and query, in bytes.
const LONGEST_TARGET: usize = 65_536;

struct Sizes {
    stack: Stack,
    backend: Backend,
}

impl Sizes {
    async fn start() -> Self {
        let backend = Backend::start().await;
        let plain = TENANTS.map(|file| (file, Tenant::local(name(file), &backend.url())));
        let listed = Tenant::local("listed", &backend.url()).with("allowedOrigins: https://app.example");
        let crowds = options::CROWDS.iter().chain([&options::TOO_MANY]);
        let crowds = crowds.map(|crowd| (crowd.file, crowd.tenant(&backend.url())));
        let tenants = plain.into_iter().chain([("listed.yml", listed)]).chain(crowds);
        let files = tenants.map(|(file, tenant)| (file, deployed::host_tenant(&host(name(file)), &tenant)));
        let stack = Stack::start(Plan {
            users: vec![ALICE, BOB],
            files: files.collect(),
            // All tests use the same client address.
            sidecar: vec![("BOUNCER_REGISTER_RATE_LIMIT", "10000".to_owned())],
            ..Plan::default()
        })
        .await;
        Self { stack, backend }
    }
}

/// Returns the servers, which are started once and shared by all tests.
async fn sizes() -> &'static Sizes {
    static SIZES: OnceCell<Sizes> = OnceCell::const_new();
    SIZES.get_or_init(Sizes::start).await
}

fn name(file: &str) -> &str {
    file.trim_end_matches(".yml")
}

fn host(tenant: &str) -> String {
    format!("{tenant}.localhost")
}

/// Returns sizes around limits and powers of two, and some in between; each of the latter in three lengths that differ
/// modulo 16.
fn steps() -> impl Iterator<Item = usize> {
    let edges = (2_040..=2_056).chain(4_095..=4_097).chain(8_191..=8_193).chain(65_535..=65_537);
    let between = [1_900, 2_100, 2_560, 3_000, 6_000, 10_000, 16_384, 20_000, 32_768, 40_000, 70_000];
    edges.chain(between.into_iter().flat_map(|size| [size, size + 5, size + 11]))
}

/// Returns letters and digits in an order that does not repeat and that differs for each length, so that a truncated,
/// shifted or mixed value differs from the one that was sent.
fn filler(length: usize) -> String {
    const LETTERS: &[u8; 61] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXY";
    let letter = |at: usize| char::from(LETTERS[(at + at / 61 + at / 3_721 + length) % 61]);
    (0..length).map(letter).collect()
}
