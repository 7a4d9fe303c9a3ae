"""How many open pages may listen at once."""

from __future__ import annotations

from dataclasses import dataclass, field

from adsum_api.errors import Unavailable


class TooManyListeners(Unavailable):
    """Every seat for open pages is taken."""


@dataclass(slots=True)
class Seats:
    """How many open pages listen at once; counted on the event loop alone."""

    limit: int = 100
    taken: int = field(default=0, init=False)

    def check(self) -> None:
        """Raise `TooManyListeners` when no seat is free."""
        if self.taken >= self.limit:
            raise TooManyListeners("too many pages listen already: close one, or read the register instead")
