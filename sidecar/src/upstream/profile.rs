//! The kinds of providers, and how they differ from the specifications. Some differences are handled elsewhere: in
//! [`super::oidc`] (scopes, `prompt`, userinfo), [`super::claims`] (groups, verified addresses), [`super::refusal`]
//! (errors) and [`super::id_jag`] (assertions).

use protocol::settings::{WellKnown, encode_subject};
use protocol::text::canonical_guid;
use serde_json::{Map, Value};

use super::error::UpstreamError;

/// A kind of provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// OpenID Connect as specified. Keycloak, Auth0 and Okta need no special treatment.
    Oidc,
    /// Google: requests refresh tokens with `access_type=offline` instead of the scope `offline_access`.
    Google,
    /// Entra ID: the issuer contains the id of the directory (`tid`). `sub` differs from client to client, so `tid` and
    /// `oid` replace it. Some scopes are always requested. An email address counts as verified only if `xms_edov` says
    /// so. Groups may also be in `roles`. Userinfo is not used at a refresh.
    Entra,
    /// GitHub: OAuth without OpenID Connect, and without assertions (ID-JAG).
    GitHub,
    /// Zitadel: groups may also be the keys of the claim `urn:zitadel:iam:org:project:roles`.
    Zitadel,
    /// Dex: responds to a refresh with status 500 if its connector refuses the user.
    Dex,
}

/// The values of the option `providerType`.
const KINDS: [(&str, Profile); 9] = [
    ("oidc", Profile::Oidc),
    ("google", Profile::Google),
    ("entra", Profile::Entra),
    ("github", Profile::GitHub),
    ("keycloak", Profile::Oidc),
    ("auth0", Profile::Oidc),
    ("okta", Profile::Oidc),
    ("zitadel", Profile::Zitadel),
    ("dex", Profile::Dex),
];

/// Parameters of the authentication request that the option `providerAuthorizeParams` cannot set.
const OURS: [&str; 14] = [
    "response_type",
    "response_mode",
    "client_id",
    "client_secret",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "request",
    "request_uri",
    "login_hint",
    "max_age",
];

/// The placeholder for the directory's id. Entra ID's metadata that are valid for all directories name an issuer with
/// this placeholder.
const ENTRA_TENANT: &str = "{tenantid}";

impl Profile {
    /// Returns the kind that the option `providerType` names or, if the option is empty, the kind to which the issuer's
    /// host belongs. Fails if the option has an unknown value.
    pub fn choose(kind: &str, issuer: &str) -> Result<Self, UpstreamError> {
        if !kind.is_empty() {
            let known = KINDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(kind));
            return known
                .map(|(_, profile)| *profile)
                .ok_or_else(|| UpstreamError::Misconfigured(format!("providerType {kind:?} is unknown")));
        }
        let zitadel = || {
            let url = url::Url::parse(issuer).ok();
            url.is_some_and(|url| url.host_str().is_some_and(|host| host.ends_with(".zitadel.cloud")))
        };
        Ok(match WellKnown::at(issuer) {
            Some(WellKnown::Google) => Self::Google,
            Some(WellKnown::GitHub) => Self::GitHub,
            Some(WellKnown::Entra) => Self::Entra,
            None if zitadel() => Self::Zitadel,
            None => Self::Oidc,
        })
    }

    /// Whether metadata that were requested for the issuer `issuer` may name the issuer `named`.
    pub(super) fn is_issuer(self, issuer: &str, named: &str) -> bool {
        if issuer == named {
            return true;
        }
        // The metadata of https://login.microsoftonline.com/common/v2.0 name the issuer …/{tenantid}/v2.0.
        let of_all = ["/common/", "/organizations/", "/consumers/"];
        let template = ["/", ENTRA_TENANT, "/"].concat();
        self == Self::Entra && of_all.iter().any(|all| issuer.replacen(all, &template, 1) == named)
    }

    /// Returns the issuer that a token with these claims must have. The token's signature is verified; its claims are
    /// not validated yet. If `named`, the issuer in the metadata, is a template of Entra ID, the token's own directory
    /// (`tid`) is filled in. `None` if `tid` is then missing or not a GUID.
    pub(super) fn expected_issuer(self, named: &str, claims: &Map<String, Value>) -> Option<String> {
        if self != Self::Entra || !named.contains(ENTRA_TENANT) {
            return Some(named.to_owned());
        }
        let tenant = claims.get("tid").and_then(Value::as_str).and_then(canonical_guid)?;
        Some(named.replacen(ENTRA_TENANT, &tenant, 1))
    }

    /// Returns the subject for this server's own tokens. At Entra ID, `sub` differs from client to client, so the ids
    /// of the directory (`tid`) and of the user (`oid`) are used instead. `None` if one of the two is missing or not a
    /// GUID.
    pub(super) fn subject(self, sub: &str, claims: &Map<String, Value>) -> Option<String> {
        if self != Self::Entra {
            return Some(encode_subject(sub));
        }
        let part = |name: &str| claims.get(name).and_then(Value::as_str).and_then(canonical_guid);
        Some(format!("{}.{}", part("tid")?, part("oid")?))
    }

    /// Whether this response to a refresh, although its status is not 4xx, means that the provider refuses the user.
    /// `bare` says that the response has no `error_description`. Dex responds with 500 and a bare `invalid_request` if
    /// the user no longer exists or its connector refuses the user. It responds in the same way if the connector cannot
    /// reach its directory; the two cases cannot be distinguished. `server_error` is an outage of Dex itself.
    pub(super) fn ends_refresh(self, status: u16, code: &str, bare: bool) -> bool {
        self == Self::Dex && status == 500 && code == "invalid_request" && bare
    }
}

/// Parses the option `providerAuthorizeParams`: `name=value,name=value`. Fails if it names a parameter that the option
/// cannot set.
pub fn parameters(text: &str) -> Result<Vec<(String, String)>, UpstreamError> {
    let pair = |item: &str| {
        let wrong =
            |why: &str| UpstreamError::Misconfigured(format!("providerAuthorizeParams: {item:?} {why}"));
        let (name, value) = item.split_once('=').ok_or_else(|| wrong("is not name=value"))?;
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || OURS.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(wrong("cannot be set"));
        }
        Ok((name.to_owned(), value.to_owned()))
    };
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_issuer_or_the_option_decides() {
        let choose = |kind: &str, issuer: &str| Profile::choose(kind, issuer).ok();
        for (issuer, profile) in [
            ("https://accounts.google.com", Profile::Google),
            ("https://login.microsoftonline.com/common/v2.0", Profile::Entra),
            ("https://github.com", Profile::GitHub),
            ("https://x.zitadel.cloud", Profile::Zitadel),
            ("https://x.eu.auth0.com/", Profile::Oidc),
            ("https://accounts.google.com.evil.example", Profile::Oidc),
            ("https://evil.example/github.com", Profile::Oidc),
        ] {
            assert_eq!(choose("", issuer), Some(profile), "{issuer}");
        }
        assert_eq!(choose("GitHub", "https://git.corp.example"), Some(Profile::GitHub));
        assert_eq!(choose("made-up", "https://h"), None);
    }

    #[test]
    fn entra_issuers_are_filled_with_the_tokens_tenant() {
        const TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
        let named = "https://login.microsoftonline.com/{tenantid}/v2.0";
        let issuer = "https://login.microsoftonline.com/organizations/v2.0";
        assert!(Profile::Entra.is_issuer(issuer, named) && !Profile::Oidc.is_issuer(issuer, named));
        assert!(!Profile::Entra.is_issuer(issuer, "https://login.microsoftonline.com/common/v2.0"));
        let claims = |tid: &str| json!({"tid": tid, "oid": TENANT}).as_object().unwrap().clone();
        let expected = Profile::Entra.expected_issuer(named, &claims(TENANT));
        assert_eq!(expected, Some(named.replace("{tenantid}", TENANT)));
        for tid in ["", "common", "../evil", "9188040d6c674c5bb11236a304b66dad", "{tenantid}"] {
            assert_eq!(Profile::Entra.expected_issuer(named, &claims(tid)), None, "{tid}");
            assert_eq!(Profile::Entra.subject("s", &claims(tid)), None, "{tid}");
        }
        let subject = Profile::Entra.subject("pairwise", &claims(TENANT));
        assert_eq!(subject, Some(format!("{TENANT}.{TENANT}")));
    }

    #[test]
    fn what_is_ours_cannot_be_overridden() {
        assert_eq!(
            parameters("audience=https://api, organization=org_1").unwrap(),
            [
                ("audience".to_owned(), "https://api".to_owned()),
                ("organization".to_owned(), "org_1".to_owned())
            ]
        );
        assert!(parameters("").unwrap().is_empty());
        for bad in
            ["redirect_uri=https://evil", "STATE=x", "scope=a", "nonce", "=x", "code_challenge_method=plain"]
        {
            assert!(parameters(bad).is_err(), "{bad}");
        }
    }
}
