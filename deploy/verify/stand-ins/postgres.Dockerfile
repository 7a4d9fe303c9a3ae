# Stands in for pgvector/pgvector:pg17: Debian 13's PostgreSQL 17 and pgvector.
FROM adsum-verify/trixie
RUN groupadd -g 999 postgres && useradd -u 999 -g 999 -d /var/lib/postgresql postgres \
    && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        postgresql-17 postgresql-17-pgvector >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/lib/postgresql/17 \
    && install -d -o 999 -g 999 -m 0700 /var/lib/postgresql/data && install -d /docker-entrypoint-initdb.d
COPY postgres-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
ENV PATH=/usr/lib/postgresql/17/bin:$PATH PGDATA=/var/lib/postgresql/data POSTGRES_USER=postgres
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["/usr/local/bin/docker-entrypoint.sh"]
CMD ["postgres"]
