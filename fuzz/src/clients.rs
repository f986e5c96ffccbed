//! Fuzzes client metadata, redirect URIs, and the list of revoked grants.

use protocol::error::is_description;
use protocol::resource::revocation_list::RevocationList;
use protocol::server::redirect::{RedirectRules, RedirectUri};
use protocol::server::registration::{AuthMethod, ClientMetadata};
use protocol::tenant::{Tenant, TenantId};
use protocol::text::TextSet;
use protocol::uri::Base;

const DOCUMENT: &str = "https://app.example/client.json";

fn rules() -> RedirectRules {
    RedirectRules::new(&TextSet::default(), &TextSet::default())
}

/// An accepted registration is unchanged after storing and reading, and keeps its id; the stored metadata contain
/// nothing that is unsafe to show on a page.
pub(crate) fn registration(bytes: &[u8]) {
    match ClientMetadata::parse(bytes, &rules()) {
        Ok(metadata) => {
            let [tenant, other] = ["wiki", "notes"].map(tenant);
            let id = metadata.public_client_id(&tenant);
            assert_ne!(id, metadata.public_client_id(&other), "one tenant's client is not another's");
            assert_eq!(id.len(), 22, "128 bits in base64url");
            assert_sound(&metadata);
        }
        Err(error) => assert!(is_description(&error.to_string()), "{error}"),
    }
}

/// Checks properties of client metadata, whatever their source.
fn assert_sound(metadata: &ClientMetadata) {
    let stored = metadata.to_json();
    let again = ClientMetadata::from_stored(&stored);
    assert_eq!(again.as_ref(), Ok(metadata), "stored and read back");
    let fields = stored.as_object().expect("an object");
    assert!(fields.values().all(|value| !value.is_null()));
    for (name, value) in fields {
        let member = name.split('#').next().unwrap_or_default();
        let text = value.as_str().unwrap_or_default();
        assert!(!text.contains(char::is_control), "{name}");
        if member.ends_with("_uri") {
            assert!(text.starts_with("https://") || text.starts_with("http://"), "{name}");
        }
    }
    let uris = metadata.redirect_uris();
    assert!(!uris.is_empty());
    for (number, uri) in uris.iter().enumerate() {
        assert!(rules().check(uri).is_ok() && uri.matches(uri), "{uri:?}");
        assert!(!uris[..number].contains(uri), "{uri:?} twice");
    }
    if metadata.auth_method() == AuthMethod::PrivateKeyJwt {
        assert!(metadata.jwks().is_some() != metadata.jwks_uri().is_some(), "keys in one place");
    }
}

fn tenant(resource: &str) -> Tenant {
    let base = Base::parse("https://h.test/wiki").expect("a base");
    Tenant { base, id: TenantId::derive(resource, "local", "", &[]) }
}

/// Registrations (RFC 7591).
pub(crate) fn registration_seeds() -> Vec<Vec<u8>> {
    [
        r#"{"redirect_uris":["https://app.example/cb"]}"#,
        r#"{"redirect_uris":["cursor://a/cb","javascript:x"],"application_type":"web","grant_types":["authorization_code"],"contacts":["a"]}"#,
        r#"{"redirect_uris":["http://127.0.0.1:7/cb","https://a/cb"],"client_name":"A","client_name#de":"B","logo_uri":"https://a/l","scope":"a b"}"#,
        r#"{"redirect_uris":["https://a/cb"],"token_endpoint_auth_method":"private_key_jwt","jwks_uri":"https://a/keys","response_types":["code"]}"#,
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

/// An accepted client document names its own URL, has a name and contains no secret.
pub(crate) fn document(bytes: &[u8]) {
    let metadata = match ClientMetadata::from_document(DOCUMENT, bytes, &rules()) {
        Ok(metadata) => metadata,
        Err(error) => return assert!(is_description(&error.to_string()), "{error}"),
    };
    let value: serde_json::Value = serde_json::from_slice(bytes).expect("JSON");
    assert_eq!(value["client_id"], DOCUMENT);
    assert!(ClientMetadata::from_document("https://app.example/other.json", bytes, &rules()).is_err());
    assert!(metadata.client_name().is_some_and(|name| !name.is_empty()));
    assert!(matches!(metadata.auth_method(), AuthMethod::None | AuthMethod::PrivateKeyJwt));
    assert_eq!(metadata.to_json().get("client_secret"), None);
    assert_sound(&metadata);
}

/// Client documents (Client ID Metadata Document).
pub(crate) fn document_seeds() -> Vec<Vec<u8>> {
    [
        r#"{"client_id":"https://app.example/client.json","client_name":"A","redirect_uris":["http://localhost/cb"]}"#,
        r#"{"client_id":"https://app.example/client.json","client_name":"A","redirect_uris":["http://localhost/cb"],"token_endpoint_auth_method":"private_key_jwt","jwks":{"keys":[{"kty":"OKP","crv":"Ed25519","x":"a"}]}}"#,
        r#"{"client_id":"https://app.example/client.json","client_name":"A","redirect_uris":["https://app.example/cb"],"client_secret":"s"}"#,
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

/// An accepted redirect URI is https, loopback, or has a scheme that is not dangerous; it matches itself.
pub(crate) fn redirect(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    let Ok(uri) = RedirectUri::parse(text) else { return };
    assert!(uri.matches(&uri) && uri.as_str() == text);
    let lower = text.to_ascii_lowercase();
    for dangerous in ["javascript:", "data:", "file:", "vbscript:", "blob:"] {
        assert!(!lower.starts_with(dangerous), "{text}");
    }
    if lower.starts_with("http:") {
        assert!(uri.is_local(), "{text}");
    }
    assert!(!text.contains(['#', '\\', ' ', '\n', '\r', '\0']), "{text}");
}

/// Redirect URIs of each kind.
pub(crate) fn redirect_seeds() -> Vec<Vec<u8>> {
    [
        "https://h:8443/cb?a=1",
        "http://localhost:1/cb",
        "http://[::1]/",
        "cursor://a/cb",
        "com.app:/cb",
        "javascript:x",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

/// A parsed list is unchanged after writing and parsing it again.
pub(crate) fn revocations(bytes: &[u8]) {
    if let Some(list) = RevocationList::parse(bytes) {
        assert_eq!(list.to_text().as_bytes(), bytes);
    }
}

/// Lists with no, one and two ids, and a list with an issuer's line.
pub(crate) fn revocations_seeds() -> Vec<Vec<u8>> {
    let ids = ["AAAAAAAAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBBBBBBBB"];
    let list = |count: usize| {
        RevocationList::new(protocol::time::UnixTime::new(1_800_000_000), ids.into_iter().take(count))
    };
    let mut with_issuer = list(1);
    assert!(with_issuer.revoke_until("https://h/wiki", protocol::time::UnixTime::new(1_700_000_000)));
    let lists = [list(0), list(1), list(2), with_issuer];
    lists.map(|list| list.to_text().into_bytes()).to_vec()
}
