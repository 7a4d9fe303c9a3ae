"""How the agent speaks to Redis: with timeouts everywhere, and patience of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import urlsplit, urlunsplit

import redis
import structlog
import tenacity
from redis.backoff import NoBackoff
from redis.connection import AbstractConnection
from redis.retry import Retry

from adsum_camera.clock import LinkClock
from adsum_camera.credentials import Credentials

log = structlog.get_logger()

SOCKET_TIMEOUT_S: Final = 10.0
LONGEST_PAUSE_S: Final = 15.0


class IngressClient(redis.Redis):
    """A client whose `connections` counts the ones it has made.

    A connection that broke while nothing was being said raises nothing: the pool makes a new one without
    a word. Whoever must know that the server may be another one by now compares the count.
    """

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - handed on as they come
        super().__init__(*args, **options)
        self.connections = 0
        self.connection_pool.connection_kwargs["redis_connect_func"] = self._greet

    def _greet(self, connection: AbstractConnection) -> None:
        self.connections += 1
        connection.on_connect()  # type: ignore[no-untyped-call]


def connected(
    url: str, timeout_s: float = SOCKET_TIMEOUT_S, credentials: Credentials | None = None
) -> IngressClient:
    """Return a client that connects at its first call; for one thread, as it counts its connections.

    `credentials` with a login are asked each time it connects, whomever the address names.

    Its own retries are off: what was in flight when a connection broke must be sent again.
    """
    asked: dict[str, Any] = {}
    if credentials is not None and credentials.now.login is not None:
        url, asked = without_login(url), {"credential_provider": credentials}
    client = IngressClient.from_url(
        url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, retry=Retry(NoBackoff(), 0), **asked
    )
    return cast(IngressClient, client)


def without_login(url: str) -> str:
    """Return the address without user and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def entries_after(
    client: redis.Redis, stream: str, last: str, *, most: int, block_ms: int | None = None
) -> list[tuple[bytes, Mapping[bytes, bytes]]]:
    """Return what a stream holds after the id `last`: ids and fields, `most` of them at most.

    With `block_ms` it waits that long for the first one. Raises `redis.RedisError`.
    """
    answer = cast("Any", client.xread({stream: last}, count=most, block=block_ms))
    if not answer:
        return []
    ((_, entries),) = answer.items() if isinstance(answer, dict) else answer
    return list(entries)


def patiently(clock: LinkClock, event: str) -> tenacity.Retrying:
    """Retry what Redis refuses, for ever and with growing pauses, until the stop; log `event` each time."""

    def told(state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        log.warning(event, error=type(error).__name__, attempt=state.attempt_number)

    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(redis.RedisError),
        wait=tenacity.wait_random_exponential(multiplier=0.5, max=LONGEST_PAUSE_S),
        stop=tenacity.stop_when_event_set(clock.stop),
        sleep=tenacity.sleep_using_event(clock.stop),
        before_sleep=told,
        retry_error_callback=lambda state: None,
    )
