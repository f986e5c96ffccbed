//! Images from files: the operator's logo, and the icons of servers.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use base64ct::{Base64, Encoding as _};

/// The maximum size of the logo's file, in bytes. Every page contains the logo.
const LARGEST: usize = 8_192;

/// An image that browsers show on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    media_type: &'static str,
    bytes: Vec<u8>,
}

/// Why a file cannot be used as a logo or an icon. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum LogoError {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// The file has more than this number of bytes.
    #[error("it has more than {0} bytes: make the image smaller, or simplify it")]
    TooLarge(usize),
    /// The file is not a PNG, JPEG, WebP or SVG image.
    #[error("it is no PNG, JPEG, WebP or SVG image, whatever its name says")]
    Unknown,
    /// The SVG image does not have its namespace, so browsers would not show it.
    #[error("the SVG image lacks xmlns=\"http://www.w3.org/2000/svg\", so no browser shows it")]
    NoNamespace,
    /// The SVG image has a part that is not allowed, such as a script.
    #[error("the SVG image contains {0}, which a logo does not need: export it as plain SVG")]
    Active(&'static str),
}

impl Logo {
    /// Reads the operator's logo.
    pub fn read(path: &Path) -> Result<Self, LogoError> {
        Self::read_at_most(path, LARGEST)
    }

    /// Reads an image. Fails if the file has more than `largest` bytes.
    pub(super) fn read_at_most(path: &Path, largest: usize) -> Result<Self, LogoError> {
        let mut bytes = Vec::new();
        let most = u64::try_from(largest + 1).unwrap_or(u64::MAX);
        File::open(path)?.take(most).read_to_end(&mut bytes)?;
        if bytes.len() > largest {
            return Err(LogoError::TooLarge(largest));
        }
        Self::of(bytes)
    }

    /// Makes an image of these bytes. Its type follows from the bytes, not from the name of the file.
    fn of(bytes: Vec<u8>) -> Result<Self, LogoError> {
        let media_type = match &*bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => "image/png",
            [0xff, 0xd8, 0xff, ..] => "image/jpeg",
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
            _ => {
                inert_svg(str::from_utf8(&bytes).map_err(|_| LogoError::Unknown)?)?;
                "image/svg+xml"
            }
        };
        Ok(Self { media_type, bytes })
    }

    /// Returns the image as a `data:` URL (RFC 2397).
    pub fn address(&self) -> String {
        ["data:", self.media_type, ";base64,", &Base64::encode_string(&self.bytes)].concat()
    }
}

/// Checks that the text is an SVG image without scripts, embedded HTML, entities and `javascript:` addresses. Browsers
/// run no script of an image and load nothing for it; this check is a second safeguard.
fn inert_svg(text: &str) -> Result<(), LogoError> {
    let text = text.trim_start_matches('\u{feff}').to_ascii_lowercase();
    let root = text.find("<svg").ok_or(LogoError::Unknown)?;
    let before = text.get(..root).unwrap_or_default().trim_start();
    if !(before.is_empty() || before.starts_with("<?xml") || before.starts_with("<!")) {
        return Err(LogoError::Unknown);
    }
    if !text.contains("http://www.w3.org/2000/svg") {
        return Err(LogoError::NoNamespace);
    }
    let active = ["<script", "<foreignobject", "<!entity", "javascript:", "<iframe"];
    match active.into_iter().find(|part| text.contains(part)) {
        Some(part) => Err(LogoError::Active(part)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SVG: &str =
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>"#;

    #[test]
    fn the_bytes_tell_the_type() {
        for (bytes, media_type) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], "image/png"),
            (b"\xff\xd8\xff\xe0....", "image/jpeg"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
            (SVG.as_bytes(), "image/svg+xml"),
            (format!("\u{feff}<?xml version=\"1.0\"?>\n<!-- x -->{SVG}").as_bytes(), "image/svg+xml"),
        ] {
            let logo = Logo::of(bytes.to_vec()).unwrap();
            assert_eq!(logo.media_type, media_type);
            assert_eq!(logo.address(), format!("data:{media_type};base64,{}", Base64::encode_string(bytes)));
        }
    }

    #[test]
    fn other_files_are_refused() {
        for bytes in [
            &b""[..],
            b"GIF89a",
            b"RIFF\0\0\0\0WAVE",
            b"<html><svg xmlns=\"http://www.w3.org/2000/svg\"/></html>",
            b"\x89PNG",
            b"text <svg",
        ] {
            assert!(matches!(Logo::of(bytes.to_vec()), Err(LogoError::Unknown)), "{bytes:?}");
        }
        assert!(matches!(Logo::of(b"<svg viewBox='0 0 1 1'/>".to_vec()), Err(LogoError::NoNamespace)));
        for part in ["<SCRIPT>x</SCRIPT>", "<foreignObject/>", "<a href=\"javascript:x\"/>"] {
            let svg = SVG.replace("<path", &format!("{part}<path"));
            assert!(matches!(Logo::of(svg.into_bytes()), Err(LogoError::Active(_))), "{part}");
        }
    }

    #[test]
    fn a_large_file_is_refused_and_not_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logo");
        let png = [&b"\x89PNG\r\n\x1a\n"[..], &[7; LARGEST - 8]].concat();
        std::fs::write(&path, &png).unwrap();
        assert_eq!(Logo::read(&path).unwrap().bytes.len(), LARGEST);
        std::fs::write(&path, [&png[..], b"x"].concat()).unwrap();
        assert!(matches!(Logo::read(&path), Err(LogoError::TooLarge(LARGEST))));
        assert!(matches!(Logo::read(Path::new("/dev/zero")), Err(LogoError::TooLarge(LARGEST))));
        assert!(matches!(Logo::read(&folder.path().join("none")), Err(LogoError::Unreadable(_))));
    }
}
