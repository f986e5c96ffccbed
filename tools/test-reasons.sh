#!/usr/bin/env bash
# Checks that the tests cause every reason of events/src/reason/table: a reason that nothing causes is either dead, or
# its log line, its metric and its alert have never been seen. Without an argument it runs the tests that cause them
# (sidecar/tests/api); with one, it reads the folder into which they wrote their reasons (MCPBOUNCER_REASONS). Ends with a
# line like that of cargo's test runner, for tools/test.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-}
if [ -z "$folder" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  MCPBOUNCER_REASONS=$folder cargo test --quiet -p sidecar --test api
fi
# The table is generated from the code, which `make lint` checks.
known=$(sed -n '/<!-- generated: reasons -->/,/<!-- end -->/s/^| `\([a-z0-9_]*\)` | \(normal\|suspicious\|fault\) .*/\1/p' docs/operations/events.md | sort)
[ -n "$known" ] || { echo "test-reasons: docs/operations/events.md has no table of reasons" >&2; exit 1; }
missing=$(comm -23 <(echo "$known") <(ls "$folder" | sort))
count() { if [ -z "$1" ]; then echo 0; else wc -l <<<"$1"; fi; }
if [ -n "$missing" ]; then
  echo "test-reasons: no test causes these reasons: add one to sidecar/tests/api, or delete the reason:" >&2
  echo "$missing" >&2
fi
echo "test result: $(($(count "$known") - $(count "$missing"))) passed; $(count "$missing") failed; 0 ignored"
[ -z "$missing" ]
