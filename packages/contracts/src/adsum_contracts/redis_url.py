"""Redis by URL: one server, or the master that Sentinels agree on.

Beside redis-py's own `redis://` and `rediss://` a service takes the form that the libraries `limits` and
`redis-sentinel-url` use, with names and roles as https://redis.io/docs/latest/develop/reference/sentinel-clients/
has them:

    redis+sentinel://[user:password@]host1[:26379],host2[:26379]/MASTER[/DB][?option=value&...]

User and password are Redis's. The Sentinels' own, where they ask for any, are the options
`sentinel_username` and `sentinel_password`; every other option is one that redis-py reads from a `rediss://`
URL, such as `ssl_ca_certs`. `rediss+sentinel://` speaks TLS to both. What a failover can lose: ADR 0057.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.connection import SSLConnection, parse_url
from redis.retry import Retry
from redis.sentinel import Sentinel

SENTINEL_PORT = 26379
FORMS = "a URL such as redis://:password@host:6379/0 or redis+sentinel://:password@host1,host2:26379/MASTER/0"
_SERVER_SCHEMES = {"redis+sentinel": "redis", "rediss+sentinel": "rediss"}
_ONCE = Retry(NoBackoff(), 0)
"""A Sentinel that is away is not asked again: the next one is."""


@dataclass(frozen=True, slots=True)
class SentinelUrl:
    """What such a URL says; its secrets stay out of its `repr`."""

    sentinels: tuple[tuple[str, int], ...]
    master: str
    db: int
    tls: bool
    server: dict[str, Any] = field(repr=False)
    """How to connect to Redis, as keywords of redis-py, without an address."""
    guard: dict[str, str] = field(repr=False)
    """Who we are to the Sentinels."""

    @property
    def tls_options(self) -> dict[str, Any]:
        """The part of `server` that is about TLS."""
        return {name: value for name, value in self.server.items() if name.startswith("ssl")}

    def sentinel_options(self, sockets: dict[str, Any]) -> dict[str, Any]:
        """Return how to connect to a Sentinel, with the timeouts of `sockets`."""
        waits = {name: value for name, value in sockets.items() if name.startswith("socket_")}
        return waits | self.guard | self.tls_options | {"retry": _ONCE}


@dataclass(frozen=True, slots=True)
class CeleryBroker:
    """The same place as Celery is told it; `url` and `options` may hold a password."""

    url: str = field(repr=False)
    options: dict[str, Any] = field(repr=False)
    use_ssl: dict[str, Any] | None = None


def check_redis_url(url: str) -> None:
    """Raise `ValueError`, never repeating the URL, unless `open_redis` takes it."""
    if _is_sentinel(url):
        read_sentinel_url(url)
    else:
        parse_url(url)  # type: ignore[no-untyped-call]


def open_redis(url: str, **options: Any) -> Redis:  # noqa: ANN401 - redis-py's own keywords
    """Return a client of what `url` names, with redis-py's `options`; it connects on first use.

    Behind Sentinels each new connection goes to the master of that moment: a call during a failover fails
    with `redis.ConnectionError` or `redis.TimeoutError`, and one after it succeeds by the same client.
    Raises `ValueError`.
    """
    if not _is_sentinel(url):
        return Redis.from_url(url, **options)
    where = read_sentinel_url(url)
    told = where.server | options
    sentinel = Sentinel(where.sentinels, sentinel_kwargs=where.sentinel_options(told))  # type: ignore[no-untyped-call]
    return cast(Redis, sentinel.master_for(where.master, db=where.db, **told))  # type: ignore[no-untyped-call]


def celery_broker(url: str, sockets: dict[str, Any]) -> CeleryBroker:
    """Return how Celery is told of `url`; `sockets` are its transport options for connections.

    kombu takes a list of `sentinel://` URLs, of which it knows no TLS form, and the rest as options.
    """
    if not _is_sentinel(url):
        return CeleryBroker(url, dict(sockets))
    where = read_sentinel_url(url)
    credentials = urlsplit(url).netloc.rpartition("@")[0]
    prefix = f"sentinel://{credentials}@" if credentials else "sentinel://"
    tls = {name: value for name, value in where.tls_options.items() if name != "ssl"}
    return CeleryBroker(
        ";".join(f"{prefix}{_bracketed(host)}:{port}/{where.db}" for host, port in where.sentinels),
        sockets | {"master_name": where.master, "sentinel_kwargs": where.sentinel_options(sockets)},
        {"ssl_cert_reqs": "required"} | tls if where.tls else None,
    )


def read_sentinel_url(url: str) -> SentinelUrl:
    """Read it; raise `ValueError` with a sentence that repeats nothing of it."""
    parts = urlsplit(url)
    credentials, _, hosts = parts.netloc.rpartition("@")
    master, _, db = parts.path.removeprefix("/").partition("/")
    if not master or not (db or "0").isdecimal():
        raise ValueError(f"not {FORMS}")
    query = parse_qsl(parts.query)
    guard = {name.removeprefix("sentinel_"): value for name, value in query if name.startswith("sentinel_")}
    if guard.keys() - {"username", "password"}:
        raise ValueError("of the Sentinels only sentinel_username and sentinel_password can be told")
    return SentinelUrl(
        sentinels=tuple(map(_address, hosts.split(","))),
        master=unquote(master),
        db=int(db or "0"),
        tls=parts.scheme == "rediss+sentinel",
        server=_server_options(_SERVER_SCHEMES[parts.scheme], credentials, query),
        guard=guard,
    )


def _server_options(scheme: str, credentials: str, query: list[tuple[str, str]]) -> dict[str, Any]:
    """Let redis-py read what is the same in a URL of its own."""
    rest = urlencode([(name, value) for name, value in query if not name.startswith("sentinel_")])
    options: dict[str, Any] = dict(parse_url(f"{scheme}://{credentials}@host?{rest}"))  # type: ignore[no-untyped-call]
    tls = options.pop("connection_class", None) is SSLConnection
    for placed in ("host", "port", "db"):
        options.pop(placed, None)
    return options | ({"ssl": True} if tls else {})


def _is_sentinel(url: str) -> bool:
    return url.partition("://")[0] in _SERVER_SCHEMES


def _address(text: str) -> tuple[str, int]:
    """Read `host`, `host:port` or `[v6]:port`."""
    parts = urlsplit(f"//{text}")
    if not parts.hostname or parts.path:
        raise ValueError(f"not {FORMS}")
    return parts.hostname, parts.port or SENTINEL_PORT


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
