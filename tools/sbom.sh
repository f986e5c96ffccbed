#!/usr/bin/env bash
# Writes the list of the sidecar's components, as CycloneDX in JSON: tools/sbom.sh FILE. cargo-cyclonedx makes it from
# Cargo.lock, in the version below, installed into .tools/.
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=0.5.9
root=$PWD/.tools/cyclonedx
if [ "$("$root/bin/cargo-cyclonedx" cyclonedx --version 2>/dev/null | awk '{ print $NF }')" != "$wanted" ]; then
  echo "sbom: cargo-cyclonedx $wanted, built into .tools/ (a minute or two)" >&2
  cargo install --quiet --locked --root "$root" --version "$wanted" cargo-cyclonedx
fi
# It writes next to each package of the workspace, also those that the sidecar does not use.
"$root/bin/cargo-cyclonedx" cyclonedx --format json --spec-version 1.5 --all --manifest-path sidecar/Cargo.toml \
  --override-filename mcpbouncer.cdx --quiet
# Its names of the workspace's own packages hold the path of this folder.
sed "s#path+file://$PWD/#path+file:///mcpbouncer/#g" sidecar/mcpbouncer.cdx.json >"$1"
find . -name mcpbouncer.cdx.json -not -path './target/*' -delete
