//! Calls identity providers: any OpenID provider, configured by its metadata, and GitHub.

use std::sync::Arc;

use protocol::encoding::{b64url_encode, sha256};
use protocol::form::{append_query, encode_pairs};
use protocol::secret::Secret;
use protocol::settings::{Identity, encode_subject};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout_at};

use super::auth_method::ClientAuthMethod;
use super::claims::{Notes, Reader};
use super::client_auth::{self, AuthMethods, takes_our_secret};
use super::documents::{Documents, Metadata};
use super::error::UpstreamError;
use super::github;
use super::http::{BUDGET, Endpoint, HttpClient, Reply};
use super::id_jag::{self, Asserted, AssertionError, Presented};
use super::id_token::{self, Expect, Verified};
use super::jws::IdTokenError;
use super::needed_claims::NeededClaims;
use super::port::{Begin, Finish, Refreshed, SignedIn, ToRevoke, Upstream, UpstreamFuture};
use super::profile::Profile;
use super::refusal::{self, Asked};
use super::registration::Registration;
use super::tokens::Tokens;
use super::user_info;
use crate::clock::Clock;

/// The client for all kinds of providers.
pub struct Oidc {
    pub(super) documents: Documents,
    pub(super) methods: AuthMethods,
    pub(super) clock: Arc<dyn Clock>,
}

impl Oidc {
    /// Makes a client that uses this HTTP client for all calls.
    pub fn new(http: HttpClient, clock: Arc<dyn Clock>) -> Self {
        Self { documents: Documents::new(http), methods: AuthMethods::default(), clock }
    }

    async fn begin(&self, at: &Registration, begin: &Begin) -> Result<String, UpstreamError> {
        if at.profile == Profile::GitHub {
            return github::authorize_url(self.documents.http(), at, begin);
        }
        let metadata = self.documents.metadata(at, self.clock.now()).await?;
        takes_our_secret(at, &metadata)?;
        let mut scopes = begin.scopes.clone();
        scopes.insert("openid");
        let offline = scopes.contains("offline_access");
        match at.profile {
            // Google refuses the scope `offline_access`; the parameter `access_type` takes its place.
            Profile::Google => scopes = scopes.without(&["offline_access"]),
            // If one of the four scopes is missing, Entra ID responds with an error, or with a token for another
            // resource.
            Profile::Entra => ["profile", "email", "offline_access"].iter().for_each(|scope| {
                scopes.insert(scope);
            }),
            Profile::Oidc | Profile::GitHub | Profile::Zitadel | Profile::Dex => {}
        }
        let scope = scopes.to_string();
        let challenge = b64url_encode(&sha256(begin.verifier.expose().as_bytes()));
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", at.client_id.as_str()),
            ("redirect_uri", begin.redirect_uri.as_str()),
            ("scope", scope.as_str()),
            ("state", begin.state.expose().as_str()),
            ("nonce", begin.nonce.expose().as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        // Without `prompt=consent` the provider ignores `offline_access` (Core §11). This `consent` is not from the
        // client; it is added because the tenant's options request offline access. Entra ID does not need it.
        let asks_consent = offline && at.profile != Profile::Entra;
        let prompt = match (begin.prompt.as_deref(), asks_consent) {
            (Some(prompt), true) => Some(format!("{prompt} consent")),
            (Some(prompt), false) => Some(prompt.to_owned()),
            (None, true) => Some("consent".to_owned()),
            (None, false) => None,
        };
        if let Some(prompt) = &prompt {
            pairs.push(("prompt", prompt));
        }
        if offline && at.profile == Profile::Google {
            pairs.push(("access_type", "offline"));
        }
        let max_age = begin.max_age.map(|secs| secs.to_string());
        for (name, value) in [("login_hint", &begin.login_hint), ("max_age", &max_age)] {
            if let Some(value) = value {
                pairs.push((name, value));
            }
        }
        pairs.extend(at.authorize_params.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        Ok(append_query(&metadata.authorization_endpoint, &pairs))
    }

    async fn finish(&self, at: &Registration, finish: &Finish) -> Result<SignedIn, UpstreamError> {
        if at.profile == Profile::GitHub {
            return github::exchange(self.documents.http(), at, finish, self.clock.now()).await;
        }
        let metadata = self.documents.metadata(at, self.clock.now()).await?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", finish.code.expose().as_str()),
            ("redirect_uri", finish.redirect_uri.as_str()),
            ("code_verifier", finish.verifier.expose().as_str()),
        ];
        let secrets = [&finish.code, &finish.verifier];
        let asked = self.clock.now();
        let tokens = self.tokens(at, &metadata, &form, Asked::Code, &secrets).await?;
        let upstream_token = tokens.upstream_token(at, asked)?;
        let Some(id_token) = tokens.id_token else {
            return Err(UpstreamError::Unverifiable(
                "the token response has no id_token: the provider must allow this client the scope openid"
                    .to_owned(),
            ));
        };
        let expect = Expect {
            nonce: Some(&finish.nonce),
            fresh: Some(&finish.fresh),
            ..self.expect(at, &metadata, tokens.access_token.as_ref())
        };
        let verified = self.verify(at, &metadata, id_token.expose(), &expect).await?;
        let (identity, notes) = self.read(at, &metadata, verified, tokens.access_token.as_ref()).await?;
        Ok(SignedIn { identity, notes, refresh_token: tokens.refresh_token, upstream_token })
    }

    async fn refresh_tokens(
        &self,
        at: &Registration,
        refresh_token: &Secret<String>,
    ) -> Result<Refreshed, UpstreamError> {
        let deadline = sleep(BUDGET).deadline();
        if at.profile == Profile::GitHub {
            let now = self.clock.now();
            let issued = github::refresh(self.documents.http(), at, refresh_token, now).await?;
            return Ok(Refreshed {
                refresh_token: issued.refresh_token,
                upstream_token: issued.upstream_token,
                id_token: None,
                access_token: Some(issued.access_token),
                deadline,
            });
        }
        let metadata = self.documents.metadata(at, self.clock.now()).await?;
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose().as_str())];
        let asked = self.clock.now();
        let tokens = self.tokens(at, &metadata, &form, Asked::Refresh, &[refresh_token]).await?;
        let upstream_token = tokens.upstream_token(at, asked);
        let Tokens { access_token, id_token, refresh_token, .. } = tokens;
        Ok(Refreshed { refresh_token, upstream_token, id_token, access_token, deadline })
    }

    async fn confirmed_identity(
        &self,
        at: &Registration,
        refreshed: &Refreshed,
        subject: &str,
    ) -> Result<Option<(Identity, Notes)>, UpstreamError> {
        let access = refreshed.access_token.as_ref();
        if at.profile == Profile::GitHub {
            let Some(access) = access else { return Ok(None) };
            return github::confirm(self.documents.http(), at, access, subject).await.map(Some);
        }
        let metadata = self.documents.metadata(at, self.clock.now()).await?;
        let Some(id_token) = &refreshed.id_token else {
            return self.identity_from_userinfo(at, &metadata, access, subject).await;
        };
        let expect = self.expect(at, &metadata, access);
        let verified = self.verify(at, &metadata, id_token.expose(), &expect).await?;
        // The subject must be the same as in the first `id_token` (Core §12.2).
        if verified.subject != subject {
            return Err(UpstreamError::Unverifiable(
                "the id_token: its subject differs from the one at login".to_owned(),
            ));
        }
        self.read(at, &metadata, verified, access).await.map(Some)
    }

    /// Handles a refresh without an `id_token`, which Core §12.2 allows: only userinfo can then supply claims. Returns
    /// `None`, so that the stored claims stay, if userinfo is not needed or not available; and if it fails or has fewer
    /// claims, but no rule needs them.
    async fn identity_from_userinfo(
        &self,
        at: &Registration,
        metadata: &Metadata,
        access: Option<&Secret<String>>,
        subject: &str,
    ) -> Result<Option<(Identity, Notes)>, UpstreamError> {
        // The `sub` of Entra ID's userinfo differs from the `sub` of its tokens, and its refreshes return an `id_token`
        // anyway.
        let is_needed = at.needed != NeededClaims::default();
        let asks = at.needed.or(at.shown) != NeededClaims::default() && at.profile != Profile::Entra;
        let (Some(access), Some(endpoint), true) = (access, &metadata.userinfo_endpoint, asks) else {
            return Ok(None);
        };
        let said = match endpoint {
            Ok(endpoint) => user_info::ask(self.documents.http(), endpoint, access).await,
            Err(error) => Err(error.clone()),
        };
        let said = said.and_then(|said| {
            let sub = said.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned();
            user_info::about(&sub, said).map(|said| (sub, said))
        });
        let (sub, said) = match said {
            Ok(said) => said,
            Err(error) if is_needed => return Err(error),
            Err(_) => return Ok(None),
        };
        if encode_subject(&sub) != subject {
            return Err(UpstreamError::Unverifiable(
                "userinfo: its subject differs from the one at login".to_owned(),
            ));
        }
        let read = reader(at).read(&said);
        if !is_needed && read.lacks(at.shown) {
            // The `id_token` of the login had more claims.
            return Ok(None);
        }
        Ok(Some((Identity { sub: subject.to_owned(), claims: read.claims }, read.notes)))
    }

    /// Returns the user's claims: from the `id_token` and, if a rule, a scope or a header needs a claim that is missing
    /// there, from userinfo.
    async fn read(
        &self,
        at: &Registration,
        metadata: &Metadata,
        verified: Verified,
        access: Option<&Secret<String>>,
    ) -> Result<(Identity, Notes), UpstreamError> {
        let reader = reader(at);
        let mut read = reader.read(&verified.claims);
        let (needed, shown) = (read.lacks(at.needed), read.lacks(at.shown));
        if let (true, Some(endpoint), Some(access)) = (needed || shown, &metadata.userinfo_endpoint, access) {
            let said = match endpoint {
                Ok(endpoint) => user_info::ask(self.documents.http(), endpoint, access).await,
                Err(error) => Err(error.clone()),
            };
            match said.and_then(|said| user_info::about(&verified.sub, said)) {
                Ok(said) => read.fill(reader.read(&said)),
                Err(error) if needed => return Err(error),
                Err(error) => read.notes.userinfo = Some(error.to_string()),
            }
        }
        Ok((Identity { sub: verified.subject, claims: read.claims }, read.notes))
    }

    fn expect<'a>(
        &self,
        at: &'a Registration,
        metadata: &'a Metadata,
        access_token: Option<&'a Secret<String>>,
    ) -> Expect<'a> {
        Expect {
            issuer: &metadata.issuer,
            profile: at.profile,
            client_id: &at.client_id,
            nonce: None,
            fresh: None,
            access_token,
            now: self.clock.now(),
        }
    }

    /// Sends a request to the token endpoint of this registration's own provider. The client secret is sent nowhere
    /// else.
    async fn tokens(
        &self,
        at: &Registration,
        metadata: &Metadata,
        form: &[(&str, &str)],
        asked: Asked,
        sent: &[&Secret<String>],
    ) -> Result<Tokens, UpstreamError> {
        let first = self.methods.first(at, metadata);
        let mut reply = self.post(at, &metadata.token_endpoint, form, first).await?;
        let mut tried_both = false;
        if at.auth_method.is_none() && at.client_secret.is_some() && refusal::is_of_client(&reply) {
            // A provider that refuses the client has not evaluated the code or the refresh token (RFC 6749 §5.2), so
            // the request can be sent again.
            let second = self.post(at, &metadata.token_endpoint, form, first.other()).await?;
            tried_both = refusal::is_of_client(&second);
            if !tried_both {
                self.methods.remember(at, first.other());
                reply = second;
            }
        }
        if reply.status == 200 {
            return serde_json::from_slice(reply.body.expose()).map_err(|_| {
                UpstreamError::Unavailable("the token endpoint's response is not JSON".to_owned())
            });
        }
        let secrets: Vec<_> = sent.iter().copied().chain(&at.client_secret).collect();
        Err(match refusal::meaning(&reply, asked, at.profile, &secrets) {
            UpstreamError::Misconfigured(text) if tried_both => UpstreamError::Misconfigured(format!(
                "{text} (neither client_secret_basic nor client_secret_post was accepted)"
            )),
            error => error,
        })
    }

    pub(super) async fn post(
        &self,
        at: &Registration,
        endpoint: &Endpoint,
        form: &[(&str, &str)],
        method: ClientAuthMethod,
    ) -> Result<Reply, UpstreamError> {
        let mut form = form.to_vec();
        let credentials = client_auth::present(at, method, &mut form);
        let body = Secret::new(encode_pairs(&form));
        self.documents.http().post_form(endpoint, body, credentials).await
    }

    /// Verifies the `id_token` with the cached keys, and once more with newly fetched ones if its key is unknown.
    async fn verify(
        &self,
        at: &Registration,
        metadata: &Metadata,
        id_token: &str,
        expect: &Expect<'_>,
    ) -> Result<Verified, UpstreamError> {
        let keys = self.documents.keys(at, metadata, false, expect.now).await?;
        match id_token::verify(id_token, &keys, expect) {
            Err(IdTokenError::UnknownKey) => {
                let keys = self.documents.keys(at, metadata, true, expect.now).await?;
                Ok(id_token::verify(id_token, &keys, expect)?)
            }
            judged => Ok(judged?),
        }
    }
}

fn reader(at: &Registration) -> Reader<'_> {
    Reader { kind: at.profile, groups_claim: &at.groups_claim }
}

/// Limits all calls for one result to [`BUDGET`].
async fn within<T>(work: impl Future<Output = Result<T, UpstreamError>>) -> Result<T, UpstreamError> {
    until(sleep(BUDGET).deadline(), work).await
}

async fn until<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, UpstreamError>>,
) -> Result<T, UpstreamError> {
    timeout_at(deadline, work)
        .await
        .unwrap_or_else(|_| Err(UpstreamError::Unavailable("no response within five seconds".to_owned())))
}

impl Upstream for Oidc {
    fn authorize_url<'a>(&'a self, at: &'a Registration, begin: &'a Begin) -> UpstreamFuture<'a, String> {
        Box::pin(within(self.begin(at, begin)))
    }

    fn exchange<'a>(&'a self, at: &'a Registration, finish: &'a Finish) -> UpstreamFuture<'a, SignedIn> {
        Box::pin(within(self.finish(at, finish)))
    }

    fn refresh<'a>(
        &'a self,
        at: &'a Registration,
        refresh_token: &'a Secret<String>,
    ) -> UpstreamFuture<'a, Refreshed> {
        Box::pin(within(self.refresh_tokens(at, refresh_token)))
    }

    fn confirm<'a>(
        &'a self,
        at: &'a Registration,
        refreshed: &'a Refreshed,
        subject: &'a str,
    ) -> UpstreamFuture<'a, Option<(Identity, Notes)>> {
        Box::pin(until(refreshed.deadline, self.confirmed_identity(at, refreshed, subject)))
    }

    fn asserted<'a>(
        &'a self,
        at: &'a Registration,
        assertion: &'a Secret<String>,
        presented: Presented<'a>,
    ) -> UpstreamFuture<'a, Result<Asserted, AssertionError>> {
        Box::pin(within(id_jag::read(&self.documents, at, assertion, presented, self.clock.now())))
    }

    fn revoke<'a>(&'a self, at: &'a Registration, token: &'a ToRevoke) -> UpstreamFuture<'a, bool> {
        Box::pin(within(self.revoke_token(at, token)))
    }
}
