//! What clients do while the sidecar runs, and what they check after it was killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use e2e::flow::{Flow, Tokens};
use e2e::http::Answer;
use reqwest::StatusCode;

/// Counts responses, so that the sidecar can be killed after a given number.
#[derive(Clone, Default)]
pub(crate) struct Answers(Arc<AtomicUsize>);

impl Answers {
    fn one_more(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// Waits until there were this many responses.
    pub(crate) async fn reach(&self, count: usize) {
        while self.0.load(Ordering::SeqCst) < count {
            tokio::task::yield_now().await;
        }
    }
}

/// Whether the sidecar itself responded; if not, Traefik or the plugin responds with 502, 503 or 504.
fn is_answered(answer: &Answer) -> bool {
    let away = [StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE, StatusCode::GATEWAY_TIMEOUT];
    !away.contains(&answer.status)
}

/// A login of a client, with the client's tokens.
pub(crate) struct Grant {
    pub(crate) tokens: Tokens,
    /// Every access token that was issued for this grant.
    pub(crate) access: Vec<String>,
}

impl Grant {
    pub(crate) fn new(tokens: Tokens) -> Self {
        Self { access: vec![tokens.access.clone()], tokens }
    }

    pub(crate) fn take(&mut self, answer: &Answer) {
        self.tokens = Tokens::of(self.tokens.client_id.clone(), answer);
        self.access.push(self.tokens.access.clone());
    }

    /// Refreshes until the sidecar no longer responds.
    pub(crate) async fn go_on(mut self, tenant: Flow, answers: Answers) -> Self {
        loop {
            let answer = tenant.refresh(&self.tokens.client_id, &self.tokens.refresh).await;
            if !is_answered(&answer) {
                return self;
            }
            self.take(&answer.expect(200));
            answers.one_more();
        }
    }

    /// Checks after a restart: the last refresh token that the client received works, and repeating the refresh returns
    /// the same successor.
    pub(crate) async fn still_works(&mut self, tenant: &Flow) {
        let held = self.tokens.refresh.clone();
        let answer = tenant.refresh(&self.tokens.client_id, &held).await.expect(200);
        self.take(&answer);
        let again = tenant.refresh(&self.tokens.client_id, &held).await.expect(200);
        assert_eq!(
            again.json()["refresh_token"],
            self.tokens.refresh.as_str(),
            "the grant has two successors"
        );
    }
}

/// A code and the client that may redeem it.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) client_id: String,
    pub(crate) code: String,
}

/// The result of redeeming a code.
pub(crate) enum Redeemed {
    /// Tokens were issued.
    Yes(Tokens),
    /// The code had already been redeemed.
    Spent,
    /// There was no response.
    Unknown,
}

impl Code {
    pub(crate) async fn redeem(&self, tenant: &Flow) -> Redeemed {
        let answer = tenant.redeem(&self.client_id, &self.code).await;
        if !is_answered(&answer) {
            return Redeemed::Unknown;
        }
        if answer.status == StatusCode::OK {
            return Redeemed::Yes(Tokens::of(self.client_id.clone(), &answer));
        }
        assert_eq!(answer.expect(400).json()["error"], "invalid_grant");
        Redeemed::Spent
    }
}

/// Registers clients until the sidecar no longer responds. Returns the clients whose registration got a response.
pub(crate) async fn register(tenant: Flow, life: usize, answers: Answers) -> Vec<String> {
    let mut ids = Vec::new();
    loop {
        let metadata = serde_json::json!({
            "client_name": format!("life {life}, number {}", ids.len()),
            "redirect_uris": [e2e::flow::REDIRECT],
            "token_endpoint_auth_method": "none",
        });
        let answer = tenant.http.post_json(&tenant.endpoint("register"), &[], &metadata).await;
        if !is_answered(&answer) {
            return ids;
        }
        ids.push(answer.expect(201).json()["client_id"].as_str().expect("a client id").to_owned());
        answers.one_more();
    }
}

/// Starts logins until the sidecar no longer responds. The logins are never completed.
pub(crate) async fn begin_logins(tenant: Flow, client_id: String, answers: Answers) {
    loop {
        let answer = tenant.http.get(&tenant.authorize_url(&client_id, &[])).await;
        if !is_answered(&answer) {
            return;
        }
        assert!(answer.status.is_redirection(), "{answer:?}");
        answers.one_more();
    }
}
