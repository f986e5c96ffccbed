//! The command `clients`.

use clap::{Subcommand, ValueEnum};
use store::entropy::Entropy;

use super::add_client::Add;
use super::session::{Common, Paging, Session, confirm, more, pages};
use super::table::{Table, fact};
use super::tenants::ISSUER;
use super::text::{ID, NAME, maybe, printable, time};
use crate::admin::wire::{
    ClientDetails, ClientFilter, ClientNamed, ClientShown, Clients, ClientsAsked, Paged,
};
use crate::cli::terminal::CliError;

/// The subcommands of `clients`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ClientsCommand {
    /// List clients
    List(List),
    /// Show a client with its metadata
    Show(Named),
    /// Add a client with the client credentials grant, which gets tokens without a user, to the clients file
    /// (`BOUNCER_CLIENTS_FILE`)
    Add(Add),
    /// Delete a client and end (revoke) its grants
    Remove(Remove),
}

/// Where the metadata of a client come from.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Source {
    /// The client registered itself
    Registered,
    /// The metadata document at the URL that is the client's id
    Document,
    /// The operator's clients file
    File,
}

/// The options of `clients list`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct List {
    /// Only clients of this issuer, or of this tenant ("ISSUER ID")
    #[arg(long, value_name = "ISSUER")]
    tenant: Option<String>,
    /// Only clients whose name contains this text
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Only clients whose metadata come from this source
    #[arg(long)]
    source: Option<Source>,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    common: Common,
}

/// The options of `clients show`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Named {
    /// The client's id
    client_id: String,
    /// The client's issuer, or its tenant ("ISSUER ID"); needed if several tenants have a client with this id
    #[arg(long, value_name = "ISSUER")]
    tenant: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// The options of `clients remove`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Remove {
    #[command(flatten)]
    named: Named,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

impl ClientsCommand {
    pub(in crate::cli) fn run(self, entropy: &dyn Entropy) -> Result<(), CliError> {
        match self {
            Self::List(list) => list.run(),
            Self::Add(add) => add.run(entropy),
            Self::Show(named) => {
                let (session, asked) = named.asked()?;
                session.show(&session.post::<ClientDetails>("/admin/clients/show", &asked)?, details)
            }
            Self::Remove(Remove { named, yes }) => {
                let (session, asked) = named.asked()?;
                let found: ClientDetails = session.post("/admin/clients/show", &asked)?;
                let question = format!("Remove {} and end its grants ({})?", named_for(&found), found.grants);
                confirm(&question, yes)?;
                let removed = session.post::<ClientDetails>("/admin/clients/remove", &asked)?;
                session.show(&removed, |removed| format!("{} is removed\n", named_for(removed)))
            }
        }
    }
}

impl List {
    fn run(self) -> Result<(), CliError> {
        let session = Session::open(&self.common)?;
        let source = self.source.and_then(|source| source.to_possible_value());
        let source = source.map(|value| value.get_name().to_owned());
        let filter = ClientFilter { tenant: self.tenant, name: self.name, source };
        let (clients, next) = pages(&self.paging, |after| {
            let asked = ClientsAsked { filter: filter.clone(), page: Paged { after } };
            let page: Clients = session.post("/admin/clients/list", &asked)?;
            Ok((page.clients, page.next))
        })?;
        session.show(&Clients { clients, next }, text)
    }
}

impl Named {
    fn asked(&self) -> Result<(Session, ClientNamed), CliError> {
        let asked = ClientNamed { client_id: self.client_id.clone(), tenant: self.tenant.clone() };
        Ok((Session::open(&self.common)?, asked))
    }
}

fn name_of(client: &ClientShown) -> String {
    client.name.as_deref().map_or_else(|| "-".to_owned(), |name| printable(name, NAME))
}

/// Returns id, name and issuer of a client, for a sentence.
fn named_for(client: &ClientDetails) -> String {
    let client = &client.client;
    let (id, issuer) = (printable(&client.client_id, ID), printable(&client.tenant.issuer, ISSUER));
    format!("client {id} ({}) of {issuer}", name_of(client))
}

fn text(found: &Clients) -> String {
    if found.clients.is_empty() {
        return format!("No client was found.\n{}", more(found.next.as_ref()));
    }
    let mut table = Table::new(&["CLIENT", "NAME", "SOURCE", "APPROVED (UTC)", "LAST USED (UTC)", "ISSUER"]);
    for client in &found.clients {
        table.row(vec![
            printable(&client.client_id, ID),
            name_of(client),
            client.source.clone(),
            maybe(client.approved_at),
            time(client.last_used_at),
            printable(&client.tenant.issuer, ISSUER),
        ]);
    }
    table.text() + &more(found.next.as_ref())
}

fn details(found: &ClientDetails) -> String {
    let client = &found.client;
    let facts = [
        ("client", printable(&client.client_id, 2_048)),
        ("name", name_of(client)),
        ("issuer", printable(&client.tenant.issuer, 2_048)),
        ("tenant id", client.tenant.id.clone()),
        ("source", client.source.clone()),
        ("authentication", client.kind.clone()),
        ("registered", time(client.issued_at)),
        ("approved", maybe(client.approved_at)),
        ("last used", time(client.last_used_at)),
        ("live grants", found.grants.to_string()),
    ];
    let mut text = String::new();
    for (name, value) in facts {
        text.push_str(&fact(name, &value));
    }
    let members = found.metadata.as_object().into_iter().flatten();
    for (name, value) in members {
        text.push_str(&fact(&printable(name, 40), &printable(&value.to_string(), 400)));
    }
    text
}
