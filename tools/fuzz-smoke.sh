#!/usr/bin/env bash
# Runs each fuzz target for FUZZ_SECONDS (15) under libFuzzer. Inputs that fail are kept in fuzz/found/<target>/, and
# the ordinary tests replay them from then on. Inputs that reached new code stay in target/fuzz/corpus.
#
# The instrumentation is LLVM's own and works with any rustc; libFuzzer is C++ and needs a compiler for it.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v c++ >/dev/null || { echo "fuzz-smoke: no C++ compiler: install one (Debian: apt-get install g++)" >&2; exit 1; }
seconds=${FUZZ_SECONDS:-15}
corpus=target/fuzz/corpus
targets=$(cargo run --quiet -p fuzz --bin fuzz-seeds -- "$corpus")

export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
 -Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions -Coverflow-checks -Ccodegen-units=1"
host=$(rustc -vV | sed -n 's/^host: //p')
CARGO_TARGET_DIR=target/fuzz cargo build --quiet --release --target "$host" -p fuzz --bin fuzz --features libfuzzer

status=0
for name in $targets; do
  mkdir -p "fuzz/found/$name"
  if FUZZ_TARGET=$name "target/fuzz/$host/release/fuzz" -max_total_time="$seconds" -max_len=12288 -timeout=10 \
    -rss_limit_mb=1024 -artifact_prefix="fuzz/found/$name/" -verbosity=0 -print_final_stats=1 \
    "$corpus/$name" >"target/fuzz/$name.log" 2>&1; then
    echo "fuzz-smoke: $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "target/fuzz/$name.log") inputs, nothing found"
  else
    status=1
    echo "fuzz-smoke: $name: FOUND a failing input:"
    tail -n 40 "target/fuzz/$name.log"
  fi
  rmdir --ignore-fail-on-non-empty "fuzz/found/$name" fuzz/found
done
exit $status
