//! The list of revoked grants in a file on a mounted directory, read again from time to time.

use super::access_token::{CurrentToken, ValidToken};
use super::request::{RequestView, Unreadable};
use super::revocation_list::RevocationList;
use crate::time::UnixTime;
use std::rc::Rc;

/// Seconds between two reads.
const INTERVAL: u64 = 2;
/// The reason that is logged for a file that is too large, or not a whole list of this version.
const NO_LIST: &str = "it holds no whole list";

/// The file and what was last read from it.
pub struct RevocationFile {
    path: String,
    list: Result<RevocationList, String>,
    tried: Option<UnixTime>,
}

/// Proof that a token is valid now and that its grant was not revoked, as far as this tenant knows.
#[derive(Debug)]
pub struct UnrevokedToken(Rc<ValidToken>);

impl UnrevokedToken {
    pub(super) fn into_inner(self) -> Rc<ValidToken> {
        self.0
    }
}

/// Why a token that passed all other checks is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RevocationError {
    /// The token's grant was revoked.
    Revoked,
    /// The list cannot be read, so it is not known whether the token's grant was revoked. That is not the client's
    /// fault.
    Unknown(String),
}

impl RevocationFile {
    /// Creates the state of a file that has not been read yet.
    pub const fn new(path: String) -> Self {
        Self { path, list: Err(String::new()), tried: None }
    }

    /// Validates a token that the tenant's authorization server issued against the list; the list says nothing about a
    /// foreign token. A tenant without a file knows of no revocation, so it accepts no personal access token.
    pub fn validate(
        file: Option<&mut Self>,
        token: CurrentToken,
        now: UnixTime,
        view: &mut dyn RequestView,
    ) -> Result<UnrevokedToken, RevocationError> {
        match (file, token.grant()) {
            (Some(file), Some(grant)) => match file.list(now, view) {
                Err(reason) => return Err(RevocationError::Unknown(reason.clone())),
                Ok(list) if list.revokes(grant, token.issuer()) => return Err(RevocationError::Revoked),
                Ok(_) => {}
            },
            (None, Some(grant)) if grant.is_personal() => {
                return Err(RevocationError::Unknown("it is not set".to_owned()));
            }
            (_, None) | (None, Some(_)) => {}
        }
        Ok(UnrevokedToken(token.into_inner()))
    }

    /// The list, read again when it is due.
    fn list(&mut self, now: UnixTime, view: &mut dyn RequestView) -> &Result<RevocationList, String> {
        if self.tried.is_none_or(|tried| now.is_past(tried, INTERVAL)) {
            self.tried = Some(now);
            self.list = match view.file(&self.path) {
                Ok(text) => RevocationList::parse(&text).ok_or_else(|| NO_LIST.to_owned()),
                Err(Unreadable::TooLarge) => Err(NO_LIST.to_owned()),
                Err(Unreadable::Failed(reason)) => Err(reason),
            };
        }
        &self.list
    }
}
