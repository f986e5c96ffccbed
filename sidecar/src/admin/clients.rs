//! `/admin/clients/…`: lists, shows and removes clients.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use events::{Field, Kind};
use store::Within;
use store::intent::clients::RemoveClient;
use store::intent::listing::{ListClients, ListGrants};
use store::record::ClientRecord;

use super::deps::{COUNTED, Deps, EXAMINED, event};
use super::error::AdminError;
use super::names::{client_name, client_shown, cursor, one_client, source_name, within};
use super::reply::answer;
use super::wire::{ClientDetails, ClientFilter, ClientNamed, Clients, ClientsAsked};
use crate::ops::Proven;

pub(super) async fn list(State(deps): State<Arc<Deps>>, proven: Proven) -> Response {
    answer(&deps.journal, page(&deps, &proven).await)
}

pub(super) async fn show(State(deps): State<Arc<Deps>>, proven: Proven) -> Response {
    answer(&deps.journal, details(&deps, &proven).await.map(|(_, details)| details))
}

pub(super) async fn remove(State(deps): State<Arc<Deps>>, proven: Proven) -> Response {
    answer(&deps.journal, removed(&deps, &proven).await)
}

async fn page(deps: &Deps, proven: &Proven) -> Result<Clients, AdminError> {
    let asked: ClientsAsked = proven.json()?;
    let within = within(asked.filter.tenant.as_deref())?;
    let list = ListClients { within, after: cursor(&asked.page)?, limit: EXAMINED };
    let page = deps.store.read(list).await?;
    let clients = page.items.iter().filter(|client| selects(&asked.filter, client)).map(client_shown);
    Ok(Clients { clients: clients.collect(), next: page.next.map(|next| next.to_string()) })
}

fn selects(filter: &ClientFilter, client: &ClientRecord) -> bool {
    let named = |part: &String| {
        client_name(client).is_some_and(|name| name.to_lowercase().contains(&part.to_lowercase()))
    };
    filter.name.as_ref().is_none_or(named)
        && filter.source.as_ref().is_none_or(|source| source_name(client.source) == source)
}

async fn details(deps: &Deps, proven: &Proven) -> Result<(ClientRecord, ClientDetails), AdminError> {
    let asked: ClientNamed = proven.json()?;
    let client = one_client(deps, &asked.client_id, asked.tenant.as_deref()).await?;
    let within = Within::Client(client.tenant.clone(), client.client_id.clone());
    let list = ListGrants { within, after: None, limit: COUNTED, now: deps.clock.now() };
    let grants = deps.store.read(list).await?.items.iter().filter(|grant| grant.revoked.is_none()).count();
    let details = ClientDetails { client: client_shown(&client), metadata: client.metadata.clone(), grants };
    Ok((client, details))
}

async fn removed(deps: &Deps, proven: &Proven) -> Result<ClientDetails, AdminError> {
    let (client, details) = details(deps, proven).await?;
    let asked = event(proven, "remove_client").tenant(client.tenant.key()).client(&client.client_id);
    let mut deleted = asked.clone();
    deleted.kind = Kind::ClientDeleted;
    let (tenant, client_id) = (client.tenant, client.client_id);
    let remove = RemoveClient { tenant, client_id: client_id.clone(), now: deps.clock.now() };
    let grants = details.grants;
    let events = move |existed: &bool| {
        if *existed { vec![asked.clone().with(Field::Grants, grants), deleted.clone()] } else { Vec::new() }
    };
    if deps.journal.write(remove, events).await? {
        Ok(details)
    } else {
        Err(AdminError::NotFound(format!("client {client_id:?}")))
    }
}
