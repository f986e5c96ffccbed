//! Connects the pages of the interactive login, and the pages that a signed-in user sees, with their dependencies.

use std::sync::Arc;

use axum::Router;

use super::App;
use crate::journey::code::CodeIssuer;
use crate::journey::local_sign_in::LocalSignIn;
use crate::journey::session::Sessions;
use crate::journey::{account, approval, callback, connections, password, second_factor, start};
use crate::locks::Locks;
use crate::passkeys::Passkeys;
use crate::second_factor::SecondFactors;

/// If the plugin reads the list of revoked grants, it refuses the access tokens of a revoked grant after at most this
/// many seconds.
const REVOKED_WITHIN_SECS: u64 = 5;

impl App {
    /// Returns the routes of the interactive login and of the pages that a signed-in user sees.
    pub(super) fn journey(&self) -> Router {
        let sessions = self.sessions();
        let start = start::Deps {
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            meter: self.meter(),
            clients: Arc::clone(&self.clients),
            sessions: sessions.clone(),
        };
        let local = LocalSignIn {
            journal: self.journal.clone(),
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            sealer: self.sealer.clone(),
            users: self.users.clone(),
            second_factors: self.second_factors(),
            passkeys: self.passkeys(),
            sessions: sessions.clone(),
        };
        let codes = CodeIssuer {
            journal: self.journal.clone(),
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            sealer: self.sealer.clone(),
            meter: self.meter(),
        };
        let approval = approval::Deps {
            journal: self.journal.clone(),
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            codes: codes.clone(),
            sessions: sessions.clone(),
            sealer: self.sealer.clone(),
            upstream: Arc::clone(&self.upstream),
        };
        let callback = callback::Deps {
            journal: self.journal.clone(),
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            codes,
            sessions,
            sealer: self.sealer.clone(),
            upstream: Arc::clone(&self.upstream),
            upstream_refresh: self.config.identity.upstream_refresh,
            personal: self.personal_tokens(),
        };
        Router::new()
            .merge(start::routes(start))
            .merge(password::routes(local.clone()))
            .merge(second_factor::routes(local))
            .merge(approval::routes(approval))
            .merge(callback::routes(callback))
            .merge(connections::routes(self.connections()))
            .merge(account::routes(self.account()))
    }

    fn second_factors(&self) -> SecondFactors {
        SecondFactors {
            journal: self.journal.clone(),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            sealer: self.sealer.clone(),
            users: self.users.clone(),
            demand: self.config.identity.second_factor,
            issuer: self.config.brand.name.clone(),
        }
    }

    fn passkeys(&self) -> Passkeys {
        Passkeys {
            journal: self.journal.clone(),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            allowed: self.config.identity.passkeys,
            name: self.config.brand.name.clone(),
        }
    }

    fn sessions(&self) -> Sessions {
        Sessions {
            journal: self.journal.clone(),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            users: self.users.clone(),
        }
    }

    fn connections(&self) -> connections::Deps {
        connections::Deps {
            journal: self.journal.clone(),
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            meter: self.meter(),
            sessions: self.sessions(),
            personal: self.personal_tokens(),
            ends_in_secs: if self.tells_revocations() {
                REVOKED_WITHIN_SECS
            } else {
                self.config.tokens.access_token_ttl_secs
            },
        }
    }

    fn account(&self) -> account::Deps {
        account::Deps {
            journal: self.journal.clone(),
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            meter: self.meter(),
            sealer: self.sealer.clone(),
            users: self.users.clone(),
            second_factors: self.second_factors(),
            passkeys: self.passkeys(),
            sessions: self.sessions(),
            forms: Locks::default(),
        }
    }
}
