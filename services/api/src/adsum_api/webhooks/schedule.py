"""When a delivery is tried again, and when nobody tries any longer. Pure.

The delays are those that Standard Webhooks 1.0.0 recommends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final, Literal

DELAYS: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""After the first attempt, the second, and so on: ten attempts in some three days."""

JITTER: Final = 0.2
"""Up to this share longer, so that what failed together does not come back together."""

REST: Final = timedelta(seconds=5)
LONGEST_REST: Final = timedelta(hours=24)
"""For how long a receiver is left alone after a failure: at least, and at most, whatever it asks for."""

GIVEN_UP_AFTER: Final = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Attempt:
    """How sending went: the receiver's status, or None with why there is none."""

    status_code: int | None
    error: str | None = None
    retry_after: timedelta = timedelta()

    @property
    def verdict(self) -> Literal["delivered", "gone", "failed"]:
        """What the answer means; a redirect is a failure, 410 asks for no more."""
        if self.status_code is not None and HTTPStatus.OK <= self.status_code < HTTPStatus.MULTIPLE_CHOICES:
            return "delivered"
        return "gone" if self.status_code == HTTPStatus.GONE else "failed"

    @property
    def rest(self) -> timedelta:
        """For how long the receiver is left alone."""
        return min(max(self.retry_after, REST), LONGEST_REST)


def next_attempt(attempts: int, now: datetime, chance: float) -> datetime | None:
    """Return when to try after so many failed attempts, None for never; `chance` lies in [0, 1)."""
    if attempts > len(DELAYS):
        return None
    return now + DELAYS[attempts - 1] * (1 + JITTER * chance)


def is_given_up(failing_since: datetime, now: datetime) -> bool:
    """Whether a receiver has failed for so long that nobody tries any more."""
    return now - failing_since >= GIVEN_UP_AFTER
