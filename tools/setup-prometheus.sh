# Sourced by tools/setup.sh. Gets Prometheus and promtool for the tests of deploy/prometheus.

prometheus_version() { "$1" --version 2>&1 | sed -n 's/^p[a-z]*, version \([0-9.]*\).*/\1/p'; }
prometheus_good() { # prometheus_good FOLDER
  local name v
  for name in prometheus promtool; do
    v=$(prometheus_version "$1/$name") && [ -n "$v" ] && at_least 2.42.0 "$v" || return 1
  done
}

# Finds the folder of both programs. Debian's package is unpacked here instead of installed, because installing it starts
# a server; apt-get compares it with the hash in the archive's signed list.
find_prometheus() {
  if [ -n "${PROMETHEUS:-}" ]; then
    prometheus_good "$PROMETHEUS" ||
      fail "\$PROMETHEUS ($PROMETHEUS) is not a folder with prometheus and promtool 2.42 or later: point it at one, or unset it."
    return
  fi
  PROMETHEUS=$(dirname "$(command -v promtool || echo /none/promtool)")
  prometheus_good "$PROMETHEUS" && return
  PROMETHEUS=$tools/prometheus/usr/bin
  prometheus_good "$PROMETHEUS" && return
  say "Prometheus, Debian's package, unpacked in .tools/prometheus"
  rm -rf "$tools/prometheus"
  mkdir -p "$tools/prometheus"
  if (cd "$tools/prometheus" && quietly debian_package prometheus) && prometheus_good "$PROMETHEUS"; then return; fi
  fail "Prometheus is missing: install Prometheus 2.42 or later, and set \$PROMETHEUS to the folder of prometheus and promtool."
}

# Fetches a package of Debian and unpacks it in this folder.
debian_package() {
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
  apt-get download -qq "$1" || { [ "$(id -u)" = 0 ] && apt-get update -qq && apt-get download -qq "$1"; } || return 1
  dpkg-deb --extract "$1"_*.deb . && rm "$1"_*.deb
}
