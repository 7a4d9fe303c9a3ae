"""Erasing a student: everything about them goes in one transaction, or nothing does.

What hangs on the student by a foreign key goes with them by cascade; what speaks of them by their id alone
(candidates of sightings, messages not yet told) is taken out here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, Literal
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, CursorResult, Text, cast, delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from adsum_store.models import (
    AbsenceWarning,
    Consent,
    ConsentWord,
    Correction,
    EnrolmentCrop,
    EnrolmentJob,
    EnrolmentPhoto,
    Erasure,
    Guardian,
    KeptAnswer,
    Mark,
    OutboxMessage,
    PlannedAbsence,
    RegisterEntry,
    RegisterSigning,
    SectionEnrolment,
    Student,
    Template,
    Track,
)
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed
from adsum_store.unit_of_work import UnitOfWork

Marks = Literal["deleted", "anonymised"]

NOBODY: Final = "(erased)"
"""What stands where a name stood."""

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)

BY_CASCADE: Final = (
    ("consents", Consent), ("templates", Template), ("crops", EnrolmentCrop), ("enrolments", EnrolmentJob),
    ("tracks", Track), ("corrections", Correction), ("kept_answers", KeptAnswer), ("marks", Mark),
    ("register_entries", RegisterEntry), ("roster_entries", SectionEnrolment),
    ("absences", PlannedAbsence), ("absence_warnings", AbsenceWarning),
    ("guardians", Guardian), ("consent_words", ConsentWord),
)  # fmt: skip
"""What goes with the student's own row, as the receipt names it."""

_FORGET = text("""
    UPDATE sightings SET candidates = coalesce((
        SELECT jsonb_agg(candidate ORDER BY place)
        FROM jsonb_array_elements(candidates) WITH ORDINALITY AS each(candidate, place)
        WHERE candidate->>'student_id' <> :student_id
    ), '[]')
    WHERE school_id = :school_id AND captured_at >= :since AND candidates @> CAST(:named AS jsonb)
""")


def erase(
    work: UnitOfWork, school_id: UUID, student_id: UUID, marks: Marks, today: date
) -> dict[str, int] | None:
    """Erase a student; return how many rows of each kind went, or None where there is no such student.

    The student's row is locked first: whoever writes about them waits, and is then refused by the foreign
    key. With `anonymised` marks and rosters pass to a new row that names nobody, and say no more than the
    status.
    """
    session = work.session
    query = select(Student).where(Student.school_id == school_id, Student.id == student_id).with_for_update()
    student = session.scalar(query, execution_options={"populate_existing": True})
    if student is None:
        return None
    _take_out_of_reasons(session, student)
    kept = _anonymise(session, student, today) if marks == "anonymised" else {}
    counts = {name: _count(session, table, student_id) for name, table in BY_CASCADE}
    counts["photos"] = _photos(session, student_id)
    counts["messages"] = _forget_messages(session, school_id, student_id)
    counts["candidates"] = forget_candidates(session, school_id, student_id)
    session.execute(delete(Student).where(Student.id == student_id))
    session.expunge(student)
    return counts | kept


def forget_candidates(
    session: Session, school_id: UUID, student_id: UUID, since: datetime | None = None
) -> int:
    """Take the student out of the candidates of sightings captured since then; return of how many."""
    result = session.execute(
        _FORGET,
        {
            "school_id": school_id,
            "student_id": str(student_id),
            "named": f'[{{"student_id": "{student_id}"}}]',
            "since": since or EARLIEST,
        },
    )
    return _rows(result)


def add(work: UnitOfWork, receipt: Erasure) -> Erasure:
    """Keep a receipt."""
    work.session.add(receipt)
    work.session.flush()
    return receipt


def get(work: UnitOfWork, school_id: UUID, erasure_id: UUID) -> Erasure | None:
    """Return a receipt."""
    return work.session.scalar(
        select(Erasure).where(Erasure.school_id == school_id, Erasure.id == erasure_id)
    )


def page(work: UnitOfWork, school_id: UUID, wanted: PageWanted = EVERYTHING) -> Sequence[Erasure]:
    """Return receipts, oldest first."""
    query = select(Erasure).where(Erasure.school_id == school_id)
    order = [Erasure.erased_at, Erasure.id]
    return work.session.scalars(narrowed(query, wanted, order, Erasure.erased_at.expression)).all()


def sweep(work: UnitOfWork, since: datetime, bury_before: datetime) -> int:
    """Take out what was under way with a student who was erased meanwhile; return in how many sightings.

    A recognizer that had found them just before may have written that just after. The ids themselves are
    forgotten once nothing can be under way any more.
    """
    standing = work.session.scalars(select(Erasure).where(Erasure.tombstone.is_not(None))).all()
    found = 0
    for erasure in standing:
        if erasure.tombstone is not None:
            found += forget_candidates(work.session, erasure.school_id, erasure.tombstone, since)
        if erasure.erased_at < bury_before:
            erasure.tombstone = None
    work.session.flush()
    return found


def _take_out_of_reasons(session: Session, student: Student) -> None:
    """Take the student's name out of what was written as a reason in the lessons that they have a mark in."""
    held = select(Mark.lesson_id).where(Mark.student_id == student.id)
    name = "***=" + student.name  # PostgreSQL: what follows is no pattern, but the very text
    for table in (Mark, RegisterSigning):
        session.execute(
            update(table)
            .where(table.lesson_id.in_(held), table.reason.regexp_match(name, "i"))
            .values(reason=func.regexp_replace(table.reason, name, NOBODY, "gi")),
            execution_options={"synchronize_session": False},
        )


def _anonymise(session: Session, student: Student, today: date) -> dict[str, int]:
    nobody = Student(
        id=uuid4(), school_id=student.school_id, number=f"erased-{uuid4().hex[:12]}", name=NOBODY,
        left_on=today,
    )  # fmt: skip
    session.add(nobody)
    session.flush()
    session.execute(
        delete(SectionEnrolment).where(
            SectionEnrolment.student_id == student.id, SectionEnrolment.starts_on > today
        )
    )
    moved: dict[str, tuple[Any, dict[str, Any]]] = {
        "marks_kept": (Mark, {"evidence": {}, "reason": None, "mark_key": func.md5(Mark.mark_key)}),
        "register_entries_kept": (RegisterEntry, {}),
        "roster_entries_kept": (
            SectionEnrolment,
            {"source_id": None, "ends_on": func.least(SectionEnrolment.ends_on, today)},
        ),
    }
    return {
        name: _rows(
            session.execute(
                update(table)
                .where(table.student_id == student.id)
                .values({**values, "student_id": nobody.id}),
                execution_options={"synchronize_session": False},
            )
        )
        for name, (table, values) in moved.items()
    }


def _count(session: Session, table: Any, student_id: UUID) -> int:  # noqa: ANN401 - any that has the column
    return session.scalar(select(func.count()).select_from(table).where(table.student_id == student_id)) or 0


def _photos(session: Session, student_id: UUID) -> int:
    jobs = select(EnrolmentJob.id).where(EnrolmentJob.student_id == student_id)
    return (
        session.scalar(
            select(func.count()).select_from(EnrolmentPhoto).where(EnrolmentPhoto.job_id.in_(jobs))
        )
        or 0
    )


def _forget_messages(session: Session, school_id: UUID, student_id: UUID) -> int:
    named: ColumnElement[bool] = or_(
        func.strpos(cast(OutboxMessage.payload, Text), str(student_id)) > 0,
        OutboxMessage.key == str(student_id),
    )
    gone = delete(OutboxMessage).where(OutboxMessage.school_id == school_id, named)
    return _rows(session.execute(gone, execution_options={"synchronize_session": False}))


def _rows(result: object) -> int:
    assert isinstance(result, CursorResult)  # noqa: S101 - for mypy: a DML statement has a row count
    return result.rowcount
