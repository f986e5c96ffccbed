//! Tests that route proofs and contexts open for what they were sealed for, and for nothing else.

use super::{NOW, config, keys, settings};
use proptest::prelude::*;
use protocol::context::{Context, Endpoint, PluginKey, PluginKeys, RoutedRequest, open_route, seal_route};
use protocol::secret::Secret;
use protocol::uri::Base;

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn sealed_values_open_for_one_purpose_only(
        key in any::<[u8; 32]>(), other in any::<[u8; 32]>(), method in "[A-Z]{1,7}", path in "/[ -~]{0,30}",
        name in "[a-z]{1,8}",
    ) {
        let keys = |bytes: [u8; 32]| PluginKeys::new(PluginKey::new(Secret::new(bytes)), vec![]);
        let asked = RoutedRequest { method: &method, host: &name, path: &path };
        let proof = seal_route(&keys(key), NOW, asked);
        prop_assert!(open_route(&keys(key), &proof, NOW, asked).is_ok());
        let longer = [&path, "x"].concat();
        let farther = open_route(&keys(key), &proof, NOW, RoutedRequest { path: &longer, ..asked });
        prop_assert!(farther.is_err());
        let elsewhere = [&name, "x"].concat();
        let there = open_route(&keys(key), &proof, NOW, RoutedRequest { host: &elsewhere, ..asked });
        prop_assert!(there.is_err());
        let settings = settings(&name);
        let context = Context {
            iat: NOW, method: method.clone(), endpoint: Endpoint::Token,
            base: Base::parse("https://h").unwrap(), tid: settings.tid(), client_address: None, settings,
        };
        let sealed = context.seal(&keys(key));
        prop_assert_eq!(Context::open(&keys(key), &sealed, NOW, &method, "/oauth/token"), Ok(context));
        prop_assert!(Context::open(&keys(key), &proof, NOW, &method, "/oauth/token").is_err());
        if key != other {
            prop_assert!(Context::open(&keys(other), &sealed, NOW, &method, "/oauth/token").is_err());
        }
    }

    #[test]
    fn a_changed_context_never_opens(at in any::<prop::sample::Index>(), by in 1_u8..128) {
        let settings = settings("wiki");
        let context = Context {
            iat: NOW, method: "POST".to_owned(), endpoint: Endpoint::Token,
            base: Base::parse("https://h").unwrap(), tid: settings.tid(), client_address: None, settings,
        };
        let mut sealed = context.seal(&keys()).into_bytes();
        let at = at.index(sealed.len());
        sealed[at] = (sealed[at] ^ by) & 0x7f;
        let sealed = String::from_utf8(sealed).unwrap();
        prop_assert!(Context::open(&keys(), &sealed, NOW, "POST", "/oauth/token").is_err());
    }
}
