//! What steps hold. Only the transitions make it.

use crate::server::session::SessionId;
use crate::settings::Identity;

/// Somebody who signed in and whom the rules of the tenant authorize.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedIn {
    pub(super) identity: Box<Identity>,
    pub(super) session: Option<SessionId>,
}

/// Somebody whose password was right, whom the rules of the tenant authorize, and whose second factor is due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FirstFactor {
    pub(super) identity: Box<Identity>,
    pub(super) credential: [u8; 32],
}

/// The browser was sent to the identity provider, after approval.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SentToProvider<C> {
    pub(super) callback: C,
}

impl FirstFactor {
    /// Who it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Identifies the password that was right.
    pub const fn credential(&self) -> &[u8; 32] {
        &self.credential
    }
}

impl SignedIn {
    /// Who it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The session that the sign-in belongs to. If it ends, so does the login.
    pub const fn session(&self) -> Option<&SessionId> {
        self.session.as_ref()
    }
}

impl<C> SentToProvider<C> {
    /// What is kept until the provider responds.
    pub const fn callback(&self) -> &C {
        &self.callback
    }

    /// The same, so that its secrets can be sealed under another key.
    pub const fn callback_mut(&mut self) -> &mut C {
        &mut self.callback
    }
}
