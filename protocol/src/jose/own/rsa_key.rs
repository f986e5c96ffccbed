//! RSASSA-PKCS1-v1_5 with SHA-256, verification only (RFC 8017 §8.2.2).
//!
//! The padding of a signature is not parsed: the expected padding is built and compared with it.

use super::modulus::Modulus;
use crate::encoding::sha256;

/// The number of bits that a modulus may have (RFC 7518 §3.3 requires at least 2048).
const MODULUS_BITS: core::ops::RangeInclusive<usize> = 2048..=4096;
/// The part of a `DigestInfo` before a SHA-256 digest (RFC 8017 §9.2, note 1).
const SHA256_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

/// Why a modulus and an exponent are refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RsaKeyError {
    /// The modulus is even, or the exponent is even, below 3 or longer than 32 bits.
    Malformed,
    /// The modulus has fewer than 2048 or more than 4096 bits.
    Size,
}

/// A public RSA key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RsaKey {
    modulus: Modulus,
    exponent: u32,
    /// The length of the modulus, in bytes.
    size: usize,
}

impl RsaKey {
    /// Creates a key from its modulus and exponent, which are big-endian numbers. The exponent must be odd, at least 3
    /// and at most 32 bits long; the exponents in use are 65537 and 3.
    pub fn new(modulus: &[u8], exponent: &[u8]) -> Result<Self, RsaKeyError> {
        let (modulus, exponent) = (trimmed(modulus), trimmed(exponent));
        let top = modulus.first().ok_or(RsaKeyError::Malformed)?.leading_zeros() as usize;
        if !MODULUS_BITS.contains(&(modulus.len() * 8 - top)) {
            return Err(RsaKeyError::Size);
        }
        let mut value = [0; 4];
        let place = value.len().checked_sub(exponent.len()).and_then(|from| value.get_mut(from..));
        place.ok_or(RsaKeyError::Malformed)?.copy_from_slice(exponent);
        let exponent = u32::from_be_bytes(value);
        if exponent < 3 || exponent.is_multiple_of(2) {
            return Err(RsaKeyError::Malformed);
        }
        let size = modulus.len();
        Ok(Self { modulus: Modulus::new(modulus).ok_or(RsaKeyError::Malformed)?, exponent, size })
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

    /// The EMSA-PKCS1-v1_5 encoding of the message (RFC 8017 §9.2).
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::b64url_decode;

    /// A key whose private half was thrown away after it had made the signatures below.
    const MODULUS: &str = "oZmsWZZYtK9yWCk6NATgxXN74lcAPJiIz-7YMKmrxqD2Oweg5raqM2zcgdwj1Bolm7kgOLYdlayfwInaGChew1T5BTFqg8wK_1KXqmSz-w2Bu7M2vg6xoAraaMYoP06SXvATQyrR1Al2OpNMh3K05LJjWL_REhVw3d7ymNto7yIf0r_-vR0gGTZElP5BG9lx9FKNQV2cDCV0wu6CT4NqlDNCq6xLPKmqnERjzrmFFRi-731IyOX8gYwHyKhYFHAsr3YNXuDlIu7FitoAKv556MRxYPID4HzzF5fDh4Bcbg35vYCHJwV4BzIig77bj-YErdb4KTOPVz8iJXoFhFmrQw";
    /// A valid signature of [`MESSAGE`] that begins with a zero byte.
    const GOOD: &str = "AB3sGWSaqlSBoyuGxDFl4k9L8ILT0PmR-f3-EqSFK_5qJiRdC0HpJ-2ZbXT1f2VKjbFlIfmph-H1rIBNr7GA4WECXejabcJf9k1iVjFobvwqN-3IpyKQcNleCJY34R7vjXe3fisVWRlFFEpsWlHy6ddygCPOOfGOSzi879sFyFTyVunyB3IZk3vuULDfPXtFxavnlr3BTYhLb1W_JGgkUPghkD8DrKGo6lHliYOftklaLakAehih9xdPFFsw4GU10IsGRCKOTAdAzSD-RrJZrUozonMC_E-oe5zplh6tIw4YVy4UOnYRjiilM_OS_d8C7e01PvDchodO5dr1-FLEDw";
    const MESSAGE: &[u8] = b"message 65";

    fn key() -> RsaKey {
        RsaKey::new(&b64url_decode(MODULUS).unwrap(), &[1, 0, 1]).unwrap()
    }

    #[test]
    fn signatures_with_faulty_padding_are_refused() {
        let good = b64url_decode(GOOD).unwrap();
        assert!(key().verifies(MESSAGE, &good) && !key().verifies(b"another", &good));
        // The same key made each of these signatures, over the digest of the same message.
        for (what, signature) in [
            (
                "short padding, garbage behind",
                "iB-CbMZAY83zCXbLBHpK6ALtDOu5-IRmTAwg27RbUCGmNMFUvPF17fLxa7nmX0j8eYH59aqA4HoDtlLaa9SeTb6iva9gxPzzOpsNqGI7m03uIotzg5lmr5AofEkwODz8uxF-QMdhwsxDI4Yh-zKhwGy1NkU6IgwGLRk8UGUSuNc857fV9PWQj1ou7YosLxMBGz4PQe8V0srYQ33ehFHbNPgTgXBS6W1j9n_YRtICWcUqOweaATYGVA6oNRqcWQG16J4V8r9l9vu42MqVu4QycFvMqprkVpgvDtf0UxuY4LKQYRlhvAZsSnYXFqpCwfs3J4xqxF10_Yf36Sb9SfJd4A",
            ),
            (
                "garbage in the padding",
                "B4sXByzKXNekg_tdiXradMapWKF26HuD4hdCzdnhLsafuz8vb10qlvxjMnwZprgULmwtHswLkV_ehDI_1Z4XuNfLb07voHu2nesT0TTeCTLOeZITBtfzX7sV_pSZdM79HhwgZqcvF5U3Gk9-6IPlk19feyOkG5N9-XVlXZcGuQC_cD-b0fudX67USFBkzpz4mIQiGoQEl3QdBsqlDfD1V057STsFaL243S4-_lkoNkLhE7TuhQ_1BF6DBEa4JvAeS7BGUvuduPz74AoBvFcOU-_3IiqBsfmLYK6ZjVDqxw2KpScvyq1rU23gWckJcDqgRgBc44FPHXp7V2uQ13VXIQ",
            ),
            (
                "block type 2",
                "Fsvf5HhHZSPvUtjW8e0xNe2HzWF2XAC1Z2x_WYqy4SvT52vbUnjqY6CrfVoBEKRXE-QwaueQXQPs7z1sVDpJfAtuFpp3Mbq3qCCGC9xFkd3NXQhZwexcH3LEl47jlvIj4DuiRvL8IAOj6UpNZNJhOvcEtfANgLZHQvKYJ9X50iuZNCYJIdSDFCImj9k_xWl98qzBwo5B50wiDOVG37BRQsdgJNlrn2A3kcsw3_U_wb17ZpUETmaHSIWvNLXka26mYyQsp1DagX15eFnPPVg3FXwNY8hMNdGcv9aiUhdavWTel8VlLdNHaDkcRpyRmZA4T3H4IxWjum_pADqyji0UiQ",
            ),
            (
                "no DigestInfo",
                "MVtHP5d9jlF46U6-6H8mSyX0oAuWg56Ur7iYqFqUK26P2nfwc88HIMGJWojLB_XzXGxu4uHuI0d_BTSRAcYCojK1kIMM4i7gD6RiDV0RY7Z6MB4bCaqHXKICSu_zca2jjH9URZ5xcs5fNzVjV-nEhdPhdxHF601TEWSj8Y1ZvKIKXhMhvhFz576Vrs_Q2CWZJOIQfOv-L_qx56rAzviJSepTFfkNSoWnX5YPXmHQ5QKruqoRqlTuitZvx30XRHwc1Ka-qLbUCR31W0H5OYPWUbVFyAZu66bjgMjDA1IOp2jZwvcJF1sUB2z-EmNF1pPtcJGQO0f9A3mR-OV8CSydBw",
            ),
            (
                "no NULL parameters",
                "H8XewhfWlYGb6eAVlw_newNjtImIXLwVVROKXZa1txW7oT-t2SFqXtLXHhdEi-xOsdo2r0f1m0iZ85TbRpd4k6O1P3mtxJVrLiaUaLobOTb8ogZXEOgtRUN4Ge7fKETBgm7zhKojpCx9XtWskP4PIj_kEbplD8wvnw5-13aurhcahv7a1gOPQo9_pAi0GBqKWxGtCllaHbSfixIWY0FU4D2LHCHyt4Epd8w9Fyl2IlnRZ5BMpBDJRkjQdgOeznI8ImxJ1vr-lghC3wypRtLywujiF6udYmx9wn2F2P3AX0o1IF74MKnlQOKasHvb9n_964m5FgvG-MQovAAo9XBg5Q",
            ),
        ] {
            assert!(!key().verifies(MESSAGE, &b64url_decode(signature).unwrap()), "{what}");
        }
    }

    #[test]
    fn signatures_of_another_length_than_the_modulus_are_refused() {
        let good = b64url_decode(GOOD).unwrap();
        for other in [[&[0], &good[..]].concat(), good[1..].to_vec(), [&good[..], &[0]].concat(), Vec::new()]
        {
            assert!(!key().verifies(MESSAGE, &other));
        }
    }

    #[test]
    fn unusable_exponents_are_refused() {
        let modulus = b64url_decode(MODULUS).unwrap();
        for exponent in [&[][..], &[0], &[1], &[2], &[1, 0, 0], &[1, 0, 0, 0, 1]] {
            assert_eq!(RsaKey::new(&modulus, exponent), Err(RsaKeyError::Malformed), "{exponent:?}");
        }
        assert!(RsaKey::new(&modulus, &[0, 0, 3]).is_ok());
        assert!(RsaKey::new(&[&[0, 0], &modulus[..]].concat(), &[3]).is_ok());
    }
}
