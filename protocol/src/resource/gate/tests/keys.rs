//! Tests keys in a file: the file is read again after some time and when a request needs an unknown key, and a broken
//! file never loses the keys in use.

use super::*;
use crate::jose::anchor::TrustAnchors;
use crate::resource::shared_keys::SharedKeys;

fn seed_of(byte: u8) -> AnchorSeed {
    AnchorSeed::new(Secret::new([byte; 32]))
}

/// A `keys.json` with the keys of these seeds.
pub(in crate::resource::gate) fn file_of(seeds: &[u8]) -> String {
    let mut plugin = seeds.iter().map(|byte| seed_of(*byte).plugin_key());
    let anchors = seeds.iter().map(|byte| seed_of(*byte).trust_anchor()).collect();
    let plugin = PluginKeys::new(plugin.next().unwrap(), plugin.collect());
    SharedKeys { plugin, anchors: TrustAnchors::new(anchors) }.to_json().expose().clone()
}

/// A gate without keys in its environment.
fn gate_of(options: &Value) -> Gate {
    Gate::new(parse(options.to_string().as_bytes(), PluginEnvironment::default()))
}

fn tenant() -> Gate {
    gate_of(&json!({"resource": "wiki", "providerIssuer": "local", "scopes": "read write"}))
}

/// A request with a token that the anchor of this seed vouches for.
pub(in crate::resource::gate) fn call(anchor: u8) -> Request {
    let key = SigningKey::from_bytes(&[2; 32]);
    let certificate = KeyCertificate::new(&key.verifying_key(), NOW.minus(3_600), NOW.plus(3_600), 3_600);
    let kcert = issue(&seed_of(anchor).signing_key(), &certificate);
    let token = sign_access_token(&key, &certificate.thumbprint(), &kcert, &claims());
    request("POST", "/wiki/mcp").bearer(&token)
}

fn with(mut request: Request, file: Option<&str>) -> Request {
    request.file = file.map(Into::into);
    request
}

/// Status and log of the decision this many seconds after `NOW`; 200 if the request is forwarded.
fn at(gate: &mut Gate, seconds: u64, mut request: Request) -> (u16, String) {
    match gate.decide(NOW.plus(seconds), &mut request) {
        Decision::Respond(response) => (response.status, logged(&response).to_owned()),
        Decision::ForwardMcp(forward) => {
            (200, forward.log().map_or_else(String::new, |line| line.message.clone().into_owned()))
        }
        _ => (200, String::new()),
    }
}

/// The route proof that this gate of the route role seals.
fn proof(gate: &mut Gate, seconds: u64, file: &str) -> String {
    let mut request = request("POST", "/wiki/oauth/token").file(file);
    match gate.decide(NOW.plus(seconds), &mut request) {
        Decision::ForwardRoute(edits) => set(&edits).remove(0).1,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_file_is_read_every_minute() {
    let mut gate = tenant();
    let (old, new) = (file_of(&[1]), file_of(&[2]));
    assert_eq!(at(&mut gate, 0, with(call(1), Some(&old))).0, 200);
    assert_eq!(at(&mut gate, 59, with(call(1), Some(&new))).0, 200, "not read again yet");
    let (status, log) = at(&mut gate, 60, with(call(1), Some(&new)));
    assert_eq!(
        (status, log.as_str()),
        (401, "token: its key certificate is not signed by a configured trust anchor")
    );
    assert_eq!(at(&mut gate, 60, with(call(2), Some(&new))).0, 200);
    assert_eq!(at(&mut gate, 30, with(call(1), Some(&old))).0, 200, "the clock was set back");
}

#[test]
fn an_unknown_anchor_has_the_file_read_every_five_seconds_at_most() {
    let mut gate = tenant();
    let (old, both) = (file_of(&[1]), file_of(&[1, 2]));
    assert_eq!(at(&mut gate, 0, with(call(1), Some(&old))).0, 200);
    assert_eq!(at(&mut gate, 4, with(call(2), Some(&both))).0, 401, "read four seconds ago");
    assert_eq!(at(&mut gate, 5, with(call(2), Some(&both))).0, 200);
    assert_eq!(at(&mut gate, 5, with(call(1), Some(&both))).0, 200);
    assert_eq!(at(&mut gate, 10, with(call(3), Some(&both))).0, 401);
    assert_eq!(at(&mut gate, 14, with(call(4), Some(&file_of(&[4])))).0, 401, "read four seconds ago");
}

#[test]
fn a_route_proof_of_an_unknown_key_has_the_file_read() {
    let (old, turned) = (file_of(&[1]), file_of(&[2, 1]));
    let (mut route, mut gate) = (gate_of(&json!({"role": "route"})), tenant());
    let routed = |proof: String, file: &str| {
        request("POST", "/wiki/oauth/token").with("x-mcpb-route", proof).file(file)
    };
    let sealed = proof(&mut route, 0, &old);
    assert_eq!(at(&mut gate, 0, routed(sealed, &old)).0, 200);
    let sealed = proof(&mut route, 60, &turned);
    assert_eq!(at(&mut gate, 4, routed(sealed.clone(), &turned)).0, 503, "read four seconds ago");
    assert_eq!(at(&mut gate, 6, routed(sealed, &turned)).0, 200);
}

#[test]
fn a_file_that_was_never_usable_gives_503() {
    let whole = file_of(&[1]);
    let cut = &whole[..whole.len() / 2];
    for bad in [None, Some(""), Some(cut), Some("{}")] {
        for (mut gate, request) in [
            (tenant(), call(1)),
            (tenant(), request("GET", "/wiki/mcp")),
            (gate_of(&json!({"role": "route"})), request("POST", "/wiki/oauth/token")),
        ] {
            let (status, log) = at(&mut gate, 0, with(request.clone(), bad));
            assert_eq!(status, 503);
            assert!(log.starts_with("keys file /mcpbouncer/keys.json cannot be used: "), "{log}");
            assert!(log.contains("BOUNCER_SHARE_DIR") && log.contains("BOUNCER_PLUGIN_KEY"), "{log}");
            assert_eq!(at(&mut gate, 0, with(request.clone(), Some(&whole))).0, 503, "read in this second");
            assert_ne!(at(&mut gate, 1, with(request, Some(&whole))).0, 503);
        }
    }
}

#[test]
fn the_last_good_keys_stay_in_use() {
    let whole = file_of(&[1]);
    let cut = &whole[..whole.len() / 2];
    for bad in [None, Some(""), Some(cut)] {
        let mut gate = tenant();
        assert_eq!(at(&mut gate, 0, with(call(1), Some(&whole))).0, 200);
        let (status, log) = at(&mut gate, 60, with(call(1), bad));
        assert_eq!(status, 200);
        assert!(log.contains("the keys read before stay in use"), "{log}");
        assert_eq!(at(&mut gate, 65, with(call(1), bad)), (200, String::new()), "logged once");
        // Whether the file would hold the key is not known, which is not the client's fault.
        assert_eq!(at(&mut gate, 66, with(call(2), bad)).0, 503);
        assert_eq!(
            at(&mut gate, 70, with(call(2), Some(&file_of(&[2, 1])))).0,
            200,
            "read every 5 s until it is whole"
        );
        assert_eq!(at(&mut gate, 70, with(call(1), None)).0, 200);
    }
}

#[test]
fn a_key_that_left_the_file_is_trusted_no_longer() {
    let mut gate = tenant();
    assert_eq!(at(&mut gate, 0, with(call(1), Some(&file_of(&[1])))).0, 200);
    assert_eq!(at(&mut gate, 1, with(call(1), Some(&file_of(&[1])))).0, 200, "remembered");
    assert_eq!(at(&mut gate, 60, with(call(1), Some(&file_of(&[2])))).0, 401);
}

#[test]
fn an_anchor_among_the_options_goes_before_the_file() {
    let options = json!({
        "resource": "wiki", "providerIssuer": "local", "trustAnchor": seed_of(1).trust_anchor().to_text(),
    });
    let mut gate = gate_of(&options);
    assert_eq!(at(&mut gate, 0, with(call(1), Some(&file_of(&[2])))).0, 200);
    assert_eq!(at(&mut gate, 0, with(call(2), Some(&file_of(&[2])))).0, 401);
}
