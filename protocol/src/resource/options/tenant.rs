//! The options of the tenant role.

use super::backend::{Others, backend_headers};
use super::error::ConfigError;
use super::key_source::KeySource;
use super::raw::Raw;
use super::settings::settings;
use crate::jose::anchor::TrustAnchors;
use crate::resource::backend_headers::BackendHeaders;
use crate::resource::bearer::is_token;
use crate::resource::cors::AllowedOrigins;
use crate::resource::policy::{PublicMethods, Rules};
use crate::resource::tenant_paths::TenantPaths;
use crate::resource::verifier::KeyFileOptions;
use crate::resource::workloads::Workloads;
use crate::scope::ScopeSet;
use crate::settings::{BoxItem, NEVER_OFFERED, TenantSettings};
use crate::tenant::TenantId;
use crate::uri::{Base, after_scheme, has_risky_path};
use std::rc::Rc;

/// How the base of a request is found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BaseSource {
    /// `publicURL`.
    Fixed(Base),
    /// From the request's scheme and host, and this path (`""` or `"/wiki"`).
    Request {
        /// The path.
        path: String,
    },
    /// From the request's scheme, host and path. The tenant is the one with the longest path such that the request's
    /// path is at or below it, or else the tenant that has the host to itself.
    Paths(TenantPaths),
}

/// The issuer whose tokens the key file verifies (`jwksIssuer`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ForeignKeys {
    /// The only `iss` that is accepted.
    pub issuer: String,
    /// Whether `typ: JWT` is accepted too.
    pub allow_typ_jwt: bool,
    /// The subjects whose tokens need to name neither scopes nor a client.
    pub workloads: Workloads,
}

/// The `scope` of challenges, formatted once as the header has it. `offline_access` is in neither text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChallengeScopes {
    /// For 401: the scopes to request.
    pub advertised: String,
    /// For 403: all scopes that are required.
    pub required: String,
}

/// The options of one tenant.
#[derive(Clone, Debug)]
pub struct TenantConfig {
    /// The settings that are sent to the sidecar.
    pub settings: TenantSettings,
    /// The tenant's id under those settings.
    pub tid: TenantId,
    /// The scopes in challenges.
    pub challenge: ChallengeScopes,
    /// `toolPolicy`: what methods, tools, prompts and resources need.
    pub rules: Rc<Rules>,
    /// `publicMethods`: the methods for which no token is needed.
    pub public: PublicMethods,
    /// The anchors that vouch for signing keys; `None`: those of the key source, if it has any.
    pub anchors: Option<TrustAnchors>,
    /// The key file (`jwksFile`), which is the second source of keys.
    pub key_file: Option<KeyFileOptions>,
    /// The path of the list of revoked grants.
    pub revocation_file: Option<String>,
    /// The issuer whose tokens the key file verifies; `None`: the key file verifies our own tokens.
    pub foreign: Option<ForeignKeys>,
    /// The authorization servers that clients are sent to (RFC 9728 §2); empty: the tenant's own.
    pub authorization_servers: Vec<String>,
    /// How the base is found.
    pub base: BaseSource,
    /// The origins whose pages may send requests.
    pub allowed_origins: AllowedOrigins,
    /// Request headers that those pages may send in addition to the usual ones.
    pub allowed_headers: Vec<String>,
    /// Which entry of `X-Forwarded-For`, counted from the right, is the client's address; 0: the client is the peer.
    pub client_ip_depth: usize,
    /// Whether a tenant with a path also serves authorization-server metadata at the host's root.
    pub root_metadata: bool,
    /// Paths that belong to other services or tenants, at a tenant without a path.
    pub exclude_paths: Vec<String>,
    /// Whether the client's token is forwarded to the MCP server.
    pub forward_authorization: bool,
    /// Whether the token's issuer is forwarded to the MCP server.
    pub forward_issuer: bool,
    /// The headers that tell the MCP server more about the caller.
    pub backend: BackendHeaders,
}

pub(super) fn parse(raw: &Raw<'_>, keys: &KeySource, env_anchor: &str) -> Result<TenantConfig, ConfigError> {
    let rules = rules(raw)?;
    let mut settings = settings(raw, rules.scopes())?;
    let key_file = key_file(raw)?;
    let foreign = foreign(raw, key_file.is_some())?;
    if foreign.is_none() {
        // Our own tokens never grant these scopes, so requiring them would lock everybody out.
        settings.required_scopes = settings.required_scopes.without(NEVER_OFFERED);
    }
    let anchors = anchors(raw, env_anchor)?;
    if anchors.is_none() && key_file.is_none() && matches!(keys, KeySource::Environment(_)) {
        return Err(ConfigError::bad(
            "trustAnchor",
            "neither this option nor BOUNCER_TRUST_ANCHOR nor jwksFile is set",
        ));
    }
    let challenge_scopes = |scopes: &ScopeSet| scopes.without(&["offline_access"]).to_string();
    let depth = raw.number("clientIPDepth", 0)?;
    let forward_authorization = raw.flag("forwardAuthorization")?;
    let others = Others {
        provider: &settings.provider,
        has_foreign_issuer: foreign.is_some(),
        forwards_authorization: forward_authorization,
    };
    let backend = backend_headers(raw, &others)?;
    settings.token_box = backend.items();
    validate_tokens(&settings)?;
    Ok(TenantConfig {
        tid: settings.tid(),
        challenge: ChallengeScopes {
            advertised: challenge_scopes(&settings.advertised_scopes()),
            required: challenge_scopes(&settings.required_scopes),
        },
        rules: Rc::new(rules),
        public: public_methods(raw)?,
        anchors,
        authorization_servers: authorization_servers(raw, foreign.is_some())?,
        foreign,
        key_file,
        revocation_file: path(raw, "revocationFile")?,
        base: base(raw, &settings.resource)?,
        allowed_origins: origins(raw)?,
        allowed_headers: headers(raw)?,
        client_ip_depth: usize::try_from(depth)
            .ok()
            .filter(|depth| *depth <= 32)
            .ok_or_else(|| ConfigError::bad("clientIPDepth", "more than 32"))?,
        root_metadata: raw.flag("rootMetadata")?,
        exclude_paths: exclude_paths(raw)?,
        forward_authorization,
        forward_issuer: raw.flag("forwardIssuer")?,
        backend,
        settings,
    })
}

/// Refuses the options for tokens that are issued without a token of the provider if `upstreamToken` is set: the plugin
/// would accept none of these tokens.
fn validate_tokens(settings: &TenantSettings) -> Result<(), ConfigError> {
    if !settings.boxes(BoxItem::UpstreamToken) {
        return Ok(());
    }
    let name = match settings {
        TenantSettings { enterprise_managed: true, .. } => "enterpriseManaged",
        TenantSettings { personal_days: 1.., .. } => "personalTokens",
        _ => return Ok(()),
    };
    Err(ConfigError::bad(name, "upstreamToken is set, and such tokens come without a token of the provider"))
}

fn rules(raw: &Raw<'_>) -> Result<Rules, ConfigError> {
    const NAME: &str = "toolPolicy";
    Rules::parse(&raw.filled_list(NAME)?).map_err(|error| ConfigError::bad(NAME, error))
}

fn public_methods(raw: &Raw<'_>) -> Result<PublicMethods, ConfigError> {
    const NAME: &str = "publicMethods";
    PublicMethods::parse(&raw.list(NAME)?)
        .ok_or_else(|| ConfigError::bad(NAME, "not a list of methods like initialize, notifications/*"))
}

fn anchors(raw: &Raw<'_>, environment: &str) -> Result<Option<TrustAnchors>, ConfigError> {
    let (name, text) = match raw.list("trustAnchor")? {
        list if list.is_empty() => ("BOUNCER_TRUST_ANCHOR", environment.trim().to_owned()),
        list => ("trustAnchor", list.join(",")),
    };
    if text.is_empty() {
        return Ok(None);
    }
    TrustAnchors::parse(&text).map(Some).map_err(|error| ConfigError::bad(name, error))
}

fn key_file(raw: &Raw<'_>) -> Result<Option<KeyFileOptions>, ConfigError> {
    let ttl = raw.number("jwksCacheTTLSeconds", 300)?;
    Ok(path(raw, "jwksFile")?.map(|path| KeyFileOptions { path, ttl }))
}

fn path(raw: &Raw<'_>, name: &'static str) -> Result<Option<String>, ConfigError> {
    match raw.filled(name)? {
        Some(path) if !path.starts_with('/') => Err(ConfigError::bad(name, "not an absolute path")),
        path => Ok(path),
    }
}

fn foreign(raw: &Raw<'_>, has_file: bool) -> Result<Option<ForeignKeys>, ConfigError> {
    let allow_typ_jwt = raw.flag("jwksAllowTypJWT")?;
    let workloads = Workloads::new(raw.map("workloads")?).ok_or_else(|| {
        ConfigError::bad(
            "workloads",
            "not of the form subject=scope, where * stands only at the end, after : or /",
        )
    })?;
    match raw.text("jwksIssuer")? {
        // Without the option, the file holds our own keys. An empty variable must not mean that.
        Some(issuer) if issuer.is_empty() => {
            Err(ConfigError::bad("jwksIssuer", "given and empty: fill it in, or leave it out"))
        }
        Some(_) if !has_file => Err(ConfigError::bad("jwksIssuer", "jwksFile is not set")),
        Some(issuer) => Ok(Some(ForeignKeys { issuer, allow_typ_jwt, workloads })),
        None if !workloads.is_empty() => Err(ConfigError::bad("workloads", "jwksIssuer is not set")),
        None if allow_typ_jwt => Err(ConfigError::bad("jwksAllowTypJWT", "jwksIssuer is not set")),
        None => Ok(None),
    }
}

/// The authorization servers at which a client gets a token of `jwksIssuer`, which the tenant's own cannot issue.
fn authorization_servers(raw: &Raw<'_>, has_issuer: bool) -> Result<Vec<String>, ConfigError> {
    const NAME: &str = "authorizationServers";
    let issuers = raw.list(NAME)?;
    // Clients compare an issuer byte for byte (RFC 8414 §3.3), so it is kept as it is written.
    let shaped = |issuer: &String| {
        let readable = issuer.bytes().all(|b| b.is_ascii_graphic() && !b"\"\\?#".contains(&b));
        readable
            && Base::parse(issuer.strip_suffix('/').unwrap_or(issuer))
                .is_ok_and(|base| base.is_secure_or_loopback())
    };
    if !issuers.iter().all(shaped) {
        return Err(ConfigError::bad(NAME, "not a list of issuers like https://idp.example.com"));
    }
    if !issuers.is_empty() && !has_issuer {
        return Err(ConfigError::bad(
            NAME,
            "jwksIssuer is not set, so no token of another issuer is accepted",
        ));
    }
    Ok(issuers)
}

fn base(raw: &Raw<'_>, resource: &str) -> Result<BaseSource, ConfigError> {
    let prefix = match raw.text("pathPrefix")? {
        Some(prefix) if prefix != "*" => Some(prefix),
        _ => None,
    };
    let path = match &prefix {
        Some(prefix) => prefix.strip_suffix('/').unwrap_or(prefix).to_owned(),
        None if resource.is_empty() => String::new(),
        None => ["/", resource].concat(),
    };
    if let Some(paths) = paths(raw)? {
        return match raw.names().find(|name| *name == "publicURL") {
            None if path.is_empty() => Ok(BaseSource::Paths(paths)),
            _ => {
                Err(ConfigError::bad("paths", "neither resource, pathPrefix nor publicURL may be given too"))
            }
        };
    }
    let sound = path.is_empty() || path.starts_with('/');
    if !sound || Base::parse(&["https://h", &path].concat()).is_err() {
        return Err(ConfigError::bad("pathPrefix", "neither empty nor a path like /wiki"));
    }
    let Some(url) = raw.filled("publicURL")? else { return Ok(BaseSource::Request { path }) };
    let base = Base::parse(&url).map_err(|error| ConfigError::bad("publicURL", error))?;
    if !base.is_secure_or_loopback() {
        return Err(ConfigError::bad("publicURL", "http is for this machine only: use https"));
    }
    if prefix.is_some() && base.path() != path {
        return Err(ConfigError::bad("publicURL", "its path is not that of pathPrefix"));
    }
    Ok(BaseSource::Fixed(base))
}

/// The tenants with a path that share this middleware.
fn paths(raw: &Raw<'_>) -> Result<Option<TenantPaths>, ConfigError> {
    let list = raw.list("paths")?;
    if list.is_empty() {
        return Ok(None);
    }
    TenantPaths::parse(&list)
        .map(Some)
        .ok_or_else(|| ConfigError::bad("paths", "not a list of hosts with paths like mcp.example.com/wiki"))
}

fn origins(raw: &Raw<'_>) -> Result<AllowedOrigins, ConfigError> {
    let list = raw.filled_list("allowedOrigins")?;
    if list.is_empty() || list.iter().any(|origin| origin == "*") {
        return Ok(AllowedOrigins::Any);
    }
    let shaped = |origin: &String| {
        let rest = after_scheme(origin).unwrap_or_default();
        let host = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic() && b != b'/');
        host || origin == "null"
    };
    let list: Vec<String> =
        list.iter().map(|origin| origin.strip_suffix('/').unwrap_or(origin).to_owned()).collect();
    if list.iter().all(shaped) {
        Ok(AllowedOrigins::Only(list))
    } else {
        Err(ConfigError::bad("allowedOrigins", "not a list of origins like https://app.example.com"))
    }
}

fn headers(raw: &Raw<'_>) -> Result<Vec<String>, ConfigError> {
    let list = raw.list("allowedHeaders")?;
    if list.iter().all(|name| is_token(name)) {
        Ok(list)
    } else {
        Err(ConfigError::bad("allowedHeaders", "not a list of header names"))
    }
}

fn exclude_paths(raw: &Raw<'_>) -> Result<Vec<String>, ConfigError> {
    let list = raw.list("excludePaths")?;
    let sound = |path: &String| path.starts_with('/') && path.len() > 1 && !has_risky_path(path);
    if list.iter().all(sound) {
        Ok(list)
    } else {
        Err(ConfigError::bad("excludePaths", "not a list of paths like /wiki"))
    }
}
