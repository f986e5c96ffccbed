//! Starts a login that no client asked for: it ends with a session, and leads to the page that needs one.

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

/// The field of a form that says what the sign-in is for, if no client asked for it. It is needed only when the login has
/// ended meanwhile.
pub(super) const FOR: &str = "for";
const CONNECTIONS: &str = "connections";
const ACCOUNT: &str = "account";

/// What a form says that the sign-in was for, if no client asked for it.
pub(super) fn purpose(form: &Form) -> Option<Purpose> {
    match form.get(FOR) {
        Some(CONNECTIONS) => Some(Purpose::Connections),
        Some(ACCOUNT) => Some(Purpose::Account),
        _ => None,
    }
}

/// The value of that field; `None` if a client asked for the sign-in.
pub(super) const fn purpose_name(purpose: &Purpose) -> Option<&'static str> {
    match purpose {
        Purpose::Connections => Some(CONNECTIONS),
        Purpose::Account => Some(ACCOUNT),
        Purpose::Client(_) => None,
    }
}

/// What is needed to start one.
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

/// A login that was started, so that the user signs in.
#[derive(Debug)]
pub(super) struct SignIn {
    /// Its first page.
    pub(super) target: String,
    /// Its cookie.
    pub(super) browser: Browser,
}

/// Starts a login for this purpose. `again` demands a sign-in of the provider, too ([`FOR_NEW_TOKEN`]). It is bound to this browser by its own cookie, so nobody can sign somebody else's
/// browser in.
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
