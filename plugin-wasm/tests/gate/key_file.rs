//! Tests the key file, which is the second source of keys: when it is read, and which keys are used when it cannot be
//! read.

use ed25519_dalek::SigningKey;
use plugin_wasm::handler::{Next, Plugin};
use protocol::time::UnixTime;

use crate::fake_host::FakeHost;
use crate::sample::{authorized, key_set, signing_key, token, token_by};

const PATH: &str = "/keys/jwks.json";
const FILE: &str = r#"{"resource":"wiki","providerIssuer":"local","jwksFile":"/keys/jwks.json"}"#;

/// An instance without a trust anchor, so that its keys come only from the file.
struct Instance {
    plugin: Plugin,
    host: FakeHost,
}

impl Instance {
    fn new(file: Option<Vec<u8>>) -> Self {
        let mut host = authorized(FILE, "/wiki/mcp", &token(|_| {}));
        host.env.remove("BOUNCER_TRUST_ANCHOR");
        host.files = file.into_iter().map(|content| (PATH.into(), content)).collect();
        Self { plugin: Plugin::new(), host }
    }

    /// The status of a request with this token, this many seconds after the start; 200 means that the request is
    /// forwarded.
    fn at(&mut self, seconds: u64, token: &str) -> u16 {
        let fresh = authorized(FILE, "/wiki/mcp", token);
        self.host.request = fresh.request;
        self.host.status = None;
        self.host.now = FakeHost::default().now.plus(seconds);
        match self.plugin.handle_request(&mut self.host) {
            Next::Forward(0) => 200,
            next => {
                assert_eq!(next, Next::Stop);
                self.host.status.unwrap()
            }
        }
    }
}

fn other_key() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

#[test]
fn the_key_file_is_read_again_when_its_time_is_over() {
    let mut instance = Instance::new(Some(key_set(&signing_key())));
    let token = token(|_| {});
    for (seconds, reads) in [(0, 1), (1, 1), (299, 1), (300, 2), (301, 2), (600, 3)] {
        assert_eq!(instance.at(seconds, &token), 200);
        assert_eq!(instance.host.file_reads, reads, "{seconds}");
    }
}

#[test]
fn an_unknown_key_reads_the_file_every_five_seconds_at_most() {
    let mut instance = Instance::new(Some(key_set(&signing_key())));
    let new = token_by(&other_key(), |_| {});
    for (seconds, reads) in [(0, 1), (1, 1), (4, 1), (5, 2), (9, 2), (10, 3)] {
        assert_eq!(instance.at(seconds, &new), 401);
        assert_eq!(instance.host.file_reads, reads, "{seconds}");
    }
    instance.host.files.insert(PATH.into(), key_set(&other_key()));
    assert_eq!(instance.at(14, &new), 401);
    assert_eq!(instance.at(15, &new), 200);
    assert_eq!(instance.at(16, &token(|_| {})), 401, "what the old keys vouched for is forgotten");
}

#[test]
fn previous_keys_stay_in_use() {
    let mut instance = Instance::new(Some(key_set(&signing_key())));
    let token = token(|_| {});
    assert_eq!(instance.at(0, &token), 200);
    instance.host.files.insert(PATH.into(), b"{".to_vec());
    assert_eq!(instance.at(300, &token), 200);
    instance.host.files.clear();
    assert_eq!(instance.at(305, &token), 200);
    assert_eq!(instance.at(700, &token), 200);
}

#[test]
fn a_key_file_that_was_never_readable_gives_503() {
    for file in [None, Some(b"{".to_vec()), Some(br#"{"keys":[]}"#.to_vec())] {
        let mut instance = Instance::new(file);
        let token = token(|_| {});
        assert_eq!(instance.at(0, &token), 503);
        assert!(instance.host.logged().contains("jwksFile"), "{}", instance.host.logged());
        assert_eq!(instance.at(4, &token), 503);
        assert_eq!(instance.host.file_reads, 1);
        instance.host.files.insert(PATH.into(), key_set(&signing_key()));
        assert_eq!(instance.at(5, &token), 200);
    }
}

#[test]
fn a_clock_that_was_set_back_does_not_stop_reads() {
    let mut instance = Instance::new(Some(key_set(&signing_key())));
    let token = token(|claims| (claims.iat, claims.nbf) = (UnixTime::new(1), UnixTime::new(1)));
    instance.at(1_000, &token);
    instance.at(0, &token);
    assert_eq!(instance.host.file_reads, 2);
}
