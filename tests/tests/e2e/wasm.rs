//! The built plugin as a file: what it asks of its host, and its size.

use std::collections::BTreeSet;

use e2e::paths;
use wasmparser::{Parser, Payload};

#[test]
fn it_imports_nothing_but_the_host_and_wasi_without_sockets() {
    let bytes = std::fs::read(paths::plugin_wasm()).expect("the plugin");
    let mut imported = BTreeSet::new();
    for payload in Parser::new(0).parse_all(&bytes) {
        if let Payload::ImportSection(section) = payload.expect("a WebAssembly module") {
            for import in section.into_imports() {
                let import = import.expect("an import");
                imported.insert((import.module.to_owned(), import.name.to_owned()));
            }
        }
    }
    assert!(imported.iter().any(|(module, _)| module == "http_handler"), "{imported:?}");
    for (module, name) in &imported {
        let wasi = module == "wasi_snapshot_preview1" && !name.starts_with("sock_");
        assert!(module == "http_handler" || wasi, "{module}.{name}");
    }
}

#[test]
fn it_is_at_most_250_kib() {
    let size = std::fs::metadata(paths::plugin_wasm()).expect("the plugin").len();
    assert!(size <= 250 * 1024, "{size} bytes");
}
