//! Codes of authenticators (RFC 6238): six digits, SHA-1, a new one every 30 seconds, as every authenticator makes them.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use protocol::secret::Secret;
use protocol::time::UnixTime;
use store::entropy::{Entropy, EntropyError, random_bytes};
use totp_rs::{Algorithm, Builder, Totp};

/// The length of a secret in bytes: that of SHA-1 (RFC 4226 §4).
pub(super) const LENGTH: usize = 20;
/// The number of digits of a code.
pub(super) const DIGITS: usize = 6;
/// How long a code is current, in seconds.
pub(super) const STEP_SECS: u64 = 30;
/// How many steps before and after the current one are accepted, because clocks differ and people type slowly.
const SKEW: u16 = 1;

/// What an authenticator makes codes from.
#[derive(Clone, Debug)]
pub(super) struct TotpSecret(Secret<[u8; LENGTH]>);

impl TotpSecret {
    /// A new one.
    pub(super) fn fresh(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        Ok(Self(Secret::new(random_bytes(entropy)?)))
    }

    /// Of these bytes; `None` if there are too few or too many.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Secret::new(bytes)))
    }

    /// The bytes.
    pub(super) const fn expose(&self) -> &[u8; LENGTH] {
        self.0.expose()
    }

    /// The time step whose code this is, if it is the current one or next to it.
    pub(super) fn step_of(&self, code: &str, now: UnixTime) -> Option<u64> {
        self.generator()?.check(code, now.as_secs())
    }

    /// The text that people type into an authenticator: base32, in groups of four.
    pub(super) fn text(&self) -> String {
        let text = self.base32();
        let groups: Vec<&str> =
            text.as_bytes().chunks(4).filter_map(|group| str::from_utf8(group).ok()).collect();
        groups.join(" ")
    }

    /// The address that authenticators read (Key URI Format). `issuer` and `account` are what they show.
    pub(super) fn address(&self, issuer: &str, account: &str) -> String {
        // A colon separates the two.
        let encoded = |text: &str| utf8_percent_encode(&text.replace(':', " "), NON_ALPHANUMERIC).to_string();
        let (issuer, account, secret) = (encoded(issuer), encoded(account), self.base32());
        format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECS}"
        )
    }

    fn base32(&self) -> String {
        totp_rs::Secret::from(self.0.expose().to_vec()).to_base32()
    }

    /// `None` only if the library refused these parameters, which a test rules out.
    fn generator(&self) -> Option<Totp> {
        let builder =
            Builder::new().with_algorithm(Algorithm::SHA1).with_skew(SKEW).with_step_duration(STEP_SECS);
        builder.with_secret(self.0.expose().to_vec()).build().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the secret of SHA-1.
    fn of_the_rfc() -> TotpSecret {
        TotpSecret::of(b"12345678901234567890").unwrap()
    }

    #[test]
    fn the_codes_are_those_of_the_rfc() {
        for (secs, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = of_the_rfc().step_of(code, UnixTime::new(secs));
            assert_eq!(step, Some(secs / STEP_SECS), "{secs}");
        }
    }

    #[test]
    fn codes_are_accepted_one_step_early_and_late() {
        let accepted = |secs: u64| of_the_rfc().step_of("279037", UnixTime::new(secs));
        let step = 2_000_000_000 / STEP_SECS;
        let (begin, end) = (step * STEP_SECS, (step + 1) * STEP_SECS);
        for secs in [begin - STEP_SECS, begin, end - 1, end + STEP_SECS - 1] {
            assert_eq!(accepted(secs), Some(step), "{secs}");
        }
        assert_eq!((accepted(begin - STEP_SECS - 1), accepted(end + STEP_SECS)), (None, None));
        for code in ["279038", "27903", "2790370", "", "27903a"] {
            assert_eq!(of_the_rfc().step_of(code, UnixTime::new(begin)), None, "{code}");
        }
    }

    #[test]
    fn authenticators_read_the_address() {
        assert_eq!(of_the_rfc().text(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(
            of_the_rfc().address("Company: wiki", "ann@x"),
            "otpauth://totp/Company%20%20wiki:ann%40x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Company%20%20wiki&algorithm=SHA1&digits=6&period=30"
        );
        assert!(!format!("{:?}", of_the_rfc()).contains("12345"));
    }
}
