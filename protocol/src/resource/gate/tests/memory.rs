//! Tests that what an instance remembers changes no decision. Random requests, clock jumps, new key files, new
//! revocation lists and resets go through a gate that remembers and through a gate that forgets before each request.

use super::*;
use crate::resource::revocation_list::RevocationList;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::sync::LazyLock;

const OPTIONS: [&str; 6] = [
    "{}",
    r#"{"revocationFile": "/revoked", "resourceMatch": "path"}"#,
    r#"{"jwksFile": "/keys", "jwksCacheTTLSeconds": "30"}"#,
    r#"{"jwksFile": "/keys", "jwksCacheTTLSeconds": "30", "jwksIssuer": "https://idp.example", "audience": "https://h.test/wiki/mcp", "forwardIssuer": "true"}"#,
    r#"{"requiredScopes": "read", "scopeHierarchy": "admin>read", "allowedOrigins": "https://page.test"}"#,
    r#"{"pathPrefix": "", "forwardAuthorization": "true", "revocationFile": "/revoked"}"#,
];
const HOSTS: [&str; 4] = ["h.test", "H.TEST", "other.test", ""];
const URIS: [&str; 9] = [
    "/wiki/mcp",
    "/wiki/mcp?a=b",
    "/wiki/other",
    "/wiki/mcp?access_token=x",
    "/wiki//mcp",
    "/",
    "/wiki/oauth/token",
    "/.well-known/oauth-protected-resource/wiki/mcp",
    "/.well-known/oauth-authorization-server/wiki",
];
const SCHEMES: [&str; 5] = ["https", "http", "https,http", "http,https", "gopher"];
const EXTRA: [(&str, &str); 7] = [
    ("accept", "*/*"),
    ("x_mcp_sub", "eve"),
    ("cookie", "a=b; __Host-mcpb-x=c"),
    ("origin", "https://page.test"),
    ("origin", "https://evil.test"),
    ("connection", "close, x-mcp-sub"),
    ("authorization", "Basic eDp5"),
];

/// Values of `Authorization`: tokens that differ in one thing each, under two certified keys and a listed one.
static BEARERS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut tokens = Vec::new();
    for key in [2, 3] {
        for host in ["h.test", "other.test"] {
            for number in 0..3 {
                tokens.push(token_by(key, |claims| {
                    (claims.iss, claims.aud) =
                        (format!("https://{host}/wiki"), vec![format!("https://{host}/wiki/mcp")]);
                    (claims.sub, claims.jti) = (format!("user-{number}"), jti(number));
                }));
            }
        }
        let changes: [fn(&mut AccessTokenClaims); 7] = [
            |claims| {
                (claims.iss, claims.aud) =
                    ("https://h.test".to_owned(), vec!["https://h.test/wiki".to_owned()]);
            },
            |claims| claims.exp = NOW.plus(20),
            |claims| claims.nbf = NOW.plus(90),
            |claims| claims.aud = vec![format!("{BASE}/other")],
            |claims| claims.scope = ScopeSet::parse("admin").unwrap(),
            |claims| claims.scope = ScopeSet::parse("write").unwrap(),
            |claims| claims.iss = "https://elsewhere.test".to_owned(),
        ];
        tokens.extend(changes.map(|change| token_by(key, change)));
    }
    let foreign = json!({"iss": "https://idp.example", "aud": ["https://h.test/wiki/mcp"], "sub": "bob", "client_id": "c",
                         "scope": "read", "iat": NOW.as_secs(), "exp": NOW.as_secs() + 40, "jti": jti(0)});
    assert_eq!(tokens.len(), LISTED);
    tokens.push(listed("a", 4, &foreign));
    tokens.push(listed("b", 5, &foreign));
    tokens.push(listed("a", 4, &serde_json::to_value(claims()).unwrap()));
    let mut forged = tokens[0].clone();
    forged.replace_range(forged.len() - 10..forged.len() - 9, "_");
    assert_ne!(forged, tokens[0]);
    // The header of one token followed by the payload and signature of a token of another key.
    let crossed = [tokens[19].split_once('.').unwrap().0, tokens[0].split_once('.').unwrap().1].join(".");
    tokens.extend([forged, crossed]);
    let mut values: Vec<String> = tokens.iter().map(|token| format!("Bearer {token}")).collect();
    values.push(format!("bearer {}", tokens[0]));
    // The bytes of which a tag is made, as a header of their own.
    values.push(format!(".{}", tokens[0].split_once('.').unwrap().1));
    values.extend(["Bearer", "Bearer ", "Bearer a.b.c", ""].map(str::to_owned));
    values
});

/// The first token of a listed key.
const LISTED: usize = 26;

fn jti(number: usize) -> String {
    format!("{number:0>22}.x")
}

fn token_by(key: u8, change: impl FnOnce(&mut AccessTokenClaims)) -> String {
    let mut claims = claims();
    claims.jti = jti(7);
    change(&mut claims);
    let key = SigningKey::from_bytes(&[key; 32]);
    let certificate = KeyCertificate::new(&key.verifying_key(), NOW.minus(3_600), NOW.plus(60), 3_600);
    let kcert = issue(&seed().signing_key(), &certificate);
    let kid = Ed25519PublicJwk::from_key(&key.verifying_key()).thumbprint();
    sign_access_token(&key, &kid, &kcert, &claims)
}

/// A token of a key that is in a key file and has no certificate.
fn listed(kid: &str, key: u8, claims: &Value) -> String {
    use ed25519_dalek::Signer as _;
    let part = |json: &Value| crate::encoding::b64url_encode(json.to_string().as_bytes());
    let message = [part(&json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid})), part(claims)].join(".");
    let signature = SigningKey::from_bytes(&[key; 32]).sign(message.as_bytes());
    [message, crate::encoding::b64url_encode(&signature.to_bytes())].join(".")
}

/// The mounted files: a key file and a revocation list.
#[derive(Clone, Debug)]
struct Files {
    keys: Option<Vec<u8>>,
    revoked: Option<Vec<u8>>,
}

impl Files {
    fn with(keys: &[(&str, u8)], before: UnixTime, revoked: &[usize]) -> Self {
        let key = |(kid, key): &(&str, u8)| {
            let x = Ed25519PublicJwk::from_key(&SigningKey::from_bytes(&[*key; 32]).verifying_key()).x;
            json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x})
        };
        let ids: Vec<String> = revoked.iter().map(|number| format!("{number:0>22}")).collect();
        let list = RevocationList::new(before, ids.iter().map(String::as_str));
        Self {
            keys: Some(json!({"keys": keys.iter().map(key).collect::<Vec<_>>()}).to_string().into_bytes()),
            revoked: Some(list.to_text().into_bytes()),
        }
    }

    fn states() -> [Self; 6] {
        let none = UnixTime::new(0);
        [
            Self::with(&[("a", 4)], none, &[]),
            Self::with(&[("a", 4), ("b", 5)], none, &[1]),
            Self::with(&[("b", 5)], none, &[0, 7]),
            // Another key under the same id.
            Self::with(&[("a", 5)], NOW, &[]),
            Self { keys: Some(b"{".to_vec()), revoked: Some(b"{".to_vec()) },
            Self { keys: None, revoked: None },
        ]
    }
}

/// One step of a history.
#[derive(Clone, Debug)]
enum Step {
    /// A request. With `unreadable`, the host fails to list the header names.
    Ask {
        unreadable: bool,
        uri: usize,
        host: usize,
        scheme: usize,
        options: bool,
        bearer: Option<usize>,
        extra: Vec<usize>,
    },
    /// The previous request again.
    Again,
    Wait(i64),
    Files(usize),
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    let usual = |count: usize| prop_oneof![6 => Just(0), 1 => 0..count];
    let ask = (
        prop::bool::weighted(0.05),
        usual(URIS.len()),
        usual(HOSTS.len()),
        usual(SCHEMES.len()),
        prop::bool::weighted(0.1),
        // Every kind of token, but mostly a few tokens of one user and tokens of listed keys, so that tokens are
        // repeated.
        prop::option::weighted(0.9, prop_oneof![0..BEARERS.len(), 0..3_usize, LISTED..LISTED + 3]),
        prop_oneof![3 => Just(vec![]), 1 => prop::collection::vec(0..EXTRA.len(), 0..3)],
    );
    let ask = ask.prop_map(|(unreadable, uri, host, scheme, options, bearer, extra)| Step::Ask {
        unreadable,
        uri,
        host,
        scheme,
        options,
        bearer,
        extra,
    });
    let wait = prop_oneof![
        Just(1),
        Just(5),
        Just(31),
        Just(31),
        Just(100),
        Just(700),
        Just(3_700),
        Just(-40),
        Just(-1_000)
    ];
    prop_oneof![
        8 => ask,
        4 => Just(Step::Again),
        2 => wait.prop_map(Step::Wait),
        2 => (0..Files::states().len()).prop_map(Step::Files),
        1 => Just(Step::Forget),
    ]
}

fn asked(
    uri: usize,
    host: usize,
    scheme: usize,
    options: bool,
    bearer: Option<usize>,
    extra: &[usize],
) -> Request {
    let mut asked = request(if options { "OPTIONS" } else { "POST" }, URIS[uri])
        .instead("host", HOSTS[host])
        .instead("x-forwarded-proto", SCHEMES[scheme]);
    for number in extra {
        asked = asked.with(EXTRA[*number].0, EXTRA[*number].1);
    }
    match bearer {
        Some(number) => asked.with("authorization", BEARERS[number].as_str()),
        None => asked,
    }
}

/// Runs the steps through both gates, which must decide alike. Returns how many requests were forwarded.
fn run(options: &str, steps: &[Step]) -> usize {
    let options: Value = serde_json::from_str(options).unwrap();
    let (mut remembering, mut forgetting) = (gate(&options), gate(&options));
    let (mut now, mut files, mut last, mut forwarded) = (NOW, Files::states()[0].clone(), None, 0);
    for step in steps {
        match step {
            Step::Wait(seconds) => {
                now = if *seconds < 0 {
                    now.minus(seconds.unsigned_abs())
                } else {
                    now.plus(seconds.unsigned_abs())
                };
                continue;
            }
            Step::Files(number) => {
                files = Files::states()[*number].clone();
                continue;
            }
            Step::Forget => {
                remembering.forget();
                continue;
            }
            Step::Ask { unreadable, uri, host, scheme, options, bearer, extra } => {
                let mut request = asked(*uri, *host, *scheme, *options, *bearer, extra);
                request.broken = unreadable.then_some("names");
                last = Some(request);
            }
            Step::Again => {}
        }
        let Some(mut request) = last.clone() else { continue };
        // No options name both files.
        request.file = if options.get("jwksFile").is_some() { &files.keys } else { &files.revoked }.clone();
        let decision = remembering.decide(now, &mut request.clone());
        forgetting.forget();
        let expected = forgetting.decide(now, &mut request);
        assert_eq!(decision, expected, "{now:?} {:?}", request.headers);
        forwarded += usize::from(matches!(decision, Decision::ForwardMcp(_)));
    }
    forwarded
}

proptest! {
    // The seed is fixed and nothing is written, so a run is the same everywhere, wasm included.
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x4d43_5042),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_decision_depends_on_what_is_remembered(
        options in 0..OPTIONS.len(),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        run(OPTIONS[options], &steps);
    }
}

/// The histories above would show nothing if all their requests were refused.
#[test]
fn each_set_of_options_forwards_some_requests_and_refuses_some() {
    for options in OPTIONS {
        let ask = |bearer| Step::Ask {
            unreadable: false,
            uri: 0,
            host: 0,
            scheme: 0,
            options: false,
            bearer: Some(bearer),
            extra: vec![],
        };
        let steps: Vec<Step> = (0..BEARERS.len()).flat_map(|bearer| [ask(bearer), Step::Again]).collect();
        let forwarded = run(options, &steps);
        assert!(forwarded >= 4 && forwarded < steps.len(), "{options}: {forwarded}");
    }
}
