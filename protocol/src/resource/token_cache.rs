//! Tokens whose signature was verified before.
//!
//! Only what a trusted key signed gets in, so nobody can push others out without valid tokens. An entry
//! says no more than that the signature is valid: times and policy are judged again at every use.

use super::gate::HeaderList;
use crate::jose::token::SignatureValid;
use std::collections::VecDeque;

/// Most tokens kept.
const MAX_ENTRIES: usize = 32;
/// Most bytes of token text kept.
const MAX_BYTES: usize = 48 * 1024;

/// A bounded cache by the whole `Authorization` header, so that a request like one before is recognised
/// without being read at all. The oldest entry goes first. It holds tokens, so it cannot be printed.
#[derive(Default)]
pub struct TokenCache {
    entries: VecDeque<(HeaderList, SignatureValid)>,
    bytes: usize,
}

impl TokenCache {
    /// Where the proof for exactly this header is, all of it compared.
    pub fn position(&self, header: &HeaderList) -> Option<usize> {
        self.entries.iter().position(|(known, _)| known.same_as(header))
    }

    /// The proof at a position.
    pub fn get(&self, position: usize) -> Option<&SignatureValid> {
        self.entries.get(position).map(|(_, proof)| proof)
    }

    /// Remembers the proof for the token in a header and says where. One that is too long is not kept.
    pub fn insert(&mut self, header: HeaderList, proof: SignatureValid) -> Option<usize> {
        let size = header.size();
        if size > MAX_BYTES {
            return None;
        }
        while self.entries.len() >= MAX_ENTRIES || self.bytes + size > MAX_BYTES {
            let Some((oldest, _)) = self.entries.pop_front() else { break };
            self.bytes -= oldest.size();
        }
        self.bytes += size;
        self.entries.push_back((header, proof));
        self.entries.len().checked_sub(1)
    }

    /// Forgets everything, for when a key is no longer trusted.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::key::{Ed25519PublicJwk, JwkSet};
    use crate::jose::token::UnverifiedToken;
    use ed25519_dalek::{Signer as _, SigningKey};

    fn proof() -> SignatureValid {
        let key = SigningKey::from_bytes(&[1; 32]);
        let x = Ed25519PublicJwk::from_key(&key.verifying_key()).x;
        let set = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}]}}"#);
        let encode = |text: &str| crate::encoding::b64url_encode(text.as_bytes());
        let message = [encode(r#"{"alg":"EdDSA"}"#), encode("{}")].join(".");
        let signature = crate::encoding::b64url_encode(&key.sign(message.as_bytes()).to_bytes());
        let token = [message, signature].join(".");
        let set = JwkSet::parse(set.as_bytes()).unwrap();
        UnverifiedToken::parse(&token).unwrap().verify_listed(&set).unwrap()
    }

    fn header(text: &str) -> HeaderList {
        [text].into_iter().collect()
    }

    fn token(number: usize) -> HeaderList {
        header(&format!("{number:0>40}"))
    }

    #[test]
    fn the_whole_token_is_compared() {
        let mut cache = TokenCache::default();
        assert_eq!(cache.insert(header("aaaa-0123456789abcdef"), proof()), Some(0));
        assert_eq!(cache.position(&header("aaaa-0123456789abcdef")), Some(0));
        for other in ["aaab-0123456789abcdef", "aaaa_0123456789abcdef", "0123456789abcdef", "short", ""] {
            assert_eq!(cache.position(&header(other)), None);
        }
        let twice: HeaderList = ["aaaa-0123456789abcdef"; 2].into_iter().collect();
        assert_eq!((cache.position(&twice), cache.position(&HeaderList::default())), (None, None));
        cache.clear();
        assert_eq!(cache.position(&header("aaaa-0123456789abcdef")), None);
    }

    #[test]
    fn the_oldest_goes_first_and_memory_is_bounded() {
        let mut cache = TokenCache::default();
        for number in 0..=MAX_ENTRIES {
            assert_eq!(cache.insert(token(number), proof()), Some(number.min(MAX_ENTRIES - 1)));
        }
        assert_eq!((cache.position(&token(0)), cache.position(&token(1))), (None, Some(0)));
        let big = header(&"x".repeat(MAX_BYTES - 100));
        let position = cache.insert(big.clone(), proof());
        assert!(position.is_some() && cache.entries.len() <= 3);
        assert!(cache.bytes <= MAX_BYTES);
        assert_eq!(cache.insert(header(&"x".repeat(MAX_BYTES)), proof()), None);
        assert_eq!(cache.position(&big), position);
    }
}
