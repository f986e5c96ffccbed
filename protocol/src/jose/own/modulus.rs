//! Powers of numbers modulo an odd number, for RSA verification. All inputs are public.
//!
//! The arithmetic is our own because a library for numbers of any size makes the plugin larger: by 15 KB with
//! num-bigint, by 36 KB with crypto-bigint (docs/adr/0002-own-compact-jws.md). The tests compare it with crypto-bigint.

/// An odd modulus, with the values that Montgomery multiplication needs (Koç, Acar and Kaliski 1996, method CIOS).
/// Numbers are lists of 32-bit limbs, the lowest first, each list as long as the modulus.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Modulus {
    limbs: Vec<u32>,
    /// -1 / modulus, modulo 2^32.
    inverse: u32,
    /// R² modulo the modulus; R is 2^(32 · limbs).
    r_squared: Vec<u32>,
}

impl Modulus {
    /// A modulus from its big-endian bytes; `None` if it is even or less than 3.
    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        let limbs = limbs(bytes, bytes.len().div_ceil(4));
        let lowest = *limbs.first().filter(|lowest| **lowest % 2 == 1)?;
        if limbs.iter().skip(1).all(|limb| *limb == 0) && lowest < 3 {
            return None;
        }
        // Newton's method: each round doubles the number of correct bits, of which the first guess has three.
        let mut inverse = lowest;
        for _ in 0..4 {
            inverse = inverse.wrapping_mul(2_u32.wrapping_sub(lowest.wrapping_mul(inverse)));
        }
        let mut r_squared = vec![0; limbs.len()];
        if let Some(one) = r_squared.first_mut() {
            *one = 1;
        }
        let mut modulus = Self { limbs, inverse: inverse.wrapping_neg(), r_squared: Vec::new() };
        for _ in 0..64 * modulus.limbs.len() {
            let mut over = 0;
            for limb in &mut r_squared {
                (*limb, over) = (*limb << 1 | over, *limb >> 31);
            }
            modulus.reduce(&mut r_squared, over);
        }
        modulus.r_squared = r_squared;
        Some(modulus)
    }

    /// `base` to the power `exponent`, as big-endian bytes, filled up in front with zeros to 4 bytes for each limb.
    /// `None` if the base is not below the modulus, has more bytes than the limbs hold, or the exponent is 0.
    pub(super) fn power(&self, base: &[u8], exponent: u32) -> Option<Vec<u8>> {
        let mut number = limbs(base, self.limbs.len());
        if base.len() > 4 * self.limbs.len() || !self.reduce(&mut number.clone(), 0) {
            return None;
        }
        number = self.multiply(&number, &self.r_squared);
        let mut power = number.clone();
        for bit in (0..exponent.checked_ilog2()?).rev() {
            power = self.multiply(&power, &power);
            if exponent >> bit & 1 == 1 {
                power = self.multiply(&power, &number);
            }
        }
        let mut one = vec![0; self.limbs.len()];
        *one.first_mut()? = 1;
        Some(self.multiply(&power, &one).iter().rev().flat_map(|limb| limb.to_be_bytes()).collect())
    }

    /// a · b / R, modulo the modulus.
    fn multiply(&self, a: &[u32], b: &[u32]) -> Vec<u32> {
        let mut sum = vec![0; self.limbs.len()];
        // The carry above the highest limb of the sum, which is at most 1 between rounds.
        let mut top = 0_u32;
        for a in a {
            let carry = add_product(&mut sum, *a, b, 0);
            let above = u64::from(top) + u64::from(carry);
            let factor = sum.first().copied().unwrap_or_default().wrapping_mul(self.inverse);
            let carry = add_product(&mut sum, factor, &self.limbs, 0);
            let above = above + u64::from(carry);
            // The lowest limb is 0 now, so the rotation divides by 2^32.
            sum.rotate_left(1);
            if let Some(highest) = sum.last_mut() {
                *highest = low(above);
            }
            top = low(above >> 32);
        }
        self.reduce(&mut sum, top);
        sum
    }

    /// Subtracts the modulus once if the number (with `top` above its highest limb) is not below the modulus. Returns
    /// whether the number was below.
    fn reduce(&self, number: &mut [u32], top: u32) -> bool {
        let below = top == 0 && number.iter().rev().lt(self.limbs.iter().rev());
        if !below {
            let mut borrow = 0_i64;
            for (limb, taken) in number.iter_mut().zip(&self.limbs) {
                let difference = i64::from(*limb) - i64::from(*taken) + borrow;
                *limb = low(difference.cast_unsigned());
                borrow = difference >> 32;
            }
        }
        below
    }
}

/// Adds `factor · number + carry` to the sum. Returns the carry out of its highest limb.
fn add_product(sum: &mut [u32], factor: u32, number: &[u32], mut carry: u32) -> u32 {
    for (sum, limb) in sum.iter_mut().zip(number) {
        let value = u64::from(factor) * u64::from(*limb) + u64::from(*sum) + u64::from(carry);
        (*sum, carry) = (low(value), low(value >> 32));
    }
    carry
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
const fn low(value: u64) -> u32 {
    value as u32
}

/// Big-endian bytes as exactly `count` limbs, the lowest first. Missing limbs are zero; bytes above the highest limb
/// are dropped.
fn limbs(bytes: &[u8], count: usize) -> Vec<u32> {
    let limb = |bytes: &[u8]| bytes.iter().fold(0, |limb, byte| limb << 8 | u32::from(*byte));
    bytes.rchunks(4).map(limb).chain(core::iter::repeat(0)).take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
    use crypto_bigint::{BoxedUint, Odd};
    use proptest::prelude::*;

    fn expected(modulus: &[u8], base: &[u8], exponent: u32) -> Vec<u8> {
        let odd = Odd::new(BoxedUint::from_be_slice_vartime(modulus)).unwrap();
        let params = BoxedMontyParams::new_vartime(odd);
        let base = BoxedUint::from_be_slice(base, params.bits_precision()).unwrap();
        let power = BoxedMontyForm::new(base, &params).pow(&BoxedUint::from(exponent)).retrieve();
        power.to_be_bytes().to_vec()
    }

    fn trimmed(bytes: &[u8]) -> &[u8] {
        &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn powers_are_the_librarys(
            mut modulus in prop::collection::vec(any::<u8>(), 1..70),
            base in prop::collection::vec(prop_oneof![Just(0_u8), Just(0xff), any::<u8>()], 0..70),
            exponent in prop_oneof![Just(3_u32), Just(65_537), 1_u32..100, any::<u32>().prop_map(|e| e | 1)],
            high in any::<bool>(),
        ) {
            *modulus.last_mut().unwrap() |= 1;
            if high {
                modulus[0] = 0xff;
            }
            prop_assume!(trimmed(&modulus) != [1]);
            let below = {
                let width = modulus.len().max(base.len());
                let wide = |bytes: &[u8]| [vec![0; width - bytes.len()], bytes.to_vec()].concat();
                wide(&base) < wide(&modulus)
            };
            let power = Modulus::new(&modulus).unwrap().power(trimmed(&base), exponent);
            prop_assert_eq!(power.is_some(), below);
            if let Some(power) = power {
                let expected = expected(&modulus, trimmed(&base), exponent);
                prop_assert_eq!(trimmed(&power), trimmed(&expected));
            }
        }
    }

    #[test]
    fn powers_agree_with_crypto_bigint_for_real_key_sizes() {
        for size in [256, 384, 512] {
            let modulus: Vec<u8> = (0..size).map(|at: u32| (at * 37 % 251) as u8 | 0x81).collect();
            let base: Vec<u8> = (0..size).map(|at: u32| (at * 91 % 241) as u8 & 0x7f).collect();
            let power = Modulus::new(&modulus).unwrap().power(&base, 65_537).unwrap();
            assert_eq!(power, expected(&modulus, &base, 65_537));
        }
    }

    #[test]
    fn even_and_small_moduli_are_refused() {
        for bad in [&[][..], &[0], &[1], &[2], &[0, 0, 0, 0, 1], &[1, 0]] {
            assert_eq!(Modulus::new(bad), None, "{bad:?}");
        }
        assert!(Modulus::new(&[3]).unwrap().power(&[2], 0).is_none());
    }
}
