#!/bin/sh
# Runs all tests of `protocol`, `guest-memory` and `inner-loops` as wasm32-wasip1 programs under Node's own WASI
# ($NODE, .tools/node/bin/node or node). wasip1 is the target of the plugin, and the ordinary test harness runs on it
# unchanged, so wasm-bindgen-test is not used.
#
# tools/wasm-compiler.sh chooses the compiler, as for the plugin.
# Arguments are passed to `cargo test`. Intermediate files: ${CARGO_TARGET_DIR:-target}/wasm-tests.
set -eu
cd "$(dirname "$0")/.."

say() { echo "test-wasm: $*" >&2; }

if [ -z "${NODE:-}" ]; then
  NODE=node
  if [ -x .tools/node/bin/node ]; then NODE=$PWD/.tools/node/bin/node; fi
fi
if ! "$NODE" -e 'require("node:wasi")' >/dev/null 2>&1; then
  say "Node with WASI is needed: set NODE, or run tools/setup.sh"
  exit 1
fi

. tools/wasm-compiler.sh

# The test harness cannot unwind here, and has no threads: a failing test ends its program.
flags='--cfg curve25519_dalek_backend="serial" --cfg curve25519_dalek_bits="32" 
  -C target-cpu=mvp -C target-feature=+mutable-globals,+sign-ext,+nontrapping-fptoint,+simd128'
std=
if [ -n "$debian" ]; then
  std="-Zbuild-std=std,panic_abort,test"
  # Debian's C library lacks two thread functions that std refers to but that no test calls; they would trap.
  flags="$flags -C linker=/usr/bin/wasm-ld-22 -C link-self-contained=no -L /usr/lib/wasm32-wasi
    -C link-arg=/usr/lib/wasm32-wasi/crt1-command.o -C link-arg=--unresolved-symbols=ignore-all"
fi

# RUSTC_BOOTSTRAP: assembly for wasm is behind a feature gate, as in the plugin's build.
# shellcheck disable=SC2086 # $std is empty or one word
RUSTC_BOOTSTRAP=1 RUSTFLAGS="$(echo $flags)" CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/wasm-tests" \
  CARGO_TARGET_WASM32_WASIP1_RUNNER="$NODE --no-warnings $PWD/tools/wasi-run.mjs" \
  "$cargo" test --locked --config 'profile.test.package.guest-memory.opt-level=3' --package protocol --package guest-memory --package inner-loops --lib --tests --target "$target" $std "$@"
