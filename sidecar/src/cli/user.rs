//! `user add`: adds a local user to the users file.

use std::io::{self, Write as _};

use clap::Subcommand;
use protocol::encoding::b64url_encode;
use protocol::secret::Secret;
use protocol::settings::Identity;
use protocol::uri::Base;
use store::entropy::{Entropy, random_bytes};

use super::secret;
use super::terminal::{CliError, pairs, print};
use crate::config;
use crate::users::{NewUser, add_user, hash_password};

/// Operations on local users.
#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Add a user to the users file (`BOUNCER_USERS_FILE`)
    Add(Add),
}

#[derive(Debug, clap::Args)]
pub(super) struct Add {
    /// Login name
    name: String,
    /// Email address; it is treated as verified
    #[arg(long)]
    email: Option<String>,
    /// Group of the user; may be repeated
    #[arg(long)]
    group: Vec<String>,
    /// Base URL of a tenant that the user may access; may be repeated; default: every tenant
    #[arg(long, value_name = "BASE")]
    tenant: Vec<String>,
    /// Read the password from the first line of stdin instead of generating one
    #[arg(long)]
    password_stdin: bool,
}

pub(super) fn run(command: UserCommand, entropy: &dyn Entropy) -> Result<(), CliError> {
    let UserCommand::Add(add) = command;
    let path = config::users_file(pairs()).map_err(CliError::new)?;
    if !Identity::is_valid_sub(&add.name) {
        return Err(CliError::new("a user name has 1 to 255 visible ASCII characters and no space"));
    }
    let tenants = add
        .tenant
        .iter()
        .map(|text| {
            Base::parse(text).map_err(|_| {
                CliError::new(format!("--tenant {text} is not a base URL such as https://wiki.example.com"))
            })
        })
        .collect::<Result<_, _>>()?;
    let password =
        if add.password_stdin { secret::first_line(io::stdin().lock(), "stdin")? } else { made_up(entropy)? };
    let hash = hash_password(&password, entropy).map_err(CliError::new)?;
    let user = NewUser {
        name: add.name.clone(),
        email: add.email,
        groups: add.group.into_iter().collect(),
        tenants,
    };
    add_user(&path, user, hash).map_err(CliError::new)?;
    let _ = writeln!(io::stderr(), "mcpbouncer: user {} added to {}", add.name, path.display());
    if add.password_stdin { Ok(()) } else { print(&format!("{}\n", password.expose())) }
}

/// Generates a password with 128 random bits.
fn made_up(entropy: &dyn Entropy) -> Result<Secret<String>, CliError> {
    let bytes: [u8; 16] = random_bytes(entropy).map_err(CliError::new)?;
    Ok(Secret::new(b64url_encode(&bytes)))
}
