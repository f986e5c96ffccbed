//! Logins of one browser: they move along with its cookie, and there are so many.

use super::Tables;
use crate::LOGINS_PER_BROWSER;
use crate::decide;
use crate::records::Hash;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

impl Tables {
    pub(super) fn rebind(&mut self, tenant: &Tenant, old: &Hash, new: Option<&Hash>, now: UnixTime) {
        let Some(new) = new else { return };
        for login in self.logins.values_mut() {
            if login.browser == *old && decide::login_moves_along(login, tenant.base.host(), now) {
                login.browser = *new;
            }
        }
    }

    pub(super) fn crowd_out(&mut self, browser: &Hash, newest: &Hash) {
        let mut theirs: Vec<_> = self
            .logins
            .values()
            .filter(|login| login.browser == *browser && login.flow != *newest)
            .map(|login| (login.created, login.flow))
            .collect();
        theirs.sort_unstable();
        let surplus = (theirs.len() + 1).saturating_sub(LOGINS_PER_BROWSER);
        for (_, flow) in theirs.into_iter().take(surplus) {
            self.logins.remove(&flow);
        }
    }
}
