#!/usr/bin/env bash
# Runs the tests with real containers, and counts them. `tools/setup.sh containers` fetches what they need. They start
# deploy/compose.yml by the commands of docs/guides/compose.md, with images that are built here.
set -uo pipefail
cd "$(dirname "$0")/.."
source tools/count-tests.sh

# Not optimised, because that takes minutes; otherwise the program of `make static`.
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS="-C target-feature=+crt-static" cargo build --quiet --target "$host" -p sidecar || exit 1
export MCPBOUNCER_STATIC=$PWD/target/$host/debug/mcpbouncer

count cargo test --quiet -p e2e --test containers --no-fail-fast
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
