//! Fuzzes headers and paths of requests, and options.

use protocol::resource::bearer::{self, Credentials, MAX_TOKEN};
use protocol::resource::identity::{is_internal, is_reserved};
use protocol::resource::options::{PluginEnvironment, parse};
use protocol::resource::request::HeaderList;
use protocol::resource::route::{Route, RouteOptions, classify, looks_like_oauth};
use protocol::uri::{Base, has_risky_path};

use crate::signed::{BASE, seed};

/// A header yields one token or none, never two.
pub(crate) fn bearer(data: &[u8]) {
    let values: Vec<Vec<u8>> = data.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    if let Ok(Credentials::Bearer(token)) = bearer::parse(&values) {
        let token = token.expose();
        assert!(values.len() == 1 && token.len() <= MAX_TOKEN && !token.is_empty());
        assert!(token.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',' && byte != b'"'));
    }
}

pub(crate) fn bearer_seeds() -> Vec<Vec<u8>> {
    [&b"Bearer abc.def"[..], b"bearer  a==", b"Basic YTpi", b"Bearer a\nBearer b", b"Bearer a, b"]
        .map(<[u8]>::to_vec)
        .to_vec()
}

/// A header list has as many entries as its count says, and every spelling of a reserved name is recognized.
pub(crate) fn header_names(data: &[u8]) {
    let Some((count, bytes)) = data.split_first() else { return };
    let list = HeaderList::from_abi(bytes, usize::from(*count));
    let nuls = bytes.split(|byte| *byte == 0).count() - 1;
    let whole = bytes.last().is_none_or(|last| *last == 0) && nuls == usize::from(*count);
    assert_eq!(list.values().is_ok(), whole);
    if let (Ok(values), Ok(Ok(only))) = (list.values(), list.only()) {
        assert_eq!(values.first().map(Vec::as_slice), only);
    }
    for name in list.texts().into_iter().flatten() {
        let folded: String =
            name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        assert_eq!(is_internal(name.as_bytes()), folded.starts_with("xmcpb"), "{name}");
        let reserved =
            is_internal(name.as_bytes()) || ["xmcpsub", "xmcpscopes", "xmcpiss"].contains(&folded.as_str());
        assert_eq!(is_reserved(name.as_bytes()), reserved, "{name}");
    }
}

pub(crate) fn header_names_seeds() -> Vec<Vec<u8>> {
    [&b"\x02accept\0x_mcp_sub\0"[..], b"\x01X.MCPB~Route\0", b"\x00", b"\x03a\0\0\xff\0", b"\x01_x-mcp-iss"]
        .map(<[u8]>::to_vec)
        .to_vec()
}

/// No OAuth path is routed to the MCP server, and for each path that the tenant routes to the sidecar, the `route` role
/// issues a proof.
pub(crate) fn route(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (path, query) = text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)));
    if !path.starts_with('/') || has_risky_path(path) {
        return;
    }
    for base in [BASE, "https://h.test"] {
        let base = Base::parse(base).expect("a base");
        for root_metadata in [false, true] {
            let exclude_paths = ["/other".to_owned()];
            let options = RouteOptions { root_metadata, exclude_paths: &exclude_paths };
            let below = path.strip_prefix(base.path());
            match classify(&base, options, path, query) {
                Route::Mcp => {
                    assert!(below.is_some_and(|below| below.is_empty() || below.starts_with('/')));
                    assert!(!below.is_some_and(|below| below.starts_with("/oauth/")));
                    assert!(!path.contains("/.well-known/oauth-protected-resource/"));
                    assert!(!path.ends_with("/.well-known/openid-configuration"));
                }
                Route::OAuth(_) | Route::ResourceMetadata(_) => assert!(looks_like_oauth(path), "{path}"),
                Route::Reserved | Route::NoDocument | Route::Outside => {}
            }
        }
    }
}

pub(crate) fn route_seeds() -> Vec<Vec<u8>> {
    [
        "/wiki/mcp",
        "/wiki/oauth/token?x=y",
        "/wiki/oauth/",
        "/.well-known/oauth-protected-resource/wiki",
        "/.well-known/oauth-authorization-server/wiki",
        "/wiki/.well-known/openid-configuration",
        "/other/.well-known/.well-known/openid-configuration/oauth/token",
    ]
    .map(|path| path.as_bytes().to_vec())
    .to_vec()
}

/// Options are parsed or refused, and errors do not quote secrets.
pub(crate) fn plugin_config(data: &[u8]) {
    let (key, anchor) = (seed().plugin_key().to_text(), seed().trust_anchor().to_text());
    let environment = PluginEnvironment { plugin_key: key.expose(), trust_anchor: &anchor };
    if data.windows(key.expose().len()).any(|part| part == key.expose().as_bytes()) {
        // An error quotes the name of an unknown option, so a key that is used as the name of an option is quoted.
        return;
    }
    match parse(data, environment) {
        Ok(config) => assert!(!format!("{config:?}").contains(key.expose().as_str())),
        Err(error) => assert!(!error.to_string().contains(key.expose().as_str())),
    }
}

pub(crate) fn plugin_config_seeds() -> Vec<Vec<u8>> {
    [
        r#"{"resource":"wiki","providerIssuer":"local","scopes":"read write"}"#,
        r#"{"role":"route"}"#,
        r#"{"resource":"w","providerIssuer":"https://idp.test","clientID":"c","clientSecret":"s","requiredScopes":"a","scopes":["a","b"],
            "scopeMap":"a=g|h","scopeHierarchy":"a>b","allowedUsers":"x, y","publicURL":"https://h.test/w","jwksFile":"/k",
            "allowedOrigins":"https://a.test","clientIPDepth":"1","excludePaths":"/x","resourceMatch":"path"}"#,
        r#"{"resorce":1,"a":[{"b":null}]}"#,
    ]
    .map(|options| options.as_bytes().to_vec())
    .to_vec()
}
