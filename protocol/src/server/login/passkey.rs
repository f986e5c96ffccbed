//! The transitions of a login whose user presents a passkey instead of the name, the password and the second factor.

use super::super::passkey::PasskeyProof;
use super::{Advanced, Authenticated, Step};
use crate::settings::AuthorizedUser;

impl<C> Step<C> {
    /// The user has presented a passkey and has access: leads to the consent. Returns `None` if the login does not wait
    /// for a password, or if the proof is about another user.
    pub fn passkey_proven(self, proof: &PasskeyProof, user: AuthorizedUser) -> Option<Advanced<C>> {
        self.awaits_passkey_of(proof, &user).then(|| self.to_consent(user))
    }

    /// Like [`Self::passkey_proven`], for a login that no client requested: completes it.
    pub fn authenticated_by_passkey(
        self,
        proof: &PasskeyProof,
        user: AuthorizedUser,
    ) -> Option<Authenticated> {
        self.awaits_passkey_of(proof, &user)
            .then(|| Authenticated { from: self.kind(), identity: user.into_identity() })
    }

    fn awaits_passkey_of(&self, proof: &PasskeyProof, user: &AuthorizedUser) -> bool {
        matches!(self, Self::AwaitPassword) && proof.subject() == user.identity().sub
    }
}
