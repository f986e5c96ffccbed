//! What a name and a password lead to. No axum here.

use protocol::error::OAuthError;
use protocol::secret::Secret;
use protocol::settings::Provider;

use crate::app::App;
use crate::client_name::shown_name;
use crate::handover::{self, FlowId, page_address, unknown};
use crate::http::cookie::Browser;
use crate::http::error::Note;
use crate::http::{Ctx, Failure};
use crate::rules;
use crate::store::Advance;
use crate::store::records::{LoginRecord, LoginStep, LoginStepKind};
use crate::users::LoginRefused;

/// Where a login is.
#[derive(Debug)]
pub(super) enum Waits {
    /// It waits for a password.
    Here(Box<Waiting>),
    /// It waits on this other page.
    Elsewhere(String),
}

/// A login that waits for a password.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) login: LoginRecord,
    /// The client's name, made safe to show.
    pub(super) client_name: String,
}

/// What comes of a try.
#[derive(Debug)]
pub(super) enum Tried {
    /// To the consent page, with a new cookie for the seconds that the login still lasts.
    Right { target: String, browser: Browser, secs: u64 },
    /// The page again, with these words.
    Wrong { text: &'static str, wait: Option<u64>, note: Note },
    /// Back to the client: this user may not enter.
    Refused { target: String, account: String, why: &'static str, note: Note },
}

impl Waiting {
    /// Who the client thinks will log in; the person may type another name over it.
    pub(super) fn hint(&self) -> Option<&str> {
        self.login.login_hint.as_deref()
    }
}

/// Where the login of the page is. One that is past this page goes on where it waits.
pub(super) async fn waits(app: &App, ctx: &Ctx, flow: &FlowId, browser: &Browser) -> Result<Waits, Failure> {
    let tenant = ctx.tenant();
    let now = app.clock.now();
    let login = app.store.login(&tenant, &flow.hash(), &browser.hash(), now).await?.ok_or_else(unknown)?;
    if login.step.kind() != LoginStepKind::AwaitPassword {
        return Ok(Waits::Elsewhere(page_address(&ctx.base, login.step.kind(), flow)));
    }
    if ctx.settings.provider != Provider::Local {
        return Err(unknown().detail("this tenant has no local users"));
    }
    let client = app.store.client(&tenant, &login.client_id).await?.ok_or_else(|| {
        Failure::oauth(OAuthError::InvalidRequest, "client_unknown").client(&login.client_id)
    })?;
    Ok(Waits::Here(Box::new(Waiting { client_name: shown_name(&client), login })))
}

/// Tries a name and a password.
pub(super) async fn attempt(
    app: &App,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
    waiting: &Waiting,
    name: &str,
    password: &Secret<String>,
) -> Result<Tried, Failure> {
    let now = app.clock.now();
    let login = &waiting.login;
    let verified = app.users.verify(name, password, &ctx.base, ctx.client_address, now).await;
    let identity = match verified {
        Ok(user) => user.into_identity(),
        Err(refused) => return refuse(&refused, login),
    };
    // Labels narrow further what the users file allows.
    let admitted = match ctx.settings.admit(&identity) {
        Ok(admitted) => admitted,
        Err(refusal) => {
            let step = LoginStepKind::AwaitPassword;
            app.store.drop_login(&ctx.tenant(), &flow.hash(), &browser.hash(), step, now).await?;
            let note = Failure::oauth(OAuthError::AccessDenied, "not_admitted")
                .client(&login.client_id)
                .detail(rules::refused(refusal, &identity, None))
                .note();
            let target = handover::error(login, &ctx.base, OAuthError::AccessDenied);
            let account = handover::account_name(&identity).to_owned();
            return Ok(Tried::Refused { target, account, why: handover::why_not_admitted(refusal), note });
        }
    };
    let fresh = browser.renewed(&*app.entropy)?;
    let identity = admitted.into_identity();
    let subject = identity.sub.clone();
    let next = LoginStep::AwaitConsent { identity };
    let step = LoginStepKind::AwaitPassword;
    let moved = app
        .store
        .advance_login(&ctx.tenant(), &flow.hash(), &browser.hash(), step, next, Some(&fresh.hash()), now)
        .await?;
    if moved == Advance::Lost {
        return Err(unknown().client(&login.client_id));
    }
    tracing::info!(tenant = ctx.tenant().key(), client = login.client_id, subject, "signed in");
    Ok(Tried::Right {
        target: page_address(&ctx.base, LoginStepKind::AwaitConsent, flow),
        browser: fresh,
        secs: login.expires.since(now),
    })
}

/// The page says the same whether the name or the password was wrong, or the user may not enter here.
fn refuse(refused: &LoginRefused, login: &LoginRecord) -> Result<Tried, Failure> {
    let (text, wait, reason) = match refused {
        LoginRefused::Credentials(_) => ("The user name or the password is not right.", None, "credentials"),
        LoginRefused::Wait { secs } => {
            ("There were too many tries. Wait a little before the next one.", Some(*secs), "login_throttled")
        }
        LoginRefused::Busy => {
            ("Too many people are signing in at this moment. Try again.", Some(1), "login_busy")
        }
        LoginRefused::Unavailable(detail) => {
            return Err(Failure::unavailable("users", detail).client(&login.client_id));
        }
    };
    let failure = Failure::oauth(OAuthError::AccessDenied, reason).client(&login.client_id).detail(refused);
    Ok(Tried::Wrong { text, wait, note: failure.note() })
}
