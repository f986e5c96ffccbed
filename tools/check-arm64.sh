#!/usr/bin/env bash
# Runs the arm64 program that `tools/build-sidecar.sh arm64` built, under emulation where the machine is another: prints its
# version, checks settings, and has a real client log in and call a tool (`make demo` with this program as the sidecar).
set -euo pipefail
cd "$(dirname "$0")/.."

program=$PWD/target/static-arm64/mcpbouncer
[ -x "$program" ] || { echo "check-arm64: $program is missing: run tools/build-sidecar.sh arm64" >&2; exit 1; }
if [ "$(uname -m)" = aarch64 ]; then
  emulated=$program
else
  qemu=$(command -v qemu-aarch64-static) || {
    echo "check-arm64: the emulator is missing: apt-get install qemu-user-static, then run this again" >&2
    exit 1
  }
  emulated=$PWD/target/static-arm64/emulated
  printf '#!/bin/sh\nexec %q %q "$@"\n' "$qemu" "$program" >"$emulated"
  chmod +x "$emulated"
fi

"$emulated" --version
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
BOUNCER_DB_PATH=$folder/bouncer.db "$emulated" check-config

tools/setup.sh run
tools/build-plugin.sh
cargo build --quiet -p sidecar -p e2e --bins
source .tools/env
export PLUGIN_WASM=$PWD/target/plugin/plugin.wasm
MCPBOUNCER=$emulated target/debug/demo >"$folder/transcript"
grep -A20 '^── Seen' "$folder/transcript"
