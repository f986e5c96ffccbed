//! RSASSA-PKCS1-v1_5 with SHA-256, verification only (RFC 8017 §8.2.2).
//!
//! The padding is not parsed: what it must be is built and compared.

use super::key::KeyError;
use super::modulus::Modulus;
use crate::encoding::sha256;

/// Bits a modulus may have (RFC 7518 §3.3 demands at least 2048).
const MODULUS_BITS: core::ops::RangeInclusive<usize> = 2048..=4096;
/// `DigestInfo` of SHA-256 before the digest (RFC 8017 §9.2, note 1).
const SHA256_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

/// A public RSA key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RsaKey {
    modulus: Modulus,
    exponent: u32,
    /// Bytes of the modulus.
    size: usize,
}

impl RsaKey {
    /// A key from its modulus and exponent, as big-endian numbers. The exponent is odd, at least 3 and has at
    /// most 32 bits (nobody uses another than 65537 or 3).
    pub fn new(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        let (modulus, exponent) = (trimmed(modulus), trimmed(exponent));
        let top = modulus.first().ok_or(KeyError::Malformed)?.leading_zeros() as usize;
        if !MODULUS_BITS.contains(&(modulus.len() * 8 - top)) {
            return Err(KeyError::RsaSize);
        }
        let mut value = [0; 4];
        let place = value.len().checked_sub(exponent.len()).and_then(|from| value.get_mut(from..));
        place.ok_or(KeyError::Malformed)?.copy_from_slice(exponent);
        let exponent = u32::from_be_bytes(value);
        if exponent < 3 || exponent.is_multiple_of(2) {
            return Err(KeyError::Malformed);
        }
        let size = modulus.len();
        Ok(Self { modulus: Modulus::new(modulus).ok_or(KeyError::Malformed)?, exponent, size })
    }

    /// Whether the key signed the message.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        if signature.len() != self.size {
            return false;
        }
        let Some(encoded) = self.modulus.power(signature, self.exponent) else { return false };
        let from = encoded.len().saturating_sub(self.size);
        encoded.get(from..).is_some_and(|encoded| *encoded == *self.expected(message))
    }

    /// EMSA-PKCS1-v1_5 of the message (RFC 8017 §9.2).
    fn expected(&self, message: &[u8]) -> Vec<u8> {
        let digest = sha256(message);
        let mut expected = vec![0xff; self.size.saturating_sub(SHA256_INFO.len() + digest.len() + 1)];
        if let Some(front) = expected.first_chunk_mut() {
            *front = [0, 1];
        }
        expected.push(0);
        expected.extend(SHA256_INFO);
        expected.extend(digest);
        expected
    }
}

/// A big-endian number without its leading zeros.
fn trimmed(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}
