//! Tests bodies of requests and of lists, whole and in pieces, under hosts that lie about them.

use wasm_host::{Guest, Lie, Outcome};

use crate::lies::LIES;
use crate::world::{MEMORY, checked, lie_at, plugin, state_with, token};

const OPTIONS: &str = r#"{"resource":"wiki","providerIssuer":"local","scopes":"read write","toolPolicy":"delete_*=admin","publicMethods":"initialize"}"#;
const DELETE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_page"}}"#;
const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
/// The context value of a request whose lists are cut.
const CUT: i32 = 2;

pub(crate) fn start() -> Guest {
    start_with(OPTIONS)
}

fn start_with(options: &str) -> Guest {
    plugin().start(state_with(options), MEMORY)
}

pub(crate) fn post(guest: &mut Guest, body: &[u8]) -> Outcome {
    let state = guest.state();
    state.request = [
        ("host", "h.test".to_owned()),
        ("x-forwarded-proto", "https".to_owned()),
        ("content-type", "application/json".to_owned()),
        ("accept-encoding", "gzip".to_owned()),
        ("authorization", format!("Bearer {}", token(1))),
    ]
    .map(|(name, value)| (name.to_owned(), value.into_bytes()))
    .to_vec();
    state.request_body = body.to_vec();
    checked(guest)
}

fn call(length: usize) -> Vec<u8> {
    let rest = r#"{"method":"tools/call","params":{"arguments":{"x":""},"name":"get"}}"#;
    let text: String = ('a'..='z').cycle().take(length.saturating_sub(rest.len())).collect();
    rest.replace(r#""x":"""#, &format!(r#""x":"{text}""#)).into_bytes()
}

#[test]
fn bodies_of_every_size_are_forwarded_whole_and_memory_does_not_grow() {
    let mut guest = start();
    assert_eq!(post(&mut guest, &call(100)), Outcome::Forwarded(0), "{:?}", guest.state().log);
    let before = guest.memory();
    for length in [100, 2_047, 2_048, 2_049, 4_095, 4_096, 4_097, 100_000, 1 << 20] {
        let body = call(length);
        assert_eq!(body.len(), length);
        assert_eq!(post(&mut guest, &body), Outcome::Forwarded(0), "{length}: {:?}", guest.state().log);
        assert!(guest.state().forwarded_body.as_ref() == Some(&body), "{length}");
    }
    assert_eq!(post(&mut guest, &call((1 << 20) + 1)), Outcome::Stopped);
    assert_eq!(guest.state().status, 413);
    assert_eq!(guest.memory(), before, "nothing is kept of a body");
    assert_eq!(post(&mut guest, b""), Outcome::Stopped);
    assert_eq!((guest.state().status, guest.state().forwarded_body.clone()), (400, None));
    guest.state().method = b"GET".to_vec();
    assert_eq!(post(&mut guest, b""), Outcome::Forwarded(0));
    assert_eq!(guest.state().forwarded_body, None, "a request without a body keeps none");
}

/// The number of instructions for the second of two equal requests.
fn instructions(options: &str, body: &[u8]) -> u64 {
    let mut guest = start_with(options);
    for _ in 0..2 {
        assert_eq!(post(&mut guest, body), Outcome::Forwarded(0), "{:?}", guest.state().log);
    }
    guest.instructions()
}

/// The policy has two dozen rules. A factor of two would be better (docs/performance.md).
#[test]
fn a_call_of_1_kb_takes_less_than_two_and_a_fifth_times_the_instructions_and_other_requests_no_more() {
    let rules: Vec<String> = (0..24).map(|number| format!("delete_{number}_*=admin")).collect();
    let options = OPTIONS.replace("delete_*=admin", &rules.join(", "));
    let plain = instructions(crate::world::TENANT, &call(1_000));
    let decided = instructions(&options, &call(1_000));
    println!("{plain} without a policy, {decided} with one");
    assert!(5 * decided < 11 * plain, "{plain} without a policy, {decided} with one");
    let large = instructions(&options, &call(1 << 20));
    println!("{large} for 1 MiB");
    assert!(large < 1_600_000, "{large}");
    assert_eq!(instructions(crate::world::TENANT, b""), plain, "without a policy no body is read");
}

/// Lies about bodies, in addition to the lies about any request: the host passes another body.
const OTHERS: [Lie; 3] = [Lie::Instead(b"{}"), Lie::Instead(b"[]"), Lie::Instead(br#"{"method":"ping"}"#)];

/// The body that is forwarded is the one about which the plugin decided, whatever the host says.
#[test]
fn no_lie_about_a_body_forwards_a_call_that_needs_more() {
    let mut forwarded = 0;
    for body in [
        DELETE.to_owned(),
        format!("{DELETE}{}", " ".repeat(5_000)),
        format!("{}{DELETE}", " ".repeat(3_000)),
    ] {
        for at in 0..24 {
            for lie in LIES.iter().chain(&OTHERS) {
                let mut guest = start();
                assert_eq!(post(&mut guest, &call(300)), Outcome::Forwarded(0));
                lie_at(&mut guest, at, *lie);
                let outcome = post(&mut guest, body.as_bytes());
                if matches!(outcome, Outcome::Forwarded(_)) {
                    forwarded += 1;
                    let sent = guest.state().forwarded_body.clone().unwrap_or_default();
                    let sent = String::from_utf8_lossy(&sent);
                    assert!(
                        !sent.contains("delete_page") && !sent.contains("abcdef"),
                        "{lie:?} at {at}: {sent}"
                    );
                }
                guest.state().liar = None;
                assert_eq!(post(&mut guest, DELETE.as_bytes()), Outcome::Stopped, "{lie:?} at {at}");
                assert_eq!(guest.state().status, 403);
                assert_eq!(post(&mut guest, &call(300)), Outcome::Forwarded(0), "{lie:?} at {at}");
            }
        }
    }
    assert!(forwarded > 0, "a host that passes another body has that one decided");
}

/// Lets the MCP server respond with this list. Returns `false` if the plugin trapped.
fn respond(guest: &mut Guest, body: &str) -> bool {
    let state = guest.state();
    state.body = body.as_bytes().to_vec();
    state.response = [("content-type", "application/json"), ("content-length", "1"), ("etag", "x")]
        .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
        .to_vec();
    guest.response(CUT, false)
}

fn tools(count: usize) -> String {
    let tools = vec![r#"{"name":"delete_page"},{"name":"get_page","inputSchema":{"type":"object"}}"#; count];
    format!(r#"{{"id":1,"result":{{"tools":[{}]}}}}"#, tools.join(","))
}

#[test]
fn lists_are_cut_in_bounded_memory() {
    let mut guest = start();
    for count in [1, 100, 9_000] {
        assert_eq!(post(&mut guest, LIST.as_bytes()), Outcome::Forwarded(CUT), "{:?}", guest.state().log);
        assert!(guest.state().buffered && guest.state().values("accept-encoding").is_empty());
        assert!(respond(&mut guest, &tools(count)));
        let expected = tools(count).replace(r#"{"name":"delete_page"},"#, "");
        assert!(guest.state().body == expected.as_bytes(), "{count}: {:?}", guest.state().log);
        let length = guest
            .state()
            .response
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .cloned();
        assert_eq!(length.map(|(_, value)| value), Some(expected.len().to_string().into_bytes()));
    }
    // The largest list that is cut, and a list with one byte more.
    let largest = tools(1) + &" ".repeat((4 << 20) - tools(1).len());
    for (list, status) in [(largest.clone(), 200), (largest + " ", 502)] {
        assert_eq!(post(&mut guest, LIST.as_bytes()), Outcome::Forwarded(CUT));
        assert!(respond(&mut guest, &list));
        let state = guest.state();
        assert_eq!(state.status, status, "{:?}", state.log);
        assert!(!String::from_utf8_lossy(&state.body).contains("delete_page"));
    }
    let memory = guest.memory();
    assert!(memory <= 13 << 20, "{memory}");
}

#[test]
fn no_lie_about_a_list_delivers_what_the_token_may_not_use() {
    for at in 0..24 {
        for lie in LIES.iter().chain(&OTHERS) {
            let mut guest = start();
            assert_eq!(post(&mut guest, LIST.as_bytes()), Outcome::Forwarded(CUT));
            guest.state().calls.clear();
            lie_at(&mut guest, at, *lie);
            let trapped = !respond(&mut guest, &tools(3));
            let state = guest.state();
            let body = String::from_utf8_lossy(&state.body).into_owned();
            // Traefik closes the connection after a trap.
            assert!(trapped || !body.contains("delete_page"), "{lie:?} at {at}: {} {body}", state.status);
            state.liar = None;
            assert_eq!(post(&mut guest, DELETE.as_bytes()), Outcome::Stopped);
        }
    }
}

/// Neither a response that Traefik did not get as a whole nor a response for which the instance has no filter is
/// delivered.
#[test]
fn what_is_not_known_is_not_delivered() {
    let mut guest = start();
    assert_eq!(post(&mut guest, LIST.as_bytes()), Outcome::Forwarded(CUT));
    guest.state().body = tools(1).into_bytes();
    assert!(guest.response(CUT, true));
    assert_eq!(guest.state().status, 502);
    assert!(!String::from_utf8_lossy(&guest.state().body).contains("delete_page"));
    // A second response to the same request, for which the filter is used up.
    guest.state().body = tools(1).into_bytes();
    assert!(guest.response(CUT, false));
    assert_eq!(guest.state().status, 503);
}

#[test]
fn a_request_without_a_token_reaches_public_methods_alone() {
    for (body, forwarded) in
        [(r#"{"method":"initialize"}"#, true), (r#"{"method":"ping"}"#, false), (DELETE, false)]
    {
        let mut guest = start();
        let state = guest.state();
        let length = body.len().to_string();
        state.request = [
            ("host", "h.test"),
            ("x-forwarded-proto", "https"),
            ("content-type", "application/json"),
            ("content-length", length.as_str()),
            ("x-mcp-sub", "eve"),
        ]
        .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
        .to_vec();
        state.request_body = body.as_bytes().to_vec();
        let outcome = guest.request();
        assert_eq!(outcome, if forwarded { Outcome::Forwarded(0) } else { Outcome::Stopped }, "{body}");
        let state = guest.state();
        assert!(state.values("x-mcp-sub").is_empty() || !forwarded);
        assert!(forwarded || state.status == 401, "{body}");
    }
}
