//! A test login: the person signs in at the provider, whose response comes back to a port of this machine (RFC 8252
//! §7.3).

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::get;
use protocol::form::Form;
use protocol::secret::Secret;
use store::entropy::{Entropy, EntropyError};
use subtle::ConstantTimeEq as _;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::checked::Checked;
use crate::clock::Clock;
use crate::upstream::oidc::Oidc;
use crate::upstream::{Begin, Finish, Freshness, ReportedError, SignedIn, Upstream as _, UpstreamError};

/// The path of the redirect URI; the same as that of a tenant.
const CALLBACK: &str = "/oauth/callback";
/// The maximum time for sending the browser its page at the end.
const GOODBYE: Duration = Duration::from_secs(2);

/// Why a test login did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// No port of this machine could be listened on.
    #[error("cannot listen for the provider's response: {0}")]
    Listen(std::io::Error),
    /// The random source failed.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// No response arrived in time: nobody signed in.
    #[error("no response of the provider arrived within {0} seconds")]
    TimedOut(u64),
    /// The provider refused the login.
    #[error("the provider refused the login: {0}: {1}")]
    Declined(ReportedError, &'static str),
    /// The response names another issuer.
    #[error("the response names another issuer (iss) than the one that was asked")]
    WrongIssuer,
    /// A call to the provider failed, or its response cannot be verified.
    #[error(transparent)]
    Provider(#[from] UpstreamError),
}

/// Listeners for the provider's response, on both loopback addresses if the machine has them.
#[derive(Debug)]
pub struct Waiting {
    listeners: Vec<TcpListener>,
    redirect_uri: String,
}

impl Waiting {
    /// Listens on this port, or on a free one if it is 0.
    pub async fn at(port: u16) -> Result<Self, LoginError> {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(LoginError::Listen)?;
        let port = first.local_addr().map_err(LoginError::Listen)?.port();
        let second = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await.ok();
        let redirect_uri = format!("http://localhost:{port}{CALLBACK}");
        Ok(Self { listeners: [Some(first), second].into_iter().flatten().collect(), redirect_uri })
    }

    /// The redirect URI, which must be registered at the provider.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }
}

/// The provider's response, as the browser brings it.
struct Response {
    iss: Option<String>,
    code: Result<Secret<String>, ReportedError>,
}

/// Logs in. `show` gets the URL that the person must open; `limit` is the maximum time to wait for the response.
pub async fn log_in(
    oidc: &Oidc,
    (clock, entropy): (&dyn Clock, &dyn Entropy),
    checked: &Checked,
    waiting: Waiting,
    limit: Duration,
    show: impl FnOnce(&str),
) -> Result<SignedIn, LoginError> {
    let at = &checked.registration;
    let begin = Begin {
        redirect_uri: waiting.redirect_uri.clone(),
        scopes: checked.scopes.clone(),
        state: random(entropy)?,
        nonce: random(entropy)?,
        verifier: random(entropy)?,
        prompt: None,
        login_hint: None,
        max_age: None,
    };
    let since = clock.now();
    show(&oidc.authorize_url(at, &begin).await?);
    let response = timeout(limit, receive(waiting, begin.state.clone())).await;
    let response = response.ok().flatten().ok_or(LoginError::TimedOut(limit.as_secs()))?;
    // RFC 9207 §2.4.
    if response.iss.is_some_and(|iss| iss != at.issuer) {
        return Err(LoginError::WrongIssuer);
    }
    let code = response.code.map_err(|error| {
        let advice = error.advice();
        LoginError::Declined(error, advice)
    })?;
    let finish = Finish {
        code,
        redirect_uri: begin.redirect_uri,
        nonce: begin.nonce,
        verifier: begin.verifier,
        fresh: Freshness { since, max_age: None, login: false },
    };
    Ok(oidc.exchange(at, &finish).await?)
}

/// Serves the redirect URI until a response with this state arrives.
async fn receive(waiting: Waiting, state: Secret<String>) -> Option<Response> {
    let (sender, mut receiver) = mpsc::channel(1);
    let (stop, stopped) = watch::channel(false);
    let router = Router::new().route(CALLBACK, get(arrive)).with_state(Arc::new((state, sender)));
    let mut serving = JoinSet::new();
    for listener in waiting.listeners {
        let (router, mut stopped) = (router.clone(), stopped.clone());
        serving.spawn(async move {
            let stop = async move {
                let _ = stopped.wait_for(|stop| *stop).await;
            };
            axum::serve(listener, router).with_graceful_shutdown(stop).await
        });
    }
    let response = receiver.recv().await;
    let _ = stop.send(true);
    // The browser gets its page before the command ends.
    let _ = timeout(GOODBYE, async { while serving.join_next().await.is_some() {} }).await;
    response
}

async fn arrive(
    State(shared): State<Arc<(Secret<String>, mpsc::Sender<Response>)>>,
    RawQuery(query): RawQuery,
) -> (StatusCode, &'static str) {
    let (state, sender) = &*shared;
    let wrong = (StatusCode::BAD_REQUEST, "This is not the response to the test login.\n");
    let Ok(form) = Form::parse(query.unwrap_or_default().as_bytes()) else { return wrong };
    let sent = form.get("state").unwrap_or_default();
    if !bool::from(sent.as_bytes().ct_eq(state.expose().as_bytes())) {
        return wrong;
    }
    let code = match (form.get("code"), form.get("error")) {
        (Some(code), None) => Ok(Secret::new(code.to_owned())),
        (None, Some(error)) => Err(ReportedError::new(error, form.get("error_description"), &[sent])),
        (Some(_), Some(_)) | (None, None) => return wrong,
    };
    let response = Response { iss: form.get("iss").map(str::to_owned), code };
    let _ = sender.try_send(response);
    (StatusCode::OK, "The test login has ended. Go back to the terminal; you may close this window.\n")
}

/// A value of 256 random bits, as text.
fn random(entropy: &dyn Entropy) -> Result<Secret<String>, EntropyError> {
    let bytes: [u8; 32] = store::entropy::random_bytes(entropy)?;
    Ok(Secret::new(protocol::encoding::b64url_encode(&bytes)))
}
