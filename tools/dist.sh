#!/usr/bin/env bash
# Writes everything of a release to target/dist/: the plugin as a zip in the form of Traefik's catalogue, the static programs,
# the image as an archive, the list of components (SBOM, CycloneDX), and SHA256SUMS.
#
# The same commit gives the same bytes, built with the same tools: all times are that of the commit.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n1)
case $(uname -m) in x86_64) machine=amd64 ;; aarch64) machine=arm64 ;; *) machine=$(uname -m) ;; esac
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
dist=target/dist
rm -rf "$dist"
mkdir -p "$dist"

tools/build-plugin.sh
tools/build-sidecar.sh
python3 tools/plugin_zip.py target/plugin/plugin.wasm "$dist/mcpbouncer-plugin-$version.zip"
for program in mcpbouncer mcpbouncer-import; do
  cp "target/static/$program" "$dist/$program-$version-linux-$machine"
done
if [ "$machine" = amd64 ]; then
  tools/build-sidecar.sh arm64
  for program in mcpbouncer mcpbouncer-import; do
    cp "target/static-arm64/$program" "$dist/$program-$version-linux-arm64"
  done
fi

image=ghcr.io/mcpbouncer/mcpbouncer:$version
tools/build-image.sh "$image"
archive=$dist/mcpbouncer-$version-linux-$machine-image.tar
if command -v podman >/dev/null; then
  podman save --quiet --format docker-archive --output "$archive" "$image"
else
  docker save --output "$archive" "$image"
fi

tools/sbom.sh "$dist/mcpbouncer-$version.cdx.json"
(cd "$dist" && sha256sum -- * >SHA256SUMS)
echo "dist: $dist" >&2
cat "$dist/SHA256SUMS"
