//! Makes access tokens that are short enough for the plugin, which refuses tokens longer than 8 KiB.
//!
//! Claims about the user are left out until the rest fits: those that the client reads, and those in the sealed box. A
//! claim is left out as a whole, because part of a list of groups means something else than the list. The provider's
//! access token in the box is never left out, because the MCP server cannot work without it.

use crate::context::PluginKey;
use crate::jose::jws::SigningInput;
use crate::jose::token::{AccessTokenClaims, access_token_input};
use crate::limits::token_format::ACCESS_TOKEN;
use crate::personal_token::PREFIX;
use crate::settings::{BoxItem, Profile};
use crate::token_box::{BoxBinding, BoxContents, seal};
use ed25519_dalek::SigningKey;
use serde_json::{Map, Value};

/// The maximum number of characters of a token: the plugin refuses longer tokens.
const MAX_TOKEN: usize = ACCESS_TOKEN.most;

/// A token that is short enough and not signed yet, and the claims that it lacks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FittingToken {
    prefix: &'static str,
    unsigned: SigningInput,
    /// The claims that were left out, in the order of their removal. The names of claims in the box begin with `box:`.
    pub left_out: Vec<String>,
}

impl FittingToken {
    /// Signs the token.
    pub fn sign(self, key: &SigningKey) -> String {
        [self.prefix, &self.unsigned.sign(key)].concat()
    }
}

/// The token is too long even without any claim about the user, because of its scopes, audiences, client id or the
/// provider's token in its box.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "the access token would have {length} characters and the plugin accepts {most}; {upstream} of them are the \
     provider's access token (upstreamToken)", most = MAX_TOKEN
)]
pub struct TokenTooLong {
    /// The number of characters of the token without claims about the user.
    pub length: usize,
    /// How many of these characters the box takes.
    pub upstream: usize,
}

/// The content of a token's sealed box, and the key that seals it.
#[derive(Clone, Debug)]
pub struct ToBox<'a> {
    /// The plugin key under which the box is sealed.
    pub key: &'a PluginKey,
    /// The content of the box. A token whose box would be empty has no box.
    pub contents: BoxContents,
}

/// Makes a token that fits. If the token would be too long, groups are left out first (those in the box after the
/// others), then the largest claim about the user, then the next largest. A claim in the box that no header could hold
/// is left out in any case.
pub fn fit(
    kid: &str,
    key_certificate: &str,
    claims: AccessTokenClaims,
    to_box: ToBox<'_>,
) -> Result<FittingToken, TokenTooLong> {
    fit_after("", kid, key_certificate, claims, to_box)
}

/// Does the same for a personal access token, which is written with [`PREFIX`].
pub fn fit_personal(
    kid: &str,
    key_certificate: &str,
    claims: AccessTokenClaims,
    to_box: ToBox<'_>,
) -> Result<FittingToken, TokenTooLong> {
    fit_after(PREFIX, kid, key_certificate, claims, to_box)
}

fn fit_after(
    prefix: &'static str,
    kid: &str,
    key_certificate: &str,
    mut claims: AccessTokenClaims,
    mut to_box: ToBox<'_>,
) -> Result<FittingToken, TokenTooLong> {
    let mut left_out = Vec::new();
    for (item, name) in CLAIMS {
        let is_there = to_box.contents.texts(item).next().is_some();
        if is_there && to_box.contents.header_value(item).is_none() {
            to_box.contents = to_box.contents.without(item);
            left_out.push(boxed_name(name));
        }
    }
    loop {
        let sealed = to_box.sealed(&claims);
        let unsigned = access_token_input(kid, key_certificate, &claims, sealed.as_deref());
        let length = prefix.len() + unsigned.signed_len();
        if length <= MAX_TOKEN {
            return Ok(FittingToken { prefix, unsigned, left_out });
        }
        match (largest(&claims.profile), largest_boxed(&to_box.contents)) {
            (Some(plain), boxed) if boxed.is_none_or(|boxed| plain.rank() >= boxed.rank()) => {
                claims.profile = without(&claims.profile, &plain.name);
                left_out.push(plain.name);
            }
            (_, Some(boxed)) => {
                to_box.contents = to_box.contents.without(boxed.item);
                left_out.push(boxed_name(boxed.name));
            }
            (_, None) => {
                // The payload, which holds the box, is encoded in base64url once more.
                let upstream = sealed.map_or(0, |sealed| sealed.len().div_ceil(3) * 4);
                return Err(TokenTooLong { length, upstream });
            }
        }
    }
}

impl ToBox<'_> {
    /// The sealed box for a token with these claims; `None` if the box is empty.
    fn sealed(&self, claims: &AccessTokenClaims) -> Option<String> {
        let binding = BoxBinding { issuer: &claims.iss, tid: claims.mcpb_tid, jti: &claims.jti };
        (!self.contents.is_empty()).then(|| seal(self.key, &binding, &self.contents))
    }
}

/// The items of a box that may be left out, with their names in the log.
const CLAIMS: [(BoxItem, &str); 5] = [
    (BoxItem::Groups, "groups"),
    (BoxItem::Name, "name"),
    (BoxItem::Email, "email"),
    (BoxItem::Username, "username"),
    (BoxItem::ClientName, "client_name"),
];

fn boxed_name(name: &str) -> String {
    ["box:", name].concat()
}

/// A claim of the profile, with its size.
struct Plain {
    name: String,
    size: usize,
}

/// A claim in the box, with its size.
#[derive(Clone, Copy)]
struct Boxed {
    item: BoxItem,
    name: &'static str,
    size: usize,
}

impl Plain {
    fn rank(&self) -> (bool, usize) {
        (self.name == "groups", self.size)
    }
}

impl Boxed {
    fn rank(&self) -> (bool, usize) {
        (self.item == BoxItem::Groups, self.size)
    }
}

/// The claim of the profile that is left out next.
fn largest(profile: &Profile) -> Option<Plain> {
    let claims = members(profile).into_iter();
    let claims = claims.map(|(name, value)| Plain { name, size: value.to_string().len() });
    claims.max_by_key(Plain::rank)
}

/// The claim in the box that is left out next.
fn largest_boxed(contents: &BoxContents) -> Option<Boxed> {
    let size = |item| contents.texts(item).map(|text| text.len() + 2).sum();
    let claims = CLAIMS.iter().map(|(item, name)| Boxed { item: *item, name, size: size(*item) });
    claims.filter(|claim| claim.size > 0).max_by_key(Boxed::rank)
}

fn members(profile: &Profile) -> Map<String, Value> {
    match serde_json::to_value(profile) {
        Ok(Value::Object(members)) => members,
        Ok(_) | Err(_) => Map::new(),
    }
}

/// The profile without this claim.
fn without(profile: &Profile, name: &str) -> Profile {
    let mut members = members(profile);
    members.remove(name);
    // `email_verified` says nothing without the address.
    if name == "email" {
        members.remove("email_verified");
    }
    serde_json::from_value(Value::Object(members)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
