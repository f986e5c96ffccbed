//! What the buttons of the page have in common, without HTTP types.

use std::sync::Arc;

use events::{Event, Field, Kind};
use store::intent::listing::ListTenants;
use store::intent::sessions::{EndPasswordSessions, RestartSessions};
use store::record::{Purpose, SignInMethod};
use store::{StoreError, Within};
use tracing::Instrument as _;

use super::deps::Deps;
use crate::edge::Ctx;
use crate::journey::error::JourneyError;
use crate::journey::session::{Resumed, SessionCookie};
use crate::journey::sign_in::{self, SignIn, Starting};
use crate::locale::Message;

/// At how many tenants sessions end in one transaction.
const TENANTS: usize = 16;

/// What became of a change that a user asked for.
#[derive(Debug)]
pub(super) enum Changed {
    /// It was made. The browser gets the cookie of its new session; `None` if its session has ended meanwhile.
    Done(Option<SessionCookie>),
    /// It was made before, by the same form.
    Before,
    /// It was not made, because of what was typed.
    Refused(Problem),
    /// It was not made, because this server cannot write what has to be written.
    Failed(Message),
}

/// What is wrong with what was typed.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) text: Message,
    /// Seconds to wait before the next attempt.
    pub(super) wait: Option<u64>,
}

impl From<Message> for Problem {
    fn from(text: Message) -> Self {
        Self { text, wait: None }
    }
}

/// Starts a login that leads back to this page.
pub(super) async fn sign_in(deps: &Deps, ctx: &Ctx) -> Result<SignIn, JourneyError> {
    let Deps { store, clock, entropy, meter, .. } = deps;
    let starting = Starting { store, clock: &**clock, entropy: &**entropy, meter };
    sign_in::sign_in(starting, ctx, Purpose::Account, false).await
}

/// Handles a form to its end, even if the browser drops the request, and only after the forms that the same session
/// sent before. A user who clicks twice sends a form twice. The browser drops the first request and shows the response
/// to the second one, which finds what the first one has done.
pub(super) async fn in_turn<T: Send + 'static>(
    deps: &Arc<Deps>,
    session: Option<SessionCookie>,
    handling: impl Future<Output = T> + Send + 'static,
) -> Result<T, JourneyError> {
    let deps = Arc::clone(deps);
    let handled = tokio::spawn(
        async move {
            let _turn = match session {
                Some(cookie) => Some(deps.forms.lock(cookie.session()).await),
                None => None,
            };
            handling.await
        }
        .in_current_span(),
    );
    Ok(handled.await.map_err(|_| StoreError::Stopped)?)
}

/// The event of a change to how this user signs in.
pub(super) fn event(ctx: &Ctx, user: &str, action: &'static str) -> Event {
    ctx.event(Kind::AccountChanged).subject(user).actor(user).with(Field::Action, action)
}

/// The user signs in in another way from now on: ends every other session of theirs, here and at the other tenants of this
/// server that have a client, so that logins that are open there end, too. At other tenants, a session ends when it is used
/// ([`Sessions`](crate::journey::session::Sessions)). What is connected stays. `event` is recorded with it. Returns the
/// browser's new cookie; `None` if its session has ended meanwhile.
pub(super) async fn restart(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    method: SignInMethod,
    event: Option<Event>,
) -> Result<Option<SessionCookie>, JourneyError> {
    let cookie =
        if resumed.renewed { resumed.cookie.clone() } else { resumed.cookie.renewed(&*deps.entropy)? };
    let next = (!resumed.renewed).then(|| cookie.presented());
    let (tenant, live, now) = (ctx.tenant(), resumed.live.clone(), deps.clock.now());
    let restart = RestartSessions { tenant: tenant.clone(), live, method, next, now };
    // The change is made already, so it is recorded in any case.
    let events = move |_: &bool| event.clone().into_iter().collect();
    let begun = deps.journal.write(restart, events).await?;
    let mut after = None;
    loop {
        let list = ListTenants { within: Within::Everything, after, limit: TENANTS };
        let page = deps.store.read(list).await?;
        let tenants = page.items.into_iter().filter(|other| *other != tenant).collect();
        let subject = resumed.live.subject().to_owned();
        deps.store.write(EndPasswordSessions { tenants, subject }).await?;
        after = page.next;
        if after.is_none() {
            return Ok(begun.then_some(cookie));
        }
    }
}
