"""How old the spool's entries are, on a machine whose hour nobody can trust.

Since the machine was started, the steady clock tells: entries carry the hour, but when the hour jumps, they
jump with it, also while no agent runs. How long a machine was off, only the hour tells, and it is believed
when the server has told it: until then no entry of an earlier start is too old.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from uuid import uuid4

CLOCK_JUMP_S: Final = 60.0
"""The hour jumped when it moved this much more, or less, than the steady clock."""
AGING: Final = "aging"
"""The spool's state that holds how its entries age."""
BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


def this_start() -> str:
    """Return what names the machine's running since it was started; where nothing does, the agent's."""
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return str(uuid4())


@dataclass(frozen=True, slots=True)
class SpoolClock:
    """The hour, in seconds since 1970; a clock that never jumps; whether the server has confirmed the hour.

    `start` names the machine's running, for as long as the steady clock counts on.
    """

    now: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic
    confirmed: Callable[[], bool] = lambda: True
    start: str = field(default_factory=this_start)


@dataclass(frozen=True, slots=True)
class Aging:
    """How entries age: those from the sequence `first` on were made since the machine's `start`.

    `lead_s`: the hour minus the steady clock, as entries carry it. `confirmed`: by the server, since the
    spool was opened.
    """

    start: str
    first: int
    lead_s: float
    confirmed: bool = False

    @classmethod
    def resumed(cls, kept: str | None, clock: SpoolClock, first: int) -> Aging:
        """Return what was kept since the machine's start, else a beginning with the sequence `first`."""
        start, known, lead_s = (kept or "- 0 0").split()
        if start == clock.start:
            return cls(start, int(known), float(lead_s))
        return cls(clock.start, first, clock.now() - clock.steady())

    def to_text(self) -> str:
        """Return what must be known when the spool is opened again."""
        return f"{self.start} {self.first} {self.lead_s!r}"

    def now(self, clock: SpoolClock) -> float:
        """Return the hour that entries carry, in seconds since 1970."""
        return self.lead_s + clock.steady()

    @property
    def first_to_age(self) -> int:
        """The lowest sequence that may be too old."""
        return 0 if self.confirmed else self.first

    def followed(self, clock: SpoolClock) -> Aging:
        """Return it with what has become of the hour: it may have jumped, or be confirmed."""
        lead_s = clock.now() - clock.steady()
        jumped = abs(lead_s - self.lead_s) > CLOCK_JUMP_S
        return replace(self, lead_s=lead_s if jumped else self.lead_s, confirmed=clock.confirmed())


def follow(db: sqlite3.Connection, before: Aging, after: Aging, now: float) -> None:
    """Let entries since the machine's start jump with the hour, within the transaction given.

    Once it is confirmed, those that a wrong hour had put into the future begin to age.
    """
    db.execute(
        "UPDATE entries SET kept_since = kept_since + ? WHERE sequence >= ?",
        (after.lead_s - before.lead_s, after.first),
    )
    if after.confirmed:
        db.execute("UPDATE entries SET kept_since = ? WHERE kept_since > ?", (now, now))
