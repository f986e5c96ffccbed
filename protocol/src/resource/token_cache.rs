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

/// A bounded cache by the whole value of the `Authorization` header, so that a request like one before is
/// recognised without being read at all. The oldest entry goes first. It holds tokens, so it cannot be
/// printed.
#[derive(Default)]
pub struct TokenCache {
    entries: VecDeque<Entry>,
    bytes: usize,
}

struct Entry {
    tail: [u8; TAIL],
    header: Box<[u8]>,
    proof: SignatureValid,
}

impl TokenCache {
    /// Where the proof for exactly this header is, all of it compared.
    pub fn position(&self, header: &[u8]) -> Option<usize> {
        let tail = tail(header)?;
        self.entries.iter().position(|entry| entry.tail == tail && same(&entry.header, header))
    }

    /// The proof at a position.
    pub fn get(&self, position: usize) -> Option<&SignatureValid> {
        Some(&self.entries.get(position)?.proof)
    }

    /// Remembers the proof for the token in a header and says where. One that could not be told apart
    /// quickly, or is too long, is not kept.
    pub fn insert(&mut self, header: &[u8], proof: SignatureValid) -> Option<usize> {
        let tail = tail(header).filter(|_| header.len() <= MAX_BYTES)?;
        while self.entries.len() >= MAX_ENTRIES || self.bytes + header.len() > MAX_BYTES {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.header.len();
        }
        self.bytes += header.len();
        self.entries.push_back(Entry { tail, header: header.into(), proof });
        self.entries.len().checked_sub(1)
    }

    /// Forgets everything, for when a key is no longer trusted.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

fn tail(header: &[u8]) -> Option<[u8; TAIL]> {
    header.last_chunk::<TAIL>().copied()
}

/// Whether both are the same, eight bytes at a time: built for size, the library compares one by one.
fn same(one: &[u8], other: &[u8]) -> bool {
    let (ones, one_rest) = one.as_chunks::<8>();
    let (others, other_rest) = other.as_chunks::<8>();
    let equal = |(one, other): (&[u8; 8], &[u8; 8])| u64::from_ne_bytes(*one) == u64::from_ne_bytes(*other);
    one.len() == other.len() && one_rest == other_rest && ones.iter().zip(others).all(equal)
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

    fn token(number: usize) -> Vec<u8> {
        format!("{number:0>40}").into_bytes()
    }

    #[test]
    fn the_whole_token_is_compared() {
        let mut cache = TokenCache::default();
        assert_eq!(cache.insert(b"aaaa-0123456789abcdef", proof()), Some(0));
        assert_eq!(cache.position(b"aaaa-0123456789abcdef"), Some(0));
        for other in
            [&b"aaab-0123456789abcdef"[..], b"aaaa_0123456789abcdef", b"0123456789abcdef", b"short", b""]
        {
            assert_eq!(cache.position(other), None);
        }
        assert_eq!(cache.insert(b"short", proof()), None);
        cache.clear();
        assert_eq!(cache.position(b"aaaa-0123456789abcdef"), None);
    }

    #[test]
    fn the_oldest_goes_first_and_memory_is_bounded() {
        let mut cache = TokenCache::default();
        for number in 0..=MAX_ENTRIES {
            assert_eq!(cache.insert(&token(number), proof()), Some(number.min(MAX_ENTRIES - 1)));
        }
        assert_eq!((cache.position(&token(0)), cache.position(&token(1))), (None, Some(0)));
        let big = vec![b'x'; MAX_BYTES - 100];
        let position = cache.insert(&big, proof());
        assert!(position.is_some() && cache.entries.len() <= 3);
        assert!(cache.bytes <= MAX_BYTES);
        assert_eq!(cache.insert(&vec![b'x'; MAX_BYTES + 1], proof()), None);
        assert_eq!(cache.position(&big), position);
    }
}
