//! GitHub: OAuth 2.0 without OpenID Connect. The user's identity comes from GitHub's API, which is called only with
//! access tokens that GitHub issued to this server. GitHub's token endpoint reports errors with status 200.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use protocol::encoding::{b64url_encode, sha256};
use protocol::form::{append_query, encode_pairs};
use protocol::secret::Secret;
use protocol::settings::{Identity, Profile};
use protocol::text::TextSet;
use protocol::time::UnixTime;
use serde::Deserialize;

use super::access_token::{ASSUMED_SECS, Terms, UpstreamToken};
use super::claims::Notes;
use super::error::UpstreamError;
use super::http::{Credentials, Endpoint, HttpClient, Reply};
use super::port::{Begin, Finish, SignedIn};
use super::registration::Registration;

/// The scopes for reading the user and their email addresses.
const SCOPES: &str = "read:user user:email";
/// [`SCOPES`], and the scope for reading the organisations and teams to which the user belongs.
const SCOPES_WITH_GROUPS: &str = "read:user user:email read:org";
/// The number of entries per page of a list, and the maximum number of pages that are read.
const PER_PAGE: usize = 100;
const PAGES: u32 = 10;
/// The prefix that marks a stored access token: it is stored for confirming the user again if GitHub issues no refresh
/// token.
const ACCESS: &str = "access:";

#[derive(Deserialize)]
struct Tokens {
    access_token: Option<Secret<String>>,
    refresh_token: Option<Secret<String>>,
    #[serde(flatten)]
    terms: Terms,
    error: Option<String>,
}

/// The tokens that GitHub issued.
#[expect(clippy::struct_field_names, reason = "the names of the specification")]
pub(super) struct Issued {
    pub(super) access_token: Secret<String>,
    pub(super) refresh_token: Option<Secret<String>>,
    /// The access token for the MCP server, if the tenant passes it on; the error says why the MCP server could not use
    /// it.
    pub(super) upstream_token: Result<Option<UpstreamToken>, UpstreamError>,
}

#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
    name: Option<String>,
    avatar_url: Option<String>,
}

#[derive(Deserialize)]
struct Email {
    #[serde(rename = "email")]
    address: String,
    primary: bool,
    verified: bool,
}

#[derive(Deserialize)]
struct Organisation {
    login: String,
}

#[derive(Deserialize)]
struct Team {
    slug: String,
    organization: Organisation,
}

/// Returns the URL to which the browser is sent.
pub(super) fn authorize_url(
    http: &HttpClient,
    at: &Registration,
    begin: &Begin,
) -> Result<String, UpstreamError> {
    let endpoint = http.judge(&at.issuer, &below(at, "/login/oauth/authorize"))?;
    let challenge = b64url_encode(&sha256(begin.verifier.expose().as_bytes()));
    let mut pairs = vec![
        ("client_id", at.client_id.as_str()),
        ("redirect_uri", begin.redirect_uri.as_str()),
        ("scope", if at.needs_groups() { SCOPES_WITH_GROUPS } else { SCOPES }),
        ("state", begin.state.expose().as_str()),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    if let Some(prompt) = begin.prompt.as_deref().filter(|prompt| *prompt == "select_account") {
        pairs.push(("prompt", prompt));
    }
    pairs.extend(begin.login_hint.as_deref().map(|hint| ("login", hint)));
    pairs.extend(at.authorize_params.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    Ok(append_query(endpoint.as_str(), &pairs))
}

/// Exchanges the code and reads the user's identity.
pub(super) async fn exchange(
    http: &HttpClient,
    at: &Registration,
    finish: &Finish,
    now: UnixTime,
) -> Result<SignedIn, UpstreamError> {
    let form = [
        ("code", finish.code.expose().as_str()),
        ("redirect_uri", finish.redirect_uri.as_str()),
        ("code_verifier", finish.verifier.expose().as_str()),
    ];
    let issued = tokens(http, at, &form, now).await?;
    let upstream_token = issued.upstream_token?;
    let (identity, notes) = user(http, at, &issued.access_token).await?;
    let access = || Secret::new([ACCESS, issued.access_token.expose()].concat());
    let kept = issued.refresh_token.clone().unwrap_or_else(access);
    Ok(SignedIn { identity, notes, refresh_token: Some(kept), upstream_token })
}

/// Returns an access token for GitHub's API. If `kept` is a refresh token, exchanges it for an access token and a new
/// refresh token; if `kept` is a stored access token, returns that.
pub(super) async fn refresh(
    http: &HttpClient,
    at: &Registration,
    kept: &Secret<String>,
    now: UnixTime,
) -> Result<Issued, UpstreamError> {
    if let Some(access) = kept.expose().strip_prefix(ACCESS) {
        let access_token = Secret::new(access.to_owned());
        // An access token that is stored in place of a refresh token does not expire by itself. Each refresh asks
        // GitHub whether it is still valid.
        let upstream_token = at
            .passes_token_on
            .then(|| UpstreamToken { token: access_token.clone(), expires: now.plus(ASSUMED_SECS) });
        return Ok(Issued { access_token, refresh_token: None, upstream_token: Ok(upstream_token) });
    }
    let form = [("grant_type", "refresh_token"), ("refresh_token", kept.expose().as_str())];
    tokens(http, at, &form, now).await
}

/// Reads the identity again. Fails unless the user is the one with the id `subject`.
pub(super) async fn confirm(
    http: &HttpClient,
    at: &Registration,
    access: &Secret<String>,
    subject: &str,
) -> Result<(Identity, Notes), UpstreamError> {
    let (identity, notes) = user(http, at, access).await?;
    if identity.sub != subject {
        return Err(UpstreamError::Unverifiable("it is a different user from the one at login".to_owned()));
    }
    Ok((identity, notes))
}

fn below(at: &Registration, path: &str) -> String {
    [at.issuer.trim_end_matches('/'), path].concat()
}

/// Returns a URL of GitHub's API: at `api.github.com`, or below `/api/v3` of a GitHub Enterprise server.
fn api(http: &HttpClient, at: &Registration, path: &str) -> Result<Endpoint, UpstreamError> {
    let address = if at.issuer.trim_end_matches('/') == "https://github.com" {
        ["https://api.github.com", path].concat()
    } else {
        below(at, &["/api/v3", path].concat())
    };
    http.judge(&at.issuer, &address)
}

async fn tokens(
    http: &HttpClient,
    at: &Registration,
    form: &[(&str, &str)],
    now: UnixTime,
) -> Result<Issued, UpstreamError> {
    let mut form = form.to_vec();
    form.push(("client_id", &at.client_id));
    form.extend(at.client_secret.as_ref().map(|secret| ("client_secret", secret.expose().as_str())));
    let endpoint = http.judge(&at.issuer, &below(at, "/login/oauth/access_token"))?;
    let body = Secret::new(encode_pairs(&form));
    let reply = http.post_form(&endpoint, body, Credentials::None).await?;
    let tokens: Tokens = json(&reply, "the token endpoint")?;
    match (tokens.error, tokens.access_token) {
        (None, Some(access)) => {
            let token = at.passes_token_on.then(|| tokens.terms.token(Some(&access), now));
            Ok(Issued {
                access_token: access,
                refresh_token: tokens.refresh_token,
                upstream_token: token.transpose(),
            })
        }
        (Some(error), _) => Err(refused(&error)),
        (None, None) => Err(UpstreamError::Unavailable("the token endpoint returned no token".to_owned())),
    }
}

fn refused(error: &str) -> UpstreamError {
    let shown = utf8_percent_encode(error, NON_ALPHANUMERIC).to_string().chars().take(64).collect();
    match error {
        "bad_verification_code" | "bad_refresh_token" | "unverified_user_email" => {
            UpstreamError::GrantRefused(shown)
        }
        "incorrect_client_credentials" | "redirect_uri_mismatch" => UpstreamError::Misconfigured(shown),
        _ => UpstreamError::Unavailable(shown),
    }
}

async fn user(
    http: &HttpClient,
    at: &Registration,
    access: &Secret<String>,
) -> Result<(Identity, Notes), UpstreamError> {
    let user: User = json(&ask(http, at, access, "/user").await?, "/user")?;
    let emails: Vec<Email> = json(&ask(http, at, access, "/user/emails").await?, "/user/emails")?;
    let primary = emails.into_iter().find(|email| email.primary);
    let mut notes = Notes::default();
    let groups = if at.needs_groups() {
        match groups(http, at, access).await {
            Ok(groups) => {
                notes.has_groups = true;
                groups
            }
            Err(error) if at.needed.groups => return Err(error),
            Err(error) => {
                notes.userinfo = Some(error.to_string());
                TextSet::new()
            }
        }
    } else {
        TextSet::new()
    };
    let identity = Identity {
        // A user can give up a name, and another can take it; the numeric id stays the same.
        sub: user.id.to_string(),
        claims: Profile {
            email_verified: primary.as_ref().map(|email| email.verified),
            email: primary.map(|email| email.address),
            name: user.name,
            picture: user.avatar_url,
            preferred_username: Some(user.login),
            groups,
            ..Profile::default()
        },
    };
    Ok((identity, notes))
}

/// Returns the user's groups: `org` for each organisation and `org/team` for each team to which the user belongs,
/// spelled as GitHub spells them.
async fn groups(
    http: &HttpClient,
    at: &Registration,
    access: &Secret<String>,
) -> Result<TextSet, UpstreamError> {
    let organisations: Vec<Organisation> = list(http, at, access, "/user/orgs").await?;
    let teams: Vec<Team> = list(http, at, access, "/user/teams").await?;
    let teams = teams.into_iter().map(|team| [&team.organization.login, "/", &team.slug].concat());
    Ok(organisations.into_iter().map(|organisation| organisation.login).chain(teams).collect())
}

/// Reads a list page by page, at most [`PAGES`] pages.
async fn list<T: serde::de::DeserializeOwned>(
    http: &HttpClient,
    at: &Registration,
    access: &Secret<String>,
    path: &str,
) -> Result<Vec<T>, UpstreamError> {
    let mut all = Vec::new();
    for page in 1..=PAGES {
        let place = format!("{path}?per_page={PER_PAGE}&page={page}");
        let entries: Vec<T> = json(&ask(http, at, access, &place).await?, path)?;
        let last = entries.len() < PER_PAGE;
        all.extend(entries);
        if last {
            break;
        }
    }
    Ok(all)
}

async fn ask(
    http: &HttpClient,
    at: &Registration,
    access: &Secret<String>,
    path: &str,
) -> Result<Reply, UpstreamError> {
    let reply = http.get_with_bearer(&api(http, at, path)?, access).await?;
    let exhausted = || {
        let left = reply.headers.get("x-ratelimit-remaining");
        left.is_some_and(|left| left == "0") || reply.headers.contains_key("retry-after")
    };
    match reply.status {
        200 => Ok(reply),
        401 => Err(UpstreamError::GrantRefused("the access token is no longer valid".to_owned())),
        // GitHub issued the token before groups were needed. A new sign-in requests the scope `read:org`.
        403 if !exhausted() => {
            Err(UpstreamError::GrantRefused(format!("the access token does not allow {path}")))
        }
        status => Err(UpstreamError::Unavailable(format!("{path} responded with status {status}"))),
    }
}

fn json<T: serde::de::DeserializeOwned>(reply: &Reply, what: &str) -> Result<T, UpstreamError> {
    serde_json::from_slice(reply.body.expose()).map_err(|_| {
        UpstreamError::Unavailable(format!(
            "{what} responded with status {} and not with the expected JSON",
            reply.status
        ))
    })
}
