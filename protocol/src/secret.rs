//! Secrets as a type that cannot be printed, and the derivation of keys.

use crate::encoding::b64url_decode;
use core::fmt;
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, Zeroizing};

/// A value that is never printed, is wiped when dropped and is compared in constant time.
///
/// `Debug` prints `[secret]`, and there is no `Display`. Only [`Secret<String>`] can be serialised, because the sealed
/// context and sealed records carry client secrets. Serialise it only into data that is then sealed.
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. The caller is responsible for where it goes.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize + Clone> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl<T: Zeroize + AsRef<[u8]>> PartialEq for Secret<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_ref().ct_eq(other.0.as_ref()).into()
    }
}

impl<T: Zeroize + AsRef<[u8]>> Eq for Secret<T> {}

impl From<String> for Secret<String> {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl Serialize for Secret<String> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Secret<String> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

/// Why a text is not a 32-byte key. The error quotes nothing of the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyTextError {
    /// The text is not base64 of any variant.
    #[error("the key is not base64")]
    NotBase64,
    /// The text decodes, but not to 32 bytes.
    #[error("the key has {0} bytes instead of 32")]
    WrongLength(usize),
}

/// Decodes a 32-byte key from base64 of any variant (standard or URL alphabet, padded or not). White space around it
/// is ignored.
pub fn decode_key32(text: &str) -> Result<Secret<[u8; 32]>, KeyTextError> {
    let text = text.trim().trim_end_matches('=');
    let url: Zeroizing<String> = Zeroizing::new(
        text.chars()
            .map(|c| match c {
                '+' => '-',
                '/' => '_',
                other => other,
            })
            .collect(),
    );
    let bytes = Zeroizing::new(b64url_decode(&url).map_err(|_| KeyTextError::NotBase64)?);
    let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| KeyTextError::WrongLength(bytes.len()))?;
    Ok(Secret::new(key))
}

/// Derives the 32-byte sub-key of `key` for one `purpose`, by HKDF-SHA-256 (RFC 5869) without salt.
#[expect(clippy::missing_panics_doc, reason = "it cannot panic")]
#[expect(clippy::expect_used, reason = "32 bytes are always within HKDF's limit of 255 blocks")]
pub fn derive_key(key: &[u8], purpose: &str) -> Secret<[u8; 32]> {
    let mut out = [0_u8; 32];
    Hkdf::<Sha256>::new(None, key).expand(purpose.as_bytes(), &mut out).expect("32 bytes");
    Secret::new(out)
}

/// HMAC-SHA-256 (RFC 2104) of `message` under `key`.
#[expect(clippy::missing_panics_doc, reason = "it cannot panic")]
#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_the_value() {
        assert_eq!(format!("{:?}", Secret::new("canary".to_owned())), "[secret]");
        assert_eq!(format!("{:?}", Some(Secret::new([7_u8; 32]))), "Some([secret])");
    }

    #[test]
    fn equality_compares_all_bytes() {
        assert_eq!(Secret::new("a".to_owned()), Secret::new("a".to_owned()));
        assert_ne!(Secret::new("a".to_owned()), Secret::new("ab".to_owned()));
        assert_ne!(Secret::new([1_u8; 32]), Secret::new([2_u8; 32]));
    }

    #[test]
    fn every_variant_of_base64_is_read() {
        let key = [0xfb_u8; 32];
        for text in [
            "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=",
            "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s",
            " -_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s=\n",
            "-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s",
        ] {
            assert_eq!(decode_key32(text), Ok(Secret::new(key)), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        assert_eq!(decode_key32("?"), Err(KeyTextError::NotBase64));
        assert_eq!(decode_key32("AAAA"), Err(KeyTextError::WrongLength(3)));
        assert_eq!(decode_key32(""), Err(KeyTextError::WrongLength(0)));
    }
}
