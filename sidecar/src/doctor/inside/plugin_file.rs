//! The plugin that Traefik loads: whether it is the one inside this program, and whether another one would run into the
//! processor fault of Traefik's WebAssembly runtime (docs/adr/0005-no-bulk-memory.md).

use std::path::Path;

use crate::config::Config;
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::doctor::row::Severity;
use crate::share;

/// The file in which the kernel describes the processor.
const PROCESSOR: &str = "/proc/cpuinfo";
/// `memory.copy` and `memory.fill` of the first memory, as the compiler writes them.
const COPY: &[u8] = &[0xfc, 0x0a, 0x00, 0x00];
const FILL: &[u8] = &[0xfc, 0x0b, 0x00];

/// Checks the plugin in the shared folder, or the file that was named.
pub(super) fn check(config: &Config, named: Option<&Path>, ledger: &mut Ledger) {
    let check = Check::PluginCurrent;
    let shared = config.server.share_dir.as_deref().map(|folder| share::delivered(folder).0);
    let Some(path) = named.map(Path::to_owned).or(shared) else {
        return ledger
            .not_checked(check, "neither BOUNCER_SHARE_DIR nor --plugin-file says where the plugin is");
    };
    let Some(own) = share::delivered(Path::new("")).1 else {
        return ledger.not_checked(check, "this program was built without the plugin");
    };
    match std::fs::read(&path) {
        Err(error) => {
            let sentence = format!("Traefik finds no plugin: {}: {error}.", path.display());
            ledger.found_with(check, Severity::Fault, sentence, check.row().remedy);
        }
        Ok(bytes) if bytes == own => ledger.fine(check),
        Ok(bytes) => other(&path, &bytes, ledger),
    }
}

fn other(path: &Path, bytes: &[u8], ledger: &mut Ledger) {
    let check = Check::PluginCurrent;
    let path = path.display();
    if !bytes.starts_with(b"\0asm") {
        let sentence = format!("{path} is not a WebAssembly module, so Traefik cannot load it.");
        return ledger.found_with(check, Severity::Fault, sentence, check.row().remedy);
    }
    if !has_bulk_memory(bytes) {
        return ledger.found(check, format!("{path} is the plugin of another version."));
    }
    let processor = std::fs::read_to_string(PROCESSOR).unwrap_or_default();
    if corrupts(&processor) {
        let sentence = format!(
            "{path} is an old plugin with instructions that Traefik executes wrongly on this processor, so that requests \
             fail or Traefik ends."
        );
        ledger.found_with(check, Severity::Fault, sentence, check.row().remedy);
    } else {
        let sentence = format!(
            "{path} is an old plugin with instructions that Traefik executes wrongly on newer Intel processors (not on this \
             one)."
        );
        ledger.found(check, sentence);
    }
}

fn has_bulk_memory(wasm: &[u8]) -> bool {
    let holds = |needle: &[u8]| wasm.windows(needle.len()).any(|window| window == needle);
    holds(COPY) || holds(FILL)
}

/// Whether the fault shows on this processor: an Intel one with the flags `erms` and `fsrm`.
fn corrupts(processor: &str) -> bool {
    let field = |name: &str| {
        let line =
            processor.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name))?;
        line.split_once(':').map(|(_, value)| value.trim().to_owned())
    };
    let flags = field("flags").unwrap_or_default();
    let has = |flag: &str| flags.split(' ').any(|one| one == flag);
    field("vendor_id").as_deref() == Some("GenuineIntel") && has("erms") && has("fsrm")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fault_shows_on_newer_intel_processors() {
        let processor =
            |vendor: &str, flags: &str| format!("vendor_id\t: {vendor}\nflags\t\t: fpu {flags} x\n\n");
        assert!(corrupts(&processor("GenuineIntel", "erms avx fsrm")));
        assert!(!corrupts(&processor("GenuineIntel", "erms avx")));
        assert!(!corrupts(&processor("AuthenticAMD", "erms fsrm")));
        assert!(!corrupts(""));
    }

    #[test]
    fn our_own_plugin_has_no_such_instruction() {
        if let Some(own) = share::delivered(Path::new("")).1 {
            assert!(!has_bulk_memory(own));
        }
        assert!(has_bulk_memory(b"\0asm....\xfc\x0a\x00\x00") && has_bulk_memory(b"\xfc\x0b\x00"));
    }
}
