//! Reads claims about a user from a provider: from the `id_token` at login or at refresh, from an assertion (ID-JAG),
//! and from userinfo.
//!
//! All of these claims are optional (OpenID Connect Core 1.0 §5.1). A claim of an unexpected type or length is ignored,
//! and the log names it; it does not lock the user out.

use protocol::settings::Profile as Claims;
use protocol::text::{TextSet, canonical_guid};
use serde_json::{Map, Value};

use super::needed_claims::NeededClaims;
use super::profile::Profile as Kind;

/// The maximum length of one claim's text, in bytes.
const LONGEST: usize = 1024;
/// The maximum number of claim names that are kept for the log, and the maximum length of each, in characters.
const NAMES: usize = 40;
const LONGEST_NAME: usize = 64;

/// How to find the claims of this provider.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) kind: Kind,
    /// The option `groupsClaim`; if it is empty, groups are read from the claims in which this kind of provider puts
    /// them.
    pub(super) groups_claim: &'a str,
}

/// What to log about the claims, in addition to the user's identity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// The claims that were ignored, in whole or in part, because of their type or length.
    pub odd: Vec<String>,
    /// The names of the claims that the provider sent, at most [`NAMES`].
    pub came: Vec<String>,
    /// Whether the provider sent a claim for groups.
    pub has_groups: bool,
    /// Whether the provider indicates that it left out the groups because there are too many (Core §5.6.2).
    pub groups_left_out: bool,
    /// Why the userinfo request failed, if it did.
    pub userinfo: Option<String>,
}

/// The claims of one response, or of several responses about the same user.
#[derive(Debug, Default)]
pub(super) struct ProviderClaims {
    pub(super) claims: Claims,
    pub(super) notes: Notes,
}

impl ProviderClaims {
    /// Whether one of the needed claims is missing.
    pub(super) fn lacks(&self, needed: NeededClaims) -> bool {
        let claims = &self.claims;
        let names = [&claims.name, &claims.given_name, &claims.family_name, &claims.preferred_username];
        (needed.email && (claims.email.is_none() || claims.email_verified.is_none()))
            || (needed.groups && !self.notes.has_groups)
            || (needed.profile && names.into_iter().all(Option::is_none))
    }

    /// Adds, from another response about the same user, the claims that are missing here.
    pub(super) fn fill(&mut self, other: Self) {
        let (mine, theirs) = (&mut self.claims, other.claims);
        // `email` and `email_verified` belong together: one response must not verify the address of another.
        if mine.email.is_none() {
            (mine.email, mine.email_verified) = (theirs.email, theirs.email_verified);
        } else if mine.email_verified.is_none() && mine.email == theirs.email {
            mine.email_verified = theirs.email_verified;
        }
        for (mine, theirs) in [
            (&mut mine.name, theirs.name),
            (&mut mine.given_name, theirs.given_name),
            (&mut mine.family_name, theirs.family_name),
            (&mut mine.picture, theirs.picture),
            (&mut mine.locale, theirs.locale),
            (&mut mine.hd, theirs.hd),
            (&mut mine.preferred_username, theirs.preferred_username),
        ] {
            if mine.is_none() {
                *mine = theirs;
            }
        }
        if !self.notes.has_groups {
            mine.groups = theirs.groups;
        }
        self.notes.has_groups |= other.notes.has_groups;
        self.notes.groups_left_out |= other.notes.groups_left_out;
        self.notes.odd.extend(other.notes.odd);
        for name in other.notes.came {
            if self.notes.came.len() < NAMES && !self.notes.came.contains(&name) {
                self.notes.came.push(name);
            }
        }
    }
}

impl Reader<'_> {
    /// Reads the claims of one response.
    pub(super) fn read(self, said: &Map<String, Value>) -> ProviderClaims {
        let mut odd = Vec::new();
        let mut text = |name: &str| match said.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.is_empty() => None,
            Some(Value::String(text)) if text.len() <= LONGEST => Some(text.clone()),
            Some(_) => {
                odd.push(name.to_owned());
                None
            }
        };
        let mut claims = Claims {
            email: text("email"),
            email_verified: None,
            name: text("name"),
            given_name: text("given_name"),
            family_name: text("family_name"),
            picture: text("picture"),
            locale: text("locale"),
            hd: text("hd"),
            preferred_username: text("preferred_username"),
            groups: TextSet::new(),
        };
        claims.email_verified = self.email_verified(said, claims.email.is_some(), &mut odd);
        let mut groups = Vec::new();
        let mut has_groups = false;
        for value in self.group_claims(said) {
            has_groups = true;
            if !names(value, &mut groups) {
                odd.push("groups".to_owned());
            }
        }
        if self.kind == Kind::Entra {
            groups = groups.into_iter().map(|group| canonical_guid(&group).unwrap_or(group)).collect();
        }
        claims.groups = groups.into_iter().collect();
        let came = said.keys().take(NAMES).map(|name| name.chars().take(LONGEST_NAME).collect());
        let notes =
            Notes { odd, came: came.collect(), has_groups, groups_left_out: left_out(said), userinfo: None };
        ProviderClaims { claims, notes }
    }

    /// Whether the provider confirms that the user owns the email address; `None` if the provider does not say, or not
    /// in a known form. Entra ID sends an address that an administrator typed in, so there only the claim `xms_edov`
    /// confirms it.
    fn email_verified(
        self,
        said: &Map<String, Value>,
        has_email: bool,
        odd: &mut Vec<String>,
    ) -> Option<bool> {
        let name = if self.kind == Kind::Entra { "xms_edov" } else { "email_verified" };
        let value = match said.get(name) {
            None | Some(Value::Null) => None,
            Some(value) => {
                let read = boolean(value, self.kind == Kind::Entra);
                if read.is_none() {
                    odd.push(name.to_owned());
                }
                read
            }
        };
        if self.kind == Kind::Entra { has_email.then(|| value.unwrap_or_default()) } else { value }
    }

    /// Returns the values of the claims that hold groups, if the provider sent them.
    fn group_claims<'a>(&self, said: &'a Map<String, Value>) -> impl Iterator<Item = &'a Value> {
        let chosen = (!self.groups_claim.is_empty()).then(|| at_path(said, self.groups_claim)).flatten();
        let usual: &[&str] = match self.kind {
            _ if !self.groups_claim.is_empty() => &[],
            Kind::Entra => &["groups", "roles"],
            Kind::Zitadel => &["groups", "urn:zitadel:iam:org:project:roles"],
            Kind::Oidc | Kind::Google | Kind::GitHub | Kind::Dex => &["groups", "cognito:groups"],
        };
        let usual = usual.iter().filter_map(|name| said.get(*name));
        chosen.into_iter().chain(usual).filter(|value| !value.is_null())
    }
}

/// Reads a boolean, possibly written as a string; if `also_number`, also as 1 or 0. `None` if it is anything else.
fn boolean(value: &Value, also_number: bool) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        Value::String(text) if also_number && (text == "1" || text == "0") => Some(text == "1"),
        Value::Number(number) if also_number => match number.as_u64() {
            Some(1) => Some(true),
            Some(0) => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Reads groups: a list of names, a single name, or an object whose keys are the names. Returns whether the whole value
/// had one of these forms.
fn names(value: &Value, into: &mut Vec<String>) -> bool {
    let before = into.len();
    let of = match value {
        Value::String(one) => {
            into.push(one.clone());
            1
        }
        Value::Array(many) => {
            into.extend(many.iter().filter_map(Value::as_str).map(str::to_owned));
            many.len()
        }
        Value::Object(keys) => {
            into.extend(keys.keys().cloned());
            keys.len()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => return false,
    };
    let whole = into.len() - before == of;
    into.retain(|name| !name.is_empty());
    whole
}

/// Finds a claim by its exact name, otherwise by a path of names separated by dots. A name in the path may itself
/// contain dots, as client ids do.
fn at_path<'a>(said: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    said.get(path).or_else(|| {
        path.match_indices('.').find_map(|(dot, _)| {
            let inner = said.get(path.get(..dot)?)?.as_object()?;
            at_path(inner, path.get(dot + 1..)?)
        })
    })
}

/// Whether the provider left the groups out. `_claim_names` says that a claim must be fetched elsewhere (Core §5.6.2).
/// Entra ID sends it if there are more than 200 groups, and `hasgroups` in other flows.
fn left_out(said: &Map<String, Value>) -> bool {
    let named = said.get("_claim_names").and_then(Value::as_object);
    named.is_some_and(|names| names.contains_key("groups"))
        || said.get("hasgroups").and_then(|value| boolean(value, false)) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(kind: Kind, groups_claim: &str, said: &Value) -> ProviderClaims {
        Reader { kind, groups_claim }.read(said.as_object().unwrap())
    }

    fn groups(kind: Kind, groups_claim: &str, said: &Value) -> Vec<String> {
        read(kind, groups_claim, said).claims.groups.iter().map(str::to_owned).collect()
    }

    #[test]
    fn at_entra_a_claim_of_its_own_vouches_for_an_address() {
        let verified = |said: Value| {
            let mut all = json!({"email": "a@b", "email_verified": true});
            all.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
            read(Kind::Entra, "", &all).claims.email_verified
        };
        assert_eq!(verified(json!({})), Some(false));
        for yes in [json!(true), json!(1), json!("1"), json!("true"), json!("True")] {
            assert_eq!(verified(json!({"xms_edov": yes})), Some(true), "{yes}");
        }
        for no in [json!(false), json!(0), json!("0"), json!("false"), json!(2), json!([true]), Value::Null] {
            assert_eq!(verified(json!({"xms_edov": no})), Some(false), "{no}");
        }
        assert_eq!(read(Kind::Entra, "", &json!({"xms_edov": true})).claims.email_verified, None);
    }

    #[test]
    fn groups_as_each_kind_writes_them() {
        let said = json!({
            "groups": ["g", "0F0F0F0F-0000-4000-8000-00000000000A"], "roles": ["role"], "cognito:groups": ["pool"],
            "urn:zitadel:iam:org:project:roles": {"admin": {"1": "org"}},
        });
        let guid = "0F0F0F0F-0000-4000-8000-00000000000A";
        assert_eq!(groups(Kind::Oidc, "", &said), [guid, "g", "pool"]);
        assert_eq!(groups(Kind::Zitadel, "", &said), [guid, "admin", "g"]);
        assert_eq!(groups(Kind::Entra, "", &said), [&guid.to_lowercase(), "g", "role"]);
        assert_eq!(groups(Kind::Entra, "roles", &said), ["role"]);
    }

    #[test]
    fn a_path_may_lead_through_names_with_dots() {
        let said = json!({"a": {"b": {"c": "x"}, "b.c": "y"}, "a.b": {"c": "z"}, "d.e": "w"});
        let at = |path: &str| at_path(said.as_object().unwrap(), path).and_then(Value::as_str);
        assert_eq!(
            (at("a.b.c"), at("d.e"), at("a.b"), at("a.b.d"), at("d")),
            (Some("y"), Some("w"), None, None, None)
        );
    }

    #[test]
    fn what_was_left_out_is_told_from_what_is_not_there() {
        let left_out = |said: Value| read(Kind::Entra, "", &said).notes.groups_left_out;
        assert!(left_out(
            json!({"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "x"}}})
        ));
        assert!(left_out(json!({"hasgroups": true})) && left_out(json!({"hasgroups": "true"})));
        for said in [json!({}), json!({"_claim_names": {"address": "x"}}), json!({"_claim_names": "groups"})]
        {
            assert!(!left_out(said));
        }
    }
}
