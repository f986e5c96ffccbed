//! Keys, key certificates and signed tokens (RFC 7515, 7517, 7519, 7638, 8037, 9068).

pub mod anchor;
pub mod jws;
pub mod key;
pub mod key_certificate;
pub mod own;
pub mod token;
