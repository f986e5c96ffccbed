//! Makes requests to the tenant, with and without tokens.

use plugin_wasm::handler::{Next, Plugin};
use protocol::jose::token::AccessTokenClaims;

use crate::fake_host::FakeHost;
use crate::tenant::{NOW, environment};
pub(crate) use crate::tenant::{TENANT, key_set, signing_key, token_by};

/// Options of the route role.
pub(crate) const ROUTE: &str = r#"{"role":"route"}"#;

/// A host with these options and keys, and a request with the headers that Traefik adds to each.
pub(crate) fn host(options: &str, method: &str, uri: &str) -> FakeHost {
    FakeHost {
        config: options.into(),
        env: environment().into(),
        now: NOW,
        method: method.into(),
        uri: uri.into(),
        ..FakeHost::default()
    }
    .with("Host", "h.test")
    .with("X-Forwarded-Proto", "https")
}

/// A token of the tenant, whose claims `change` has changed.
pub(crate) fn token(change: impl FnOnce(&mut AccessTokenClaims)) -> String {
    token_by(&signing_key(), change)
}

/// A host whose request carries a token.
pub(crate) fn authorized(options: &str, uri: &str, token: &str) -> FakeHost {
    host(options, "POST", uri).with("Authorization", format!("Bearer {token}"))
}

/// An OAuth request as it comes from the route role to the tenant role.
pub(crate) fn routed(method: &str, uri: &str) -> FakeHost {
    let mut host = host(ROUTE, method, uri);
    assert_eq!(Plugin::new().handle_request(&mut host), Next::Forward(0), "{}", host.logged());
    FakeHost { config: TENANT.into(), calls: vec![], ..host }
}

/// Runs a request through a new instance, which must not forward it. Returns the status.
pub(crate) fn refused(host: &mut FakeHost) -> u16 {
    assert_eq!(Plugin::new().handle_request(host), Next::Stop);
    assert!(!host.body.is_empty() || host.status == Some(204));
    host.status.unwrap()
}
