//! The steps of a login, from the authorization request to the code.
//!
//! ```text
//! local:     AwaitPassword ─► AwaitSecondFactor ─► AwaitConsent ─► code
//!                └─── if none is due, or a passkey ───┘
//!            another account leads back to AwaitPassword
//! upstream:  AwaitApproval ─► AwaitCallback ─► code
//!                             └─────┘ approved once more
//! ```
//!
//! A person who comes back from the identity provider's page without a response may approve once more, and is sent
//! there again. A local user with a live session ([`super::session`]) comes to the consent without the password, and
//! may go back to sign in with another account. A login that no client asked for ends with a session instead of a code
//! ([`Authenticated`]). A denial leads back to the first step, under a cookie that no browser has, so that the login
//! goes no further ([`Step::denied`]).
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
//! Code outside this module can construct neither a transition nor a step that follows another step:
//! ```compile_fail
//! use protocol::server::login::{SignedIn, Step};
//! use protocol::settings::{Identity, Profile};
//! let identity = Identity { sub: "eve".to_owned(), claims: Profile::default() };
//! let forged = Step::<()>::AwaitConsent(SignedIn { identity: Box::new(identity), session: None });
//! ```
//! ```compile_fail
//! use protocol::server::login::{FirstFactor, Step};
//! use protocol::settings::{Identity, Profile};
//! let identity = Identity { sub: "eve".to_owned(), claims: Profile::default() };
//! let forged = Step::<()>::AwaitSecondFactor(FirstFactor { identity: Box::new(identity), credential: [0; 32] });
//! ```
//! Nobody comes from the password to the consent without a proof that no second factor is due:
//! ```compile_fail
//! use protocol::server::login::Step;
//! use protocol::settings::AuthorizedUser;
//! fn skip(user: AuthorizedUser) {
//!     let forged = Step::<()>::first(true).password_proven(user);
//! }
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

mod parts;
mod passkey;
mod stored;
mod text;

pub use parts::{FirstFactor, SentToProvider, SignedIn};

use super::second_factor::{NotDue, SecondFactorProof};
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
    /// A local user's second factor, after the password was right.
    AwaitSecondFactor(FirstFactor),
    /// A local user's consent, after the password and a second factor that is due were right, or after a live session
    /// was proven.
    AwaitConsent(SignedIn),
    /// Approval before the browser is sent to the identity provider.
    AwaitApproval,
    /// The identity provider's response.
    AwaitCallback(SentToProvider<C>),
}

/// [`Step`] without its contents.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StepKind {
    /// [`Step::AwaitPassword`].
    AwaitPassword,
    /// [`Step::AwaitSecondFactor`].
    AwaitSecondFactor,
    /// [`Step::AwaitConsent`].
    AwaitConsent,
    /// [`Step::AwaitApproval`].
    AwaitApproval,
    /// [`Step::AwaitCallback`].
    AwaitCallback,
}

/// The transition from one step to another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Advanced<C> {
    from: StepKind,
    to: Step<C>,
}

/// The transition from a step to a code: the person approved, and is admitted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finished {
    from: StepKind,
    identity: Identity,
}

/// The transition from a step to a session: somebody signed in and is admitted, and no client asked for a code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authenticated {
    from: StepKind,
    identity: Identity,
}

/// The transition from a step to an error for the client: the login failed for good.
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
    AwaitSecondFactor {
        identity: Box<Identity>,
        #[serde(with = "text::bytes")]
        credential: [u8; 32],
    },
    AwaitConsent {
        identity: Box<Identity>,
        #[serde(default, with = "text::session", skip_serializing_if = "Option::is_none")]
        session: Option<SessionId>,
    },
    AwaitApproval,
    AwaitCallback(C),
}

impl<C> Step<C> {
    /// The first step of a login. `local` says whether the tenant's users are in the users file.
    pub const fn first(local: bool) -> Self {
        if local { Self::AwaitPassword } else { Self::AwaitApproval }
    }

    /// Whether a login may begin with this step.
    pub const fn is_first(&self) -> bool {
        matches!(self, Self::AwaitPassword | Self::AwaitApproval)
    }

    /// Which step this is.
    pub const fn kind(&self) -> StepKind {
        match self {
            Self::AwaitPassword => StepKind::AwaitPassword,
            Self::AwaitSecondFactor(_) => StepKind::AwaitSecondFactor,
            Self::AwaitConsent(_) => StepKind::AwaitConsent,
            Self::AwaitApproval => StepKind::AwaitApproval,
            Self::AwaitCallback(_) => StepKind::AwaitCallback,
        }
    }

    /// Leads to the consent: the password was right, no second factor is due, and the user may enter. `None` if no
    /// password is awaited, or if `not_due` is about another user.
    pub fn password_proven(self, user: AuthorizedUser, not_due: &NotDue) -> Option<Advanced<C>> {
        if not_due.subject() != user.identity().sub {
            return None;
        }
        matches!(self, Self::AwaitPassword).then(|| self.to_consent(user))
    }

    /// Leads to the second factor: the password was right, the user may enter, and a second factor is due. `credential`
    /// identifies the password. `None` if no password is awaited.
    pub fn first_factor_proven(self, user: AuthorizedUser, credential: [u8; 32]) -> Option<Advanced<C>> {
        let from = self.kind();
        let identity = Box::new(user.into_identity());
        matches!(self, Self::AwaitPassword)
            .then(|| Advanced { from, to: Self::AwaitSecondFactor(FirstFactor { identity, credential }) })
    }

    /// Leads to the consent: the second factor was right, and the user may still enter. `None` if no second factor is
    /// awaited, or that of another user.
    pub fn second_factor_proven(
        self,
        proof: &SecondFactorProof,
        user: AuthorizedUser,
    ) -> Option<Advanced<C>> {
        self.awaits_second_factor_of(proof, &user).then(|| self.to_consent(user))
    }

    fn awaits_second_factor_of(&self, proof: &SecondFactorProof, user: &AuthorizedUser) -> bool {
        let sub = &user.identity().sub;
        matches!(self, Self::AwaitSecondFactor(first) if first.identity.sub == *sub) && proof.subject() == sub
    }

    fn to_consent(&self, user: AuthorizedUser) -> Advanced<C> {
        let signed_in = SignedIn { identity: Box::new(user.into_identity()), session: None };
        Advanced { from: self.kind(), to: Self::AwaitConsent(signed_in) }
    }

    /// Leads to the consent: a live session in this browser takes the place of the password, and the user may enter.
    /// `None` if no password is awaited, or if the session is that of another user. The login ends if the session ends.
    pub fn session_proven(self, proof: &SessionProof, user: AuthorizedUser) -> Option<Advanced<C>> {
        if proof.subject() != user.identity().sub {
            return None;
        }
        matches!(self, Self::AwaitPassword).then(|| self.to_consent(user).with_session(proof.session()))
    }

    /// Leads back to the password: the user wants to sign in with another account. `None` if neither a second factor
    /// nor a consent is awaited.
    pub fn another_account(self) -> Option<Advanced<C>> {
        let from = self.kind();
        match self {
            Self::AwaitSecondFactor(_) | Self::AwaitConsent(_) => {
                Some(Advanced { from, to: Self::AwaitPassword })
            }
            Self::AwaitPassword | Self::AwaitApproval | Self::AwaitCallback(_) => None,
        }
    }

    /// Leads to a session: the password was right, no second factor is due, the user may enter, and no client asks for
    /// a code. `None` if no password is awaited, or if `not_due` is about another user.
    pub fn authenticated_by_password(self, user: AuthorizedUser, not_due: &NotDue) -> Option<Authenticated> {
        let proven = matches!(self, Self::AwaitPassword) && not_due.subject() == user.identity().sub;
        proven.then(|| Authenticated { from: self.kind(), identity: user.into_identity() })
    }

    /// Leads to a session: the second factor was right, the user may still enter, and no client asks for a code. `None`
    /// if no second factor is awaited, or that of another user.
    pub fn authenticated_by_second_factor(
        self,
        proof: &SecondFactorProof,
        user: AuthorizedUser,
    ) -> Option<Authenticated> {
        self.awaits_second_factor_of(proof, &user)
            .then(|| Authenticated { from: self.kind(), identity: user.into_identity() })
    }

    /// Leads to a session: the identity provider vouched for the user, who may enter, and no client asks for a code.
    /// `None` if the provider's response is not awaited.
    pub fn authenticated_by_provider(self, user: AuthorizedUser) -> Option<Authenticated> {
        matches!(self, Self::AwaitCallback(_))
            .then(|| Authenticated { from: self.kind(), identity: user.into_identity() })
    }

    /// Leads to a code: the local user agreed and may still enter. `None` if no consent is awaited, or that of another
    /// user.
    pub fn consent_given(self, user: AuthorizedUser) -> Option<Finished> {
        let from = self.kind();
        match self {
            Self::AwaitConsent(signed_in) if signed_in.identity.sub == user.identity().sub => {
                Some(Finished { from, identity: user.into_identity() })
            }
            Self::AwaitConsent(_)
            | Self::AwaitPassword
            | Self::AwaitSecondFactor(_)
            | Self::AwaitApproval
            | Self::AwaitCallback(_) => None,
        }
    }

    /// Leads to the identity provider's response: the person approved and is sent to the provider, for the first time
    /// or once more. `None` if neither an approval nor the provider's response is awaited.
    pub fn sent_to_provider(self, callback: C) -> Option<Advanced<C>> {
        let from = self.kind();
        match self {
            Self::AwaitApproval | Self::AwaitCallback(_) => {
                Some(Advanced { from, to: Self::AwaitCallback(SentToProvider { callback }) })
            }
            Self::AwaitPassword | Self::AwaitSecondFactor(_) | Self::AwaitConsent(_) => None,
        }
    }

    /// Leads to a code: the identity provider vouched for someone who may enter. `None` if the provider's response is
    /// not awaited.
    pub fn identity_proven(self, user: AuthorizedUser) -> Option<Finished> {
        let from = self.kind();
        match self {
            Self::AwaitCallback(_) => Some(Finished { from, identity: user.into_identity() }),
            Self::AwaitPassword
            | Self::AwaitSecondFactor(_)
            | Self::AwaitConsent(_)
            | Self::AwaitApproval => None,
        }
    }

    /// Leads back to the first step: the person said no. `None` if neither a consent, an approval nor the provider's
    /// response is awaited. What was known of the person, and what was sent to the provider, is forgotten. The store
    /// must bind the login to a cookie that no browser has. The login then only waits for its expiry, so that a second
    /// denial can be answered like the first.
    pub fn denied(self) -> Option<Advanced<C>> {
        let from = self.kind();
        match self {
            Self::AwaitConsent(_) => Some(Advanced { from, to: Self::AwaitPassword }),
            Self::AwaitApproval | Self::AwaitCallback(_) => Some(Advanced { from, to: Self::AwaitApproval }),
            Self::AwaitPassword | Self::AwaitSecondFactor(_) => None,
        }
    }

    /// Ends the login, which failed for good. This is possible at every step.
    pub const fn ended(&self) -> Ended {
        Ended { from: self.kind() }
    }
}

impl<C> Advanced<C> {
    /// The step that the transition was made from.
    pub const fn from(&self) -> StepKind {
        self.from
    }

    /// The step that follows.
    pub const fn to(&self) -> &Step<C> {
        &self.to
    }

    /// Binds a step that awaits consent to this session: the login ends if the session ends.
    #[must_use]
    pub fn with_session(mut self, session: SessionId) -> Self {
        if let Step::AwaitConsent(signed_in) = &mut self.to {
            signed_in.session = Some(session);
        }
        self
    }
}

impl Authenticated {
    /// The step that the transition was made from.
    pub const fn from(&self) -> StepKind {
        self.from
    }

    /// The user who signed in.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }
}

impl Finished {
    /// The step that the transition was made from.
    pub const fn from(&self) -> StepKind {
        self.from
    }

    /// The user for whom the code is.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }
}

impl Ended {
    /// The step that the transition was made from.
    pub const fn from(self) -> StepKind {
        self.from
    }
}

#[cfg(test)]
mod tests;
