#!/usr/bin/env bash
# Checks what the workspace is built from against deny.toml, with cargo-deny of the version below. Arguments: the checks,
# such as `licenses`.
#
# The program is taken from PATH if it has that version there, else built into .tools/ (some minutes, once).
set -euo pipefail
cd "$(dirname "$0")/.."

version=0.20.2
good() { [ "$("$1" --version 2>/dev/null)" = "cargo-deny $version" ]; }

deny=$(command -v cargo-deny || true)
if ! good "$deny"; then
  deny=$PWD/.tools/cargo/bin/cargo-deny
  if ! good "$deny"; then
    echo "deny: building cargo-deny $version" >&2
    # Its release profile links for minutes what runs for a second. It is built elsewhere than in target/, by the
    # same compiler, so that nothing of ours is built again.
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
      env -u CARGO_TARGET_DIR cargo install --quiet --locked --root .tools/cargo "cargo-deny@$version"
  fi
fi
exec "$deny" --log-level warn check --hide-inclusion-graph "$@"
