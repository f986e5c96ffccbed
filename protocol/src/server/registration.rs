//! Client metadata (RFC 7591 §2): what a client says of itself, checked once and kept in one form.

use crate::encoding::{b64url_encode, sha256};
use crate::error::OAuthError;
use crate::server::redirect::{RedirectError, RedirectUri, collides_with_answer};
use crate::tenant::Tenant;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Most redirect URIs of one client.
const MOST_REDIRECTS: usize = 32;
/// Longest text field, in bytes.
const LONGEST_TEXT: usize = 2_048;
/// Longest `client_name`, in bytes; it stands on the consent page.
const LONGEST_NAME: usize = 200;

/// How a client proves itself at the token endpoint (RFC 7591 §2 `token_endpoint_auth_method`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AuthMethod {
    /// A public client. Ours when the field is absent, because MCP clients are public.
    None,
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
}

impl AuthMethod {
    /// The registered name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
        }
    }
}

/// Checked metadata.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClientMetadata {
    redirect_uris: Vec<RedirectUri>,
    auth_method: AuthMethod,
    refresh: bool,
    /// Fields that are only stored and echoed, each checked for its type.
    other: BTreeMap<String, Value>,
}

/// Why a registration is refused; the text is fixed and safe to send.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RegistrationError {
    /// The body is not a JSON object.
    #[error("the body is not a JSON object")]
    NotAnObject,
    /// `redirect_uris` is absent, empty, not a list of strings, or too long.
    #[error("redirect_uris must be a list of 1 to 32 strings")]
    NoRedirects,
    /// None of the redirect URIs can be accepted, or one is of a kind that never is.
    #[error("{0}")]
    Redirect(RedirectError),
    /// A redirect URI whose query holds `code`, `state`, `iss` or `error`.
    #[error("a redirect URI must not hold code, state, iss or error in its query")]
    RedirectQuery,
    /// `token_endpoint_auth_method` is not one we take.
    #[error("token_endpoint_auth_method must be none, client_secret_basic or client_secret_post")]
    AuthMethod,
    /// `grant_types` lacks `authorization_code`, or is no list of strings.
    #[error("grant_types must hold authorization_code")]
    GrantTypes,
    /// `response_types` lacks `code`, or is no list of strings.
    #[error("response_types must hold code")]
    ResponseTypes,
    /// Software statements are not taken.
    #[error("software statements are not accepted here")]
    SoftwareStatement,
    /// A field of the wrong type, too long, or with characters that do not belong there.
    #[error("a metadata field has the wrong type, is too long or holds control characters")]
    Field,
}

impl RegistrationError {
    /// The word of RFC 7591 §3.2.2.
    pub const fn code(self) -> OAuthError {
        match self {
            Self::NoRedirects | Self::Redirect(_) | Self::RedirectQuery => OAuthError::InvalidRedirectUri,
            Self::NotAnObject
            | Self::AuthMethod
            | Self::GrantTypes
            | Self::ResponseTypes
            | Self::SoftwareStatement
            | Self::Field => OAuthError::InvalidClientMetadata,
        }
    }
}

/// Single texts we keep and echo.
const TEXTS: [&str; 5] = ["client_name", "scope", "software_id", "software_version", "application_type"];
/// Links we keep and echo; `http` or `https` only, since pages may show them.
const LINKS: [&str; 5] = ["client_uri", "logo_uri", "tos_uri", "policy_uri", "jwks_uri"];

impl ClientMetadata {
    /// Reads a registration request (RFC 7591 §3.1). Fields we do not know are ignored, as the RFC says;
    /// `null` counts as absent.
    pub fn parse(body: &[u8]) -> Result<Self, RegistrationError> {
        let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
            return Err(RegistrationError::NotAnObject);
        };
        Self::from_fields(fields)
    }

    /// Reads what [`Self::to_json`] gave.
    pub fn from_stored(stored: &Value) -> Result<Self, RegistrationError> {
        let fields = stored.as_object().ok_or(RegistrationError::NotAnObject)?;
        Self::from_fields(fields.clone())
    }

    fn from_fields(mut fields: Map<String, Value>) -> Result<Self, RegistrationError> {
        fields.retain(|_, value| !value.is_null());
        if fields.contains_key("software_statement") {
            return Err(RegistrationError::SoftwareStatement);
        }
        let redirect_uris = redirects(fields.get("redirect_uris"))?;
        let auth_method = match fields.get("token_endpoint_auth_method").map(Value::as_str) {
            None | Some(Some("none")) => AuthMethod::None,
            Some(Some("client_secret_basic")) => AuthMethod::Basic,
            Some(Some("client_secret_post")) => AuthMethod::Post,
            Some(_) => return Err(RegistrationError::AuthMethod),
        };
        let grant_types = strings(fields.get("grant_types")).ok_or(RegistrationError::GrantTypes)?;
        let refresh = grant_types.is_empty() || grant_types.contains(&"refresh_token");
        if !grant_types.is_empty() && !grant_types.contains(&"authorization_code") {
            return Err(RegistrationError::GrantTypes);
        }
        let response_types = strings(fields.get("response_types")).ok_or(RegistrationError::ResponseTypes)?;
        if !response_types.is_empty() && !response_types.contains(&"code") {
            return Err(RegistrationError::ResponseTypes);
        }
        let mut other = BTreeMap::new();
        for (name, value) in fields {
            if keep(&name, &value)? {
                other.insert(name, value);
            }
        }
        Ok(Self { redirect_uris, auth_method, refresh, other })
    }

    /// The accepted redirect URIs, in the order given.
    pub fn redirect_uris(&self) -> &[RedirectUri] {
        &self.redirect_uris
    }

    /// How the client authenticates.
    pub const fn auth_method(&self) -> AuthMethod {
        self.auth_method
    }

    /// Whether the client gets refresh tokens.
    pub const fn wants_refresh(&self) -> bool {
        self.refresh
    }

    /// The name for the consent page, if the client gave one. Anybody can claim any name.
    pub fn client_name(&self) -> Option<&str> {
        self.other.get("client_name").and_then(Value::as_str)
    }

    /// What is stored and answered (RFC 7591 §3.2.1): every accepted field, none of them null.
    pub fn to_json(&self) -> Value {
        let list = |items: &[&str]| Value::from(items.to_vec());
        let mut out: Map<String, Value> = self.other.clone().into_iter().collect();
        let uris: Vec<&str> = self.redirect_uris.iter().map(RedirectUri::as_str).collect();
        out.insert("redirect_uris".into(), uris.into());
        out.insert("token_endpoint_auth_method".into(), self.auth_method.name().into());
        let grants: &[&str] =
            if self.refresh { &["authorization_code", "refresh_token"] } else { &["authorization_code"] };
        out.insert("grant_types".into(), list(grants));
        out.insert("response_types".into(), list(&["code"]));
        Value::Object(out)
    }

    /// The id of a public client: the same for the same metadata at the same tenant, so that clients which register
    /// at each start do not pile up. The order of the redirect URIs does not matter.
    pub fn public_client_id(&self, tenant: &Tenant) -> String {
        let mut canonical = self.clone();
        canonical.redirect_uris.sort();
        canonical.redirect_uris.dedup();
        // Objects are sorted by name, so equal metadata give equal text.
        let text = canonical.to_json().to_string();
        let tenant = tenant.key();
        let message = ["mcpbouncer public client v1\n", &tenant, "\n", &text].concat();
        ["mcpb-", &b64url_encode(&sha256(message.as_bytes()))].concat()
    }
}

/// A list of strings; absent is the empty list. `None` if it is something else.
fn strings(value: Option<&Value>) -> Option<Vec<&str>> {
    match value {
        None => Some(Vec::new()),
        Some(Value::Array(items)) if items.len() <= MOST_REDIRECTS => {
            items.iter().map(Value::as_str).collect()
        }
        Some(_) => None,
    }
}

/// Clients send mixed lists, and refusing all for one keeps them out altogether: kinds we do not send
/// people to are left out, the answer says what is left. A dangerous one refuses the whole.
fn redirects(value: Option<&Value>) -> Result<Vec<RedirectUri>, RegistrationError> {
    let texts = strings(value).filter(|texts| !texts.is_empty()).ok_or(RegistrationError::NoRedirects)?;
    let mut accepted: Vec<RedirectUri> = Vec::new();
    let mut refused = RedirectError::Malformed;
    for text in texts {
        match RedirectUri::parse(text) {
            Ok(uri) if collides_with_answer(&uri) => return Err(RegistrationError::RedirectQuery),
            Ok(uri) if accepted.contains(&uri) => {}
            Ok(uri) => accepted.push(uri),
            Err(error @ (RedirectError::PrivateUse | RedirectError::PlainHttp)) => refused = error,
            Err(error) => return Err(RegistrationError::Redirect(error)),
        }
    }
    if accepted.is_empty() { Err(RegistrationError::Redirect(refused)) } else { Ok(accepted) }
}

/// Whether the field is one we keep; its type is checked.
fn keep(name: &str, value: &Value) -> Result<bool, RegistrationError> {
    let name_part = name.split_once('#').map_or(name, |(before, _)| before); // `client_name#de`, RFC 7591 §2.2
    if TEXTS.contains(&name_part) || LINKS.contains(&name_part) {
        let text = value.as_str().ok_or(RegistrationError::Field)?;
        let longest = if name_part == "client_name" { LONGEST_NAME } else { LONGEST_TEXT };
        if text.len() > longest || text.chars().any(char::is_control) || name.len() > 64 {
            return Err(RegistrationError::Field);
        }
        let link = text.starts_with("https://") || text.starts_with("http://");
        return if LINKS.contains(&name_part) && !link { Err(RegistrationError::Field) } else { Ok(true) };
    }
    if name == "contacts" {
        let contacts = strings(Some(value)).ok_or(RegistrationError::Field)?;
        let good =
            contacts.iter().all(|text| text.len() <= LONGEST_NAME && !text.chars().any(char::is_control));
        return if good { Ok(true) } else { Err(RegistrationError::Field) };
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::TenantId;
    use crate::uri::Base;
    use serde_json::json;

    fn parse(value: &Value) -> Result<ClientMetadata, RegistrationError> {
        ClientMetadata::parse(value.to_string().as_bytes())
    }

    fn tenant(base: &str) -> Tenant {
        Tenant { base: Base::parse(base).unwrap(), id: TenantId::derive("wiki", "local", "", &[]) }
    }

    #[test]
    fn the_least_a_client_sends() {
        let metadata = parse(&json!({"redirect_uris": ["http://localhost:1/cb"]})).unwrap();
        assert_eq!(metadata.auth_method(), AuthMethod::None);
        assert!(metadata.wants_refresh());
        assert_eq!(
            metadata.to_json(),
            json!({
                "redirect_uris": ["http://localhost:1/cb"],
                "token_endpoint_auth_method": "none",
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
            })
        );
    }

    #[test]
    fn every_known_field_is_echoed_and_survives_storing() {
        let sent = json!({
            "redirect_uris": ["https://claude.ai/cb"], "client_name": "Claude", "client_name#de": "Klaus",
            "client_uri": "https://claude.ai", "logo_uri": "https://claude.ai/logo", "scope": "read write",
            "contacts": ["a@example.com"], "tos_uri": "https://t", "policy_uri": "https://p",
            "software_id": "x", "software_version": "1", "application_type": "native",
            "token_endpoint_auth_method": "client_secret_post",
            "grant_types": ["authorization_code"], "response_types": ["code"],
        });
        let metadata = parse(&sent).unwrap();
        assert_eq!(metadata.to_json(), sent);
        assert_eq!(ClientMetadata::from_stored(&metadata.to_json()).unwrap(), metadata);
        assert!(!metadata.wants_refresh());
        assert_eq!(metadata.client_name(), Some("Claude"));
    }

    #[test]
    fn null_is_absent_and_unknown_fields_are_left_out() {
        let metadata = parse(&json!({
            "redirect_uris": ["https://h/cb"], "client_name": null, "token_endpoint_auth_method": null, "made_up": {"a": 1},
        })).unwrap();
        let echoed = metadata.to_json();
        assert!(echoed.get("client_name").is_none() && echoed.get("made_up").is_none());
        assert!(echoed.as_object().unwrap().values().all(|value| !value.is_null()));
    }

    #[test]
    fn mixed_lists_keep_what_can_be_used() {
        let metadata = parse(&json!({"redirect_uris": [
            "cursor://anysphere.cursor-mcp/oauth/callback", "evil-app://cb", "http://10.0.0.1/cb", "https://h/cb", "https://h/cb",
        ]})).unwrap();
        let kept: Vec<&str> = metadata.redirect_uris().iter().map(RedirectUri::as_str).collect();
        assert_eq!(kept, ["cursor://anysphere.cursor-mcp/oauth/callback", "https://h/cb"]);
    }

    #[test]
    fn what_is_refused_and_how() {
        use OAuthError::{InvalidClientMetadata as Metadata, InvalidRedirectUri as Redirect};
        for (sent, code) in [
            (json!([]), Metadata),
            (json!({}), Redirect),
            (json!({"redirect_uris": []}), Redirect),
            (json!({"redirect_uris": "https://h/cb"}), Redirect),
            (json!({"redirect_uris": [1]}), Redirect),
            (json!({"redirect_uris": vec!["https://h/cb"; 33]}), Redirect),
            (json!({"redirect_uris": ["https://h/cb", "javascript:alert(1)"]}), Redirect),
            (json!({"redirect_uris": ["evil-app://cb"]}), Redirect),
            (json!({"redirect_uris": ["https://h/cb#f"]}), Redirect),
            (json!({"redirect_uris": ["https://h/cb?state=x"]}), Redirect),
            (
                json!({"redirect_uris": ["https://h/cb"], "token_endpoint_auth_method": "private_key_jwt"}),
                Metadata,
            ),
            (json!({"redirect_uris": ["https://h/cb"], "token_endpoint_auth_method": 1}), Metadata),
            (json!({"redirect_uris": ["https://h/cb"], "grant_types": ["client_credentials"]}), Metadata),
            (json!({"redirect_uris": ["https://h/cb"], "grant_types": "authorization_code"}), Metadata),
            (json!({"redirect_uris": ["https://h/cb"], "response_types": ["token"]}), Metadata),
            (json!({"redirect_uris": ["https://h/cb"], "software_statement": "x.y.z"}), Metadata),
            (json!({"redirect_uris": ["https://h/cb"], "client_name": 1}), Metadata),
            (json!({"redirect_uris": ["https://h/cb"], "client_name": "a\nb"}), Metadata),
            (json!({"redirect_uris": ["https://h/cb"], "client_name": "n".repeat(201)}), Metadata),
            (json!({"redirect_uris": ["https://h/cb"], "logo_uri": "javascript:x"}), Metadata),
            (json!({"redirect_uris": ["https://h/cb"], "contacts": [1]}), Metadata),
        ] {
            assert_eq!(parse(&sent).unwrap_err().code(), code, "{sent}");
        }
        assert_eq!(ClientMetadata::parse(b"{").unwrap_err(), RegistrationError::NotAnObject);
    }

    #[test]
    fn a_public_id_follows_from_metadata_and_tenant() {
        let (a, b) = ("https://h/cb", "https://h/cb2");
        let this = parse(&json!({"redirect_uris": [a, b], "client_name": "x"})).unwrap();
        let turned = parse(&json!({"client_name": "x", "redirect_uris": [b, a]})).unwrap();
        let other = parse(&json!({"redirect_uris": [a, b], "client_name": "y"})).unwrap();
        let here = tenant("https://h/a");
        assert_eq!(this.public_client_id(&here), turned.public_client_id(&here));
        assert_ne!(this.public_client_id(&here), other.public_client_id(&here));
        assert_ne!(this.public_client_id(&here), this.public_client_id(&tenant("https://h/b")));
        let foreign = Tenant { id: TenantId::derive("wiki", "https://evil", "", &[]), ..here.clone() };
        assert_ne!(this.public_client_id(&here), this.public_client_id(&foreign));
        assert_eq!(this.public_client_id(&here).len(), 48);
    }
}
