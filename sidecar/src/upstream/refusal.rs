//! Finds out what a provider's error means for this server (RFC 6749 §4.1.2.1, §5.2), and which parts of it may be
//! logged.

use std::fmt;

use protocol::secret::Secret;
use serde_json::Value;

use super::error::UpstreamError;
use super::http::Reply;
use super::profile::Profile;

/// The maximum length of a logged error code, in characters.
const LONGEST_CODE: usize = 64;
/// The maximum length of a logged description, in characters.
const LONGEST_DESCRIPTION: usize = 200;

/// A provider's error in a form that is safe for the log: short, printable ASCII, without the secrets that were sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedError {
    code: String,
    description: String,
}

impl ReportedError {
    /// Makes the error from the members `error` and `error_description`. Replaces each of the `secrets` that the
    /// description repeats.
    pub fn new(code: &str, description: Option<&str>, secrets: &[&str]) -> Self {
        let is_code = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let mut text = description.unwrap_or_default().to_owned();
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            text = text.replace(secret, "[secret]");
        }
        // These are the characters that RFC 6749 §5.2 allows, without angle brackets, which a log viewer might take for
        // markup.
        let plain = |c: char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\' | '<' | '>');
        let shown = text.chars().map(|c| if plain(c) { c } else { ' ' });
        Self {
            code: code.chars().filter(is_code).take(LONGEST_CODE).collect(),
            description: shown.take(LONGEST_DESCRIPTION).collect::<String>().trim().to_owned(),
        }
    }

    /// The error code; empty if the provider sent none.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Returns what to change in the settings if the provider sends this error.
    pub fn advice(&self) -> &'static str {
        match self.code.as_str() {
            "invalid_scope" => {
                "the option `scopes` contains a scope that the provider does not know or does not allow for this client: \
                 keep in `scopes` only those to request from the provider, and list this server's own scopes in \
                 `offeredScopes`"
            }
            "invalid_client" => {
                "check clientID and clientSecret, and clientAuthMethod if the provider accepts only one method"
            }
            "unauthorized_client" | "unsupported_response_type" | "unsupported_grant_type" => {
                "check clientID and clientSecret, and allow the client the authorization code flow and refresh \
                 tokens at the provider"
            }
            "invalid_request" | "redirect_uri_mismatch" => {
                "register exactly the redirect URI <base>/oauth/callback at the provider"
            }
            _ => "look for this client in the provider's log",
        }
    }
}

impl fmt::Display for ReportedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code.is_empty(), self.description.is_empty()) {
            (true, true) => f.write_str("no error code"),
            (false, true) => f.write_str(&self.code),
            (_, false) => write!(f, "{} \"{}\"", self.code, self.description),
        }
    }
}

/// The kind of request to the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// A request for tokens with an authorization code.
    Code,
    /// A request for tokens with a refresh token.
    Refresh,
}

/// An error response of a token endpoint.
pub(super) struct Refusal {
    /// Whether the body has the form of an OAuth error.
    pub(super) is_oauth: bool,
    pub(super) code: String,
    pub(super) description: Option<String>,
}

impl Refusal {
    pub(super) fn read(reply: &Reply) -> Self {
        let body: Value = serde_json::from_slice(reply.body.expose()).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        Self {
            is_oauth: body.get("error").is_some(),
            code: text("error").unwrap_or_default(),
            description: text("error_description"),
        }
    }
}

/// Whether the provider refused this server's client authentication. If so, it has not evaluated the code or refresh
/// token (RFC 6749 §5.2). Keycloak sends `unauthorized_client` with 401.
pub(super) fn is_of_client(reply: &Reply) -> bool {
    let refusal = Refusal::read(reply);
    match reply.status {
        401 => matches!(refusal.code.as_str(), "invalid_client" | "unauthorized_client" | ""),
        400 | 403 => refusal.code == "invalid_client",
        _ => false,
    }
}

/// Returns what a token endpoint's response with a status other than 200 means. `secrets` are the secrets in the
/// request.
pub(super) fn meaning(
    reply: &Reply,
    asked: Asked,
    profile: Profile,
    secrets: &[&Secret<String>],
) -> UpstreamError {
    let refusal = Refusal::read(reply);
    let secrets: Vec<&str> = secrets.iter().map(|secret| secret.expose().as_str()).collect();
    let said = ReportedError::new(&refusal.code, refusal.description.as_deref(), &secrets);
    let text = format!("{} {said}", reply.status);
    let of_client = is_of_client(reply) || refusal.code == "unauthorized_client";
    match (asked, reply.status) {
        (Asked::Refresh, status)
            if profile.ends_refresh(status, &refusal.code, refusal.description.is_none()) =>
        {
            UpstreamError::GrantRefused(format!(
                "{text}: Dex sends this response when its connector refuses the user"
            ))
        }
        (Asked::Refresh, 500) if refusal.code == "invalid_request" => UpstreamError::Unavailable(format!(
            "{text}: if this provider is Dex, set providerType=dex so that this response ends the grant"
        )),
        (_, 400..=499) if of_client => UpstreamError::Misconfigured(format!("{text}: {}", said.advice())),
        (_, 408 | 429) => UpstreamError::Unavailable(text),
        // Whatever the error code is, a retry would get the same response. Dex sends `invalid_request`.
        (Asked::Refresh, 400) => UpstreamError::GrantRefused(text),
        (Asked::Refresh, 401..=499) if refusal.is_oauth => UpstreamError::GrantRefused(text),
        (Asked::Code, 400..=499) if refusal.code == "invalid_grant" => UpstreamError::GrantRefused(text),
        (Asked::Code, 400..=499) if refusal.is_oauth => {
            UpstreamError::Misconfigured(format!("{text}: {}", said.advice()))
        }
        // A proxy in front of the provider responds like this while the provider restarts.
        (_, 400..=499) => UpstreamError::Unavailable(format!("{text}: not the response of a token endpoint")),
        _ => UpstreamError::Unavailable(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderMap;

    fn reply(status: u16, body: &str) -> Reply {
        Reply { status, body: Secret::new(body.as_bytes().to_vec()), headers: HeaderMap::new() }
    }

    /// Returns the kind of error as a letter, and the text of the error.
    fn read(asked: Asked, profile: Profile, status: u16, body: &str) -> (char, String) {
        match meaning(&reply(status, body), asked, profile, &[]) {
            UpstreamError::GrantRefused(text) => ('g', text),
            UpstreamError::Unavailable(text) => ('u', text),
            UpstreamError::Misconfigured(text) => ('m', text),
            UpstreamError::Unverifiable(text) => ('v', text),
        }
    }

    #[test]
    fn a_refused_refresh_ends_the_grant_whatever_the_code_is() {
        let kind = |status, body: &str| read(Asked::Refresh, Profile::Oidc, status, body).0;
        for code in ["invalid_grant", "invalid_request", "unsupported_grant_type", "invalid_scope", "made_up"]
        {
            assert_eq!(kind(400, &format!(r#"{{"error":"{code}"}}"#)), 'g', "{code}");
            assert_eq!(kind(403, &format!(r#"{{"error":"{code}"}}"#)), 'g', "{code}");
        }
        assert_eq!(kind(401, r#"{"error":"invalid_grant"}"#), 'g');
        assert_eq!(kind(400, r#"{"error":{"message":"expired"}}"#), 'g', "as Facebook writes it");
        assert_eq!(kind(400, "<html>"), 'g');
    }

    #[test]
    fn errors_about_our_own_client_are_mistakes_in_the_settings() {
        for asked in [Asked::Code, Asked::Refresh] {
            for (status, body) in [
                (401, r#"{"error":"invalid_client"}"#),
                (400, r#"{"error":"invalid_client"}"#),
                (401, r#"{"error":"unauthorized_client"}"#),
                (400, r#"{"error":"unauthorized_client"}"#),
                (401, "<html>"),
            ] {
                assert_eq!(read(asked, Profile::Oidc, status, body).0, 'm', "{asked:?} {status} {body}");
            }
        }
    }

    #[test]
    fn outages_are_not_refusals() {
        for asked in [Asked::Code, Asked::Refresh] {
            for (status, body) in [
                (408, r#"{"error":"invalid_grant"}"#),
                (429, r#"{"error":"invalid_request"}"#),
                (500, r#"{"error":"server_error"}"#),
                (503, ""),
                (404, "404 page not found"),
                (403, "<html>blocked</html>"),
                (201, "{}"),
            ] {
                assert_eq!(read(asked, Profile::Oidc, status, body).0, 'u', "{asked:?} {status} {body}");
            }
        }
    }

    #[test]
    fn a_refused_code_is_over_and_anything_else_is_in_the_settings() {
        let kind = |body: &str| read(Asked::Code, Profile::Oidc, 400, body);
        assert_eq!(kind(r#"{"error":"invalid_grant"}"#).0, 'g');
        let (kind, text) = kind(r#"{"error":"invalid_scope","error_description":"no mcp:read"}"#);
        assert_eq!(kind, 'm');
        assert!(
            text.starts_with("400 invalid_scope \"no mcp:read\": ") && text.contains("offeredScopes"),
            "{text}"
        );
    }

    /// The responses are those in server/refreshhandlers.go and server/handlers.go of Dex 2.45, and in
    /// server/grants/refresh.go of its successor.
    #[test]
    fn dex_answers_as_its_source_says() {
        let kind = |profile, status, body: &str| read(Asked::Refresh, profile, status, body).0;
        let claimed = r#"{"error":"invalid_request","error_description":"Refresh token is invalid or has already been claimed by another client."}"#;
        let expired = r#"{"error":"invalid_request","error_description":"Refresh token expired."}"#;
        let elsewhere = r#"{"error":"invalid_grant","error_description":"Refresh token is invalid or has already been claimed by another client."}"#;
        let ended = r#"{"error":"invalid_grant","error_description":"The session this refresh token belongs to has ended."}"#;
        for profile in [Profile::Dex, Profile::Oidc] {
            for body in [claimed, expired, elsewhere, ended] {
                assert_eq!(kind(profile, 400, body), 'g', "{body}");
            }
        }
        // The connector refuses the user, or the user no longer exists.
        let refused = r#"{"error":"invalid_request"}"#;
        assert_eq!(kind(Profile::Dex, 500, refused), 'g');
        let (other, hint) = read(Asked::Refresh, Profile::Oidc, 500, refused);
        assert!(other == 'u' && hint.contains("providerType=dex"), "{hint}");
        // The storage of Dex does not respond when Dex looks up the client.
        assert_eq!(kind(Profile::Dex, 500, r#"{"error":"server_error"}"#), 'u');
        assert_eq!(kind(Profile::Dex, 502, refused), 'u');
        // With a description, the same code has another meaning.
        let said = r#"{"error":"invalid_request","error_description":"database is locked"}"#;
        assert_eq!(kind(Profile::Dex, 500, said), 'u');
        assert_eq!(read(Asked::Code, Profile::Dex, 500, refused).0, 'u');
        let client = r#"{"error":"invalid_client","error_description":"Invalid client credentials."}"#;
        assert_eq!(kind(Profile::Dex, 401, client), 'm');
    }

    #[test]
    fn a_log_line_holds_no_secret_no_markup_and_no_more_than_it_should() {
        let said = ReportedError::new(
            "invalid_grant\n<b>",
            Some("code s3cret-1 \u{e4}\r\n<script>\"x\\y"),
            &["s3cret-1", "", "other"],
        );
        assert_eq!(said.to_string(), "invalid_grantb \"code [secret]     script  x y\"");
        let long = ReportedError::new(&"c".repeat(1000), Some(&"d".repeat(1000)), &[]);
        assert!(long.to_string().len() < LONGEST_CODE + LONGEST_DESCRIPTION + 4);
        assert_eq!(ReportedError::new("", None, &[]).to_string(), "no error code");
    }
}
