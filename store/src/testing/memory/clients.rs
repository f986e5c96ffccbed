//! Clients: found, touched, and room for those that nobody approved.

use super::Tables;
use crate::UNAPPROVED_CLIENTS;
use crate::decide;
use crate::ordered::keys::client_key;
use crate::records::ClientRecord;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

impl Tables {
    pub(super) fn client_mut(&mut self, tenant: &Tenant, client_id: &str) -> Option<&mut ClientRecord> {
        self.clients.get_mut(&(tenant.clone(), client_id.to_owned()))
    }

    pub(super) fn touch_client(&mut self, tenant: &Tenant, client_id: &str, now: UnixTime) {
        if let Some(client) = self.client_mut(tenant, client_id) {
            decide::touch(client, now);
        }
    }

    /// The clients that nobody approved, the longest unused first.
    pub(super) fn unapproved(&self) -> Vec<(UnixTime, Vec<u8>, (Tenant, String))> {
        let mut found: Vec<_> = self
            .clients
            .iter()
            .filter(|(_, client)| decide::is_unapproved(client))
            .map(|(key, client)| (client.last_used, client_key(&key.0, &key.1), key.clone()))
            .collect();
        found.sort_unstable();
        found
    }

    /// Removes the longest unused client that nobody approved, if one more would be too many.
    pub(super) fn make_room_for(&mut self, record: &ClientRecord) {
        // Fewer clients in all need no count.
        if !decide::is_unapproved(record) || (self.clients.len() as u64) < UNAPPROVED_CLIENTS {
            return;
        }
        let unapproved = self.unapproved();
        if unapproved.len() as u64 >= UNAPPROVED_CLIENTS
            && let Some((_, _, oldest)) = unapproved.into_iter().next()
        {
            self.clients.remove(&oldest);
        }
    }

    pub(super) fn client_holds_grant(&self, client: &ClientRecord, now: UnixTime) -> bool {
        self.grants.values().any(|grant| {
            grant.tenant == client.tenant
                && grant.client_id == client.client_id
                && decide::grant_live(grant, now)
        })
    }
}
