//! Tests a clock and files that change from call to call.

use ed25519_dalek::SigningKey;
use protocol::resource::revocation_list::RevocationList;
use protocol::time::UnixTime;
use wasm_host::{Guest, Lie, Outcome};

use crate::tenant::{key_set, signing_key};
use crate::world::{MEMORY, NOW, ask, bad_tokens, is_sound, plugin, start, state, token};

#[test]
fn a_token_is_forwarded_within_its_times_only() {
    let mut guest = start();
    for now in [NOW, NOW + 3_661, NOW, 0, NOW + 10, u64::MAX / 1_000_000_000, NOW + 3_599, NOW - 61, NOW + 5]
    {
        guest.state().now = now;
        let inside = (NOW - 60..NOW + 3_660).contains(&now);
        let outcome = ask(&mut guest, Some(token(1)));
        assert_eq!(outcome == Outcome::Forwarded(0), inside, "{now}: whatever was remembered");
        assert_eq!(ask(&mut guest, Some(&bad_tokens()[1])), Outcome::Stopped);
    }
    // A clock that fails.
    guest.state().liar = Some(Box::new(|name, _| (name == "clock_time_get").then_some(Lie::Size(52))));
    assert_eq!((ask(&mut guest, Some(token(1))), guest.state().status), (Outcome::Stopped, 503));
    guest.state().now = NOW;
    is_sound(&mut guest);
}

/// A tenant whose keys come from a file alone.
fn from_file() -> Guest {
    let mut state = state();
    state.config =
        br#"{"resource":"wiki","providerIssuer":"local","scopes":"read","jwksFile":"/keys/jwks.json"}"#
            .to_vec();
    state.environment.truncate(1);
    state.files.insert("jwks.json".to_owned(), key_set(&signing_key()));
    plugin().start(state, MEMORY)
}

#[test]
fn a_key_file_may_change_and_vanish() {
    let mut guest = from_file();
    is_sound(&mut guest);
    // The file is gone: the previous keys stay in use.
    let file = guest.state().files.remove("jwks.json").unwrap();
    guest.state().now = NOW + 400;
    is_sound(&mut guest);
    // The file holds other keys: tokens that were verified with the previous keys are no longer valid.
    guest.state().files.insert("jwks.json".to_owned(), key_set(&SigningKey::from_bytes(&[9; 32])));
    guest.state().now = NOW + 800;
    assert_eq!((ask(&mut guest, Some(token(1))), guest.state().status), (Outcome::Stopped, 401));
    guest.state().files.insert("jwks.json".to_owned(), file);
    guest.state().now = NOW + 1_200;
    is_sound(&mut guest);
    // The file is missing from the start.
    let mut guest = from_file();
    guest.state().files.clear();
    assert_eq!((ask(&mut guest, Some(token(1))), guest.state().status), (Outcome::Stopped, 503));
}

#[test]
fn a_malformed_key_file_gives_503() {
    let big = vec![b' '; 300 * 1024];
    for content in [&b""[..], b"{}", b"[]", b"{\"keys\":[]}", b"\0", &key_set(&signing_key())[..40], &big] {
        let mut guest = from_file();
        guest.state().files.insert("jwks.json".to_owned(), content.to_vec());
        assert_eq!((ask(&mut guest, Some(token(1))), guest.state().status), (Outcome::Stopped, 503));
        guest.state().files.insert("jwks.json".to_owned(), key_set(&signing_key()));
        guest.state().now = NOW + 10;
        is_sound(&mut guest);
    }
}

#[test]
fn failing_or_lying_reads_of_the_key_file_admit_no_invalid_token() {
    for name in ["fd_prestat_get", "fd_prestat_dir_name", "path_open", "fd_read", "fd_close"] {
        for lie in [Lie::Size(8), Lie::Size(29), Lie::OneMore, Lie::Overwrite(0x7fff_ffff), Lie::Trap] {
            let mut guest = from_file();
            guest.state().liar = Some(Box::new(move |called, _| (called == name).then_some(lie)));
            let good = ask(&mut guest, Some(token(1)));
            // A file that is not closed, or a lie that does not apply to the call, has no effect.
            let harmless = !matches!(lie, Lie::Trap) && (name == "fd_close" || !matches!(lie, Lie::Size(_)));
            let read_lie = name == "fd_read" && matches!(lie, Lie::OneMore | Lie::Overwrite(_));
            assert_eq!(good == Outcome::Forwarded(0), harmless && !read_lie, "{name} {lie:?}: {good:?}");
            assert!(!matches!(ask(&mut guest, Some(&bad_tokens()[1])), Outcome::Forwarded(_)));
            guest.state().now = NOW + 10;
            is_sound(&mut guest);
        }
    }
}

/// A tenant with a list of revoked grants.
fn with_revocations(list: &RevocationList) -> Guest {
    let mut state = state();
    state.config =
        br#"{"resource":"wiki","providerIssuer":"local","scopes":"read write","revocationFile":"/keys/revoked"}"#
            .to_vec();
    state.files.insert("revoked".to_owned(), list.to_text().into_bytes());
    plugin().start(state, MEMORY)
}

/// The id of this user's grant, as [`token`] writes it.
fn grant(user: usize) -> String {
    format!("{user:0>22}")
}

#[test]
fn a_revocation_list_may_change_vanish_and_be_cut() {
    let none = RevocationList::default();
    let mut guest = with_revocations(&none);
    is_sound(&mut guest);
    let ids = [grant(1)];
    let revoked = RevocationList::new(UnixTime::default(), ids.iter().map(String::as_str)).to_text();
    guest.state().files.insert("revoked".to_owned(), revoked.clone().into_bytes());
    guest.state().now = NOW + 2;
    assert_eq!((ask(&mut guest, Some(token(1))), guest.state().status), (Outcome::Stopped, 401));
    assert_eq!(ask(&mut guest, Some(token(2))), Outcome::Forwarded(0));
    // The list is cut anywhere, too long, or gone: nothing is forwarded until the next whole list.
    let mut now = NOW + 2;
    let damaged: Vec<Option<Vec<u8>>> = (0..revoked.len())
        .step_by(7)
        .map(|cut| Some(revoked.as_bytes()[..cut].to_vec()))
        .chain([None, Some(vec![b'\n'; 300 * 1024]), Some([revoked.as_bytes(), b"\n"].concat())])
        .collect();
    for content in damaged {
        now += 2;
        guest.state().now = now;
        match content {
            Some(content) => guest.state().files.insert("revoked".to_owned(), content),
            None => guest.state().files.remove("revoked"),
        };
        for user in [1, 2] {
            assert_eq!((ask(&mut guest, Some(token(user))), guest.state().status), (Outcome::Stopped, 503));
        }
    }
    guest.state().now = now + 2;
    guest.state().files.insert("revoked".to_owned(), none.to_text().into_bytes());
    is_sound(&mut guest);
}

#[test]
fn failing_or_lying_reads_of_the_revocation_list_admit_nobody() {
    let ids = [grant(1)];
    let list = RevocationList::new(UnixTime::default(), ids.iter().map(String::as_str));
    for name in ["fd_prestat_get", "fd_prestat_dir_name", "path_open", "fd_read", "fd_close"] {
        for lie in [Lie::Size(8), Lie::Size(29), Lie::OneMore, Lie::Overwrite(0x7fff_ffff), Lie::Trap] {
            let mut guest = with_revocations(&list);
            guest.state().liar = Some(Box::new(move |called, _| (called == name).then_some(lie)));
            assert!(!matches!(ask(&mut guest, Some(token(1))), Outcome::Forwarded(_)), "{name} {lie:?}");
        }
    }
}
