"""How the agent speaks to Redis: with timeouts everywhere, and patience of its own."""

from __future__ import annotations

from typing import Final

import redis
import structlog
import tenacity
from redis.backoff import NoBackoff
from redis.retry import Retry

from adsum_camera.clock import SystemClock

log = structlog.get_logger()

SOCKET_TIMEOUT_S: Final = 10.0
LONGEST_PAUSE_S: Final = 15.0


def connected(url: str) -> redis.Redis:
    """Return a client that connects at its first call and tells us of every lost connection.

    Its own retries are off: what was in flight when a connection broke must be sent again.
    """
    return redis.Redis.from_url(
        url,
        socket_timeout=SOCKET_TIMEOUT_S,
        socket_connect_timeout=SOCKET_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )


def patiently(clock: SystemClock, event: str) -> tenacity.Retrying:
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
