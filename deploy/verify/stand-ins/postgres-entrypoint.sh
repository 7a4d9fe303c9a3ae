#!/bin/bash
# What docker-compose.yml uses of the public image's entrypoint: PGDATA, POSTGRES_PASSWORD_FILE and
# /docker-entrypoint-initdb.d/*.sh at the first start, run while the server answers on its socket alone.
set -euo pipefail
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb -D "$PGDATA" -E UTF8 --locale=C.UTF-8 -U "$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" -A scram-sha-256 --auth-local=trust >/dev/null
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start >/dev/null
    for script in /docker-entrypoint-initdb.d/*.sh; do bash "$script"; done
    pg_ctl -D "$PGDATA" -m fast -w stop >/dev/null
fi
exec "$@" -c listen_addresses='*'
