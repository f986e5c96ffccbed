//! The way back to the client.

use protocol::error::OAuthError;
use protocol::form::append_query;
use protocol::uri::Base;

use crate::store::records::LoginRecord;

/// The address that takes a code back to the client (RFC 6749 §4.1.2, RFC 9207 §2).
pub(super) fn success(login: &LoginRecord, base: &Base, code: &str) -> String {
    answer(login, base, &[("code", code)])
}

/// The address that takes an error back to the client (RFC 6749 §4.1.2.1, RFC 9207 §2).
pub(super) fn error(login: &LoginRecord, base: &Base, error: OAuthError) -> String {
    answer(login, base, &[("error", error.code()), ("error_description", error.description())])
}

/// The redirect URI in the record was validated when the login began.
fn answer(login: &LoginRecord, base: &Base, result: &[(&str, &str)]) -> String {
    let mut pairs = result.to_vec();
    if let Some(state) = &login.state {
        pairs.push(("state", state));
    }
    pairs.push(("iss", base.as_str()));
    append_query(&login.redirect_uri, &pairs)
}
