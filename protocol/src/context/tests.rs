//! Tests that sealed values open for what they were sealed for, and for nothing else.

use super::*;
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::settings::Provider;

const NOW: UnixTime = UnixTime::new(1_800_000_000);

fn key(byte: u8) -> PluginKey {
    PluginKey::new(Secret::new([byte; 32]))
}

fn keys(first: u8, others: &[u8]) -> PluginKeys {
    PluginKeys::new(key(first), others.iter().copied().map(key).collect())
}

fn context() -> Context {
    let settings = TenantSettings::new(
        "wiki",
        Provider::Oidc {
            issuer: "https://idp.example".to_owned(),
            client_id: "c".to_owned(),
            client_secret: Some(Secret::new("canary".to_owned())),
            options: crate::settings::ProviderOptions::default(),
        },
        ScopeSet::parse("openid").unwrap(),
    );
    Context {
        iat: NOW,
        method: "POST".to_owned(),
        endpoint: Endpoint::Token,
        base: Base::parse("https://h/wiki").unwrap(),
        tid: settings.tid(),
        client_address: Some([192, 0, 2, 1].into()),
        settings,
    }
}

#[test]
fn a_context_opens_for_its_method_and_path() {
    let sealed = context().seal(&keys(1, &[]));
    assert!(sealed.starts_with("v1."));
    assert_eq!(Context::open(&keys(1, &[]), &sealed, NOW, "POST", "/oauth/token"), Ok(context()));
    let open = |value: &str, now, method, path| Context::open(&keys(1, &[]), value, now, method, path);
    assert_eq!(open(&sealed, NOW, "GET", "/oauth/token"), Err(ContextError::WrongMethod));
    assert_eq!(open(&sealed, NOW, "POST", "/oauth/register"), Err(ContextError::WrongPath));
    assert_eq!(open(&sealed, NOW.plus(61), "POST", "/oauth/token"), Err(ContextError::ClockSkew));
    assert_eq!(open(&sealed, NOW.minus(61), "POST", "/oauth/token"), Err(ContextError::ClockSkew));
    assert!(open(&sealed, NOW.plus(60), "POST", "/oauth/token").is_ok());
    assert_eq!(open("", NOW, "POST", "/oauth/token"), Err(ContextError::Missing));
    for bad in ["v1.", "v1.AAAA", "v2.AAAA", "v1.!", "AAAA"] {
        assert_eq!(open(bad, NOW, "POST", "/oauth/token"), Err(ContextError::Malformed), "{bad}");
    }
}

#[test]
fn keys_rotate_without_an_interruption() {
    let sealed = context().seal(&keys(2, &[1]));
    let open = |keys: &PluginKeys| Context::open(keys, &sealed, NOW, "POST", "/oauth/token").map(|_| ());
    assert_eq!(open(&keys(1, &[2])), Ok(()));
    assert_eq!(open(&keys(1, &[])), Err(ContextError::DoesNotOpen));
}

fn asked<'a>(method: &'a str, path: &'a str) -> RoutedRequest<'a> {
    RoutedRequest { method, host: "h", path }
}

#[test]
fn values_open_for_their_own_purpose_only() {
    let keys = keys(1, &[]);
    let route = seal_route(&keys, NOW, asked("POST", "/oauth/token"));
    assert!(open_route(&keys, &route, NOW, asked("POST", "/oauth/token")).is_ok());
    assert_eq!(Context::open(&keys, &route, NOW, "POST", "/oauth/token"), Err(ContextError::DoesNotOpen));
    assert_eq!(open_route(&keys, &route, NOW, asked("POST", "/x")), Err(ContextError::WrongPath));
    let elsewhere = RoutedRequest { host: "other", ..asked("POST", "/oauth/token") };
    assert_eq!(open_route(&keys, &route, NOW, elsewhere), Err(ContextError::WrongHost));
    assert_eq!(open_route(&keys, &route, NOW, asked("GET", "/oauth/token")), Err(ContextError::WrongMethod));
    assert_eq!(
        open_route(&keys, &route, NOW.plus(99), asked("POST", "/oauth/token")),
        Err(ContextError::ClockSkew)
    );
}

#[test]
fn a_tenant_id_of_other_settings_is_refused() {
    let mut foreign = context();
    foreign.tid = TenantId::derive("other", "local", "", &[]);
    let sealed = foreign.seal(&keys(1, &[]));
    assert_eq!(
        Context::open(&keys(1, &[]), &sealed, NOW, "POST", "/oauth/token"),
        Err(ContextError::TenantMismatch)
    );
}

#[test]
fn key_lists_are_read() {
    let (a, b) = (key(1).to_text(), key(2).to_text());
    let text = format!(" {} , {}=", a.expose(), b.expose());
    assert_eq!(PluginKeys::parse(&text), Ok(keys(1, &[2])));
    assert_eq!(PluginKeys::parse(" , "), Err(PluginKeysError::Missing));
    assert!(matches!(PluginKeys::parse("AAAA"), Err(PluginKeysError::Text(_))));
}

#[test]
fn nothing_secret_is_printed() {
    let text = format!("{:?} {:?}", context(), keys(0x41, &[]));
    assert!(!text.contains("canary") && !text.contains("AAAA") && !text.contains("65, 65"), "{text}");
}
