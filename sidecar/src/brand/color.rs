//! Colours, and how readable one colour is on another.

use std::fmt;

/// A colour of the sRGB space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color([u8; 3]);

/// The minimum contrast of text, by WCAG 2.2, level AA (success criterion 1.4.3).
pub(crate) const READABLE: f64 = 4.5;

const BLACK: Color = Color([0; 3]);
const WHITE: Color = Color([255; 3]);

impl Color {
    /// Parses `#rrggbb`; `None` if the text has another form.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        let channel = |at: usize| {
            let pair = digits.get(at..at + 2).filter(|pair| pair.bytes().all(|b| b.is_ascii_hexdigit()))?;
            u8::from_str_radix(pair, 16).ok()
        };
        Some(Self([channel(0)?, channel(2)?, channel(4)?]))
    }

    /// Mixes just enough black into the colour to make it readable on each of these light backgrounds. White text is
    /// then readable on the result, too.
    pub(crate) fn readable_on_light(self, papers: &[Self]) -> Self {
        self.towards(BLACK, papers)
    }

    /// Mixes just enough white into the colour to make it readable on each of these dark backgrounds. Text in darker
    /// colours is then readable on the result, too.
    pub(crate) fn readable_on_dark(self, papers: &[Self]) -> Self {
        self.towards(WHITE, papers)
    }

    /// Mixes just enough of `end` into the colour to make it readable on each background of `papers`.
    fn towards(self, end: Self, papers: &[Self]) -> Self {
        let is_readable = |color: &Self| papers.iter().all(|paper| color.contrast(*paper) >= READABLE);
        (0..=255).map(|share| self.mixed(end, share)).find(is_readable).unwrap_or(end)
    }

    /// Mixes this colour with the other one, to which `share` / 255 of the result belong.
    fn mixed(self, other: Self, share: u8) -> Self {
        let mut mixed = self.0;
        for (own, other) in mixed.iter_mut().zip(other.0) {
            let (own_part, other_part) =
                (u32::from(*own) * u32::from(255 - share), u32::from(other) * u32::from(share));
            *own = u8::try_from((own_part + other_part) / 255).unwrap_or(u8::MAX);
        }
        Self(mixed)
    }

    /// Returns the contrast ratio of the two colours, from 1 to 21 (WCAG 2.2, "contrast ratio").
    pub(crate) fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// Returns the relative luminance, from 0 to 1 (WCAG 2.2, "relative luminance").
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn colours_are_written_as_in_style_sheets() {
        assert_eq!(Color::parse("#1F5fd1").unwrap().to_string(), "#1f5fd1");
        for wrong in ["", "1f5fd1", "#fff", "#1f5fd", "#1f5fd1a", "#gggggg", "#+1+2+3", "red", "#1f5fdé"] {
            assert_eq!(Color::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        let contrast = |one: &str, two: &str| {
            let ratio = Color::parse(one).unwrap().contrast(Color::parse(two).unwrap());
            (ratio * 100.0).round() / 100.0
        };
        assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 0.001);
        assert!((contrast("#777777", "#ffffff") - 4.48).abs() < 0.001);
        assert!((contrast("#0000ff", "#ffffff") - 8.59).abs() < 0.001);
        assert!((contrast("#123456", "#123456") - 1.0).abs() < 0.001);
    }

    #[test]
    fn a_readable_colour_stays_as_it_is() {
        let blue = Color::parse("#1f5fd1").unwrap();
        assert_eq!(blue.readable_on_light(&[WHITE]), blue);
        let light = Color::parse("#7fabff").unwrap();
        assert_eq!(light.readable_on_dark(&[BLACK]), light);
    }

    proptest! {
        #[test]
        fn every_colour_becomes_readable(channels: [u8; 3], light in 200_u8.., dark in ..45_u8) {
            let color = Color(channels);
            let (light, dark) = (Color([light; 3]), Color([dark; 3]));
            prop_assert!(color.readable_on_light(&[WHITE, light]).contrast(light) >= READABLE);
            prop_assert!(color.readable_on_light(&[WHITE, light]).contrast(WHITE) >= READABLE);
            prop_assert!(color.readable_on_dark(&[dark]).contrast(dark) >= READABLE);
        }
    }
}
