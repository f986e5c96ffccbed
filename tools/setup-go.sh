# Sourced by tools/setup.sh. Builds programs that the tests start from their Go modules.

# find_go_program VARIABLE NAME WANTED FOLDER/PROGRAM PACKAGE: sets the variable to the program, unless the operator has.
# tools/FOLDER/go.mod names the version, and go.sum pins it and its dependencies.
find_go_program() {
  local -n program=$1
  local name=$2 wanted=$3 folder=${4%/*} package=$5
  if [ -n "${program:-}" ]; then
    [ -x "$program" ] || fail "\$$1 ($program) is not a program: point it at $wanted, or unset it."
    return
  fi
  program=$tools/$4
  done_once "$folder" "tools/$folder/go.mod" "tools/$folder/go.sum" && [ -x "$program" ] && return
  need go "Go 1.25 or later (https://go.dev/dl)"
  at_least 1.25 "$(go env GOVERSION | sed 's/^go//')" ||
    fail "Go $(go env GOVERSION) is too old to build $name: install Go 1.25 or later, or set \$$1 to $wanted."
  say "$name (up to some minutes); its modules are also kept in Go's caches ($(go env GOMODCACHE), $(go env GOCACHE))"
  mkdir -p "$tools/$folder"
  (cd "tools/$folder" && CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-mod=readonly \
    quietly go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$program" "$package") ||
    fail "$name could not be built: see above; is a Go module proxy reachable?"
  mark_done "$folder" "tools/$folder/go.mod" "tools/$folder/go.sum"
}
