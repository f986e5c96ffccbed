#!/usr/bin/env bash
# Runs the tests with real identity providers, Dex and Keycloak, and counts them. `tools/setup.sh providers` fetches both.
# Each page of docs/guides that they read is executed as it stands.
set -uo pipefail
cd "$(dirname "$0")/.."
source tools/count-tests.sh

# Built first, so that a compiler error shows as itself.
cargo build --quiet -p sidecar || exit 1

count cargo test --quiet -p e2e --test providers --test keycloak --no-fail-fast
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
