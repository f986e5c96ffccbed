//! Sealing and opening a box.

use super::contents::BoxContents;
use super::format::{decode, encode};
use crate::context::{PluginKey, PluginKeys};
use crate::encoding::{b64url_decode, b64url_encode, sha256};
use crate::tenant::TenantId;

/// The version of the box's format.
const VERSION: u8 = 1;
/// The label of the sub-key.
const LABEL: &str = "mcpbouncer token box v1";
/// Length of the nonce in bytes.
const NONCE: usize = 12;

/// The token that a box belongs to. The box does not open in any other token.
#[derive(Clone, Copy, Debug)]
pub struct BoxBinding<'a> {
    /// The token's `iss`.
    pub issuer: &'a str,
    /// The token's `mcpb_tid`.
    pub tid: TenantId,
    /// The token's `jti`.
    pub jti: &'a str,
}

impl BoxBinding<'_> {
    /// `version ‖ tid ‖ iss ‖ 0 ‖ jti`. An issuer holds no zero byte, so two bindings never yield the same bytes.
    fn associated_data(&self) -> Vec<u8> {
        [&[VERSION], &self.tid.as_bytes()[..], self.issuer.as_bytes(), &[0], self.jti.as_bytes()].concat()
    }
}

/// Why a box is not opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BoxError {
    /// The claim is not base64url, its version is unknown, or its plaintext is malformed.
    #[error("mcpb_box is malformed, or of a version that this plugin does not know")]
    Malformed,
    /// No plugin key opens the box: it was sealed under another key or for another token, or was changed.
    #[error("mcpb_box does not open under the plugin key")]
    DoesNotOpen,
}

/// Seals a box for one token. Only a content of more than 64 GiB cannot be sealed; it gives an empty text, which does
/// not open.
pub fn seal(key: &PluginKey, binding: &BoxBinding<'_>, contents: &BoxContents) -> String {
    let bound = binding.associated_data();
    let sealed = key.encrypt(LABEL, &nonce(&bound), &bound, &encode(contents));
    sealed.map(|sealed| b64url_encode(&[&[VERSION], &sealed[..]].concat())).unwrap_or_default()
}

/// Opens the box of a token. The token's signature must have been verified.
pub fn open(keys: &PluginKeys, text: &str, binding: &BoxBinding<'_>) -> Result<BoxContents, BoxError> {
    let bytes = b64url_decode(text).map_err(|_| BoxError::Malformed)?;
    let Some((&VERSION, sealed)) = bytes.split_first() else { return Err(BoxError::Malformed) };
    let bound = binding.associated_data();
    let nonce = nonce(&bound);
    let plain = keys
        .iter()
        .find_map(|key| key.decrypt(LABEL, &nonce, &bound, sealed))
        .ok_or(BoxError::DoesNotOpen)?;
    decode(&plain).ok_or(BoxError::Malformed)
}

fn nonce(bound: &[u8]) -> [u8; NONCE] {
    sha256(bound).first_chunk().copied().unwrap_or_default()
}
