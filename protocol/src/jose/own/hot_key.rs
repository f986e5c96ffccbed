//! Ed25519 verification for a key that has signed many tokens.
//!
//! The usual verification doubles a point 250 times for every signature. With a table of multiples of the key and of
//! the base point, five doublings are left, and a signature costs half (docs/performance.md). The table takes 130 KiB
//! and as long as two verifications to compute, so only a key that is used often gets one.
//!
//! Only the order of the additions is our own: the arithmetic of points and scalars and SHA-512 are the libraries'.
//! [`HotKey::verifies`] accepts exactly what `ed25519_dalek::VerifyingKey::verify` accepts; the tests compare the two.
//! The time of both varies, which reveals nothing, because all inputs are public.

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::{constants, traits::Identity as _};
use ed25519_dalek::VerifyingKey;
use sha2::{Digest as _, Sha512};

/// Bits of a digit: scalars are written in base 32, with digits from -15 to 16. With 4 bits a signature would cost a
/// tenth more; with 6 the table would be twice as large.
const BITS: usize = 5;
/// Number of digits of a scalar.
const DIGITS: usize = 52;
/// The number of multiples that are kept for each pair of digits: 1 to 16 times the pair's unit.
const MULTIPLES: usize = 16;

/// A key with its table of multiples.
pub struct HotKey {
    key: VerifyingKey,
    minus_key: Multiples,
    base: Multiples,
}

impl HotKey {
    /// Computes the table of a key.
    pub fn new(key: VerifyingKey) -> Self {
        let base = Multiples::of(constants::ED25519_BASEPOINT_POINT);
        Self { key, minus_key: Multiples::of(-key.to_edwards()), base }
    }

    /// The key itself.
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// Whether the key signed the message (RFC 8032 §5.1.7, without the cofactor).
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let Some((r, s)) = signature.split_first_chunk::<32>() else { return false };
        let Ok(s) = <[u8; 32]>::try_from(s) else { return false };
        let Some(s) = Option::<Scalar>::from(Scalar::from_canonical_bytes(s)) else { return false };
        let hash = Sha512::new().chain_update(r).chain_update(self.key.as_bytes()).chain_update(message);
        let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
        let (s, k) = (digits(&s), digits(&k));
        let mut sum = EdwardsPoint::identity();
        for odd in [1, 0] {
            if odd == 0 {
                // Multiplies the sum by 32: an odd digit is worth 32 times as much as the even digit before it.
                sum = sum.mul_by_cofactor();
                sum += sum;
                sum += sum;
            }
            for place in 0..DIGITS / 2 {
                self.base.add(&mut sum, place, s.get(2 * place + odd));
                self.minus_key.add(&mut sum, place, k.get(2 * place + odd));
            }
        }
        sum.compress().as_bytes() == r
    }
}

/// `d · 1024^p · P` for d from 1 to 16 and p from 0 to 25.
struct Multiples(Vec<EdwardsPoint>);

impl Multiples {
    fn of(point: EdwardsPoint) -> Self {
        let mut all = Vec::with_capacity(MULTIPLES * DIGITS / 2);
        let mut unit = point;
        for _ in 0..DIGITS / 2 {
            let mut multiple = unit;
            all.push(multiple);
            for _ in 1..MULTIPLES {
                multiple += unit;
                all.push(multiple);
            }
            // 16 times the unit becomes 1024 times the unit.
            unit = multiple.mul_by_cofactor().mul_by_cofactor();
        }
        Self(all)
    }

    fn add(&self, sum: &mut EdwardsPoint, place: usize, digit: Option<&i8>) {
        let digit = digit.copied().unwrap_or_default();
        let multiple = usize::from(digit.unsigned_abs()).checked_sub(1);
        let Some(point) = multiple.and_then(|multiple| self.0.get(place * MULTIPLES + multiple)) else {
            return;
        };
        if digit > 0 {
            *sum += point;
        } else {
            *sum -= point;
        }
    }
}

/// The digits of a scalar in base 32, the lowest first, each from -15 to 16.
fn digits(scalar: &Scalar) -> [i8; DIGITS] {
    let bytes = scalar.as_bytes();
    let byte = |at: usize| u16::from(bytes.get(at).copied().unwrap_or_default());
    let mut digits = [0; DIGITS];
    let mut carry = 0;
    for (place, digit) in digits.iter_mut().enumerate() {
        let bit = place * BITS;
        let pair = byte(bit / 8) | byte(bit / 8 + 1) << 8;
        let value = (pair >> (bit % 8) & 31) as i8 + carry;
        carry = i8::from(value > 16);
        *digit = value - 32 * carry;
    }
    // A scalar is below 2^253, so nothing is carried out of the highest digit.
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _};

    /// Asserts that [`HotKey`] and the library agree, and returns what they say.
    fn agreed(hot: &HotKey, message: &[u8], signature: &[u8; 64]) -> bool {
        let usual = hot.key().verify(message, &Signature::from_bytes(signature)).is_ok();
        assert_eq!(hot.verifies(message, signature), usual, "{signature:?}");
        usual
    }

    #[test]
    fn digits_add_up_to_their_scalar() {
        for scalar in [
            Scalar::ZERO,
            Scalar::ONE,
            -Scalar::ONE,
            Scalar::from(0x8421_0842_1084_2108_u64),
            -Scalar::from(8_u64),
        ] {
            let mut sum = Scalar::ZERO;
            for digit in digits(&scalar).into_iter().rev() {
                assert!((-16..=16).contains(&digit));
                let value = Scalar::from(u64::from(digit.unsigned_abs()));
                sum = sum * Scalar::from(32_u64) + if digit < 0 { -value } else { value };
            }
            assert_eq!(sum, scalar);
        }
    }

    #[test]
    fn it_accepts_exactly_what_the_library_accepts() {
        for number in 0..24_u8 {
            let signing = SigningKey::from_bytes(&[number; 32]);
            let hot = HotKey::new(signing.verifying_key());
            for length in [0, 1, 63, 64, 200] {
                let message = vec![number; length];
                let signature = signing.sign(&message).to_bytes();
                assert!(agreed(&hot, &message, &signature));
                assert!(!agreed(&hot, &[&message[..], b"x"].concat(), &signature));
                for bit in [0, 7, 130, 255, 256, 300, 500, 505, 507, 508, 509, 510, 511] {
                    let mut changed = signature;
                    changed[bit / 8] ^= 1 << (bit % 8);
                    assert!(!agreed(&hot, &message, &changed), "bit {bit}");
                }
            }
        }
    }

    #[test]
    fn it_refuses_unreduced_scalars_and_points_of_small_order_as_the_library_does() {
        let signing = SigningKey::from_bytes(&[7; 32]);
        let hot = HotKey::new(signing.verifying_key());
        let signature = signing.sign(b"m").to_bytes();
        // s + the group's order: the same scalar, but not reduced, so it must be refused (RFC 8032 §8.4).
        let order = (-Scalar::ONE).to_bytes();
        let mut carry = 1_u16;
        let mut other = signature;
        for (byte, order) in other[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(order) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        assert!(!agreed(&hot, b"m", &other));
        for r in [[0; 32], [1; 32], [0xff; 32], constants::EIGHT_TORSION[1].compress().to_bytes()] {
            for s in [[0; 32], signature[32..].try_into().unwrap()] {
                let mut forged = [0; 64];
                forged[..32].copy_from_slice(&r);
                forged[32..].copy_from_slice(&s);
                assert!(!agreed(&hot, b"m", &forged));
            }
        }
    }
}
