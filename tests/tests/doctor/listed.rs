//! Checks that a test makes every documented check fail.

use std::collections::BTreeSet;

use e2e::paths;

#[test]
fn every_check_has_a_test() {
    let text = std::fs::read_to_string(paths::repository().join("docs/doctor.md")).expect("docs/doctor.md");
    let codes: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | ").map(|(code, _)| code))
        .filter(|code| {
            code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        })
        .filter(|code| !code.starts_with('-'))
        .collect();
    assert!(codes.len() >= 80, "{codes:?}");
    let folder = paths::repository().join("tests/tests/doctor");
    let sources: String = std::fs::read_dir(folder)
        .expect("the tests")
        .map(|entry| std::fs::read_to_string(entry.expect("a file").path()).expect("a source"))
        .collect();
    let untested: Vec<&&str> =
        codes.iter().filter(|code| !sources.contains(&format!("\"{code}\""))).collect();
    assert!(untested.is_empty(), "no test makes these fail: {untested:?}");
}
