//! What the consent page asks, and of whom.

use protocol::scope::ScopeSet;
use protocol::server::redirect::RedirectUri;
use store::intent::clients::FindClient;
use store::intent::logins::{FindLogin, LoginKey};
use store::record::{ClientRecord, ClientSource, LoginRecord, LoginStep};

use super::deps::Deps;
use crate::client_name::shown_name;
use crate::edge::Ctx;
use crate::journey::browser::Browser;
use crate::journey::error::{JourneyError, account_name};
use crate::journey::flow_id::{FlowId, page_address};

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
            Some(account_name(signed_in.identity()).to_owned()),
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
        scopes,
        user,
        login,
    })))
}

/// What is shown before anybody is signed in: what was asked for, whoever it will be for. What the user
/// is not entitled to is taken away later.
fn asked(ctx: &Ctx, asked: Option<&ScopeSet>) -> ScopeSet {
    let offered = ctx.settings.offered_scopes();
    let wanted = asked.map_or_else(|| offered.clone(), |asked| asked.intersection(&offered));
    wanted.union(&ctx.settings.required_scopes.intersection(&offered))
}
