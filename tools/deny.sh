#!/usr/bin/env bash
# Checks the dependencies against deny.toml, with cargo-deny in the version below. Arguments: the checks, such as `licenses`.
#
# Uses cargo-deny from PATH if it has that version; otherwise builds it into .tools/ (some minutes, once).
set -euo pipefail
cd "$(dirname "$0")/.."

version=0.20.2
good() { [ "$("$1" --version 2>/dev/null)" = "cargo-deny $version" ]; }

deny=$(command -v cargo-deny || true)
if ! good "$deny"; then
  deny=$PWD/.tools/cargo/bin/cargo-deny
  if ! good "$deny"; then
    echo "deny: building cargo-deny $version" >&2
    # Its own release profile takes minutes to link a program that runs for a second. It is not built in target/, so
    # that none of our crates is built again.
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
      env -u CARGO_TARGET_DIR cargo install --quiet --locked --root .tools/cargo "cargo-deny@$version"
  fi
fi
exec "$deny" --log-level warn check --hide-inclusion-graph "$@"
