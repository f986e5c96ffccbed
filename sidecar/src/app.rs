//! Connects the endpoints with their dependencies, and puts all of them behind the same middleware.

mod login;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use events::Reason;
use protocol::resource::options::REVOCATION_FILE;
use protocol::time::UnixTime;
use store::StoreHandle;
use store::crypto::Sealer;
use store::entropy::Entropy;

use crate::access::AccessTokens;
use crate::budget::{Budgets, Meter};
use crate::clients::Clients;
use crate::clock::Clock;
use crate::config::Config;
use crate::edge::refusals::RefusalLog;
use crate::edge::{context, deadline, measure, trace};
use crate::journal::{Journal, Writer};
use crate::keys::KeyRing;
use crate::locks::Locks;
use crate::pages::{self, Look};
use crate::personal_tokens::PersonalTokens;
use crate::personal_tokens::recheck::Recheck;
use crate::providers::Providers;
use crate::revocation_file::RevocationFile;
use crate::share::Share;
use crate::sweep::Kept;
use crate::token::Lifetimes;
use crate::traces::Traces;
use crate::upstream::http::HttpClient;
use crate::upstream::{Upstream, UpstreamError};
use crate::upstream_revocation::UpstreamRevocations;
use crate::users::Users;
use crate::wire::error::{Failure, Kind};
use crate::{
    admin, backup, connect, discovery, health, introspection, jwks, ops, registration, revocation, token,
    traefik, userinfo,
};

/// The parts of a running server. Only this file and the code that starts the server see all of them.
pub struct App {
    /// Records events.
    pub journal: Journal,
    /// Writes the audit rows that wait in a queue. The program takes the writer and runs it; tests flush it.
    pub audit: Mutex<Option<Writer>>,
    /// The database.
    pub store: StoreHandle,
    /// Tells the current time.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The configuration.
    pub config: Config,
    /// The signing keys.
    pub keys: KeyRing,
    /// Encrypts secrets that are stored.
    pub sealer: Sealer,
    /// The users of the users file.
    pub users: Users,
    /// Looks up and authenticates OAuth clients.
    pub clients: Arc<Clients>,
    /// The identity providers that tenants refer to by name (`BOUNCER_PROVIDERS_FILE`).
    pub providers: Arc<Providers>,
    /// The list of revoked grants in a file that the operator named; `None` if `BOUNCER_REVOCATION_FILE` is not set.
    pub revocations: Option<Arc<RevocationFile>>,
    /// The folder that Traefik and its plugin read; `None` if `BOUNCER_SHARE_DIR` is not set.
    pub share: Option<Arc<Share>>,
    /// The tenants' identity providers.
    pub upstream: Arc<dyn Upstream>,
    /// Rate limits on what unauthenticated callers can cause.
    pub budgets: Arc<Budgets>,
    /// The problems found in the routers of each Traefik instance.
    pub reports: Arc<traefik::Reports>,
    /// Samples the log lines of requests without a valid context.
    pub refusals: Arc<RefusalLog>,
    /// Checks whether users still have the access that their personal access tokens give.
    pub recheck: Recheck,
    /// Revokes the provider's tokens that ended grants held.
    pub upstream_revocations: UpstreamRevocations,
    /// Exports the spans of requests; `None` if no collector is configured.
    pub traces: Option<Arc<Traces>>,
    /// The style and brand of the pages.
    pub look: Arc<Look>,
    /// Identifies this run of the server.
    pub instance: ops::Instance,
    /// When the server started.
    pub started: UnixTime,
}

/// Returns all OAuth routes, behind the layer that opens the sealed context. The plugin rewrites the paths of every
/// tenant to these routes.
pub fn router(app: &App) -> Router {
    let context = Arc::new(app.context());
    Router::new()
        .merge(discovery::routes(discovery::Deps {
            clients: Arc::clone(&app.clients),
            clock: Arc::clone(&app.clock),
        }))
        .merge(jwks::routes(jwks::Deps { keys: app.keys.clone() }))
        .merge(registration::routes(app.registration()))
        .merge(app.journey())
        .merge(token::routes(app.token()))
        .merge(introspection::routes(introspection::Deps {
            store: app.store.clone(),
            clock: Arc::clone(&app.clock),
            clients: Arc::clone(&app.clients),
            tokens: app.access_tokens(),
        }))
        .merge(revocation::routes(revocation::Deps {
            journal: app.journal.clone(),
            store: app.store.clone(),
            clock: Arc::clone(&app.clock),
            clients: Arc::clone(&app.clients),
            tokens: app.access_tokens(),
        }))
        .merge(userinfo::routes(userinfo::Deps { tokens: app.access_tokens() }))
        .merge(connect::routes())
        // No request gets here: the context of a request names its endpoint, and each endpoint has a route.
        .fallback(|| async { Failure::new(Kind::NotFound, Reason::ContextWrongPath) })
        .method_not_allowed_fallback(|| async {
            Failure::new(Kind::MethodNotAllowed, Reason::MethodNotAllowed)
        })
        .layer(from_fn_with_state(context, context::layer))
        .layer(from_fn_with_state(app.journal.clone(), deadline::layer))
        .layer(from_fn_with_state(Arc::clone(&app.look), pages::layer))
        .layer(from_fn_with_state(app.journal.clone(), measure::layer))
        .layer(from_fn_with_state(app.traces.clone(), trace::layer))
}

impl App {
    /// Returns how long idle clients are kept, and how much of the audit is kept.
    pub const fn limits(&self) -> Kept {
        Kept { client_secs: self.config.clients.ttl_secs, audit: self.config.audit.limits }
    }

    /// Returns the dependencies of Traefik's HTTP provider; `port` is that of the OAuth listener.
    pub fn traefik(&self, port: u16) -> Result<traefik::Deps, UpstreamError> {
        let keys = &self.config.keys;
        Ok(traefik::Deps {
            // This HTTP client calls only Traefik's API.
            http: HttpClient::new(&BTreeSet::new(), &[], None)?,
            api: self.config.server.traefik_api.clone(),
            plugin: self.config.server.plugin_name.clone(),
            block: self.config.server.block_bare_routers,
            port,
            plugin_key: keys.anchor().plugin_key().to_text(),
            trust_anchor: keys.anchor().trust_anchor().to_text(),
            personal_days: self.config.tokens.personal_days,
            client_ip_depth: self.config.server.client_ip_depth,
            // The plugin refuses every request if the option names a file that does not exist.
            revocation_file: self.has_shared_list().then_some(REVOCATION_FILE),
            journal: self.journal.clone(),
            clock: Arc::clone(&self.clock),
            reports: Arc::clone(&self.reports),
        })
    }

    /// Returns the routes of the operations listener, except those that Traefik polls.
    pub fn operations(&self) -> Router {
        let file = self.config.storage.database_url.is_none().then(|| self.config.storage.db_path.clone());
        let health = health::Deps {
            journal: self.journal.clone(),
            store: self.store.clone(),
            keys: self.keys.clone(),
            clock: Arc::clone(&self.clock),
            file: file.clone(),
            reports: Arc::clone(&self.reports),
            share: self.share.clone(),
            personal_tokens: self.recheck.in_force().clone(),
            revocations: self.revocations.clone(),
            traces: self.traces.clone(),
        };
        health::router(health).merge(self.proven(file))
    }

    /// Returns the routes for which the caller must prove that it knows the encryption key, behind the layer that
    /// verifies the proof.
    fn proven(&self, file: Option<PathBuf>) -> Router {
        let backup = backup::Deps {
            journal: self.journal.clone(),
            store: self.store.clone(),
            entropy: Arc::clone(&self.entropy),
            sealer: self.sealer.clone(),
        };
        let admin = admin::Deps {
            journal: self.journal.clone(),
            store: self.store.clone(),
            keys: self.keys.clone(),
            clock: Arc::clone(&self.clock),
            providers: Arc::clone(&self.providers),
            reports: Arc::clone(&self.reports),
            file,
            tells_revocations: self.tells_revocations(),
            started: self.started,
            personal: self.personal_tokens(),
            users: self.users.clone(),
            known: self.recheck.known().clone(),
        };
        let gate = Arc::new(ops::Gate::new(
            self.journal.clone(),
            Arc::clone(&self.clock),
            self.sealer.clone(),
            self.meter(),
            self.instance,
        ));
        backup::routes(backup)
            .merge(admin::routes(admin))
            .route_layer(from_fn_with_state(Arc::clone(&gate), ops::layer))
            .route("/admin/instance", get(ops::instance).with_state(gate))
    }

    fn meter(&self) -> Meter {
        Meter::new(Arc::clone(&self.budgets), Arc::clone(&self.clock))
    }

    fn access_tokens(&self) -> AccessTokens {
        AccessTokens { store: self.store.clone(), clock: Arc::clone(&self.clock), keys: self.keys.clone() }
    }

    fn context(&self) -> context::Deps {
        context::Deps {
            plugin_keys: self.config.keys.plugin_keys(),
            clock: Arc::clone(&self.clock),
            providers: Arc::clone(&self.providers),
            default_access: self.config.defaults.access.clone(),
            allowed_bases: self.config.server.allowed_bases.clone(),
            meter: self.meter(),
            journal: self.journal.clone(),
            refusals: Arc::clone(&self.refusals),
            known: self.recheck.known().clone(),
        }
    }

    fn registration(&self) -> registration::Deps {
        registration::Deps {
            journal: self.journal.clone(),
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            meter: self.meter(),
            clients: Arc::clone(&self.clients),
            initial_token: self.config.clients.initial_token.clone(),
        }
    }

    /// Whether the list of revoked grants is in the shared folder.
    fn has_shared_list(&self) -> bool {
        let named = self.config.server.revocation_file.as_deref();
        self.share.as_ref().is_some_and(|share| share.has_list(named))
    }

    /// Whether the plugin can read which grants were revoked: in the file of `BOUNCER_REVOCATION_FILE`, or in the
    /// shared folder.
    fn tells_revocations(&self) -> bool {
        self.revocations.is_some() || self.has_shared_list()
    }

    fn personal_tokens(&self) -> PersonalTokens {
        PersonalTokens {
            journal: self.journal.clone(),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            keys: self.keys.clone(),
            plugin_keys: self.config.keys.plugin_keys(),
            sealer: self.sealer.clone(),
            tells_revocations: self.tells_revocations(),
        }
    }

    fn token(&self) -> token::Deps {
        token::Deps {
            journal: self.journal.clone(),
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            meter: self.meter(),
            clients: Arc::clone(&self.clients),
            keys: self.keys.clone(),
            plugin_keys: self.config.keys.plugin_keys(),
            sealer: self.sealer.clone(),
            users: self.users.clone(),
            upstream: Arc::clone(&self.upstream),
            upstream_refresh: self.config.identity.upstream_refresh,
            lifetimes: Lifetimes {
                access_token_secs: self.config.tokens.access_token_ttl_secs,
                refresh_token_secs: self.config.tokens.refresh_token_ttl_secs,
                refresh_grace_secs: self.config.tokens.refresh_grace_secs,
            },
            grant_locks: Locks::default(),
            personal: self.personal_tokens(),
        }
    }
}
