//! The operator's brand: the operator's name, and the look of the pages.

mod color;
mod icons;
mod logo;

pub use color::Color;
#[cfg(test)]
pub(crate) use color::READABLE;
pub use icons::{IconError, Icons, file_stem};
pub use logo::{Logo, LogoError};

/// What the pages show about the operator. Each part is optional.
#[derive(Debug, Clone, Default)]
pub struct Brand {
    /// The operator's name, above every page.
    pub name: Option<String>,
    /// The image beside the name.
    pub logo: Option<Logo>,
    /// The icons of the MCP servers.
    pub icons: Icons,
    /// The colour from which those of buttons and links are derived.
    pub color: Option<Color>,
    /// The links below every page.
    pub links: Links,
}

/// The addresses of the operator's own pages.
#[derive(Debug, Clone, Default)]
pub struct Links {
    /// The address of a page with help for users.
    pub support: Option<String>,
    /// The address of a page that says who the operator is.
    pub imprint: Option<String>,
    /// The address of a page that says what the operator does with personal data.
    pub privacy: Option<String>,
}
