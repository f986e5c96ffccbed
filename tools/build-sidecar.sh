#!/bin/sh
# Builds the sidecar for release, stripped and statically linked.
#
#   tools/build-sidecar.sh           for this machine: target/static/
#   tools/build-sidecar.sh arm64     for 64-bit ARM: target/static-arm64/
#   tools/build-sidecar.sh unrecorded  for this machine, without metrics and audit, to compare with: target/unrecorded/
#
# It is linked with musl if rustup has that target, otherwise with the C library of the system. Since glibc 2.34, a
# statically linked program can resolve names without loading shared libraries.
set -eu
cd "$(dirname "$0")/.."

say() { echo "build-sidecar: $*" >&2; }
host=$(rustc -vV | sed -n 's/^host: //p')
features=
case ${1:-} in
"" | unrecorded)
  out=target/static
  [ -z "${1:-}" ] || { out=target/unrecorded && features="--features unrecorded"; }
  musl=$(uname -m)-unknown-linux-musl
  target=$host
  if command -v rustup >/dev/null && rustup target list --installed 2>/dev/null | grep -qx "$musl" &&
    command -v musl-gcc >/dev/null; then target=$musl; fi
  ;;
arm64)
  out=target/static-arm64
  target=aarch64-unknown-linux-gnu
  if [ "$host" != "$target" ]; then
    command -v aarch64-linux-gnu-gcc >/dev/null || {
      say "the cross compiler is missing: apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross, then run this again"
      exit 1
    }
    rustup target add "$target" >/dev/null 2>&1 || {
      say "Rust for $target is missing: rustup target add $target, then run this again"
      exit 1
    }
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
  fi
  ;;
*)
  say "unknown argument $1: leave it out, or say arm64 or unrecorded"
  exit 1
  ;;
esac

# --target applies the flags to the program only: build scripts and macros are not linked statically.
# Paths of this machine are not in the program, so that the same commit gives the same bytes everywhere. Where rustup has
# the sources of the standard library (rust-src), rustc names them by their place there; elsewhere by /rustc/COMMIT.
library=$(rustc --print sysroot)/lib/rustlib/src/rust
commit=$(rustc -vV | sed -n 's/^commit-hash: //p')
remap="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$PWD=/mcpbouncer
  --remap-path-prefix=$library=/rustc/$commit"
RUSTFLAGS="$(echo -C target-feature=+crt-static $remap)" cargo build --quiet --profile static --locked --target "$target" -p sidecar $features
for program in mcpbouncer mcpbouncer-import; do
  if grep -aqF -e "$PWD/" -e "${CARGO_HOME:-$HOME/.cargo}/" -e "$library/" "target/$target/static/$program"; then
    say "$program holds paths of this machine, so other machines would build other bytes"
    exit 1
  fi
done
mkdir -p "$out"
cp "target/$target/static/mcpbouncer" "target/$target/static/mcpbouncer-import" "$out/"
say "$out/mcpbouncer for $target, $(wc -c <"$out/mcpbouncer") bytes"
