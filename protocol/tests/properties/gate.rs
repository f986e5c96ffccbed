//! Tests that the gate forwards no request without a valid token or a route proof.

use super::{NOW, a_path, config, seed};
use proptest::prelude::*;
use protocol::jose::key_certificate::{KeyCertificate, issue};
use protocol::jose::token::{AccessTokenClaims, sign_access_token};
use protocol::resource::gate::{Decision, Gate};
use protocol::resource::options::{PluginEnvironment, parse};
use protocol::resource::request::{BodyPiece, HeaderBuffer, HeaderList, RequestView, Unreadable};
use protocol::scope::ScopeSet;
use protocol::settings::Profile;
use protocol::tenant::TenantId;
use std::collections::BTreeSet;

fn valid_token() -> String {
    let key = ed25519_dalek::SigningKey::from_bytes(&[2; 32]);
    let certificate = KeyCertificate::new(&key.verifying_key(), NOW, NOW.plus(60), 3_600);
    let claims = AccessTokenClaims {
        iss: "https://h.test/wiki".to_owned(),
        aud: vec!["https://h.test/wiki/mcp".to_owned()],
        sub: "alice".to_owned(),
        client_id: "c".to_owned(),
        scope: ScopeSet::new(),
        iat: NOW,
        nbf: NOW,
        exp: NOW.plus(60),
        jti: "j".to_owned(),
        mcpb_tid: TenantId::derive("wiki", "local", "", &[]),
        profile: Profile::default(),
    };
    let kcert = issue(&seed().signing_key(), &certificate);
    sign_access_token(&key, &certificate.thumbprint(), &kcert, &claims)
}

fn gate() -> Gate {
    let (key, anchor) = (seed().plugin_key().to_text(), seed().trust_anchor().to_text());
    let environment = PluginEnvironment { plugin_key: key.expose(), trust_anchor: &anchor };
    Gate::new(parse(br#"{"resource":"wiki","providerIssuer":"local"}"#, environment))
}

#[derive(Clone, Debug)]
struct Request {
    method: String,
    uri: String,
    headers: Vec<(String, Vec<u8>)>,
    lent: HeaderBuffer,
}

impl RequestView for Request {
    fn method(&mut self) -> Result<&[u8], Unreadable> {
        Ok(self.method.as_bytes())
    }
    fn uri(&mut self) -> Result<&[u8], Unreadable> {
        Ok(self.uri.as_bytes())
    }
    fn header_names(&mut self) -> Result<HeaderList<'_>, Unreadable> {
        self.lent = self.headers.iter().map(|(name, _)| name).collect();
        Ok(self.lent.list())
    }
    fn header(&mut self, name: &'static str) -> Result<HeaderList<'_>, Unreadable> {
        let same = |(known, _): &&(String, Vec<u8>)| known.eq_ignore_ascii_case(name);
        self.lent = self.headers.iter().filter(same).map(|(_, value)| value).collect();
        Ok(self.lent.list())
    }
    fn peer(&mut self) -> Result<&[u8], Unreadable> {
        Ok(b"192.0.2.1:1")
    }
    fn next_body_piece(&mut self) -> Result<BodyPiece<'_>, Unreadable> {
        Ok(BodyPiece { bytes: &[], is_last: true })
    }
    fn file(&mut self, _path: &str) -> Result<Vec<u8>, Unreadable> {
        Err(Unreadable::Failed("none".to_owned()))
    }
}

fn a_header() -> impl Strategy<Value = (String, Vec<u8>)> {
    let name = prop_oneof![
        Just("authorization".to_owned()),
        Just("cookie".to_owned()),
        Just("origin".to_owned()),
        Just("connection".to_owned()),
        Just("x-mcpb-route".to_owned()),
        Just("x_mcp_sub".to_owned()),
        "[a-z_.~-]{1,12}",
    ];
    let value = prop_oneof![
        "Bearer [A-Za-z0-9._-]{0,40}".prop_map(String::into_bytes),
        Just(b"Bearer eyJhbGciOiJub25lIn0.e30.".to_vec()),
        Just(b"https://h.test".to_vec()),
        prop::collection::vec(any::<u8>(), 0..40),
    ];
    (name, value)
}

fn a_request() -> impl Strategy<Value = Request> {
    let method = prop_oneof![Just("GET"), Just("POST"), Just("DELETE"), Just("OPTIONS"), Just("X")];
    let headers = prop::collection::vec(a_header(), 0..5);
    (method, a_path(), headers).prop_map(|(method, uri, mut headers)| {
        headers.push(("host".to_owned(), b"h.test".to_vec()));
        headers.push(("x-forwarded-proto".to_owned(), b"https".to_vec()));
        Request { method: method.to_owned(), uri, headers, lent: HeaderBuffer::new() }
    })
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn a_changed_token_is_never_forwarded(at in any::<prop::sample::Index>(), by in 1_u8..128) {
        let mut gate = gate();
        let mut ask = |token: String| {
            gate.decide(NOW, &mut Request {
                method: "POST".to_owned(),
                uri: "/wiki/mcp".to_owned(),
                headers: vec![
                    ("host".to_owned(), b"h.test".to_vec()),
                    ("x-forwarded-proto".to_owned(), b"https".to_vec()),
                    ("authorization".to_owned(), format!("Bearer {token}").into_bytes()),
                ],
                lent: HeaderBuffer::new(),
            })
        };
        let token = valid_token();
        prop_assert!(matches!(ask(token.clone()), Decision::ForwardMcp(_)));
        let mut changed = token.clone().into_bytes();
        let at = at.index(changed.len());
        changed[at] = (changed[at] ^ by) & 0x7f;
        let changed = String::from_utf8(changed).unwrap();
        // A space at the end is not part of the token.
        if changed.trim_end_matches(' ') != token.as_str() {
            prop_assert!(matches!(ask(changed), Decision::Respond(_)));
        }
        prop_assert!(matches!(ask(token), Decision::ForwardMcp(_)));
    }
}

proptest! {
    #![proptest_config(config(2_048))]

    #[test]
    fn the_gate_forwards_nothing_without_a_token_or_a_proof(mut request in a_request()) {
        match gate().decide(NOW, &mut request) {
            Decision::Respond(response) => {
                // Of the plugin's own responses, only those with metadata have the status 200.
                let metadata = response.status == 200 && request.uri.contains("/.well-known/");
                prop_assert!(metadata || (204..=503).contains(&response.status));
                for (name, value) in &response.headers {
                    prop_assert!(value.bytes().all(|b| (0x20..0x7f).contains(&b)), "{name}: {value}");
                }
                let names: BTreeSet<&str> = response.headers.iter().map(|(name, _)| *name).collect();
                prop_assert_eq!(names.len(), response.headers.len());
            }
            forwarded => prop_assert!(false, "{request:?}: {forwarded:?}"),
        }
    }
}
