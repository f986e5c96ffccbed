//! Records for the tests, distinguished by one byte.

pub(crate) use crate::calls::Calls;
pub(crate) use crate::without_proof::{Direct, Redeem, Rotation};
use protocol::jose::key_certificate::KeyPurpose;
use protocol::personal_token::CLIENT_ID as PERSONAL;
use protocol::scope::ScopeSet;
use protocol::server::login::{Advanced, Authenticated, Ended, Finished};
use protocol::server::pkce::{CodeChallenge, CodeVerifier, PkceProven};
use protocol::server::second_factor::{self, Demand, NotDue};
use protocol::settings::{AuthorizedUser, Identity, Profile, Provider, TenantSettings};
use protocol::tenant::{Tenant, TenantId};
use protocol::time::UnixTime;
use protocol::uri::{Base, ResourceUri};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::crypto::{Place, Sealed, Sealer};
use store::entropy::SeededEntropy;
use store::record::{
    Callback, ClientKind, ClientRecord, ClientRequest, ClientSource, CodeRecord, GrantId, GrantRecord, Hash,
    LoginRecord, LoginStep, Network, PersonalToken, Purpose, SessionRecord, SignInMethod, SigningKeyRecord,
    SigningKeyState, UpstreamTokenRecord,
};
use store::{Advance, Begin, GrantUpdate, NewGrant, NewRefresh, NewSession, Rotate, Store};

pub(crate) const T0: UnixTime = UnixTime::new(1_800_000_000);
pub(crate) const DAY: u64 = 86_400;
pub(crate) const GRACE: u64 = 60;
pub(crate) const CLIENT: &str = "client-1";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const BROWSER: Hash = [0xb0; 32];

pub(crate) const fn id(n: u8) -> Hash {
    [n; 32]
}

pub(crate) const fn grant_id(n: u8) -> GrantId {
    GrantId([n; 16])
}

pub(crate) fn tenant_of(base: &str, name: &str) -> Tenant {
    Tenant { base: Base::parse(base).unwrap(), id: TenantId::derive(name, "local", "", &[]) }
}

/// The tenant of most records.
pub(crate) fn tenant() -> Tenant {
    tenant_of("https://wiki.example", "wiki")
}

/// Other tenants than [`tenant`]: with another base, another tenant id, or both.
pub(crate) fn strangers() -> [Tenant; 3] {
    [
        tenant_of("https://wiki.example/sub", "wiki"),
        tenant_of("https://wiki.example", "other"),
        tenant_of("https://else.example", "other"),
    ]
}

pub(crate) fn sealed(text: &str) -> Sealed {
    let key = protocol::secret::Secret::new([1; 32]);
    let sealer = Sealer::new(&key, &[], Arc::new(SeededEntropy::new(1)));
    sealer.seal(&Place::login(&id(0)), text.as_bytes()).unwrap()
}

/// The provider's access token.
pub(crate) fn upstream_token(text: &str) -> UpstreamTokenRecord {
    UpstreamTokenRecord { sealed: sealed(text), expires: T0.plus(3_600) }
}

pub(crate) fn network(n: u8) -> Network {
    Network::of([192, 0, n, 1].into())
}

/// Session `n` of `sub` with the secret `n`.
pub(crate) fn session(n: u8, sub: &str, now: UnixTime) -> SessionRecord {
    SessionRecord {
        id: id(n),
        tenant: tenant(),
        secret: id(n),
        previous: None,
        rotated: now,
        identity: identity(sub),
        method: SignInMethod::Password { credential: id(99) },
        authenticated: now,
        created: now,
        expires: now.plus(900),
    }
}

pub(crate) fn new_session(record: SessionRecord) -> NewSession {
    NewSession { record, replaces: None }
}

pub(crate) fn identity(sub: &str) -> Identity {
    Identity { sub: sub.to_owned(), claims: Profile::default() }
}

pub(crate) fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

pub(crate) fn client(tenant: &Tenant, client_id: &str, now: UnixTime) -> ClientRecord {
    ClientRecord {
        tenant: tenant.clone(),
        client_id: client_id.to_owned(),
        metadata: serde_json::json!({ "redirect_uris": ["https://client.example/cb"], "client_name": "Ünï" }),
        kind: ClientKind::Public,
        source: ClientSource::Registered,
        registration_token: None,
        issued_at: now,
        last_used: now,
        approved_at: None,
    }
}

pub(crate) fn request() -> ClientRequest {
    ClientRequest {
        client_id: CLIENT.to_owned(),
        redirect_uri: "https://client.example/cb".to_owned(),
        state: Some("s \"1\"".to_owned()),
        code_challenge: CHALLENGE.to_owned(),
        resource: ResourceUri::parse("https://wiki.example/mcp").unwrap(),
        scopes: Some(scopes("read write")),
    }
}

/// The request of this client.
pub(crate) fn request_of(client_id: &str) -> Purpose {
    Purpose::Client(ClientRequest { client_id: client_id.to_owned(), ..request() })
}

pub(crate) fn login(n: u8, now: UnixTime) -> LoginRecord {
    LoginRecord {
        flow: id(n),
        tenant: tenant(),
        browser: BROWSER,
        purpose: Purpose::Client(request()),
        prompt: BTreeSet::new(),
        login_hint: None,
        max_age: None,
        created: now,
        expires: now.plus(600),
        step: LoginStep::first(true),
    }
}

pub(crate) fn code(n: u8, now: UnixTime) -> CodeRecord {
    CodeRecord {
        code: id(n),
        tenant: tenant(),
        client_id: CLIENT.to_owned(),
        redirect_uri: "https://client.example/cb".to_owned(),
        state: Some("s \"1\"".to_owned()),
        code_challenge: CHALLENGE.to_owned(),
        resource: ResourceUri::parse("https://wiki.example/mcp").unwrap(),
        scopes: scopes("read"),
        identity: identity("ann"),
        upstream_refresh: Some(sealed("upstream")),
        upstream_token: None,
        network: None,
        expires: now.plus(60),
        spent: None,
    }
}

/// A grant with id `n` that lasts 30 days, and its first refresh token `n` with an idle lifetime of 10 days.
pub(crate) fn grant(n: u8, now: UnixTime) -> NewGrant {
    NewGrant {
        grant: GrantRecord {
            id: grant_id(n),
            tenant: tenant(),
            client_id: CLIENT.to_owned(),
            redirect_uri: "https://client.example/cb".to_owned(),
            scopes: scopes("read"),
            resource: ResourceUri::parse("https://wiki.example/mcp").unwrap(),
            identity: identity("ann"),
            upstream_refresh: None,
            upstream_token: None,
            confirmed: None,
            asking: None,
            network: None,
            created: now,
            expires: now.plus(30 * DAY),
            token_secs: 3_600,
            personal: None,
            revoked: None,
        },
        refresh: Some(NewRefresh { token: id(n), expires: now.plus(10 * DAY), network: None }),
    }
}

/// Personal access token `n` of ann, which lives for 90 days.
pub(crate) fn personal(n: u8, now: UnixTime) -> GrantRecord {
    GrantRecord {
        client_id: PERSONAL.to_owned(),
        redirect_uri: String::new(),
        expires: now.plus(90 * DAY),
        token_secs: 90 * DAY,
        personal: Some(PersonalToken { name: format!("Token {n}"), local: true }),
        ..grant(n, now).grant
    }
}

/// The client of all personal access tokens of a tenant.
pub(crate) fn personal_client(tenant: &Tenant, now: UnixTime) -> ClientRecord {
    ClientRecord { approved_at: Some(now), ..client(tenant, PERSONAL, now) }
}

/// The expected result when a code was redeemed without revoking another grant.
pub(crate) const DONE: Redeem = Redeem::Done { crowded_out: None };

/// A rotation to token `n`.
pub(crate) fn rotate_to(n: u8, now: UnixTime) -> Rotate {
    Rotate {
        successor: NewRefresh { token: id(n), expires: now.plus(10 * DAY), network: None },
        sealed_successor: sealed(&format!("token {n}")),
        grace_secs: GRACE,
        token_secs: 3_600,
        update: GrantUpdate::default(),
    }
}

pub(crate) fn signing_key(n: u8, state: SigningKeyState) -> SigningKeyRecord {
    SigningKeyRecord {
        kid: format!("kid-{n}"),
        public_key: format!("public-{n}"),
        seed: sealed("seed"),
        purpose: KeyPurpose::AccessTokens,
        created: T0,
        state,
    }
}

pub(crate) const ACTIVE: SigningKeyState =
    SigningKeyState::Active { since: T0, rotate_at: T0.plus(DAY), sign_until: T0.plus(2 * DAY) };

/// Registers [`CLIENT`] at [`tenant`].
pub(crate) fn with_client(store: &Store) {
    store.register_client(client(&tenant(), CLIENT, T0), T0).unwrap();
}

/// Advances a login up to code `n`.
pub(crate) fn with_code(store: &Store, n: u8, now: UnixTime) {
    with_client(store);
    store.begin_login(login(n, now), now).unwrap();
    assert_eq!(finish(store, &id(n), code(n, now), now), Advance::Done);
}

/// Advances a login up to code `n`, which has the provider's access token.
pub(crate) fn with_code_and_upstream_token(store: &Store, n: u8) {
    with_client(store);
    store.begin_login(login(n, T0), T0).unwrap();
    let code = CodeRecord { upstream_token: Some(upstream_token("access")), ..code(n, T0) };
    assert_eq!(finish(store, &id(n), code, T0), Advance::Done);
}

/// Authorizes the user `sub` at a tenant without rules.
pub(crate) fn admitted(sub: &str) -> AuthorizedUser {
    let settings = TenantSettings::new("wiki", Provider::Local, ScopeSet::default());
    settings.authorize(&identity(sub)).unwrap()
}

/// The proof that no second factor of `sub` is due.
pub(crate) fn not_due(sub: &str) -> NotDue {
    second_factor::due(Demand::Optional, sub, false).nothing().unwrap()
}

/// The step after `sub` entered the right password.
pub(crate) fn password_proven(sub: &str) -> Advanced<Callback> {
    LoginStep::first(true).password_proven(admitted(sub), &not_due(sub)).unwrap()
}

/// The step after `sub` consented.
pub(crate) fn consent_given(sub: &str) -> Finished {
    password_proven(sub).to().clone().consent_given(admitted(sub)).unwrap()
}

/// The step after a user approved and was sent to the provider with state 77.
pub(crate) fn sent_to_provider() -> Advanced<Callback> {
    LoginStep::first(false).sent_to_provider(callback()).unwrap()
}

/// The data that is stored until the provider responds with state 77.
pub(crate) fn callback() -> Callback {
    Callback { upstream_state: id(77), secrets: sealed("nonce") }
}

/// The step after `sub` logged in at the provider.
pub(crate) fn identity_proven(sub: &str) -> Finished {
    sent_to_provider().to().clone().identity_proven(admitted(sub)).unwrap()
}

/// The step after a user gave up before entering the password.
pub(crate) fn given_up() -> Ended {
    LoginStep::first(true).ended()
}

/// Login `n`, at a tenant with a provider.
pub(crate) fn upstream_login(n: u8, now: UnixTime) -> LoginRecord {
    LoginRecord { step: LoginStep::first(false), ..login(n, now) }
}

/// Login `n`, which no client requested.
pub(crate) fn sign_in(n: u8, now: UnixTime) -> LoginRecord {
    LoginRecord { purpose: Purpose::Connections, ..login(n, now) }
}

/// The end of a login that no client requested, by the password of `sub`.
pub(crate) fn authenticated(sub: &str) -> Authenticated {
    LoginStep::first(true).authenticated_by_password(admitted(sub), &not_due(sub)).unwrap()
}

/// Begins this session through login `n`.
pub(crate) fn with_session(store: &Store, n: u8, record: SessionRecord) {
    let now = record.created;
    let step = authenticated(&record.identity.sub);
    assert_eq!(store.begin_login(sign_in(n, now), now).unwrap(), Begin::Done);
    let done = store.finish_sign_in(&tenant(), &id(n), &BROWSER, step, new_session(record), now);
    assert_eq!(done.unwrap(), Advance::Done);
}

/// Advances login `n` up to the provider, with state 77.
pub(crate) fn with_callback(store: &Store, n: u8, now: UnixTime) {
    assert_eq!(store.begin_login(upstream_login(n, now), now).unwrap(), Begin::Done);
    let advanced = store.advance_login(&tenant(), &id(n), &BROWSER, sent_to_provider(), None, now);
    assert_eq!(advanced.unwrap(), Advance::Done);
}

/// Advances a login of [`tenant`] from the password to this code.
pub(crate) fn finish(store: &Store, flow: &Hash, code: CodeRecord, now: UnixTime) -> Advance {
    let sub = code.identity.sub.clone();
    store.advance_login(&tenant(), flow, &BROWSER, password_proven(&sub), None, now).unwrap();
    store.finish_login(&tenant(), flow, &BROWSER, consent_given(&sub), code, now).unwrap()
}

/// Advances a login up to grant `n` with refresh token `n`.
pub(crate) fn with_grant(store: &Store, n: u8, now: UnixTime) {
    with_code(store, n, now);
    store.redeem_code(&tenant(), &id(n), grant(n, now), now).unwrap();
}

/// The PKCE proof for the challenge of every code in these tests (RFC 7636 appendix B).
pub(crate) fn pkce() -> PkceProven {
    let verifier = CodeVerifier::parse("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
    CodeChallenge::from_stored(CHALLENGE).unwrap().verify(&verifier).unwrap()
}
