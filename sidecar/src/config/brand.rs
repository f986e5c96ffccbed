//! Settings for what the pages show of the operator.

use std::path::PathBuf;

use super::parse;
use super::source::Source;
use super::variable::{Default, Variable};
use crate::brand::{Color, Links};

const NAME: Variable = Variable {
    name: "BOUNCER_BRAND_NAME",
    default: Default::Absent("–"),
    meaning: "your name, above every page that users see; at most 60 characters. See [the pages](guides/pages.md)",
};
const LOGO: Variable = Variable {
    name: "BOUNCER_BRAND_LOGO",
    default: Default::Absent("–"),
    meaning: "a PNG, JPEG, WebP or SVG file of at most 8 KiB, shown beside the name",
};
const ICONS: Variable = Variable {
    name: "BOUNCER_BRAND_ICONS",
    default: Default::Absent("–"),
    meaning: "a folder with an icon for each MCP server: a PNG, JPEG, WebP or SVG file of at most 1.5 KiB, named after host and path, such as `wiki.example.com.svg` or `mcp.example.com_docs.svg`",
};
const COLOR: Variable = Variable {
    name: "BOUNCER_BRAND_COLOR",
    default: Default::Absent("a blue"),
    meaning: "your colour, as `#rrggbb`. Buttons and links have it, darker or lighter where it could not be read",
};
const SUPPORT: Variable = Variable {
    name: "BOUNCER_SUPPORT_URL",
    default: Default::Absent("–"),
    meaning: "where users get help; a link below every page. `https` only",
};
const IMPRINT: Variable = Variable {
    name: "BOUNCER_IMPRINT_URL",
    default: Default::Absent("–"),
    meaning: "your legal notice; a link below every page. `https` only",
};
const PRIVACY: Variable = Variable {
    name: "BOUNCER_PRIVACY_URL",
    default: Default::Absent("–"),
    meaning: "your privacy policy; a link below every page. `https` only",
};
pub(super) const VARIABLES: &[Variable] = &[NAME, LOGO, ICONS, COLOR, SUPPORT, IMPRINT, PRIVACY];

/// The settings of this section.
#[derive(Debug, Clone)]
pub struct Brand {
    /// The operator's name.
    pub name: Option<String>,
    /// The file with the logo.
    pub logo: Option<PathBuf>,
    /// The folder with the icons of MCP servers.
    pub icons: Option<PathBuf>,
    /// The operator's colour.
    pub color: Option<Color>,
    /// The links below every page.
    pub links: Links,
}

impl Brand {
    pub(super) fn read(source: &mut Source) -> Self {
        Self {
            name: source.optional(&NAME, parse::short_name),
            logo: source.optional(&LOGO, parse::path),
            icons: source.optional(&ICONS, parse::path),
            color: source.optional(&COLOR, parse::color),
            links: Links {
                support: source.optional(&SUPPORT, parse::https_url),
                imprint: source.optional(&IMPRINT, parse::https_url),
                privacy: source.optional(&PRIVACY, parse::https_url),
            },
        }
    }
}
