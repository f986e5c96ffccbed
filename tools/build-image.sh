#!/bin/sh
# Builds the image of the sidecar with podman, buildah or docker: tools/build-image.sh [NAME...]. Default: the name in
# deploy/compose.yml, with the version of this tree.
#
# The program in it is target/static/mcpbouncer (`make static`), or the static program that $MCPBOUNCER_STATIC names.
# $PLATFORM, such as linux/arm64, says for which machine that is; default: this one. $SOURCE_DATE_EPOCH is the time of
# everything in the image; default: the time of the commit.
set -eu
cd "$(dirname "$0")/.."

say() { echo "build-image: $*" >&2; }
program=${MCPBOUNCER_STATIC:-target/static/mcpbouncer}
[ -f "$program" ] || { say "$program is missing: build it (make static)"; exit 1; }
if readelf --program-headers "$program" 2>/dev/null | grep -q INTERP; then
  say "$program is not linked statically, so it does not run in an empty image: build it with tools/build-sidecar.sh"
  exit 1
fi
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n1)
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
[ "$#" -gt 0 ] || set -- "ghcr.io/mcpbouncer/mcpbouncer:$version"
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
mkdir "$context/data" "$context/shared"
chmod 0750 "$context/data"
cp "$program" "$context/mcpbouncer"
chmod 0755 "$context/mcpbouncer"
find "$context" -exec touch --date="@$SOURCE_DATE_EPOCH" {} +

names=
for name; do names="$names --tag $name"; done
set -- --file deploy/image/Dockerfile --build-arg "VERSION=$version" --build-arg "REVISION=$revision"
if [ -n "${PLATFORM:-}" ]; then set -- "$@" --platform "$PLATFORM"; fi
# Podman and Buildah write images in OCI's format unless told otherwise, and that has no HEALTHCHECK.
# shellcheck disable=SC2086 # $names is several words
if command -v podman >/dev/null; then
  podman build --quiet --layers=false --format docker --timestamp "$SOURCE_DATE_EPOCH" "$@" $names "$context" >/dev/null
elif command -v buildah >/dev/null; then
  buildah build --quiet --layers=false --format docker --timestamp "$SOURCE_DATE_EPOCH" "$@" $names "$context" >/dev/null
elif command -v docker >/dev/null; then
  docker build --quiet "$@" $names "$context" >/dev/null
else
  say "podman, buildah or docker is missing: install one of them"
  exit 1
fi
say "built$(echo "$names" | sed 's/ --tag/,/g; s/^,//') from $program"
