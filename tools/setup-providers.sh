# Sourced by tools/setup.sh. Gets the real identity providers for the tests: Dex, and Keycloak from its Maven package.

# Dex, without cgo, has no SQLite store.
find_dex() {
  find_go_program DEX Dex "a Dex 2.45" dex/dex github.com/dexidp/dex/cmd/dex
}

# Finds Java 17 or later, which Keycloak needs.
find_java() {
  JAVA=${JAVA:-$(command -v java || true)}
  [ -n "$JAVA" ] || { apt_install default-jre-headless && JAVA=$(command -v java); } ||
    fail "Java is missing: install Java 17 or later, or set \$JAVA."
  local version
  version=$("$JAVA" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
  [ "${version:-0}" -ge 17 ] || fail "\$JAVA ($JAVA) is not Java 17 or later: install it, or set \$JAVA."
}

# Fetches Keycloak in the version that tools/keycloak.sha256 names and pins, and builds it for a database in memory.
find_keycloak() {
  find_java
  if [ -n "${KEYCLOAK:-}" ]; then
    [ -f "$KEYCLOAK/lib/quarkus-run.jar" ] || fail "\$KEYCLOAK ($KEYCLOAK) is not an unpacked Keycloak: point it at one built with 'kc.sh build --db=dev-mem --cache=local', or unset it."
    return
  fi
  local file version
  file=$(sed 's/.* //' tools/keycloak.sha256)
  version=${file#keycloak-quarkus-dist-} version=${version%.zip}
  KEYCLOAK=$tools/keycloak/keycloak-$version
  done_once keycloak tools/keycloak.sha256 && [ -f "$KEYCLOAK/lib/quarkus-run.jar" ] && return
  command -v mvn >/dev/null || apt_install maven || fail "mvn is missing: install Maven, or set \$KEYCLOAK to a Keycloak $version."
  say "Keycloak $version (some minutes), also kept in Maven's repository (${HOME}/.m2)"
  rm -rf "$tools/keycloak"
  mkdir -p "$tools/keycloak"
  quietly mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
    -Dartifact="org.keycloak:keycloak-quarkus-dist:$version:zip" -DoutputDirectory="$tools/keycloak" ||
    fail "Keycloak could not be fetched: see above; is a Maven repository reachable?"
  (cd "$tools/keycloak" && sha256sum --quiet --check "$root/tools/keycloak.sha256") ||
    fail "$file is not the one that tools/keycloak.sha256 pins."
  python3 -m zipfile -e "$tools/keycloak/$file" "$tools/keycloak"
  rm "$tools/keycloak/$file"
  chmod +x "$KEYCLOAK"/bin/*.sh
  JAVA=$JAVA quietly "$KEYCLOAK/bin/kc.sh" build --db=dev-mem --cache=local || fail "Keycloak could not be built: see above."
  mark_done keycloak tools/keycloak.sha256
}
