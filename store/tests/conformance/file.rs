//! The redb file: what survives a restart, and which files are refused.

use crate::fixtures::*;
use crate::model_look::look;
use store::Store;
use store::engine::redb::OpenError;
use store::record::{AssertionRecord, RevokeReason};

#[test]
fn everything_is_still_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bouncer.db");
    let see = |store: &Store| {
        (
            store.client(&tenant(), CLIENT).unwrap().unwrap(),
            store.login_by_upstream_state(&tenant(), &id(77), &BROWSER, T0).unwrap().unwrap(),
            store.code(&tenant(), &id(3), T0).unwrap().unwrap(),
            store.code(&tenant(), &id(1), T0).unwrap().unwrap(),
            store.refresh(&tenant(), &id(1), T0).unwrap().unwrap(),
            store.refresh(&tenant(), &id(2), T0).unwrap().unwrap(),
            store.signing_keys().unwrap(),
        )
    };
    let before = {
        let store = Store::open_file(&path).unwrap();
        with_grant(&store, 1, T0);
        store.rotate_refresh(&tenant(), &id(1), CLIENT, rotate_to(2, T0), T0).unwrap();
        with_code(&store, 3, T0);
        with_callback(&store, 4, T0);
        store.replace_signing_keys(0, vec![signing_key(1, ACTIVE)]).unwrap();
        see(&store)
    };
    let store = Store::open_file(&path).unwrap();
    assert_eq!(see(&store), before);
    store.ready().unwrap();
}

#[test]
fn the_file_contains_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bouncer.db");
    {
        let store = Store::open_file(&path).unwrap();
        with_code(&store, 1, T0);
        let mut grant = grant(1, T0);
        grant.grant.upstream_refresh = Some(sealed("canary-upstream"));
        store.redeem_code(&tenant(), &id(1), grant, T0).unwrap();
    }
    let bytes = std::fs::read(&path).unwrap();
    assert!(bytes.windows(4).any(|window| window == b"wiki"), "the file was read");
    assert!(!bytes.windows(6).any(|window| window == b"canary"));
}

#[test]
fn only_the_owner_may_read_a_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bouncer.db");
    drop(Store::open_file(&path).unwrap());
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&path).unwrap());
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn other_files_are_refused_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = folder.path().join("old.db");
    let text = folder.path().join("notes.txt");
    std::fs::write(&sqlite, b"SQLite format 3\0 and more of it").unwrap();
    std::fs::write(&text, b"notes").unwrap();
    let error = Store::open_file(&sqlite).unwrap_err();
    assert!(matches!(error, OpenError::Sqlite(_)));
    assert!(error.to_string().contains("SQLite database of the earlier MCPBouncer"));
    assert!(error.to_string().contains("mcpbouncer import"));
    assert!(matches!(Store::open_file(&text).unwrap_err(), OpenError::Foreign(_)));
    assert_eq!(std::fs::read(&text).unwrap(), b"notes");
    let nowhere = folder.path().join("no/such/folder.db");
    assert!(matches!(Store::open_file(&nowhere).unwrap_err(), OpenError::Io { .. }));
}

#[test]
fn a_file_in_use_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bouncer.db");
    let _store = Store::open_file(&path).unwrap();
    assert!(matches!(Store::open_file(&path).unwrap_err(), OpenError::InUse(_)));
}

#[test]
fn a_file_left_by_a_killed_creation_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bouncer.db");
    let beside = folder.path().join(format!("bouncer.db.new-{}", std::process::id()));
    std::fs::write(&beside, b"half a datab").unwrap();
    with_client(&Store::open_file(&path).unwrap());
    assert!(!beside.exists());
    assert!(Store::open_file(&path).unwrap().client(&tenant(), CLIENT).unwrap().is_some());
}

#[test]
fn a_damaged_file_is_refused_with_advice_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bouncer.db");
    with_grant(&Store::open_file(&path).unwrap(), 1, T0);
    let whole = std::fs::read(&path).unwrap();
    for (cut, from) in [(whole.len() / 3, whole.len()), (whole.len(), 64), (100, whole.len())] {
        let mut damaged = whole[..cut].to_vec();
        damaged.iter_mut().skip(from).for_each(|byte| *byte = 0xa5);
        std::fs::write(&path, &damaged).unwrap();
        let error = Store::open_file(&path).unwrap_err().to_string();
        assert!(error.contains("restore") && error.contains("backup"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), damaged, "nothing is repaired behind the operator's back");
    }
}

#[test]
fn compaction_frees_space_and_keeps_all_records() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bouncer.db");
    {
        let store = Store::open_file(&path).unwrap();
        with_grant(&store, 1, T0);
        for n in 0..300 {
            let mut record = client(&tenant(), &format!("client {n}"), T0);
            record.metadata = "x".repeat(20_000).into();
            store.register_client(record, T0).unwrap();
            store.remove_client(&tenant(), &format!("client {n}"), T0).unwrap();
        }
        assert!(matches!(Store::compact_file(&path), Err(OpenError::InUse(_))));
    }
    let (before, after) = Store::compact_file(&path).unwrap();
    assert!(after < before, "{before} {after}");
    assert!(Store::open_file(&path).unwrap().refresh(&tenant(), &id(1), T0).unwrap().is_some());
}

/// Changes a number in `meta` directly in the file, without the store.
#[expect(clippy::disallowed_types, reason = "behind the store's back")]
fn set_number(path: &std::path::Path, name: &[u8], value: u64) {
    let database = redb::Database::open(path).unwrap();
    let tx = database.begin_write().unwrap();
    let table: redb::TableDefinition<'_, &[u8], &[u8]> = redb::TableDefinition::new("meta");
    tx.open_table(table).unwrap().insert(name, &value.to_be_bytes()[..]).unwrap();
    tx.commit().unwrap();
}

#[test]
fn a_file_of_a_newer_release_is_refused_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bouncer.db");
    with_grant(&Store::open_file(&path).unwrap(), 1, T0);
    set_number(&path, b"layout", 2);
    let error = Store::open_file(&path).unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 2 }));
    assert!(error.to_string().contains("use the newer release"), "{error}");
    set_number(&path, b"layout", 1);
    assert!(Store::open_file(&path).unwrap().refresh(&tenant(), &id(1), T0).unwrap().is_some());
}

/// The fixtures contain a file of every previous layout, written by the release that used it.
#[test]
fn files_of_earlier_releases_can_be_opened_and_read_completely() {
    let fixture = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/layout-1.db");
    let life = |store: &Store| {
        with_grant(store, 1, T0);
        store.rotate_refresh(&tenant(), &id(1), CLIENT, rotate_to(2, T0), T0).unwrap();
        with_code(store, 3, T0);
        with_callback(store, 4, T0);
        with_grant(store, 5, T0);
        store.revoke_grant(&tenant(), &grant_id(5), RevokeReason::UserRefused, T0).unwrap();
        store.use_assertion(AssertionRecord { id: id(6), expires: T0.plus(60) }, T0).unwrap();
        store.replace_signing_keys(0, vec![signing_key(1, ACTIVE)]).unwrap();
    };
    if !fixture.exists() {
        life(&Store::open_file(&fixture).unwrap());
        Store::compact_file(&fixture).unwrap();
        panic!("{} was missing and has been created: commit it", fixture.display());
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bouncer.db");
    std::fs::copy(&fixture, &path).unwrap();
    let (old, new) =
        (Store::open_file(&path).unwrap(), Store::open_file(&folder.path().join("new.db")).unwrap());
    life(&new);
    // Codes of earlier releases have no `state`.
    let stateless = |text: String| {
        let codes = text.split("CodeRecord {").enumerate();
        let one = |(number, code): (usize, &str)| match number {
            0 => code.to_owned(),
            _ => code.replacen(r#"state: Some("s \"1\"")"#, "state: None", 1),
        };
        codes.map(one).collect::<Vec<_>>().join("CodeRecord {")
    };
    let (found, expected) = (look(&old, T0), look(&new, T0));
    assert_ne!(found, expected, "the codes of this release have a state");
    assert_eq!(found, stateless(expected));
    assert_eq!(old.signing_keys().unwrap(), new.signing_keys().unwrap());
    assert!(!old.use_assertion(AssertionRecord { id: id(6), expires: T0.plus(60) }, T0).unwrap());
    assert!(matches!(
        old.rotate_refresh(&tenant(), &id(2), CLIENT, rotate_to(9, T0), T0).unwrap(),
        Rotation::Rotated
    ));
}
