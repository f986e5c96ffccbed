#!/bin/sh
# Builds the Traefik plugin: target/plugin/plugin.wasm.
#
# The compiler is rustup's with its wasm32-wasip1 target where that can be had, else Debian's
# packages, which build the standard library from source. Intermediates go to
# ${CARGO_TARGET_DIR:-target}/wasm, apart from every host build, so flags never mix.
set -eu
cd "$(dirname "$0")/.."

target=wasm32-wasip1
out=target/plugin/plugin.wasm
no_rustup=.tools/no-rustup-$target
debian_packages="rustc-web cargo-web rust-web-src wasi-libc lld-22"
debian_needs="/usr/bin/rustc /usr/bin/cargo /usr/bin/wasm-ld-22 /usr/lib/wasm32-wasi/libc.a
  /usr/lib/rustlib/src/rust/library/std/Cargo.toml"

say() { echo "build-plugin: $*" >&2; }

rustup_has_target() {
  command -v rustup >/dev/null && rustup target list --installed 2>/dev/null | grep -qx "$target" &&
    rustup component list --installed 2>/dev/null | grep -qx rust-src
}

# Asked of the network once; delete the mark to ask again.
rustup_gets_target() {
  command -v rustup >/dev/null || return 1
  [ ! -e "$no_rustup" ] || return 1
  say "asking rustup for $target"
  if timeout 120 rustup target add "$target" >/dev/null 2>&1 &&
    timeout 120 rustup component add rust-src >/dev/null 2>&1; then return 0; fi
  mkdir -p .tools
  echo "rustup could not add $target; delete this file to try again" >"$no_rustup"
  return 1
}

debian_has_all() {
  for file in $debian_needs; do [ -e "$file" ] || return 1; done
}

apt_install() {
  command -v apt-get >/dev/null || return 1
  [ "$(id -u)" = 0 ] || return 1
  say "installing $*"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    "$@"; } >/dev/null 2>&1
}

debian_gets_all() {
  # shellcheck disable=SC2086 # a list of words
  apt_install $debian_packages && debian_has_all
}

# 64 KiB of stack below everything else: an overflow traps at address 0 instead of overwriting data.
# A panic prints nothing and only traps, so neither its text nor where it happened is in the file: that
# needs a standard library built for it, from source with both compilers.
std="-Zbuild-std=std,panic_abort -Zbuild-std-features=optimize_for_size"
# No bulk memory: the host carries out memory.copy and memory.fill wrongly on newer Intel processors
# (docs/adr/0005-no-bulk-memory.md). memcpy and its kin are those of guest-memory/, not the C library's.
flags="-Z unstable-options -C panic=immediate-abort -C link-arg=-zstack-size=65536 -C link-arg=--stack-first -Z location-detail=none
  -C target-cpu=mvp -C target-feature=+mutable-globals,+sign-ext,+nontrapping-fptoint,+simd128
  --cfg curve25519_dalek_backend=\"serial\" --cfg curve25519_dalek_bits=\"32\" --cfg aes_compact"

if rustup_has_target || rustup_gets_target; then
  cargo=cargo
elif debian_has_all || debian_gets_all; then
  cargo=/usr/bin/cargo
  export RUSTC=/usr/bin/rustc
  flags="$flags -C linker=/usr/bin/wasm-ld-22 -C link-self-contained=no -L /usr/lib/wasm32-wasi"
else
  say "no compiler for $target: run 'rustup target add $target', or as root 'apt-get install $debian_packages'"
  exit 1
fi

# RUSTC_BOOTSTRAP: assembly for wasm is behind a feature gate, and the stack pointer must be set
# before any compiled code runs (docs/adr/0001-own-http-wasm-abi.md).
intermediates="${CARGO_TARGET_DIR:-target}/wasm"
# shellcheck disable=SC2086 # $std is two words
RUSTC_BOOTSTRAP=1 RUSTFLAGS="$(echo $flags)" CARGO_TARGET_DIR="$intermediates" \
  "$cargo" build --quiet --locked --package plugin-wasm --lib --profile wasm --target "$target" $std

built="$intermediates/$target/wasm/plugin_wasm.wasm"
if [ ! "$out" -nt "$built" ]; then
  command -v wasm-opt >/dev/null || apt_install binaryen || {
    say "wasm-opt is missing: install binaryen (Debian: apt-get install binaryen), then run this again"
    exit 1
  }
  mkdir -p "$(dirname "$out")"
  # The features are those rustc turns on for this target; wasm-opt takes off about a sixth. Large functions stay
  # functions: put into one another they need more native stack than the host gives an instance at first, and
  # what it adds then is 30 KiB for each open stream (docs/performance.md).
  wasm-opt -Oz --one-caller-inline-max-function-size=300 --disable-bulk-memory --enable-simd --enable-sign-ext --enable-nontrapping-float-to-int \
    --enable-mutable-globals "$built" -o "$out.new"
  mv "$out.new" "$out"
fi
if ! python3 tools/check_plugin.py "$out" >/dev/null; then
  rm -f "$out"
  exit 1
fi
say "$out, $(wc -c <"$out") bytes"
