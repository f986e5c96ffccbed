//! Checks that the audit tells of everything that clients received.

use std::collections::BTreeMap;

use e2e::flow::claims;
use e2e::process::json_lines;
use e2e::sidecar::Sidecar;

/// The length of a grant id, with which a `jti` begins.
const GRANT_ID: usize = 22;

/// Asserts that, for each grant, the audit has at least as many rows about tokens as clients received tokens. It may
/// have more rows: a token may have been issued although its response did not reach the client.
pub(crate) async fn tells_of_every_token(sidecar: &Sidecar, tokens: &[String]) {
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    for event in ["token_issued", "token_refreshed"] {
        let text = sidecar.ask(&["audit", "--json", "--all", "--event", event]).await;
        for row in json_lines(&text) {
            let grant = row["grant"].as_str().expect("a grant").to_owned();
            *rows.entry(grant).or_default() += 1;
        }
    }
    let mut held: BTreeMap<String, usize> = BTreeMap::new();
    for access in tokens {
        let jti = claims(access)["jti"].as_str().expect("a jti").to_owned();
        *held.entry(jti[..GRANT_ID].to_owned()).or_default() += 1;
    }
    for (grant, count) in &held {
        let found = rows.get(grant).copied().unwrap_or_default();
        assert!(found >= *count, "grant {grant}: clients have {count} tokens, the audit tells of {found}");
    }
    println!(
        "audit: {} rows for {} tokens of {} grants",
        rows.values().sum::<usize>(),
        tokens.len(),
        held.len()
    );
}
