//! Tests values that no honest host would pass, and values that Traefik does pass.

use wasm_host::Outcome;

use crate::world::{ask, checked, is_sound, start, token};

fn with(headers: &[(&str, &[u8])]) -> Vec<(String, Vec<u8>)> {
    let usual: [(&str, &[u8]); 2] = [("host", b"h.test"), ("x-forwarded-proto", b"https")];
    usual.iter().chain(headers).map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect()
}

#[test]
fn headers_with_nul_or_without_text_are_refused() {
    let bearer = format!("Bearer {}", token(1)).into_bytes();
    let cut = [&bearer[..500], b"\0", &bearer[500..]].concat();
    let behind = [&bearer[..], b"\0"].concat();
    let before = [b"\0", &bearer[..]].concat();
    let twice = [&bearer[..], b"\0", &bearer[..]].concat();
    let binary = [&bearer[..], b"\xff"].concat();
    let mut guest = start();
    is_sound(&mut guest);
    for value in [&cut, &behind, &before, &twice, &binary, &b"\xff\xfe".to_vec(), &Vec::new()] {
        guest.state().request = with(&[("authorization", value)]);
        assert_eq!(checked(&mut guest), Outcome::Stopped);
        assert!((400..=503).contains(&guest.state().status));
        is_sound(&mut guest);
    }
    let twice_sent = with(&[("authorization", &bearer), ("authorization", &bearer)]);
    guest.state().request = twice_sent;
    assert_eq!((checked(&mut guest), guest.state().status), (Outcome::Stopped, 400));
    for name in ["x\0y", "\0", "x\u{ff}"] {
        guest.state().request = with(&[("authorization", &bearer), (name, b"v")]);
        let outcome = checked(&mut guest);
        assert!(outcome == Outcome::Stopped || name == "x\u{ff}", "{name:?}");
        is_sound(&mut guest);
    }
}

#[test]
fn huge_header_lists_are_refused() {
    let mut guest = start();
    let bearer = format!("Bearer {}", token(2)).into_bytes();
    for count in [10, 100, 1_000, 10_000, 100_000] {
        let mut headers = with(&[("authorization", &bearer)]);
        headers.extend((0..count).map(|at| (format!("x-header-{at}"), b"v".to_vec())));
        guest.state().request = headers;
        let outcome = checked(&mut guest);
        let fits = count <= 1_000;
        assert_eq!(outcome == Outcome::Forwarded(0), fits, "{count}: {outcome:?}");
        is_sound(&mut guest);
    }
    assert!(guest.memory() <= 512 * 1024, "what is too long is not read: {} bytes", guest.memory());
    for size in [2_047, 2_048, 2_049, 8_000, 8_300, 66_000, 1_000_000] {
        let value = [b"Bearer ".to_vec(), vec![b'a'; size]].concat();
        guest.state().request = with(&[("authorization", &value)]);
        assert_eq!(checked(&mut guest), Outcome::Stopped);
        assert!(matches!(guest.state().status, 400 | 401), "{size}: {}", guest.state().status);
        is_sound(&mut guest);
    }
}

#[test]
fn hosts_and_paths_of_others_are_refused() {
    let mut guest = start();
    for (host, uri) in [
        ("evil.test", "/wiki/mcp"),
        ("h.test", "/wikipedia"),
        ("h.test", "/wiki/../mcp"),
        ("h.test", "/wiki/%2e%2e/mcp"),
        ("h.test", "/wiki//mcp"),
        ("h.test", "/wiki/oauth/token"),
        ("h.test", "/wiki/mcp?access_token=x"),
        ("h.test", ""),
        ("h.test", "wiki/mcp"),
        ("", "/wiki/mcp"),
        ("h.test\0evil", "/wiki/mcp"),
    ] {
        // A request is forwarded first, so that the instance remembers as much as it can.
        assert_eq!(ask(&mut guest, Some(token(1))), Outcome::Forwarded(0));
        let bearer = format!("Bearer {}", token(1)).into_bytes();
        let headers: [(&str, &[u8]); 3] =
            [("host", host.as_bytes()), ("x-forwarded-proto", b"https"), ("authorization", &bearer)];
        guest.state().request = headers.map(|(name, value)| (name.to_owned(), value.to_vec())).to_vec();
        guest.state().uri = uri.as_bytes().to_vec();
        assert_eq!(checked(&mut guest), Outcome::Stopped, "{host} {uri}");
        guest.state().uri = b"/wiki/mcp".to_vec();
    }
    is_sound(&mut guest);
}
