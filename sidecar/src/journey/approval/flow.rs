//! What the answer does. No axum here.

use protocol::encoding::b64url_encode;
use protocol::error::OAuthError;
use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::server::redirect::RedirectUri;
use protocol::settings::Identity;

use super::Deps;
use crate::client_name::shown_name;
use crate::crypto::Place;
use crate::crypto::secrets::{CODE_PREFIX, hash_secret, new_secret};
use crate::edge::Ctx;
use crate::entropy::{EntropyError, random_bytes};
use crate::journey::browser::Browser;
use crate::journey::error::{CODE_SECS, unknown};
use crate::journey::flow_id::{FlowId, page_address};
use crate::journey::upstream_leg::{UpstreamSecrets, UpstreamState};
use crate::journey::{redirect, words};
use crate::store::Advance;
use crate::store::records::{ClientRecord, ClientSource, CodeRecord, LoginRecord, LoginStep};
use crate::upstream::{Begin, Registration, UpstreamError};
use crate::wire::Failure;
use crate::wire::error::Note;

/// What a person is asked.
#[derive(Debug)]
pub(super) struct Question {
    /// The login it belongs to.
    pub(super) login: LoginRecord,
    /// The client's name, made safe to show.
    pub(super) client_name: String,
    /// What the token may hold if the answer is yes.
    pub(super) scopes: ScopeSet,
    /// Those of them that the tenant always demands.
    pub(super) required: ScopeSet,
    /// What is known of where the client comes from.
    pub(super) origin: Origin,
    /// Who is signed in; nobody yet where a provider is asked next.
    pub(super) user: Option<String>,
}

impl Question {
    /// Everything on the page that the answer is about, in one text for the form's token.
    pub(super) fn fingerprint(&self) -> String {
        let user = self.user.as_deref().unwrap_or_default();
        let login = &self.login;
        format!(
            "{}\n{}\n{}\n{}\n{user}",
            login.client_id,
            login.redirect_uri,
            login.resource.as_str(),
            self.scopes
        )
    }
}

/// How far the client's own word about itself is worth something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// The operator named it.
    Operator,
    /// The answer goes to the host that publishes the client's document.
    Verified(String),
    /// It is described at this host, but the answer goes elsewhere.
    Described(String),
    /// Anybody can have registered it.
    Unverified,
}

fn origin(client: &ClientRecord, redirect_uri: &str) -> Origin {
    match client.source {
        ClientSource::File => Origin::Operator,
        ClientSource::Registered => Origin::Unverified,
        ClientSource::Document { .. } => {
            let host =
                url::Url::parse(&client.client_id).ok().and_then(|url| url.host_str().map(str::to_owned));
            let same = RedirectUri::parse(redirect_uri).is_ok_and(|uri| uri.is_of_origin(&client.client_id));
            match host {
                Some(host) if same => Origin::Verified(host),
                Some(host) => Origin::Described(host),
                None => Origin::Unverified,
            }
        }
    }
}

/// Where the browser goes next.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) kind: Kind,
    pub(super) target: String,
    /// The cookie's new value and how many seconds it lasts; none: the login has ended.
    pub(super) browser: Option<(Browser, u64)>,
    /// What the log should know.
    pub(super) note: Option<Note>,
}

/// Which of the pages takes it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Approved,
    Denied,
    ToProvider,
    ProviderFailed,
}

/// Where a login is.
#[derive(Debug)]
pub(super) enum Waits {
    /// This is to be asked now.
    Here(Box<Question>),
    /// It waits on this other page.
    Elsewhere(String),
}

/// Where the login of the page is. One that has not come so far goes on where it waits.
pub(super) async fn waits(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
) -> Result<Waits, Failure> {
    let tenant = ctx.tenant();
    let now = deps.clock.now();
    let login = deps.store.login(&tenant, &flow.hash(), &browser.hash(), now).await?.ok_or_else(unknown)?;
    let client = deps.store.client(&tenant, &login.client_id).await?.ok_or_else(|| {
        Failure::oauth(OAuthError::InvalidRequest, "client_unknown").client(&login.client_id)
    })?;
    let (scopes, user) = match &login.step {
        LoginStep::AwaitConsent { identity } => (
            ctx.settings.grant(login.scopes.as_ref(), &identity.claims.groups),
            Some(words::account_name(identity).to_owned()),
        ),
        LoginStep::AwaitApproval | LoginStep::AwaitCallback { .. } => {
            (asked(ctx, login.scopes.as_ref()), None)
        }
        LoginStep::AwaitPassword => {
            return Ok(Waits::Elsewhere(page_address(&ctx.base, login.step.kind(), flow)));
        }
        LoginStep::AwaitSecondConsent { .. } => {
            return Err(unknown().detail("the login is at another step").client(&login.client_id));
        }
    };
    Ok(Waits::Here(Box::new(Question {
        origin: origin(&client, &login.redirect_uri),
        client_name: shown_name(&client),
        required: scopes.intersection(&ctx.settings.required_scopes),
        scopes,
        user,
        login,
    })))
}

/// The person said yes.
pub(super) async fn approve(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
    question: Question,
) -> Result<Outcome, Failure> {
    match question.login.step.clone() {
        LoginStep::AwaitConsent { identity } => finish(deps, ctx, flow, browser, question, identity).await,
        // Who came back from the provider's page without an answer is sent there again.
        LoginStep::AwaitApproval | LoginStep::AwaitCallback { .. } => {
            to_provider(deps, ctx, flow, browser, question).await
        }
        LoginStep::AwaitPassword | LoginStep::AwaitSecondConsent { .. } => Err(unknown()),
    }
}

/// The person said no: the login ends, the client learns it.
pub(super) async fn deny(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
    question: Question,
) -> Result<Outcome, Failure> {
    let login = question.login;
    let now = deps.clock.now();
    let dropped =
        deps.store.drop_login(&ctx.tenant(), &flow.hash(), &browser.hash(), login.step.kind(), now).await?;
    if dropped == Advance::Lost {
        return Err(unknown().client(&login.client_id));
    }
    tracing::info!(tenant = ctx.tenant().key(), client = login.client_id, "consent denied");
    Ok(Outcome {
        kind: Kind::Denied,
        target: redirect::error(&login, &ctx.base, OAuthError::AccessDenied),
        browser: None,
        note: None,
    })
}

/// A local login ends in a code.
async fn finish(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
    question: Question,
    identity: Identity,
) -> Result<Outcome, Failure> {
    let login = question.login;
    let now = deps.clock.now();
    let code = new_secret(&*deps.entropy, CODE_PREFIX)?;
    let subject = identity.sub.clone();
    let record = CodeRecord {
        code: hash_secret(code.expose()),
        tenant: ctx.tenant(),
        client_id: login.client_id.clone(),
        redirect_uri: login.redirect_uri.clone(),
        code_challenge: login.code_challenge.clone(),
        resource: login.resource.clone(),
        scopes: question.scopes,
        identity,
        upstream_refresh: None,
        expires: now.plus(CODE_SECS),
        spent: None,
    };
    let done = deps
        .store
        .finish_login(&ctx.tenant(), &flow.hash(), &browser.hash(), login.step.kind(), record, None, now)
        .await?;
    if done == Advance::Lost {
        return Err(unknown().client(&login.client_id));
    }
    deps.meter.welcome(ctx.asker());
    tracing::info!(
        tenant = ctx.tenant().key(),
        client = login.client_id,
        subject,
        "consent given, code issued"
    );
    Ok(Outcome {
        kind: Kind::Approved,
        target: redirect::success(&login, &ctx.base, code.expose()),
        browser: None,
        note: None,
    })
}

/// The approval is recorded, and only now do state, nonce and verifier come into being.
async fn to_provider(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
    question: Question,
) -> Result<Outcome, Failure> {
    let login = question.login;
    let at = match Registration::of(&ctx.settings, &question.scopes) {
        Ok(Some(at)) => at,
        Ok(None) => return Err(unknown().detail("the tenant has no provider any more")),
        Err(error) => return provider_failed(deps, ctx, flow, browser, &login, &error).await,
    };
    let secrets = UpstreamSecrets {
        nonce: random_text(deps)?,
        verifier: random_text(deps)?,
        approved: question.scopes,
    };
    let state = UpstreamState::fresh(&*deps.entropy, flow)?;
    let begin = Begin {
        redirect_uri: ctx.base.join("/oauth/callback"),
        scopes: upstream_scopes(ctx),
        state: state.text().clone(),
        nonce: secrets.nonce.clone(),
        verifier: secrets.verifier.clone(),
        prompt: ["login", "select_account"]
            .into_iter()
            .find(|prompt| login.prompt.contains(*prompt))
            .map(str::to_owned),
        login_hint: login.login_hint.clone(),
        max_age: login.max_age,
    };
    let url = match deps.upstream.authorize_url(&at, &begin).await {
        Ok(url) => url,
        Err(error) => return provider_failed(deps, ctx, flow, browser, &login, &error).await,
    };
    let sealed = deps
        .sealer
        .seal(&Place::login(&flow.hash()), secrets.to_bytes().expose())
        .map_err(|error| Failure::unavailable("seal", error))?;
    let next = LoginStep::AwaitCallback { upstream_state: state.hash(), secrets: sealed };
    let fresh = browser.renewed(&*deps.entropy)?;
    let now = deps.clock.now();
    let done = deps
        .store
        .advance_login(
            &ctx.tenant(),
            &flow.hash(),
            &browser.hash(),
            login.step.kind(),
            next,
            Some(&fresh.hash()),
            now,
        )
        .await?;
    if done == Advance::Lost {
        return Err(unknown().client(&login.client_id));
    }
    tracing::info!(tenant = ctx.tenant().key(), client = login.client_id, "approved, sent to the provider");
    let lasts = login.expires.since(now);
    Ok(Outcome { kind: Kind::ToProvider, target: url, browser: Some((fresh, lasts)), note: None })
}

/// The provider cannot even be asked: the client gets a fixed error, the log the reason.
async fn provider_failed(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
    login: &LoginRecord,
    error: &UpstreamError,
) -> Result<Outcome, Failure> {
    let now = deps.clock.now();
    deps.store.drop_login(&ctx.tenant(), &flow.hash(), &browser.hash(), login.step.kind(), now).await?;
    let (code, reason) = error.on_wire();
    let note = Failure::oauth(code, reason).client(&login.client_id).detail(error).note();
    Ok(Outcome {
        kind: Kind::ProviderFailed,
        target: redirect::error(login, &ctx.base, code),
        browser: None,
        note: Some(note),
    })
}

/// What is shown before anybody is signed in: what was asked for, whoever it will be for. What the user
/// is not entitled to is taken away later.
fn asked(ctx: &Ctx, asked: Option<&ScopeSet>) -> ScopeSet {
    let offered = ctx.settings.offered_scopes();
    let wanted = asked.map_or_else(|| offered.clone(), |asked| asked.intersection(&offered));
    wanted.union(&ctx.settings.required_scopes.intersection(&offered))
}

/// What the tenant's settings ask of the provider, and the address where a rule needs it.
fn upstream_scopes(ctx: &Ctx) -> ScopeSet {
    let mut scopes = ctx.settings.scopes.clone();
    if ctx.settings.access.need_address() {
        scopes.insert("email");
    }
    scopes
}

fn random_text(deps: &Deps) -> Result<Secret<String>, EntropyError> {
    let bytes: [u8; 32] = random_bytes(&*deps.entropy)?;
    Ok(Secret::new(b64url_encode(&bytes)))
}
