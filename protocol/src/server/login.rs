//! The steps of a login, from the authorization request to the code.
//!
//! ```text
//! local:     AwaitPassword ─► AwaitConsent ─► code
//!            └─────┘ another account
//! upstream:  AwaitApproval ─► AwaitCallback ─► code
//!                             └─────┘ approved once more
//! ```
//!
//! A person who comes back from the identity provider's page without a response may approve once more, and is sent
//! there again. A local user with a live session ([`super::session`]) comes to the consent without the password, and may
//! go back to sign in with another account. A login that no client asked for ends with a session instead of a code
//! ([`Authenticated`]).
//!
//! A [`Step`] comes from [`Step::first`], from the step before it, or out of the store. The step before it yields a
//! transition ([`Advanced`], [`Finished`], [`Authenticated`], [`Ended`]), which names the step it was made from. The
//! store takes a login to another step by a transition alone, and only if the login is still in the step that the
//! transition was made from.
//!
//! ```
//! use protocol::server::login::{Step, StepKind};
//! let step = Step::<&str>::first(false);
//! let advanced = step.sent_to_provider("state").unwrap();
//! assert_eq!((advanced.from(), advanced.to().kind()), (StepKind::AwaitApproval, StepKind::AwaitCallback));
//! ```
//!
//! No step that follows another can be made by hand, and no transition:
//! ```compile_fail
//! use protocol::server::login::{SignedIn, Step};
//! use protocol::settings::{Identity, Profile};
//! let identity = Identity { sub: "eve".to_owned(), claims: Profile::default() };
//! let forged = Step::<()>::AwaitConsent(SignedIn { identity: Box::new(identity), session: None });
//! ```
//! ```compile_fail
//! use protocol::server::login::{SentToProvider, Step};
//! let forged = Step::AwaitCallback(SentToProvider { callback: "state" });
//! ```
//! ```compile_fail
//! use protocol::server::login::{Advanced, Step, StepKind};
//! let forged = Advanced { from: StepKind::AwaitPassword, to: Step::<()>::AwaitApproval };
//! ```
//! ```compile_fail
//! use protocol::server::login::{Finished, StepKind};
//! use protocol::settings::{Identity, Profile};
//! let identity = Identity { sub: "eve".to_owned(), claims: Profile::default() };
//! let forged = Finished { from: StepKind::AwaitPassword, identity };
//! ```
//! ```compile_fail
//! use protocol::server::login::{Authenticated, StepKind};
//! use protocol::settings::{Identity, Profile};
//! let identity = Identity { sub: "eve".to_owned(), claims: Profile::default() };
//! let forged = Authenticated { from: StepKind::AwaitPassword, identity };
//! ```

use super::session::{SessionId, SessionProof};
use crate::settings::{AuthorizedUser, Identity};
use serde::{Deserialize, Serialize};

/// What a login waits for. Each step holds only what is known by then. `C` is what the store keeps until the provider
/// responds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(
    from = "Stored<C>",
    into = "Stored<C>",
    bound(serialize = "C: Clone + Serialize", deserialize = "C: Deserialize<'de>")
)]
pub enum Step<C> {
    /// A local user's name and password.
    AwaitPassword,
    /// A local user's consent, after the password was right or a live session was proven.
    AwaitConsent(SignedIn),
    /// Approval before the browser is sent to the identity provider.
    AwaitApproval,
    /// The identity provider's response.
    AwaitCallback(SentToProvider<C>),
}

/// Somebody who signed in and whom the rules of the tenant authorize.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedIn {
    identity: Box<Identity>,
    session: Option<SessionId>,
}

/// The browser was sent to the identity provider, after approval.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SentToProvider<C> {
    callback: C,
}

/// [`Step`] without its contents.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StepKind {
    /// [`Step::AwaitPassword`].
    AwaitPassword,
    /// [`Step::AwaitConsent`].
    AwaitConsent,
    /// [`Step::AwaitApproval`].
    AwaitApproval,
    /// [`Step::AwaitCallback`].
    AwaitCallback,
}

/// One step led to another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Advanced<C> {
    from: StepKind,
    to: Step<C>,
}

/// A step led to a code: the person approved, and is admitted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finished {
    from: StepKind,
    identity: Identity,
}

/// A step led to a session: somebody signed in, is admitted, and nothing else was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authenticated {
    from: StepKind,
    identity: Identity,
}

/// A step led to an error for the client: the person said no, or the login failed for good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ended {
    from: StepKind,
}

/// The steps as the store writes them.
#[derive(Serialize, Deserialize)]
#[expect(clippy::enum_variant_names, reason = "the names of the steps")]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Stored<C> {
    AwaitPassword,
    AwaitConsent {
        identity: Box<Identity>,
        #[serde(default, with = "b64_option", skip_serializing_if = "Option::is_none")]
        session: Option<SessionId>,
    },
    AwaitApproval,
    AwaitCallback(C),
}

impl<C> Step<C> {
    /// Where a login begins: `local` says that the tenant's users are in the users file.
    pub const fn first(local: bool) -> Self {
        if local { Self::AwaitPassword } else { Self::AwaitApproval }
    }

    /// Whether a login may begin here.
    pub const fn is_first(&self) -> bool {
        matches!(self, Self::AwaitPassword | Self::AwaitApproval)
    }

    /// Which step this is.
    pub const fn kind(&self) -> StepKind {
        match self {
            Self::AwaitPassword => StepKind::AwaitPassword,
            Self::AwaitConsent(_) => StepKind::AwaitConsent,
            Self::AwaitApproval => StepKind::AwaitApproval,
            Self::AwaitCallback(_) => StepKind::AwaitCallback,
        }
    }

    /// The password was right and the user may enter; `None` if no password is awaited.
    pub fn password_proven(self, user: AuthorizedUser) -> Option<Advanced<C>> {
        let from = self.kind();
        match self {
            Self::AwaitPassword => {
                let to =
                    Self::AwaitConsent(SignedIn { identity: Box::new(user.into_identity()), session: None });
                Some(Advanced { from, to })
            }
            Self::AwaitConsent(_) | Self::AwaitApproval | Self::AwaitCallback(_) => None,
        }
    }

    /// The user has a live session in this browser, which stands for the password, and may enter; `None` if no password is
    /// awaited, or if it is the session of somebody else. The login ends if that session ends.
    pub fn session_proven(self, proof: &SessionProof, user: AuthorizedUser) -> Option<Advanced<C>> {
        if proof.subject() != user.identity().sub {
            return None;
        }
        Some(self.password_proven(user)?.with_session(proof.session()))
    }

    /// The user wants to sign in with another account; `None` if no consent is awaited.
    pub fn another_account(self) -> Option<Advanced<C>> {
        match self {
            Self::AwaitConsent(_) => Some(Advanced { from: StepKind::AwaitConsent, to: Self::AwaitPassword }),
            Self::AwaitPassword | Self::AwaitApproval | Self::AwaitCallback(_) => None,
        }
    }

    /// The password was right, or the identity provider vouched for the user, who may enter, and no client asks for
    /// anything; `None` if neither is awaited.
    pub fn authenticated(self, user: AuthorizedUser) -> Option<Authenticated> {
        let from = self.kind();
        match self {
            Self::AwaitPassword | Self::AwaitCallback(_) => {
                Some(Authenticated { from, identity: user.into_identity() })
            }
            Self::AwaitConsent(_) | Self::AwaitApproval => None,
        }
    }

    /// The local user agreed and may still enter; `None` if no consent is awaited, or that of somebody else.
    pub fn consent_given(self, user: AuthorizedUser) -> Option<Finished> {
        let from = self.kind();
        match self {
            Self::AwaitConsent(signed_in) if signed_in.identity.sub == user.identity().sub => {
                Some(Finished { from, identity: user.into_identity() })
            }
            Self::AwaitConsent(_) | Self::AwaitPassword | Self::AwaitApproval | Self::AwaitCallback(_) => {
                None
            }
        }
    }

    /// The person approved and is sent to the identity provider, for the first time or once more; `None` if no approval
    /// is awaited.
    pub fn sent_to_provider(self, callback: C) -> Option<Advanced<C>> {
        let from = self.kind();
        match self {
            Self::AwaitApproval | Self::AwaitCallback(_) => {
                Some(Advanced { from, to: Self::AwaitCallback(SentToProvider { callback }) })
            }
            Self::AwaitPassword | Self::AwaitConsent(_) => None,
        }
    }

    /// The identity provider vouched for someone who may enter; `None` if its response is not awaited.
    pub fn identity_proven(self, user: AuthorizedUser) -> Option<Finished> {
        let from = self.kind();
        match self {
            Self::AwaitCallback(_) => Some(Finished { from, identity: user.into_identity() }),
            Self::AwaitPassword | Self::AwaitConsent(_) | Self::AwaitApproval => None,
        }
    }

    /// The person said no, or the login failed for good: possible at every step.
    pub const fn ended(&self) -> Ended {
        Ended { from: self.kind() }
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

impl<C> Advanced<C> {
    /// The step that it was made from.
    pub const fn from(&self) -> StepKind {
        self.from
    }

    /// The step that follows.
    pub const fn to(&self) -> &Step<C> {
        &self.to
    }

    /// The same for a sign-in that belongs to this session: the login ends if the session ends.
    #[must_use]
    pub fn with_session(mut self, session: SessionId) -> Self {
        if let Step::AwaitConsent(signed_in) = &mut self.to {
            signed_in.session = Some(session);
        }
        self
    }
}

impl Authenticated {
    /// The step that it was made from.
    pub const fn from(&self) -> StepKind {
        self.from
    }

    /// Whose session it is.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }
}

impl Finished {
    /// The step that it was made from.
    pub const fn from(&self) -> StepKind {
        self.from
    }

    /// Whom the code is for.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }
}

impl Ended {
    /// The step that it was made from.
    pub const fn from(self) -> StepKind {
        self.from
    }
}

impl<C> From<Stored<C>> for Step<C> {
    fn from(stored: Stored<C>) -> Self {
        match stored {
            Stored::AwaitPassword => Self::AwaitPassword,
            Stored::AwaitConsent { identity, session } => Self::AwaitConsent(SignedIn { identity, session }),
            Stored::AwaitApproval => Self::AwaitApproval,
            Stored::AwaitCallback(callback) => Self::AwaitCallback(SentToProvider { callback }),
        }
    }
}

impl<C> From<Step<C>> for Stored<C> {
    fn from(step: Step<C>) -> Self {
        match step {
            Step::AwaitPassword => Self::AwaitPassword,
            Step::AwaitConsent(SignedIn { identity, session }) => Self::AwaitConsent { identity, session },
            Step::AwaitApproval => Self::AwaitApproval,
            Step::AwaitCallback(SentToProvider { callback }) => Self::AwaitCallback(callback),
        }
    }
}

/// The id of a session as base64url text.
mod b64_option {
    use super::SessionId;
    use crate::encoding::{b64url_decode, b64url_encode};
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};

    #[expect(clippy::ref_option, reason = "the form that serde calls")]
    pub(super) fn serialize<S: Serializer>(id: &Option<SessionId>, serializer: S) -> Result<S::Ok, S::Error> {
        id.map(|id| b64url_encode(&id)).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SessionId>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        let id = b64url_decode(&text).ok().and_then(|bytes| bytes.try_into().ok());
        id.map(Some).ok_or_else(|| D::Error::custom("not the id of a session"))
    }
}

#[cfg(test)]
mod tests;
