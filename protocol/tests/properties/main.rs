//! Tests properties that hold for every input: round trips, laws of sets and hierarchies, and that nothing invalid is
//! accepted.
//!
//! The seed is fixed and nothing is written, so a run is the same everywhere, wasm included.

mod gate;
mod sealed;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use protocol::context::PluginKeys;
use protocol::form::{Form, append_query, encode_pairs};
use protocol::jose::anchor::AnchorSeed;
use protocol::resource::options::{PluginEnvironment, parse};
use protocol::resource::route::{Route, RouteOptions, classify};
use protocol::scope::{ScopeHierarchy, ScopeSet};
use protocol::secret::Secret;
use protocol::server::resource::for_token;
use protocol::settings::{Provider, TenantSettings};
use protocol::text::{TextMap, TextSet};
use protocol::time::UnixTime;
use protocol::uri::{Base, ResourceUri, has_risky_path, path_is_at_or_below};

const NOW: UnixTime = UnixTime::new(1_800_000_000);

fn config(cases: u32) -> Config {
    Config { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(0x4d43_5042), ..Config::default() }
}

fn seed() -> AnchorSeed {
    AnchorSeed::new(Secret::new([1; 32]))
}

fn keys() -> PluginKeys {
    PluginKeys::new(seed().plugin_key(), vec![])
}

fn settings(resource: &str) -> TenantSettings {
    TenantSettings::new(resource, Provider::Local, ScopeSet::new())
}

fn a_path() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("/wiki".to_owned()),
        Just("/mcp".to_owned()),
        Just("/oauth/token".to_owned()),
        Just("/oauth/".to_owned()),
        Just("/.well-known/oauth-protected-resource".to_owned()),
        Just("/.well-known/openid-configuration".to_owned()),
        Just("/..".to_owned()),
        Just("%2f".to_owned()),
        Just(";x".to_owned()),
        Just("?a=b".to_owned()),
        Just("/".to_owned()),
        "[ -~]{0,4}",
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn scopes() -> impl Strategy<Value = ScopeSet> {
    prop::collection::vec("[a-e]", 0..5).prop_map(|list| list.into_iter().collect())
}

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn a_canonical_base_stays_as_it_is(
        host in "[A-Za-z0-9.-]{1,12}", port in prop::option::of(0_u32..70_000), path in a_path(),
        scheme in prop_oneof![Just("http"), Just("HTTPS"), Just("ws"), Just("wss")],
    ) {
        let path = if path.starts_with('/') { path } else { String::new() };
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        if let Ok(base) = Base::parse(&format!("{scheme}://{host}{port}{path}")) {
            prop_assert_eq!(&Base::parse(base.as_str()).unwrap(), &base);
            prop_assert_eq!(format!("{}{}", base.origin(), base.path()), base.as_str());
            let from_request =
                Base::from_request(scheme, &format!("{host}{port}"), base.path()).unwrap();
            prop_assert_eq!(&from_request, &base);
            prop_assert!(ResourceUri::from_base(&base).within(&base));
            let same = ResourceUri::parse(base.as_str()).unwrap();
            prop_assert!(same.same_as(&ResourceUri::from_base(&base)));
        }
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in "\\PC{0,60}", bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = (Base::parse(&text), ResourceUri::parse(&text), ScopeSet::parse(&text));
        let _ = (Form::parse(&bytes), ScopeHierarchy::parse(&text), has_risky_path(&text));
        let _ = PluginKeys::parse(&text);
        let _ = protocol::jose::key::JwkSet::parse(&bytes);
        let _ = protocol::resource::bearer::parse(std::slice::from_ref(&bytes));
        let _ = parse(&bytes, PluginEnvironment { plugin_key: &text, trust_anchor: &text });
    }

    #[test]
    fn scope_sets_are_sets(a in scopes(), b in scopes(), c in scopes()) {
        prop_assert_eq!(a.union(&b), b.union(&a));
        prop_assert_eq!(a.intersection(&b), b.intersection(&a));
        prop_assert_eq!(a.intersection(&b.union(&c)), a.intersection(&b).union(&a.intersection(&c)));
        prop_assert_eq!(a.difference(&b).union(&a.intersection(&b)), a.clone());
        prop_assert!(a.union(&b).contains_all(&a));
        prop_assert_eq!(ScopeSet::parse(&a.to_string()).unwrap(), a);
    }

    #[test]
    fn a_hierarchy_only_adds_and_is_done_at_once(
        chains in prop::collection::vec(prop::collection::vec("[a-e]", 2..4), 0..4), set in scopes(),
    ) {
        let text = chains.iter().map(|chain| chain.join(">")).collect::<Vec<_>>().join(",");
        let order = ScopeHierarchy::parse(&text).unwrap();
        let expanded = order.expand(&set);
        prop_assert!(expanded.contains_all(&set));
        prop_assert_eq!(order.expand(&expanded), expanded);
    }

    #[test]
    fn what_is_granted_is_offered_entitled_and_complete(
        offered in scopes(), required in scopes(), asked in prop::option::of(scopes()),
        mapped in prop::collection::btree_map("[a-e]", prop::collection::btree_set("[x-z]", 1..3), 0..4),
        groups in prop::collection::btree_set("[x-z]", 0..3),
    ) {
        let groups: TextSet = groups.into_iter().collect();
        let mut scope_map = TextMap::default();
        for (scope, groups) in mapped {
            scope_map.entry(&scope).extend(groups);
        }
        let settings = TenantSettings {
            scopes: offered, required_scopes: required, scope_map, ..settings("wiki")
        };
        let granted = settings.grant(asked.as_ref(), &groups);
        let entitled = settings.entitled(&groups);
        prop_assert!(settings.offered_scopes().contains_all(&granted));
        prop_assert!(entitled.contains_all(&granted));
        prop_assert!(granted.contains_all(&settings.required_scopes.intersection(&entitled)));
        let wanted = asked.unwrap_or_else(|| settings.offered_scopes()).union(&settings.required_scopes);
        prop_assert!(wanted.contains_all(&granted));
        let none = settings.grant(None, &TextSet::new());
        prop_assert!(settings.grant(None, &groups).contains_all(&none));
    }

    #[test]
    fn a_repeated_parameter_counts_once_or_not_at_all(
        pairs in prop::collection::vec(("[a-c]|resource", "[xy]?"), 0..8),
    ) {
        let list: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = encode_pairs(&list);
        let (form, repeated) = Form::parse_apart(body.as_bytes()).unwrap();
        for name in ["a", "b", "c", "resource"] {
            let mut values: Vec<&str> =
                list.iter().filter(|(known, value)| *known == name && !value.is_empty()).map(|(_, value)| *value).collect();
            values.sort_unstable();
            values.dedup();
            let several = values.len() > 1;
            prop_assert_eq!(form.get(name), if several { None } else { values.first().copied() });
            prop_assert_eq!(repeated.iter().any(|repeated| repeated.is(name)), several && name != "resource");
        }
        prop_assert_eq!(Form::parse(body.as_bytes()).is_ok(), repeated.is_empty());
    }

    #[test]
    fn a_token_is_for_a_resource_of_the_tenant_and_never_for_a_wider_one(
        granted in "/wiki(/[ab]){0,2}/?", asked in "(/wiki|/docs)(/[ab]){0,3}/?", match_path in any::<bool>(),
    ) {
        let base = Base::parse("https://h/wiki").unwrap();
        let uri = |path: &str| ResourceUri::parse(&format!("https://h{path}")).unwrap();
        let (granted, asked) = (uri(&granted), uri(&asked));
        let found = for_token(&granted, Some(asked.clone()), &base, match_path);
        prop_assert_eq!(found.is_ok(), asked.within(&base) && (!match_path || asked.at_or_below(&granted)));
        if let Ok(found) = found {
            prop_assert!(found.same_as(&asked) && found.within(&base));
            prop_assert!(!match_path || found.at_or_below(&granted));
        }
        prop_assert_eq!(for_token(&granted, None, &base, match_path), Ok(granted.clone()));
    }

    #[test]
    fn forms_round_trip(
        pairs in prop::collection::btree_map("\\PC{1,8}", "\\PC{1,12}", 0..6), uri in "https://c(/[a-z]{0,3})?(\\?[a-z]{0,2})?",
    ) {
        let list: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = encode_pairs(&list);
        let form = Form::parse(body.as_bytes()).unwrap();
        prop_assert_eq!(form.names().count(), pairs.len());
        for (name, value) in &list {
            prop_assert_eq!(form.get(name), Some(*value));
        }
        let appended = append_query(&uri, &list);
        prop_assert!(appended.starts_with(&uri) && appended.ends_with(&body));
        prop_assert!(appended.matches('?').count() <= 1);
    }

    #[test]
    fn every_mcp_path_lies_below_the_base_and_outside_oauth(path in a_path()) {
        let path = path.split('?').next().unwrap_or_default();
        if has_risky_path(path) {
            return Ok(());
        }
        for base in ["https://h.test/wiki", "https://h.test"] {
            let base = Base::parse(base).unwrap();
            if classify(&base, RouteOptions::default(), path, None) == Route::Mcp {
                prop_assert!(path_is_at_or_below(path, base.path()));
                let oauth = format!("{}/oauth/", base.path());
                prop_assert!(!path.starts_with(&oauth));
                prop_assert!(!path.contains("/.well-known/openid-configuration/"));
            }
        }
    }
}
