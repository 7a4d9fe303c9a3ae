"""The school's sections, rooms and lessons as a plan needs them, and a plan written into the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from adsum_api.timetable.matching import Directory, Names
from adsum_api.timetable.plan import Held, LessonPlan, Slot, Taken
from adsum_store.models import Lesson, Section
from adsum_store.repositories import merging, places, sections, timetables
from adsum_store.unit_of_work import UnitOfWork

REMEMBERED: Final = timedelta(days=60)
"""An event that moves is known again by lessons that were held so long ago."""

Parts = Mapping[UUID, frozenset[UUID]]


@dataclass(slots=True)
class Books:
    """What the record says: sections with the parts of merged ones, and rooms by name."""

    sections: dict[UUID, Section]
    parts: dict[UUID, frozenset[UUID]]
    rooms: dict[str, UUID]

    @classmethod
    def of(cls, work: UnitOfWork, school_id: UUID) -> Books:
        """Read them."""
        return cls(
            {row.id: row for row in sections.all_of(work, school_id)},
            dict(merging.parts(work, school_id)),
            {row.name: row.id for row in places.rooms(work, school_id)},
        )

    def directory(self) -> Directory:
        """Return how texts name sections and rooms."""
        current = [row for row in self.sections.values() if row.removed_on is None]
        return Directory(
            sections=Names.of((row.id, (row.name, row.code, row.source_id)) for row in current),
            rooms=Names.of((room_id, (name,)) for name, room_id in self.rooms.items()),
            usual={row.id: row.room_id for row in current if row.room_id},
        )

    def parts_of(self, section_ids: Iterable[UUID]) -> frozenset[UUID]:
        """Return the sections with each merged one taken apart."""
        return frozenset().union(*(self.parts.get(each, frozenset({each})) for each in section_ids))


def held_lessons(work: UnitOfWork, books: Books, calendar_id: UUID | None, now: datetime) -> list[Held]:
    """Return the lessons of the calendar, none for one that is not stored yet."""
    if calendar_id is None:
        return []
    return [
        Held(row.id, _slot(row, books), row.cancelled_at is not None)
        for row in timetables.lessons_of(work, calendar_id, now - REMEMBERED)
    ]


def taken_rooms(
    work: UnitOfWork, school_id: UUID, calendar_id: UUID | None, now: datetime, until: datetime
) -> list[Taken]:
    """Return when others' lessons take a room."""
    found = timetables.taken(work, school_id, calendar_id, now, until)
    return [Taken(row.room_id, row.starts_at, row.ends_at) for row in found]


def write(
    work: UnitOfWork, school_id: UUID, books: Books, calendar_id: UUID, plan: LessonPlan, now: datetime
) -> frozenset[UUID]:
    """Write the plan; return the rooms whose lessons changed."""
    writing = _Writing(work, school_id, books)
    timetables.cancel_lessons(work, [each.id for each in plan.cancelled], now)
    moved = [{"id": held.id, "cancelled_at": None, **writing.columns(slot)} for held, slot in plan.moved]
    timetables.move_lessons(work, moved)
    own = {"school_id": school_id, "calendar_id": calendar_id}
    added = [{**own, **new_ids(), **writing.columns(slot)} for slot in plan.added]
    timetables.add_lessons(work, added)
    merging.refresh(work, school_id)
    before = {held.slot.room for held in (*plan.cancelled, *(held for held, _ in plan.moved))}
    rooms = {row["room_id"] for row in (*moved, *added)} | {room for room in before if isinstance(room, UUID)}
    return frozenset(rooms)


def new_ids() -> dict[str, Any]:
    """Return the id of a new lesson, and the key that nothing else opens it by."""
    lesson_id = uuid4()
    return {"id": lesson_id, "key": str(lesson_id)}


@dataclass(frozen=True, slots=True)
class _Writing:
    work: UnitOfWork
    school_id: UUID
    books: Books

    def columns(self, slot: Slot) -> dict[str, Any]:
        section = self._section(slot.sections)
        return {
            "event_uid": slot.uid,
            "recurrence_id": slot.recurrence_id,
            "starts_at": slot.starts_at,
            "ends_at": slot.ends_at,
            "room_id": slot.room if isinstance(slot.room, UUID) else self._room(slot.room),
            "section_id": section.id,
            "late_after_s": section.late_after_s,
        }

    def _room(self, name: str) -> UUID:
        if name not in self.books.rooms:
            self.books.rooms[name] = places.add_room(self.work, self.school_id, name).id
        return self.books.rooms[name]

    def _section(self, section_ids: frozenset[UUID]) -> Section:
        """Return the section itself, or the one that is made of these."""
        if len(section_ids) == 1:
            return self.books.sections[next(iter(section_ids))]
        for whole_id, parts in self.books.parts.items():
            if parts == section_ids:
                return self.books.sections[whole_id]
        return self._merged(section_ids)

    def _merged(self, section_ids: frozenset[UUID]) -> Section:
        parts = sorted((self.books.sections[each] for each in section_ids), key=lambda row: row.name)
        name = " + ".join(row.name for row in parts)
        if any(row.name == name for row in self.books.sections.values()):
            name = f"{name} (merged)"
        grace = min(row.late_after_s for row in parts)
        whole = Section(school_id=self.school_id, name=name, late_after_s=grace)
        merging.add(self.work, whole, section_ids)
        self.books.sections[whole.id] = whole
        self.books.parts[whole.id] = section_ids
        return whole


def _slot(row: Lesson, books: Books) -> Slot:
    return Slot(
        uid=row.event_uid or "",
        recurrence_id=row.recurrence_id or "",
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        room=row.room_id,
        sections=books.parts_of([row.section_id] if row.section_id else []),
    )
