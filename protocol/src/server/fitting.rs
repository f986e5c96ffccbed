//! Access tokens that the plugin accepts: it refuses tokens longer than 8 KiB, so none is made.
//!
//! Claims about the user are left out until the rest fits. They are left out whole, because part of a list of groups
//! means something else than the list.

use crate::jose::token::{AccessTokenClaims, sign_access_token};
use crate::limits::token_format::ACCESS_TOKEN;
use crate::personal_token::PREFIX;
use crate::settings::Profile;
use ed25519_dalek::SigningKey;
use serde_json::{Map, Value};

/// Most characters of a token: the plugin refuses longer ones.
const MAX_TOKEN: usize = ACCESS_TOKEN.most;

/// A token, and the claims that it lacks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FittingToken {
    /// The token.
    pub token: String,
    /// The claims that were left out, in the order of their removal.
    pub left_out: Vec<String>,
}

/// The token is too long even without any claim about the user, because of its scopes, audiences or client id.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the access token would have {length} characters and the plugin accepts {most}", most = MAX_TOKEN)]
pub struct TokenTooLong {
    /// Characters of the token without claims about the user.
    pub length: usize,
}

/// Signs a token that fits. `groups` are left out first, then the largest claim about the user, then the next.
pub fn sign_fitting(
    key: &SigningKey,
    kid: &str,
    key_certificate: &str,
    claims: AccessTokenClaims,
) -> Result<FittingToken, TokenTooLong> {
    fit(claims, |claims| sign_access_token(key, kid, key_certificate, claims))
}

/// The same for a personal access token, which is written with [`PREFIX`].
pub fn sign_fitting_personal(
    key: &SigningKey,
    kid: &str,
    key_certificate: &str,
    claims: AccessTokenClaims,
) -> Result<FittingToken, TokenTooLong> {
    fit(claims, |claims| [PREFIX, &sign_access_token(key, kid, key_certificate, claims)].concat())
}

fn fit(
    mut claims: AccessTokenClaims,
    sign: impl Fn(&AccessTokenClaims) -> String,
) -> Result<FittingToken, TokenTooLong> {
    let mut left_out = Vec::new();
    loop {
        let token = sign(&claims);
        if token.len() <= MAX_TOKEN {
            return Ok(FittingToken { token, left_out });
        }
        let (profile, name) = without_largest(&claims.profile).ok_or(TokenTooLong { length: token.len() })?;
        claims.profile = profile;
        left_out.push(name);
    }
}

/// The profile without the claim that is left out next; `None` if it is empty.
fn without_largest(profile: &Profile) -> Option<(Profile, String)> {
    let mut members = match serde_json::to_value(profile) {
        Ok(Value::Object(members)) => members,
        Ok(_) | Err(_) => Map::new(),
    };
    let size = |value: &Value| value.to_string().len();
    let largest = members.iter().max_by_key(|(name, value)| (*name == "groups", size(value)));
    let name = largest.map(|(name, _)| name.clone())?;
    members.remove(&name);
    // `email_verified` says nothing without the address.
    if name == "email" {
        members.remove("email_verified");
    }
    let rest = serde_json::from_value(Value::Object(members)).unwrap_or_default();
    Some((rest, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::ScopeSet;
    use crate::tenant::TenantId;
    use crate::time::UnixTime;

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

    fn sign(claims: AccessTokenClaims) -> Result<FittingToken, TokenTooLong> {
        sign_fitting(&SigningKey::from_bytes(&[2; 32]), "kid", "kcert", claims)
    }

    fn text(length: usize) -> String {
        "x".repeat(length)
    }

    #[test]
    fn a_token_that_fits_keeps_its_claims() {
        let profile =
            Profile { name: Some(text(5_000)), groups: ["g".to_owned()].into(), ..Profile::default() };
        let whole = claims(profile);
        let fitting = sign(whole.clone()).unwrap();
        assert_eq!(fitting.left_out, Vec::<String>::new());
        assert_eq!(
            fitting.token,
            sign_access_token(&SigningKey::from_bytes(&[2; 32]), "kid", "kcert", &whole)
        );
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
    fn a_personal_token_fits_with_its_prefix() {
        let signing_key = SigningKey::from_bytes(&[2; 32]);
        let of = |name: usize| {
            let profile = Profile { name: Some(text(name)), ..Profile::default() };
            sign_fitting_personal(&signing_key, "kid", "kcert", claims(profile)).unwrap()
        };
        assert!(of(1).token.starts_with("mcpbp_ey"));
        // Four characters of the token stand for three of the name.
        let near = (MAX_TOKEN - of(1).token.len()) * 3 / 4;
        let most = (0..near + 4).rev().find(|name| of(*name).left_out.is_empty()).unwrap();
        assert!(of(most).token.len() <= MAX_TOKEN && of(most).token.len() + 2 > MAX_TOKEN);
        assert_eq!(of(most + 1).left_out, ["name"]);
    }

    #[test]
    fn email_and_email_verified_are_left_out_together() {
        let profile = Profile { email: Some(text(9_000)), email_verified: Some(true), ..Profile::default() };
        let (rest, name) = without_largest(&profile).unwrap();
        assert_eq!((rest, name.as_str()), (Profile::default(), "email"));
        assert_eq!(without_largest(&Profile::default()), None);
    }

    #[test]
    fn a_token_that_is_too_long_without_profile_claims_is_refused() {
        let mut long = claims(Profile { name: Some(text(10)), ..Profile::default() });
        long.client_id = "c".repeat(MAX_TOKEN);
        let TokenTooLong { length } = sign(long).unwrap_err();
        assert!(length > MAX_TOKEN);
    }
}
