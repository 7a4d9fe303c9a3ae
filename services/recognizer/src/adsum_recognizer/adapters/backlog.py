"""How many tasks wait on the broker. Raises `redis.RedisError`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import redis

from adsum_contracts import routes

FROM_ENTRIES: Final = (routes.QUEUE_IDENTIFY, routes.QUEUE_ENROL)
"""The queues that a dispatcher fills."""

OURS: Final = (*FROM_ENTRIES, routes.QUEUE_DECIDE)
"""The queues that our workers consume, in turn: a decision waits for a batch, a batch for a decision."""

FOLLOW_UPS: Final = routes.QUEUE_ATTENDANCE
"""The queue that our workers fill, and the api's worker empties."""


class Backlog:
    """The lengths of the queues that this service fills: tasks that nobody has taken yet."""

    def __init__(self, broker: redis.Redis) -> None:
        self._broker = broker

    def depths(self) -> Mapping[str, int]:
        """Return the length of each queue, by its name."""
        names = (*OURS, FOLLOW_UPS)
        with self._broker.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.llen(name)
            return dict(zip(names, map(int, pipe.execute()), strict=True))
