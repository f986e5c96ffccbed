#!/usr/bin/env bash
# Prints how long README's quick start takes from nothing to a tool call: a clone of this commit, `make image`, and then
# README's own commands and a client, by the test `readme` of the tests with containers. It needs root.
#
# What is fetched (crates, Traefik) is counted as far as it is not in the caches yet; pulling images is not counted, since
# the tests build those that the registry would give.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/setup.sh containers
source .tools/env-containers
cargo test --quiet -p e2e --test containers --no-run
clone=$PWD/target/readme-clock
rm -rf "$clone"
trap 'rm -rf "$clone"' EXIT

began=$(date +%s)
git clone --quiet . "$clone"
(
  cd "$clone"
  unset CARGO_TARGET_DIR PLUGIN_WASM MCPBOUNCER
  make --no-print-directory image
)
image=$(($(date +%s) - began))
PLUGIN_WASM=$clone/target/plugin/plugin.wasm MCPBOUNCER_STATIC=$clone/target/static/mcpbouncer \
  cargo test --quiet -p e2e --test containers -- --nocapture readme:: | tee "$clone/output"
call=$(sed -n 's/^readme: from the first command to a tool call: \([0-9]*\).*/\1/p' "$clone/output")
[ -n "$call" ] || { echo "readme-clock: the test printed no time" >&2; exit 1; }

grep -m1 '^model name' /proc/cpuinfo || true
echo "clone and make image: $image s; README's commands up to a tool call: $call s; together $(((image + call + 59) / 60)) minutes"
