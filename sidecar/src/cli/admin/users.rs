//! The command `users`: edits the users file, and tells the running sidecar, which revokes the grants of a user who is
//! disabled or removed.
//!
//! The file can be edited before the sidecar has started for the first time, and while it is stopped.

use std::io::{self, Write as _};
use std::path::Path;

use clap::Subcommand;
use protocol::encoding::b64url_encode;
use protocol::secret::Secret;
use protocol::settings::Identity;
use protocol::uri::Base;
use serde::Serialize;
use store::entropy::{Entropy, random_bytes};

use super::grants;
use super::passkeys::{Passkeys, RemovePasskeys};
use super::session::{Common, Session, confirm, json};
use super::table::Table;
use super::tenants::ISSUER;
use super::text::{NAME, printable};
use crate::admin::user_wire::{UserChange, UserChanged, UserNamed};
use crate::admin::wire::GrantFilter;
use crate::cli::secret;
use crate::cli::terminal::{CliError, Exit, pairs, print};
use crate::config;
use crate::users::{
    Change, ListedUser, NewUser, UsersFileError, add_user, change_user, hash_password, list_users,
};

/// The subcommands of `users`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum UsersCommand {
    /// List the users of the users file (`BOUNCER_USERS_FILE`)
    List(Common),
    /// Add a user to the users file
    Add(Add),
    /// Refuse a user from now on and end (revoke) the user's grants
    Disable(Named),
    /// Let a disabled user in again
    Enable(Named),
    /// Give a user another password; the user's grants stay
    Password(Password),
    /// Remove the second factor and the passkeys of a user who has lost them; the sidecar must be running
    ResetSecondFactor(Named),
    /// List the passkeys of a user; the sidecar must be running
    Passkeys(Passkeys),
    /// Remove one passkey or all passkeys of a user; the sidecar must be running
    RemovePasskeys(RemovePasskeys),
    /// Remove a user from the users file and end (revoke) the user's grants
    Remove(Remove),
}

/// The options of `users add`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Add {
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
    #[command(flatten)]
    common: Common,
}

/// The user whom a subcommand changes.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Named {
    /// Login name
    name: String,
    #[command(flatten)]
    common: Common,
}

/// The options of `users password`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Password {
    /// Read the password from the first line of stdin instead of generating one
    #[arg(long)]
    password_stdin: bool,
    #[command(flatten)]
    named: Named,
}

/// The options of `users remove`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Remove {
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    named: Named,
}

/// What a change prints with `--json`.
#[derive(Serialize)]
struct Changed<'a> {
    user: &'a str,
    change: UserChange,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
    /// How many grants were revoked; absent if no sidecar was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    grants_ended: Option<usize>,
}

#[derive(Serialize)]
struct Listed {
    users: Vec<ListedUser>,
}

impl UsersCommand {
    pub(in crate::cli) fn run(self, entropy: &dyn Entropy) -> Result<(), CliError> {
        let file = || config::users_file(pairs()).map_err(CliError::new);
        match self {
            Self::List(common) => list(&file()?, &common),
            Self::Add(add) => add.run(&file()?, entropy),
            Self::Disable(named) => named.change(&file()?, Change::Disabled(true), UserChange::Disabled),
            Self::Enable(named) => named.change(&file()?, Change::Disabled(false), UserChange::Enabled),
            Self::Password(password) => password.run(&file()?, entropy),
            Self::ResetSecondFactor(named) => named.reset_second_factor(),
            Self::Passkeys(passkeys) => passkeys.list(),
            Self::RemovePasskeys(remove) => remove.run(),
            Self::Remove(Remove { yes, named }) => {
                confirm(
                    &format!("Remove user {} and end the user's grants?", printable(&named.name, NAME)),
                    yes,
                )?;
                named.change(&file()?, Change::Remove, UserChange::Removed)
            }
        }
    }
}

fn list(file: &Path, common: &Common) -> Result<(), CliError> {
    let users = list_users(file).map_err(CliError::new)?;
    if common.json {
        return print(&json(&Listed { users })?);
    }
    let mut table = Table::new(&["USER", "STATE", "EMAIL", "GROUPS", "TENANTS"]);
    for user in &users {
        let groups: Vec<&str> = user.groups.iter().map(AsRef::as_ref).collect();
        let tenants = user
            .tenants
            .as_ref()
            .map(|bases| bases.iter().map(|base| base.as_str().to_owned()).collect::<Vec<_>>().join(" "));
        table.row(vec![
            printable(&user.name, NAME),
            if user.disabled { "disabled" } else { "enabled" }.to_owned(),
            user.email.as_deref().map_or_else(|| "-".to_owned(), |email| printable(email, NAME)),
            if groups.is_empty() { "-".to_owned() } else { printable(&groups.join(" "), NAME) },
            tenants.map_or_else(|| "every tenant".to_owned(), |tenants| printable(&tenants, ISSUER)),
        ]);
    }
    print(&if table.is_empty() { "There is no local user.\n".to_owned() } else { table.text() })
}

impl Add {
    fn run(self, file: &Path, entropy: &dyn Entropy) -> Result<(), CliError> {
        if !Identity::is_valid_sub(&self.name) {
            return Err(CliError::new("a user name has 1 to 255 visible ASCII characters and no space"));
        }
        let base = |text: &String| {
            Base::parse(text).map_err(|_| {
                CliError::new(format!("--tenant {text} is not a base URL such as https://wiki.example.com"))
            })
        };
        let tenants = self.tenant.iter().map(base).collect::<Result<_, _>>()?;
        let (password, hash) = new_password(self.password_stdin, entropy)?;
        let (name, email, groups) = (self.name.clone(), self.email, self.group.into_iter().collect());
        add_user(file, NewUser { name, email, groups, tenants }, hash).map_err(CliError::new)?;
        let named = Named { name: self.name, common: self.common };
        let generated = (!self.password_stdin).then_some(&password);
        let _ = writeln!(io::stderr(), "mcpbouncer: user {} added to {}", named.name, file.display());
        named.report(UserChange::Added, generated, named.tell(UserChange::Added).ok())
    }
}

impl Password {
    fn run(self, file: &Path, entropy: &dyn Entropy) -> Result<(), CliError> {
        let Self { password_stdin, named } = self;
        let (password, hash) = new_password(password_stdin, entropy)?;
        named.edit(file, Change::Password(hash))?;
        let generated = (!password_stdin).then_some(&password);
        let _ = writeln!(io::stderr(), "mcpbouncer: user {} has another password", named.name);
        named.report(UserChange::Password, generated, named.tell(UserChange::Password).ok())
    }
}

impl Named {
    fn edit(&self, file: &Path, change: Change) -> Result<(), CliError> {
        change_user(file, &self.name, change).map_err(|error| {
            let exit =
                if matches!(error, UsersFileError::Unknown(_)) { Exit::NotFound } else { Exit::Failed };
            CliError::new(error).exiting(exit)
        })
    }

    /// Changes the users file and, if the user is refused from then on, revokes the user's grants. Fails if the user
    /// is refused and no sidecar was told.
    fn change(&self, file: &Path, change: Change, what: UserChange) -> Result<(), CliError> {
        self.edit(file, change)?;
        let refused = matches!(what, UserChange::Disabled | UserChange::Removed);
        let told = self.tell(what);
        if refused && let Err(error) = told {
            let (exit, name) = (error.exit(), &self.name);
            return Err(CliError::new(format_args!(
                "user {name} can neither log in nor refresh from now on, but an access token that was issued before is \
                 valid until it expires, because no sidecar was told: {error}; when it runs, `mcpbouncer grants end \
                 --user {name}` ends them"
            ))
            .exiting(exit));
        }
        self.report(what, None, told.ok())
    }

    /// Removes the user's second factor. The sidecar must be running, because the second factors are in its store.
    fn reset_second_factor(&self) -> Result<(), CliError> {
        let asked = UserNamed { user: self.name.clone() };
        let session = Session::open(&self.common)?;
        let done: serde_json::Value = session.post("/admin/users/reset-second-factor", &asked)?;
        session.show(&done, |_| {
            format!(
                "user {} signs in with the password alone, or sets up a second factor if it is required\n",
                self.name
            )
        })
    }

    /// Tells the running sidecar about the change; returns how many grants were revoked. Fails if no sidecar can be
    /// told.
    fn tell(&self, change: UserChange) -> Result<usize, CliError> {
        let session = Session::open(&self.common)?;
        let told = UserChanged { user: self.name.clone(), change };
        let _: serde_json::Value = session.post("/admin/users/changed", &told)?;
        if !matches!(change, UserChange::Disabled | UserChange::Removed) {
            return Ok(0);
        }
        let filter = GrantFilter { local_user: Some(self.name.clone()), ..GrantFilter::default() };
        Ok(grants::end(&session, &filter, false)?.grants.len())
    }

    /// Prints the generated password or, without one, what was done.
    fn report(
        &self,
        change: UserChange,
        password: Option<&Secret<String>>,
        grants_ended: Option<usize>,
    ) -> Result<(), CliError> {
        let password = password.map(|password| password.expose().as_str());
        if self.common.json {
            return print(&json(&Changed { user: &self.name, change, password, grants_ended })?);
        }
        match (change, password, grants_ended) {
            (_, Some(password), _) => print(&format!("{password}\n")),
            (UserChange::Added | UserChange::Password, None, _) => Ok(()),
            (UserChange::Enabled, ..) => print(&format!("user {} is enabled\n", self.name)),
            (UserChange::Disabled, _, ended) => print(&format!(
                "user {} is disabled; grants ended: {}\n",
                self.name,
                ended.unwrap_or_default()
            )),
            (UserChange::Removed, _, ended) => print(&format!(
                "user {} is removed; grants ended: {}\n",
                self.name,
                ended.unwrap_or_default()
            )),
        }
    }
}

/// Returns a password, from stdin or generated from 128 random bits, and its hash.
fn new_password(stdin: bool, entropy: &dyn Entropy) -> Result<(Secret<String>, String), CliError> {
    let password = if stdin {
        secret::first_line(io::stdin().lock(), "stdin")?
    } else {
        let bytes: [u8; 16] = random_bytes(entropy).map_err(CliError::new)?;
        Secret::new(b64url_encode(&bytes))
    };
    let hash = hash_password(&password, entropy).map_err(CliError::new)?;
    Ok((password, hash))
}
