# Sourced by tools/setup.sh. Gets what `make test-containers` needs: Podman with its network programs; Docker Compose and
# Pebble, an ACME CA for tests, built from their Go modules.

find_podman() {
  [ "$(id -u)" = 0 ] || fail "the tests with containers need root: Podman maps ports and makes networks."
  command -v podman >/dev/null && command -v runc >/dev/null && command -v iptables >/dev/null && command -v curl >/dev/null && command -v openssl >/dev/null &&
    [ -x /usr/lib/podman/netavark ] && [ -x /usr/lib/podman/aardvark-dns ] ||
    apt_install podman buildah runc netavark aardvark-dns iptables curl openssl ||
    fail "Podman is missing: install podman, runc, netavark, aardvark-dns, iptables, curl and openssl."
}

# Builds Docker Compose in the version that tools/compose/go.mod names; go.sum pins it and its dependencies.
find_compose() {
  if [ -n "${DOCKER_COMPOSE:-}" ]; then
    [ -x "$DOCKER_COMPOSE" ] || fail "\$DOCKER_COMPOSE ($DOCKER_COMPOSE) is not a program: point it at docker-compose 2.24 or later, or unset it."
    return
  fi
  DOCKER_COMPOSE=$tools/compose/docker-compose
  done_once compose tools/compose/go.mod tools/compose/go.sum && [ -x "$DOCKER_COMPOSE" ] && return
  need go "Go 1.25 or later (https://go.dev/dl)"
  at_least 1.25 "$(go env GOVERSION | sed 's/^go//')" ||
    fail "Go $(go env GOVERSION) is too old to build Docker Compose: install Go 1.25 or later, or set \$DOCKER_COMPOSE."
  say "Docker Compose (some minutes); its modules are also kept in Go's caches ($(go env GOMODCACHE), $(go env GOCACHE))"
  mkdir -p "$tools/compose"
  (cd tools/compose && CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-mod=readonly \
    quietly go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$DOCKER_COMPOSE" github.com/docker/compose/v2/cmd) ||
    fail "Docker Compose could not be built: see above; is a Go module proxy reachable?"
  mark_done compose tools/compose/go.mod tools/compose/go.sum
}

# Builds Pebble in the version that tools/pebble/go.mod names; go.sum pins it and its dependencies.
find_pebble() {
  if [ -n "${PEBBLE:-}" ]; then
    [ -x "$PEBBLE" ] || fail "\$PEBBLE ($PEBBLE) is not a program: point it at Pebble 2.10, or unset it."
    return
  fi
  PEBBLE=$tools/pebble/pebble
  done_once pebble tools/pebble/go.mod tools/pebble/go.sum && [ -x "$PEBBLE" ] && return
  need go "Go 1.25 or later (https://go.dev/dl)"
  at_least 1.25 "$(go env GOVERSION | sed 's/^go//')" ||
    fail "Go $(go env GOVERSION) is too old to build Pebble: install Go 1.25 or later, or set \$PEBBLE."
  say "Pebble; its modules are also kept in Go's caches ($(go env GOMODCACHE), $(go env GOCACHE))"
  mkdir -p "$tools/pebble"
  (cd tools/pebble && CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-mod=readonly \
    quietly go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$PEBBLE" github.com/letsencrypt/pebble/v2/cmd/pebble) ||
    fail "Pebble could not be built: see above; is a Go module proxy reachable?"
  mark_done pebble tools/pebble/go.mod tools/pebble/go.sum
}
