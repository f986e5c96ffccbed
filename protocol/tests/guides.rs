//! Tests that the plugin reads every block of options in the guides.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use protocol::resource::options::{PluginConfig, PluginEnvironment, parse};
use protocol::secret::Secret;
use serde_json::{Map, Value};

/// The part of a Traefik label before an option's name.
const LABEL: &str = "traefik.http.middlewares.wiki-mcp.plugin.mcpbouncer.";

macro_rules! guides {
    ($($name:literal),*) => { [$(($name, include_str!(concat!("../../docs/guides/", $name)))),*] };
}

const GUIDES: [(&str, &str); 13] = guides![
    "auth0.md",
    "authelia.md",
    "authentik.md",
    "entra.md",
    "github.md",
    "google.md",
    "identity.md",
    "machines.md",
    "okta.md",
    "own-tokens.md",
    "upstream-token.md",
    "workloads.md",
    "zitadel.md"
];

/// The `ini` code blocks of a page.
fn blocks(page: &str) -> Vec<&str> {
    page.split("```ini\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect()
}

/// The options of a block, for a tenant with a host of its own. Placeholders are filled in.
fn options(block: &str) -> Value {
    let mut all =
        Map::from_iter([("resource".to_owned(), "wiki".into()), ("pathPrefix".to_owned(), "".into())]);
    for line in block.lines() {
        let (name, value) =
            line.strip_prefix(LABEL).unwrap_or_else(|| panic!("{line}")).split_once('=').unwrap();
        let value = value.replace("<directory id>", "11111111-2222-3333-4444-555555555555");
        let value = value.replace(['<', '>'], "");
        assert!(all.insert(name.to_owned(), value.into()).is_none(), "{line}: named twice");
    }
    all.into()
}

#[test]
fn every_block_of_options_is_one_the_plugin_reads() {
    let seed = protocol::jose::anchor::AnchorSeed::new(Secret::new([1; 32]));
    let (key, anchor) = (seed.plugin_key().to_text(), seed.trust_anchor().to_text());
    for (name, page) in GUIDES {
        let blocks = blocks(page);
        assert!(!blocks.is_empty(), "{name} has no block of options");
        for block in blocks {
            let json = options(block).to_string();
            let environment = PluginEnvironment { plugin_key: key.expose(), trust_anchor: &anchor };
            match parse(json.as_bytes(), environment) {
                Ok(PluginConfig::Tenant(..)) => {}
                Ok(PluginConfig::Route(_)) => panic!("{name}: not a tenant"),
                Err(error) => panic!("{name}: {error}: {json}"),
            }
        }
    }
}

/// A page that is not in the list above would not be tested.
#[cfg(not(target_family = "wasm"))]
#[test]
fn every_page_is_tested_here_or_elsewhere() {
    let with_the_real_one = ["README.md", "dex.md", "keycloak.md"];
    // The end-to-end tests (guides.rs, kubernetes.rs, labels.rs, containers) test the pages about where Traefik runs
    // and how it is configured. sidecar/tests/api/brand.rs tests the settings in pages.md.
    let elsewhere = [
        "behind-a-proxy.md",
        "compose.md",
        // The end-to-end tests of connections test the settings of this page.
        "connections.md",
        "files.md",
        "kubernetes.md",
        // The end-to-end tests of personal access tokens test the commands of this page.
        "personal-tokens.md",
        // The tests of passwords and of the second factor in sidecar/tests/api test the settings of this page.
        "local-users.md",
        "long-form.md",
        "migration.md",
        "pages.md",
        "rate-limits.md",
        "swarm.md",
        // The end-to-end tests of the policy test the example of this page.
        "tool-policy.md",
    ];
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guides");
    for page in std::fs::read_dir(folder).unwrap() {
        let name = page.unwrap().file_name().into_string().unwrap();
        let known = GUIDES.iter().any(|(known, _)| *known == name)
            || with_the_real_one.contains(&name.as_str())
            || elsewhere.contains(&name.as_str());
        assert!(known, "{name}");
    }
}
