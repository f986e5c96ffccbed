//! The command `tokens`: personal access tokens.

use clap::Subcommand;

use super::grants;
use super::session::{Common, Paging, Session, confirm, more, pages};
use super::table::Table;
use super::tenants::ISSUER;
use super::text::{NAME, printable, time};
use crate::admin::token_wire::{TokenMade, TokenShown, TokenToMake, Tokens, TokensAsked};
use crate::admin::wire::{GrantFilter, Paged};
use crate::cli::terminal::{CliError, Exit, print};

/// The subcommands of `tokens`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TokensCommand {
    /// Make a personal access token of a local user, and print only the token
    Create(Create),
    /// List the live personal access tokens
    List(List),
    /// End (revoke) personal access tokens; the plugin refuses them within seconds
    End(End),
}

/// The options of `tokens create`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Create {
    /// The login name of the user
    #[arg(long)]
    user: String,
    /// The base URL of the MCP server, such as <https://mcp.example.com/wiki>
    #[arg(long, value_name = "URL")]
    base: String,
    /// Name of the token in lists
    #[arg(long)]
    name: String,
    /// Scope of the token; may be repeated; default: all scopes of the user
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
    /// Lifetime in days; default and maximum: what the option personalTokens allows
    #[arg(long)]
    days: Option<u16>,
    #[command(flatten)]
    common: Common,
}

/// Selects tokens.
#[derive(Debug, Clone, clap::Args)]
struct Which {
    /// Only tokens of this user: `sub`, which for a local user is the login name
    #[arg(long, value_name = "SUB")]
    user: Option<String>,
    /// Only tokens for this MCP server
    #[arg(long, value_name = "URL")]
    base: Option<String>,
}

/// The options of `tokens list`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct List {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    common: Common,
}

/// The options of `tokens end`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct End {
    /// The ids of tokens, as `tokens list` shows them
    #[arg(conflicts_with_all = ["user", "base"])]
    ids: Vec<String>,
    #[command(flatten)]
    which: Which,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    common: Common,
}

impl TokensCommand {
    pub(in crate::cli) fn run(self) -> Result<(), CliError> {
        match self {
            Self::Create(create) => create.run(),
            Self::List(list) => {
                let session = Session::open(&list.common)?;
                session.show(&find(&session, &list.which, &list.paging)?, text)
            }
            Self::End(end) => end.run(),
        }
    }
}

impl Create {
    fn run(self) -> Result<(), CliError> {
        let Self { user, base, name, scope, days, common } = self;
        let session = Session::open(&common)?;
        let scope = (!scope.is_empty()).then(|| scope.join(" "));
        let asked = TokenToMake { user, tenant: base, name, scope, days };
        let made: TokenMade = session.post("/admin/tokens/create", &asked)?;
        if common.json {
            return session.show(&made, |_| String::new());
        }
        // The token's id, user and expiry go to stderr, so that stdout contains only the token.
        let TokenMade { token, grant: shown } = made;
        eprintln!(
            "token {} of {} ends {} (UTC)",
            shown.id,
            printable(&shown.user, NAME),
            time(shown.expires_at)
        );
        print(&[&token, "\n"].concat())
    }
}

impl End {
    fn run(self) -> Result<(), CliError> {
        let nothing = self.ids.is_empty() && self.which.user.is_none() && self.which.base.is_none();
        if nothing {
            let text = "name what to end: the ids of tokens, --user or --base";
            return Err(CliError::new(text).exiting(Exit::Usage));
        }
        let session = Session::open(&self.common)?;
        let mut found = find(&session, &self.which, &Paging { limit: usize::MAX, after: None })?;
        if !self.ids.is_empty() {
            found.tokens.retain(|token| self.ids.contains(&token.id));
        }
        let missing = self.ids.iter().find(|id| !found.tokens.iter().any(|token| token.id == **id));
        if let Some(id) = missing {
            let text = format!("no live personal access token has the id {}", printable(id, NAME));
            return Err(CliError::new(text).exiting(Exit::NotFound));
        }
        if found.tokens.is_empty() {
            return Err(CliError::new("no live personal access token was found").exiting(Exit::NotFound));
        }
        if !self.yes {
            eprint!("{}", text(&found));
        }
        confirm(&format!("End {}?", count(found.tokens.len())), self.yes)?;
        let mut ended = Vec::new();
        for token in &found.tokens {
            let filter = GrantFilter { id: Some(token.id.clone()), ..GrantFilter::default() };
            let theirs = grants::end(&session, &filter, false)?;
            ended.extend((!theirs.grants.is_empty()).then(|| token.clone()));
        }
        let ended = Tokens { tokens: ended, next: None };
        session.show(&ended, |ended| format!("{} ended\n", count(ended.tokens.len())))
    }
}

fn find(session: &Session, which: &Which, paging: &Paging) -> Result<Tokens, CliError> {
    let (tokens, next) = pages(paging, |after| {
        let page = Paged { after };
        let asked = TokensAsked { user: which.user.clone(), tenant: which.base.clone(), page };
        let page: Tokens = session.post("/admin/tokens/list", &asked)?;
        Ok((page.tokens, page.next))
    })?;
    Ok(Tokens { tokens, next })
}

fn count(tokens: usize) -> String {
    match tokens {
        1 => "1 personal access token".to_owned(),
        several => format!("{several} personal access tokens"),
    }
}

fn text(found: &Tokens) -> String {
    if found.tokens.is_empty() {
        return format!("No personal access token was found.\n{}", more(found.next.as_ref()));
    }
    let mut table = Table::new(&["TOKEN", "USER", "NAME", "SCOPE", "MADE (UTC)", "ENDS", "ISSUER"]);
    for TokenShown { id, tenant, name, user, scope, created_at, expires_at } in &found.tokens {
        table.row(vec![
            id.clone(),
            printable(user, NAME),
            printable(name, NAME),
            printable(scope, NAME),
            time(*created_at),
            time(*expires_at),
            printable(&tenant.issuer, ISSUER),
        ]);
    }
    table.text() + &more(found.next.as_ref())
}
