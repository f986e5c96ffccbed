//! One tenant, users with tokens, and the check of every outcome.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use protocol::jose::token::AccessTokenClaims;
use protocol::tenant::TenantId;
use protocol::time::UnixTime;
use wasm_host::{Guest, Lie, Outcome, Plugin, State};

pub(crate) use crate::tenant::TENANT;
use crate::tenant::{environment, signing_key, token_by};

/// The host's time, in seconds since 1970.
pub(crate) const NOW: u64 = crate::tenant::NOW.as_secs();
/// Linear memory that Traefik allows a guest, in bytes.
pub(crate) const MEMORY: usize = 16 << 20;
const STACK: usize = 512 * 1024;

/// The built plugin's bytes.
pub(crate) fn wasm() -> Vec<u8> {
    let built = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/plugin/plugin.wasm");
    let path = std::env::var_os("PLUGIN_WASM").map_or(built, PathBuf::from);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; build it: make plugin", path.display()))
}

/// The built plugin, compiled once.
pub(crate) fn plugin() -> &'static Plugin {
    static PLUGIN: OnceLock<Plugin> = OnceLock::new();
    PLUGIN.get_or_init(|| Plugin::compile(&wasm(), STACK))
}

/// A token for a user, whose claims `change` has changed.
pub(crate) fn token_with(user: &str, change: impl FnOnce(&mut AccessTokenClaims)) -> String {
    token_by(&signing_key(), |claims| {
        let number = user.rsplit_once('-').map_or(user, |(_, number)| number);
        (claims.sub, claims.jti) = (user.to_owned(), format!("{number:0>22}.{user}"));
        change(claims);
    })
}

/// The tokens of all users, each with its user.
pub(crate) fn users() -> &'static BTreeMap<String, String> {
    static USERS: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    USERS.get_or_init(|| {
        let token = |number: usize| (token_with(&format!("user-{number}"), |_| {}), format!("user-{number}"));
        (0..100).map(token).collect()
    })
}

/// The token of a user.
pub(crate) fn token(number: usize) -> &'static str {
    let wanted = format!("user-{number}");
    users().iter().find(|(_, user)| **user == wanted).map(|(token, _)| token.as_str()).unwrap()
}

/// Invalid tokens.
pub(crate) fn bad_tokens() -> &'static [String] {
    static BAD: OnceLock<Vec<String>> = OnceLock::new();
    BAD.get_or_init(|| {
        let good = token(0);
        let (message, signature) = good.rsplit_once('.').unwrap();
        let other_signature = token(1).rsplit_once('.').unwrap().1;
        let mut turned = signature.to_owned();
        turned.replace_range(10..11, if signature.as_bytes()[10] == b'A' { "B" } else { "A" });
        vec![
            [message, other_signature].join("."),
            [message, &turned].join("."),
            [message, ""].join("."),
            token_with("user-0", |claims| claims.exp = UnixTime::new(NOW - 61)),
            token_with("user-0", |claims| claims.iss.push_str("/other")),
            token_with("user-0", |claims| claims.mcpb_tid = TenantId::derive("other", "local", "", &[])),
            "x".repeat(1_000),
        ]
    })
}

/// A host with the tenant's options and keys.
pub(crate) fn state() -> State {
    state_with(TENANT)
}

/// A host with these options and the tenant's keys.
pub(crate) fn state_with(options: &str) -> State {
    let mut state = State::new(options, environment().into());
    (state.now, state.uri) = (NOW, b"/wiki/mcp".to_vec());
    state
}

pub(crate) fn start() -> Guest {
    plugin().start(state(), MEMORY)
}

/// Sends a request with the headers of Traefik and, if there is one, a token. The outcome is checked.
pub(crate) fn ask(guest: &mut Guest, token: Option<&str>) -> Outcome {
    let mut headers = vec![
        ("host".to_owned(), b"h.test".to_vec()),
        ("x-forwarded-proto".to_owned(), b"https".to_vec()),
        ("x-mcp-sub".to_owned(), b"somebody-else".to_vec()),
        ("accept".to_owned(), b"text/event-stream".to_vec()),
    ];
    headers.extend(token.map(|token| ("authorization".to_owned(), format!("Bearer {token}").into_bytes())));
    guest.state().request = headers;
    checked(guest)
}

/// Runs the request and checks the outcome, whatever the request was.
pub(crate) fn checked(guest: &mut Guest) -> Outcome {
    let outcome = guest.request();
    let state = guest.state();
    // The user whose whole token the host passed in this request.
    let bearer = |shown: &Vec<u8>| {
        let text = std::str::from_utf8(shown).ok()?;
        users().get(text.strip_prefix("Bearer ")?).cloned()
    };
    let shown: Vec<String> = state.shown.iter().filter_map(bearer).collect();
    match outcome {
        Outcome::Forwarded(context) => {
            // With the context value 2, the lists in the response are cut.
            assert!(matches!(context, 0 | 2), "an OAuth request goes on only with a route proof");
            let forwarded: Vec<String> = state
                .values("x-mcp-sub")
                .iter()
                .map(|value| String::from_utf8(value.to_vec()).unwrap())
                .collect();
            assert!(forwarded.len() == 1 && shown.contains(&forwarded[0]), "{forwarded:?} of {shown:?}");
            assert!(state.values("authorization").is_empty(), "the token goes no further");
        }
        Outcome::Stopped => {
            let said =
                [&state.body[..], &state.response.iter().flat_map(|(_, v)| v.clone()).collect::<Vec<_>>()];
            let said = String::from_utf8_lossy(&said.concat()).into_owned();
            assert!(!said.contains("user-") && !said.contains("eyJ"), "nobody's name or token: {said}");
            assert!(state.status != 200, "{said}");
        }
        Outcome::Trapped => {}
    }
    let logged = state.log.join("\n");
    assert!(!logged.contains("eyJ"), "no token in the log: {logged}");
    outcome
}

/// Asserts that the instance decides right with an honest host: it forwards a user's request, and no other.
pub(crate) fn is_sound(guest: &mut Guest) {
    guest.state().liar = None;
    assert_eq!(ask(guest, Some(token(7))), Outcome::Forwarded(0), "{:?}", guest.state().log);
    assert_eq!(ask(guest, Some(&bad_tokens()[0])), Outcome::Stopped);
    assert_eq!(guest.state().status, 401);
    assert_eq!(ask(guest, None), Outcome::Stopped);
    assert_eq!(guest.state().status, 401);
    assert_eq!(ask(guest, Some(token(3))), Outcome::Forwarded(0));
}

/// Asserts that the instance is sound or forwards nothing. A lie about options and environment, which are read once,
/// may lead to either.
pub(crate) fn is_sound_or_closed(guest: &mut Guest) {
    guest.state().liar = None;
    if ask(guest, Some(token(7))) == Outcome::Forwarded(0) {
        return is_sound(guest);
    }
    assert_eq!(guest.state().status, 503);
    assert_eq!((ask(guest, None), guest.state().status), (Outcome::Stopped, 503));
}

/// Makes the host lie once, at the call with this number.
pub(crate) fn lie_at(guest: &mut Guest, at: usize, lie: Lie) {
    guest.state().liar = Some(Box::new(move |_, number| (number == at).then_some(lie)));
}
