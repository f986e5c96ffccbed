#!/usr/bin/env bash
# Builds the plugin and the static program in two clones of this commit, in folders of different lengths, and compares them
# byte by byte. With the argument 'plugin' only the plugin, which takes two minutes and not ten.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD/target/reproducible
rm -rf "$root"
mkdir -p "$root"
trap 'rm -rf "$root"' EXIT
what=(target/plugin/plugin.wasm)
[ "${1:-all}" = plugin ] || what+=(target/static/mcpbouncer)

for name in one another-clone; do
  git clone --quiet . "$root/$name"
  echo "reproducible: building in $root/$name" >&2
  (
    cd "$root/$name"
    unset CARGO_TARGET_DIR PLUGIN_WASM
    tools/build-plugin.sh
    [ "${1:-all}" = plugin ] || tools/build-sidecar.sh
  )
done
for file in "${what[@]}"; do
  (cd "$root" && sha256sum "one/$file" "another-clone/$file")
  cmp "$root/one/$file" "$root/another-clone/$file"
done
echo "reproducible: the same bytes from two clones" >&2
