"""Who missed lesson after lesson: the streak that a student is in now. Pure.

Of a student's judged lessons in order of time, those since the last attended one count. `absent` alone is a
missed lesson: what was excused, not observed or waits for a person neither counts nor ends a streak. A day
counts whose every lesson that says anything was missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from adsum_api.attendance.rules import ATTENDED

Kind = Literal["lessons", "days"]


@dataclass(frozen=True, slots=True)
class Streak:
    """So many lessons, on so many whole days, missed from `first_on` to `last_on`."""

    lessons: int
    days: int
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class Limits:
    """How many missed in a row are worth a warning; 0 for never."""

    lessons: int
    days: int


def streak_of(judged: Iterable[tuple[date, str]]) -> Streak | None:
    """Return the streak that a student is in after `judged`, days and statuses by time, or None."""
    missed: list[date] = []
    attended_on: date | None = None
    for day, status in judged:
        if status in ATTENDED:
            missed, attended_on = [], day
        elif status == "absent":
            missed.append(day)
    if not missed:
        return None
    return Streak(len(missed), len(set(missed) - {attended_on}), missed[0], missed[-1])


def warnings_of(streak: Streak | None, limits: Limits) -> tuple[tuple[Kind, int], ...]:
    """Return which warnings a streak is worth, each with its count."""
    if streak is None:
        return ()
    reached: tuple[tuple[Kind, int, int], ...] = (
        ("lessons", streak.lessons, limits.lessons),
        ("days", streak.days, limits.days),
    )
    return tuple((kind, count) for kind, count, limit in reached if 0 < limit <= count)
