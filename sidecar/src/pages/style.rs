//! How all pages look: the style sheet with the operator's colour, its hash for the content security policy, and the
//! parts of a page that are the same for everybody.

use std::collections::BTreeMap;

use axum::http::HeaderValue;
use base64ct::{Base64, Encoding as _};
use maud::{Markup, PreEscaped, html};
use protocol::encoding::sha256;
use protocol::uri::Base;

use super::packed::Packed;
use crate::brand::{Brand, Color, Logo, file_stem};
use crate::locale::{Locale, Message};

/// The style sheet. It is inline, so that a page is a single response. It supports light and dark mode, and phones as
/// well as desktops.
const CSS: &str = include_str!("style.css");
/// The script that makes or uses a passkey. It is inline as well. It is the same for every reader: an attribute of the
/// page says what to ask the browser for.
const SCRIPT: &str = include_str!("passkey.js");
/// The colours of light mode. The operator's colour replaces the declaration `declared`.
const LIGHT: Scheme =
    Scheme { declared: "--accent:#1f5fd1;--on:#fff", papers: ["#ffffff", "#f3f5f8"], on: "#fff" };
const DARK: Scheme =
    Scheme { declared: "--accent:#7fabff;--on:#0d1729", papers: ["#1b2028", "#12161c"], on: "#0d1729" };

/// A colour scheme of the style sheet.
struct Scheme {
    /// The declaration in the style sheet of the accent, and of the colour of text on it.
    declared: &'static str,
    /// The background colours on which links stand.
    papers: [&'static str; 2],
    /// The colour of text on buttons that have the accent as background.
    on: &'static str,
}

/// How all pages look.
#[derive(Debug)]
pub struct Look {
    /// The content security policies: of pages without an image, and of pages with one. For each, first the policy
    /// without the script, then the policy that allows it.
    policies: [[HeaderValue; 2]; 2],
    /// The beginning of pages in each language, in the order of [`Locale::ALL`].
    starts: [Packed; Locale::ALL.len()],
    /// The operator's logo and name, which stand above each page.
    header: Packed,
    script: Packed,
    has_logo: bool,
    /// The icons of servers, by the stems of their files' names.
    icons: BTreeMap<String, Packed>,
    name: Option<String>,
    links: Vec<(Message, String)>,
}

impl Look {
    /// The look of a server of this brand.
    pub fn of(brand: Brand) -> Self {
        let css = style_sheet(brand.color);
        let header = Packed::new(header(&brand).into_string());
        let links = [
            (Message::Support, brand.links.support),
            (Message::Imprint, brand.links.imprint),
            (Message::Privacy, brand.links.privacy),
        ];
        Self {
            policies: [false, true].map(|image| [false, true].map(|script| policy(&css, image, script))),
            starts: Locale::ALL.map(|locale| Packed::new(start(locale, &css))),
            header,
            script: Packed::new(["<script>", SCRIPT, "</script>"].concat()),
            has_logo: brand.logo.is_some(),
            icons: brand
                .icons
                .iter()
                .map(|(name, icon)| (name.to_owned(), Packed::new(icon_markup(icon))))
                .collect(),
            links: links.into_iter().filter_map(|(name, target)| Some((name, target?))).collect(),
            name: brand.name,
        }
    }

    /// The content security policy of a page (CSP level 3) with this icon, if any, and with or without the script. It
    /// allows no resource except the inline style sheet, the inline script if the page has it, and, if the page has a
    /// logo or an icon, images in `data:` URLs. It forbids framing, and lets forms be sent only to this server.
    pub(super) fn policy(&self, icon: Option<&Packed>, has_script: bool) -> HeaderValue {
        let [without, with] = &self.policies;
        let [plain, scripted] = if self.has_logo || icon.is_some() { with } else { without };
        if has_script { scripted.clone() } else { plain.clone() }
    }

    /// The script, as markup.
    pub(super) const fn script(&self) -> &Packed {
        &self.script
    }

    /// The icon of the server with this base URL, as markup.
    pub(super) fn icon(&self, base: &Base) -> Option<&Packed> {
        if self.icons.is_empty() { None } else { self.icons.get(&file_stem(base)) }
    }

    /// The beginning of a page, up to and including the style sheet.
    pub(super) fn start(&self, locale: Locale) -> &Packed {
        let [english, ..] = &self.starts;
        self.starts.get(locale as usize).unwrap_or(english)
    }

    /// The operator's name and logo.
    pub(super) const fn header(&self) -> &Packed {
        &self.header
    }

    /// The operator's name.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The links below every page.
    pub(super) fn links(&self) -> &[(Message, String)] {
        &self.links
    }
}

fn style_sheet(color: Option<Color>) -> String {
    let Some(color) = color else { return CSS.to_owned() };
    let declared = |scheme: &Scheme, accent: Color| format!("--accent:{accent};--on:{}", scheme.on);
    let light = color.readable_on_light(&LIGHT.papers());
    let dark = color.readable_on_dark(&DARK.papers());
    CSS.replace(LIGHT.declared, &declared(&LIGHT, light)).replace(DARK.declared, &declared(&DARK, dark))
}

impl Scheme {
    fn papers(&self) -> Vec<Color> {
        self.papers.iter().filter_map(|paper| Color::parse(paper)).collect()
    }
}

fn policy(css: &str, has_image: bool, has_script: bool) -> HeaderValue {
    let hash = |text: &str| Base64::encode_string(&sha256(text.as_bytes()));
    let (style, script) = (hash(css), hash(SCRIPT));
    let scripts = if has_script { format!("; script-src 'sha256-{script}'") } else { String::new() };
    let images = if has_image { "; img-src data:" } else { "" };
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'{scripts}{images}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    let strict = || HeaderValue::from_static("default-src 'none'");
    HeaderValue::try_from(policy).unwrap_or_else(|_| strict())
}

fn start(locale: Locale, css: &str) -> String {
    let inside = html! {
        meta charset="utf-8";
        meta name="viewport" content="width=device-width, initial-scale=1";
        meta name="robots" content="noindex";
        style { (PreEscaped(css)) }
    };
    ["<!DOCTYPE html><html lang=\"", locale.tag(), "\"><head>", &inside.into_string()].concat()
}

/// Renders the icon of a server. The heading below the icon names the server, so the icon has no alternative text.
fn icon_markup(icon: &Logo) -> String {
    html! { img class="icon" src=(icon.address()) alt=""; }.into_string()
}

/// Renders the operator's logo and name. The name says what the logo shows, so the logo has no alternative text.
fn header(brand: &Brand) -> Markup {
    html! {
        @if brand.name.is_some() || brand.logo.is_some() {
            header {
                @if let Some(logo) = &brand.logo { img src=(logo.address()) alt=""; }
                @if let Some(name) = &brand.name { span { (name) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::READABLE;
    use proptest::prelude::*;

    /// Returns the value of a custom property in light mode and in dark mode.
    fn property(css: &str, name: &str) -> [Color; 2] {
        let declared = format!("--{name}:");
        let mut found = css.split(&declared).skip(1).map(|rest| {
            let value: String = rest.chars().take_while(|c| *c == '#' || c.is_ascii_hexdigit()).collect();
            // #rgb stands for #rrggbb.
            let long: String = match value.len() {
                4 => value.chars().flat_map(|c| if c == '#' { vec![c] } else { vec![c, c] }).collect(),
                _ => value,
            };
            Color::parse(&long).unwrap()
        });
        [found.next().unwrap(), found.next().unwrap()]
    }

    fn assert_readable(css: &str) {
        for (text, ground, least) in [
            ("ink", "paper", READABLE),
            ("ink", "ground", READABLE),
            ("soft", "paper", READABLE),
            ("soft", "ground", READABLE),
            ("accent", "paper", READABLE),
            ("accent", "ground", READABLE),
            ("on", "accent", READABLE),
            ("warn", "warnbg", READABLE),
            ("bad", "badbg", READABLE),
            ("bad", "paper", READABLE),
            ("good", "goodbg", READABLE),
            // Borders of fields and buttons need this contrast (WCAG success criterion 1.4.11).
            ("edge", "paper", 3.0),
        ] {
            for (text_color, ground_color) in property(css, text).into_iter().zip(property(css, ground)) {
                let contrast = text_color.contrast(ground_color);
                assert!(contrast >= least, "{text} {text_color} on {ground} {ground_color}: {contrast}");
            }
        }
    }

    #[test]
    fn all_text_can_be_read() {
        assert_readable(CSS);
        for scheme in [&LIGHT, &DARK] {
            assert_eq!(CSS.matches(scheme.declared).count(), 1, "{}", scheme.declared);
        }
        let papers = [LIGHT.papers(), DARK.papers()];
        for (at, name) in ["paper", "ground"].iter().enumerate() {
            assert_eq!(property(CSS, name), [papers[0][at], papers[1][at]]);
        }
    }

    proptest! {
        #[test]
        fn all_text_can_be_read_in_the_operators_colour(channels: [u8; 3]) {
            let [red, green, blue] = channels;
            let color = Color::parse(&format!("#{red:02x}{green:02x}{blue:02x}"));
            assert_readable(&style_sheet(color));
        }
    }

    #[test]
    fn the_operators_colour_is_used_if_it_can_be_read() {
        let css = style_sheet(Color::parse("#7a1fa2"));
        assert!(css.contains("--accent:#7a1fa2;--on:#fff"), "{css}");
        assert_ne!(css, CSS);
    }
}
