//! Users, as their provider describes them.

use crate::scope::ScopeSet;
use crate::text::TextSet;
use serde::{Deserialize, Serialize};

/// A user, as the provider or the users file describes them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Identity {
    /// The subject, unique and stable at its provider: 1 to 255 visible ASCII characters
    /// ([`encode_subject`](super::encode_subject)).
    pub sub: String,
    /// The claims about the user.
    #[serde(default)]
    pub claims: Profile,
}

impl Identity {
    /// Whether `sub` can be put into a token and a request header: 1 to 255 visible ASCII characters.
    pub fn is_valid_sub(sub: &str) -> bool {
        (1..=255).contains(&sub.len()) && sub.bytes().all(|b| b.is_ascii_graphic())
    }
}

/// Profile claims (OpenID Connect Core §5.1, and `hd` and `groups` as providers use them).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each field is the claim of its name in OpenID Connect Core §5.1")]
pub struct Profile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hd: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    #[serde(skip_serializing_if = "TextSet::is_empty")]
    pub groups: TextSet,
}

impl Profile {
    /// The claims in a token that grants these scopes: with `email` the two claims about the address, with `groups` the
    /// groups, with `profile` all other claims (OpenID Connect Core §5.4).
    #[must_use]
    pub fn limited_to(&self, granted: &ScopeSet) -> Self {
        let mut shown = if granted.contains("profile") {
            Self { email: None, email_verified: None, groups: TextSet::default(), ..self.clone() }
        } else {
            Self::default()
        };
        if granted.contains("email") {
            shown.email.clone_from(&self.email);
            shown.email_verified = self.email_verified;
        }
        if granted.contains("groups") {
            shown.groups.clone_from(&self.groups);
        }
        shown
    }
}
