//! Reads the names in requests, and makes the names of records in responses.

use protocol::encoding::b64url_decode;
use protocol::tenant::{Tenant, TenantId};
use protocol::uri::Base;
use serde_json::Value;
use store::intent::clients::FindClient;
use store::intent::listing::ListTenants;
use store::record::{ClientKind, ClientRecord, ClientSource, GrantId};
use store::{Cursor, Within};

use super::deps::{Deps, TENANTS};
use super::error::AdminError;
use super::wire::{ClientShown, Paged, TenantName};

/// Parses an issuer, or a tenant as `<issuer> <id>`; `None` means every tenant.
pub(super) fn within(tenant: Option<&str>) -> Result<Within, AdminError> {
    let Some(text) = tenant else { return Ok(Within::Everything) };
    let (base, id) = match text.split_once(' ') {
        Some((base, id)) => (base, Some(id)),
        None => (text, None),
    };
    let wrong =
        || AdminError::Malformed(format!("{text:?} is not an issuer such as https://wiki.example.com"));
    let base = Base::parse(base).map_err(|_| wrong())?;
    let Some(id) = id else { return Ok(Within::Issuer(base)) };
    let id = TenantId::parse(id)
        .map_err(|_| AdminError::Malformed(format!("{id:?} is not the id of a tenant")))?;
    Ok(Within::Tenant(Tenant { base, id }))
}

pub(super) fn cursor(page: &Paged) -> Result<Option<Cursor>, AdminError> {
    let parse = |text: &String| Cursor::parse(text).map_err(|error| AdminError::Malformed(error.to_string()));
    page.after.as_ref().map(parse).transpose()
}

pub(super) fn grant_id(text: &str) -> Result<GrantId, AdminError> {
    let bytes = b64url_decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.map(GrantId).ok_or_else(|| AdminError::Malformed(format!("{text:?} is not the id of a grant")))
}

pub(super) fn tenant_name(tenant: &Tenant) -> TenantName {
    TenantName { issuer: tenant.base.as_str().to_owned(), id: tenant.id.to_string() }
}

/// The client's name as the client chose it.
pub(super) fn client_name(client: &ClientRecord) -> Option<String> {
    client.metadata.get("client_name").and_then(Value::as_str).map(str::to_owned)
}

pub(super) const fn source_name(source: ClientSource) -> &'static str {
    match source {
        ClientSource::Registered => "registered",
        ClientSource::Document { .. } => "document",
        ClientSource::File => "file",
    }
}

pub(super) fn client_shown(client: &ClientRecord) -> ClientShown {
    let kind = match client.kind {
        ClientKind::Public => "public",
        ClientKind::Confidential { .. } => "confidential",
        ClientKind::KeyHolder => "key_holder",
    };
    ClientShown {
        client_id: client.client_id.clone(),
        tenant: tenant_name(&client.tenant),
        name: client_name(client),
        source: source_name(client.source).to_owned(),
        kind: kind.to_owned(),
        issued_at: client.issued_at,
        approved_at: client.approved_at,
        last_used_at: client.last_used,
    }
}

/// Finds the client with this id. Fails if there is none, or if several tenants have one and `tenant` does not choose
/// between them.
pub(super) async fn one_client(
    deps: &Deps,
    client_id: &str,
    tenant: Option<&str>,
) -> Result<ClientRecord, AdminError> {
    let within = within(tenant)?;
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = deps.store.read(ListTenants { within: within.clone(), after, limit: TENANTS }).await?;
        for tenant in page.items {
            let client = deps.store.read(FindClient { tenant, client_id: client_id.to_owned() }).await?;
            found.extend(client);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let Some(client) = found.pop() else { return Err(AdminError::NotFound(format!("client {client_id:?}"))) };
    let others: Vec<String> =
        found.iter().map(|other| other.tenant.key()).filter(|other| *other != client.tenant.key()).collect();
    if others.is_empty() {
        return Ok(client);
    }
    Err(AdminError::Ambiguous(format!(
        "{} tenants have a client {client_id:?}; name one of them: {}, {}",
        others.len() + 1,
        client.tenant.key(),
        others.join(", ")
    )))
}
