# Stands in for redis:7.2-bookworm: Debian's Redis 7.0, the first with selectors in access lists.
FROM adsum-verify/bookworm
RUN groupadd -g 999 redis && useradd -u 999 -g 999 redis \
    && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-server >/dev/null \
    && rm -rf /var/lib/apt/lists/* && install -d -o 999 -g 999 /data
VOLUME /data
WORKDIR /data
CMD ["redis-server"]
