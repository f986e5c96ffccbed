//! Client metadata (RFC 7591 §2), validated once and stored in one form.

mod error;

pub use error::{FieldProblem, RegistrationError};

use crate::encoding::{b64url_encode, sha256};
use crate::limits::{TooLong, registration as limits};
use crate::server::grant_type::GrantType;
use crate::server::redirect::{RedirectError, RedirectRules, RedirectUri, collides_with_response};
use crate::tenant::Tenant;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Length in bytes of a client id that this server makes. In base64url it has 22 characters.
pub const CLIENT_ID_BYTES: usize = 16;

/// How a client authenticates at the token endpoint (`token_endpoint_auth_method` of RFC 7591 §2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AuthMethod {
    /// A public client. This is the default of this server, because MCP clients are public.
    None,
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
    /// `private_key_jwt` (RFC 7523 §2.2).
    PrivateKeyJwt,
}

impl AuthMethod {
    /// The registered name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}

/// Validated metadata.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClientMetadata {
    redirect_uris: Vec<RedirectUri>,
    auth_method: AuthMethod,
    /// In the order of [`GrantType::ALL`].
    grant_types: Vec<GrantType>,
    /// Members that are only stored and returned. Their types are validated.
    other: BTreeMap<String, Value>,
}

/// Texts that are stored and returned.
const TEXTS: [&str; 5] = ["client_name", "scope", "software_id", "software_version", "application_type"];
/// Links that are stored and returned. They are `http` or `https`, because pages may show them.
const LINKS: [&str; 5] = ["client_uri", "logo_uri", "tos_uri", "policy_uri", "jwks_uri"];

impl ClientMetadata {
    /// Reads a registration request (RFC 7591 §3.1). Unknown members are ignored, as the RFC requires, and empty
    /// members count as absent. Redirect URIs that `rules` do not allow are left out; the response lists those that are
    /// registered.
    pub fn parse(body: &[u8], rules: &RedirectRules) -> Result<Self, RegistrationError> {
        Self::from_fields(object(body)?, Some(rules))
    }

    /// Reads a client document (Client ID Metadata Document, section 4.1): the members of a registration, with a
    /// `client_id` that is exactly the address from which the document was fetched, a name, and no shared secret.
    pub fn from_document(url: &str, body: &[u8], rules: &RedirectRules) -> Result<Self, RegistrationError> {
        let fields = object(body)?;
        if fields.get("client_id").and_then(Value::as_str) != Some(url) {
            return Err(RegistrationError::OtherId);
        }
        if fields.contains_key("client_secret") || fields.contains_key("client_secret_expires_at") {
            return Err(RegistrationError::SharedSecret);
        }
        let metadata = Self::from_fields(fields, Some(rules))?;
        match (metadata.auth_method, metadata.client_name()) {
            (AuthMethod::Basic | AuthMethod::Post, _) => Err(RegistrationError::SharedSecret),
            (_, None) => Err(RegistrationError::NoName),
            (AuthMethod::None | AuthMethod::PrivateKeyJwt, Some(_)) => Ok(metadata),
        }
    }

    /// Reads the result of [`Self::to_json`].
    pub fn from_stored(stored: &Value) -> Result<Self, RegistrationError> {
        let fields = stored.as_object().ok_or(RegistrationError::NotAnObject)?;
        Self::from_fields(without_empty(fields.clone()), None)
    }

    fn from_fields(
        mut fields: Map<String, Value>,
        rules: Option<&RedirectRules>,
    ) -> Result<Self, RegistrationError> {
        check_lengths(&fields)?;
        if fields.contains_key("software_statement") {
            return Err(RegistrationError::SoftwareStatement);
        }
        let auth_method = match fields.get("token_endpoint_auth_method").map(Value::as_str) {
            None | Some(Some("none")) => AuthMethod::None,
            Some(Some("client_secret_basic")) => AuthMethod::Basic,
            Some(Some("client_secret_post")) => AuthMethod::Post,
            Some(Some("private_key_jwt")) => AuthMethod::PrivateKeyJwt,
            Some(_) => return Err(RegistrationError::AuthMethod),
        };
        if auth_method == AuthMethod::PrivateKeyJwt {
            require_keys(&fields)?;
        }
        let grant_types = grant_types(&fields, auth_method, rules.is_none())?;
        let redirect_uris = if grant_types.contains(&GrantType::AuthorizationCode) {
            redirects(fields.get("redirect_uris"), rules)?
        } else {
            Vec::new()
        };
        application_type(&mut fields, &redirect_uris)?;
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
        let translated = other.keys().filter(|name| name.contains('#')).count();
        limits::TRANSLATIONS.check(translated)?;
        let metadata = Self { redirect_uris, auth_method, grant_types, other };
        limits::METADATA.check(metadata.to_json().to_string().len())?;
        Ok(metadata)
    }

    /// The accepted redirect URIs, in the order given.
    pub fn redirect_uris(&self) -> &[RedirectUri] {
        &self.redirect_uris
    }

    /// How the client authenticates.
    pub const fn auth_method(&self) -> AuthMethod {
        self.auth_method
    }

    /// Whether the client may use this grant type.
    pub fn allows(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }

    /// The name for the consent page, if the client has one. It proves nothing: a client can choose any name.
    pub fn client_name(&self) -> Option<&str> {
        self.other.get("client_name").and_then(Value::as_str)
    }

    /// `scope`: the scopes that the client says it uses.
    pub fn scope(&self) -> Option<&str> {
        self.other.get("scope").and_then(Value::as_str)
    }

    /// `jwks`: the client's own public keys.
    pub fn jwks(&self) -> Option<&Value> {
        self.other.get("jwks")
    }

    /// `jwks_uri`: the address of the client's own public keys.
    pub fn jwks_uri(&self) -> Option<&str> {
        self.other.get("jwks_uri").and_then(Value::as_str)
    }

    /// The metadata as they are stored and returned (RFC 7591 §3.2.1): every accepted member. No member is null.
    pub fn to_json(&self) -> Value {
        Value::Object(self.fields())
    }

    fn fields(&self) -> Map<String, Value> {
        let list = |items: &[&str]| Value::from(items.to_vec());
        let mut out: Map<String, Value> = self.other.clone().into_iter().collect();
        let uris: Vec<&str> = self.redirect_uris.iter().map(RedirectUri::as_str).collect();
        out.insert("redirect_uris".into(), uris.into());
        out.insert("token_endpoint_auth_method".into(), self.auth_method.name().into());
        let grants: Vec<&str> = self.grant_types.iter().map(|grant| grant.name()).collect();
        out.insert("grant_types".into(), list(&grants));
        let responses: &[&str] = if self.allows(GrantType::AuthorizationCode) { &["code"] } else { &[] };
        out.insert("response_types".into(), list(responses));
        out
    }

    /// The id of a public client: the same for the same metadata at the same tenant, so that a client which registers
    /// at each start stays one client and keeps its grants. The id does not depend on the order of the redirect URIs,
    /// on the port of a loopback address, which clients choose at random (RFC 8252 §7.3 allows any), and on
    /// `software_version`. It depends on what the consent page shows, `client_name` above all. Every access token
    /// carries the id, so it is short: the first 128 bits of a SHA-256. It takes 2^128 attempts to make a client with
    /// the id of a given client. It takes 2^64 attempts to make two clients with the same id, which gains nothing: the
    /// first registration is kept.
    pub fn public_client_id(&self, tenant: &Tenant) -> String {
        let mut uris: Vec<&str> = self.redirect_uris.iter().map(RedirectUri::without_port).collect();
        uris.sort_unstable();
        uris.dedup();
        let mut canonical = self.fields();
        canonical.insert("redirect_uris".into(), uris.into());
        canonical.remove("software_version");
        // Members are sorted by name, so equal metadata give equal text.
        let text = Value::Object(canonical).to_string();
        let tenant = tenant.key();
        let message = ["mcpbouncer public client v1\n", &tenant, "\n", &text].concat();
        let digest: Vec<u8> = sha256(message.as_bytes()).into_iter().take(CLIENT_ID_BYTES).collect();
        b64url_encode(&digest)
    }
}

/// The members of a JSON object that are not empty.
fn object(body: &[u8]) -> Result<Map<String, Value>, RegistrationError> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(without_empty(fields)),
        Ok(_) | Err(_) => Err(RegistrationError::NotAnObject),
    }
}

/// Removes empty members, because many clients write every member they know. `null`, the empty string, list and object
/// count as absent, and so do `null` and the empty string in a list.
fn without_empty(mut fields: Map<String, Value>) -> Map<String, Value> {
    let blank = |value: &Value| value.is_null() || value.as_str() == Some("");
    fields.retain(|_, value| match value {
        Value::Array(items) => {
            items.retain(|item| !blank(item));
            !items.is_empty()
        }
        Value::Object(members) => !members.is_empty(),
        other => !blank(other),
    });
    fields
}

/// Refuses a member that is longer than its limit, even if the member is not used. In a list, the limit is for each
/// value.
fn check_lengths(fields: &Map<String, Value>) -> Result<(), TooLong> {
    let lists = [
        ("redirect_uris", &limits::REDIRECT_URIS),
        ("grant_types", &limits::GRANT_TYPES),
        ("response_types", &limits::RESPONSE_TYPES),
        ("contacts", &limits::CONTACTS),
    ];
    for (name, value) in fields {
        let untagged = name.split_once('#').map_or(name.as_str(), |(before, _)| before); // `client_name#de`
        let Some(length) = limits::ALL.length_of(untagged) else { continue };
        limits::MEMBER_NAME.check(name.len())?;
        match value {
            Value::String(text) => length.check(text.len())?,
            Value::Array(values) => {
                let count = lists.iter().find(|(list, _)| *list == untagged);
                count.map_or(Ok(()), |(_, most)| most.check(values.len()))?;
                let mut texts = values.iter().filter_map(Value::as_str);
                texts.try_for_each(|text| length.check(text.len()))?;
            }
            Value::Object(_) => length.check(value.to_string().len())?,
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let keys = fields.get("jwks").and_then(|jwks| jwks.get("keys")).and_then(Value::as_array);
    limits::JWKS_KEYS.check(keys.map_or(0, Vec::len))
}

/// The values of a list of strings. Returns an empty list if the member is absent, and `None` if it is not a list of
/// strings.
fn strings(value: Option<&Value>) -> Option<Vec<&str>> {
    match value {
        None => Some(Vec::new()),
        Some(Value::Array(items)) => items.iter().map(Value::as_str).collect(),
        Some(_) => None,
    }
}

/// The grant types of a client. A client that names none gets `authorization_code`, the default of RFC 7591 §2, and
/// `refresh_token`. Names that are not supported are left out, and so are `refresh_token` without `authorization_code`
/// and `jwt-bearer` for a public client. Only the operator's file (`by_operator`) may name `client_credentials`, and
/// need not name `authorization_code`.
fn grant_types(
    fields: &Map<String, Value>,
    auth_method: AuthMethod,
    by_operator: bool,
) -> Result<Vec<GrantType>, RegistrationError> {
    let named = strings(fields.get("grant_types")).ok_or(RegistrationError::GrantTypes)?;
    if named.is_empty() {
        return Ok(vec![GrantType::AuthorizationCode, GrantType::RefreshToken]);
    }
    let logs_in = named.contains(&GrantType::AuthorizationCode.name());
    let may_have = |grant: &GrantType| match grant {
        GrantType::AuthorizationCode => true,
        GrantType::RefreshToken => logs_in,
        GrantType::ClientCredentials => by_operator,
        GrantType::JwtBearer => auth_method != AuthMethod::None,
    };
    let known = GrantType::ALL.into_iter().filter(|grant| named.contains(&grant.name()));
    let kept: Vec<GrantType> = known.filter(may_have).collect();
    if logs_in || (by_operator && !kept.is_empty()) { Ok(kept) } else { Err(RegistrationError::GrantTypes) }
}

/// The redirect URIs that are accepted. Clients send mixed lists and could not register at all if one URI refused the
/// whole list, so kinds that are not accepted are left out, and the response lists the others. A dangerous, malformed
/// or ambiguous URI does refuse the whole list.
fn redirects(
    value: Option<&Value>,
    rules: Option<&RedirectRules>,
) -> Result<Vec<RedirectUri>, RegistrationError> {
    let texts = strings(value).filter(|texts| !texts.is_empty()).ok_or(RegistrationError::NoRedirects)?;
    let mut accepted: Vec<RedirectUri> = Vec::new();
    let mut refused = RedirectError::Malformed;
    for text in texts {
        let outcome = RedirectUri::parse(text).and_then(|uri| match rules.map(|rules| rules.check(&uri)) {
            Some(Err(error)) => Err(error),
            None | Some(Ok(())) => Ok(uri),
        });
        match outcome {
            Ok(uri) if collides_with_response(&uri) => return Err(RegistrationError::RedirectQuery),
            Ok(uri) if accepted.contains(&uri) => {}
            Ok(uri) => accepted.push(uri),
            Err(
                error @ (RedirectError::PrivateUse(_)
                | RedirectError::PlainHttp
                | RedirectError::HostNotAllowed(_)),
            ) => refused = error,
            Err(error) => return Err(RegistrationError::Redirect(error)),
        }
    }
    if accepted.is_empty() { Err(RegistrationError::Redirect(refused)) } else { Ok(accepted) }
}

/// Fails unless the metadata hold the keys with which assertions are verified, or their https or loopback address, but
/// not both (RFC 7591 §2).
fn require_keys(fields: &Map<String, Value>) -> Result<(), RegistrationError> {
    let good = match (fields.get("jwks"), fields.get("jwks_uri")) {
        (Some(Value::Object(jwks)), None) => {
            let keys = jwks.get("keys").and_then(Value::as_array);
            keys.is_some_and(|keys| !keys.is_empty() && keys.iter().all(is_public_key))
        }
        // Whether http on loopback is fetched depends on what the operator allows.
        (None, Some(Value::String(uri))) => {
            uri.starts_with("https://") || uri.starts_with("http://127.0.0.1:")
        }
        _ => false,
    };
    if good { Ok(()) } else { Err(RegistrationError::Keys) }
}

/// Whether a key is an object without the members of a private or shared key (RFC 7518 §6).
fn is_public_key(key: &Value) -> bool {
    key.as_object().is_some_and(|key| !["d", "p", "q", "k"].iter().any(|part| key.contains_key(*part)))
}

/// Validates `application_type` (OpenID Connect Registration 1.0 §2). Some clients say `web` and register only
/// addresses on the user's device: these are registered, and described in the response, as `native`.
fn application_type(
    fields: &mut Map<String, Value>,
    redirect_uris: &[RedirectUri],
) -> Result<(), RegistrationError> {
    match fields.get("application_type").map(Value::as_str) {
        None | Some(Some("native")) => Ok(()),
        Some(Some("web")) => {
            if redirect_uris.iter().all(RedirectUri::is_local) {
                fields.insert("application_type".to_owned(), "native".into());
            }
            Ok(())
        }
        Some(_) => Err(RegistrationError::ApplicationType),
    }
}

/// Whether the member is stored. If it is, its type is validated.
fn keep(name: &str, value: &Value) -> Result<bool, RegistrationError> {
    use FieldProblem as Problem;
    let member = name.split_once('#').map_or(name, |(before, _)| before); // `client_name#de`, RFC 7591 §2.2
    let known = TEXTS.iter().chain(&LINKS).find(|known| **known == member);
    let refused = |field, problem| Err(RegistrationError::Field(field, problem));
    match (known, name) {
        (Some(&field), _) => {
            let problem = match value.as_str() {
                None => Some(Problem::Type),
                Some(text) if text.chars().any(char::is_control) => Some(Problem::Characters),
                Some(text) if LINKS.contains(&field) && !is_link(text) => Some(Problem::Link),
                Some(_) => None,
            };
            problem.map_or(Ok(true), |problem| refused(field, problem))
        }
        (None, "jwks") if !value.is_object() => refused("jwks", Problem::Type),
        (None, "jwks") => Ok(true),
        (None, "contacts") => {
            let Some(contacts) = strings(Some(value)) else { return refused("contacts", Problem::Type) };
            if contacts.iter().any(|text| text.chars().any(char::is_control)) {
                return refused("contacts", Problem::Characters);
            }
            Ok(true)
        }
        (None, _) => Ok(false),
    }
}

fn is_link(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

#[cfg(test)]
mod tests;
