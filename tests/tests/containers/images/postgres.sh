#!/bin/sh
# What the image of PostgreSQL does at its start: a new cluster with one superuser, and a database of the same name.
set -eu
data=/var/lib/postgresql/data
if [ ! -s "$data/PG_VERSION" ]; then
  printf %s "$POSTGRES_PASSWORD" >/tmp/password
  initdb --pgdata "$data" --username "$POSTGRES_USER" --pwfile /tmp/password \
    --auth scram-sha-256 --encoding UTF8 --no-locale --no-sync
  echo "CREATE DATABASE $POSTGRES_USER" | postgres --single -D "$data" postgres
  echo "host all all all scram-sha-256" >>"$data/pg_hba.conf"
fi
exec postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql
