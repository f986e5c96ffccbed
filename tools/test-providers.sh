#!/usr/bin/env bash
# Runs the tests with real identity providers, Dex and Keycloak, and counts them. `tools/setup.sh providers` fetches
# both. The tests execute the pages of docs/guides for both unchanged.
set -uo pipefail
cd "$(dirname "$0")/.."
source tools/count-tests.sh

# Built first, so that a compiler error is not reported as a failed test.
cargo build --quiet -p sidecar || exit 1

count cargo test --quiet -p e2e --test providers --test keycloak --no-fail-fast
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
