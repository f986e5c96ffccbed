#!/usr/bin/env bash
# Checks deploy/helm/mcpbouncer: Helm's lint, a matrix of values whose objects are validated against the schemas of
# Kubernetes, the manifests in deploy/kubernetes, and the packaged chart. It needs Go 1.25, the plugin and the sidecar.
#
# go.sum pins Helm's library (tools/charts) and the validator with the schemas (tools/kubectl-validate). They are two
# modules, because they need different versions of Kubernetes' libraries.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOTOOLCHAIN=local GOFLAGS=-mod=readonly
command -v go >/dev/null || { echo "test-charts: go is missing: install Go 1.25 or later (https://go.dev/dl), then run this again." >&2; exit 1; }

export KUBECTL_VALIDATE=$PWD/.tools/charts/kubectl-validate
(cd tools/kubectl-validate && go build -trimpath -buildvcs=false -o "$KUBECTL_VALIDATE" sigs.k8s.io/kubectl-validate)
cd tools/charts
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { echo "test-charts: run gofmt -w on $unformatted" >&2; exit 1; }
go vet -trimpath ./...
go test -trimpath -count=1 ./...
