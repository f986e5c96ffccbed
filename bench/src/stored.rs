//! Fills a store with clients and grants through the store's own operations.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::store::crypto::secrets::hash_secret;
use ::store::intent::clients::RegisterClient;
use ::store::intent::codes::RedeemCode;
use ::store::intent::logins::{AdvanceLogin, BeginLogin, FinishLogin, LoginKey};
use ::store::intent::sweep::Sweep;
use ::store::record::{
    ClientKind, ClientRecord, ClientRequest, ClientSource, CodeRecord, GrantId, GrantRecord, Hash,
    LoginRecord, LoginStep, Purpose,
};
use ::store::{AuditLimits, NewGrant, NewRefresh, Redeem, Store, SweepLimits};
use protocol::scope::ScopeSet;
use protocol::server::pkce::{CodeChallenge, CodeVerifier, PkceProven};
use protocol::server::second_factor::{self, Demand};
use protocol::settings::{AuthorizedUser, Identity, Profile, Provider, TenantSettings};
use protocol::uri::ResourceUri;

use crate::oauth::{CALLBACK, NAME, Tokens, now, tenant};

/// The number of concurrent writers, so that writes share transactions.
const WRITERS: usize = 128;
const DAY: u64 = 86_400;

fn id(kind: u8, number: usize) -> Hash {
    protocol::encoding::sha256(format!("{kind} {number}").as_bytes())
}

/// The tokens of grant `number`, as its client has them.
pub fn tokens(number: usize) -> Tokens {
    let refresh = format!("mcpbr_{}", protocol::encoding::b64url_encode(&id(1, number)));
    Tokens { client_id: client_id(number), refresh }
}

fn client_id(number: usize) -> String {
    format!("mcpb-{}", protocol::encoding::b64url_encode(&id(2, number)))
}

/// Runs [`fill`]; returns its duration in seconds.
pub fn timed_fill(path: &Path, count: usize) -> f64 {
    let began = std::time::Instant::now();
    fill(path, count);
    began.elapsed().as_secs_f64()
}

/// Compacts the file; returns its length in bytes.
pub fn compacted(path: &Path) -> u64 {
    Store::compact_file(path).expect("compaction").1
}

/// Stores `count` clients with a grant and a refresh token each, as if created two hours ago.
pub fn fill(path: &Path, count: usize) {
    let store = Store::open_file(path).expect("a new database");
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    one(&store, number);
                }
            });
        }
    });
    // The redeemed codes need no longer be kept, so this sweep deletes them.
    let limits = SweepLimits { client_idle_secs: 90 * DAY, batch: 5_000, audit: AuditLimits::DEFAULT };
    while store.write(Sweep { now: now(), limits }).expect("a sweep").more {}
}

/// RFC 7636 appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn pkce() -> PkceProven {
    let verifier = CodeVerifier::parse(VERIFIER).expect("a verifier");
    CodeChallenge::from_stored(CHALLENGE)
        .and_then(|challenge| challenge.verify(&verifier))
        .expect("its challenge")
}

/// Authorizes the user at a tenant without rules.
fn admitted(identity: &Identity) -> AuthorizedUser {
    let settings = TenantSettings::new("wiki", Provider::Local, ScopeSet::default());
    settings.authorize(identity).expect("no rule refuses")
}

fn one(store: &Store, number: usize) {
    let (tenant, then) = (tenant(0), now().minus(7_200));
    let scopes = ScopeSet::parse("read write").expect("scopes");
    let resource = ResourceUri::parse(&format!("{}/mcp", tenant.base.as_str())).expect("a resource");
    let client = ClientRecord {
        tenant: tenant.clone(),
        client_id: client_id(number),
        metadata: serde_json::json!({
            "client_name": format!("Client number {number}"), "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        }),
        kind: ClientKind::Public,
        source: ClientSource::Registered,
        registration_token: None,
        issued_at: then,
        last_used: then,
        approved_at: None,
    };
    store.write(RegisterClient { record: client, now: then }).expect("a client");
    let login = LoginRecord {
        flow: id(3, number),
        tenant: tenant.clone(),
        browser: id(4, number),
        purpose: Purpose::Client(ClientRequest {
            client_id: client_id(number),
            redirect_uri: CALLBACK.to_owned(),
            state: None,
            code_challenge: CHALLENGE.to_owned(),
            resource: resource.clone(),
            scopes: Some(scopes.clone()),
        }),
        prompt: std::collections::BTreeSet::new(),
        login_hint: None,
        max_age: None,
        created: then,
        expires: then.plus(600),
        step: LoginStep::first(true),
    };
    // Each grant has its own user, because the number of grants of one user is limited.
    let identity = Identity { sub: format!("{NAME}-{number}"), claims: Profile::default() };
    let code = CodeRecord {
        code: id(5, number),
        tenant: tenant.clone(),
        client_id: client_id(number),
        redirect_uri: CALLBACK.to_owned(),
        state: None,
        code_challenge: CHALLENGE.to_owned(),
        resource: resource.clone(),
        scopes: scopes.clone(),
        identity: identity.clone(),
        upstream_refresh: None,
        upstream_token: None,
        network: None,
        expires: then.plus(60),
        spent: None,
    };
    let (flow, browser) = (login.flow, login.browser);
    store.write(BeginLogin { record: login, proven: None, now: then }).expect("a login");
    let key = LoginKey { tenant: tenant.clone(), flow, browser };
    let not_due = second_factor::due(Demand::Optional, &identity.sub, false).nothing().expect("none is due");
    let step = LoginStep::first(true).password_proven(admitted(&identity), &not_due).expect("the first step");
    let finished = step.to().clone().consent_given(admitted(&identity)).expect("the second step");
    let advance = AdvanceLogin { login: key.clone(), step, rebind: None, session: None, now: then };
    store.write(advance).expect("the second step");
    store.write(FinishLogin { login: key, step: finished, code, now: then }).expect("a code");
    let mut grant = [0; 16];
    grant.copy_from_slice(&id(6, number)[..16]);
    let grant = GrantRecord {
        id: GrantId(grant),
        tenant: tenant.clone(),
        client_id: client_id(number),
        redirect_uri: CALLBACK.to_owned(),
        scopes,
        resource,
        identity,
        upstream_refresh: None,
        upstream_token: None,
        confirmed: None,
        asking: None,
        network: None,
        created: then,
        expires: then.plus(90 * DAY),
        token_secs: 3_600,
        personal: None,
        revoked: None,
    };
    let token = hash_secret(&tokens(number).refresh);
    let refresh = NewRefresh { token, expires: then.plus(30 * DAY), network: None };
    let grant = NewGrant { grant, refresh: Some(refresh) };
    let redeem = RedeemCode { tenant, code: id(5, number), pkce: pkce(), grant, now: then };
    let redeemed = store.write(redeem).expect("a grant");
    assert!(matches!(redeemed, Redeem::Done { crowded_out: None, .. }), "no grant");
}
