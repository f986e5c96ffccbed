//! Fuzzes contexts and route proofs, which are sealed under the plugin key.

use protocol::context::{Context, PluginKeys, RoutedRequest, open_route, seal_route};

use crate::signed::{NOW, seed};

pub(crate) fn keys() -> PluginKeys {
    PluginKeys::new(seed().plugin_key(), Vec::new())
}

pub(crate) fn asked(path: &str) -> RoutedRequest<'_> {
    RoutedRequest { method: "GET", host: "h.test", path }
}

/// Only sealed data can be opened, and only for the request for which it was sealed.
pub(crate) fn context(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    assert!(Context::open(&keys(), text, NOW, "GET", "/authorize").is_err(), "no context was ever sealed");
    if open_route(&keys(), text, NOW, asked("/wiki/oauth/token")).is_ok() {
        assert_eq!(text, seal_route(&keys(), NOW, asked("/wiki/oauth/token")));
    }
}

pub(crate) fn context_seeds() -> Vec<Vec<u8>> {
    let sealed = |path| seal_route(&keys(), NOW, asked(path)).into_bytes();
    vec![sealed("/wiki/oauth/token"), sealed("/wiki/oauth/authorize"), b"v1.".to_vec(), b"v1.AAAA".to_vec()]
}
