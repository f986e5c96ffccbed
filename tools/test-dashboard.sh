#!/usr/bin/env bash
# Checks deploy/grafana: that the dashboard is the one that tools/dashboard generates, and that it follows Grafana's schema.
# Ends with a line like that of cargo's test runner, for tools/test.sh. It needs Go 1.25; go.sum pins Grafana's library.
set -euo pipefail
cd "$(dirname "$0")/dashboard"
export GOTOOLCHAIN=local GOFLAGS=-mod=readonly
command -v go >/dev/null || { echo "test-dashboard: go is missing: install Go 1.25 or later (https://go.dev/dl), then run this again." >&2; exit 1; }
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { echo "test-dashboard: run gofmt -w on $unformatted" >&2; exit 1; }
go vet -trimpath ./...
status=0
said=$(go test -trimpath -count=1 -v ./... 2>&1) || status=$?
if [ "$status" != 0 ]; then echo "$said" >&2; fi
count() { grep -c "^--- $1:" <<<"$said" || true; }
echo "test result: $(count PASS) passed; $(count FAIL) failed; $(count SKIP) ignored"
exit "$status"
