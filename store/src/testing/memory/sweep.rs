//! Removal of what has expired: whole tables are looked through.

use super::Tables;
use crate::records::Hash;
use crate::{SweepLimits, Swept, decide};
use protocol::time::UnixTime;

impl Tables {
    pub(super) fn sweep(&mut self, now: UnixTime, limits: &SweepLimits) -> Swept {
        let mut swept = Swept::default();
        let expired = |records: Vec<(UnixTime, Hash)>| oldest(records, now, limits.batch);

        let logins = expired(self.logins.values().map(|r| (r.expires, r.flow)).collect());
        for flow in &logins {
            self.logins.remove(flow);
        }
        let codes = expired(self.codes.values().map(|r| (decide::code_gone_at(r), r.code)).collect());
        for code in &codes {
            self.codes.remove(code);
        }
        let grants_before = self.grants.len();
        let tokens = expired(self.tokens.values().map(|r| (r.expires, r.token)).collect());
        for token in &tokens {
            self.remove_token(token);
        }
        let grants = oldest(self.grants.values().map(|r| (r.expires, r.id)).collect(), now, limits.batch);
        for grant in &grants {
            self.grants.remove(grant);
            self.tokens.retain(|_, token| token.grant != *grant);
        }
        let mut unapproved = self.unapproved();
        unapproved.retain(|(last_used, ..)| *last_used <= decide::unapproved_since(now));
        unapproved.truncate(limits.batch);
        for (_, _, key) in &unapproved {
            self.clients.remove(key);
        }
        swept.clients = unapproved.len();
        let mut clients: Vec<_> = decide::client_idle_since(limits, now).map_or_else(Vec::new, |since| {
            self.clients.values().filter(|client| client.last_used <= since).cloned().collect()
        });
        clients
            .sort_by_cached_key(|client| (client.last_used, client.tenant.key(), client.client_id.clone()));
        clients.truncate(limits.batch);
        for client in &clients {
            if self.client_holds_grant(client, now) {
                self.touch_client(&client.tenant, &client.client_id, now);
            } else {
                self.clients.remove(&(client.tenant.clone(), client.client_id.clone()));
                swept.clients += 1;
            }
        }
        let used = oldest(self.assertions.iter().map(|(id, at)| (*at, *id)).collect(), now, limits.batch);
        for id in &used {
            self.assertions.remove(id);
        }
        let gone = self.revoked.iter().map(|revoked| (revoked.end, revoked.clone()));
        let gone = oldest(gone.collect(), now, limits.batch);
        for mark in &gone {
            self.revoked.remove(mark);
        }
        swept.more = [
            logins.len(),
            codes.len(),
            tokens.len(),
            grants.len(),
            unapproved.len(),
            clients.len(),
            used.len(),
            gone.len(),
        ]
        .contains(&limits.batch);
        swept.marks = used.len() + gone.len();
        swept.logins = logins.len();
        swept.codes = codes.len();
        swept.refresh_tokens = tokens.len();
        swept.grants = grants_before - self.grants.len();
        swept
    }
}

/// The first `batch` ids whose time has come, oldest first.
fn oldest<Id: Ord>(mut records: Vec<(UnixTime, Id)>, now: UnixTime, batch: usize) -> Vec<Id> {
    records.retain(|(gone_at, _)| *gone_at <= now);
    records.sort_unstable();
    records.into_iter().take(batch).map(|(_, id)| id).collect()
}
