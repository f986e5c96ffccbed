//! base64url and SHA-256, from which JOSE and OAuth build their values.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};

/// A text is not unpadded base64url (RFC 4648 §5, RFC 7515 §2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not unpadded base64url")]
pub struct NotBase64Url;

/// Unpadded base64url of `bytes`.
pub fn b64url_encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// The strict inverse of [`b64url_encode`]: refuses padding, other alphabets, white space and trailing bits that are
/// not zero.
pub fn b64url_decode(text: &str) -> Result<Vec<u8>, NotBase64Url> {
    Base64UrlUnpadded::decode_vec(text).map_err(|_| NotBase64Url)
}

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_is_strict() {
        assert_eq!(b64url_decode("-_8"), Ok(vec![0xfb, 0xff]));
        for bad in ["-_8=", "+/8", "-_9", " -_8", "-_8\n", "A"] {
            assert_eq!(b64url_decode(bad), Err(NotBase64Url), "{bad}");
        }
    }
}
