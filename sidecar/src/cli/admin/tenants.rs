//! The command `tenants`.

use super::session::{Common, Paging, Session, more, pages};
use super::table::Table;
use super::text::{maybe, printable};
use crate::admin::wire::{Paged, Tenants, TenantsAsked};
use crate::cli::terminal::CliError;

/// The maximum width of an issuer, in columns of the terminal.
pub(super) const ISSUER: usize = 60;

/// The options of `tenants`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct TenantsFlags {
    /// Only tenants with this issuer
    #[arg(long, value_name = "ISSUER")]
    tenant: Option<String>,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    common: Common,
}

impl TenantsFlags {
    pub(in crate::cli) fn run(self) -> Result<(), CliError> {
        let session = Session::open(&self.common)?;
        let (tenants, next) = pages(&self.paging, |after| {
            let asked = TenantsAsked { tenant: self.tenant.clone(), page: Paged { after } };
            let page: Tenants = session.post("/admin/tenants", &asked)?;
            Ok((page.tenants, page.next))
        })?;
        session.show(&Tenants { tenants, next }, text)
    }
}

fn text(found: &Tenants) -> String {
    if found.tenants.is_empty() {
        return format!("No tenant has a client yet.\n{}", more(found.next.as_ref()));
    }
    let mut table = Table::new(&["ISSUER", "ID", "CLIENTS", "GRANTS", "LAST LOGIN (UTC)"]);
    for shown in &found.tenants {
        let plus = if shown.more { "+" } else { "" };
        table.row(vec![
            printable(&shown.tenant.issuer, ISSUER),
            shown.tenant.id.clone(),
            format!("{}{plus}", shown.clients),
            format!("{}{plus}", shown.grants),
            maybe(shown.last_login_at),
        ]);
    }
    table.text() + &more(found.next.as_ref())
}
