//! `users passkeys` and `users remove-passkeys` list and remove the passkeys of a user through the running sidecar.

use super::session::{Common, Session};
use super::table::Table;
use super::text::{ID, NAME, maybe, printable, time};
use crate::admin::user_wire::{PasskeysOfUser, PasskeysRemoved, UserNamed};
use crate::cli::terminal::CliError;

/// The options of `users passkeys`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Passkeys {
    /// Login name
    name: String,
    #[command(flatten)]
    common: Common,
}

/// The options of `users remove-passkeys`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RemovePasskeys {
    /// Id of the passkey, as `users passkeys` lists it; default: all passkeys
    #[arg(long)]
    id: Option<String>,
    #[command(flatten)]
    of: Passkeys,
}

impl Passkeys {
    pub(super) fn list(&self) -> Result<(), CliError> {
        let session = Session::open(&self.common)?;
        let found = session
            .post::<PasskeysOfUser>("/admin/users/passkeys", &UserNamed { user: self.name.clone() })?;
        session.show(&found, text)
    }
}

impl RemovePasskeys {
    pub(super) fn run(self) -> Result<(), CliError> {
        let Self { id, of } = self;
        let session = Session::open(&of.common)?;
        let asked = PasskeysRemoved { user: of.name.clone(), id };
        let done: serde_json::Value = session.post("/admin/users/remove-passkeys", &asked)?;
        session.show(&done, |_| match &asked.id {
            Some(_) => format!("user {} has one passkey less\n", of.name),
            None => format!("user {} has no passkey any more\n", of.name),
        })
    }
}

fn text(found: &PasskeysOfUser) -> String {
    let mut table = Table::new(&["PASSKEY", "NAME", "HOST", "ADDED (UTC)", "LAST USED"]);
    for passkey in &found.passkeys {
        table.row(vec![
            printable(&passkey.id, ID),
            printable(&passkey.name, NAME),
            printable(&passkey.host, ID),
            time(passkey.added),
            maybe(passkey.used),
        ]);
    }
    if table.is_empty() { "This user has no passkey.\n".to_owned() } else { table.text() }
}
