//! The operator's brand: how the pages call the operator, and what they look like.

mod color;
mod icons;
mod logo;

pub use color::Color;
#[cfg(test)]
pub(crate) use color::READABLE;
pub use icons::{IconError, Icons, file_stem};
pub use logo::{Logo, LogoError};

/// What the pages show of the operator. All of it is optional.
#[derive(Debug, Clone, Default)]
pub struct Brand {
    /// The name above every page.
    pub name: Option<String>,
    /// The image beside the name.
    pub logo: Option<Logo>,
    /// The images of the MCP servers.
    pub icons: Icons,
    /// The colour that buttons and links are derived from.
    pub color: Option<Color>,
    /// Where the links below every page lead.
    pub links: Links,
}

/// The addresses of the operator's own pages.
#[derive(Debug, Clone, Default)]
pub struct Links {
    /// Help for users.
    pub support: Option<String>,
    /// Who the operator is.
    pub imprint: Option<String>,
    /// What the operator does with data.
    pub privacy: Option<String>,
}
