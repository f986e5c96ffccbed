//! Puts the built Traefik plugin into the program: the file that `PLUGIN_WASM` names, else `target/plugin/plugin.wasm`.
//! Without it the program is built nevertheless, and says at its start that it holds no plugin.
#![expect(clippy::expect_used, clippy::panic, reason = "a build that cannot go on ends")]

use std::fs;
use std::path::{Path, PathBuf};

/// The front of every WebAssembly module.
const MAGIC: &[u8] = b"\0asm";

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let usual = root.join("target/plugin/plugin.wasm");
    let named = std::env::var_os("PLUGIN_WASM").filter(|path| !path.is_empty());
    let plugin = named.map_or(usual, |path| root.join(PathBuf::from(path)));
    println!("cargo::rerun-if-env-changed=PLUGIN_WASM");
    println!("cargo::rerun-if-changed=build.rs");
    // Cargo would run this each time for a file that is not there, so it watches the folder where the plugin will be.
    let watched = if plugin.exists() { plugin.as_path() } else { plugin.parent().unwrap_or(&root) };
    if !watched.exists() {
        let _ = fs::create_dir_all(watched);
    }
    println!("cargo::rerun-if-changed={}", watched.display());

    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    let inside = match fs::read(&plugin) {
        Ok(bytes) if bytes.starts_with(MAGIC) => {
            fs::write(out.join("plugin.wasm"), bytes).expect("the build's own folder");
            r#"Some(include_bytes!(concat!(env!("OUT_DIR"), "/plugin.wasm")))"#
        }
        Ok(_) => panic!("{} is no WebAssembly module: build it again (make plugin)", plugin.display()),
        Err(_) => "None",
    };
    let text = format!("/// The plugin, as it was built.\nstatic PLUGIN: Option<&[u8]> = {inside};\n");
    fs::write(out.join("plugin.rs"), text).expect("the build's own folder");
}
