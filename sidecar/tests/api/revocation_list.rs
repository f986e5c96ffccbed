//! The list of revoked grants, which the plugin reads.

use super::support::*;
use protocol::context::Endpoint;
use protocol::resource::revocation_list::RevocationList;
use serde_json::json;
use sidecar::clock::Clock as _;
use sidecar::revocation_file::Updated;
use std::sync::Arc;
use store::Store;
use store::limits::ENDED_PER_USER;

use crate::grants::{granted, post, refreshes};
use crate::support::federated::grant_of;

#[tokio::test]
async fn revoked_grants_are_in_the_plugins_list_as_long_as_their_tokens_may_live() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("revoked");
    let world = World::with(&[("BOUNCER_REVOCATION_FILE", path.to_str().unwrap())]);
    let site = Site::local("https://mcp.example.com/wiki");
    let read = || RevocationList::parse(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(read(), RevocationList::default(), "the list exists from the start");
    let granted = granted(&world, &site).await;
    post(&world, &site, Endpoint::Revoke, &granted.client, &granted.refresh).await;
    world.tell_revocations().await;
    let grant = grant_of(&granted.access);
    let expected = RevocationList::new(protocol::time::UnixTime::new(0), [grant.as_str()]);
    assert_eq!(read().to_text(), expected.to_text());
    // The grant stays in the list as long as one of its tokens may be valid.
    world.advance(3_600 + 60);
    world.tell_revocations().await;
    assert!(read() != RevocationList::default());
    world.advance(61);
    world.tell_revocations().await;
    assert_eq!(read(), RevocationList::default());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

/// Tokens are issued with a lifetime of two hours, then ten minutes are configured. Grants that were revoked before or
/// after this change stay in the list as long as those tokens are valid.
#[tokio::test]
async fn a_shorter_token_lifetime_does_not_shorten_revocations() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("revoked");
    let store: Arc<Store> = Arc::new(Store::oracle());
    let site = Site::local("https://mcp.example.com/wiki");
    let world = |life: &str| {
        let settings =
            [("BOUNCER_REVOCATION_FILE", path.to_str().unwrap()), ("BOUNCER_ACCESS_TOKEN_TTL", life)];
        World::on(Arc::clone(&store), &settings)
    };
    let listed = || std::fs::read_to_string(&path).unwrap();
    let long = world("2h");
    let (one, two) = (granted(&long, &site).await, granted(&long, &site).await);
    assert_ne!(grant_of(&one.access), grant_of(&two.access));
    post(&long, &site, Endpoint::Revoke, &one.client, &one.refresh).await;
    let short = world("10m");
    assert_eq!(refreshes(&short, &site, &two).await, 200, "a shorter one is issued as well");
    post(&short, &site, Endpoint::Revoke, &two.client, &two.access).await;
    for (passed, expected) in [(0, true), (600 + 200, true), (7_200, true), (7_320, false)] {
        short.clock.set(START.plus(passed));
        sidecar::sweep::tick(&short.app.journal, &short.app.keys, short.app.limits(), short.clock.now())
            .await;
        short.tell_revocations().await;
        for grant in [&one, &two] {
            assert_eq!(listed().contains(&grant_of(&grant.access)), expected, "after {passed} s");
        }
    }
}

/// Whatever happens to the file, the list is restored at the next check, a second later.
#[tokio::test]
async fn a_removed_or_changed_revocation_list_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("revoked");
    let world = World::with(&[("BOUNCER_REVOCATION_FILE", path.to_str().unwrap())]);
    let site = Site::local("https://mcp.example.com/wiki");
    let granted = granted(&world, &site).await;
    post(&world, &site, Endpoint::Revoke, &granted.client, &granted.refresh).await;
    world.tell_revocations().await;
    let whole = std::fs::read(&path).unwrap();
    assert!(String::from_utf8(whole.clone()).unwrap().contains(&grant_of(&granted.access)));
    let log = crate::logs::Captured::start();
    let file = world.app.revocations.as_ref().unwrap();
    let look = || file.update(world.app.store.blocking(), world.clock.now()).unwrap();
    let others: [(&str, Change); 6] = [
        ("removed", |path| std::fs::remove_file(path).unwrap()),
        ("truncated", |path| std::fs::write(path, "").unwrap()),
        ("emptied of ids", |path| std::fs::write(path, RevocationList::default().to_text()).unwrap()),
        ("replaced", |path| {
            let other = path.with_extension("other");
            std::fs::write(&other, RevocationList::default().to_text()).unwrap();
            std::fs::rename(other, path).unwrap();
        }),
        ("changed in place", |path| {
            let mut text = std::fs::read(path).unwrap();
            let last = text.len() - 2;
            text[last] ^= 1;
            std::fs::write(path, text).unwrap();
        }),
        ("a link", |path| {
            std::fs::remove_file(path).unwrap();
            std::os::unix::fs::symlink("/dev/null", path).unwrap();
        }),
    ];
    for (what, change) in others {
        assert_eq!(look(), Updated::Unchanged, "before it was {what}");
        change(&path);
        let expected = if what == "removed" { Updated::WasMissing } else { Updated::WasChanged };
        assert_eq!(look(), expected, "{what}");
        assert_eq!(std::fs::read(&path).unwrap(), whole, "{what}");
        assert!(std::fs::symlink_metadata(&path).unwrap().is_file(), "{what}");
    }
    std::fs::remove_file(&path).unwrap();
    tell(&world);
    assert!(
        log.text().contains("the revocation list was removed or changed by another program"),
        "{}",
        log.text()
    );
    // A file that another sidecar with the same store wrote, with the same list, is not reported.
    let same = path.with_extension("same");
    std::fs::write(&same, &whole).unwrap();
    std::fs::set_permissions(&same, std::fs::metadata(&path).unwrap().permissions()).unwrap();
    std::fs::rename(same, &path).unwrap();
    assert_eq!((look(), look()), (Updated::Unchanged, Updated::Unchanged));
    // If the list cannot be written, this is logged, and the list is written as soon as possible.
    let kept = folder.path().join("kept");
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("in the way"), "").unwrap();
    for _ in 0..5 {
        tell(&world);
    }
    assert_eq!(log.text().matches("the revocation list could not be written").count(), 1, "logged only once");
    std::fs::rename(&path, kept).unwrap();
    tell(&world);
    assert_eq!(std::fs::read(&path).unwrap(), whole);
}

/// A change that another program makes to the file.
type Change = fn(&std::path::Path);

fn tell(world: &World) {
    // Runs on this thread, because the test reads the thread's log.
    let file = world.app.revocations.as_ref().unwrap();
    sidecar::sweep::note_revocations(
        &world.app.journal,
        file,
        file.update(world.app.store.blocking(), world.clock.now()),
        world.clock.now(),
    );
}

/// A user who creates and revokes grants without end is refused, and does not displace older revocations of another
/// tenant.
#[tokio::test]
async fn one_user_cannot_displace_other_tenants_revocations() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("revoked");
    let world = World::with(&[("BOUNCER_REVOCATION_FILE", path.to_str().unwrap())]);
    let quiet = Site::local("https://mcp.example.com/docs");
    let theirs = granted(&world, &quiet).await;
    post(&world, &quiet, Endpoint::Revoke, &theirs.client, &theirs.refresh).await;
    world.advance(1);
    let noisy = Site::local("https://mcp.example.com/wiki");
    let client = world.register(&noisy, CALLBACK).await;
    let mut made = 0;
    let refused = loop {
        let code = Browser::new(&world, &noisy).reach_code(&client).await;
        let reply = world.token(&noisy, &client, &code).await;
        if reply.status != 200 {
            break reply;
        }
        made += 1;
        let refresh = reply.json()["refresh_token"].as_str().unwrap().to_owned();
        assert_eq!(post(&world, &noisy, Endpoint::Revoke, &client, &refresh).await.status, 200);
        assert!(made < 500, "the user is never refused");
    };
    assert_eq!((made, refused.status.as_u16()), (ENDED_PER_USER, 429));
    assert_eq!(
        (&refused.json()["error"], refused.header("retry-after")),
        (&json!("temporarily_unavailable"), "600")
    );
    world.tell_revocations().await;
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(&grant_of(&theirs.access)));
    assert!(
        text.starts_with(&format!("mcpbouncer-revoked-v2 0000000000 0000 {:0>4}\n", ENDED_PER_USER + 1)),
        "{text}"
    );
    // The same user can still log in at another tenant, and at this one once the tokens have expired.
    granted(&world, &quiet).await;
    world.advance(3_600 + 120);
    sidecar::sweep::tick(&world.app.journal, &world.app.keys, world.app.limits(), world.clock.now()).await;
    granted(&world, &noisy).await;
}
