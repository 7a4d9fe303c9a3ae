"""A classroom in the record: what cameras saw is written as the recognizer writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from sqlalchemy import select

from adsum_contracts.models import FACENET_VGGFACE2
from adsum_store.models import (
    Camera,
    CameraHeartbeat,
    Consent,
    Lesson,
    Mark,
    RegisterEntry,
    Room,
    School,
    Section,
    SectionEnrolment,
    Student,
    Template,
    Track,
)
from adsum_store.unit_of_work import Store

NINE = datetime(2026, 2, 11, 9, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Classroom:
    """A room with a camera, a section taught there, and a lesson of it from nine to a quarter to ten."""

    store: Store
    school_id: UUID
    room_id: UUID
    camera_id: UUID
    section_id: UUID
    lesson_id: UUID

    def add(self, *rows: Any) -> None:
        with self.store.begin() as work:
            for row in rows:
                work.session.add(row)
                work.session.flush()

    def student(self, number: str, name: str = "Ada", *, consent: bool = True, member: bool = True) -> UUID:
        student_id, consent_id = uuid4(), uuid4()
        self.add(Student(id=student_id, school_id=self.school_id, number=number, name=name))
        if consent:
            self.add(
                Consent(
                    id=consent_id, school_id=self.school_id, student_id=student_id, active=True,
                    basis="guardian", given_by="test", granted_at=LONG_AGO,
                ),
                Template(
                    school_id=self.school_id, student_id=student_id, consent_id=consent_id,
                    model_id=FACENET_VGGFACE2.id, embedding=np.eye(512, dtype=np.float32)[0], quality=1.0,
                    source="photo", source_key="1", created_at=LONG_AGO,
                ),
            )  # fmt: skip
        if member:
            self.add(
                SectionEnrolment(
                    school_id=self.school_id, section_id=self.section_id, student_id=student_id,
                    starts_on=date(2026, 1, 1),
                )
            )  # fmt: skip
        return student_id

    def lesson(self, starts_at: datetime = NINE, minutes: float = 45, **changes: Any) -> UUID:
        fields: dict[str, Any] = {
            "id": uuid4(), "school_id": self.school_id, "room_id": self.room_id,
            "section_id": self.section_id, "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=minutes), "late_after_s": 300, "key": str(uuid4()),
        } | changes  # fmt: skip
        self.add(Lesson(**fields))
        lesson_id: UUID = fields["id"]
        return lesson_id

    def track(
        self, student_id: UUID | None, start: float, end: float, track_id: UUID | None = None,
        lesson_id: UUID | None = None, review: str | None = None,
    ) -> UUID:  # fmt: skip
        """Somebody followed from minute to minute after nine; without a student, unknown."""
        track_id = track_id or uuid4()
        row = Track(
            id=track_id, school_id=self.school_id, camera_id=self.camera_id,
            lesson_id=lesson_id or self.lesson_id, started_at=NINE + timedelta(minutes=start),
            last_seen_at=NINE + timedelta(minutes=end), captured_at=NINE + timedelta(minutes=end),
            decision="recognised" if student_id else "unknown", student_id=student_id, sightings=2,
            review=review,
        )  # fmt: skip
        with self.store.begin() as work:
            work.session.merge(row)
        return track_id

    def watched(self, start: float = 0, end: float = 45, state: str = "watching") -> None:
        """A heartbeat that says so, from minute to minute after nine."""
        self.add(
            CameraHeartbeat(
                school_id=self.school_id, camera_id=self.camera_id, spool_id=uuid4(), sequence=0,
                since=NINE + timedelta(minutes=start), at=NINE + timedelta(minutes=end), state=state,
                frames=1, frames_dropped=0, faces=0, faces_too_small=0, spool_depth=0, tracks=[],
            )
        )  # fmt: skip

    def log(self, student_id: UUID) -> Sequence[Mark]:
        with self.store.begin() as work:
            query = select(Mark).where(Mark.student_id == student_id).order_by(Mark.id)
            return work.session.scalars(query).all()

    def statuses(self, student_id: UUID) -> list[str]:
        return [mark.status for mark in self.log(student_id)]

    def entry(self, student_id: UUID) -> RegisterEntry | None:
        with self.store.begin() as work:
            return work.session.scalar(select(RegisterEntry).where(RegisterEntry.student_id == student_id))


@pytest.fixture
def classroom(store: Store, school: School) -> Classroom:
    """An empty classroom."""
    room, section = uuid4(), uuid4()
    classroom = Classroom(store, school.id, room, uuid4(), section, uuid4())
    classroom.add(
        Room(id=room, school_id=school.id, name="Room 1"),
        Section(id=section, school_id=school.id, name="3b", late_after_s=300),
        Camera(
            id=classroom.camera_id, school_id=school.id, name="Front", room_id=room, key_sealed=b"",
            is_default=True,
        ),
    )  # fmt: skip
    classroom.lesson(id=classroom.lesson_id)
    return classroom
