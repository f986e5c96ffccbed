//! Grants to refresh, made by the store's own operations.

use protocol::encoding::{b64url_encode, sha256};
use protocol::scope::ScopeSet;
use protocol::server::login::{Advanced, Finished};
use protocol::server::pkce::{CodeChallenge, CodeVerifier, PkceProven};
use protocol::server::second_factor::{self, Demand};
use protocol::settings::{Identity, Profile, Provider, TenantSettings};
use protocol::tenant::{Tenant, TenantId};
use protocol::time::UnixTime;
use protocol::uri::{Base, ResourceUri};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use store::crypto::Sealed;
use store::intent::WriteIntent;
use store::intent::clients::RegisterClient;
use store::intent::codes::RedeemCode;
use store::intent::logins::{AdvanceLogin, BeginLogin, FinishLogin, LoginKey};
use store::intent::refresh::RotateRefresh;
use store::record::{
    Callback, ClientKind, ClientRecord, ClientRequest, ClientSource, CodeRecord, GrantId, GrantRecord, Hash,
    LoginRecord, LoginStep, Purpose,
};
use store::testing::oracle::OnOracle;
use store::{GrantUpdate, NewGrant, NewRefresh, Rotate, Store, StoreError};

pub(crate) const T0: UnixTime = UnixTime::new(1_800_000_000);
const LATER: UnixTime = T0.plus(30 * 86_400);
const REDIRECT: &str = "https://client.example/cb";
/// RFC 7636 appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn hash(what: &str, n: usize) -> Hash {
    sha256(format!("{what} {n}").as_bytes())
}

/// A grant of a user who has their own client.
pub(crate) struct Grant {
    pub(crate) tenant: Tenant,
    pub(crate) client_id: String,
    pub(crate) subject: String,
    pub(crate) id: GrantId,
    number: usize,
    rotations: AtomicU64,
}

impl Grant {
    pub(crate) fn of(number: usize) -> Self {
        let tenant = Tenant {
            base: Base::parse("https://wiki.example.com").unwrap(),
            id: TenantId::derive("wiki", "local", "", &[]),
        };
        Self {
            tenant,
            client_id: format!("mcpb-{}", b64url_encode(&hash("client", number))),
            subject: format!("1{number:020}"),
            id: GrantId(*hash("grant", number).first_chunk().unwrap()),
            number,
            rotations: AtomicU64::new(0),
        }
    }

    fn token(&self, rotations: u64) -> Hash {
        sha256(format!("token {} {rotations}", self.number).as_bytes())
    }

    /// The next refresh of the grant.
    pub(crate) fn next_rotation(&self) -> RotateRefresh {
        let rotations = self.rotations.load(Ordering::Relaxed);
        let rotate = Rotate {
            successor: NewRefresh { token: self.token(rotations + 1), expires: LATER, network: None },
            sealed_successor: Sealed::from_bytes(vec![7; 76]),
            grace_secs: 60,
            token_secs: 3_600,
            update: GrantUpdate::default(),
        };
        let (tenant, client_id) = (self.tenant.clone(), self.client_id.clone());
        RotateRefresh { tenant, presented: self.token(rotations), client_id, rotate, now: T0 }
    }

    pub(crate) fn rotated(&self) {
        self.rotations.fetch_add(1, Ordering::Relaxed);
    }
}

/// Runs an operation, and repeats it as long as the store is busy.
fn write<I>(store: &Store, intent: &I) -> I::Output
where
    I: WriteIntent + OnOracle<<I as WriteIntent>::Output> + Clone,
{
    loop {
        match store.write(intent.clone()) {
            Err(StoreError::Busy) => {}
            result => return result.unwrap(),
        }
    }
}

/// Makes `count` grants.
pub(crate) fn grants(store: &Store, count: usize) -> Vec<Grant> {
    let grants: Vec<Grant> = (0..count).map(Grant::of).collect();
    std::thread::scope(|scope| {
        for some in grants.chunks(count / 16) {
            scope.spawn(move || some.iter().for_each(|grant| make(store, grant)));
        }
    });
    grants
}

fn make(store: &Store, grant: &Grant) {
    let (tenant, client_id, n) = (grant.tenant.clone(), grant.client_id.clone(), grant.number);
    let identity = Identity { sub: grant.subject.clone(), claims: Profile::default() };
    let scopes = ScopeSet::parse("read write").unwrap();
    let resource = ResourceUri::parse("https://wiki.example.com/mcp").unwrap();
    let client = ClientRecord {
        tenant: tenant.clone(),
        client_id: client_id.clone(),
        metadata: serde_json::json!({ "redirect_uris": [REDIRECT] }),
        kind: ClientKind::Public,
        source: ClientSource::Registered,
        registration_token: None,
        issued_at: T0,
        last_used: T0,
        approved_at: None,
    };
    write(store, &RegisterClient { record: client, now: T0 });
    let login = LoginRecord {
        flow: hash("flow", n),
        tenant: tenant.clone(),
        browser: hash("browser", n),
        purpose: Purpose::Client(ClientRequest {
            client_id: client_id.clone(),
            redirect_uri: REDIRECT.to_owned(),
            state: None,
            code_challenge: CHALLENGE.to_owned(),
            resource: resource.clone(),
            scopes: None,
        }),
        prompt: BTreeSet::new(),
        login_hint: None,
        max_age: None,
        created: T0,
        expires: T0.plus(600),
        step: LoginStep::first(true),
    };
    let key = LoginKey { tenant: tenant.clone(), flow: login.flow, browser: login.browser };
    write(store, &BeginLogin { record: login, proven: None, now: T0 });
    let (step, finished) = steps(&identity);
    write(store, &AdvanceLogin { login: key.clone(), step, rebind: None, session: None, now: T0 });
    let code = CodeRecord {
        code: hash("code", n),
        tenant: tenant.clone(),
        client_id: client_id.clone(),
        redirect_uri: REDIRECT.to_owned(),
        state: None,
        code_challenge: CHALLENGE.to_owned(),
        resource: resource.clone(),
        scopes: scopes.clone(),
        identity: identity.clone(),
        upstream_refresh: None,
        upstream_token: None,
        network: None,
        expires: T0.plus(60),
        spent: None,
    };
    write(store, &FinishLogin { login: key, step: finished, code, now: T0 });
    let record = GrantRecord {
        id: grant.id,
        tenant: tenant.clone(),
        client_id,
        redirect_uri: REDIRECT.to_owned(),
        scopes,
        resource,
        identity,
        upstream_refresh: None,
        upstream_token: None,
        confirmed: None,
        asking: None,
        network: None,
        created: T0,
        expires: LATER,
        token_secs: 3_600,
        personal: None,
        revoked: None,
    };
    let refresh = Some(NewRefresh { token: grant.token(0), expires: LATER, network: None });
    let grant = NewGrant { grant: record, refresh };
    write(store, &RedeemCode { tenant, code: hash("code", n), pkce: pkce(), grant, now: T0 });
}

fn steps(identity: &Identity) -> (Advanced<Callback>, Finished) {
    let settings = TenantSettings::new("wiki", Provider::Local, ScopeSet::default());
    let user = || settings.authorize(identity).unwrap();
    let not_due = second_factor::due(Demand::Optional, &identity.sub, false).nothing().unwrap();
    let step = LoginStep::first(true).password_proven(user(), &not_due).unwrap();
    let finished = step.to().clone().consent_given(user()).unwrap();
    (step, finished)
}

fn pkce() -> PkceProven {
    let verifier = CodeVerifier::parse(VERIFIER).unwrap();
    CodeChallenge::from_stored(CHALLENGE).unwrap().verify(&verifier).unwrap()
}
