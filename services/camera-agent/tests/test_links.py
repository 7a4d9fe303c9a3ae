"""The threads to the server, at their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any
from uuid import UUID

import pytest

from adsum_camera.adapters.commands import CommandReader
from adsum_camera.adapters.publisher import Publisher
from adsum_camera.adapters.redis_client import connected
from adsum_camera.adapters.spool import Spool
from adsum_camera.clock import SystemClock
from adsum_camera.credentials import Credentials
from adsum_camera.links import FAREWELL_S, Links
from adsum_contracts.ids import CameraId

CAMERA = CameraId(UUID(int=7))
KEY = bytes(range(32))


class Hanging:
    """A thread that outlasts every wait for it, while the clock goes on."""

    def __init__(self, hand: Any) -> None:
        self.hand, self.waited_s = hand, 0.0

    def join(self, timeout: float) -> None:
        self.waited_s = timeout
        self.hand.pass_s(timeout)


@pytest.fixture
def links(spool: Spool, ingress_url: str, clock: Callable[..., Any]) -> Iterator[tuple[Links, Any]]:
    hand = clock()
    time = SystemClock(steady=hand.steady)
    with connected(ingress_url) as client:
        publisher = Publisher(spool, client, CAMERA, Credentials.of_key(KEY), time)
        yield (
            Links(
                publisher, CommandReader(spool, client, CAMERA, Credentials.of_key(KEY), time, SimpleQueue())
            ),
            hand,
        )


def test_both_hanging_threads_are_waited_for_no_longer_than_one(links: tuple[Links, Any]) -> None:
    both, hand = links
    threads, hanging = both._threads, [Hanging(hand), Hanging(hand)]
    both._threads = hanging  # type: ignore[assignment]
    both.close()
    assert sum(each.waited_s for each in hanging) == pytest.approx(FAREWELL_S)
    for thread in threads:
        thread.join()
