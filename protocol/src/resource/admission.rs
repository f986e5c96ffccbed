//! The proof that a request may be forwarded to the MCP server.

use super::policy::{Lists, Needs, PublicNeeds, Refused, RuleSet};
use super::request::Editor;
use super::token_in_force::TokenInForce;

/// Proof that a request may be forwarded to the MCP server: its token is in force and satisfies every rule of
/// `toolPolicy` for the messages in its body, or it has no token and all its messages have public methods.
///
/// Other code cannot construct the needs of a body, which are known only after the whole body was read:
///
/// ```compile_fail,E0423
/// use protocol::resource::admission::Admitted;
/// use protocol::resource::policy::Needs;
/// use protocol::resource::token_in_force::TokenInForce;
///
/// fn forge(token: TokenInForce) -> Admitted {
///     Admitted::by_token(token, Needs(0)).unwrap()
/// }
/// ```
///
/// A token that is in force is not enough without them:
///
/// ```compile_fail,E0061
/// use protocol::resource::admission::Admitted;
/// use protocol::resource::token_in_force::TokenInForce;
///
/// fn forge(token: TokenInForce) -> Admitted {
///     Admitted::by_token(token).unwrap()
/// }
/// ```
#[derive(PartialEq, Eq, Debug)]
pub struct Admitted {
    token: Option<TokenInForce>,
    lists: Lists,
}

impl Admitted {
    /// Admits a request with a token. Fails unless the token satisfies the rules for every message.
    pub fn by_token(token: TokenInForce, needs: Needs) -> Result<Self, Refused> {
        needs.require(token.satisfied())?;
        Ok(Self { token: Some(token), lists: needs.lists() })
    }

    /// Admits a request without a token whose messages all have public methods.
    pub const fn public(needs: PublicNeeds) -> Self {
        Self { token: None, lists: needs.lists() }
    }

    /// The rules that the caller satisfies.
    pub fn satisfied(&self) -> RuleSet {
        self.token.as_ref().map_or(RuleSet::NONE, TokenInForce::satisfied)
    }

    /// The lists that the request asks for.
    pub const fn lists(&self) -> Lists {
        self.lists
    }

    /// Sets the headers that name the user, the scopes and, where the tenant wants it, the issuer. A request without a
    /// token gets none of them.
    pub(super) fn set_identity<E: Editor>(&self, editor: &mut E) -> Result<(), E::Error> {
        match &self.token {
            Some(token) => token.set_identity(editor),
            None => Ok(()),
        }
    }
}
