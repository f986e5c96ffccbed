//! The proof that a token is in force for a request.

use super::access_token::ValidToken;
use super::header_name::HeaderName;
use super::identity::{ISS_HEADER, SCOPES_HEADER, SUB_HEADER};
use super::policy::RuleSet;
use super::request::Editor;
use super::revocation_file::UnrevokedToken;
use std::rc::Rc;

/// Proof that a token is in force for a request: a trusted key signed it for this tenant, it is valid at this time, its
/// audience covers the path, its grant is not revoked as far as this tenant knows, and it grants every required scope.
///
/// Each check takes the proof of the one before: [`SignatureValid`](crate::jose::token::SignatureValid) →
/// [`ValidToken`] → [`CurrentToken`](super::access_token::CurrentToken) → [`UnrevokedToken`] → this. A `TokenInForce`
/// cannot be copied, so it admits one request, and it cannot be constructed in another way:
///
/// ```compile_fail,E0423
/// use protocol::resource::access_token::ValidToken;
/// use protocol::resource::token_in_force::TokenInForce;
///
/// fn forge(token: std::rc::Rc<ValidToken>) -> TokenInForce {
///     TokenInForce(token)
/// }
/// ```
///
/// ```compile_fail,E0308
/// use protocol::resource::token_in_force::TokenInForce;
///
/// fn copy(token: &TokenInForce) -> TokenInForce {
///     token.clone()
/// }
/// ```
#[derive(PartialEq, Eq, Debug)]
pub struct TokenInForce(Rc<ValidToken>);

/// The token does not grant every required scope: 403 `insufficient_scope` (RFC 6750 §3.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InsufficientScope;

impl TokenInForce {
    /// Fails unless the token, which is valid in every other respect, grants the scopes that the tenant requires.
    pub fn authorize(token: UnrevokedToken) -> Result<Self, InsufficientScope> {
        let token = token.into_inner();
        if token.has_required_scopes() { Ok(Self(token)) } else { Err(InsufficientScope) }
    }

    /// The rules of `toolPolicy` whose scopes the token grants.
    pub(super) fn satisfied(&self) -> RuleSet {
        self.0.satisfied()
    }

    /// Sets the headers that name the user, the scopes and, where the tenant's options say so, the issuer and further
    /// claims.
    pub(super) fn set_identity<E: Editor>(&self, editor: &mut E) -> Result<(), E::Error> {
        editor.set(HeaderName::constant(SUB_HEADER), self.0.sub())?;
        editor.set(HeaderName::constant(SCOPES_HEADER), self.0.scopes())?;
        if let Some(iss) = self.0.iss() {
            editor.set(HeaderName::constant(ISS_HEADER), iss)?;
        }
        self.0.backend().set(editor)
    }
}
