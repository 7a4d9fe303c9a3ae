#!/bin/bash
# Runs once, when the volume is empty: a role that owns one database, and is no superuser.
set -euo pipefail
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set password="$(cat /run/secrets/adsum_database_password)" <<'SQL'
CREATE ROLE adsum LOGIN PASSWORD :'password';
CREATE DATABASE adsum OWNER adsum TEMPLATE template0 ENCODING 'UTF8';
SQL
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname adsum -c 'CREATE EXTENSION vector'
