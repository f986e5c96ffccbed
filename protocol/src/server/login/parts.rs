//! The contents of steps. Only transitions create them.

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

/// What is kept of a login whose browser was sent to the identity provider, after approval.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SentToProvider<C> {
    pub(super) callback: C,
}

impl FirstFactor {
    /// The user.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The value that identifies the password that was right.
    pub const fn credential(&self) -> &[u8; 32] {
        &self.credential
    }
}

impl SignedIn {
    /// The user.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The session that the sign-in belongs to, if it belongs to one. If the session ends, so does the login.
    pub const fn session(&self) -> Option<&SessionId> {
        self.session.as_ref()
    }
}

impl<C> SentToProvider<C> {
    /// What is kept until the provider responds.
    pub const fn callback(&self) -> &C {
        &self.callback
    }

    /// The same data, mutable, so that its secrets can be sealed under another key.
    pub const fn callback_mut(&mut self) -> &mut C {
        &mut self.callback
    }
}
