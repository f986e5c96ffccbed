#!/usr/bin/env bash
# Runs every test and counts them: unit and property tests, what the plugin is made of once more as WebAssembly,
# and the whole system end to end. A test that is ignored counts as failed: nothing is skipped here.
set -uo pipefail
cd "$(dirname "$0")/.."
# What is shared by tests is never dropped, so its directories are left to be removed here.
work=$(mktemp -d)
chmod 711 "$work" # PostgreSQL runs as another user
trap 'rm -rf "$work"' EXIT
export TMPDIR=$work
log=$work/log
passed=0 failed=0

total() { awk -v word="$1;" '/^test result:/ { for (i = 2; i <= NF; i++) if ($i == word) n += $(i - 1) } END { print n + 0 }' "$log"; }

# suite NAME COMMAND...: runs it and adds up the results that cargo's test runner prints.
suite() {
  local name=$1 status=0 p f i
  shift
  echo "test: $name" >&2
  "$@" >"$log" 2>&1 || status=$?
  p=$(total passed) f=$(($(total failed) + $(total ignored)))
  # A suite that failed without saying which test, or that ran none, is one failure.
  if { [ "$status" != 0 ] && [ "$f" = 0 ]; } || [ $((p + f)) = 0 ]; then f=$((f + 1)); fi
  if [ "$f" != 0 ]; then grep -v '^test .* \.\.\. ok$' "$log" | tail -n 200 >&2; fi
  echo "test: $name: $p passed, $f failed" >&2
  passed=$((passed + p)) failed=$((failed + f))
}

# Built first, so that a compiler error shows as itself.
cargo build --quiet -p sidecar -p e2e --bins || exit 1

suite "protocol, plugin and sidecar" cargo test --quiet -p protocol -p guest-memory -p inner-loops -p plugin-wasm -p sidecar -p fuzz --no-fail-fast
suite "protocol and inner loops as WebAssembly" tools/test-wasm.sh
suite "end to end" cargo test --quiet -p e2e --no-fail-fast

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
