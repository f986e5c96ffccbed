//! Public keys: JSON Web Keys, their thumbprints, and key sets.

use super::own::rsa_key::{RsaKey, RsaKeyError};
use crate::encoding::{b64url_decode, b64url_encode, sha256};
use crate::json::{Json, Object};
use crate::limits::token_format;
use ed25519_dalek::VerifyingKey;

/// Longest key set that is read, in bytes.
const MAX_SET: usize = token_format::KEY_SET.most;
/// The maximum number of keys that are kept of one set.
const MAX_KEYS: usize = token_format::KEYS.most;

/// The member of a JWK by which this server marks a key that signs personal access tokens. [`JwkSet::parse`] leaves
/// such keys out.
pub const PERSONAL: &str = "mcpb_personal";

/// Why a key is not used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyError {
    /// A member is missing, or not what this kind of key needs.
    #[error("the key is malformed")]
    Malformed,
    /// The key is an Ed25519 key of small order, for which anyone can make signatures.
    #[error("the Ed25519 key is weak")]
    Weak,
    /// The RSA modulus has fewer than 2048 or more than 4096 bits.
    #[error("the RSA key has fewer than 2048 or more than 4096 bits")]
    RsaSize,
}

/// A public Ed25519 key as JWK (RFC 8037 §2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ed25519PublicJwk {
    /// Always `OKP`.
    pub kty: String,
    /// Always `Ed25519`.
    pub crv: String,
    /// The 32 public bytes in base64url.
    pub x: String,
}

impl Ed25519PublicJwk {
    /// The public key as JWK.
    pub fn from_key(key: &VerifyingKey) -> Self {
        Self { kty: "OKP".to_owned(), crv: "Ed25519".to_owned(), x: b64url_encode(key.as_bytes()) }
    }

    /// The key, if the JWK is valid.
    pub fn to_key(&self) -> Result<VerifyingKey, KeyError> {
        if self.kty != "OKP" || self.crv != "Ed25519" {
            return Err(KeyError::Malformed);
        }
        ed25519_key(&b64url_decode(&self.x).map_err(|_| KeyError::Malformed)?)
    }

    /// The RFC 7638 thumbprint: base64url of SHA-256 over the required members in alphabetical order.
    pub fn thumbprint(&self) -> String {
        let json = [r#"{"crv":""#, &self.crv, r#"","kty":""#, &self.kty, r#"","x":""#, &self.x, r#""}"#];
        b64url_encode(&sha256(json.concat().as_bytes()))
    }
}

/// The RFC 7638 thumbprint of an RSA public key, from its base64url members.
pub fn rsa_thumbprint(n: &str, e: &str) -> String {
    let json = [r#"{"e":""#, e, r#"","kty":"RSA","n":""#, n, r#""}"#];
    b64url_encode(&sha256(json.concat().as_bytes()))
}

/// A key that verifies signatures of its one algorithm.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum VerifyKey {
    /// A key that verifies `EdDSA` (RFC 8037).
    Ed25519(VerifyingKey),
    /// A key that verifies `RS256` (RFC 7518 §3.3).
    Rsa(RsaKey),
}

/// Why a key set is not used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JwkSetError {
    /// The text is not a JSON object with an array `keys` of objects, or has more than 256 KiB.
    #[error("not a JSON Web Key Set")]
    Malformed,
    /// No key of the set can verify a token.
    #[error("the key set holds no usable Ed25519 or RSA signing key")]
    NoUsableKey,
}

/// The usable signing keys of a JSON Web Key Set (RFC 7517 §5).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JwkSet {
    keys: Vec<(String, VerifyKey)>,
    refused: Vec<KeyError>,
}

impl JwkSet {
    /// Reads a set. Keys of other kinds or for other uses are skipped. Weak and malformed keys are left out, and
    /// [`JwkSet::refused`] lists the reasons.
    pub fn parse(json: &[u8]) -> Result<Self, JwkSetError> {
        if json.len() > MAX_SET {
            return Err(JwkSetError::Malformed);
        }
        let object = Object::parse(json).map_err(|_| JwkSetError::Malformed)?;
        let Some(Json::List(keys)) = object.get("keys") else { return Err(JwkSetError::Malformed) };
        let mut set = Self { keys: Vec::new(), refused: Vec::new() };
        for key in keys {
            let Json::Object(key) = key else { return Err(JwkSetError::Malformed) };
            match read_key(key) {
                Ok(Some(entry)) if set.keys.len() < MAX_KEYS => set.keys.push(entry),
                Ok(_) => {}
                Err(error) => set.refused.push(error),
            }
        }
        if set.keys.is_empty() { Err(JwkSetError::NoUsableKey) } else { Ok(set) }
    }

    /// The keys with this id. Mostly that is one key, but keys of different kinds may share an id (RFC 7517 §4.5). The
    /// id of a key without `kid` is its thumbprint.
    pub fn with_id(&self, kid: &str) -> impl Iterator<Item = &VerifyKey> {
        self.keys.iter().filter(move |(known, _)| known == kid).map(|(_, key)| key)
    }

    /// The key, if the set has exactly one key. Then a token need not name the key.
    pub fn only(&self) -> Option<&VerifyKey> {
        match self.keys.as_slice() {
            [(_, key)] => Some(key),
            _ => None,
        }
    }

    /// Why keys of the set were left out.
    pub fn refused(&self) -> &[KeyError] {
        &self.refused
    }
}

/// Reads a key and its id. `None` for a key of another kind, for another algorithm or for another use.
fn read_key(jwk: &Object<'_>) -> Result<Option<(String, VerifyKey)>, KeyError> {
    let text = |name| jwk.text(name).map_err(|_| KeyError::Malformed);
    // A key for this server's personal access tokens is trusted only with its certificate, which restricts what the key
    // may sign.
    let other_use = text("use")?.is_some_and(|usage| usage != "sig") || jwk.get(PERSONAL).is_some();
    let ops = jwk.texts("key_ops").map_err(|_| KeyError::Malformed)?;
    if other_use || (jwk.get("key_ops").is_some() && !ops.contains(&"verify")) {
        return Ok(None);
    }
    let alg = text("alg")?;
    let for_alg = |known: &str| alg.is_none_or(|given| given == known);
    let kid = text("kid")?.map(str::to_owned);
    match text("kty")?.ok_or(KeyError::Malformed)? {
        "OKP" if text("crv")? == Some("Ed25519") && (for_alg("EdDSA") || for_alg("Ed25519")) => {
            let x = text("x")?.ok_or(KeyError::Malformed)?.to_owned();
            let jwk = Ed25519PublicJwk { kty: "OKP".to_owned(), crv: "Ed25519".to_owned(), x };
            let key = jwk.to_key()?;
            Ok(Some((kid.unwrap_or_else(|| jwk.thumbprint()), VerifyKey::Ed25519(key))))
        }
        "RSA" if for_alg("RS256") => {
            let (n, e) = text("n")?.zip(text("e")?).ok_or(KeyError::Malformed)?;
            let key = rsa_key(n, e)?;
            Ok(Some((kid.unwrap_or_else(|| rsa_thumbprint(n, e)), VerifyKey::Rsa(key))))
        }
        _ => Ok(None),
    }
}

/// Reads a public key from its 32 bytes. Refuses weak keys, for which anyone can make signatures.
pub(super) fn ed25519_key(bytes: &[u8]) -> Result<VerifyingKey, KeyError> {
    let bytes = <&[u8; 32]>::try_from(bytes).map_err(|_| KeyError::Malformed)?;
    let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::Malformed)?;
    if key.is_weak() { Err(KeyError::Weak) } else { Ok(key) }
}

fn rsa_key(n: &str, e: &str) -> Result<RsaKey, KeyError> {
    let decoded = |text| b64url_decode(text).map_err(|_| KeyError::Malformed);
    RsaKey::new(&decoded(n)?, &decoded(e)?).map_err(|error| match error {
        RsaKeyError::Malformed => KeyError::Malformed,
        RsaKeyError::Size => KeyError::RsaSize,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;

    fn set(keys: &str) -> Result<JwkSet, JwkSetError> {
        JwkSet::parse(format!(r#"{{"keys":[{keys}]}}"#).as_bytes())
    }

    fn ed25519(extra: &str) -> String {
        let jwk = Ed25519PublicJwk::from_key(&SigningKey::from_bytes(&[1; 32]).verifying_key());
        format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"{extra}}}"#, jwk.x)
    }

    fn rsa(bits: usize) -> String {
        let modulus = [vec![0xff_u8; bits / 8 - 1], vec![1]].concat();
        format!(r#"{{"kty":"RSA","n":"{}","e":"AQAB","kid":"r"}}"#, b64url_encode(&modulus))
    }

    #[test]
    fn keys_are_found_by_id_or_thumbprint() {
        let jwk = Ed25519PublicJwk::from_key(&SigningKey::from_bytes(&[1; 32]).verifying_key());
        let anonymous = set(&ed25519("")).unwrap();
        assert_eq!(
            anonymous.with_id(&jwk.thumbprint()).next(),
            Some(&VerifyKey::Ed25519(jwk.to_key().unwrap()))
        );
        assert!(anonymous.only().is_some() && anonymous.with_id("a").next().is_none());
        let named = set(&[ed25519(r#","kid":"a","use":"sig","alg":"EdDSA""#), rsa(2048)].join(",")).unwrap();
        assert!(matches!(named.with_id("a").next(), Some(VerifyKey::Ed25519(_))));
        assert!(matches!(named.with_id("r").next(), Some(VerifyKey::Rsa(_))));
        assert!(named.only().is_none());
    }

    #[test]
    fn other_kinds_and_uses_are_skipped() {
        for skipped in [
            r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#.to_owned(),
            r#"{"kty":"oct","k":"AA"}"#.to_owned(),
            ed25519(r#","use":"enc""#),
            ed25519(r#","alg":"RS256""#),
            ed25519(r#","key_ops":["sign"]"#),
            ed25519(r#","mcpb_personal":true"#),
            rsa(2048).replace("\"AQAB\"", "\"AQAB\",\"alg\":\"PS256\""),
        ] {
            assert_eq!(set(&skipped), Err(JwkSetError::NoUsableKey), "{skipped}");
        }
    }

    #[test]
    fn weak_and_malformed_keys_are_left_out_and_others_used() {
        let weak = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, b64url_encode(&[0; 32]));
        let short = r#"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#.to_owned();
        let refused = set(&[weak, short, rsa(1024), rsa(8192), ed25519("")].join(",")).unwrap();
        assert_eq!(
            refused.refused(),
            [KeyError::Weak, KeyError::Malformed, KeyError::RsaSize, KeyError::RsaSize]
        );
        assert!(refused.only().is_some());
    }

    #[test]
    fn malformed_key_sets_are_refused() {
        for bad in ["", "{}", r#"{"keys":{}}"#, r#"{"keys":[1]}"#, r#"{"keys":[],"keys":[]}"#] {
            assert_eq!(JwkSet::parse(bad.as_bytes()), Err(JwkSetError::Malformed), "{bad}");
        }
        assert_eq!(set(""), Err(JwkSetError::NoUsableKey));
    }
}
