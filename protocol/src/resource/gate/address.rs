//! Finds the client's address.

use super::response::Response;
use crate::resource::request::RequestView;
use std::net::IpAddr;

/// Returns the client's address. If `depth` is not 0, that is the address in the `depth`-th entry of `X-Forwarded-For`
/// from the right. If `depth` is 0, or if that entry is missing or not an address, it is the peer's address; `None` if
/// the peer's cannot be parsed.
pub(super) fn client_address(depth: usize, view: &mut dyn RequestView) -> Result<Option<IpAddr>, Response> {
    if let Some(skip) = depth.checked_sub(1) {
        let values = view.header("x-forwarded-for")?.values()?;
        let mut entries = values.iter().rev().flat_map(|value| value.rsplit(|b| *b == b','));
        if let Some(address) = entries.nth(skip).and_then(parse_address) {
            return Ok(Some(address));
        }
    }
    Ok(parse_address(view.peer()?))
}

/// Reads an address with or without port. An IPv6 address may be in brackets. The port is ignored.
fn parse_address(text: &[u8]) -> Option<IpAddr> {
    let text = core::str::from_utf8(text).ok()?.trim();
    let in_brackets = text.strip_prefix('[').and_then(|rest| rest.split(']').next());
    let before_port = text.split_once(':').filter(|(_, port)| !port.contains(':'));
    in_brackets.or_else(|| Some(before_port?.0)).unwrap_or(text).parse().ok()
}
