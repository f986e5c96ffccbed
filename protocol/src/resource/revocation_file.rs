//! The list of revoked grants in a file on a mounted directory, read again from time to time.

use super::access_token::Current;
use super::request::{RequestView, Unreadable};
use super::revocation_list::RevocationList;
use crate::time::UnixTime;

/// Seconds between two readings.
const INTERVAL: u64 = 2;
/// Of a file that is too large or not a whole list of this version.
const NO_LIST: &str = "it holds no whole list";

/// The file and what it said last.
pub struct RevocationFile {
    path: String,
    list: Result<RevocationList, String>,
    tried: Option<UnixTime>,
}

/// Proof that a token admits now and that its grant was not revoked, as far as this tenant knows.
#[derive(Clone, Copy, Debug)]
pub struct InForce<'a>(Current<'a>);

impl<'a> InForce<'a> {
    /// The token.
    pub const fn token(&self) -> Current<'a> {
        self.0
    }
}

/// Why a token that admits is refused all the same.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotInForce {
    /// Its grant was revoked.
    Revoked,
    /// The list cannot be read, so nobody can tell: not the client's fault.
    Unknown(String),
}

impl RevocationFile {
    /// A file that was not read yet.
    pub const fn new(path: String) -> Self {
        Self { path, list: Err(String::new()), tried: None }
    }

    /// Validates a token of our own issuing against the list; a foreign one is not in our list. A tenant
    /// without a file knows of no revocation.
    pub fn validate<'a>(
        file: Option<&mut Self>,
        token: Current<'a>,
        now: UnixTime,
        view: &mut dyn RequestView,
    ) -> Result<InForce<'a>, NotInForce> {
        let Some(file) = file else { return Ok(InForce(token)) };
        let Some(grant) = token.grant() else { return Ok(InForce(token)) };
        match file.list(now, view) {
            Err(reason) => Err(NotInForce::Unknown(reason.clone())),
            Ok(list) if list.revokes(grant, token.issuer()) => Err(NotInForce::Revoked),
            Ok(_) => Ok(InForce(token)),
        }
    }

    /// The list, read again when it is due. A clock set back counts as time passed.
    fn list(&mut self, now: UnixTime, view: &mut dyn RequestView) -> &Result<RevocationList, String> {
        if self.tried.is_none_or(|tried| now < tried || now.since(tried) >= INTERVAL) {
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
