//! The headers that tell the MCP server more about the caller than `X-Mcp-Sub`: `identityHeaders` and `upstreamToken`.
//!
//! [`BackendHeaders`] are the headers that the options choose. [`BackendIdentity`] holds these headers with their
//! values for one token; it is computed once for each token and kept with it.

use super::header_name::ChosenName;
use super::header_value::HeaderValue;
use super::identity::{begins_like, is_reserved, is_spelled_like};
use super::request::Editor;
use crate::header_text::text_value;
use crate::jose::token::TokenClaims;
use crate::settings::BoxItem;
use crate::token_box::BoxContents;
use core::fmt;

/// The maximum number of headers in `identityHeaders`.
pub const MOST_HEADERS: usize = 16;
/// The longest name of a header, in bytes.
const LONGEST_NAME: usize = 64;

/// What the value of an identity header is taken from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IdentityClaim {
    /// `sub` of the token.
    Subject,
    /// `client_id` of the token.
    ClientId,
    /// An item of the token's sealed box.
    Boxed(BoxItem),
}

impl IdentityClaim {
    /// Reads the word that the option uses; `None` if it is unknown.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "sub" => Self::Subject,
            "client" | "client_id" => Self::ClientId,
            "client_name" => Self::Boxed(BoxItem::ClientName),
            "email" => Self::Boxed(BoxItem::Email),
            "name" => Self::Boxed(BoxItem::Name),
            "username" | "preferred_username" => Self::Boxed(BoxItem::Username),
            "groups" => Self::Boxed(BoxItem::Groups),
            _ => return None,
        })
    }
}

/// Why a header cannot be chosen. The error text is for the operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HeaderChoiceError {
    /// The text is not the name of a header of at most 64 characters with a letter or digit.
    #[error("is not the name of a header of at most 64 characters")]
    Name,
    /// HTTP, MCP, a proxy or the plugin gives this header a meaning.
    #[error("has a meaning of its own: choose a name such as X-Mcp-Email")]
    Taken,
    /// The header is chosen already, perhaps in another spelling.
    #[error("is chosen twice")]
    Twice,
    /// There are more than [`MOST_HEADERS`].
    #[error("is one header too many: at most 16 are set")]
    TooMany,
}

/// The chosen headers.
#[derive(Clone, Debug, Default)]
pub struct BackendHeaders {
    identity: Vec<(ChosenName, IdentityClaim)>,
    upstream: Option<ChosenName>,
}

impl BackendHeaders {
    /// Adds an identity header.
    pub fn add_identity(&mut self, name: &str, claim: IdentityClaim) -> Result<(), HeaderChoiceError> {
        if self.identity.len() >= MOST_HEADERS {
            return Err(HeaderChoiceError::TooMany);
        }
        let name = self.choose(name)?;
        self.identity.push((name, claim));
        Ok(())
    }

    /// Chooses the header for the provider's access token. It may be `Authorization`.
    pub fn set_upstream(&mut self, name: &str) -> Result<(), HeaderChoiceError> {
        let own = is_authorization(name.as_bytes()).then(|| ChosenName::new(name)).flatten();
        self.upstream = Some(own.map_or_else(|| self.choose(name), Ok)?);
        Ok(())
    }

    fn choose(&self, name: &str) -> Result<ChosenName, HeaderChoiceError> {
        // A name without letters and digits would count as another spelling of every other such name.
        let is_name = name.len() <= LONGEST_NAME && name.bytes().any(|byte| byte.is_ascii_alphanumeric());
        let chosen = ChosenName::new(name).filter(|_| is_name).ok_or(HeaderChoiceError::Name)?;
        if is_taken(name) {
            return Err(HeaderChoiceError::Taken);
        }
        if self.names().any(|known| is_spelled_like(known.as_bytes(), name.as_bytes())) {
            return Err(HeaderChoiceError::Twice);
        }
        Ok(chosen)
    }

    /// Whether no header is chosen.
    pub const fn is_empty(&self) -> bool {
        self.identity.is_empty() && self.upstream.is_none()
    }

    /// Whether the provider's token takes the place of the client's in `Authorization`.
    pub fn replaces_authorization(&self) -> bool {
        self.upstream.as_ref().is_some_and(|name| is_authorization(name.name().as_str().as_bytes()))
    }

    /// The items that the box of a token has to hold for these headers.
    pub fn items(&self) -> Vec<BoxItem> {
        let mut items = Vec::new();
        for item in BoxItem::ALL {
            let is_upstream = item == BoxItem::UpstreamToken && self.upstream.is_some();
            if is_upstream || self.identity.iter().any(|(_, claim)| *claim == IdentityClaim::Boxed(item)) {
                items.push(item);
            }
        }
        items
    }

    /// Whether only the plugin may set this header: a chosen header in any spelling, or a header that is reserved
    /// anyway. `Authorization` in its usual spelling is not among them, because it carries the client's token; the
    /// plugin replaces its value.
    pub fn reserves(&self, name: &[u8]) -> bool {
        is_reserved(name) || (!self.is_empty() && !is_authorization(name) && self.is_chosen(name))
    }

    /// Whether a client must not name this header in `Connection`, which would have it removed on the way to the
    /// server.
    pub fn protects(&self, name: &[u8]) -> bool {
        is_reserved(name) || self.is_chosen(name)
    }

    fn is_chosen(&self, name: &[u8]) -> bool {
        self.names().any(|known| is_spelled_like(known.as_bytes(), name))
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.identity.iter().map(|(name, _)| name).chain(&self.upstream).map(|name| name.name().as_str())
    }

    /// The headers with their values for a token with these claims and this box. A header without a value is not set.
    /// `None` if the provider's token is to be sent, and the box does not hold it or it cannot be a header value.
    pub fn identity_of(&self, claims: &TokenClaims, contents: &BoxContents) -> Option<BackendIdentity> {
        let mut set = Vec::with_capacity(self.identity.len());
        for (name, claim) in &self.identity {
            let value = match claim {
                IdentityClaim::Subject => claims.sub.as_deref().and_then(text_value),
                IdentityClaim::ClientId => claims.client_id.as_deref().and_then(text_value),
                IdentityClaim::Boxed(item) => contents.header_value(*item),
            };
            if let Some(value) = value.and_then(|value| HeaderValue::new(&value)) {
                set.push((name.clone(), value));
            }
        }
        if let Some(name) = &self.upstream {
            let token = contents.texts(BoxItem::UpstreamToken).next()?;
            let value = if self.replaces_authorization() {
                HeaderValue::new(&["Bearer ", token].concat())
            } else {
                HeaderValue::new(token)
            };
            set.push((name.clone(), value?));
        }
        Some(BackendIdentity { set: set.into(), has_upstream_token: self.upstream.is_some() })
    }
}

fn is_authorization(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"authorization")
}

/// Names, folded, that an operator must not choose: they frame the message, authenticate, route, or carry MCP.
const TAKEN: &str = "accept acceptcharset acceptencoding acceptlanguage age allow authorization baggage cachecontrol \
                     connection cookie date expect forwarded host keepalive lasteventid location maxforwards origin pragma \
                     range referer te traceparent tracestate trailer transferencoding upgrade useragent via \
                     wwwauthenticate xhttpmethodoverride xrealip";
/// The beginnings, folded, of further names that an operator must not choose.
const TAKEN_BEGINNINGS: &str = "accesscontrol content if mcp proxy sec setcookie xforwarded";

fn is_taken(name: &str) -> bool {
    let name = name.as_bytes();
    is_reserved(name)
        || TAKEN.split(' ').any(|taken| is_spelled_like(taken.as_bytes(), name))
        || TAKEN_BEGINNINGS.split(' ').any(|taken| begins_like(name, taken.as_bytes()))
}

/// The headers for the requests with one token. They hold personal data and perhaps a token, so only the names can be
/// printed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct BackendIdentity {
    set: Box<[(ChosenName, HeaderValue)]>,
    has_upstream_token: bool,
}

impl BackendIdentity {
    /// Whether one of the headers holds the provider's token.
    pub const fn has_upstream_token(&self) -> bool {
        self.has_upstream_token
    }

    /// The length of the values together, in bytes.
    pub fn text_length(&self) -> usize {
        self.set.iter().map(|(_, value)| value.len()).sum()
    }

    /// Sets the headers.
    pub(super) fn set<E: Editor>(&self, editor: &mut E) -> Result<(), E::Error> {
        self.set.iter().try_for_each(|(name, value)| editor.set(name.name(), value))
    }
}

impl fmt::Debug for BackendIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.set.iter().map(|(name, _)| name)).finish()
    }
}
