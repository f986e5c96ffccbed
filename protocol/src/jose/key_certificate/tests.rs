//! Tests which texts are accepted as certificates.

use super::*;
use crate::jose::anchor::TrustAnchor;
use crate::jose::jws::sign;
use curve25519_dalek::constants::EIGHT_TORSION;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

const NBF: UnixTime = UnixTime::new(1_800_000_000);
const UNTIL: UnixTime = UnixTime::new(1_802_678_400);
const MALFORMED: Result<VerifiedKeyCertificate, KeyCertificateError> = Err(KeyCertificateError::Malformed);
const SIGNATURE: Result<VerifiedKeyCertificate, KeyCertificateError> = Err(KeyCertificateError::Signature);
const CONTENT: Result<VerifiedKeyCertificate, KeyCertificateError> = Err(KeyCertificateError::Content);

fn signing_key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32])
}

fn anchors(bytes: &[u8]) -> TrustAnchors {
    TrustAnchors::new(bytes.iter().map(|byte| TrustAnchor::from(&signing_key(*byte))).collect())
}

fn certificate() -> KeyCertificate {
    KeyCertificate::new(&signing_key(9).verifying_key(), NBF, UNTIL, 3_600)
}

/// Verifies a certificate under anchor 1.
fn check(text: &str) -> Result<VerifiedKeyCertificate, KeyCertificateError> {
    verify(&anchors(&[1]), text)
}

/// Any record with anchor 1's signature over `domain` and the record.
fn signed(domain: &[u8], record: &[u8]) -> String {
    let signature = signing_key(1).sign(&[domain, record].concat()).to_bytes();
    b64url_encode(&[record, &signature].concat())
}

#[test]
fn any_configured_anchor_vouches_and_no_other() {
    let text = issue(&signing_key(1), &certificate());
    let verified = verify(&anchors(&[2, 1]), &text).unwrap();
    assert_eq!(verified.key(), &signing_key(9).verifying_key());
    assert_eq!(verified.thumbprint(), certificate().thumbprint());
    assert_eq!(
        verified.window(),
        SigningWindow { nbf: NBF, sign_until: UNTIL, exp: UnixTime::new(1_802_682_060) }
    );
    assert_eq!(verify(&anchors(&[2, 9]), &text), SIGNATURE);
    assert_eq!(verify(&anchors(&[]), &text), SIGNATURE);
}

/// Checks the format byte by byte.
#[test]
fn the_record_is_purpose_key_and_three_times() {
    let text = issue(&signing_key(1), &certificate());
    assert_eq!((text.len(), LENGTH), (146, 146));
    let bytes = b64url_decode(&text).unwrap();
    let expected = [
        &[1][..],
        signing_key(9).verifying_key().as_bytes(),
        &[0x6b, 0x49, 0xd2, 0x00],
        &[0x6b, 0x72, 0xb0, 0x80],
        &[0x6b, 0x72, 0xbe, 0xcc],
    ]
    .concat();
    assert_eq!(bytes.get(..45), Some(&expected[..]));
    assert_eq!(text, signed(b"mcpbouncer key certificate v1\0", &expected));
    let personal = issue(&signing_key(1), &certificate().for_purpose(KeyPurpose::PersonalTokens));
    assert_eq!(personal, signed(DOMAIN, &[&[2], &expected[1..]].concat()));
}

#[test]
fn every_flipped_bit_is_noticed() {
    let bytes = b64url_decode(&issue(&signing_key(1), &certificate())).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(check(&b64url_encode(&flipped)), SIGNATURE, "bit {bit}");
    }
}

#[test]
fn certificates_of_another_length_are_refused() {
    let text = issue(&signing_key(1), &certificate());
    for end in 0..text.len() {
        assert_eq!(check(&text[..end]), MALFORMED, "cut to {end}");
        assert_eq!(check(&text[end + 1..]), MALFORMED, "without the first {}", end + 1);
    }
    for more in ["A", "=", "==", "\n", " ", "AA", ".", &text] {
        assert_eq!(check(&[&text, more].concat()), MALFORMED, "{more:?} after it");
        assert_eq!(check(&[more, &text].concat()), MALFORMED, "{more:?} before it");
    }
    // Such certificates are refused even if the anchor signed them.
    let record = certificate().record();
    for record in [[&record[..], &[0]].concat(), record[..44].to_vec(), vec![]] {
        assert_eq!(check(&signed(DOMAIN, &record)), MALFORMED, "{} bytes", record.len());
    }
}

#[test]
fn there_is_one_text_for_a_certificate() {
    let text = issue(&signing_key(1), &certificate());
    let (start, last) = text.split_at(text.len() - 1);
    for byte in 0..=127_u8 {
        let other = char::from(byte).to_string();
        let result = check(&[start, &other].concat());
        assert_eq!(result.is_ok(), other == last, "{other:?} in place of {last:?}");
    }
    // The same bytes in the standard alphabet of base64 (RFC 4648 §4).
    let other = text.replace('-', "+").replace('_', "/");
    assert_ne!(other, text, "the example holds a letter in which the alphabets differ");
    assert_eq!(check(&other), MALFORMED);
}

#[test]
fn parts_of_two_certificates_are_refused() {
    let other = KeyCertificate::new(&signing_key(8).verifying_key(), NBF, UNTIL, 3_600);
    let bytes = |certificate| b64url_decode(&issue(&signing_key(1), certificate)).unwrap();
    let (one, two) = (bytes(&certificate()), bytes(&other));
    assert_eq!(check(&b64url_encode(&[&one[..45], &two[45..]].concat())), SIGNATURE);
    assert_eq!(check(&b64url_encode(&[&two[..45], &one[45..]].concat())), SIGNATURE);
}

#[test]
fn signed_certificates_with_invalid_content_are_refused() {
    let with = |at: usize, bytes: &[u8]| {
        let mut record = certificate().record();
        record[at..at + bytes.len()].copy_from_slice(bytes);
        check(&signed(DOMAIN, &record))
    };
    let time = |time: UnixTime| u32::try_from(time.as_secs()).unwrap().to_be_bytes();
    assert!(with(0, &[1]).is_ok());
    for purpose in [0, 3, 255] {
        assert_eq!(with(0, &[purpose]), CONTENT, "purpose {purpose}");
    }
    // nbf, sign_until and exp may be equal, but must be in this order.
    assert!(with(33, &time(UNTIL)).is_ok());
    assert_eq!(with(33, &time(UNTIL.plus(1))), CONTENT);
    assert!(with(41, &time(UNTIL)).is_ok());
    assert_eq!(with(41, &time(UNTIL.minus(1))), CONTENT);
    assert_eq!(with(33, &[0xff; 4]), CONTENT);
}

#[test]
fn unusable_keys_are_refused_although_signed() {
    let with_key = |key: &[u8]| {
        let mut record = certificate().record();
        record[1..33].copy_from_slice(key);
        check(&signed(DOMAIN, &record))
    };
    assert!(with_key(signing_key(7).verifying_key().as_bytes()).is_ok());
    for point in EIGHT_TORSION {
        assert_eq!(with_key(point.compress().as_bytes()), CONTENT, "a key of small order");
    }
    let no_point = [&[2][..], &[0; 31]].concat();
    assert_eq!(with_key(&no_point), CONTENT, "no point of the curve");
}

/// A signature of the anchor over another message makes no certificate.
#[test]
fn other_messages_of_the_anchor_are_refused() {
    let record = certificate().record();
    assert!(check(&signed(DOMAIN, &record)).is_ok());
    for domain in [&b""[..], b"mcpbouncer key certificate v1", b"mcpbouncer key certificate v2\0"] {
        assert_eq!(check(&signed(domain, &record)), SIGNATURE, "{domain:?}");
    }
    let token = sign(&signing_key(1), "at+jwt", "kid", "kcert", &"claims");
    assert_eq!(check(&token), MALFORMED);
    let (_, signature) = token.rsplit_once('.').unwrap();
    let signature = b64url_decode(signature).unwrap();
    assert_eq!(check(&b64url_encode(&[&record[..], &signature].concat())), SIGNATURE);
}

#[test]
fn times_beyond_the_last_become_the_last() {
    let last = UnixTime::new(u32::MAX.into());
    for nbf in [NBF, last, UnixTime::new(u64::MAX)] {
        let certificate = KeyCertificate::new(&signing_key(9).verifying_key(), nbf, last.plus(1), 3_600);
        let window = check(&issue(&signing_key(1), &certificate)).unwrap().window();
        assert_eq!(window, SigningWindow { nbf: nbf.min(last), sign_until: last, exp: last });
    }
}

proptest! {
    #![proptest_config(Config {
        cases: 64, failure_persistence: None, rng_seed: RngSeed::Fixed(0x4d43_5042), ..Config::default()
    })]

    #[test]
    fn what_is_issued_is_read_back(seed: [u8; 32], mut times: [u32; 3]) {
        times.sort_unstable();
        let [nbf, sign_until, exp] = times.map(|secs| UnixTime::new(secs.into()));
        let key = SigningKey::from_bytes(&seed).verifying_key();
        let purpose = if seed[0] < 128 { KeyPurpose::AccessTokens } else { KeyPurpose::PersonalTokens };
        let certificate = KeyCertificate { key, purpose, window: SigningWindow { nbf, sign_until, exp } };
        let verified = check(&issue(&signing_key(1), &certificate)).unwrap();
        prop_assert_eq!((verified.key(), verified.window()), (&key, certificate.window));
        prop_assert_eq!(verified.purpose(), purpose);
        prop_assert_eq!(verified.thumbprint(), certificate.thumbprint());
    }

    /// Whatever record the anchor signs: if it is accepted, issuing what was read gives the same text.
    #[test]
    fn what_is_read_is_issued_again(mut record: [u8; 45], sound in 0_usize..4, times: [u32; 3]) {
        // Most arbitrary records fail the first check, so three in four get a known purpose and ordered times.
        if sound > 0 {
            record[0] = 1 + u8::from(sound == 1);
            let mut times = times;
            times.sort_unstable();
            for (bytes, time) in record[33..].chunks_exact_mut(4).zip(times) {
                bytes.copy_from_slice(&time.to_be_bytes());
            }
        }
        let text = signed(DOMAIN, &record);
        if let Ok(verified) = check(&text) {
            prop_assert_eq!(issue(&signing_key(1), &verified.certificate), text);
        }
    }

    /// Domain separation: no signature under a text, a token's among them, makes a record a certificate.
    #[test]
    fn a_signed_text_is_no_certificate(text in ".{0,90}", mut times: [u32; 3]) {
        times.sort_unstable();
        let [nbf, sign_until, exp] = times.map(|secs| UnixTime::new(secs.into()));
        let certificate = KeyCertificate { window: SigningWindow { nbf, sign_until, exp }, ..certificate() };
        let signature = signing_key(1).sign(text.as_bytes()).to_bytes();
        let forged = b64url_encode(&[&certificate.record()[..], &signature].concat());
        prop_assert_eq!(check(&forged), SIGNATURE);
    }
}
