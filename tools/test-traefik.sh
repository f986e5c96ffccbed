#!/usr/bin/env bash
# Runs the end-to-end tests that go through Traefik on every Traefik that tools/traefik/ pins, one after the other,
# and prints a table: version, its Go and wazero, how many tests passed. Progress and failures go to standard error.
#
# Arguments: the versions to test; all if there are none. `tools/setup.sh traefik` fetches them.
#
# The same tests run on each version. Where Traefik itself differs, the test contains the expectation for each version
# (`e2e::traefik::version`).
set -uo pipefail
cd "$(dirname "$0")/.."
source .tools/env-traefik
export NODE
source tools/count-tests.sh
say() { printf 'test-traefik: %s\n' "$*" >&2; }

# Left out on every version. `make test` runs these with the newest version.
left_out=(
  wasm::             # checks the plugin file, without Traefik
  schema::           # checks the sidecar's responses against docs/openapi.yaml, and needs a Python environment
  clients::          # real client programs, also in Python; `labels` runs one of them, and the other modules
  real_clients_keep  # test in detail what the others use of Traefik (discovery, challenges, streams)
  a_page_in_chromium # needs Chromium; another test in `streams` reads the same headers without it
)
# The program `crash` tests the stores, including PostgreSQL, and is not run at all.

version() { "$1" version | sed -n 's/^Version: *v\{0,1\}//p'; }
go_of() { "$1" version | sed -n 's/^Go version: *go//p'; }
# A Go program contains the list of its modules, with their versions.
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

# Built first, so that a compiler error is not reported as a failed test.
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
