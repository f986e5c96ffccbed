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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::b64url_decode;

    /// A key whose private half was thrown away, after it signed what is below.
    const MODULUS: &str = "p9tYofeKnuDML6V3C7VXZpJbBC5UAp9QsZrFyFczWBmD_makYP0WN6gHcvnItjObGmVP6aCyPY_NPtwgg-WGAvGeyn-Vz_dF8W_OnEKhee4f91kQ4uH7xhu1mw4CsyDGVaij-nTh1dDzqzaTUxV1e3CrPeu8axUDbuItrv1XxLJe1NfeIn_zhH7XANw0n-_kcN9tsu9Q8DxGkTOKsXescYJgxfRPtmxkdwhpl5LhqGoMRgxuZROUdgpfNhew-x0_JdWklLtbLMaipumGkNONXEUsCHcgUdxSCAgzNEQeRMzpZixIuAf8lf98MEAK-wMI09t9JmxausluIgNepZFgiQ";
    const GOOD: &str = "CfA7GHtK1WOwrGk32m0JMCScyfVsxQ5Oxrjh_a_zchj5WElr0Sv6YgkX7q1wOmi8QeWULLueSseCUUQOQlIXwvX_P7B-SqMsIq5himB3OBUsjdbD4EEgTT9PW6Rp_KLEgacxNS0L7P_YVmY0CNFYGWsINpcx5lZgONWg3s1RcOdgwfo7yr3bG8X5Te-KTCD2PS-JzjvA9ZMNFOQhgRV2DXvkdiSRd028P4gptVoC6OsVq12JxjoqzxGkCKhEjZ1gcK7CCP4mhFN-qb_F0gHA0pNXp0_LpYeG2ni8-NOrtb2ukVcDIoy8hD3GrZOWgHFx7Brb2EM4td60QxmP32xUfw";

    fn key() -> RsaKey {
        RsaKey::new(&b64url_decode(MODULUS).unwrap(), &[1, 0, 1]).unwrap()
    }

    #[test]
    fn only_the_whole_padding_counts() {
        let good = b64url_decode(GOOD).unwrap();
        assert!(key().verifies(b"message", &good) && !key().verifies(b"another", &good));
        // Each under the same key and over the digest of the same message.
        for (what, signature) in [
            (
                "short padding, garbage behind",
                "efImN-eE0LwnirWbs_ZpSpQcVHyfkG94ctxm0NRya-XxccnDX3B-2VW64hgSGl6cU8Qs4Iez0QmYd2KJEpnGKybKH3I37-x3eD3TUFRJ_v-xuR1tvUJ3sfSQ-Icq_mvfmw1AZzPdQxcEv78EkUuSpF47OIFKHfpUneU4RUhATGvecCd7mi4VcwqmBT8MV-Y579IugdWMYMwVhHQxMhgrf1jIPAvMxiLKR2ZhSQJl_P4tLE6kPi-v2efmqQtxdfm9U9i1OHOzLYZfHRJlr5VL63_kLXXMD-aADZP8NpAONIIdGuS8uEKyOTMkLd73G909bPIf7IO4N_h7cwvJjmy_EA",
            ),
            (
                "garbage in the padding",
                "hbAggawziHeMHTKMibgUJHcyeh0dg9AljyrEmN-cSByJ2uvp5_2bSXtbJqIeyv0lVzprhvv2DeOgIG8Hfbf7P3bY8BLMIY0seGU-CrmqxdrHtFy8BnyCXGUerBYechnhpg-u8qv7aBx-EVi8e3mpgRmWtIPdHF6ufDI4uRmK3k7wIvWfamurMwTU4QcdS92Xn3OkCGpNfqm6Hd9oqQUuamDajnfWc6esa9RZlSoRQarKZq2xHezuvPcWnxRrkn2LCiA3lXo3ZcfFBdd6PVdGX6d_njSN7FfiZsYoB5xylMI3ARiQQoT9Ep0wYUxEr3cr3be_l9Ao7sliZIyQtKH92Q",
            ),
            (
                "block type 2",
                "VXO76vuPWq-WpYVJ0gu2d2RFdp4gDrqe4Sc4GTteijRUXnVs3ojjPfFTYyABEv7mDVrjljZXg9EgU2aNG-l-bN9Z69pwg-kUWnOpigFsZYrSNv8xW_GQA_0PGkc4NAyNgk6MeTWwdxe-0HKOc2ZNOGXkkt2aDbNwfrpOAeha1M8gyV3X1ejuR4Nwtfl09QTm0sV2EMpSUdC2ziCUC2pPRXQWSdmtrvwhBSKTMA5rdlcHyfeJdisXvXMwq3xur_B8Bq7Ifgpie_1-LDR8YePz_W3px_R-BQFpvr6mxJuFryqpVbOAfT-sfxvlinEPtGnT1CpO4hTWVzw07MMCTc00fg",
            ),
            (
                "no DigestInfo",
                "m5GJlGp8BNCvyOvsy-3j1_h4JxYCqgszfyjbJswa_f7fnUlfV84WiXt3gk9hBieqEgBuwrEbKiFIk0ProLDLWXS9DE413nxgAYZUjBDpDrG5GhrKG8VAT8ce8xoMNO0WQdx116lFopC_1wCBA54F_lpm6BV8g-ELvRBwMzU18PpqKUE92twBZODaX9Cd19URXHlDBJ2Bz9o0QmhICCG_GKFUOAa2XSSLYd0Gx3KMtaQ-xDdl6-GE1yDnoNycY2nBUZ74LUmF6ETHi3ZXTuTRRu1OQaPD-wChoMBlLbgRiHHTmTOJbiNea5B-zHYPWmkkzELfNO8KTNKMU_2fqXv07g",
            ),
            (
                "no NULL parameters",
                "OcfIHGXo2Yq_gt7uG0NnqmHdJRSeACbErWrrHLzuiliuiiXyztnff9-brJsGnw2H63kMfCDu2q8R-NhVNSH5iFIEG2tkx0wRZJG1stpLczXo82VTd4wt5lQS0lV8vwAQ1CvrzRZp_-Xeqc0PLK7G2worExgB734PIssCBUDy4sDBicZ4tkl-ghsRu21ruprGkUmZZivVUJxtzPU2AVwrL62BRI-s_ulXpefbjOKeiJf6KuSLK5lGsfPAQWXft2YhuvuZcHG16soiIjL7TkH2BdQL9Pq0g6lFRpi4DIXBm-Oa3ZjgBBsso4L52XHhPAkh9qe1g61tsW4IWLp81Jh16w",
            ),
        ] {
            assert!(!key().verifies(b"message", &b64url_decode(signature).unwrap()), "{what}");
        }
    }

    #[test]
    fn a_signature_is_as_long_as_the_modulus() {
        let good = b64url_decode(GOOD).unwrap();
        for other in [[&[0], &good[..]].concat(), good[1..].to_vec(), [&good[..], &[0]].concat(), Vec::new()]
        {
            assert!(!key().verifies(b"message", &other));
        }
    }

    #[test]
    fn exponents_that_make_no_key() {
        let modulus = b64url_decode(MODULUS).unwrap();
        for exponent in [&[][..], &[0], &[1], &[2], &[1, 0, 0], &[1, 0, 0, 0, 1]] {
            assert_eq!(RsaKey::new(&modulus, exponent), Err(KeyError::Malformed), "{exponent:?}");
        }
        assert!(RsaKey::new(&modulus, &[0, 0, 3]).is_ok());
        assert!(RsaKey::new(&[&[0, 0], &modulus[..]].concat(), &[3]).is_ok());
    }
}
