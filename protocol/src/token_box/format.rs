//! Writes and reads the plaintext of the encrypted claim `mcpb_box`.

use super::contents::BoxContents;
use crate::encoding::{b64url_decode, b64url_encode};
use crate::settings::BoxItem;
use zeroize::Zeroizing;

/// The code of an upstream token whose parts are base64url. These parts are written as the bytes that they encode.
/// Large tokens of providers are JWTs, which become a quarter smaller.
const PACKED_TOKEN: u8 = 7;

const fn code(item: BoxItem) -> u8 {
    match item {
        BoxItem::Email => 1,
        BoxItem::Name => 2,
        BoxItem::Username => 3,
        BoxItem::Groups => 4,
        BoxItem::ClientName => 5,
        BoxItem::UpstreamToken => 6,
    }
}

const fn item(code: u8) -> Option<BoxItem> {
    Some(match code {
        1 => BoxItem::Email,
        2 => BoxItem::Name,
        3 => BoxItem::Username,
        4 => BoxItem::Groups,
        5 => BoxItem::ClientName,
        6 => BoxItem::UpstreamToken,
        _ => return None,
    })
}

/// Writes the contents as plaintext.
pub(super) fn encode(contents: &BoxContents) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::new());
    for (item, text) in contents.entries() {
        if let Some(bytes) = packed(text).filter(|_| item == BoxItem::UpstreamToken) {
            out.push(PACKED_TOKEN);
            put(&mut out, &bytes);
        } else {
            out.push(code(item));
            put(&mut out, text.as_bytes());
        }
    }
    out
}

/// Reads the plaintext that [`encode`] writes. `None` if a code is unknown, a length does not fit or a text is not
/// UTF-8.
pub(super) fn decode(mut plain: &[u8]) -> Option<BoxContents> {
    let mut contents = BoxContents::new();
    while let Some((code, rest)) = plain.split_first() {
        plain = rest;
        let bytes = take(&mut plain)?;
        if *code == PACKED_TOKEN {
            contents.insert(BoxItem::UpstreamToken, &unpacked(bytes)?);
        } else {
            contents.insert(item(*code)?, core::str::from_utf8(bytes).ok()?);
        }
    }
    Some(contents)
}

/// Writes the length and the bytes.
fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut length = bytes.len();
    while length >= 0x80 {
        out.push(0x80 | u8::try_from(length & 0x7f).unwrap_or_default());
        length >>= 7;
    }
    out.push(u8::try_from(length).unwrap_or_default());
    out.extend_from_slice(bytes);
}

/// Reads a length, which takes at most three bytes, and then as many bytes as it says. `None` if the length is longer,
/// or if the bytes are missing.
fn take<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let mut length = 0;
    for shift in [0, 7, 14] {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let (bytes, rest) = from.split_at_checked(length)?;
            *from = rest;
            return Some(bytes);
        }
    }
    None
}

/// Writes each part of a token (between dots) as its length and the bytes that its base64url encodes. `None` if a part
/// is not base64url, or if the result is not shorter than the token.
fn packed(token: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut out = Zeroizing::new(Vec::new());
    for part in token.split('.') {
        put(&mut out, &Zeroizing::new(b64url_decode(part).ok()?));
    }
    (out.len() < token.len()).then_some(out)
}

fn unpacked(mut bytes: &[u8]) -> Option<Zeroizing<String>> {
    let mut token = Zeroizing::new(b64url_encode(take(&mut bytes)?));
    while !bytes.is_empty() {
        token.push('.');
        token.push_str(&b64url_encode(take(&mut bytes)?));
    }
    Some(token)
}
