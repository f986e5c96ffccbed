//! The question on the consent page.

use protocol::scope::ScopeSet;
use protocol::server::login::StepKind;
use store::intent::clients::FindClient;
use store::intent::logins::{FindLogin, LoginKey};
use store::record::{ClientRequest, LoginRecord, LoginStep, Purpose};

use super::deps::Deps;
use crate::client_name::{clean, shown_name};
use crate::edge::Ctx;
use crate::journey::browser::Browser;
use crate::journey::client_origin::{Origin, origin};
use crate::journey::error::{JourneyError, account_name};
use crate::journey::flow_id::{FlowId, page_address};
use crate::journey::provider_host::provider_host;
use crate::locale::Value;

/// What the user is asked.
#[derive(Debug)]
pub(super) struct Question {
    /// The login.
    pub(super) login: LoginRecord,
    /// What the client asks for; `None` if the user only signs in.
    pub(super) client: Option<Asking>,
}

/// What a client asks for.
#[derive(Debug)]
pub(super) struct Asking {
    /// The client's authorization request.
    pub(super) request: ClientRequest,
    /// The client's name, cleaned for display.
    pub(super) client_name: Value,
    /// The scopes of the token if the user approves.
    pub(super) scopes: ScopeSet,
    /// The scopes among `scopes` that the tenant always requires.
    pub(super) required: ScopeSet,
    /// How far the client's identity is verified.
    pub(super) origin: Origin,
    /// The user who is signed in; `None` before the sign-in at a provider.
    pub(super) user: Option<String>,
    /// The host at which a user of a provider signs in; `None` for local users.
    pub(super) provider: Option<String>,
}

impl Question {
    /// Returns everything on the page that the decision is about, as one text for the form token.
    pub(super) fn fingerprint(&self) -> String {
        let Some(Asking { request, scopes, user, .. }) = &self.client else { return "sign in".to_owned() };
        let user = user.as_deref().unwrap_or_default();
        let ClientRequest { client_id, redirect_uri, resource, .. } = request;
        format!("{client_id}\n{redirect_uri}\n{}\n{scopes}\n{user}", resource.as_str())
    }
}

/// The page at which a login is.
#[derive(Debug)]
pub(super) enum Waits {
    /// The consent page, with this question.
    Here(Box<Question>),
    /// The page at this URL.
    Elsewhere(String),
}

/// Finds the login and the page at which it is. Fails if this tenant and browser have no such login.
pub(super) async fn waits(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
) -> Result<Waits, JourneyError> {
    let tenant = ctx.tenant();
    let now = deps.clock.now();
    let login = deps
        .store
        .read(FindLogin {
            login: LoginKey { tenant: tenant.clone(), flow: flow.hash(), browser: browser.hash() },
            now,
        })
        .await?
        .ok_or_else(JourneyError::unknown)?;
    if matches!(login.step.kind(), StepKind::AwaitPassword | StepKind::AwaitSecondFactor) {
        return Ok(Waits::Elsewhere(page_address(&ctx.base, login.step.kind(), flow)));
    }
    let client = match &login.purpose {
        Purpose::Client(request) => Some(asking(deps, ctx, &login, request).await?),
        Purpose::Connections | Purpose::Account => None,
    };
    Ok(Waits::Here(Box::new(Question { login, client })))
}

async fn asking(
    deps: &Deps,
    ctx: &Ctx,
    login: &LoginRecord,
    request: &ClientRequest,
) -> Result<Asking, JourneyError> {
    let client = deps
        .store
        .read(FindClient { tenant: ctx.tenant(), client_id: request.client_id.clone() })
        .await?
        .ok_or_else(|| JourneyError::ClientUnknown { client_id: request.client_id.clone() })?;
    let (scopes, user) = match &login.step {
        LoginStep::AwaitConsent(signed_in) => (
            ctx.settings.grant(request.scopes.as_ref(), &signed_in.identity().claims.groups),
            Some(clean(account_name(signed_in.identity()))),
        ),
        LoginStep::AwaitPassword
        | LoginStep::AwaitSecondFactor(_)
        | LoginStep::AwaitApproval
        | LoginStep::AwaitCallback(_) => (asked(ctx, request.scopes.as_ref()), None),
    };
    Ok(Asking {
        origin: origin(&client, &request.redirect_uri),
        client_name: shown_name(&client),
        required: scopes.intersection(&ctx.settings.required_scopes),
        provider: provider_host(ctx),
        scopes,
        user,
        request: request.clone(),
    })
}

/// Returns the scopes that are shown before a user is signed in: the requested scopes that are offered, and the
/// required scopes. Scopes that the user is not entitled to are removed later.
fn asked(ctx: &Ctx, asked: Option<&ScopeSet>) -> ScopeSet {
    let offered = ctx.settings.offered_scopes();
    let wanted = asked.map_or_else(|| ctx.settings.default_scopes(), |asked| asked.intersection(&offered));
    wanted.union(&ctx.settings.required_scopes.intersection(&offered))
}
