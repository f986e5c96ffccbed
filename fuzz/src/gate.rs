//! Fuzzes the whole gate with several requests to one instance.

use protocol::context::seal_route;
use protocol::resource::gate::{Decision, Gate};
use protocol::resource::header_name::HeaderName;
use protocol::resource::header_value::HeaderValue;
use protocol::resource::options::{PluginEnvironment, parse};
use protocol::resource::request::{BodyPiece, Editor, HeaderBuffer, HeaderList, RequestView, Unreadable};

use crate::sealed::{asked, keys};
use crate::signed::{NOW, seed, token};

/// A request, parsed from lines: the method, the URI, then the headers. `TOKEN` is replaced by the only valid token,
/// `PROOF` by the route proof of `GET /wiki/oauth/authorize`.
struct Request {
    method: Vec<u8>,
    uri: Vec<u8>,
    headers: Vec<(String, Vec<u8>)>,
    lent: HeaderBuffer,
}

impl Request {
    fn parse(data: &[u8]) -> Self {
        let mut lines = data.split(|byte| *byte == b'\n');
        let mut line = || lines.next().unwrap_or_default().to_vec();
        let (method, uri) = (line(), line());
        let header = |line: &[u8]| {
            let at = line.iter().position(|byte| *byte == b':')?;
            let name = String::from_utf8_lossy(&line[..at]).to_ascii_lowercase();
            let value = line[at + 1..].trim_ascii();
            let proof = seal_route(&keys(), NOW, asked("/wiki/oauth/authorize"));
            let value = match value {
                b"Bearer TOKEN" => format!("Bearer {}", token()).into_bytes(),
                b"PROOF" => proof.into_bytes(),
                other => other.to_vec(),
            };
            // As in HTTP, names and values contain no NUL.
            (!name.contains('\0') && !value.contains(&0)).then_some((name, value))
        };
        let headers = lines.filter_map(header).collect();
        Self { method, uri, headers, lent: HeaderBuffer::new() }
    }

    fn values(&self, name: &str) -> Vec<&[u8]> {
        self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_slice()).collect()
    }
}

impl RequestView for Request {
    fn method(&mut self) -> Result<&[u8], Unreadable> {
        Ok(&self.method)
    }
    fn uri(&mut self) -> Result<&[u8], Unreadable> {
        Ok(&self.uri)
    }
    fn header_names(&mut self) -> Result<HeaderList<'_>, Unreadable> {
        self.lent = self.headers.iter().map(|(name, _)| name).collect();
        Ok(self.lent.list())
    }
    fn header(&mut self, name: &'static str) -> Result<HeaderList<'_>, Unreadable> {
        self.lent = self.values(name).into_iter().collect();
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

/// The edits that the gate makes.
#[derive(Default)]
struct Told {
    removed: Vec<String>,
    set: Vec<(String, String)>,
}

impl Editor for Told {
    type Error = ();

    fn remove(&mut self, name: &str) -> Result<(), ()> {
        self.removed.push(name.to_owned());
        Ok(())
    }
    fn set(&mut self, name: HeaderName<'_>, value: &HeaderValue) -> Result<(), ()> {
        self.set.push((name.as_str().to_owned(), value.to_string()));
        Ok(())
    }
}

/// No request is forwarded without the token or, to the sidecar, without the proof; and a gate without a cache makes
/// the same decision.
pub(crate) fn gate(data: &[u8]) {
    let (key, anchor) = (seed().plugin_key().to_text(), seed().trust_anchor().to_text());
    let environment = PluginEnvironment { plugin_key: key.expose(), trust_anchor: &anchor };
    let options = br#"{"resource":"wiki","providerIssuer":"local","scopes":"read write"}"#;
    let mut gate = Gate::new(parse(options, environment));
    let mut forgetting = Gate::new(parse(options, environment));
    for request in data.split(|byte| *byte == 0) {
        let mut request = Request::parse(request);
        let decision = gate.decide(NOW, &mut request);
        forgetting.forget();
        assert_eq!(decision, forgetting.decide(NOW, &mut request), "with and without memory");
        match decision {
            Decision::ForwardMcp(forward) => {
                let [value] = request.values("authorization")[..] else { panic!("one header") };
                let value = String::from_utf8_lossy(value);
                let (scheme, credentials) = value.split_once(' ').unwrap_or_default();
                assert!(scheme.eq_ignore_ascii_case("bearer") && credentials.trim_matches(' ') == token());
                let mut told = Told::default();
                forward.apply(&mut told).expect("an editor that does what it is told");
                assert!(told.removed.iter().any(|name| name == "authorization"));
                let told: Vec<_> = told.set.iter().filter(|(name, _)| *name == "X-Mcp-Sub").collect();
                assert!(told.len() == 1 && told[0].1 == "alice");
            }
            Decision::ForwardOAuth(_) => {
                assert!(!request.values("x-mcpb-route").is_empty(), "only with a proof");
            }
            Decision::ForwardRoute(_) => panic!("another role"),
            Decision::Respond(response) => {
                assert!(matches!(response.status, 200 | 204 | 400..=405 | 421 | 503), "{}", response.status);
                let visible = |value: &str| value.bytes().all(|byte| (0x20..0x7f).contains(&byte));
                assert!(response.headers.iter().all(|(_, value)| visible(value)), "{:?}", response.headers);
                if response.status == 200 {
                    let document: serde_json::Value = serde_json::from_str(&response.body).expect("JSON");
                    assert!(document.get("resource").or(document.get("issuer")).is_some(), "{document}");
                }
            }
        }
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let usual = "host:h.test\nx-forwarded-proto:https";
    [
        format!(
            "POST\n/wiki/mcp\n{usual}\nauthorization:Bearer TOKEN\nx_mcp_sub:eve\ncookie:a=b; mcpb-dev-x=c"
        ),
        format!("POST\n/wiki/mcp\n{usual}"),
        format!("GET\n/wiki/oauth/authorize?a=b\n{usual}\nx-mcpb-route:PROOF"),
        format!("GET\n/wiki/oauth/authorize\n{usual}"),
        format!("OPTIONS\n/wiki/mcp\n{usual}\norigin:https://a.test\naccess-control-request-headers:x"),
        format!(
            "POST\n/wiki/mcp\n{usual}\nauthorization:Bearer TOKEN\0POST\n/wiki/mcp\n{usual}\nauthorization:x"
        ),
        format!("GET\n/.well-known/oauth-protected-resource/wiki/mcp\n{usual}\nconnection:x-mcp-sub, close"),
        format!("GET\n/wiki/.well-known/openid-configuration\n{usual}"),
        "POST\n/wiki/mcp\nhost:h.test\nx-forwarded-proto:https,http\nauthorization:Bearer ".to_owned(),
    ]
    .map(String::into_bytes)
    .to_vec()
}
