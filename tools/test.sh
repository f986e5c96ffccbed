#!/usr/bin/env bash
# Runs every test and counts them: unit and property tests, the plugin's crates once more as WebAssembly, and the whole
# system end to end. An ignored test counts as failed.
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

# Built first, so that a compiler error is not reported as a failed test.
cargo build --quiet -p sidecar -p e2e --bins || exit 1

mkdir "$work/reasons"
suite "protocol, plugin and sidecar" env MCPBOUNCER_REASONS="$work/reasons" cargo test --quiet -p architecture -p protocol -p events -p guest-memory -p inner-loops -p plugin-wasm -p store -p sidecar -p fuzz --no-fail-fast
suite "every reason is caused" tools/test-reasons.sh "$work/reasons"
suite "protocol and the plugin's loops as WebAssembly" tools/test-wasm.sh
suite "dashboard" tools/test-dashboard.sh
suite "end to end" cargo test --quiet -p e2e --no-fail-fast
# What the long form promises, with the OAuth routers that the sidecar writes.
suite "end to end, one label" env MCPBOUNCER_FORM=one-label \
  cargo test --quiet -p e2e --test e2e --no-fail-fast -- door:: tenants:: variants:: discovery:: clients:: hostile::
suite "attacks, one label" env MCPBOUNCER_FORM=one-label cargo test --quiet -p e2e --test attacks --no-fail-fast

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
