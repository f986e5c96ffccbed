//! Tests the shared folder over time: it is written, restored, becomes unwritable, and recovers.

use super::*;
use protocol::jose::anchor::AnchorSeed;
use std::fs;
use std::sync::Arc;
use tempfile::TempDir;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER: &str = "IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NOW: UnixTime = UnixTime::new(1_800_000_000);

fn settings(folder: &Path, more: &[(&str, &str)]) -> Config {
    let folder = folder.to_str().unwrap();
    let pairs = [("BOUNCER_ENCRYPTION_KEY", KEY), ("BOUNCER_SHARE_DIR", folder)];
    Config::from_pairs(pairs.into_iter().chain(more.iter().copied())).unwrap()
}

/// A shared folder, and the settings of a sidecar that keeps it up to date.
struct Kept {
    folder: TempDir,
    journal: Journal,
}

impl Kept {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), journal: Journal::on(Arc::new(store::Store::oracle())) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self, more: &[(&str, &str)]) -> Share {
        Share::open(&settings(self.folder.path(), more)).unwrap()
    }

    fn keys(&self) -> SharedKeys {
        SharedKeys::parse(&fs::read(self.path(KEYS)).unwrap()).unwrap()
    }

    fn update(&self, share: &Share, seconds: u64) -> Option<SigningKey> {
        share.update(&self.journal, NOW.plus(seconds))
    }
}

fn seed(text: &str) -> AnchorSeed {
    AnchorSeed::new(crate::config::read_key(text).unwrap())
}

fn trouble(share: &Share) -> Option<String> {
    share.state.lock().unwrap().trouble.clone()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

/// If the sidecar claimed to have a list, the plugin would read a list that nobody writes, and refuse every request.
#[test]
fn the_folder_has_a_list_unless_the_operator_keeps_it_elsewhere() {
    let kept = Kept::new();
    assert!(kept.open(&[]).has_list(None));
    for (name, has_list) in [("elsewhere", false), (REVOKED, true)] {
        let path = kept.path(name);
        let share = kept.open(&[("BOUNCER_REVOCATION_FILE", path.to_str().unwrap())]);
        assert_eq!(share.has_list(Some(&path)), has_list, "{name}");
        assert!(share.revocations().is_none());
    }
}

#[test]
fn the_folder_is_filled_and_restored() {
    let kept = Kept::new();
    let share = kept.open(&[]);
    kept.update(&share, 0);
    let all = || {
        let list = fs::read_to_string(kept.path(REVOKED)).unwrap();
        (fs::read_to_string(kept.path(KEYS)).unwrap(), list)
    };
    let before = all();
    assert_eq!(kept.keys().plugin.iter().count(), 1);
    assert!(before.1.starts_with("mcpbouncer-revoked-v2 "));
    let text = before.0.clone();
    for damage in [
        &(|path: &Path| fs::remove_file(path).unwrap()) as &dyn Fn(&Path),
        &|path| fs::write(path, &text[..40]).unwrap(),
        &|path| fs::set_permissions(path, Permissions::from_mode(0o666)).unwrap(),
    ] {
        for name in [KEYS, REVOKED] {
            damage(&kept.path(name));
        }
        kept.update(&share, 1);
        assert_eq!(all(), before);
        assert_eq!((mode(&kept.path(KEYS)), mode(&kept.path(REVOKED))), (SECRET, PUBLIC));
    }
    assert_eq!(trouble(&share), None);
}

#[test]
fn the_plugin_is_where_traefik_looks_for_it() {
    let kept = Kept::new();
    let share = kept.open(&[]);
    kept.update(&share, 0);
    let folder = kept.path("plugins-local/src/github.com/mcpbouncer/mcpbouncer");
    let Some(files) = plugin::files() else {
        assert!(!folder.exists(), "a program without the plugin writes none");
        return;
    };
    for (name, content) in files {
        assert_eq!(fs::read(folder.join(name)).unwrap(), content);
        assert_eq!(mode(&folder.join(name)), PUBLIC);
    }
    assert_eq!(mode(&folder), PUBLIC_FOLDER);
    fs::remove_dir_all(kept.path("plugins-local")).unwrap();
    kept.update(&share, 1);
    assert_eq!(fs::read(folder.join("plugin.wasm")).unwrap(), files[0].1);
}

#[test]
fn keys_are_for_the_group_that_the_folder_hands_on() {
    let kept = Kept::new();
    let share = kept.open(&[]);
    kept.update(&share, 0);
    assert_eq!(mode(&kept.path(KEYS)), 0o600);
    fs::set_permissions(kept.folder.path(), Permissions::from_mode(0o2750)).unwrap();
    kept.update(&share, 1);
    assert_eq!(mode(&kept.path(KEYS)), 0o640);
}

#[test]
fn a_folder_out_of_reach_is_said_once_and_comes_back() {
    let kept = Kept::new();
    let share = kept.open(&[]);
    kept.update(&share, 0);
    let aside = tempfile::tempdir().unwrap();
    fs::rename(kept.folder.path(), aside.path().join("away")).unwrap();
    kept.update(&share, 1);
    let sentence = trouble(&share).unwrap();
    assert!(sentence.contains("mount the volume that Traefik has mounted too"), "{sentence}");
    kept.update(&share, 2);
    assert_eq!(trouble(&share), Some(sentence), "the same sentence is not logged again");
    assert!(!kept.folder.path().exists(), "it is not made in the place of a volume");
    fs::create_dir(kept.folder.path()).unwrap();
    kept.update(&share, 3);
    assert_eq!(trouble(&share), None);
    assert_eq!(kept.keys().plugin.iter().count(), 1);
    assert!(kept.path(REVOKED).exists());
}

#[test]
fn each_trouble_says_what_to_do() {
    for (kind, remedy) in [
        (io::ErrorKind::NotFound, "mount the volume"),
        (io::ErrorKind::PermissionDenied, "may write"),
        (io::ErrorKind::ReadOnlyFilesystem, "writable"),
        (io::ErrorKind::StorageFull, "free or add space"),
        (io::ErrorKind::QuotaExceeded, "free or add space"),
    ] {
        let sentence =
            super::trouble(Path::new("/share/keys.json"), kind.into()).sentence(Path::new("/share"));
        assert!(sentence.starts_with("BOUNCER_SHARE_DIR: /share/keys.json "), "{sentence}");
        assert!(sentence.contains(remedy), "{sentence}");
    }
}

#[test]
fn a_new_anchor_is_known_before_it_certifies() {
    let kept = Kept::new();
    kept.update(&kept.open(&[]), 0);
    let former = settings(kept.folder.path(), &[]).keys.anchor();
    let former_text = former.to_text();
    let turned =
        [("BOUNCER_ANCHOR_SEED", OTHER), ("BOUNCER_ANCHOR_SEEDS_PREVIOUS", former_text.expose().as_str())];
    let share = kept.open(&turned);
    let first = |keys: &SharedKeys| keys.plugin.iter().next().cloned();
    for seconds in [100, 119] {
        assert!(kept.update(&share, seconds).is_none());
        assert_eq!(share.anchor(), former.signing_key());
        assert_eq!(first(&kept.keys()), Some(former.plugin_key()));
        assert_eq!(kept.keys().anchors.iter().count(), 2, "the new one is known");
    }
    assert_eq!(kept.update(&share, 120), Some(seed(OTHER).signing_key()));
    assert_eq!(share.anchor(), seed(OTHER).signing_key());
    assert!(kept.update(&share, 121).is_none());
    assert_eq!(first(&kept.keys()), Some(seed(OTHER).plugin_key()));
    assert_eq!(
        kept.keys().anchors.iter().count(),
        2,
        "the former one is known as long as the settings name it"
    );
    let share = kept.open(&turned[..1]);
    kept.update(&share, 200);
    assert_eq!(kept.keys().anchors.iter().count(), 1);
}

#[test]
fn a_key_that_another_sidecar_added_is_left_alone() {
    let kept = Kept::new();
    let database = ("BOUNCER_DATABASE_URL", "postgres://db/bouncer");
    let (one, two) = (kept.open(&[database]), kept.open(&[database]));
    kept.update(&one, 0);
    kept.update(&two, 0);
    // The settings of the first sidecar now name one more key, which the second sidecar does not know.
    let next = kept.open(&[database, ("BOUNCER_ANCHOR_SEEDS_PREVIOUS", OTHER)]);
    for seconds in [1, 2] {
        kept.update(&next, seconds);
        kept.update(&two, seconds);
        assert_eq!(kept.keys().anchors.iter().count(), 2);
    }
    fs::write(kept.path(KEYS), "{}").unwrap();
    kept.update(&two, 3);
    assert_eq!(kept.keys().anchors.iter().count(), 1, "its own keys it restores");
    // A sidecar that does not share the store removes the keys of other sidecars.
    let alone = kept.open(&[]);
    kept.update(&alone, 4);
    fs::copy(kept.path(KEYS), kept.path("copy")).unwrap();
    kept.update(&next, 5);
    kept.update(&alone, 6);
    assert_eq!(fs::read(kept.path(KEYS)).unwrap(), fs::read(kept.path("copy")).unwrap());
}
