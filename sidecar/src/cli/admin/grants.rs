//! The command `grants`.

use clap::Subcommand;

use super::session::{Common, Paging, Session, confirm, more, pages};
use super::table::{Table, fact};
use super::tenants::ISSUER;
use super::text::{ID, NAME, maybe, printable, time};
use crate::admin::wire::{
    GrantDetails, GrantFilter, GrantNamed, GrantShown, Grants, GrantsAsked, GrantsToEnd, Paged,
};
use crate::cli::terminal::{CliError, Exit};

/// The subcommands of `grants`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum GrantsCommand {
    /// List the grants of users to clients
    List(List),
    /// Show a grant
    Show(Show),
    /// End (revoke) grants: refresh tokens become invalid at once, access tokens as soon as the plugin reads the
    /// revocation list
    End(End),
}

/// Selects grants.
#[derive(Debug, Clone, clap::Args)]
struct Which {
    /// Only grants of this user: `sub`, which for a local user is the login name
    #[arg(long, value_name = "SUB")]
    user: Option<String>,
    /// Only grants of users with this email address
    #[arg(long)]
    email: Option<String>,
    /// Only grants of this client
    #[arg(long, value_name = "CLIENT_ID")]
    client: Option<String>,
    /// Only grants of this issuer, or of this tenant ("ISSUER ID")
    #[arg(long, value_name = "ISSUER")]
    tenant: Option<String>,
}

/// The options of `grants list`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct List {
    #[command(flatten)]
    which: Which,
    /// Also show revoked grants that are still stored
    #[arg(long, conflicts_with = "user")]
    ended: bool,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    common: Common,
}

/// The options of `grants show`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Show {
    /// The grant's id
    id: String,
    #[command(flatten)]
    common: Common,
}

/// The options of `grants end`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct End {
    /// The grant's id
    #[arg(conflicts_with_all = ["user", "email", "client", "tenant", "all"])]
    id: Option<String>,
    #[command(flatten)]
    which: Which,
    /// End the grants of everybody
    #[arg(long, conflicts_with_all = ["user", "email", "client", "tenant"])]
    all: bool,
    /// Show which grants would end, and end none
    #[arg(long)]
    dry_run: bool,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    common: Common,
}

/// The maximum number of grants that are shown before the question.
const SHOWN: usize = 20;

impl Which {
    fn filter(self) -> GrantFilter {
        let Self { user, email, client, tenant } = self;
        GrantFilter { user, email, client, tenant, ..GrantFilter::default() }
    }
}

impl GrantsCommand {
    pub(in crate::cli) fn run(self) -> Result<(), CliError> {
        match self {
            Self::List(list) => {
                let session = Session::open(&list.common)?;
                let found = find(&session, &list.which.filter(), list.ended, &list.paging)?;
                session.show(&found, text)
            }
            Self::Show(show) => {
                let session = Session::open(&show.common)?;
                let asked = GrantNamed { id: show.id };
                session.show(&session.post::<GrantDetails>("/admin/grants/show", &asked)?, details)
            }
            Self::End(end) => end.run(),
        }
    }
}

fn find(session: &Session, filter: &GrantFilter, ended: bool, paging: &Paging) -> Result<Grants, CliError> {
    let (grants, next) = pages(paging, |after| {
        let asked = GrantsAsked { filter: filter.clone(), ended, page: Paged { after } };
        let page: Grants = session.post("/admin/grants/list", &asked)?;
        Ok((page.grants, page.next))
    })?;
    Ok(Grants { grants, next })
}

impl End {
    fn run(self) -> Result<(), CliError> {
        let filter = GrantFilter { id: self.id.clone(), ..self.which.clone().filter() };
        if filter == GrantFilter::default() && !self.all {
            let text = "name what to end: the id of a grant, --user, --email, --client, --tenant, or --all";
            return Err(CliError::new(text).exiting(Exit::Usage));
        }
        let session = Session::open(&self.common)?;
        let found = find(&session, &filter, false, &Paging { limit: usize::MAX, after: None })?;
        if found.grants.is_empty() {
            return Err(CliError::new("no live grant was found").exiting(Exit::NotFound));
        }
        if self.dry_run {
            return session.show(&found, |found| format!("{}\n{} would end\n", text(found), count(found)));
        }
        if !self.yes {
            let first = Grants { grants: found.grants.iter().take(SHOWN).cloned().collect(), next: None };
            eprint!("{}", text(&first));
        }
        confirm(&format!("End {}?", count(&found)), self.yes)?;
        let ended = end(&session, &filter, self.all)?;
        session.show(&ended, |ended| format!("{} ended\n", count(ended)))
    }
}

/// Revokes the grants that the filter selects, page by page.
pub(super) fn end(session: &Session, filter: &GrantFilter, all: bool) -> Result<Grants, CliError> {
    let (mut grants, mut after) = (Vec::new(), None);
    loop {
        let asked = GrantsToEnd { filter: filter.clone(), all, page: Paged { after } };
        let page: Grants = session.post("/admin/grants/end", &asked)?;
        grants.extend(page.grants);
        after = page.next;
        if after.is_none() {
            return Ok(Grants { grants, next: None });
        }
    }
}

fn count(found: &Grants) -> String {
    match found.grants.len() {
        1 => "1 grant".to_owned(),
        several => format!("{several} grants"),
    }
}

fn name_of(grant: &GrantShown) -> String {
    printable(grant.client_name.as_deref().unwrap_or(&grant.client_id), NAME)
}

fn text(found: &Grants) -> String {
    if found.grants.is_empty() {
        return format!("No grant was found.\n{}", more(found.next.as_ref()));
    }
    let mut table = Table::new(&["GRANT", "USER", "EMAIL", "CLIENT", "GRANTED (UTC)", "STATE", "ISSUER"]);
    for grant in &found.grants {
        table.row(vec![
            grant.id.clone(),
            printable(&grant.user, NAME),
            grant.email.as_deref().map_or_else(|| "-".to_owned(), |email| printable(email, NAME)),
            name_of(grant),
            time(grant.created_at),
            grant.ended_because.clone().unwrap_or_else(|| "live".to_owned()),
            printable(&grant.tenant.issuer, ISSUER),
        ]);
    }
    table.text() + &more(found.next.as_ref())
}

fn details(found: &GrantDetails) -> String {
    let grant = &found.grant;
    let state = match (grant.ended_at, &grant.ended_because) {
        (Some(at), reason) => format!("ended {} ({})", time(at), reason.as_deref().unwrap_or("-")),
        (None, _) => "live".to_owned(),
    };
    // A grant that no login led to has no redirect URI.
    let redirect_uri = match found.redirect_uri.as_str() {
        "" => "-".to_owned(),
        uri => printable(uri, 2_048),
    };
    [
        ("grant", grant.id.clone()),
        ("state", state),
        ("user", printable(&grant.user, 400)),
        ("email", grant.email.as_deref().map_or_else(|| "-".to_owned(), |email| printable(email, 400))),
        ("client", printable(&grant.client_id, ID * 8)),
        ("name of the client", name_of(grant)),
        ("issuer", printable(&grant.tenant.issuer, 2_048)),
        ("tenant id", grant.tenant.id.clone()),
        ("scope", printable(&grant.scope, 2_048)),
        ("resource", printable(&grant.resource, 2_048)),
        ("redirect URI", redirect_uri),
        ("granted", time(grant.created_at)),
        ("ends at the latest", time(grant.expires_at)),
        ("last refreshed", maybe(found.refreshed_at)),
        ("refreshed so often", found.rotations.to_string()),
        ("user confirmed", time(found.confirmed_at)),
    ]
    .map(|(name, value)| fact(name, &value))
    .concat()
}
