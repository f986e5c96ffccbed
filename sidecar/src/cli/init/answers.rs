//! The answers as typed values: which questions there are, and what is a valid answer.

use protocol::uri::Base;

use super::ask::{Asker, Question};
use super::flags::Flags;
use super::tls::{self, Tls};
use super::users::{self, Users};
use crate::cli::terminal::CliError;

/// All answers; they are valid together.
#[derive(Debug)]
pub(super) struct Answers {
    /// The base URL of the MCP server, which is the issuer of its tokens.
    pub base: Base,
    /// How TLS is terminated.
    pub tls: Tls,
    /// Where users log in, and who may log in.
    pub users: Users,
}

impl Answers {
    /// Gets every answer.
    pub(super) fn get(flags: &Flags, asker: &mut Asker<'_>) -> Result<Self, CliError> {
        let domain = Question {
            flag: "--domain",
            text: "Host name of the MCP server, such as mcp.example.com",
            default: Some("localhost"),
        };
        let host = asker.answer(domain, flags.domain.as_deref(), host)?;
        let tls = tls::get(flags, asker, &host)?;
        let base = tls.base(&host)?;
        let users = users::get(flags, asker, &base)?;
        Ok(Self { base, tls, users })
    }
}

/// Parses a host name, and returns it as a base URL that consists of the host only.
fn host(text: &str) -> Result<Base, String> {
    Base::parse(&format!("https://{text}"))
        .ok()
        .filter(|base| base.is_host_only() && base.port().is_none() && !base.host().starts_with('['))
        .filter(|base| !text.contains('/') && base.host() == base.host().trim_matches('.'))
        .ok_or_else(|| {
            "must be a host name such as mcp.example.com, without scheme, port and path".to_owned()
        })
}
