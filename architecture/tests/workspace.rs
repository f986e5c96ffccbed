//! The crates of this workspace keep the rules. A crate is added to the lists when it does.

#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use architecture::Sources;
use std::path::Path;

/// Crates whose modules import each other in no circle.
const WITHOUT_CIRCLES: [&str; 5] = ["architecture", "guest-memory", "inner-loops", "plugin-wasm", "protocol"];
/// Crates whose files and functions are short.
const SHORT: [&str; 5] = WITHOUT_CIRCLES;
/// Most lines of a file.
const FILE: usize = 400;
/// Most lines of a function of the product.
const FUNCTION: usize = 60;

fn sources(krate: &str, folder: &str) -> Sources {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    Sources::read(&workspace.join(krate).join(folder)).unwrap()
}

#[test]
fn modules_import_each_other_in_no_circle() {
    for krate in WITHOUT_CIRCLES {
        let circles = sources(krate, "src").imports().circles();
        assert!(circles.is_empty(), "{krate}:\n{}", circles.join("\n"));
    }
}

#[test]
fn files_and_functions_are_short() {
    for krate in SHORT {
        let sources = sources(krate, "src");
        assert_eq!(sources.long_files(FILE), Vec::<String>::new(), "{krate}");
        assert_eq!(sources.long_functions(FUNCTION), Vec::<String>::new(), "{krate}");
    }
    for krate in ["guest-memory", "plugin-wasm", "protocol"] {
        assert_eq!(sources(krate, "tests").long_files(FILE), Vec::<String>::new(), "{krate}/tests");
    }
}
