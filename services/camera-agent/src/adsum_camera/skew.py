"""How far the camera's clock is from the server's, learned from the ids that Redis gives to entries. Pure.

The id of an entry says, in milliseconds, when the server took it; the camera knows by its steady clock,
which never jumps, when it sent the entry and when the answer came. The server's moment lies between the
two, so that taking the middle is wrong by half the round trip at most (D. Mills, RFC 5905, section 8).
The exchange with the smallest bound is believed, and every bound grows with its age.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Final

RESOLUTION_S: Final = 0.001
"""An id says the millisecond."""
DRIFT: Final = 100e-6
"""How fast two clocks may part, at most: cheap crystals are within 50 ppm each."""
CONFIRMED_BY: Final = 3
"""Exchanges that must agree with each other before the server is believed to have set its clock."""
TOLERATED_S: Final = 0.5
"""A camera's own clock that is surely no further off is left alone, so that noise moves no times."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One entry sent and answered, in seconds of the steady clock, and what the server's clock said."""

    sent_at: float
    answered_at: float
    server_at: float

    @property
    def lead(self) -> float:
        """The server's clock minus the steady one, were both ways equally long."""
        return self.server_at - (self.sent_at + self.answered_at) / 2

    def error_at(self, steady: float) -> float:
        """How wrong `lead` can be at most by the time `steady`."""
        age = max(0.0, steady - self.answered_at)
        return (self.answered_at - self.sent_at) / 2 + RESOLUTION_S + DRIFT * age

    def agrees_with(self, other: Exchange) -> bool:
        """Whether one clock can have given both answers."""
        newest = max(self.answered_at, other.answered_at)
        return abs(self.lead - other.lead) <= self.error_at(newest) + other.error_at(newest)


@dataclass(frozen=True, slots=True)
class ServerTime:
    """What is known of the server's clock: the best exchange so far, and newer ones that contradict it."""

    best: Exchange | None = None
    doubted: tuple[Exchange, ...] = ()

    def learned(self, exchange: Exchange) -> ServerTime:
        """Return what is known after one more exchange.

        One that contradicts is put aside, until `CONFIRMED_BY` in a row agree with each other: then the
        server's clock was set, and what was known before counts no more.
        """
        if self.best is None or exchange.agrees_with(self.best):
            return ServerTime(_better(self.best, exchange))
        doubted = (*(each for each in self.doubted if each.agrees_with(exchange)), exchange)
        if len(doubted) < CONFIRMED_BY:
            return ServerTime(self.best, doubted)
        return ServerTime(reduce(_better, doubted))


def _better(known: Exchange | None, newer: Exchange) -> Exchange:
    """Return the one that can be least wrong, now and later: both age alike."""
    now = newer.answered_at
    return known if known is not None and known.error_at(now) < newer.error_at(now) else newer


def corrects(offset_s: float, error_s: float, *, correcting: bool) -> bool:
    """Whether the camera's clock is to be corrected by an offset that may be wrong by `error_s`.

    It begins when the offset is surely above the bound and ends when it is below half of it.
    """
    if correcting:
        return abs(offset_s) > TOLERATED_S / 2
    return abs(offset_s) - error_s > TOLERATED_S


def told_by(entry_id: bytes) -> float | None:
    """Return the middle of the millisecond that an entry's id names, in seconds since 1970.

    `None` when it does not tell the time: the second entry of a millisecond gets the first one's id and a
    count, and so does every entry while the server's clock is behind the stream's last id.
    """
    milliseconds, _, count = entry_id.partition(b"-")
    return (int(milliseconds) + 0.5) / 1000 if count == b"0" else None
