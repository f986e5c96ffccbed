//! Starts a login that no client asked for. It ends with a session, and leads to a page that needs a session.

use protocol::form::Form;
use protocol::settings::Provider;
use store::entropy::Entropy;
use store::intent::logins::BeginLogin;
use store::record::{LoginRecord, LoginStep, Purpose};
use store::{Begin, StoreHandle};

use super::browser::Browser;
use super::error::{JourneyError, LOGIN_SECS};
use super::flow_id::{FOR_NEW_TOKEN, FlowId, page_address};
use crate::budget::{Meter, Resource};
use crate::clock::Clock;
use crate::edge::Ctx;

/// The name of the form field that says which page the sign-in is for, if no client asked for it. The field is needed
/// only if the login has ended meanwhile.
pub(super) const FOR: &str = "for";
const CONNECTIONS: &str = "connections";
const ACCOUNT: &str = "account";

/// Reads from a form which page the sign-in was for; `None` if a client asked for it.
pub(super) fn purpose(form: &Form) -> Option<Purpose> {
    match form.get(FOR) {
        Some(CONNECTIONS) => Some(Purpose::Connections),
        Some(ACCOUNT) => Some(Purpose::Account),
        _ => None,
    }
}

/// Returns the value of the field [`FOR`]; `None` if a client asked for the sign-in.
pub(super) const fn purpose_name(purpose: &Purpose) -> Option<&'static str> {
    match purpose {
        Purpose::Connections => Some(CONNECTIONS),
        Purpose::Account => Some(ACCOUNT),
        Purpose::Client(_) => None,
    }
}

/// The dependencies of starting a login.
#[derive(Clone, Copy)]
pub(super) struct Starting<'a> {
    /// Stores the login.
    pub(super) store: &'a StoreHandle,
    /// Gives the start time.
    pub(super) clock: &'a dyn Clock,
    /// Makes ids and cookie values.
    pub(super) entropy: &'a dyn Entropy,
    /// Charges the login.
    pub(super) meter: &'a Meter,
}

/// A login that was started.
#[derive(Debug)]
pub(super) struct SignIn {
    /// The URL of the login's first page.
    pub(super) target: String,
    /// The cookie of the login.
    pub(super) browser: Browser,
}

/// Starts a login for this purpose. With `again`, a provider must ask the user to sign in even if the user has a
/// session there ([`FOR_NEW_TOKEN`]). The login is bound to this browser by its cookie, so nobody can sign in somebody
/// else's browser.
pub(super) async fn sign_in(
    with: Starting<'_>,
    ctx: &Ctx,
    purpose: Purpose,
    again: bool,
) -> Result<SignIn, JourneyError> {
    // A tenant whose options lack a mandatory rule about who has access serves nobody.
    ctx.settings.access.suffice(&ctx.settings.provider).map_err(JourneyError::RuleMandatory)?;
    with.meter.charge(Resource::Login, ctx.asker())?;
    let now = with.clock.now();
    let flow = FlowId::fresh(with.entropy)?;
    let browser = Browser::fresh(with.entropy, flow.tag())?;
    let step = LoginStep::first(ctx.settings.provider == Provider::Local);
    let target = page_address(&ctx.base, step.kind(), &flow);
    let record = LoginRecord {
        flow: flow.hash(),
        tenant: ctx.tenant(),
        browser: browser.hash(),
        purpose,
        prompt: again.then(|| FOR_NEW_TOKEN.to_owned()).into_iter().collect(),
        login_hint: None,
        max_age: None,
        created: now,
        expires: now.plus(LOGIN_SECS),
        step,
    };
    match with.store.write(BeginLogin { record, proven: None, now }).await? {
        Begin::Done => Ok(SignIn { target, browser }),
        Begin::NoSuchClient | Begin::Full => Err(JourneyError::LoginsFull),
    }
}
