//! QR codes as paths of an SVG image, which is part of the page: the content security policy allows no other image.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// The light margin around a code, in modules (ISO/IEC 18004).
const MARGIN: usize = 4;

/// A QR code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qr {
    /// Width and height with the margin, in modules.
    pub side: usize,
    /// The dark modules, as a path whose line is as wide as a module.
    pub path: String,
}

impl Qr {
    /// The code of this text; `None` if the text is too long.
    pub(super) fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
        let (width, modules) = (code.width(), code.to_colors());
        let mut path = String::new();
        for (y, row) in modules.chunks(width).enumerate() {
            let mut x = 0;
            while let Some(module) = row.get(x) {
                let same = row.iter().skip(x).take_while(|other| *other == module).count();
                if *module == Color::Dark {
                    let _ = write!(path, "M{} {}.5h{same}", x + MARGIN, y + MARGIN);
                }
                x += same;
            }
        }
        Some(Self { side: width + 2 * MARGIN, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws the path again and compares it with the modules of the library.
    #[test]
    fn the_path_is_the_code() {
        let text =
            "otpauth://totp/Company%20wiki:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Company%20wiki";
        let qr = Qr::of(text).unwrap();
        let code = QrCode::with_error_correction_level(text, EcLevel::L).unwrap();
        let mut drawn = vec![vec![false; qr.side]; qr.side];
        for line in qr.path.split('M').skip(1) {
            let (x, rest) = line.split_once(' ').unwrap();
            let (y, length) = rest.split_once(".5h").unwrap();
            let [x, y, length] = [x, y, length].map(|number| number.parse::<usize>().unwrap());
            drawn[y][x..x + length].fill(true);
        }
        let dark = |x: usize, y: usize| {
            let inside = |at: usize| (MARGIN..qr.side - MARGIN).contains(&at);
            inside(x) && inside(y) && code[(x - MARGIN, y - MARGIN)] == Color::Dark
        };
        for (y, row) in drawn.iter().enumerate() {
            for (x, drawn) in row.iter().enumerate() {
                assert_eq!(*drawn, dark(x, y), "{x} {y}");
            }
        }
        assert!(qr.path.len() < 8_000, "{}", qr.path.len());
        assert_eq!(Qr::of(&"x".repeat(5_000)), None);
    }
}
