//! Keys, key certificates and signed tokens (RFC 7515, 7517, 7519, 7638, 8037, 9068).

pub mod anchor;
pub mod hot_key;
pub mod jws;
pub mod key;
pub mod key_certificate;
mod modulus;
pub mod rsa_key;
pub mod token;
