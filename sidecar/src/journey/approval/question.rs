//! The question on the consent page.

use protocol::scope::ScopeSet;
use protocol::server::redirect::RedirectUri;
use protocol::settings::Provider;
use store::intent::clients::FindClient;
use store::intent::logins::{FindLogin, LoginKey};
use store::record::{ClientRecord, ClientSource, LoginRecord, LoginStep};

use super::deps::Deps;
use crate::client_name::{clean, shown_name};
use crate::edge::Ctx;
use crate::journey::browser::Browser;
use crate::journey::error::{JourneyError, account_name};
use crate::journey::flow_id::{FlowId, page_address};
use crate::locale::Value;

/// What the user is asked to approve.
#[derive(Debug)]
pub(super) struct Question {
    /// The login.
    pub(super) login: LoginRecord,
    /// The client's name, cleaned for display.
    pub(super) client_name: Value,
    /// The scopes of the token if the user approves.
    pub(super) scopes: ScopeSet,
    /// Those of them that the tenant always requires.
    pub(super) required: ScopeSet,
    /// How far the client's identity is verified.
    pub(super) origin: Origin,
    /// The user who is signed in; `None` before the sign-in at a provider.
    pub(super) user: Option<String>,
    /// The host at which the user will sign in, for users of a provider.
    pub(super) provider: Option<String>,
}

impl Question {
    /// Everything on the page that the decision is about, as one text for the form token.
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

/// How far the client's identity is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// The operator registered the client.
    Operator,
    /// The redirect goes to the host that publishes the client's metadata document.
    Verified(String),
    /// The client's metadata document is at this host, but the redirect goes elsewhere.
    Described(String),
    /// Anyone can have registered the client.
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

/// At which page a login is.
#[derive(Debug)]
pub(super) enum Waits {
    /// On this page, with this question.
    Here(Box<Question>),
    /// On the page at this URL.
    Elsewhere(String),
}

/// Finds the login. If it is not yet at this page, returns the URL of the page it is at.
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
    let client = deps
        .store
        .read(FindClient { tenant: tenant.clone(), client_id: login.client_id.clone() })
        .await?
        .ok_or_else(|| JourneyError::ClientUnknown { client_id: login.client_id.clone() })?;
    let (scopes, user) = match &login.step {
        LoginStep::AwaitConsent(signed_in) => (
            ctx.settings.grant(login.scopes.as_ref(), &signed_in.identity().claims.groups),
            Some(clean(account_name(signed_in.identity()))),
        ),
        LoginStep::AwaitApproval | LoginStep::AwaitCallback(_) => (asked(ctx, login.scopes.as_ref()), None),
        LoginStep::AwaitPassword => {
            return Ok(Waits::Elsewhere(page_address(&ctx.base, login.step.kind(), flow)));
        }
    };
    Ok(Waits::Here(Box::new(Question {
        origin: origin(&client, &login.redirect_uri),
        client_name: shown_name(&client),
        required: scopes.intersection(&ctx.settings.required_scopes),
        provider: provider_host(ctx),
        scopes,
        user,
        login,
    })))
}

/// The host of the tenant's provider, as users see it in the address bar of their browser.
fn provider_host(ctx: &Ctx) -> Option<String> {
    let issuer = match &ctx.settings.provider {
        Provider::Oidc { issuer, .. } => issuer,
        Provider::Local | Provider::Default | Provider::Named { .. } => return None,
    };
    url::Url::parse(issuer).ok()?.host_str().map(str::to_owned)
}

/// The scopes shown before a user is signed in: the requested ones that are offered, and the required ones. Scopes that
/// the user is not entitled to are removed later.
fn asked(ctx: &Ctx, asked: Option<&ScopeSet>) -> ScopeSet {
    let offered = ctx.settings.offered_scopes();
    let wanted = asked.map_or_else(|| offered.clone(), |asked| asked.intersection(&offered));
    wanted.union(&ctx.settings.required_scopes.intersection(&offered))
}
