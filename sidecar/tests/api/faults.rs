//! Faults below the sidecar: a full disk, failing randomness, secrets that cannot be decrypted, a task that panics. The
//! client gets an error without details, the log and the metrics get the reason, and afterwards everything works.

use std::collections::BTreeSet;
use std::sync::Arc;

use protocol::context::Endpoint;
use protocol::secret::Secret;
use serde_json::json;
use sidecar::clock::Clock as _;
use sidecar::sweep;
use sidecar::upstream::{
    Asserted, AssertionError, Begin, Finish, Notes, Presented, Refreshed, Registration, SignedIn, ToRevoke,
    Upstream, UpstreamFuture,
};
use store::crypto::secrets::hash_secret;
use store::crypto::{Place, SealError, Sealed, Sealer};
use store::entropy::SeededEntropy;
use store::intent::clients::RegisterClient;
use store::intent::copy::CopyIn;
use store::intent::grants::BeginUpstream;
use store::intent::keys::ResealAll;
use store::intent::refresh::{FindRefresh, RotateRefresh};
use store::limits::LOGINS_IN_ALL;
use store::record::{ClientKind, ClientRecord, ClientSource, GrantRecord, LoginRecord, Stored};
use store::testing::disk::Disk;
use store::testing::entropy::{Draw, FailingEntropy};
use store::{GrantUpdate, NewRefresh, Reseal, Rotate, Store, UpstreamTurn};

use crate::administration::ask;
use crate::standing::{Granted, log_in, refresh_token};
use crate::support::provider::Provider;
use crate::support::{Browser, CALLBACK, Reply, START, Site, World, authorize_pairs};

const DAY: u64 = 86_400;

fn wiki() -> Site {
    Site::local("https://wiki.example.com")
}

fn on_disk() -> (Disk, Arc<Store>) {
    let disk = Disk::default();
    let backend = disk.clone();
    (disk, Arc::new(Store::on_backend(move || backend.clone()).unwrap()))
}

fn asking(provider: &Provider) -> [(&str, &str); 2] {
    [("BOUNCER_INTERNAL_ISSUERS", &provider.issuer), ("BOUNCER_STRICT_UPSTREAM_REFRESH", "true")]
}

#[track_caller]
fn assert_unavailable(world: &World, answer: &Reply, reason: &str) {
    assert_eq!(answer.status, 503, "{reason}: {answer:?}");
    assert!(world.reasons().contains(reason), "{reason}: {:?}", world.reasons());
}

async fn tick(world: &World) {
    sweep::tick(&world.app.journal, &world.app.keys, world.app.limits(), world.clock.now()).await;
}

#[tokio::test]
async fn a_full_disk_is_reported_and_ends_nothing() {
    let (disk, store) = on_disk();
    let (world, site) = (World::on(store, &[]), wiki());
    let client = world.register(&site, CALLBACK).await;
    Browser::new(&world, &site).authorize(&authorize_pairs(&client)).await;
    world.advance(30 * DAY);
    disk.set_room(Some(0));
    let metadata =
        json!({ "redirect_uris": ["https://other.example/cb"], "token_endpoint_auth_method": "none" });
    assert_unavailable(&world, &world.post_json(&site, Endpoint::Register, &metadata).await, "store");
    // By now the login has expired, and a new signing key is due.
    tick(&world).await;
    let reasons = world.reasons();
    assert!(reasons.contains("sweep_failed") && reasons.contains("keys_not_updated"), "{reasons:?}");
    disk.set_room(None);
    tick(&world).await;
    world.register(&site, "https://third.example/cb").await;
}

/// Each draw of randomness, in a login through the provider and in a refresh, fails once.
#[tokio::test]
async fn without_randomness_nothing_is_issued() {
    let mut reasons = BTreeSet::new();
    for draw in 0..100 {
        let provider = Provider::start().await;
        provider.rotate_refresh_tokens();
        let entropy = Arc::new(FailingEntropy::new(7));
        let drawing = Arc::<FailingEntropy>::clone(&entropy);
        let world = World::drawing(Arc::new(Store::oracle()), drawing, &asking(&provider));
        let site = Site::oidc("https://wiki.example.com", &provider.issuer);
        let before = world.reasons();
        entropy.fail_after(draw, Draw::Error);
        let failed = steps(&world, &site, &provider).await;
        reasons.extend(world.reasons().difference(&before).cloned());
        assert_eq!(failed, entropy.has_failed(), "{draw}");
        if !failed {
            break;
        }
        assert!(!steps(&world, &site, &provider).await, "{draw}: it works again");
    }
    let expected = ["entropy", "seal", "successor_seal", "upstream_refresh_seal"];
    assert!(expected.iter().all(|reason| reasons.contains(*reason)), "{reasons:?}");
}

/// Registers a client, logs in and refreshes. Returns whether a step failed. No step may have half an effect.
async fn steps(world: &World, site: &Site, provider: &Provider) -> bool {
    let metadata = json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" });
    let registered = world.post_json(site, Endpoint::Register, &metadata).await;
    if failed(&registered) {
        return true;
    }
    let client = registered.json()["client_id"].as_str().unwrap().to_owned();
    let mut browser = Browser::new(world, site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    if failed(&begun) {
        return true;
    }
    let page = browser.follow(&begun).await;
    if failed(&page) {
        return true;
    }
    let decided = browser.decide(&page, "approve").await;
    if failed(&decided) {
        return true;
    }
    let done = browser.get(Endpoint::Callback, &provider.sign_in(&decided.onward())).await;
    if failed(&done) {
        return true;
    }
    let answer = world.token(site, &client, &done.onward_parameter("code").unwrap()).await;
    if failed(&answer) {
        return true;
    }
    let token = refresh_token(&answer);
    let pairs = [("grant_type", "refresh_token"), ("client_id", &*client), ("refresh_token", &*token)];
    failed(&world.post_form(site, Endpoint::Token, &pairs).await)
}

fn failed(reply: &Reply) -> bool {
    assert!(reply.status == 503 || reply.status.as_u16() < 400, "{reply:?}");
    reply.status == 503
}

/// Seals every stored secret of one kind with a key that this sidecar does not have.
async fn spoil(world: &World, is_meant: fn(&Place) -> bool) {
    let other = Sealer::new(&Secret::new([9; 32]), &[], Arc::new(SeededEntropy::new(9)));
    let reseal = move |place: &Place, _: &Sealed| -> Result<Option<Sealed>, SealError> {
        if is_meant(place) { other.seal(place, b"something else").map(Some) } else { Ok(None) }
    };
    let reseal: Reseal = Arc::new(reseal);
    assert_eq!(world.app.store.write(ResealAll { reseal }).await.unwrap().count, 1);
}

fn is_of<R: Stored>(place: &Place) -> bool {
    format!("{place:?}").contains(&format!("\"{}\"", R::TABLE))
}

#[tokio::test]
async fn a_providers_refresh_token_that_does_not_open_is_503() {
    let provider = Provider::start().await;
    let granted = Granted::strict(&provider).await;
    spoil(&granted.world, is_of::<GrantRecord>).await;
    assert_unavailable(&granted.world, &granted.refresh().await, "upstream_refresh_unseal");
}

#[tokio::test]
async fn a_providers_access_token_that_does_not_open_is_503() {
    let provider = Provider::start().await;
    provider.access_tokens_live(2 * 3_600);
    let (granted, _) = crate::upstream_token::granted(&provider, "false").await;
    spoil(&granted.world, |place| format!("{place:?}").contains("\"families.upstream_token\"")).await;
    assert_unavailable(&granted.world, &granted.refresh().await, "upstream_refresh_unseal");
}

#[tokio::test]
async fn the_secrets_of_a_login_that_do_not_open_end_it() {
    let provider = Provider::start().await;
    let world = World::with(&asking(&provider));
    let site = Site::oidc("https://wiki.example.com", &provider.issuer);
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let page = browser.follow(&begun).await;
    let url = browser.decide(&page, "approve").await.onward();
    spoil(&world, is_of::<LoginRecord>).await;
    let ended = browser.get(Endpoint::Callback, &provider.sign_in(&url)).await;
    assert_eq!(ended.onward_parameter("error").as_deref(), Some("server_error"), "{ended:?}");
    assert!(world.reasons().contains("unseal"), "{:?}", world.reasons());
}

/// The stored successor was sealed for another refresh token.
#[tokio::test]
async fn a_successor_that_does_not_open_is_503() {
    let granted = Granted::local().await;
    let (world, site) = (&granted.world, &granted.site);
    let tenant = world.context(site, Endpoint::Token, "POST").tenant();
    let other = Sealer::new(&Secret::new([9; 32]), &[], Arc::new(SeededEntropy::new(9)));
    let rotate = Rotate {
        successor: NewRefresh {
            token: hash_secret("mcpb_rt_other"),
            expires: START.plus(DAY),
            network: None,
        },
        sealed_successor: other.seal(&Place::login(&[0; 32]), b"something else").unwrap(),
        grace_secs: 60,
        token_secs: 3_600,
        update: GrantUpdate::default(),
    };
    let (presented, client_id) = (hash_secret(&granted.token), granted.client.clone());
    let rotate = RotateRefresh { tenant, presented, client_id, rotate, now: START };
    world.app.store.write(rotate).await.unwrap();
    assert_unavailable(world, &granted.refresh().await, "successor_unseal");
}

/// The provider issues a new refresh token, but the disk is full by then.
#[tokio::test]
async fn a_providers_new_refresh_token_that_cannot_be_stored_is_503() {
    let provider = Provider::start().await;
    provider.rotate_refresh_tokens();
    let (disk, store) = on_disk();
    let world = World::on(store, &asking(&provider));
    let site = Site::oidc("https://wiki.example.com", &provider.issuer);
    let (client, answer) = log_in(&world, &site, &provider).await;
    let granted = Granted::of(world, site, client, &answer);
    let held = provider.hold();
    let full = async {
        provider.was_asked_for_tokens(2).await;
        disk.set_room(Some(0));
        held.add_permits(1);
    };
    let (answer, ()) = tokio::join!(granted.refresh(), full);
    assert_unavailable(&granted.world, &answer, "upstream_refresh_lost");
}

/// Another sidecar holds the turn to ask the provider about the same grant, and does not end it.
#[tokio::test]
async fn a_refresh_that_waits_too_long_for_another_sidecar_is_503() {
    let provider = Provider::start().await;
    let granted = Granted::strict(&provider).await;
    let store = &granted.world.app.store;
    let tenant = granted.world.context(&granted.site, Endpoint::Token, "POST").tenant();
    let token = hash_secret(&granted.token);
    let found = store.read(FindRefresh { tenant: tenant.clone(), token, now: START }).await.unwrap();
    let (_, grant) = found.unwrap();
    let turn = store.write(BeginUpstream { tenant, grant: grant.id, secs: 30, now: START }).await;
    assert!(matches!(turn, Ok(UpstreamTurn::Taken)));
    tokio::time::pause();
    assert_unavailable(&granted.world, &granted.refresh().await, "upstream_turn");
}

/// A provider whose refresh panics.
struct Panics;

impl Upstream for Panics {
    fn authorize_url<'a>(&'a self, _: &'a Registration, _: &'a Begin) -> UpstreamFuture<'a, String> {
        unreachable!()
    }

    fn exchange<'a>(&'a self, _: &'a Registration, _: &'a Finish) -> UpstreamFuture<'a, SignedIn> {
        unreachable!()
    }

    fn refresh<'a>(&'a self, _: &'a Registration, _: &'a Secret<String>) -> UpstreamFuture<'a, Refreshed> {
        Box::pin(async { panic!("a test says so") })
    }

    fn confirm<'a>(
        &'a self,
        _: &'a Registration,
        _: &'a Refreshed,
        _: &'a str,
    ) -> UpstreamFuture<'a, Option<(protocol::settings::Identity, Notes)>> {
        unreachable!()
    }

    fn asserted<'a>(
        &'a self,
        _: &'a Registration,
        _: &'a Secret<String>,
        _: Presented<'a>,
    ) -> UpstreamFuture<'a, Result<Asserted, AssertionError>> {
        unreachable!()
    }

    fn revoke<'a>(&'a self, _: &'a Registration, _: &'a ToRevoke) -> UpstreamFuture<'a, bool> {
        unreachable!()
    }
}

#[tokio::test]
async fn a_panic_while_the_provider_is_asked_is_503_and_the_grant_is_kept() {
    let provider = Provider::start().await;
    let mut granted = Granted::strict(&provider).await;
    let real = Arc::clone(&granted.world.app.upstream);
    granted.world.replace(|app| app.upstream = Arc::new(Panics));
    assert_unavailable(&granted.world, &granted.refresh().await, "upstream_task");
    granted.world.replace(|app| app.upstream = real);
    // The task held the turn to ask the provider until the turn expired.
    granted.world.advance(31);
    provider.advance(31);
    granted.refreshed().await;
}

#[tokio::test]
async fn a_panic_while_keys_rotate_is_reported_and_the_next_tick_rotates() {
    let entropy = Arc::new(FailingEntropy::new(7));
    let drawing = Arc::<FailingEntropy>::clone(&entropy);
    let world = World::drawing(Arc::new(Store::oracle()), drawing, &[]);
    let first = world.app.keys.current(START).unwrap().kid.clone();
    world.advance(30 * DAY);
    entropy.fail_after(0, Draw::Panic);
    sweep::turn_keys(&world.app.journal, &world.app.keys, world.clock.now()).await;
    assert!(world.reasons().contains("task_lost"), "{:?}", world.reasons());
    assert_eq!(world.app.keys.current(world.clock.now()).unwrap().kid, first);
    sweep::turn_keys(&world.app.journal, &world.app.keys, world.clock.now()).await;
    assert_ne!(world.app.keys.current(world.clock.now()).unwrap().kid, first);
}

/// The background work has not run for so long that the signing key may no longer sign.
#[tokio::test]
async fn without_a_key_that_may_sign_nothing_is_issued() {
    let (world, site) = (World::new(), wiki());
    let client = world.register(&site, CALLBACK).await;
    world.advance(32 * DAY);
    let code = Browser::new(&world, &site).reach_code(&client).await;
    assert_unavailable(&world, &world.token(&site, &client, &code).await, "signing_key");
}

#[tokio::test]
async fn a_stored_client_that_cannot_be_used_is_503() {
    let (world, site) = (World::new(), wiki());
    let record = ClientRecord {
        tenant: world.context(&site, Endpoint::Authorize, "GET").tenant(),
        client_id: "odd".to_owned(),
        metadata: json!({ "redirect_uris": 7 }),
        kind: ClientKind::Public,
        source: ClientSource::Registered,
        registration_token: None,
        issued_at: START,
        last_used: START,
        approved_at: None,
    };
    world.app.store.write(RegisterClient { record, now: START }).await.unwrap();
    let answer = Browser::new(&world, &site).authorize(&authorize_pairs("odd")).await;
    assert_unavailable(&world, &answer, "client_record");
}

#[tokio::test]
async fn an_unreadable_record_is_deleted_when_it_expires_and_reported() {
    let (_disk, store) = on_disk();
    let (world, site) = (World::on(Arc::clone(&store), &[]), wiki());
    let client = world.register(&site, CALLBACK).await;
    Browser::new(&world, &site).authorize(&authorize_pairs(&client)).await;
    let mut damaged = Vec::new();
    let mut sink = |table: &'static str, key: &[u8], _: &[u8]| {
        if table == LoginRecord::TABLE {
            damaged.push((table.to_owned(), key.to_vec(), b"\x01{".to_vec()));
        }
        Ok(())
    };
    store.copy_out(&mut sink).unwrap();
    assert_eq!(damaged.len(), 1);
    store.write(CopyIn::Entries(damaged)).unwrap();
    world.advance(DAY);
    tick(&world).await;
    assert!(world.reasons().contains("record_damaged"), "{:?}", world.reasons());
}

/// A store in memory cannot be copied.
#[tokio::test]
async fn a_backup_that_breaks_off_is_reported() {
    let world = World::new();
    ask(&world, "/admin/backup", &json!({})).await;
    // The response ends before the event is recorded.
    while !world.reasons().contains("backup_broke") {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn no_login_begins_while_the_store_holds_as_many_as_it_may() {
    let store = Arc::new(Store::on_backend(redb::backends::InMemoryBackend::new).unwrap());
    let (world, site) = (World::on(Arc::clone(&store), &[]), wiki());
    let client = world.register(&site, CALLBACK).await;
    let entry = |n: u64| (LoginRecord::TABLE.to_owned(), n.to_be_bytes().repeat(4), b"\x01{".to_vec());
    store.write(CopyIn::Entries((0..LOGINS_IN_ALL).map(entry).collect())).unwrap();
    let refused = Browser::new(&world, &site).authorize(&authorize_pairs(&client)).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (503, "logins_full"));
}
