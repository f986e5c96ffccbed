//! Why a page of a login cannot be shown.

use protocol::error::OAuthError;

use crate::wire::Failure;
use crate::wire::error::Note;

/// How long a login may take from the authorize request to the code, in seconds.
pub(super) const LOGIN_SECS: u64 = 600;
/// How long a code may wait to be redeemed, in seconds.
pub(super) const CODE_SECS: u64 = 60;

/// The login does not exist for this tenant and this browser, or is past this step.
pub(super) fn unknown() -> Failure {
    Failure::oauth(OAuthError::InvalidRequest, "login_unknown").describe(LOST)
}

/// The browser sent no cookie of this login.
pub(super) fn no_cookie() -> Failure {
    Failure::oauth(OAuthError::InvalidRequest, "cookie_missing").describe(LOST)
}

/// What the log is told of a form whose token is not that of the page as it would be now: it was shown before a cookie or
/// a question changed, or it is forged. Nothing is done, and the page is shown again.
pub(super) fn wrong_form(client_id: &str) -> Note {
    Failure::oauth(OAuthError::InvalidRequest, "csrf").client(client_id).note()
}

/// Which of them it is, nobody can tell.
const LOST: &str = "This sign-in has ended, or it was begun in another browser, or your browser does not accept cookies. Go back to the application and try to connect again.";
