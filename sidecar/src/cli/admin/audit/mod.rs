//! The command `audit`.

mod line;
mod when;

use std::collections::BTreeSet;
use std::time::Duration;

use protocol::time::UnixTime;
use store::limits::audit::LATE_SECS;
use store::record::AuditCursor;

use super::session::{Common, Session};
use crate::audit::{MOST, Page, Query, Row};
use crate::cli::terminal::{CliError, print};
use crate::clock::{Clock as _, SystemClock};

/// The interval at which `--follow` asks for new rows.
const EVERY: Duration = Duration::from_secs(1);

/// The options of `audit`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct AuditFlags {
    /// Rows from this time on: 2026-01-31, 2026-01-31T23:59, or a time ago such as 2h or 7d
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Rows before this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Rows of this kind of event, such as `token_issued` or `grant_revoked`
    #[arg(long, value_name = "EVENT")]
    event: Option<String>,
    /// Rows with this outcome: success, refused or failed
    #[arg(long, value_name = "OUTCOME")]
    outcome: Option<String>,
    /// Rows with this reason, such as `refresh_reused`
    #[arg(long, value_name = "REASON")]
    reason: Option<String>,
    /// Rows of this tenant ("ISSUER ID", as --json shows it)
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    /// Rows about this client
    #[arg(long, value_name = "CLIENT_ID")]
    client: Option<String>,
    /// Rows about this user
    #[arg(long, value_name = "SUB")]
    user: Option<String>,
    /// Rows of requests from this address
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
    /// Rows about this grant
    #[arg(long, value_name = "GRANT")]
    grant: Option<String>,
    /// Rows of changes by this administrator
    #[arg(long = "actor", value_name = "NAME")]
    by: Option<String>,
    /// Rows with a text that contains this
    #[arg(long, value_name = "TEXT")]
    contains: Option<String>,
    /// Only events whose cause is proven, without those that anybody can cause
    #[arg(long)]
    proven: bool,
    /// Print this number of the newest rows
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// Print every row
    #[arg(long, conflicts_with_all = ["limit", "follow"])]
    all: bool,
    /// Continue and print new rows as they appear, until interrupted
    #[arg(long, short)]
    follow: bool,
    #[command(flatten)]
    common: Common,
}

impl AuditFlags {
    /// Runs the command: prints rows, the oldest first; with `--json` one object per line.
    pub(in crate::cli) fn run(self) -> Result<(), CliError> {
        let session = Session::open(&self.common)?;
        let query = self.query(SystemClock.now())?;
        let out = Out { json: self.common.json };
        if self.all {
            return every(&session, query, &out);
        }
        let newest = newest(&session, query.clone(), self.limit)?;
        out.head()?;
        newest.iter().try_for_each(|row| out.row(row))?;
        if self.follow { follow(&session, query, &newest, &out) } else { Ok(()) }
    }

    fn query(&self, now: UnixTime) -> Result<Query, CliError> {
        let time = |name: &str, text: &Option<String>| {
            let read = |text: &String| {
                when::read(text, now)
                    .map(UnixTime::as_secs)
                    .ok_or_else(|| CliError::new(format_args!("--{name}: {}", when::EXPECTED)))
            };
            text.as_ref().map(read).transpose()
        };
        Ok(Query {
            since: time("since", &self.since)?,
            until: time("until", &self.until)?,
            event: self.event.clone(),
            outcome: self.outcome.clone(),
            reason: self.reason.clone(),
            tenant: self.tenant.clone(),
            client: self.client.clone(),
            user: self.user.clone(),
            address: self.address.clone(),
            grant: self.grant.clone(),
            actor: self.by.clone(),
            contains: self.contains.clone(),
            proven: self.proven.then_some(true),
            ..Query::default()
        })
    }
}

/// Prints rows.
struct Out {
    json: bool,
}

impl Out {
    fn head(&self) -> Result<(), CliError> {
        if self.json { Ok(()) } else { print(&line::head()) }
    }

    fn row(&self, row: &Row) -> Result<(), CliError> {
        if self.json {
            print(&format!("{}\n", serde_json::to_string(row).map_err(CliError::new)?))
        } else {
            print(&line::of(row))
        }
    }
}

fn ask(session: &Session, query: &Query) -> Result<Page, CliError> {
    session.post("/admin/audit", query)
}

/// Prints every row, page by page.
fn every(session: &Session, mut query: Query, out: &Out) -> Result<(), CliError> {
    query.oldest_first = true;
    out.head()?;
    loop {
        let page = ask(session, &query)?;
        page.rows.iter().try_for_each(|row| out.row(row))?;
        if !page.more {
            return Ok(());
        }
        query.after = page.next;
    }
}

/// Returns the newest rows, the oldest of them first.
fn newest(session: &Session, mut query: Query, limit: usize) -> Result<Vec<Row>, CliError> {
    let mut rows = Vec::new();
    while rows.len() < limit {
        query.limit = Some((limit - rows.len()).min(MOST));
        let page = ask(session, &query)?;
        rows.extend(page.rows);
        if !page.more {
            break;
        }
        query.after = page.next;
    }
    rows.reverse();
    Ok(rows)
}

/// Prints the rows that appear after the rows in `printed`, without end. A row may appear after rows that are sorted
/// behind it, so the last minute is read again each time.
#[expect(clippy::disallowed_methods, reason = "asks at an interval, for a person who watches")]
fn follow(session: &Session, mut query: Query, printed: &[Row], out: &Out) -> Result<(), CliError> {
    query.oldest_first = true;
    let mut seen: BTreeSet<(u64, String)> = printed.iter().map(|row| (row.at, row.id.clone())).collect();
    let mut last = SystemClock.now();
    loop {
        std::thread::sleep(EVERY);
        query.after = Some(AuditCursor::at(last).back(LATE_SECS).to_string());
        loop {
            let page = ask(session, &query)?;
            for row in &page.rows {
                last = last.max(UnixTime::new(row.at));
                if seen.insert((row.at, row.id.clone())) {
                    out.row(row)?;
                }
            }
            if !page.more {
                break;
            }
            query.after = page.next;
        }
        let kept = last.as_secs().saturating_sub(2 * LATE_SECS);
        seen.retain(|(at, _)| *at >= kept);
    }
}
