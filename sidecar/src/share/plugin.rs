//! The Traefik plugin inside this program, and where Traefik looks for it.

use std::path::{Path, PathBuf};

include!(concat!(env!("OUT_DIR"), "/plugin.rs"));

/// The folders that lead from the shared folder, which is Traefik's working directory, to the place where Traefik looks
/// for the local plugin `github.com/mcpbouncer/mcpbouncer`.
const FOLDERS: [&str; 5] = ["plugins-local", "src", "github.com", "mcpbouncer", "mcpbouncer"];
/// The plugin's manifest, which Traefik reads.
const MANIFEST: &str = include_str!("../../../.traefik.yml");

/// The files of the plugin: names and contents. `None` if this program was built without the plugin.
pub(super) fn files() -> Option<[(&'static str, &'static [u8]); 2]> {
    Some([("plugin.wasm", PLUGIN?), (".traefik.yml", MANIFEST.as_bytes())])
}

/// Returns the plugin's folder, which is below the shared folder.
pub(super) fn folder(shared: &Path) -> PathBuf {
    folders(shared).last().unwrap_or_else(|| shared.to_owned())
}

/// Returns the folders from below the shared folder down to the plugin's folder.
pub(super) fn folders(shared: &Path) -> impl Iterator<Item = PathBuf> {
    let mut path = shared.to_owned();
    FOLDERS.into_iter().map(move |name| {
        path.push(name);
        path.clone()
    })
}
