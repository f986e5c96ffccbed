//! Tokens whose signature was verified before.
//!
//! Only what a trusted key signed gets in, so nobody can push others out without valid tokens. An entry
//! says no more than that the signature is valid: times and policy are judged again at every use.

use crate::jose::token::SignatureValid;
use std::collections::VecDeque;

/// Most tokens kept.
const MAX_ENTRIES: usize = 32;
/// Most bytes of token text kept.
const MAX_BYTES: usize = 48 * 1024;
/// Bytes at the end of a token compared before the whole is; tokens of one key begin alike.
const TAIL: usize = 16;

/// A bounded cache; the oldest entry goes first. It holds tokens, so it cannot be printed.
#[derive(Default)]
pub struct TokenCache {
    entries: VecDeque<Entry>,
    bytes: usize,
}

struct Entry {
    tail: [u8; TAIL],
    token: Box<str>,
    proof: SignatureValid,
}

impl TokenCache {
    /// The proof for exactly this token, all of it compared.
    pub fn get(&self, token: &str) -> Option<&SignatureValid> {
        let tail = tail(token)?;
        let found = self.entries.iter().find(|entry| entry.tail == tail && *entry.token == *token)?;
        Some(&found.proof)
    }

    /// Remembers a token. One that could not be told apart quickly is not kept.
    pub fn insert(&mut self, token: &str, proof: SignatureValid) {
        let Some(tail) = tail(token) else { return };
        if token.len() > MAX_BYTES || self.get(token).is_some() {
            return;
        }
        while self.entries.len() >= MAX_ENTRIES || self.bytes + token.len() > MAX_BYTES {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.token.len();
        }
        self.bytes += token.len();
        self.entries.push_back(Entry { tail, token: token.into(), proof });
    }

    /// Forgets everything, for when a key is no longer trusted.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

fn tail(token: &str) -> Option<[u8; TAIL]> {
    token.as_bytes().last_chunk::<TAIL>().copied()
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

    fn token(number: usize) -> String {
        format!("{number:0>40}")
    }

    #[test]
    fn the_whole_token_is_compared() {
        let mut cache = TokenCache::default();
        cache.insert("aaaa-0123456789abcdef", proof());
        assert!(cache.get("aaaa-0123456789abcdef").is_some());
        assert!(cache.get("aaab-0123456789abcdef").is_none());
        assert!(cache.get("0123456789abcdef").is_none());
        assert!(cache.get("short").is_none());
        cache.clear();
        assert!(cache.get("aaaa-0123456789abcdef").is_none());
    }

    #[test]
    fn the_oldest_goes_first_and_memory_is_bounded() {
        let mut cache = TokenCache::default();
        for number in 0..=MAX_ENTRIES {
            cache.insert(&token(number), proof());
        }
        assert!(cache.get(&token(0)).is_none() && cache.get(&token(1)).is_some());
        let big = "x".repeat(MAX_BYTES - 100);
        cache.insert(&big, proof());
        assert!(cache.get(&big).is_some() && cache.entries.len() <= 3);
        assert!(cache.bytes <= MAX_BYTES);
        cache.insert(&"x".repeat(MAX_BYTES + 1), proof());
        assert!(cache.get(&big).is_some());
    }
}
