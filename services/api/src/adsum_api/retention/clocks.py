"""How long each kind of data is kept: the usual, and what a school may set. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from adsum_api.contract.idempotency import KEPT_FOR
from adsum_api.errors import Invalid

TOLD_FOR: Final = timedelta(days=7)
"""How long a page that lost its connection can still catch up."""

SIGHTINGS_KEPT: Final = timedelta(days=90)
"""How long an objection to a mark can be looked into down to its crops' scores: about a term."""

CROPS_KEPT: Final = timedelta(days=400)
"""How long an enrolled face can be shown to another model: a school year and the weeks around it. Who is
enrolled longer needs new photos anyway: faces change."""

PROOFS_KEPT: Final = timedelta(days=90)
OVERDUE: Final = timedelta(hours=2)
"""A clock that has not run for so long rings the alarm; beat runs it every ten minutes."""


@dataclass(frozen=True, slots=True)
class RetentionClock:
    """`usual`: how long data of this kind is kept, for ever where it is None. `limits`: the least and most
    days that a school may set; none where it may not."""

    kind: str
    usual: timedelta | None
    limits: tuple[int, int] | None = None

    def keeps(self, set_days: Mapping[str, int]) -> timedelta | None:
        """Return how long a school keeps it, given what it has set."""
        days = set_days.get(self.kind)
        return self.usual if days is None or self.limits is None else timedelta(days=days)


CLOCKS: Final = (
    RetentionClock("photos", timedelta(0)),
    RetentionClock("crops", CROPS_KEPT, (1, 400)),
    RetentionClock("sightings", SIGHTINGS_KEPT, (7, 400)),
    RetentionClock("tracks", None, (400, 3660)),
    RetentionClock("kept_answers", KEPT_FOR),
    RetentionClock("messages", TOLD_FOR, (1, 30)),
    RetentionClock("marks", None, (365, 36600)),
    RetentionClock("audit", None, (1095, 36600)),
    RetentionClock("proofs", PROOFS_KEPT),
)
"""A photo carries its own time, a day at most. Tracks carry the machine's marks, and stay for more than a
school year at least; marks and the log are the school's record, and stay unless it says otherwise."""


class BadRetention(Invalid):
    """A school may not keep this so long, or so briefly."""


def check_days(set_days: Mapping[str, int]) -> None:
    """Raise `BadRetention` for a kind that has no such setting, and for days beyond its limits."""
    limits = {clock.kind: clock.limits for clock in CLOCKS if clock.limits is not None}
    for kind, days in set_days.items():
        if kind not in limits:
            raise BadRetention(f"there is no clock {kind!r} to set: take one of {', '.join(limits)}")
        least, most = limits[kind]
        if not least <= days <= most:
            raise BadRetention(f"{kind} can be kept for {least} to {most} days")


def alarm_of(last_ran: datetime | None, error: str | None, now: datetime, since: datetime) -> str | None:
    """Say why a clock rings: it failed, or has not run for too long; None where all is well. `since`: when
    the school was made, before which nothing was due."""
    if error is not None:
        return f"the last run failed: {error}"
    if now - (last_ran or since) > OVERDUE:
        return "it has not run for two hours: does `adsum-api beat` run, and a worker?"
    return None
