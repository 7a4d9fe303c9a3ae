"""Everything that is held of one student, and nothing of anybody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, inspect, select

from adsum_store.models import (
    AbsenceWarning,
    AuditEntry,
    Consent,
    ConsentWord,
    Correction,
    EnrolmentCrop,
    EnrolmentJob,
    EnrolmentPhoto,
    EnrolmentVerdict,
    Guardian,
    Mark,
    PlannedAbsence,
    RegisterEntry,
    SectionEnrolment,
    Sighting,
    Student,
    Template,
    Track,
)
from adsum_store.unit_of_work import UnitOfWork

Told = dict[str, list[dict[str, object]]]

OF_OTHERS: Final = frozenset(
    {
        "school_id", "sealed", "rather_id", "elsewhere", "elsewhere_id", "actor", "recorded_by", "told_by",
        "withdrawn_by", "taken_back_by", "before", "hash", "candidates",
    }
)  # fmt: skip
"""Columns that speak of other people, or of our own bookkeeping."""

BY_STUDENT: Final = {
    "consents": Consent, "templates": Template, "kept_crops": EnrolmentCrop, "enrolments": EnrolmentJob,
    "rosters": SectionEnrolment, "marks": Mark, "register": RegisterEntry, "tracks": Track,
    "absences": PlannedAbsence, "absence_warnings": AbsenceWarning, "corrections": Correction,
    "guardians": Guardian, "consent_words": ConsentWord,
}  # fmt: skip


def held(work: UnitOfWork, school_id: UUID, student_id: UUID) -> Told:
    """Return every row about the student by kind, as plain values."""
    jobs = select(EnrolmentJob.id).where(EnrolmentJob.student_id == student_id)
    named: ColumnElement[bool] = Sighting.candidates.contains([{"student_id": str(student_id)}])
    queries: dict[str, Select[Any]] = {
        "student": select(Student).where(Student.id == student_id),
        "verdicts": select(EnrolmentVerdict).where(EnrolmentVerdict.job_id.in_(jobs)),
        "audit": select(AuditEntry).where(AuditEntry.subject_id == str(student_id)),
        **{
            kind: select(table).where(table.student_id == student_id)  # type: ignore[attr-defined]
            for kind, table in BY_STUDENT.items()
        },
    }
    told = {kind: _plain(work, query, school_id) for kind, query in queries.items()}
    seen = work.session.scalars(select(Sighting).where(Sighting.school_id == school_id, named))
    told["sightings"] = [
        _values(row) | {"score": _score(row.candidates, student_id)} for row in seen
    ]  # fmt: skip
    return told


def pictures(work: UnitOfWork, student_id: UUID) -> Iterator[tuple[str, bytes]]:
    """Yield (kind, sealed) of every picture that is held of the student."""
    jobs = select(EnrolmentJob.id).where(EnrolmentJob.student_id == student_id)
    photos = select(EnrolmentPhoto.sealed).where(EnrolmentPhoto.job_id.in_(jobs))
    crops = select(EnrolmentCrop.sealed).where(EnrolmentCrop.student_id == student_id)
    for kind, query in (("photo", photos), ("crop", crops)):
        for sealed in work.session.scalars(query):
            yield kind, sealed


def _plain(work: UnitOfWork, query: Select[Any], school_id: UUID) -> list[dict[str, object]]:
    table = query.column_descriptions[0]["entity"]
    rows = work.session.scalars(query.where(table.school_id == school_id))
    return [_values(row) for row in rows]


def _values(row: object) -> dict[str, object]:
    columns = inspect(type(row)).column_attrs.keys()
    return {name: getattr(row, name) for name in columns if name not in OF_OTHERS}


def _score(candidates: list[dict[str, Any]], student_id: UUID) -> float | None:
    return next((each["score"] for each in candidates if each["student_id"] == str(student_id)), None)
