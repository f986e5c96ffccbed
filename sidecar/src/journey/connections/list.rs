//! The connections of a user, as the page and the file show them.

use std::collections::HashMap;

use protocol::time::UnixTime;
use serde_json::json;
use store::intent::clients::FindClient;
use store::intent::sessions::{ConnectionsOfUser, CountOtherSessions};
use store::record::{GrantId, GrantRecord};
use store::{Connection, StoreError};

use super::deps::Deps;
use super::tokens;
use crate::client_name::{plain_name, shown_name};
use crate::edge::Ctx;
use crate::journey::client_origin::{Origin, origin};
use crate::journey::session::Resumed;
use crate::locale::Value;

/// The number of connections on one page. A page then has less than 14 KiB, even with long names and nine permissions
/// for each connection.
pub(super) const ON_PAGE: usize = 4;

/// The connections of a user that one page shows.
#[derive(Debug)]
pub(super) struct List {
    pub(super) shown: Vec<Shown>,
    /// How many newer connections are on earlier pages.
    pub(super) from: usize,
    /// The number of all connections.
    pub(super) all: usize,
    /// All personal access tokens of the user, the newest first.
    pub(super) tokens: Vec<GrantRecord>,
    /// The number of other browsers in which the user is signed in.
    pub(super) other_sessions: usize,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) grant: GrantId,
    pub(super) client_id: String,
    /// The client's name, cleaned for display; `None` if the client was removed.
    pub(super) client_name: Option<Value>,
    /// The client's name in the file; `None` if the client was removed or has no name.
    pub(super) plain_name: Option<String>,
    /// How far the client's identity is verified; `None` if the client was removed.
    pub(super) origin: Option<Origin>,
    /// The redirect URI to which the authorization response was sent; empty if there was none.
    pub(super) redirect_uri: String,
    pub(super) scopes: Vec<String>,
    pub(super) since: UnixTime,
    /// The network from which the user signed in; `None` if it is not known.
    pub(super) signed_in_from: Option<String>,
    /// When the client last got a token; `None` if it is not known.
    pub(super) used: Option<UnixTime>,
    /// The network from which the client last got a token; `None` if it is not known.
    pub(super) used_from: Option<String>,
    /// When the grant expires.
    pub(super) ends: UnixTime,
}

impl List {
    /// Whether "end everything" would end something: a connection, a personal access token or a session in another
    /// browser.
    pub(super) const fn has_anything(&self) -> bool {
        self.all > 0 || !self.tokens.is_empty() || self.other_sessions > 0
    }
}

/// Returns up to `limit` connections of the user, the newest first, without the first `from` of them.
pub(super) async fn list(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    from: usize,
    limit: usize,
) -> Result<List, StoreError> {
    let now = deps.clock.now();
    let (tenant, whose) = (ctx.tenant(), resumed.live.subject());
    let others = CountOtherSessions {
        tenant: tenant.clone(),
        subject: whose.to_owned(),
        but: *resumed.live.id(),
        now,
    };
    let (other_sessions, subject) = (deps.store.read(others).await?, whose.to_owned());
    let found = deps
        .store
        .read(ConnectionsOfUser { tenant: tenant.clone(), subject, skip: from, limit, now })
        .await?;
    let mut clients = HashMap::new();
    let mut shown = Vec::new();
    for Connection { grant, used, network } in found.items {
        let client_id = grant.client_id;
        if !clients.contains_key(&client_id) {
            let find = FindClient { tenant: tenant.clone(), client_id: client_id.clone() };
            clients.insert(client_id.clone(), deps.store.read(find).await?);
        }
        let client = clients.get(&client_id).and_then(Option::as_ref);
        shown.push(Shown {
            grant: grant.id,
            client_name: client.map(shown_name),
            plain_name: client.and_then(plain_name),
            origin: client.map(|client| origin(client, &grant.redirect_uri)),
            client_id,
            redirect_uri: grant.redirect_uri,
            scopes: grant.scopes.iter().map(str::to_owned).collect(),
            since: grant.created,
            signed_in_from: grant.network.map(|network| network.to_string()),
            used,
            used_from: network.map(|network| network.to_string()),
            ends: grant.expires,
        });
    }
    let tokens = tokens::list(deps, ctx, whose).await?;
    Ok(List { shown, from, all: found.all, tokens, other_sessions })
}

/// Returns the list as the content of the file. Times are in seconds since 1970.
pub(super) fn file(ctx: &Ctx, user: &str, list: &List, now: UnixTime) -> serde_json::Value {
    let connections: Vec<serde_json::Value> = list
        .shown
        .iter()
        .map(|shown| {
            json!({
                "client_id": shown.client_id,
                "client_name": shown.plain_name,
                "verified": matches!(shown.origin, Some(Origin::Operator | Origin::Verified(_))),
                "redirect_uri": shown.redirect_uri,
                "scope": shown.scopes.join(" "),
                "created_at": shown.since,
                "signed_in_from": shown.signed_in_from,
                "last_used_at": shown.used,
                "last_used_from": shown.used_from,
                "expires_at": shown.ends,
            })
        })
        .collect();
    let tokens: Vec<serde_json::Value> = list
        .tokens
        .iter()
        .map(|token| {
            json!({
                "name": token.personal.as_ref().map(|personal| &personal.name),
                "scope": token.scopes.to_string(),
                "created_at": token.created,
                "expires_at": token.expires,
            })
        })
        .collect();
    json!({
        "issuer": ctx.base.as_str(),
        "sub": user,
        "exported_at": now,
        "connections": connections,
        "personal_access_tokens": tokens,
    })
}
