#!/bin/sh
# Builds the Traefik plugin: target/plugin/plugin.wasm.
#
# tools/wasm-compiler.sh chooses the compiler. Intermediate files go to ${CARGO_TARGET_DIR:-target}/wasm, separate from
# host builds, so that flags never mix.
set -eu
cd "$(dirname "$0")/.."

out=target/plugin/plugin.wasm
say() { echo "build-plugin: $*" >&2; }
. tools/wasm-compiler.sh

# 64 KiB of stack below all other memory: an overflow traps at address 0 instead of overwriting data.
# A panic only traps and prints nothing, so that messages and locations are not in the file. This requires
# building the standard library from source, with either compiler.
std="-Zbuild-std=std,panic_abort -Zbuild-std-features=optimize_for_size"
# No bulk memory instructions: the host executes memory.copy and memory.fill incorrectly on newer Intel processors
# (docs/adr/0005-no-bulk-memory.md). memcpy, memmove, memset and memcmp come from guest-memory/, not from the C library.
flags="-Z unstable-options -C panic=immediate-abort -C link-arg=-zstack-size=65536 -C link-arg=--stack-first -Z location-detail=none
  -C target-cpu=mvp -C target-feature=+mutable-globals,+sign-ext,+nontrapping-fptoint,+simd128
  --cfg curve25519_dalek_backend=\"serial\" --cfg curve25519_dalek_bits=\"32\" --cfg aes_compact"

if [ -n "$debian" ]; then
  flags="$flags -C linker=/usr/bin/wasm-ld-22 -C link-self-contained=no -L /usr/lib/wasm32-wasi"
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
  # The features are those that rustc enables for this target; wasm-opt makes the file about a sixth smaller. Large
  # functions are not inlined: otherwise an instance needs more native stack than the host initially provides, and
  # the host then adds 30 KiB per open stream (docs/performance.md).
  # At the end functions are numbered by how often they are called, so that the common numbers take one byte: 1.3 KB less.
  # Low memory unused: an added constant becomes the offset of a load or store. The two differ only where the sum wraps to
  # below 1,024; with the stack first, that is an access beyond its end, and a trap is right.
  # A constant that a function writes often becomes a local variable: 3.7 KB less.
  # Between two optimisations the control flow is computed anew: 1.8 KB less, and no more instructions for a request.
  wasm-opt -Oz --flatten --rereloop -Oz --const-hoisting --converge --remove-unused-names --strip-target-features --strip-producers --low-memory-unused --duplicate-function-elimination --reorder-functions --one-caller-inline-max-function-size=300 --disable-bulk-memory --enable-simd --enable-sign-ext --enable-nontrapping-float-to-int \
    --enable-mutable-globals "$built" -o "$out.new"
  mv "$out.new" "$out"
fi
if ! python3 tools/check_plugin.py "$out" >/dev/null; then
  rm -f "$out"
  exit 1
fi
say "$out, $(wc -c <"$out") bytes"
