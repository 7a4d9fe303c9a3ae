"""Whether an entry comes at a time at which a camera can have sent it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

Untimely = Literal["too_old", "from_the_future"]


@dataclass(frozen=True, slots=True)
class AgePolicy:
    """The oldest age that is accepted, longer than a camera's spool keeps anything, and how far a camera's
    clock may run ahead of ours: it corrects itself by the server's, to within seconds."""

    oldest: timedelta = timedelta(hours=26)
    ahead: timedelta = timedelta(minutes=2)


DEFAULT_AGES: Final = AgePolicy()


def untimely(captured_at: datetime, now: datetime, policy: AgePolicy) -> Untimely | None:
    """Return what is wrong with the time of an event; None for one that may have just come, or waited."""
    if now - captured_at > policy.oldest:
        return "too_old"
    return "from_the_future" if captured_at - now > policy.ahead else None
