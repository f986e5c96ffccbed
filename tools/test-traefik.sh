#!/usr/bin/env bash
# Runs the end-to-end tests that go through Traefik on every Traefik that tools/traefik/ pins, one after the other,
# and prints a table: version, what it is made of, how many passed. Progress and failures go to standard error.
#
# Arguments: the versions to keep to; none for all. `tools/setup.sh traefik` fetches them.
#
# The same tests run on each: none is left out for a version's sake. Where Traefik itself differs, the test says
# what to expect of which version (`e2e::traefik::version`).
set -uo pipefail
cd "$(dirname "$0")/.."
source .tools/env-traefik
export NODE
source tools/count-tests.sh
say() { printf 'test-traefik: %s\n' "$*" >&2; }

# Left out on every version. `make test` runs these too, on the newest.
left_out=(
  wasm::             # look at the plugin as a file: no Traefik in it
  schema::           # judges the sidecar's answers by docs/openapi.yaml, and needs a Python environment
  clients::          # real client programs, Python's among them; `labels` runs one, and what the others ask of
  real_clients_keep  # Traefik (discovery, challenges, streams) the other modules ask for byte by byte
  a_page_in_chromium # needs Chromium, to judge headers that its neighbour in `streams` reads itself
)
# The program `crash` is about the stores, PostgreSQL's among them, and is not run at all.

version() { "$1" version | sed -n 's/^Version: *v\{0,1\}//p'; }
go_of() { "$1" version | sed -n 's/^Go version: *go//p'; }
# Go writes the modules of a program into it, with their versions.
wazero_of() {
  local found
  found=$(LC_ALL=C grep -aom1 'github.com/tetratelabs/wazero[[:space:]]v[0-9.]*' "$1" | head -n1)
  echo "${found##*[[:space:]]v}"
}

# program NAME ARGUMENT...: runs one test program and names the tests that failed.
program() {
  local name
  count cargo test --package e2e --test "$1" --no-fail-fast -- "${@:2}"
  sed -n 's/^test \(.*\) \.\.\. FAILED$/\1/p' "$log" | while read -r name; do say "$at: failed: $1 $name"; done
}

known=()
for traefik in "${TRAEFIKS[@]}"; do known+=("$(version "$traefik")"); done
for wanted in "$@"; do
  [[ " ${known[*]} " = *" $wanted "* ]] || { say "Traefik $wanted is not one of ${known[*]}: see tools/traefik/."; exit 1; }
done

# Built first, so that a compiler error shows as itself.
cargo build --quiet --package sidecar || exit 1
cargo test --quiet --package e2e --test e2e --test attacks --no-run || exit 1

line='%-9s %-8s %-8s %7s %7s\n'
# shellcheck disable=SC2059 # the format is the line above
table=$(printf "$line" Traefik Go wazero passed failed)
bad=0
for traefik in "${TRAEFIKS[@]}"; do
  at=$(version "$traefik")
  if [ $# != 0 ] && [[ " $* " != *" $at "* ]]; then continue; fi
  say "Traefik $at"
  export TRAEFIK=$traefik
  passed=0 failed=0
  skips=()
  for name in "${left_out[@]}"; do skips+=(--skip "$name"); done
  program e2e "${skips[@]}"
  program attacks
  say "Traefik $at: $passed passed, $failed failed"
  go=$(go_of "$traefik") wazero=$(wazero_of "$traefik")
  # shellcheck disable=SC2059
  table+=$'\n'$(printf "$line" "$at" "${go:-?}" "${wazero:-?}" "$passed" "$failed")
  bad=$((bad + failed))
done
echo "$table"
[ "$bad" = 0 ]
