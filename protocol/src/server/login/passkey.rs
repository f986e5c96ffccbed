//! The transitions of a login whose user presents a passkey in the place of name, password and second factor.

use super::super::passkey::PasskeyProof;
use super::{Advanced, Authenticated, Step};
use crate::settings::AuthorizedUser;

impl<C> Step<C> {
    /// The user has presented a passkey and may enter; `None` if no password is awaited, or if the proof is about somebody
    /// else.
    pub fn passkey_proven(self, proof: &PasskeyProof, user: AuthorizedUser) -> Option<Advanced<C>> {
        self.awaits_passkey_of(proof, &user).then(|| self.to_consent(user))
    }

    /// The same for a login that no client asked for.
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
