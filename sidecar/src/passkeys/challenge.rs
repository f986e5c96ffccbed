//! Challenges. An authenticator signs a challenge that this server has made. The server accepts a challenge only in one
//! browser, only at one step of a login or in one session, and only for ten minutes (WebAuthn §13.4.3), so a signature
//! is worth nothing elsewhere or later.
//!
//! Challenges are not stored, so nobody can fill the store by requesting challenges. A challenge contains the time, 16
//! random bytes, a payload that this server gets back with the signature, and a tag. The tag is a keyed hash, like the
//! CSRF token of a form. Only this server can compute it. The tag for a sign-in depends on the cookie of the login,
//! which changes at each step: so the challenge is refused once the login has reached its next step. The tag for a new
//! passkey depends on the cookie of the session and on the passkeys that the user has: so the challenge is refused once
//! the user has added another passkey.

use protocol::encoding::{b64url_decode, b64url_encode};
use protocol::time::UnixTime;
use store::entropy::{Entropy, EntropyError, random_bytes};
use subtle::ConstantTimeEq as _;

/// The lifetime of a challenge, in seconds: the same as that of a login.
pub(super) const LIFETIME_SECS: u64 = 600;

/// Computes the tag of a text. The result depends on the cookie of one browser, and on a key that only this server has.
pub type Tag<'a> = &'a (dyn Fn(&str) -> String + Sync);

/// Returns a new challenge that contains `payload`.
pub(super) fn fresh(
    payload: &[u8],
    tag: Tag<'_>,
    entropy: &dyn Entropy,
    now: UnixTime,
) -> Result<String, EntropyError> {
    let random: [u8; 16] = random_bytes(entropy)?;
    let body = b64url_encode(&[&now.as_secs().to_be_bytes()[..], &random, payload].concat());
    let tag = tag(&body);
    Ok([&body, ".", &tag].concat())
}

/// Returns the payload of a challenge. Returns `None` if `tag` computes another tag than the challenge contains, if the
/// challenge has expired or its time is more than a minute in the future, if its payload does not have `N` bytes, or if
/// the text is not a challenge.
pub(super) fn open<const N: usize>(challenge: &str, tag: Tag<'_>, now: UnixTime) -> Option<[u8; N]> {
    let (body, given) = challenge.split_once('.')?;
    if !bool::from(tag(body).as_bytes().ct_eq(given.as_bytes())) {
        return None;
    }
    let bytes = b64url_decode(body).ok()?;
    let (at, rest) = bytes.split_first_chunk::<8>()?;
    let (_, payload) = rest.split_first_chunk::<16>()?;
    let at = UnixTime::new(u64::from_be_bytes(*at));
    if !now.is_recent(at, LIFETIME_SECS) {
        return None;
    }
    payload.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::secret::hmac_sha256;
    use store::entropy::SeededEntropy;

    const T0: UnixTime = UnixTime::new(1_800_000_000);

    fn keyed(key: u8) -> impl Fn(&str) -> String + Sync {
        move |text| b64url_encode(&hmac_sha256(&[key; 32], text.as_bytes()))
    }

    #[test]
    fn a_challenge_is_of_one_browser_for_ten_minutes() {
        let entropy = SeededEntropy::new(1);
        let challenge = fresh(&[7; 32], &keyed(1), &entropy, T0).unwrap();
        let open = |key, secs| open::<32>(&challenge, &keyed(key), T0.plus(secs));
        assert_eq!(open(1, LIFETIME_SECS - 1), Some([7; 32]));
        assert_eq!((open(1, LIFETIME_SECS), open(2, 0)), (None, None));
        let before = super::open::<32>(&challenge, &keyed(1), T0.minus(3_600));
        assert_eq!(before, None, "the clock was set back, so nobody knows how old it is");
        assert_ne!(fresh(&[7; 32], &keyed(1), &entropy, T0).unwrap(), challenge, "each is another");
        assert_eq!(super::open::<31>(&challenge, &keyed(1), T0), None);
        assert_eq!(super::open::<0>(&challenge, &keyed(1), T0), None);
    }

    #[test]
    fn what_was_changed_or_made_up_is_no_challenge() {
        let challenge = fresh(&[], &keyed(1), &SeededEntropy::new(1), T0).unwrap();
        assert_eq!(open::<0>(&challenge, &keyed(1), T0), Some([]));
        for at in 0..challenge.len() {
            let mut other = challenge.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert_eq!(open::<0>(&other, &keyed(1), T0), None, "{other}");
        }
        for text in ["", ".", "A.A", &format!(".{}", keyed(1)(""))] {
            assert_eq!(open::<0>(text, &keyed(1), T0), None, "{text}");
        }
    }
}
