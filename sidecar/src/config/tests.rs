//! Settings from pairs: defaults, files, durations, unknown names.

use std::io::Write as _;

use super::{Config, FirstStart, KeyOrigin, UpstreamRefresh};
use crate::traefik::Api;
use store::entropy::SeededEntropy;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn with(pairs: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let mut all = vec![("BOUNCER_ENCRYPTION_KEY", KEY)];
    all.extend_from_slice(pairs);
    Config::from_pairs(all).map_err(|error| error.0)
}

#[test]
fn defaults_are_the_documented_ones() {
    let config = with(&[("PATH", "/bin")]).unwrap();
    assert_eq!(config.storage.db_path.to_str(), Some("/data/bouncer.db"));
    assert_eq!(config.server.listen.candidates(), [("::", 8080), ("0.0.0.0", 8080)]);
    assert_eq!(config.tokens.access_token_ttl_secs, 3600);
    assert_eq!(config.tokens.refresh_token_ttl_secs, 30 * 86_400);
    assert_eq!(config.tokens.key_rotation_secs, 30 * 86_400);
    assert_eq!(config.tokens.key_overlap_secs, 86_400);
    assert_eq!(config.tokens.refresh_grace_secs, 60);
    assert_eq!(config.identity.upstream_refresh, UpstreamRefresh::Auto);
    assert!(config.server.allowed_bases.is_none());
}

#[test]
fn the_address_of_traefiks_api_is_a_url_or_a_port() {
    for (text, read) in [
        ("http://traefik:8080", Some(Api::At("http://traefik:8080".parse().unwrap()))),
        (":9000", Some(Api::OfTheAsker(9000))),
        (":0", None),
        (":65536", None),
        (":", None),
        ("9000", None),
        ("traefik:9000", None),
    ] {
        let api = with(&[("BOUNCER_TRAEFIK_API", text)]).map(|config| config.server.traefik_api);
        assert_eq!(api.ok(), read, "{text}");
    }
}

#[test]
fn numbers_and_durations_mean_the_same() {
    for (text, expected) in [("2", 7200), ("720m", 43_200), ("90s", 90), ("1h30m", 5400)] {
        assert_eq!(
            with(&[("BOUNCER_ACCESS_TOKEN_TTL", text)]).unwrap().tokens.access_token_ttl_secs,
            expected,
            "{text}"
        );
    }
    for text in ["-1", "1.5", "h", "10x", "1h2", "99999999999999999999"] {
        let problems = with(&[("BOUNCER_ACCESS_TOKEN_TTL", text)]).unwrap_err();
        assert!(
            problems[0].starts_with("BOUNCER_ACCESS_TOKEN_TTL must be a number or a duration"),
            "{text}: {problems:?}"
        );
    }
}

#[test]
fn upstream_refresh_takes_three_values() {
    let read = |text| with(&[("BOUNCER_STRICT_UPSTREAM_REFRESH", text)]).map(|c| c.identity.upstream_refresh);
    assert_eq!(read("true"), Ok(UpstreamRefresh::Always));
    assert_eq!(read("off"), Ok(UpstreamRefresh::Never));
    assert_eq!(read("AUTO"), Ok(UpstreamRefresh::Auto));
    assert_eq!(
        read("sometimes"),
        Err(vec!["BOUNCER_STRICT_UPSTREAM_REFRESH must be auto, true or false".to_owned()])
    );
}

#[test]
fn an_unknown_name_is_refused_with_the_nearest_known_one() {
    let problems = with(&[("BOUNCER_LISTEN_ADR", ":1")]).unwrap_err();
    assert_eq!(
        problems,
        ["BOUNCER_LISTEN_ADR is not a setting; the nearest known one is BOUNCER_LISTEN_ADDR"]
    );
}

#[test]
fn the_plugins_variables_may_stand_in_the_same_environment() {
    with(&[("BOUNCER_PLUGIN_KEY", KEY), ("BOUNCER_TRUST_ANCHOR", KEY)]).unwrap();
}

#[test]
fn a_missing_key_and_other_problems_are_reported_together() {
    let problems = Config::from_pairs([("BOUNCER_LOG_LEVEL", "loud"), ("BOUNCER_REFRESH_GRACE", "1h")])
        .map_err(|error| error.0)
        .unwrap_err();
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(problems[0].starts_with("BOUNCER_ENCRYPTION_KEY is not set"));
}

#[test]
fn a_secret_may_come_from_a_file_but_not_from_both() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{KEY}").unwrap();
    let path = file.path().to_str().unwrap();
    Config::from_pairs([("BOUNCER_ENCRYPTION_KEY_FILE", path)]).unwrap();
    let problems = with(&[("BOUNCER_ENCRYPTION_KEY_FILE", path)]).unwrap_err();
    assert!(problems[0].contains("are both set"), "{problems:?}");
    let problems = Config::from_pairs([("BOUNCER_ENCRYPTION_KEY_FILE", "/nowhere")]).unwrap_err().0;
    assert!(problems[0].starts_with("BOUNCER_ENCRYPTION_KEY_FILE: cannot read /nowhere"), "{problems:?}");
}

#[test]
fn no_setting_prints_a_secret() {
    let config = with(&[
        ("BOUNCER_DCR_INITIAL_TOKEN", "canary-token"),
        ("BOUNCER_DATABASE_URL", "postgres://bouncer:canary-password@db/bouncer"),
        ("BOUNCER_ANCHOR_SEED", KEY),
        ("BOUNCER_ENCRYPTION_KEYS_PREVIOUS", KEY),
    ])
    .unwrap();
    let printed = format!("{config:?}");
    assert!(!printed.contains("canary"), "{printed}");
    assert!(!printed.contains("1, 2, 3"), "{printed}");
    let problems = with(&[("BOUNCER_ANCHOR_SEED", "canary")]).unwrap_err();
    assert!(!problems.join(" ").contains("canary"), "{problems:?}");
}

/// The settings of a sidecar whose store is in this folder.
fn in_folder(
    folder: &tempfile::TempDir,
    more: &[(&str, &str)],
    first: FirstStart<'_>,
) -> Result<Config, Vec<String>> {
    let path = folder.path().join("bouncer.db").display().to_string();
    let pairs = [("BOUNCER_DB_PATH", path.as_str())].into_iter().chain(more.iter().copied());
    Config::for_start(pairs, first).map_err(|error| error.0)
}

#[test]
fn the_first_start_makes_a_key_and_later_ones_read_it() {
    use std::os::unix::fs::MetadataExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bouncer.db.key");
    let entropy = SeededEntropy::new(1);

    let problems = in_folder(&folder, &[], FirstStart::Refuse).unwrap_err();
    assert!(problems[0].contains("start the sidecar once, which makes one"), "{problems:?}");
    let expected = in_folder(&folder, &[], FirstStart::Expect).unwrap();
    assert_eq!(expected.keys.origin, KeyOrigin::ToBeMade(file.clone()));
    assert!(in_folder(&folder, &[("BOUNCER_LOG_LEVEL", "loud")], FirstStart::Make(&entropy)).is_err());
    assert!(!file.exists(), "only a start with good settings makes it");

    let made = in_folder(&folder, &[], FirstStart::Make(&entropy)).unwrap();
    assert_eq!(made.keys.origin, KeyOrigin::Made(file.clone()));
    assert_eq!(std::fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    std::fs::write(folder.path().join("bouncer.db"), "a store").unwrap();
    for first in [FirstStart::Refuse, FirstStart::Expect, FirstStart::Make(&entropy)] {
        let found = in_folder(&folder, &[], first).unwrap();
        assert_eq!(found.keys.origin, KeyOrigin::Found(file.clone()));
        assert_eq!(found.keys.encryption_key, made.keys.encryption_key);
    }
}

#[test]
fn a_store_without_its_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let entropy = SeededEntropy::new(1);
    std::fs::write(folder.path().join("bouncer.db"), "a store").unwrap();
    for first in [FirstStart::Refuse, FirstStart::Expect, FirstStart::Make(&entropy)] {
        let problems = in_folder(&folder, &[], first).unwrap_err();
        assert!(problems[0].contains("but the store"), "{problems:?}");
    }
    assert!(!folder.path().join("bouncer.db.key").exists());
    in_folder(&folder, &[("BOUNCER_ENCRYPTION_KEY", KEY)], FirstStart::Refuse).unwrap();
}

#[test]
fn a_key_that_contradicts_the_made_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bouncer.db.key");
    let file = file.to_str().unwrap();
    let made = in_folder(&folder, &[], FirstStart::Make(&SeededEntropy::new(1))).unwrap();
    let other = [("BOUNCER_ENCRYPTION_KEY", KEY)];
    let problems = in_folder(&folder, &other, FirstStart::Refuse).unwrap_err();
    assert!(problems[0].starts_with("BOUNCER_ENCRYPTION_KEY differs from the key in"), "{problems:?}");
    let known = [other[0], ("BOUNCER_ENCRYPTION_KEYS_PREVIOUS_FILE", file)];
    assert_eq!(in_folder(&folder, &known, FirstStart::Refuse).unwrap().keys.origin, KeyOrigin::Given);
    let same = in_folder(&folder, &[("BOUNCER_ENCRYPTION_KEY_FILE", file)], FirstStart::Refuse).unwrap();
    assert_eq!(same.keys.encryption_key, made.keys.encryption_key);
}

#[test]
fn a_damaged_key_file_is_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bouncer.db.key");
    for text in ["", "AAEC", "\n"] {
        std::fs::write(&file, text).unwrap();
        let problems = in_folder(&folder, &[], FirstStart::Make(&SeededEntropy::new(1))).unwrap_err();
        assert!(problems[0].contains("holds no encryption key"), "{problems:?}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
}

#[test]
fn sidecars_at_one_database_are_given_their_key() {
    let folder = tempfile::tempdir().unwrap();
    let entropy = SeededEntropy::new(1);
    let database = [("BOUNCER_DATABASE_URL", "postgres://db/bouncer")];
    for first in [FirstStart::Refuse, FirstStart::Expect, FirstStart::Make(&entropy)] {
        let problems = in_folder(&folder, &database, first).unwrap_err();
        assert!(problems[0].contains("the same for all sidecars at one database"), "{problems:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
