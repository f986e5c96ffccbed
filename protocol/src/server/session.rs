//! Sessions: a browser in which somebody signed in at this host a short while ago.
//!
//! The browser has a cookie with the session's id and a secret. The secret is replaced while the session is used. For
//! [`GRACE_SECS`] the former secret is accepted too, because several tabs may send their requests at the same time;
//! after that, the former secret ends the session, because somebody has a copy of the cookie. A secret that was
//! replaced twice is refused, and the session goes on. So a theft is noticed only if the owner and the thief both use
//! the session: whoever copies the cookie of a browser that is closed afterwards has the session until it expires.
//!
//! [`decide`] says whether a presented secret is that of a live session, and [`LiveSession::stands_for`] says whether
//! the session may take the place of the sign-in that an authorization request asks for. Code outside this module can
//! construct neither of the two proofs:
//! ```compile_fail
//! use protocol::server::session::LiveSession;
//! use protocol::time::UnixTime;
//! let forged = LiveSession { id: [0; 32], subject: "eve".to_owned(), authenticated: UnixTime::new(0) };
//! ```
//! ```compile_fail
//! use protocol::server::session::SessionProof;
//! let forged = SessionProof { session: [0; 32], subject: "eve".to_owned() };
//! ```

use crate::settings::Identity;
use crate::time::UnixTime;
use std::collections::BTreeSet;

/// A session ends when it was not used for this long, in seconds.
pub const IDLE_SECS: u64 = 15 * 60;
/// A session ends this long after it began, however much it is used, in seconds.
pub const ABSOLUTE_SECS: u64 = 8 * 3_600;
/// How long the former secret is accepted after it was replaced, and the age at which a secret is replaced, in seconds.
pub const GRACE_SECS: u64 = 30;

/// The SHA-256 of what identifies a session in its cookie.
pub type SessionId = [u8; 32];

/// The stored state of a session, as far as the decision depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// The session's id.
    pub id: &'a SessionId,
    /// The user's `sub`.
    pub subject: &'a str,
    /// The hash of the session's secret.
    pub secret: &'a [u8; 32],
    /// The hash of the former secret.
    pub previous: Option<&'a [u8; 32]>,
    /// When the secret was last replaced.
    pub rotated: UnixTime,
    /// When the user last proved who they are.
    pub authenticated: UnixTime,
    /// The time from which on the session does not exist.
    pub expires: UnixTime,
}

/// What a presented secret is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
    /// The secret of a live session.
    Live {
        /// The session.
        session: LiveSession,
        /// Whether to replace the secret now.
        rotate: bool,
    },
    /// The former secret, after the grace period: somebody has a copy of the cookie.
    Reuse,
    /// Any other secret: the session has expired, or the secret was replaced twice or was never that of the session.
    Gone,
}

/// A session whose secret was presented, and that has not expired.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LiveSession {
    id: SessionId,
    subject: String,
    authenticated: UnixTime,
}

/// Proof that a live session takes the place of the sign-in that an authorization request asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionProof {
    session: SessionId,
    subject: String,
}

/// How an authorization request restricts the sign-in (OpenID Connect Core §3.1.2.1).
#[derive(Clone, Debug, Default)]
pub struct Asked<'a> {
    /// The values of `prompt`.
    pub prompt: BTreeSet<&'a str>,
    /// `login_hint`.
    pub login_hint: Option<&'a str>,
    /// `max_age`, in seconds.
    pub max_age: Option<u32>,
}

/// Decides about a secret, of which `presented` is the hash.
pub fn decide(stored: &Stored<'_>, presented: &[u8; 32], now: UnixTime) -> Decision {
    if now >= stored.expires {
        return Decision::Gone;
    }
    let fresh = now.since(stored.rotated) < GRACE_SECS;
    let session = LiveSession {
        id: *stored.id,
        subject: stored.subject.to_owned(),
        authenticated: stored.authenticated,
    };
    if presented == stored.secret {
        Decision::Live { session, rotate: !fresh }
    } else if stored.previous == Some(presented) {
        if fresh { Decision::Live { session, rotate: false } } else { Decision::Reuse }
    } else {
        Decision::Gone
    }
}

/// When a session that began at `created` and is used now ends.
pub fn expiry(created: UnixTime, now: UnixTime) -> UnixTime {
    now.plus(IDLE_SECS).min(created.plus(ABSOLUTE_SECS))
}

impl LiveSession {
    /// The session's id.
    pub const fn id(&self) -> &SessionId {
        &self.id
    }

    /// The user's `sub`.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// When the user last proved who they are.
    pub const fn authenticated(&self) -> UnixTime {
        self.authenticated
    }

    /// Returns the proof that the user need not sign in again. `identity` is the user as known now. `None` if that is
    /// not the user of the session, or if the request demands a sign-in, asks for an account to be selected or for a
    /// younger sign-in, or names another user.
    pub fn stands_for(self, asked: &Asked<'_>, identity: &Identity, now: UnixTime) -> Option<SessionProof> {
        let demanded = ["login", "select_account"].iter().any(|prompt| asked.prompt.contains(prompt));
        // `max_age=0` demands a sign-in, as `prompt=login` does.
        let recent = |most: u32| most != 0 && now.is_recent(self.authenticated, u64::from(most) + 1);
        let too_old = asked.max_age.is_some_and(|most| !recent(most));
        let other = asked.login_hint.is_some_and(|hint| !names(identity, hint));
        if demanded || too_old || other || identity.sub != self.subject {
            return None;
        }
        Some(SessionProof { session: self.id, subject: self.subject })
    }
}

impl SessionProof {
    /// The session.
    pub const fn session(&self) -> SessionId {
        self.session
    }

    /// The user's `sub`.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

/// Whether a hint names this user. E-mail addresses are compared without regard to case.
fn names(identity: &Identity, hint: &str) -> bool {
    let claims = &identity.claims;
    identity.sub == hint
        || claims.preferred_username.as_deref() == Some(hint)
        || claims.email.as_deref().is_some_and(|email| email.eq_ignore_ascii_case(hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Profile;

    const T0: UnixTime = UnixTime::new(1_800_000_000);
    const NEW: [u8; 32] = [2; 32];
    const OLD: [u8; 32] = [1; 32];

    fn stored() -> Stored<'static> {
        Stored {
            id: &[9; 32],
            subject: "ann",
            secret: &NEW,
            previous: Some(&OLD),
            rotated: T0,
            authenticated: T0,
            expires: T0.plus(IDLE_SECS),
        }
    }

    fn is_live(presented: &[u8; 32], secs: u64) -> Option<bool> {
        match decide(&stored(), presented, T0.plus(secs)) {
            Decision::Live { rotate, .. } => Some(rotate),
            Decision::Reuse | Decision::Gone => None,
        }
    }

    fn ann() -> Identity {
        let claims = Profile {
            email: Some("Ann@example.com".to_owned()),
            preferred_username: Some("annie".to_owned()),
            ..Profile::default()
        };
        Identity { sub: "ann".to_owned(), claims }
    }

    fn stands(asked: &Asked<'_>, secs: u64) -> bool {
        let Decision::Live { session, .. } = decide(&stored(), &NEW, T0) else { panic!() };
        session.stands_for(asked, &ann(), T0.plus(secs)).is_some()
    }

    #[test]
    fn a_secret_is_accepted_until_the_session_expires_and_replaced_when_it_is_old() {
        assert_eq!(is_live(&NEW, 0), Some(false));
        assert_eq!(is_live(&NEW, GRACE_SECS - 1), Some(false));
        assert_eq!(is_live(&NEW, GRACE_SECS), Some(true));
        assert_eq!(is_live(&NEW, IDLE_SECS - 1), Some(true));
        assert_eq!(decide(&stored(), &NEW, T0.plus(IDLE_SECS)), Decision::Gone);
    }

    #[test]
    fn a_replaced_secret_is_accepted_for_the_grace_period_only() {
        assert_eq!(is_live(&OLD, GRACE_SECS - 1), Some(false));
        assert_eq!(decide(&stored(), &OLD, T0.plus(GRACE_SECS)), Decision::Reuse);
        assert_eq!(decide(&stored(), &OLD, T0.plus(IDLE_SECS)), Decision::Gone);
    }

    #[test]
    fn an_unknown_secret_is_that_of_no_session() {
        assert_eq!(decide(&stored(), &[3; 32], T0), Decision::Gone);
        let first = Stored { previous: None, ..stored() };
        assert_eq!(decide(&first, &OLD, T0), Decision::Gone);
    }

    #[test]
    fn use_extends_a_session_but_not_beyond_its_absolute_end() {
        assert_eq!(expiry(T0, T0.plus(60)), T0.plus(60 + IDLE_SECS));
        assert_eq!(expiry(T0, T0.plus(ABSOLUTE_SECS - 60)), T0.plus(ABSOLUTE_SECS));
    }

    #[test]
    fn a_session_does_not_stand_for_a_sign_in_that_was_demanded() {
        assert!(stands(&Asked::default(), 0));
        for prompt in ["login", "select_account"] {
            assert!(!stands(&Asked { prompt: [prompt].into(), ..Asked::default() }, 0), "{prompt}");
        }
        assert!(stands(&Asked { prompt: ["consent"].into(), ..Asked::default() }, 0));
    }

    #[test]
    fn a_session_does_not_stand_for_a_younger_sign_in() {
        for (most, age, stands_for) in [(60, 59, true), (60, 60, true), (60, 61, false), (0, 0, false)] {
            let asked = Asked { max_age: Some(most), ..Asked::default() };
            assert_eq!(stands(&asked, age), stands_for, "{most} {age}");
        }
        let asked = Asked { max_age: Some(60), ..Asked::default() };
        let Decision::Live { session, .. } = decide(&stored(), &NEW, T0) else { panic!() };
        let set_back = session.stands_for(&asked, &ann(), T0.minus(86_400));
        assert_eq!(set_back, None, "the clock was set back, so nobody knows how old the sign-in is");
    }

    #[test]
    fn a_session_does_not_stand_for_somebody_else() {
        for (hint, stands_for) in [
            ("ann", true),
            ("annie", true),
            ("ann@EXAMPLE.com", true),
            ("Ann", false),
            ("bob", false),
            ("", false),
        ] {
            let asked = Asked { login_hint: Some(hint), ..Asked::default() };
            assert_eq!(stands(&asked, 0), stands_for, "{hint:?}");
        }
        let Decision::Live { session, .. } = decide(&stored(), &NEW, T0) else { panic!() };
        let bob = Identity { sub: "bob".to_owned(), claims: Profile::default() };
        assert_eq!(session.stands_for(&Asked::default(), &bob, T0), None);
    }
}
