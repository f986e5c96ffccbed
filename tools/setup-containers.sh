# Sourced by tools/setup.sh. Gets what `make test-containers` needs: Podman with its network programs; Docker Compose and
# Pebble, an ACME CA for tests.

find_podman() {
  [ "$(id -u)" = 0 ] || fail "the tests with containers need root: Podman maps ports and makes networks."
  command -v podman >/dev/null && command -v runc >/dev/null && command -v iptables >/dev/null && command -v curl >/dev/null && command -v openssl >/dev/null &&
    [ -x /usr/lib/podman/netavark ] && [ -x /usr/lib/podman/aardvark-dns ] ||
    apt_install podman buildah runc netavark aardvark-dns iptables curl openssl ||
    fail "Podman is missing: install podman, runc, netavark, aardvark-dns, iptables, curl and openssl."
}

find_compose() {
  find_go_program DOCKER_COMPOSE "Docker Compose" "docker-compose 2.24 or later" \
    compose/docker-compose github.com/docker/compose/v2/cmd
}

find_pebble() {
  find_go_program PEBBLE Pebble "Pebble 2.10" pebble/pebble github.com/letsencrypt/pebble/v2/cmd/pebble
}
