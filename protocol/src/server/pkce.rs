//! Proof Key for Code Exchange (RFC 7636) with `S256` only, as OAuth 2.1 §7.5 and MCP require.

use crate::encoding::{b64url_encode, sha256};
use crate::secret::Secret;
use subtle::ConstantTimeEq as _;

/// A `code_challenge` for the method `S256` (RFC 7636 §4.2): 43 characters of base64url.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodeChallenge(String);

/// A `code_verifier` (RFC 7636 §4.1): 43 to 128 unreserved characters.
#[derive(Clone, Debug)]
pub struct CodeVerifier(Secret<String>);

/// Why a challenge or a verifier is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PkceError {
    /// The challenge is not base64url of a SHA-256.
    #[error("code_challenge is not 43 characters of base64url")]
    Challenge,
    /// The method is absent, which means `plain`, or is not `S256`.
    #[error("code_challenge_method is not S256")]
    Method,
    /// The verifier does not have the required form.
    #[error("code_verifier is not 43 to 128 unreserved characters")]
    Verifier,
    /// The verifier does not match the challenge.
    #[error("code_verifier does not match the challenge")]
    Mismatch,
}

/// Proof that the presenter of a code holds the verifier of this challenge. Only [`CodeChallenge::verify`] makes it,
/// and redeeming a code requires it.
///
/// ```compile_fail
/// use protocol::server::pkce::{CodeChallenge, PkceProven};
/// let challenge = CodeChallenge::from_stored("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
/// let forged = PkceProven { challenge };
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PkceProven {
    challenge: CodeChallenge,
}

impl PkceProven {
    /// The challenge whose verifier was presented.
    pub const fn challenge(&self) -> &CodeChallenge {
        &self.challenge
    }
}

impl CodeChallenge {
    /// Reads the two parameters of an authorization request (RFC 7636 §4.3).
    pub fn parse(challenge: &str, method: Option<&str>) -> Result<Self, PkceError> {
        if method != Some("S256") {
            return Err(PkceError::Method);
        }
        Self::from_stored(challenge)
    }

    /// Reads the result of [`Self::as_str`].
    pub fn from_stored(challenge: &str) -> Result<Self, PkceError> {
        let good = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if challenge.len() == 43 && challenge.bytes().all(good) {
            Ok(Self(challenge.to_owned()))
        } else {
            Err(PkceError::Challenge)
        }
    }

    /// The challenge as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Compares `BASE64URL(SHA256(verifier))` with the challenge in constant time (RFC 7636 §4.6).
    pub fn verify(&self, verifier: &CodeVerifier) -> Result<PkceProven, PkceError> {
        let expected = b64url_encode(&sha256(verifier.0.expose().as_bytes()));
        if bool::from(expected.as_bytes().ct_eq(self.0.as_bytes())) {
            Ok(PkceProven { challenge: self.clone() })
        } else {
            Err(PkceError::Mismatch)
        }
    }
}

impl CodeVerifier {
    /// Reads a verifier. Fails if it does not have the required form.
    pub fn parse(text: &str) -> Result<Self, PkceError> {
        let good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
        if (43..=128).contains(&text.len()) && text.bytes().all(good) {
            Ok(Self(Secret::new(text.to_owned())))
        } else {
            Err(PkceError::Verifier)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_published_vector() {
        let challenge = CodeChallenge::parse(CHALLENGE, Some("S256")).unwrap();
        assert!(challenge.verify(&CodeVerifier::parse(VERIFIER).unwrap()).is_ok());
    }

    #[test]
    fn another_verifier_proves_nothing_not_even_the_challenge_itself() {
        let challenge = CodeChallenge::parse(CHALLENGE, Some("S256")).unwrap();
        for wrong in [CHALLENGE, &VERIFIER.replace('d', "e"), &"a".repeat(43)] {
            let verifier = CodeVerifier::parse(wrong).unwrap();
            assert_eq!(challenge.verify(&verifier).unwrap_err(), PkceError::Mismatch);
        }
    }

    #[test]
    fn plain_and_absent_methods_are_refused() {
        for method in [None, Some("plain"), Some("s256"), Some("")] {
            assert_eq!(CodeChallenge::parse(CHALLENGE, method), Err(PkceError::Method), "{method:?}");
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for challenge in ["", "short", &format!("{CHALLENGE}="), &CHALLENGE.replace('E', "+")] {
            assert_eq!(
                CodeChallenge::parse(challenge, Some("S256")),
                Err(PkceError::Challenge),
                "{challenge}"
            );
        }
        for verifier in ["", &"a".repeat(42), &"a".repeat(129), &format!("{}!", "a".repeat(43))] {
            assert_eq!(CodeVerifier::parse(verifier).unwrap_err(), PkceError::Verifier, "{verifier}");
        }
    }

    #[test]
    fn a_verifier_is_not_printed() {
        assert!(!format!("{:?}", CodeVerifier::parse(VERIFIER).unwrap()).contains(VERIFIER));
    }
}
