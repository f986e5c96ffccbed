//! What the provider's answer does. No axum here.

use protocol::error::OAuthError;
use protocol::form::Form;
use protocol::limits::callback as limits;
use protocol::secret::Secret;
use protocol::settings::{Admitted, Refusal};

use super::Deps;
use crate::config::UpstreamRefresh;
use crate::crypto::Place;
use crate::crypto::secrets::{CODE_PREFIX, hash_secret, new_secret};
use crate::edge::Ctx;
use crate::journey::browser::Browser;
use crate::journey::error::{CODE_SECS, unknown};
use crate::journey::flow_id::FlowTag;
use crate::journey::upstream_leg::{UpstreamSecrets, UpstreamState};
use crate::journey::{redirect, words};
use crate::rules;
use crate::store::Advance;
use crate::store::records::{CodeRecord, LoginRecord, LoginStep, LoginStepKind};
use crate::upstream::{Finish, Freshness, Notes, Registration, Said, SignedIn};
use crate::wire::Failure;
use crate::wire::error::Note;

/// What the provider sent along.
#[derive(Debug)]
pub(super) struct Answer {
    state: UpstreamState,
    iss: Option<String>,
    result: Result<Secret<String>, Said>,
}

/// Where the browser goes.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) target: String,
    /// What person and log are told, after failure.
    pub(super) refused: Option<Refused>,
}

/// A login that ended without a code.
#[derive(Debug)]
pub(super) struct Refused {
    /// For the log; its reason stands on the page as well.
    pub(super) note: Note,
    /// For the person.
    pub(super) why: &'static str,
    /// Who signed in, if anybody was verified.
    pub(super) account: Option<String>,
}

/// Why an arrival ends without a code: what the client is told, what the log is told, what the person is told.
struct Ended {
    error: OAuthError,
    reason: &'static str,
    detail: Option<String>,
    why: &'static str,
    account: Option<String>,
}

impl Ended {
    fn new(error: OAuthError, reason: &'static str, detail: Option<String>) -> Self {
        Self { error, reason, detail, why: words::why(reason), account: None }
    }
}

impl Answer {
    /// `state`, and exactly one of `code` and `error`.
    pub(super) fn parse(form: &Form) -> Result<Self, Failure> {
        limits::ALL.check(form)?;
        let text = |name: &str| form.get(name).map(str::to_owned);
        let state =
            text("state").ok_or_else(|| Failure::oauth(OAuthError::InvalidRequest, "callback_malformed"))?;
        let result = match (text("code"), text("error")) {
            (Some(code), None) => Ok(Secret::new(code)),
            (None, Some(error)) => Err(Said::new(&error, form.get("error_description"), &[state.as_str()])),
            (Some(_), Some(_)) | (None, None) => {
                return Err(Failure::oauth(OAuthError::InvalidRequest, "callback_malformed"));
            }
        };
        Ok(Self { state: UpstreamState::parse(&state).ok_or_else(unknown)?, iss: text("iss"), result })
    }

    /// Which login it belongs to, as far as its word goes.
    pub(super) const fn tag(&self) -> FlowTag {
        self.state.tag()
    }
}

/// Finds the login by state, browser and tenant; asks the provider who it is; judges; issues the code.
pub(super) async fn arrive(
    deps: &Deps,
    ctx: &Ctx,
    browser: &Browser,
    answer: Answer,
) -> Result<Outcome, Failure> {
    let now = deps.clock.now();
    let state = answer.state.hash();
    let login = deps.store.login_by_upstream_state(&ctx.tenant(), &state, &browser.hash(), now).await?;
    let login = login.ok_or_else(unknown)?;
    let signed_in = match identify(deps, ctx, &login, answer).await {
        Ok(signed_in) => signed_in,
        Err(ended) => return end(deps, ctx, browser, &login, ended).await,
    };
    let (signed_in, secrets) = signed_in;
    note_odd_claims(ctx, &login, &signed_in.notes);
    match ctx.settings.admit(&signed_in.identity) {
        Ok(admitted) => {
            let refresh = signed_in.refresh_token.as_ref();
            finish(deps, ctx, browser, &login, admitted, refresh, &secrets).await
        }
        Err(refusal) => end(deps, ctx, browser, &login, refused(refusal, &signed_in)).await,
    }
}

/// What the operator may want to mend at the provider, although nobody was stopped by it.
fn note_odd_claims(ctx: &Ctx, login: &LoginRecord, notes: &Notes) {
    if !notes.odd.is_empty() {
        tracing::info!(
            reason = "claims_odd",
            tenant = ctx.tenant().key(),
            client = login.client_id,
            claims = notes.odd.join(", "),
            "these claims of the provider have an unexpected type and count as absent"
        );
    }
    if let Some(why) = &notes.userinfo {
        tracing::warn!(
            reason = "userinfo",
            detail = why,
            tenant = ctx.tenant().key(),
            client = login.client_id,
            "userinfo was asked for claims that the id_token lacks, in vain"
        );
    }
}

/// The provider's word on who it is, verified.
async fn identify(
    deps: &Deps,
    ctx: &Ctx,
    login: &LoginRecord,
    answer: Answer,
) -> Result<(SignedIn, UpstreamSecrets), Ended> {
    let ended = Ended::new;
    let LoginStep::AwaitCallback { secrets, .. } = &login.step else {
        return Err(ended(OAuthError::ServerError, "login_step", None));
    };
    let opened = deps.sealer.open(&Place::login(&login.flow), secrets);
    let opened = opened.map_err(|error| ended(OAuthError::ServerError, "unseal", Some(error.to_string())))?;
    let secrets =
        UpstreamSecrets::from_bytes(&opened).ok_or_else(|| ended(OAuthError::ServerError, "unseal", None))?;
    let at = Registration::of(&ctx.settings, &secrets.approved)
        .map_err(|error| ended(OAuthError::ServerError, "upstream_misconfigured", Some(error.to_string())))?;
    let Some(at) = at else {
        return Err(ended(OAuthError::ServerError, "provider_changed", None));
    };
    // RFC 9207 §2.4: an answer that names an issuer must name the one that was asked.
    if answer.iss.is_some_and(|iss| iss != at.issuer) {
        return Err(ended(OAuthError::AccessDenied, "upstream_wrong_iss", None));
    }
    let code = answer.result.map_err(|said| declined(ctx, &said))?;
    let finish = Finish {
        code,
        redirect_uri: ctx.base.join("/oauth/callback"),
        nonce: secrets.nonce.clone(),
        verifier: secrets.verifier.clone(),
        fresh: Freshness {
            since: login.created,
            max_age: login.max_age,
            login: login.prompt.contains("login"),
        },
    };
    match deps.upstream.exchange(&at, &finish).await {
        Ok(signed_in) => Ok((signed_in, secrets)),
        Err(error) => {
            let (code, reason) = error.on_wire();
            Err(ended(code, reason, Some(error.to_string())))
        }
    }
}

/// The provider's error becomes one of ours; its words go to the log alone (RFC 6749 §4.1.2.1).
fn declined(ctx: &Ctx, said: &Said) -> Ended {
    let (error, reason) = match said.code() {
        "access_denied"
        | "consent_required"
        | "login_required"
        | "interaction_required"
        | "account_selection_required" => (OAuthError::AccessDenied, "upstream_denied"),
        "temporarily_unavailable" => (OAuthError::TemporarilyUnavailable, "upstream_unavailable"),
        "server_error" => (OAuthError::ServerError, "upstream_error"),
        // The person can do nothing about the rest: it is in the settings, here or at the provider.
        _ => (OAuthError::ServerError, "upstream_misconfigured"),
    };
    let detail = if reason == "upstream_misconfigured" {
        format!(
            "the provider answered {said}: {} (the option scopes is {:?})",
            said.advice(),
            ctx.settings.scopes.to_string()
        )
    } else {
        format!("the provider answered {said}")
    };
    Ended::new(error, reason, Some(detail))
}

/// Who may not enter is told so; a tenant without a rule that it must have cannot serve anybody.
fn refused(refusal: Refusal, signed_in: &SignedIn) -> Ended {
    let error =
        if refusal.is_of_settings() { OAuthError::TemporarilyUnavailable } else { OAuthError::AccessDenied };
    Ended {
        error,
        reason: "not_admitted",
        detail: Some(rules::refused(refusal, &signed_in.identity, Some(&signed_in.notes))),
        why: words::why_not_admitted(refusal),
        account: Some(words::account_name(&signed_in.identity).to_owned()),
    }
}

async fn end(
    deps: &Deps,
    ctx: &Ctx,
    browser: &Browser,
    login: &LoginRecord,
    ended: Ended,
) -> Result<Outcome, Failure> {
    let now = deps.clock.now();
    let step = LoginStepKind::AwaitCallback;
    let dropped = deps.store.drop_login(&ctx.tenant(), &login.flow, &browser.hash(), step, now).await?;
    if dropped == Advance::Lost {
        return Err(unknown().client(&login.client_id));
    }
    let mut failure = Failure::oauth(ended.error, ended.reason).client(&login.client_id);
    if let Some(detail) = ended.detail {
        failure = failure.detail(detail);
    }
    let refused = Refused { note: failure.note(), why: ended.why, account: ended.account };
    Ok(Outcome { target: redirect::error(login, &ctx.base, ended.error), refused: Some(refused) })
}

async fn finish(
    deps: &Deps,
    ctx: &Ctx,
    browser: &Browser,
    login: &LoginRecord,
    admitted: Admitted,
    refresh_token: Option<&Secret<String>>,
    secrets: &UpstreamSecrets,
) -> Result<Outcome, Failure> {
    let now = deps.clock.now();
    let code = new_secret(&*deps.entropy, CODE_PREFIX)?;
    let hash = hash_secret(code.expose());
    let upstream_refresh = match refresh_token {
        Some(token) => Some(
            deps.sealer
                .seal_text(&Place::code(&hash), token)
                .map_err(|error| Failure::unavailable("seal", error))?,
        ),
        None => None,
    };
    if upstream_refresh.is_none() && deps.upstream_refresh == UpstreamRefresh::Always {
        tracing::warn!(
            reason = "upstream_refresh_missing",
            tenant = ctx.tenant().key(),
            client = login.client_id,
            "BOUNCER_STRICT_UPSTREAM_REFRESH=true and the provider gave no refresh token: the client gets none \
             either, and signs in again when its access token expires. Add offline_access to the option scopes and \
             allow it for this client at the provider, or set BOUNCER_STRICT_UPSTREAM_REFRESH=auto"
        );
    }
    let identity = admitted.into_identity();
    let entitled = ctx.settings.grant(login.scopes.as_ref(), &identity.claims.groups);
    let subject = identity.sub.clone();
    let record = CodeRecord {
        code: hash,
        tenant: ctx.tenant(),
        client_id: login.client_id.clone(),
        redirect_uri: login.redirect_uri.clone(),
        code_challenge: login.code_challenge.clone(),
        resource: login.resource.clone(),
        // Never more than stood on the approval page.
        scopes: secrets.approved.intersection(&entitled),
        identity,
        upstream_refresh,
        expires: now.plus(CODE_SECS),
        spent: None,
    };
    let step = LoginStepKind::AwaitCallback;
    let done =
        deps.store.finish_login(&ctx.tenant(), &login.flow, &browser.hash(), step, record, None, now).await?;
    if done == Advance::Lost {
        return Err(unknown().client(&login.client_id));
    }
    deps.meter.welcome(ctx.asker());
    tracing::info!(
        tenant = ctx.tenant().key(),
        client = login.client_id,
        subject,
        "signed in at the provider, code issued"
    );
    Ok(Outcome { target: redirect::success(login, &ctx.base, code.expose()), refused: None })
}
