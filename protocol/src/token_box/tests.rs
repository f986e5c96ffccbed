//! Tests what opens a box, and what does not.

use super::*;
use crate::context::{PluginKey, PluginKeys};
use crate::encoding::{b64url_decode, b64url_encode};
use crate::secret::Secret;
use crate::settings::{BoxItem, Profile};
use crate::tenant::TenantId;
use proptest::prelude::*;

fn key(byte: u8) -> PluginKey {
    PluginKey::new(Secret::new([byte; 32]))
}

fn keys(bytes: &[u8]) -> PluginKeys {
    PluginKeys::new(key(bytes[0]), bytes[1..].iter().map(|byte| key(*byte)).collect())
}

fn tid(name: &str) -> TenantId {
    TenantId::derive(name, "local", "", &[])
}

fn binding() -> BoxBinding<'static> {
    BoxBinding { issuer: "https://wiki.example", tid: tid("wiki"), jti: "token-1" }
}

fn contents() -> BoxContents {
    let mut contents = BoxContents::new();
    contents.insert(BoxItem::Email, "ann@example.com");
    contents.insert(BoxItem::Name, "Ann J\u{e4}ger");
    contents.insert(BoxItem::Groups, "a,b");
    contents.insert(BoxItem::Groups, "\"]");
    contents.insert(BoxItem::UpstreamToken, "gho_16C7e42F292c6912E7710c838347Ae178B4a");
    contents
}

#[test]
fn a_box_opens_in_its_own_token_alone() {
    let sealed = seal(&key(1), &binding(), &contents());
    assert_eq!(open(&keys(&[1]), &sealed, &binding()), Ok(contents()));
    assert_eq!(open(&keys(&[2, 1]), &sealed, &binding()), Ok(contents()), "a key that is no longer first");
    for other in [
        BoxBinding { jti: "token-2", ..binding() },
        BoxBinding { issuer: "https://other.example", ..binding() },
        BoxBinding { tid: tid("notes"), ..binding() },
        // The same bytes of issuer and `jti` together, divided at another place.
        BoxBinding { issuer: "https://wiki.exampl", jti: "etoken-1", ..binding() },
    ] {
        assert_eq!(open(&keys(&[1]), &sealed, &other), Err(BoxError::DoesNotOpen), "{other:?}");
    }
    assert_eq!(open(&keys(&[2, 3]), &sealed, &binding()), Err(BoxError::DoesNotOpen));
}

#[test]
fn a_box_is_not_sealed_under_the_key_of_another_purpose() {
    use crate::context::{RoutedRequest, open_route, seal_route};
    use crate::time::UnixTime;
    let sealed = seal(&key(1), &binding(), &contents());
    let request = RoutedRequest { method: "GET", host: "h", path: "/" };
    let now = UnixTime::new(1);
    let as_route = ["v1.", &sealed].concat();
    assert!(open_route(&keys(&[1]), &as_route, now, request).is_err());
    let route = seal_route(&keys(&[1]), now, request);
    let bytes = b64url_decode(route.strip_prefix("v1.").unwrap()).unwrap();
    let as_box = b64url_encode(&[&[1], &bytes[..]].concat());
    assert_eq!(open(&keys(&[1]), &as_box, &binding()), Err(BoxError::DoesNotOpen));
}

#[test]
fn a_box_shows_nothing_of_its_content() {
    let sealed = seal(&key(1), &binding(), &contents());
    let bytes = b64url_decode(&sealed).unwrap();
    for text in ["ann", "example", "a,b", "gho_"] {
        assert!(!bytes.windows(text.len()).any(|part| part == text.as_bytes()), "{text}");
    }
    let printed = format!("{:?}", contents());
    assert!(printed.contains("Email") && !printed.contains("ann"), "{printed}");
    // The same content sealed for another token differs from the first byte after the version.
    let other = seal(&key(1), &BoxBinding { jti: "token-2", ..binding() }, &contents());
    assert_ne!(b64url_decode(&other).unwrap()[1..9], bytes[1..9]);
}

#[test]
fn what_is_no_box_is_malformed() {
    let sealed = seal(&key(1), &binding(), &contents());
    let mut later = b64url_decode(&sealed).unwrap();
    later[0] = 2;
    for text in ["", "A", "=", &format!("{sealed}="), &b64url_encode(&later)] {
        assert_eq!(open(&keys(&[1]), text, &binding()), Err(BoxError::Malformed), "{text}");
    }
    assert_eq!(open(&keys(&[1]), "AQ", &binding()), Err(BoxError::DoesNotOpen), "a version and nothing");
}

#[test]
fn plaintexts_that_are_not_written_here_are_refused() {
    for plain in [
        &[1][..],
        &[1, 2, b'a'],
        &[8, 1, b'a'],
        &[0, 0],
        &[1, 1, 0xff],
        &[7, 0],
        &[7, 2, 5, b'a'],
        &[1, 0x80, 0x80, 0x80, 0],
        &[1, 0xff],
    ] {
        assert_eq!(format::decode(plain), None, "{plain:?}");
    }
    assert_eq!(format::decode(&[]), Some(BoxContents::new()));
}

/// A JWT of 4 KiB, as large providers issue them, becomes a quarter smaller.
#[test]
fn a_jwt_is_written_as_the_bytes_of_its_parts() {
    let part = |length: usize| b64url_encode(&vec![7; length]);
    let jwt = [part(90), part(2_700), part(256)].join(".");
    assert!(jwt.len() > 4_000);
    let of = |token: &str| {
        let mut contents = BoxContents::new();
        contents.insert(BoxItem::UpstreamToken, token);
        contents
    };
    assert!(format::encode(&of(&jwt)).len() < 3_100);
    for token in
        [jwt.as_str(), "a.b", "opaque/token==", "", "..", "eyJhbGciOiJkaXIifQ..aXY.Y3Q.dGFn", "AB", "AR"]
    {
        assert_eq!(format::decode(&format::encode(&of(token))), Some(of(token)), "{token}");
    }
}

#[test]
fn a_profile_gives_what_is_asked_for_and_no_unverified_address() {
    let profile = Profile {
        email: Some("ann@example.com".to_owned()),
        email_verified: Some(true),
        name: Some("Ann".to_owned()),
        preferred_username: Some("ann".to_owned()),
        groups: ["b".to_owned(), "a".to_owned()].into(),
        ..Profile::default()
    };
    let one = |items: &[BoxItem], profile: &Profile| BoxContents::of_profile(profile, items);
    let texts = |contents: &BoxContents, item| contents.texts(item).map(str::to_owned).collect::<Vec<_>>();
    let all = one(&[BoxItem::Email, BoxItem::Name, BoxItem::Username, BoxItem::Groups], &profile);
    assert_eq!(texts(&all, BoxItem::Email), ["ann@example.com"]);
    assert_eq!(texts(&all, BoxItem::Name), ["Ann"]);
    assert_eq!(texts(&all, BoxItem::Username), ["ann"]);
    assert_eq!(texts(&all, BoxItem::Groups), ["a", "b"]);
    assert_eq!(all.clone().without(BoxItem::Groups).texts(BoxItem::Groups).count(), 0);
    let name = one(&[BoxItem::Name], &profile);
    assert_eq!((texts(&name, BoxItem::Email), texts(&name, BoxItem::Name)), (vec![], vec!["Ann".to_owned()]));
    for verified in [None, Some(false)] {
        let unverified = Profile { email_verified: verified, ..profile.clone() };
        assert!(one(&[BoxItem::Email], &unverified).is_empty(), "{verified:?}");
    }
    assert!(one(&[BoxItem::Email], &Profile::default()).is_empty());
}

proptest! {
    #[test]
    fn any_content_comes_back(
        email in ".{0,40}", groups in prop::collection::vec(".{0,20}", 0..5), token in r"[A-Za-z0-9_.\-]{0,60}|.{0,20}",
    ) {
        let mut contents = BoxContents::new();
        contents.insert(BoxItem::Email, &email);
        for group in &groups {
            contents.insert(BoxItem::Groups, group);
        }
        contents.insert(BoxItem::UpstreamToken, &token);
        let sealed = seal(&key(1), &binding(), &contents);
        prop_assert_eq!(open(&keys(&[1]), &sealed, &binding()), Ok(contents));
    }

    #[test]
    fn no_changed_byte_opens(at in any::<prop::sample::Index>(), change in 1_u8..) {
        let mut bytes = b64url_decode(&seal(&key(1), &binding(), &contents())).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        prop_assert!(open(&keys(&[1]), &b64url_encode(&bytes), &binding()).is_err());
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(plain in prop::collection::vec(any::<u8>(), 0..80)) {
        if let Some(contents) = format::decode(&plain) {
            prop_assert_eq!(format::decode(&format::encode(&contents)), Some(contents));
        }
    }
}
