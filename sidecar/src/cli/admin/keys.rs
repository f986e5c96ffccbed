//! `keys list` and `keys rotate`.

use clap::Subcommand;

use protocol::jose::key_certificate::KeyPurpose;

use super::session::{Common, Session, confirm};
use super::table::Table;
use super::text::{maybe, time};
use crate::admin::wire::Keys;
use crate::cli::terminal::CliError;

/// The subcommands of `keys`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum KeysCommand {
    /// List the signing keys of the running sidecar
    List(Common),
    /// Let the next signing key sign from now on; tokens that were signed before stay valid until they expire
    Rotate(Rotate),
}

/// The options of `keys rotate`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Rotate {
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    common: Common,
}

impl KeysCommand {
    pub(in crate::cli) fn run(self) -> Result<(), CliError> {
        let (common, path) = match self {
            Self::List(common) => (common, "/admin/keys/list"),
            Self::Rotate(Rotate { yes, common }) => {
                confirm("Let the next signing key sign from now on?", yes)?;
                (common, "/admin/keys/rotate")
            }
        };
        let session = Session::open(&common)?;
        session.show(&session.post::<Keys>(path, &())?, text)
    }
}

fn text(found: &Keys) -> String {
    let mut table = Table::new(&[
        "KEY",
        "SIGNS",
        "STATE",
        "MADE (UTC)",
        "SIGNS SINCE",
        "ROTATES",
        "SIGNS AT MOST UNTIL",
        "DELETED",
    ]);
    for key in &found.keys {
        table.row(vec![
            key.kid.clone(),
            match key.purpose {
                KeyPurpose::AccessTokens => "access tokens".to_owned(),
                KeyPurpose::PersonalTokens => "personal tokens".to_owned(),
            },
            key.state.clone(),
            time(key.created_at),
            maybe(key.since),
            maybe(key.rotates_at),
            maybe(key.signs_until),
            maybe(key.gone_at),
        ]);
    }
    table.text()
}
