//! A second factor that is being set up: sealed in the form with which the user confirms it, so that nothing is stored
//! before.

use protocol::encoding::{b64url_decode, b64url_encode};
use protocol::time::UnixTime;
use store::crypto::{Place, SealError, Sealed, Sealer};
use store::record::Hash;

use super::totp::{LENGTH, TotpSecret};

/// How long a form is valid, in seconds.
const LIFETIME_SECS: u64 = 600;

/// The secret for a user, as it is in a form.
#[derive(Clone, Debug)]
pub(super) struct Enrolment {
    pub(super) secret: TotpSecret,
    pub(super) user: String,
    /// When it was first offered.
    at: UnixTime,
}

impl Enrolment {
    pub(super) const fn new(secret: TotpSecret, user: String, at: UnixTime) -> Self {
        Self { secret, user, at }
    }

    /// Seals it for a login or a session of the user.
    pub(super) fn seal(&self, sealer: &Sealer, of: &Hash) -> Result<String, SealError> {
        let plain =
            [&self.at.as_secs().to_be_bytes()[..], self.secret.expose(), self.user.as_bytes()].concat();
        Ok(b64url_encode(sealer.seal(&Place::enrolment(of), &plain)?.as_bytes()))
    }

    /// Opens what was sealed for this login or session; `None` if it was not, if it is of another user, or if it is too
    /// old.
    pub(super) fn open(text: &str, sealer: &Sealer, of: &Hash, user: &str, now: UnixTime) -> Option<Self> {
        let bytes = Sealed::from_bytes(b64url_decode(text).ok()?);
        let plain = sealer.open(&Place::enrolment(of), &bytes).ok()?;
        let (at, rest) = plain.expose().split_first_chunk::<8>()?;
        let (secret, name) = rest.split_first_chunk::<LENGTH>()?;
        let at = UnixTime::new(u64::from_be_bytes(*at));
        let valid = name == user.as_bytes() && now.is_recent(at, LIFETIME_SECS);
        valid.then_some(Self { secret: TotpSecret::of(secret)?, user: user.to_owned(), at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::limits::page::ENROLMENT;
    use protocol::secret::Secret;
    use std::sync::Arc;
    use store::entropy::SeededEntropy;

    const T0: UnixTime = UnixTime::new(1_800_000_000);

    fn sealer(key: u8) -> Sealer {
        Sealer::new(&Secret::new([key; 32]), &[], Arc::new(SeededEntropy::new(7)))
    }

    #[test]
    fn a_form_is_of_one_user_and_one_login_for_ten_minutes() {
        let user = "x".repeat(255);
        let secret = TotpSecret::of(&[5; LENGTH]).unwrap();
        let text = Enrolment::new(secret, user.clone(), T0).seal(&sealer(1), &[1; 32]).unwrap();
        assert!(text.len() <= ENROLMENT.most, "{}", text.len());
        let open = |key, of: u8, user: &str, secs| {
            Enrolment::open(&text, &sealer(key), &[of; 32], user, T0.plus(secs))
        };
        assert_eq!(open(1, 1, &user, LIFETIME_SECS - 1).unwrap().secret.expose(), &[5; LENGTH]);
        assert!(open(1, 1, &user, LIFETIME_SECS).is_none());
        let before = Enrolment::open(&text, &sealer(1), &[1; 32], &user, T0.minus(3_600));
        assert!(before.is_none(), "the clock was set back, so nobody knows how old it is");
        assert!(open(1, 2, &user, 0).is_none() && open(2, 1, &user, 0).is_none());
        assert!(open(1, 1, "ann", 0).is_none());
        for forged in ["", "AAAA", "%"] {
            assert!(Enrolment::open(forged, &sealer(1), &[1; 32], &user, T0).is_none());
        }
    }
}
