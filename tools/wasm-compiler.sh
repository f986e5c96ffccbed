# shellcheck shell=sh
# Sourced by scripts that build for wasm32-wasip1; the script must define `say`, which prints a message. Sets `cargo`, the
# program to build with, and `debian`, which is not empty if that is Debian's. Exits with a message if there is no compiler
# of the right version.
#
# The compiler is rustup's, in the version of rust-toolchain.toml, if rustup can install the target; otherwise that of
# Debian's packages. The build uses unstable flags and builds the standard library from source. Neither is stable across
# versions of Rust, so each compiler is accepted only in the version for which the flags were written.
target=wasm32-wasip1
pinned=$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)
pinned_debian=1.96.0
debian_packages="rustc-web cargo-web rust-web-src wasi-libc lld-22"
debian_needs="/usr/bin/rustc /usr/bin/cargo /usr/bin/wasm-ld-22 /usr/lib/wasm32-wasi/libc.a
  /usr/lib/wasm32-wasi/crt1-command.o /usr/lib/rustlib/src/rust/library/std/Cargo.toml"
no_rustup=.tools/no-rustup-$target

rustup_has_target() {
  command -v rustup >/dev/null && rustup target list --installed 2>/dev/null | grep -qx "$target" &&
    rustup component list --installed 2>/dev/null | grep -qx rust-src
}

# Tries the network only once; delete the file to try again.
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
  say "installing $* with apt-get"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    "$@"; } >/dev/null 2>&1
}

debian_gets_all() {
  # shellcheck disable=SC2086 # a list of words
  apt_install $debian_packages && debian_has_all
}

# require_version VERSION ADVICE
require_version() {
  have=$("${RUSTC:-rustc}" --version | cut -d' ' -f2)
  [ "$have" = "$1" ] && return
  say "the plugin's build flags are for Rust $1, but this is Rust $have: $2"
  exit 1
}

debian=
if command -v rustup >/dev/null && rustc --version >/dev/null 2>&1; then
  require_version "$pinned" "unset RUSTC and RUSTUP_TOOLCHAIN, so that rustup takes the version in rust-toolchain.toml"
fi
if rustup_has_target || rustup_gets_target; then
  cargo=cargo
elif debian_has_all || debian_gets_all; then
  debian=yes
  cargo=/usr/bin/cargo
  export RUSTC=/usr/bin/rustc
  require_version "$pinned_debian" "use rustup, which takes the version in rust-toolchain.toml"
else
  say "no compiler for $target: run 'rustup toolchain install', or as root 'apt-get install $debian_packages'"
  exit 1
fi
