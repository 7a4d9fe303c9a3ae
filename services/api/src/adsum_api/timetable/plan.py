"""Which lessons to add, move and cancel, so that they are those of a calendar. Pure.

A lesson that has begun is never touched. One is known again by its event and its time in the series, else by
its event and its day, so a series that moves by an hour takes its lessons along.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from adsum_api.timetable.occurrences import Window

RoomRef = UUID | str
"""A room's id, or the name of one that is still to be added."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A lesson as the calendar wants it; several sections are taught together."""

    uid: str
    recurrence_id: str
    starts_at: datetime
    ends_at: datetime
    room: RoomRef
    sections: frozenset[UUID]

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by in its calendar."""
        return self.uid, self.recurrence_id


@dataclass(frozen=True, slots=True)
class Held:
    """A lesson that an earlier reading of the calendar made."""

    id: UUID
    slot: Slot
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """A lesson that cannot be held, by its event, and why; `times` in a row."""

    uid: str
    reason: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class LessonPlan:
    """What is to change among the lessons of one calendar."""

    added: tuple[Slot, ...] = ()
    moved: tuple[tuple[Held, Slot], ...] = ()
    cancelled: tuple[Held, ...] = ()
    unchanged: int = 0
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody else's lesson in a room."""

    room: RoomRef
    starts_at: datetime
    ends_at: datetime


def plan_lessons(
    wanted: Iterable[Slot], held: Sequence[Held], others: Iterable[Taken], now: datetime,
    day_of: Callable[[datetime], date],
) -> LessonPlan:  # fmt: skip
    """Return what is to change from `now` on; `day_of` is the school's calendar.

    Two lessons of one room and one span are one lesson of merged sections; one that shares only a part of
    its time with another in its room is refused, the one that begins later.
    """
    slots = [slot for slot in merged(wanted) if slot.ends_at > now]
    pairs = _paired(slots, held, now, day_of)
    rooms = _Rooms.of(others)
    for each in held:
        if each.slot.starts_at <= now < each.slot.ends_at and not each.cancelled:
            rooms.take(each.slot)
    changes = _Changes()
    for slot in slots:
        there = pairs.get(slot.key)
        if there is not None and there.slot.starts_at <= now:
            changes.unchanged += 1
        elif rooms.is_taken(slot):
            changes.refused.append(Refusal(slot.uid, "another lesson is held in its room at that time"))
        else:
            rooms.take(slot)
            changes.want(slot, there)
    matched = {each.id for each in pairs.values()}
    gone = (each for each in held if each.id not in matched and not each.cancelled)
    changes.cancelled += [each for each in gone if each.slot.starts_at > now]
    return changes.plan()


def merged(slots: Iterable[Slot]) -> list[Slot]:
    """Make one lesson of those in one room at the same time, in order of time; it goes by the first UID."""
    together: defaultdict[tuple[datetime, datetime, RoomRef], list[Slot]] = defaultdict(list)
    for slot in slots:
        together[slot.starts_at, slot.ends_at, slot.room].append(slot)
    found = []
    for group in together.values():
        first = min(group, key=lambda slot: slot.key)
        found.append(replace(first, sections=frozenset().union(*(slot.sections for slot in group))))
    return sorted(found, key=lambda slot: (slot.starts_at, slot.key))


def counted(refusals: Iterable[Refusal]) -> tuple[Refusal, ...]:
    """Return each refusal of an event once, with how often it came."""
    times: dict[tuple[str, str], int] = {}
    for each in refusals:
        times[each.uid, each.reason] = times.get((each.uid, each.reason), 0) + each.times
    return tuple(Refusal(uid, reason, count) for (uid, reason), count in times.items())


def outside(slots: Iterable[Slot], closed: Sequence[Window]) -> tuple[list[Slot], int]:
    """Return the slots that share no time with a holiday, and how many do."""
    found, dropped = [], 0
    for slot in slots:
        if any(start < slot.ends_at and slot.starts_at < end for start, end in closed):
            dropped += 1
        else:
            found.append(slot)
    return found, dropped


def _paired(
    slots: Sequence[Slot], held: Sequence[Held], now: datetime, day_of: Callable[[datetime], date]
) -> Mapping[tuple[str, str], Held]:
    """Return the lesson that each slot was, by the slot's key; one that is over is known by its key alone."""
    by_key = {each.slot.key: each for each in held}
    pairs = {slot.key: by_key.pop(slot.key) for slot in slots if slot.key in by_key}
    by_day: defaultdict[tuple[str, date], list[Held]] = defaultdict(list)
    for each in sorted(by_key.values(), key=lambda each: each.slot.starts_at):
        if each.slot.ends_at <= now:
            continue
        by_day[each.slot.uid, day_of(each.slot.starts_at)].append(each)
    for slot in slots:
        if slot.key not in pairs and (free := by_day[slot.uid, day_of(slot.starts_at)]):
            pairs[slot.key] = free.pop(0)
    return pairs


@dataclass(slots=True)
class _Changes:
    added: list[Slot] = field(default_factory=list)
    moved: list[tuple[Held, Slot]] = field(default_factory=list)
    cancelled: list[Held] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    unchanged: int = 0

    def want(self, slot: Slot, there: Held | None) -> None:
        if there is None:
            self.added.append(slot)
        elif there.cancelled or there.slot != slot:
            self.moved.append((there, slot))
        else:
            self.unchanged += 1

    def plan(self) -> LessonPlan:
        return LessonPlan(
            tuple(self.added), tuple(self.moved), tuple(self.cancelled), self.unchanged, counted(self.refused)
        )


@dataclass(frozen=True, slots=True)
class _Rooms:
    """Which spans of each room are taken."""

    spans: defaultdict[RoomRef, list[Window]]

    @classmethod
    def of(cls, others: Iterable[Taken]) -> _Rooms:
        rooms = cls(defaultdict(list))
        for each in others:
            rooms.spans[each.room].append((each.starts_at, each.ends_at))
        return rooms

    def take(self, slot: Slot) -> None:
        self.spans[slot.room].append((slot.starts_at, slot.ends_at))

    def is_taken(self, slot: Slot) -> bool:
        return any(start < slot.ends_at and slot.starts_at < end for start, end in self.spans[slot.room])
