//! Handles an authorization request, without HTTP types.

use events::Reason;
use protocol::server::authorize::{AuthorizeRequest, RequestingClient};
use protocol::server::redirect::{RedirectError, RedirectUri, ValidatedRedirect};
use protocol::server::session::Asked;
use protocol::settings::Provider;
use store::Begin;
use store::intent::logins::BeginLogin;
use store::record::{ClientRequest, LoginRecord, LoginStep, Purpose as LoginPurpose};

use super::deps::Deps;
use crate::budget::Resource;
use crate::clients::Purpose;
use crate::edge::Ctx;
use crate::journey::browser::Browser;
use crate::journey::error::{JourneyError, LOGIN_SECS, WrongRedirect};
use crate::journey::flow_id::{FlowId, page_address};
use crate::journey::redirect::ClientRedirect;
use crate::journey::session::{Resumed, SessionCookie};
use crate::wire::error::{Failure, Note};
use crate::wire::form::ApartForm;

/// Where the browser is sent.
#[derive(Debug)]
pub(super) enum Begun {
    /// To the first page of the login, with this cookie, and with the cookie of the session if that has changed.
    Login { target: String, browser: Browser, session: Option<SessionCookie> },
    /// Back to the client, with an error.
    Refused { target: ClientRedirect, note: Note },
}

/// Validates the request and starts a login.
pub(super) async fn begin(
    deps: &Deps,
    ctx: &Ctx,
    sent: &ApartForm,
    session: Option<&SessionCookie>,
) -> Result<Begun, JourneyError> {
    // A tenant whose options lack a mandatory rule about who has access serves nobody.
    ctx.settings.access.suffice(&ctx.settings.provider).map_err(JourneyError::RuleMandatory)?;
    let ApartForm { form, repeated } = sent;
    let asker = RequestingClient::read(form, repeated).map_err(JourneyError::Asker)?;
    let redirect = validate(deps, ctx, &asker).await?;
    match AuthorizeRequest::read(form, repeated, &ctx.base) {
        Ok(request) => record(deps, ctx, (asker, &redirect, request), session).await,
        Err(error) => {
            let (state, text) = (asker.state.as_deref(), error.to_string());
            let target = ClientRedirect::refusal(&redirect, &ctx.base, error.code(), &text, state);
            let failure = Failure::oauth(error.code(), Reason::AuthorizeRequest);
            Ok(Begun::Refused { target, note: failure.client(&asker.client_id).detail(error).note() })
        }
    }
}

/// Finds the client at this tenant and validates its redirect URI. Before both have succeeded, errors must not be sent
/// by redirect (RFC 6749 §4.1.2.1).
async fn validate(
    deps: &Deps,
    ctx: &Ctx,
    asker: &RequestingClient,
) -> Result<ValidatedRedirect, JourneyError> {
    let client = deps.clients.find(ctx, &asker.client_id, Purpose::Login).await?;
    let client =
        client.ok_or_else(|| JourneyError::ClientUnknown { client_id: printable(&asker.client_id) })?;
    let (rules, registered) = (deps.clients.redirect_rules(ctx), client.metadata.redirect_uris());
    let wanted = asker.redirect_uri.as_deref();
    ValidatedRedirect::choose(registered, wanted, &rules).map_err(|error| {
        let wrong = wrong_redirect(client.record.client_id, wanted, registered, error);
        JourneyError::RedirectUri(Box::new(wrong))
    })
}

/// The maximum number of registered redirect URIs that the error page and the log show.
const MOST_SHOWN: usize = 5;
/// The maximum length of a redirect URI that the error page shows, in bytes. In the log, a longer requested one is cut.
const LONGEST_SHOWN: usize = 200;

/// Makes the error for a refused redirect URI. The page shows the requested URI only if it is a well-formed redirect
/// URI. It shows registered URIs, because anyone who has the client can see them.
fn wrong_redirect(
    client_id: String,
    asked: Option<&str>,
    registered: &[RedirectUri],
    error: RedirectError,
) -> WrongRedirect {
    let short = |text: &&str| text.len() <= LONGEST_SHOWN;
    let registered = registered.iter().map(RedirectUri::as_str).filter(short).take(MOST_SHOWN);
    WrongRedirect {
        client_id,
        error,
        may_show: asked.as_ref().is_some_and(short)
            && asked.is_some_and(|asked| RedirectUri::parse(asked).is_ok()),
        asked: asked.map(|asked| asked.chars().take(LONGEST_SHOWN).collect()),
        registered: registered.map(str::to_owned).collect(),
    }
}

/// Stores the login, bound to its own cookie, so that logins in other tabs can continue. If the browser has a session
/// that may replace the sign-in, the login begins at the consent page.
async fn record(
    deps: &Deps,
    ctx: &Ctx,
    (asker, redirect, request): (RequestingClient, &ValidatedRedirect, AuthorizeRequest),
    session: Option<&SessionCookie>,
) -> Result<Begun, JourneyError> {
    let now = deps.clock.now();
    deps.meter.charge(Resource::Login, ctx.asker())?;
    let local = ctx.settings.provider == Provider::Local;
    let resumed = if local { deps.sessions.resume(ctx, session).await? } else { None };
    let flow = FlowId::fresh(&*deps.entropy)?;
    let browser = Browser::fresh(&*deps.entropy, flow.tag())?;
    let step = LoginStep::first(local);
    let session = resumed.as_ref().filter(|resumed| resumed.renewed).map(|resumed| resumed.cookie.clone());
    let wanted = Asked {
        prompt: request.prompt.iter().map(|prompt| prompt.name()).collect(),
        login_hint: request.login_hint.as_deref(),
        max_age: request.max_age,
    };
    let proven = resumed.and_then(|Resumed { live, user, .. }| {
        let proof = live.stands_for(&wanted, user.identity(), now)?;
        step.clone().session_proven(&proof, user)
    });
    let first = proven.as_ref().map_or_else(|| step.kind(), |proven| proven.to().kind());
    let target = page_address(&ctx.base, first, &flow);
    let login = LoginRecord {
        flow: flow.hash(),
        tenant: ctx.tenant(),
        browser: browser.hash(),
        purpose: LoginPurpose::Client(ClientRequest {
            client_id: asker.client_id.clone(),
            redirect_uri: redirect.uri().as_str().to_owned(),
            state: asker.state,
            code_challenge: request.code_challenge.as_str().to_owned(),
            resource: request.resource,
            // Scopes that are not offered are never granted, so they are not stored.
            scopes: request.scopes.map(|asked| asked.intersection(&ctx.settings.offered_scopes())),
        }),
        prompt: request.prompt.iter().map(|prompt| prompt.name().to_owned()).collect(),
        login_hint: request.login_hint,
        max_age: request.max_age,
        created: now,
        expires: now.plus(LOGIN_SECS),
        step,
    };
    match deps.store.write(BeginLogin { record: login, proven, now }).await? {
        Begin::Done => Ok(Begun::Login { target, browser, session }),
        Begin::NoSuchClient => Err(JourneyError::ClientUnknown { client_id: asker.client_id }),
        Begin::Full => Err(JourneyError::LoginsFull),
    }
}

/// Returns an unregistered client id, shortened for the log.
fn printable(client_id: &str) -> String {
    client_id.chars().take(100).collect()
}
