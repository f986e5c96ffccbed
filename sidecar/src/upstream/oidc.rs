//! Any OpenID provider, by discovery.

use std::sync::Arc;

use protocol::encoding::{b64url_encode, sha256};
use protocol::form::{append_query, encode_pairs};
use protocol::secret::Secret;
use protocol::settings::Identity;
use serde::Deserialize;
use tokio::time::{Instant, sleep, timeout_at};

use super::client_auth::{self, AuthMethods, ClientAuthMethod};
use super::documents::{Documents, Metadata};
use super::http::{BUDGET, HttpClient, Reply};
use super::id_token::{self, Doubt, Expect};
use super::refusal::{self, Asked};
use super::{
    Answer, Begin, Finish, Profile, Refreshed, Registration, SignedIn, Upstream, UpstreamError, github,
};
use crate::clock::Clock;

/// The generic provider.
pub struct Oidc {
    documents: Documents,
    methods: AuthMethods,
    clock: Arc<dyn Clock>,
}

/// A token endpoint's success (RFC 6749 §5.1, Core §3.1.3.3). The access token is not used.
#[derive(Deserialize)]
struct Tokens {
    id_token: Option<Secret<String>>,
    refresh_token: Option<Secret<String>>,
}

impl Oidc {
    /// Over the one HTTP client.
    pub fn new(http: HttpClient, clock: Arc<dyn Clock>) -> Self {
        Self { documents: Documents::new(http), methods: AuthMethods::default(), clock }
    }

    async fn begin(&self, at: &Registration, begin: &Begin) -> Result<String, UpstreamError> {
        if at.profile == Profile::GitHub {
            return github::authorize_url(self.documents.http(), at, begin);
        }
        let metadata = self.documents.metadata(at, self.clock.now()).await?;
        let mut scopes = begin.scopes.clone();
        scopes.insert("openid");
        let offline = scopes.contains("offline_access");
        match at.profile {
            // It refuses the scope, and knows a parameter instead.
            Profile::Google => scopes = scopes.without(&["offline_access"]),
            // Without all four it answers with an error, or for another resource.
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
        // Core §11: without `prompt=consent` the provider ignores `offline_access`. This one is ours,
        // asked because the tenant's settings ask for offline access.
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
            return github::exchange(self.documents.http(), at, finish).await;
        }
        let metadata = self.documents.metadata(at, self.clock.now()).await?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", finish.code.expose().as_str()),
            ("redirect_uri", finish.redirect_uri.as_str()),
            ("code_verifier", finish.verifier.expose().as_str()),
        ];
        let secrets = [&finish.code, &finish.verifier];
        let tokens = self.tokens(at, &metadata, &form, Asked::Code, &secrets).await?;
        let Some(id_token) = tokens.id_token else {
            return Err(UpstreamError::Unverifiable("the provider sent none".to_owned()));
        };
        Ok(SignedIn {
            identity: self.verify(at, &metadata, id_token.expose(), Some(&finish.nonce)).await?,
            refresh_token: tokens.refresh_token,
        })
    }

    async fn again(
        &self,
        at: &Registration,
        refresh_token: &Secret<String>,
    ) -> Result<Refreshed, UpstreamError> {
        let deadline = sleep(BUDGET).deadline();
        if at.profile == Profile::GitHub {
            let (access, refresh_token) = github::refresh(self.documents.http(), at, refresh_token).await?;
            return Ok(Refreshed { refresh_token, id_token: None, access_token: Some(access), deadline });
        }
        let metadata = self.documents.metadata(at, self.clock.now()).await?;
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose().as_str())];
        let tokens = self.tokens(at, &metadata, &form, Asked::Refresh, &[refresh_token]).await?;
        let Tokens { id_token, refresh_token } = tokens;
        Ok(Refreshed { refresh_token, id_token, access_token: None, deadline })
    }

    async fn who(
        &self,
        at: &Registration,
        refreshed: &Refreshed,
        subject: &str,
    ) -> Result<Option<Identity>, UpstreamError> {
        if let Some(access) = &refreshed.access_token {
            return github::confirm(self.documents.http(), at, access, subject).await.map(Some);
        }
        let Some(id_token) = &refreshed.id_token else { return Ok(None) };
        let metadata = self.documents.metadata(at, self.clock.now()).await?;
        let identity = self.verify(at, &metadata, id_token.expose(), None).await?;
        // Core §12.2: the same subject as in the first id_token.
        if identity.sub != subject {
            return Err(UpstreamError::Unverifiable("it names another subject than at login".to_owned()));
        }
        Ok(Some(identity))
    }

    /// Asks the token endpoint of this registration's own issuer; nowhere else does the secret go.
    async fn tokens(
        &self,
        at: &Registration,
        metadata: &Metadata,
        form: &[(&str, &str)],
        asked: Asked,
        sent: &[&Secret<String>],
    ) -> Result<Tokens, UpstreamError> {
        let first = self.methods.first(at, metadata);
        let mut reply = self.post(at, metadata, form, first).await?;
        let mut tried_both = false;
        if at.auth_method.is_none() && at.client_secret.is_some() && refusal::is_of_client(&reply) {
            // Who refuses the client has not looked at the code (RFC 6749 §5.2), so it can be presented again.
            let second = self.post(at, metadata, form, first.other()).await?;
            tried_both = refusal::is_of_client(&second);
            if !tried_both {
                self.methods.remember(at, first.other());
                reply = second;
            }
        }
        if reply.status == 200 {
            return serde_json::from_slice(reply.body.expose()).map_err(|_| {
                UpstreamError::Unavailable("the token endpoint's answer is not JSON".to_owned())
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

    async fn post(
        &self,
        at: &Registration,
        metadata: &Metadata,
        form: &[(&str, &str)],
        method: ClientAuthMethod,
    ) -> Result<Reply, UpstreamError> {
        let mut form = form.to_vec();
        let credentials = client_auth::present(at, method, &mut form);
        let body = Secret::new(encode_pairs(&form));
        self.documents.http().post_form(&metadata.token_endpoint, body, credentials).await
    }

    /// Verifies with the cached keys, and once more with newer ones if the key is unknown.
    async fn verify(
        &self,
        at: &Registration,
        metadata: &Metadata,
        id_token: &str,
        nonce: Option<&Secret<String>>,
    ) -> Result<Identity, UpstreamError> {
        let now = self.clock.now();
        let expect =
            Expect { issuer: &metadata.issuer, profile: at.profile, client_id: &at.client_id, nonce, now };
        let keys = self.documents.keys(at, metadata, false, now).await?;
        match id_token::verify(id_token, &keys, &expect) {
            Err(Doubt::UnknownKey) => {
                let keys = self.documents.keys(at, metadata, true, now).await?;
                Ok(id_token::verify(id_token, &keys, &expect)?)
            }
            judged => Ok(judged?),
        }
    }
}

/// All calls of one answer share one budget.
async fn within<T>(work: impl Future<Output = Result<T, UpstreamError>>) -> Result<T, UpstreamError> {
    until(sleep(BUDGET).deadline(), work).await
}

async fn until<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, UpstreamError>>,
) -> Result<T, UpstreamError> {
    timeout_at(deadline, work)
        .await
        .unwrap_or_else(|_| Err(UpstreamError::Unavailable("no answer within five seconds".to_owned())))
}

impl Upstream for Oidc {
    fn authorize_url<'a>(&'a self, at: &'a Registration, begin: &'a Begin) -> Answer<'a, String> {
        Box::pin(within(self.begin(at, begin)))
    }

    fn exchange<'a>(&'a self, at: &'a Registration, finish: &'a Finish) -> Answer<'a, SignedIn> {
        Box::pin(within(self.finish(at, finish)))
    }

    fn refresh<'a>(
        &'a self,
        at: &'a Registration,
        refresh_token: &'a Secret<String>,
    ) -> Answer<'a, Refreshed> {
        Box::pin(within(self.again(at, refresh_token)))
    }

    fn confirm<'a>(
        &'a self,
        at: &'a Registration,
        refreshed: &'a Refreshed,
        subject: &'a str,
    ) -> Answer<'a, Option<Identity>> {
        Box::pin(until(refreshed.deadline, self.who(at, refreshed, subject)))
    }
}
