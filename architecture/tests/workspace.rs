//! Checks that the crates of this workspace follow the rules. A crate is added to a list once it follows its rule.

#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use architecture::Sources;
use std::path::Path;

/// Crates without circular imports.
const WITHOUT_CIRCLES: [&str; 7] =
    ["architecture", "guest-memory", "inner-loops", "plugin-wasm", "protocol", "sidecar", "store"];
/// Crates whose files and functions are short.
const SHORT: [&str; 7] = WITHOUT_CIRCLES;
/// Crates whose files of tests are short.
const WITH_SHORT_TESTS: [&str; 5] = ["architecture", "guest-memory", "plugin-wasm", "protocol", "store"];
/// The maximum number of lines of a file.
const FILE: usize = 400;
/// The maximum number of lines of a function of the product.
const FUNCTION: usize = 60;

fn sources(krate: &str, folder: &str) -> Sources {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    Sources::read(&workspace.join(krate).join(folder)).unwrap()
}

#[test]
fn there_are_no_circular_imports() {
    let circles = |krate| {
        let circles = sources(krate, "src").imports().circles();
        circles.into_iter().map(move |circle| [krate, ": ", &circle].concat())
    };
    let found: Vec<String> = WITHOUT_CIRCLES.into_iter().flat_map(circles).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn files_and_functions_are_short() {
    let mut found = Vec::new();
    let mut add = |krate: &str, folder: &str, long: Vec<String>| {
        found.extend(long.into_iter().map(|what| [krate, "/", folder, "/", &what].concat()));
    };
    for krate in SHORT {
        add(krate, "src", sources(krate, "src").long_files(FILE));
        add(krate, "src", sources(krate, "src").long_functions(FUNCTION));
    }
    for krate in WITH_SHORT_TESTS {
        add(krate, "tests", sources(krate, "tests").long_files(FILE));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
