"""A school to replay: rooms with a camera each, sections with templates, and a day of short lessons."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import insert

from adsum_contracts.ids import CameraId
from adsum_contracts.sealing import KEY_BYTES
from adsum_recognizer.bench.portraits import VIEWS, portrait
from adsum_recognizer.ports import Embedder
from adsum_store.models import (
    Base,
    Camera,
    Consent,
    Lesson,
    Room,
    School,
    Section,
    SectionEnrolment,
    Student,
    Template,
)
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import Store

SECTIONS: Final = 4
STUDENTS: Final = 30
"""On each roster."""

LESSON: Final = timedelta(minutes=1)
"""Short, so that a replay which runs faster than life fills many of them, none with more than it holds."""

LONGEST_DAY: Final = 1200
"""Lessons of a day that its cameras' crops are not yet too old for."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ReplayedCamera:
    """A camera, the key it signs with, the roster it looks at, and the lessons of its day."""

    id: CameraId
    key: bytes
    roster: Sequence[int]
    first_lesson: datetime
    lessons: int


def found_school(
    store: Store,
    vault: Vault,
    embedder: Embedder,
    cameras: int,
    lessons: int,
    now: datetime,
    school_id: UUID | None = None,
) -> tuple[ReplayedCamera, ...]:
    """Commit that many cameras with rooms, rosters and lessons for each, in the school of that id or in a new
    one; return the cameras."""
    lessons = min(lessons, LONGEST_DAY)
    first_lesson = now - lessons * LESSON
    rooms = [uuid4() for _ in range(cameras)]
    replayed = tuple(
        ReplayedCamera(
            CameraId(uuid4()), secrets.token_bytes(KEY_BYTES), _roster(place), first_lesson, lessons
        )
        for place in range(cameras)
    )
    sections = [uuid4() for _ in range(min(SECTIONS, cameras))]
    with store.begin() as work:
        if school_id is None:
            work.session.add(School(id=(school_id := uuid4()), name="Replayed school", timezone="UTC"))
            work.session.flush()
        of_school = _with(school_id)

        def keep(model: type[Base], rows: Rows) -> None:
            work.session.execute(insert(model), of_school(rows))

        keep(Room, [{"id": room, "name": str(place)} for place, room in enumerate(rooms)])
        keep(Section, [{"id": section, "name": str(place)} for place, section in enumerate(sections)])
        keep(Camera, [_camera(each, room, vault) for each, room in zip(replayed, rooms, strict=True)])
        keep(Lesson, _lessons(rooms, sections, first_lesson, lessons))
        _enrol(keep, sections, embedder, now)
    return replayed


def _roster(place: int) -> range:
    first = place % SECTIONS * STUDENTS
    return range(first, first + STUDENTS)


def _with(school_id: UUID) -> Callable[[Rows], Rows]:
    return lambda rows: [row | {"school_id": school_id} for row in rows]


def _camera(camera: ReplayedCamera, room: UUID, vault: Vault) -> dict[str, Any]:
    return {"id": camera.id, "name": str(room), "room_id": room, "key_sealed": vault.seal(camera.key)}


def _lessons(rooms: Sequence[UUID], sections: Sequence[UUID], first: datetime, count: int) -> Rows:
    return [
        {
            "room_id": room,
            "section_id": sections[place % SECTIONS],
            "starts_at": first + number * LESSON,
            "ends_at": first + (number + 1) * LESSON,
            "late_after_s": 300,
            "key": f"{room}:{number}",
        }
        for place, room in enumerate(rooms)
        for number in range(count)
    ]


def _enrol(
    keep: Callable[[type[Base], Rows], None], sections: Sequence[UUID], embedder: Embedder, now: datetime
) -> None:
    """Give every section its students, each with a consent and a template of each view."""
    students = [uuid4() for _ in range(len(sections) * STUDENTS)]
    consents = [uuid4() for _ in students]
    keep(Student, [{"id": id_, "number": str(n), "name": f"Student {n}"} for n, id_ in enumerate(students)])
    on_roster = [
        {
            "section_id": sections[n // STUDENTS],
            "student_id": id_,
            "starts_on": now.date() - timedelta(days=7),
        }
        for n, id_ in enumerate(students)
    ]
    keep(SectionEnrolment, on_roster)
    agreed = {"active": True, "basis": "drawn", "given_by": "bench", "granted_at": now}
    both = list(zip(consents, students, strict=True))
    keep(Consent, [{"id": consent, "student_id": student, **agreed} for consent, student in both])
    vectors = embedder.embed([portrait(n, view).crop for n in range(len(students)) for view in range(VIEWS)])
    templates = [
        {
            "student_id": students[n // VIEWS],
            "consent_id": consents[n // VIEWS],
            "model_id": embedder.spec.id,
            "embedding": vector,
            "quality": 0.6,
            "source": "photo",
            "source_key": f"view:{n % VIEWS}",
        }
        for n, vector in enumerate(vectors)
    ]
    keep(Template, templates)
