//! The personal access tokens of the signed-in user: lists them and creates one. Without HTTP types.

use protocol::encoding::b64url_encode;
use protocol::error::OAuthError;
use protocol::form::Form;
use protocol::scope::ScopeSet;
use store::StoreError;
use store::entropy::random_bytes;
use store::intent::personal::PersonalTokensOfUser;
use store::record::GrantRecord;

use super::deps::Deps;
use super::form::Once;
use crate::edge::{Ctx, Place};
use crate::journey::error::JourneyError;
use crate::journey::session::Resumed;
use crate::personal_tokens::{CreateError, Created, Maker, Malformed, PersonalTokens, Wanted};
use crate::wire::Failure;

/// The maximum number of boxes for scopes, because more fields do not fit into one form.
pub(super) const MOST_BOXES: usize = 64;

/// What the user typed into the form, so that it can be shown again.
#[derive(Debug, Default)]
pub(super) struct Typed {
    pub(super) name: String,
    pub(super) days: String,
    pub(super) scopes: ScopeSet,
}

/// The values of the form for a new token.
#[derive(Debug)]
pub(super) struct NewToken {
    /// The value that makes this form unique.
    pub(super) once: Once,
    /// The maximum lifetime of the token, in days.
    pub(super) most_days: u16,
    /// The scopes to which the user is entitled, at most [`MOST_BOXES`].
    pub(super) offered: ScopeSet,
    pub(super) typed: Typed,
}

/// The result of a form that was sent.
#[derive(Debug)]
pub(super) enum Made {
    /// The token was created.
    Token(Box<Created>),
    /// No token was created. The form is shown again, with what was typed.
    Again(Typed, CreateError),
    /// No token was created, and the form cannot be used to create one.
    Refused(CreateError),
}

/// Returns the live tokens of a user, the newest first.
pub(super) async fn list(deps: &Deps, ctx: &Ctx, subject: &str) -> Result<Vec<GrantRecord>, StoreError> {
    let (subject, now) = (subject.to_owned(), deps.clock.now());
    deps.store.read(PersonalTokensOfUser { tenant: ctx.tenant(), subject, now }).await
}

/// Makes the form for a new token of this user. The inner error says why no token can be created at this tenant.
pub(super) fn new(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    typed: Typed,
) -> Result<Result<NewToken, CreateError>, JourneyError> {
    let Some(most_days) = PersonalTokens::most_days(&Place::of(ctx)) else {
        return Ok(Err(CreateError::Off));
    };
    if !deps.personal.tells_revocations {
        return Ok(Err(CreateError::NoList));
    }
    let offered = entitled(ctx, resumed);
    Ok(Ok(NewToken { once: random_bytes(&*deps.entropy)?, most_days, offered, typed }))
}

/// Creates the token that the form asks for. A form that is sent twice makes one token.
pub(super) async fn create(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    once: &Once,
    form: &Form,
) -> Result<Made, JourneyError> {
    let text = |name| form.get(name).unwrap_or_default().to_owned();
    let typed =
        Typed { name: text("name"), days: text("days"), scopes: ticked(form, &entitled(ctx, resumed)) };
    let created = match Wanted::read(&typed.name, typed.scopes.clone(), &typed.days) {
        Ok(wanted) => {
            let id = deps.personal.id_of_form(resumed.live.id(), once);
            let maker = Maker { address: ctx.client_address, administrator: None };
            deps.personal.create(&Place::of(ctx), &resumed.user, &wanted, id, maker).await
        }
        Err(error) => Err(error.into()),
    };
    match created {
        Ok(created) => Ok(Made::Token(Box::new(created))),
        Err(error @ (CreateError::Malformed(_) | CreateError::TooLong(_))) => Ok(Made::Again(typed, error)),
        Err(
            error @ (CreateError::Off
            | CreateError::NoList
            | CreateError::TooMany
            | CreateError::TooManyEnded
            | CreateError::MadeBefore),
        ) => Ok(Made::Refused(error)),
        Err(
            error @ (CreateError::Key(_)
            | CreateError::Store(_)
            | CreateError::Entropy(_)
            | CreateError::Task),
        ) => {
            let failure = Failure::unavailable(error.reason(), &error);
            Err(JourneyError::Below(Box::new(failure)))
        }
    }
}

/// Makes the note for the log about a form that made no token.
pub(super) fn failure(error: &CreateError) -> Failure {
    let kind = if error.reason().is_fault() {
        OAuthError::TemporarilyUnavailable
    } else {
        OAuthError::InvalidRequest
    };
    Failure::oauth(kind, error.reason()).detail(error)
}

/// Returns the scopes to which the user is entitled, as many as fit into a form.
fn entitled(ctx: &Ctx, resumed: &Resumed) -> ScopeSet {
    let entitled = ctx.settings.entitled(&resumed.user.identity().claims.groups);
    entitled.iter().take(MOST_BOXES).map(str::to_owned).collect()
}

/// Returns the offered scopes whose boxes are ticked.
fn ticked(form: &Form, offered: &ScopeSet) -> ScopeSet {
    let is_ticked = |(number, scope): &(usize, &str)| form.get(&box_name(*number)) == Some(*scope);
    offered.iter().enumerate().filter(is_ticked).map(|(_, scope)| scope.to_owned()).collect()
}

/// Returns the name of the box for the scope with this number.
pub(super) fn box_name(number: usize) -> String {
    format!("scope-{number}")
}

/// Returns the unique value of a form as text.
pub(super) fn once_text(once: &Once) -> String {
    b64url_encode(once)
}

impl Made {
    /// Whether this error is about the token's name.
    pub(super) const fn is_name(error: &CreateError) -> bool {
        matches!(error, CreateError::Malformed(Malformed::Name))
    }
}
