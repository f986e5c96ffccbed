//! Compresses pages (RFC 1952), except what differs from reader to reader.
//!
//! A page holds secrets, such as form tokens and codes, and texts that strangers chose. If both were compressed
//! together, the length of the response would tell whether they resemble each other (the attack BREACH). So only the
//! parts of a page that are the same for everybody are compressed, once, at the start: the head with the style sheet,
//! the logo and the icons, which are most of its bytes. The other parts of a page stand between them uncompressed.

use axum::http::{HeaderMap, header};
use flate2::{Compress, Compression, Crc, FlushCompress};

use crate::weights::weighted;

/// The maximum length of a line of the header `Accept-Encoding`, in bytes; a longer line is ignored.
const LONGEST: usize = 256;
/// The header of a gzip member (RFC 1952 §2.3): method deflate, no name, no time, unknown operating system.
const MEMBER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// The maximum length of a block that is not compressed, in bytes (RFC 1951 §3.2.4).
const BLOCK: usize = 0xffff;

/// A part of pages that is the same for everybody, as text and in compressed form.
#[derive(Debug)]
pub(super) struct Packed {
    plain: String,
    deflated: Vec<u8>,
}

/// A part of one page.
#[derive(Debug, Clone, Copy)]
pub(super) enum Chunk<'a> {
    /// A part that is the same for everybody.
    Shared(&'a Packed),
    /// A part of this reader's page alone; it is not compressed.
    Own(&'a str),
}

impl Packed {
    /// Compresses the text. The result ends at a byte boundary and does not end the stream, so that blocks can follow.
    pub(super) fn new(plain: String) -> Self {
        // This capacity is enough even for a text that cannot be compressed, so that one call takes all of the text.
        let mut deflated = Vec::with_capacity(plain.len() + plain.len() / 1_024 + 64);
        let mut compress = Compress::new(Compression::best(), false);
        let done = compress.compress_vec(plain.as_bytes(), &mut deflated, FlushCompress::Sync);
        if done.is_err() || u64::try_from(plain.len()) != Ok(compress.total_in()) {
            deflated.clear();
            store(plain.as_bytes(), &mut deflated);
        }
        Self { plain, deflated }
    }
}

impl Chunk<'_> {
    fn plain(&self) -> &str {
        match self {
            Self::Shared(packed) => &packed.plain,
            Self::Own(text) => text,
        }
    }
}

/// Joins the chunks of a page without compression.
pub(super) fn plain(chunks: &[Chunk<'_>]) -> Vec<u8> {
    chunks.iter().map(Chunk::plain).collect::<String>().into_bytes()
}

/// Joins the chunks of a page as one gzip member. Only [`Chunk::Shared`] is compressed.
pub(super) fn gzip(chunks: &[Chunk<'_>]) -> Vec<u8> {
    let mut member = MEMBER.to_vec();
    let mut check = Crc::new();
    for chunk in chunks {
        check.update(chunk.plain().as_bytes());
        match chunk {
            Chunk::Shared(packed) => member.extend(&packed.deflated),
            Chunk::Own(text) => store(text.as_bytes(), &mut member),
        }
    }
    // This is the last block, which is empty.
    member.extend([1, 0, 0, 0xff, 0xff]);
    member.extend(check.sum().to_le_bytes());
    member.extend(check.amount().to_le_bytes());
    member
}

/// Appends the bytes to `to` as blocks that are not compressed.
fn store(bytes: &[u8], to: &mut Vec<u8>) {
    for block in bytes.chunks(BLOCK) {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        to.push(0);
        to.extend(length.to_le_bytes());
        to.extend((!length).to_le_bytes());
        to.extend(block);
    }
}

/// Whether the browser accepts gzip.
pub(super) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    let mut items =
        lines.filter(|line| line.len() <= LONGEST).flat_map(|line| line.split(',')).filter_map(weighted);
    items.any(|(coding, weight)| coding.eq_ignore_ascii_case("gzip") && weight > 0)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use axum::http::HeaderValue;
    use flate2::read::GzDecoder;

    fn unpacked(member: &[u8]) -> String {
        let mut text = String::new();
        GzDecoder::new(member).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_page_survives_its_compression() {
        let shared = Packed::new("a style sheet, ".repeat(100));
        let empty = Packed::new(String::new());
        let long = "x".repeat(200_000);
        for chunks in [
            vec![],
            vec![Chunk::Own("")],
            vec![Chunk::Shared(&empty), Chunk::Own("own")],
            vec![Chunk::Shared(&shared), Chunk::Own("own"), Chunk::Shared(&shared), Chunk::Own(&long)],
        ] {
            assert_eq!(unpacked(&gzip(&chunks)).into_bytes(), plain(&chunks));
        }
    }

    /// The length does not reveal how much one reader's parts resemble each other or the shared ones.
    #[test]
    fn the_length_depends_on_nothing_but_the_lengths_of_the_own_parts() {
        let shared = Packed::new("csrf=secret".repeat(50));
        let length =
            |one: &str, two: &str| gzip(&[Chunk::Shared(&shared), Chunk::Own(one), Chunk::Own(two)]).len();
        assert_eq!(length("csrf=secret", "csrf=secret"), length("csrf=secret", "0123456789a"));
        assert_eq!(length("csrf=secret", "csrf=secret"), length("!)/&%$(?=`*", "0123456789a"));
        let (same, mixed) = ("a".repeat(300), (' '..='~').cycle().take(300).collect::<String>());
        assert_eq!(length(&same, &same), length(&mixed, &same));
        assert!(shared.deflated.len() < 100);
    }

    #[test]
    fn only_browsers_that_accept_it_get_gzip() {
        let accepts = |value: &str| {
            let value = HeaderValue::from_str(value).unwrap();
            accepts_gzip(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, value)]))
        };
        for value in ["gzip", "gzip, deflate, br, zstd", "br;q=1, GZIP;q=0.1"] {
            assert!(accepts(value), "{value}");
        }
        for value in [
            "",
            "br",
            "gzip;q=0",
            "identity",
            "gzip;q=x",
            &["x,"; 200].concat(),
            &format!("gzip,{}", "x".repeat(300)),
        ] {
            assert!(!accepts(value), "{value}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}
