# shellcheck shell=bash
# To be sourced: runs test programs and adds up what cargo's test runner prints, into `passed` and `failed`.
# An ignored test counts as failed. `log` names the file for the output.
# shellcheck disable=SC2034 # the sourcing script reads them

# Statics that tests share are never dropped, so their temporary directories are removed here.
work=$(mktemp -d)
chmod 711 "$work" # PostgreSQL runs as another user
trap 'rm -rf "$work"' EXIT
export TMPDIR=$work
log=$work/log
passed=0 failed=0

total() { awk -v word="$1;" '/^test result:/ { for (i = 2; i <= NF; i++) if ($i == word) n += $(i - 1) } END { print n + 0 }' "$log"; }

# count COMMAND...: runs the command with its output in `log`, which is printed if a test failed. Sets `p` and `f` to
# its counts.
count() {
  local status=0
  "$@" >"$log" 2>&1 || status=$?
  p=$(total passed) f=$(($(total failed) + $(total ignored)))
  # A program that failed without naming a test, or that ran no test, counts as one failure.
  if { [ "$status" != 0 ] && [ "$f" = 0 ]; } || [ $((p + f)) = 0 ]; then f=$((f + 1)); fi
  if [ "$f" != 0 ]; then grep -v '^test .* \.\.\. ok$' "$log" | tail -n 200 >&2; fi
  passed=$((passed + p)) failed=$((failed + f))
}
