//! Tests which claims are left out of a token that would be too long.

use super::*;
use crate::context::PluginKeys;
use crate::encoding::b64url_decode;
use crate::jose::token::sign_access_token;
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::tenant::TenantId;
use crate::time::UnixTime;
use crate::token_box::open;

fn claims(profile: Profile) -> AccessTokenClaims {
    AccessTokenClaims {
        iss: "https://h".to_owned(),
        aud: vec!["https://h/mcp".to_owned()],
        sub: "s".to_owned(),
        client_id: "c".to_owned(),
        scope: ScopeSet::new(),
        iat: UnixTime::new(1),
        nbf: UnixTime::new(1),
        exp: UnixTime::new(2),
        jti: "j".to_owned(),
        mcpb_tid: TenantId::derive("w", "local", "", &[]),
        profile,
    }
}

/// A signed token, and the claims that were left out.
#[derive(Debug)]
struct Signed {
    token: String,
    left_out: Vec<String>,
}

fn sign(claims: AccessTokenClaims) -> Result<Signed, TokenTooLong> {
    boxing(claims, BoxContents::new())
}

/// Signs a token with this box.
fn boxing(claims: AccessTokenClaims, contents: BoxContents) -> Result<Signed, TokenTooLong> {
    let key = PluginKey::new(Secret::new([3; 32]));
    let fitting = fit("kid", "kcert", claims, ToBox { key: &key, contents })?;
    let left_out = fitting.left_out.clone();
    Ok(Signed { token: fitting.sign(&SigningKey::from_bytes(&[2; 32])), left_out })
}

/// The box of a token, opened.
fn opened(token: &str) -> Option<BoxContents> {
    let payload = b64url_decode(token.split('.').nth(1).unwrap()).unwrap();
    let payload: Value = serde_json::from_slice(&payload).unwrap();
    let sealed = payload["mcpb_box"].as_str()?;
    let binding = BoxBinding { issuer: "https://h", tid: claims(Profile::default()).mcpb_tid, jti: "j" };
    let keys = PluginKeys::new(PluginKey::new(Secret::new([3; 32])), vec![]);
    Some(open(&keys, sealed, &binding).unwrap())
}

fn a_box(texts: &[(BoxItem, &str)]) -> BoxContents {
    let mut contents = BoxContents::new();
    for (item, text) in texts {
        contents.insert(*item, text);
    }
    contents
}

/// A token that is not base64url.
fn opaque(length: usize) -> String {
    "~".repeat(length)
}

fn text(length: usize) -> String {
    "x".repeat(length)
}

#[test]
fn a_token_that_fits_keeps_its_claims() {
    let profile = Profile { name: Some(text(5_000)), groups: ["g".to_owned()].into(), ..Profile::default() };
    let whole = claims(profile);
    let fitting = sign(whole.clone()).unwrap();
    assert_eq!(fitting.left_out, Vec::<String>::new());
    assert_eq!(fitting.token, sign_access_token(&SigningKey::from_bytes(&[2; 32]), "kid", "kcert", &whole));
}

#[test]
fn groups_are_left_out_first_then_the_largest_claim() {
    let groups = || (0..10).map(|n| format!("group {n}")).collect();
    for (name, picture, left_out) in [
        (10, 10, vec![]),
        (6_000, 10, vec!["groups", "name"]),
        (3_000, 4_000, vec!["groups", "picture"]),
        (7_000, 8_000, vec!["groups", "picture", "name"]),
    ] {
        let profile = Profile {
            name: Some(text(name)),
            picture: Some(text(picture)),
            groups: groups(),
            ..Profile::default()
        };
        let fitting = sign(claims(profile)).unwrap();
        assert_eq!(fitting.left_out, left_out, "{name} {picture}");
        assert!(fitting.token.len() <= MAX_TOKEN);
    }
}

#[test]
fn the_limit_is_exact_to_the_character() {
    let length = |name: usize| {
        let profile = Profile { name: Some(text(name)), ..Profile::default() };
        sign_access_token(&SigningKey::from_bytes(&[2; 32]), "kid", "kcert", &claims(profile)).len()
    };
    let most = (0..MAX_TOKEN).rev().find(|name| length(*name) <= MAX_TOKEN).unwrap();
    for (name, left_out) in [(most, 0), (most + 1, 1)] {
        let profile = Profile { name: Some(text(name)), ..Profile::default() };
        assert_eq!(sign(claims(profile)).unwrap().left_out.len(), left_out);
    }
}

#[test]
fn email_and_email_verified_are_left_out_together() {
    let profile = Profile { email: Some(text(9_000)), email_verified: Some(true), ..Profile::default() };
    assert_eq!(largest(&profile).unwrap().name, "email");
    assert_eq!(without(&profile, "email"), Profile::default());
    assert!(largest(&Profile::default()).is_none());
}

#[test]
fn a_token_that_is_too_long_without_profile_claims_is_refused() {
    let mut long = claims(Profile { name: Some(text(10)), ..Profile::default() });
    long.client_id = "c".repeat(MAX_TOKEN);
    let TokenTooLong { length, upstream } = sign(long).unwrap_err();
    assert!(length > MAX_TOKEN && upstream == 0);
}

#[test]
fn a_token_without_a_box_has_no_claim_for_it() {
    let token = sign(claims(Profile::default())).unwrap().token;
    assert_eq!(opened(&token), None);
}

/// Large tokens of providers fit: a JWT of Entra, a JWT of 5 KiB, and an opaque token of 4 KiB.
#[test]
fn tokens_of_providers_fit() {
    let part = |length: usize| crate::encoding::b64url_encode(&vec![7; length]);
    let jwt = |length: usize| [part(90), part(length / 4 * 3 - 90 - 256), part(256)].join(".");
    for upstream in [jwt(2_500), jwt(5_200), opaque(4_096)] {
        let contents = a_box(&[(BoxItem::UpstreamToken, &upstream)]);
        let fitting = boxing(claims(Profile::default()), contents.clone()).unwrap();
        assert!(fitting.token.len() <= MAX_TOKEN && fitting.left_out.is_empty());
        assert_eq!(opened(&fitting.token), Some(contents));
    }
}

#[test]
fn the_box_gives_up_its_groups_first_and_never_the_providers_token() {
    let (upstream, group) = (opaque(3_000), text(500));
    let mut contents = a_box(&[(BoxItem::UpstreamToken, &upstream), (BoxItem::Email, "a@b")]);
    (0..6).for_each(|_| contents.insert(BoxItem::Groups, &group));
    let fitting = boxing(claims(Profile::default()), contents).unwrap();
    assert_eq!(fitting.left_out, ["box:groups"]);
    let kept = a_box(&[(BoxItem::UpstreamToken, &upstream), (BoxItem::Email, "a@b")]);
    assert_eq!(opened(&fitting.token), Some(kept));

    let profile = Profile { name: Some(text(1_500)), groups: [text(100)].into(), ..Profile::default() };
    let contents =
        a_box(&[(BoxItem::UpstreamToken, &upstream), (BoxItem::Name, &text(1_000)), (BoxItem::Groups, "g")]);
    let fitting = boxing(claims(profile), contents).unwrap();
    assert_eq!(fitting.left_out, ["groups", "box:groups", "name"]);

    let upstream = opaque(7_000);
    let contents = a_box(&[(BoxItem::UpstreamToken, &upstream), (BoxItem::Email, "a@b")]);
    let TokenTooLong { length, upstream } = boxing(claims(Profile::default()), contents).unwrap_err();
    assert!(length > MAX_TOKEN && upstream > 12_000 && upstream < length, "{length} {upstream}");
}

#[test]
fn what_no_header_could_hold_is_left_out() {
    // Two of these groups take 4 KiB in the box, but 12 KiB in a header, because each character becomes an escape.
    let group = "\u{e4}".repeat(1_000);
    let contents = a_box(&[(BoxItem::Groups, &group), (BoxItem::Groups, &group), (BoxItem::Email, "a@b")]);
    let fitting = boxing(claims(Profile::default()), contents).unwrap();
    assert_eq!(fitting.left_out, ["box:groups"]);
    assert_eq!(opened(&fitting.token), Some(a_box(&[(BoxItem::Email, "a@b")])));
}
