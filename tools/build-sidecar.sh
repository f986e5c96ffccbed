#!/bin/sh
# Builds the sidecar for release: target/static/mcpbouncer, stripped and statically linked.
#
# It is linked with musl if rustup has that target, otherwise with the machine's own C library. Since glibc 2.34, a
# statically linked program can resolve names without loading shared libraries.
set -eu
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
musl=$(uname -m)-unknown-linux-musl
target=$host
if command -v rustup >/dev/null && rustup target list --installed 2>/dev/null | grep -qx "$musl" &&
  command -v musl-gcc >/dev/null; then target=$musl; fi

# --target applies the flags to the program only: build scripts and macros are not linked statically.
# Paths of this machine are not in the program, so that the same commit gives the same bytes everywhere.
remap="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$PWD=/mcpbouncer"
RUSTFLAGS="-C target-feature=+crt-static $remap" cargo build --quiet --profile static --locked --target "$target" -p sidecar
mkdir -p target/static
cp "target/$target/static/mcpbouncer" "target/$target/static/mcpbouncer-import" target/static/
echo "build-sidecar: target/static/mcpbouncer for $target, $(wc -c <target/static/mcpbouncer) bytes" >&2
