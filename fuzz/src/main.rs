//! Runs libFuzzer on the target in `FUZZ_TARGET`. See `tools/fuzz-smoke.sh`.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

static TARGET: OnceLock<fuzz::Target> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    let target = TARGET.get_or_init(|| {
        let name = std::env::var_os("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
        fuzz::target(&name.to_string_lossy()).expect("a target of this name")
    });
    target(data);
});
