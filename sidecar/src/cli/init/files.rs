//! Makes the files for the answers. The Compose files are those of `deploy/`, and `.env` contains the answers.

use std::fmt::Write as _;

use protocol::secret::Secret;
use zeroize::Zeroizing;

use super::answers::Answers;
use super::dotenv;
use super::tls::{Listener, Tls};
use super::users::Users;

const COMPOSE: &str = include_str!("../../../../deploy/compose.yml");
const ACME: &str = include_str!("../../../../deploy/compose.acme.yml");
const PROXY: &str = include_str!("../../../../deploy/compose.proxy.yml");
const PROVIDER: &str = include_str!("../../../../deploy/compose.provider.yml");

/// A file to be written.
#[derive(Debug)]
pub(super) struct File {
    /// The file's name in the folder.
    pub name: &'static str,
    /// The file's permissions.
    pub mode: u32,
    /// The file's content; that of `.env` contains the client secret.
    pub content: Secret<String>,
}

/// Returns the files for these answers. Fails if an answer cannot be written to `.env`.
pub(super) fn files(answers: &Answers) -> Result<Vec<File>, String> {
    let add_ons = [
        match answers.tls {
            Tls::None(_) => None,
            Tls::Acme { .. } => Some(("compose.acme.yml", ACME.to_owned())),
            Tls::External { .. } => Some(("compose.proxy.yml", PROXY.to_owned())),
        },
        matches!(answers.users, Users::OpenId(_)).then(|| ("compose.provider.yml", PROVIDER.to_owned())),
    ];
    let compose: Vec<_> =
        [Some(("compose.yml", base(answers)))].into_iter().chain(add_ons).flatten().collect();
    let names: Vec<&str> = compose.iter().map(|(name, _)| *name).collect();
    let env = File { name: ".env", mode: 0o600, content: env(answers, &names)? };
    let compose =
        compose.into_iter().map(|(name, text)| File { name, mode: 0o644, content: Secret::new(text) });
    Ok(compose.chain([env]).collect())
}

/// Returns deploy/compose.yml, changed for the host of the answers.
fn base(answers: &Answers) -> String {
    let host = answers.base.host();
    COMPOSE
        .replace("Host(`localhost`)", &format!("Host(`{host}`)"))
        .replace("http://localhost/mcp", &answers.base.join("/mcp"))
}

fn env(answers: &Answers, compose: &[&str]) -> Result<Secret<String>, String> {
    let mut text = Zeroizing::new(String::new());
    text.push_str("# Written by `mcpbouncer init`; Docker Compose reads it. Keep it secret if it holds a client secret.\n");
    let mut line = |name: &str, value: &str| -> Result<(), String> {
        let _ = writeln!(text, "{name}={}", dotenv::value(value)?);
        Ok(())
    };
    if compose.len() > 1 {
        // On Windows, Compose expects another separator by default.
        line("COMPOSE_PATH_SEPARATOR", ":")?;
        line("COMPOSE_FILE", &compose.join(":"))?;
    }
    let host = answers.base.host();
    let listener = match &answers.tls {
        Tls::None(listener) => *listener,
        Tls::Acme { email } => {
            line("MCP_HOST", host)?;
            line("ACME_EMAIL", email)?;
            Listener::DEFAULT
        }
        Tls::External { listener, trusted } => {
            line("MCP_HOST", host)?;
            line("TRUSTED_PROXIES", trusted)?;
            *listener
        }
    };
    if listener.address != Listener::DEFAULT.address {
        line("ADDRESS", &listener.host())?;
    }
    if listener.port != Listener::DEFAULT.port {
        line("PORT", &listener.port.to_string())?;
    }
    if let Users::OpenId(openid) = &answers.users {
        for (name, value) in openid.variables() {
            line(name, value)?;
        }
        if let Some(secret) = &openid.client_secret {
            line("BOUNCER_PROVIDER_CLIENT_SECRET", secret.expose().trim())?;
        }
    }
    Ok(Secret::new(std::mem::take(&mut *text)))
}
