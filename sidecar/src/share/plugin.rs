//! The Traefik plugin inside this program, and where Traefik looks for it.

use std::path::{Path, PathBuf};

include!(concat!(env!("OUT_DIR"), "/plugin.rs"));

/// Where Traefik, whose working directory is the shared folder, looks for the local plugin
/// `github.com/mcpbouncer/mcpbouncer`.
const FOLDERS: [&str; 5] = ["plugins-local", "src", "github.com", "mcpbouncer", "mcpbouncer"];
/// What Traefik reads about the plugin.
const MANIFEST: &str = include_str!("../../../.traefik.yml");

/// The files of the plugin, by name. `None` if this program was built without it.
pub(super) fn files() -> Option<[(&'static str, &'static [u8]); 2]> {
    Some([("plugin.wasm", PLUGIN?), (".traefik.yml", MANIFEST.as_bytes())])
}

/// The plugin's folder below the shared one.
pub(super) fn folder(shared: &Path) -> PathBuf {
    folders(shared).last().unwrap_or_else(|| shared.to_owned())
}

/// The folders below the shared one, down to the plugin's.
pub(super) fn folders(shared: &Path) -> impl Iterator<Item = PathBuf> {
    let mut path = shared.to_owned();
    FOLDERS.into_iter().map(move |name| {
        path.push(name);
        path.clone()
    })
}
