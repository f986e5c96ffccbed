//! What an authorization request leads to. No axum here.

use protocol::error::OAuthError;
use protocol::server::authorize::{Asker, AskerError, AuthorizeRequest};
use protocol::server::redirect::{RedirectError, RedirectUri, ValidatedRedirect};
use protocol::settings::Provider;

use super::Deps;
use crate::budget::Resource;
use crate::clients::Purpose;
use crate::edge::Ctx;
use crate::journey::browser::Browser;
use crate::journey::error::LOGIN_SECS;
use crate::journey::flow_id::{FlowId, page_address};
use crate::store::Begin;
use crate::store::records::{LoginRecord, LoginStep};
use crate::wire::Failure;
use crate::wire::error::Note;
use crate::wire::form::ApartForm;

/// Where the browser goes.
#[derive(Debug)]
pub(super) enum Begun {
    /// To our first page, with this cookie.
    Login { target: String, browser: Browser },
    /// Back to the client with an error.
    Refused { target: String, note: Note },
}

impl Begun {
    pub(super) fn target(&self) -> &str {
        match self {
            Self::Login { target, .. } | Self::Refused { target, .. } => target,
        }
    }
}

/// Judges the request and begins a login.
pub(super) async fn begin(deps: &Deps, ctx: &Ctx, sent: &ApartForm) -> Result<Begun, Failure> {
    demand_rule(ctx)?;
    let ApartForm { form, repeated } = sent;
    let asker = Asker::read(form, repeated).map_err(unknown_asker)?;
    let redirect = validate(deps, ctx, &asker).await?;
    match AuthorizeRequest::read(form, repeated, &ctx.base) {
        Ok(request) => record(deps, ctx, asker, &redirect, request).await,
        Err(error) => {
            let state = asker.state.as_deref();
            let target = redirect.error(&ctx.base, error.code(), &error.to_string(), state);
            let failure = Failure::oauth(error.code(), "authorize_request");
            Ok(Begun::Refused { target, note: failure.client(&asker.client_id).detail(error).note() })
        }
    }
}

/// A page: there is nobody to answer.
fn unknown_asker(error: AskerError) -> Failure {
    let (reason, text) = match &error {
        AskerError::TooLong(limit) => return (*limit).into(),
        AskerError::ClientId => ("client_id_missing", "The application did not say who it is."),
        AskerError::Repeated(_) => (
            "parameter_repeated",
            "The application said twice, and differently, who it is or where the answer is to go.",
        ),
    };
    Failure::oauth(OAuthError::InvalidRequest, reason).detail(error).describe(text)
}

/// A tenant whose rules do not say enough about who may enter serves nobody.
fn demand_rule(ctx: &Ctx) -> Result<(), Failure> {
    ctx.settings.access.suffice(&ctx.settings.provider).map_err(|refusal| {
        Failure::oauth(OAuthError::TemporarilyUnavailable, "rule_mandatory")
            .describe("This server does not say yet who may enter. Its operator has to set allowedUsers, allowedEmailDomains or allowedGroups, and allowedTenants where people of any Entra ID directory can sign in.")
            .detail(format_args!("{refusal}; set allowedUsers (or * on purpose), allowedEmailDomains or allowedGroups, and allowedTenants at Entra ID's common and organizations"))
    })
}

/// The client, if it registered at this tenant, and the redirect URI, if it is the client's own. Until both
/// hold, nothing is sent by redirect (RFC 6749 §4.1.2.1).
async fn validate(deps: &Deps, ctx: &Ctx, asker: &Asker) -> Result<ValidatedRedirect, Failure> {
    let client = deps.clients.find(ctx, &asker.client_id, Purpose::Login).await?.ok_or_else(|| {
        Failure::oauth(OAuthError::InvalidRequest, "client_unknown")
            .client(printable(&asker.client_id))
            .describe("This server does not know the application. Remove the connection in the application and add it again, so that it registers anew.")
    })?;
    let (rules, registered) = (deps.clients.redirect_rules(ctx), client.metadata.redirect_uris());
    let wanted = asker.redirect_uri.as_deref();
    ValidatedRedirect::choose(registered, wanted, &rules)
        .map_err(|error| wrong_redirect(wanted, registered, &error).client(&client.record.client_id))
}

/// Most registered redirect URIs that a page and a log line show.
const MOST_SHOWN: usize = 5;
/// Longest redirect URI that they show, in bytes.
const LONGEST_SHOWN: usize = 200;

/// A page that says what was asked and what would have been right: the two differ by a host, a slash or a port, and
/// whoever looks at the page or the log sees it at once. The asked one is shown as text, and only if it is a
/// well-formed redirect URI; registered ones are known to whoever knows the client.
fn wrong_redirect(asked: Option<&str>, registered: &[RedirectUri], error: &RedirectError) -> Failure {
    let short = |text: &str| text.len() <= LONGEST_SHOWN;
    let known: Vec<&str> =
        registered.iter().map(RedirectUri::as_str).filter(|uri| short(uri)).take(MOST_SHOWN).collect();
    let shown = asked.filter(|asked| short(asked) && RedirectUri::parse(asked).is_ok());
    let text = match error {
        RedirectError::Missing => {
            "The application did not say where it wants to be answered, and that cannot be known otherwise."
        }
        RedirectError::PrivateUse(_) => {
            "The application wants to be answered at an address of a kind that this server does not accept. Its operator can allow it: see BOUNCER_REDIRECT_SCHEMES in the documentation."
        }
        RedirectError::HostNotAllowed(_) => {
            "The application wants to be answered at an address that this server does not send people to. Its operator can allow it: see allowedRedirectHosts in the documentation."
        }
        RedirectError::Malformed
        | RedirectError::Ambiguous
        | RedirectError::PlainHttp
        | RedirectError::Dangerous
        | RedirectError::Unregistered => {
            "The application asked to be answered at an address that it has not registered."
        }
    };
    let mut failure = Failure::oauth(OAuthError::InvalidRequest, "redirect_uri").describe(text);
    if let Some(shown) = shown {
        failure = failure.fact("Asked for", shown);
    }
    for uri in &known {
        failure = failure.fact("Registered", *uri);
    }
    let asked: String = asked.unwrap_or_default().chars().take(LONGEST_SHOWN).collect();
    failure.detail(format_args!("{error}; asked {asked:?}, registered {known:?}"))
}

/// Stores the login, bound to a cookie of its own, so that logins in other tabs go on.
async fn record(
    deps: &Deps,
    ctx: &Ctx,
    asker: Asker,
    redirect: &ValidatedRedirect,
    request: AuthorizeRequest,
) -> Result<Begun, Failure> {
    let now = deps.clock.now();
    let flow = FlowId::fresh(&*deps.entropy)?;
    let browser = Browser::fresh(&*deps.entropy, flow.tag())?;
    let step = match ctx.settings.provider {
        Provider::Local => LoginStep::AwaitPassword,
        Provider::Oidc { .. } | Provider::Named { .. } => LoginStep::AwaitApproval,
    };
    let target = page_address(&ctx.base, step.kind(), &flow);
    let login = LoginRecord {
        flow: flow.hash(),
        tenant: ctx.tenant(),
        browser: browser.hash(),
        client_id: asker.client_id.clone(),
        redirect_uri: redirect.uri().as_str().to_owned(),
        state: asker.state,
        code_challenge: request.code_challenge.as_str().to_owned(),
        resource: request.resource,
        // Others are never granted, so they need not be kept.
        scopes: request.scopes.map(|asked| asked.intersection(&ctx.settings.offered_scopes())),
        prompt: request.prompt.iter().map(|prompt| prompt.name().to_owned()).collect(),
        login_hint: request.login_hint,
        max_age: request.max_age,
        created: now,
        expires: now.plus(LOGIN_SECS),
        step,
    };
    deps.meter.charge(Resource::Login, ctx.asker())?;
    match deps.store.begin_login(login, now).await? {
        Begin::Done => Ok(Begun::Login { target, browser }),
        Begin::NoSuchClient => {
            Err(Failure::oauth(OAuthError::InvalidRequest, "client_unknown").client(asker.client_id))
        }
        Begin::Full => Err(Failure::unavailable("logins_full", "too many logins are under way")),
    }
}

/// What nobody registered is shown in the log, but not at any length.
fn printable(client_id: &str) -> String {
    client_id.chars().take(100).collect()
}
