#!/usr/bin/env bash
# Runs every test and counts them: unit and property tests, what the plugin is made of once more as WebAssembly,
# and the whole system end to end. A test that is ignored counts as failed: nothing is skipped here.
set -uo pipefail
cd "$(dirname "$0")/.."
source tools/count-tests.sh

# suite NAME COMMAND...
suite() {
  local name=$1
  shift
  echo "test: $name" >&2
  count "$@"
  echo "test: $name: $p passed, $f failed" >&2
}

# Built first, so that a compiler error shows as itself.
cargo build --quiet -p sidecar -p e2e --bins || exit 1

suite "protocol, plugin and sidecar" cargo test --quiet -p architecture -p protocol -p guest-memory -p inner-loops -p plugin-wasm -p store -p sidecar -p fuzz --no-fail-fast
suite "protocol and the plugin's loops as WebAssembly" tools/test-wasm.sh
suite "end to end" cargo test --quiet -p e2e --no-fail-fast

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
