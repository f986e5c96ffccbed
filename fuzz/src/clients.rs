//! What clients say of themselves, and the list of revoked grants.

use protocol::error::is_description;
use protocol::resource::revocation::RevocationList;
use protocol::server::redirect::RedirectUri;
use protocol::server::redirect_rules::RedirectRules;
use protocol::server::registration::ClientMetadata;
use protocol::text::TextSet;

const DOCUMENT: &str = "https://app.example/client.json";

fn rules() -> RedirectRules {
    RedirectRules::new(&TextSet::default(), &TextSet::default())
}

/// What is accepted is stored, and read back as the same; a document speaks for its own address only.
pub(crate) fn metadata(bytes: &[u8]) {
    if let Ok(metadata) = ClientMetadata::parse(bytes, &rules()) {
        let stored = metadata.to_json();
        assert_eq!(ClientMetadata::from_stored(&stored).as_ref(), Ok(&metadata));
        assert!(stored.as_object().is_some_and(|fields| fields.values().all(|value| !value.is_null())));
    } else if let Err(error) = ClientMetadata::parse(bytes, &rules()) {
        assert!(is_description(&error.to_string()), "{error}");
    }
    if ClientMetadata::from_document(DOCUMENT, bytes, &rules()).is_ok() {
        let value: serde_json::Value = serde_json::from_slice(bytes).expect("JSON");
        assert_eq!(value["client_id"], DOCUMENT);
    }
}

/// Registrations and documents.
pub(crate) fn metadata_seeds() -> Vec<Vec<u8>> {
    [
        r#"{"redirect_uris":["https://app.example/cb"]}"#,
        r#"{"client_id":"https://app.example/client.json","client_name":"A","redirect_uris":["http://localhost/cb"],"token_endpoint_auth_method":"private_key_jwt","jwks":{"keys":[{"kty":"OKP","crv":"Ed25519","x":"a"}]}}"#,
        r#"{"redirect_uris":["cursor://a/cb","javascript:x"],"application_type":"web","grant_types":["authorization_code"],"contacts":["a"]}"#,
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

/// Whatever is a redirect URI leads to https, to this machine, or to a scheme that is not dangerous; it admits itself.
pub(crate) fn redirect(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    let Ok(uri) = RedirectUri::parse(text) else { return };
    assert!(uri.admits(&uri) && uri.as_str() == text);
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

/// A list that is read is the list that was written.
pub(crate) fn revocations(bytes: &[u8]) {
    if let Some(list) = RevocationList::parse(bytes) {
        assert_eq!(list.to_text().as_bytes(), bytes);
    }
}

/// Lists with none, one and two.
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
