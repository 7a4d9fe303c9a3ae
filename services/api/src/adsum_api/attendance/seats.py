"""How many open pages may listen at once, and how many of them may read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from adsum_api.errors import Unavailable

T = TypeVar("T")


class TooManyListeners(Unavailable):
    """Every seat for open pages is taken."""


@dataclass(slots=True)
class Seats:
    """How many open pages listen at once; counted on the event loop alone.

    `limit` lies below the 1,024 files that a process may usually open. `each`: so many has one caller at
    most, so that nobody keeps everybody else out. At most `readers` of them read at a time: an event of which
    many wait to hear leaves the other endpoints their threads and connections.
    """

    limit: int = 900
    each: int = 600
    readers: int = 3
    taken: int = field(default=0, init=False)
    _of: Counter[str] = field(default_factory=Counter, init=False)
    _reading: CapacityLimiter | None = field(default=None, init=False)

    def check(self, caller: str) -> None:
        """Raise `TooManyListeners` when no seat is free for this caller."""
        if self.taken >= self.limit or self._of[caller] >= self.each:
            raise TooManyListeners("too many pages listen already: close one, or read the register instead")

    @contextmanager
    def one(self, caller: str) -> Iterator[None]:
        """Take a seat for this caller as long as the block lasts."""
        if self._reading is None or not self.taken:
            self._reading = CapacityLimiter(self.readers)
        self.taken += 1
        self._of[caller] += 1
        try:
            yield
        finally:
            self.taken -= 1
            self._of[caller] -= 1

    async def read(self, reading: Callable[[], T]) -> T:
        """Return what `reading` returns, run in a thread of those that seats have."""
        return await to_thread.run_sync(reading, limiter=self._reading)
