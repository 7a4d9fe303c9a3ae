"""Consents: given, read under a lock, and withdrawn with everything that rested on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import CursorResult, Delete, Select, Update, delete, exists, select, update

from adsum_store.models import Consent, EnrolmentCrop, EnrolmentJob, EnrolmentPhoto, Student, Template
from adsum_store.repositories import elsewhere, look_alikes, student_keys
from adsum_store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What went with a consent."""

    consent: Consent
    templates_deleted: int
    crops_deleted: int
    photos_deleted: int
    jobs_stopped: int


@dataclass(frozen=True, slots=True)
class Given:
    """A consent as it was given: on which basis and by whom, how, to which text, and until when."""

    basis: str
    given_by: str
    at: datetime
    relation: str | None = None
    method: str | None = None
    expires_at: datetime | None = None
    text_id: UUID | None = None


def give(work: UnitOfWork, school_id: UUID, student_id: UUID, given: Given) -> Consent:
    """Store an active consent; raise `IntegrityError` (uq_consents_one_active) when there is one already."""
    consent = Consent(
        school_id=school_id,
        student_id=student_id,
        active=True,
        basis=given.basis,
        given_by=given.given_by,
        granted_at=given.at,
        relation=given.relation,
        method=given.method,
        expires_at=given.expires_at,
        text_id=given.text_id,
    )
    work.session.add(consent)
    work.session.flush()
    return consent


def renew(work: UnitOfWork, consent: Consent, until: datetime | None, text_id: UUID | None) -> None:
    """Let an active consent end at another time, and name the text that was agreed to last."""
    consent.expires_at, consent.text_id = until, text_id
    work.session.flush()


def active(work: UnitOfWork, school_id: UUID, student_id: UUID) -> Consent | None:
    """Return the active consent, which cannot be withdrawn before this transaction ends."""
    query = _active(school_id, student_id).with_for_update(read=True)
    return work.session.scalar(query, execution_options={"populate_existing": True})


def was_withdrawn(work: UnitOfWork, school_id: UUID, student_id: UUID) -> bool:
    """Whether this student ever took a consent back."""
    query = select(
        exists().where(
            Consent.school_id == school_id,
            Consent.student_id == student_id,
            Consent.withdrawn_at.is_not(None),
        )
    )
    return bool(work.session.scalar(query))


def any_active(work: UnitOfWork, school_id: UUID) -> bool:
    """Whether anybody of the school has an active consent."""
    return bool(work.session.scalar(select(exists().where(Consent.school_id == school_id, Consent.active))))


def refuse(work: UnitOfWork, school_id: UUID, student_id: UUID, at: datetime | None) -> None:
    """Write down since when the student refuses, or, with None, that they do no longer."""
    work.session.execute(
        update(Student)
        .where(Student.school_id == school_id, Student.id == student_id)
        .values(refuses_since=at)
    )


def expired(work: UnitOfWork, now: datetime) -> Sequence[tuple[UUID, UUID]]:
    """Return (school, student) of every active consent whose time is over."""
    query = select(Consent.school_id, Consent.student_id).where(Consent.active, Consent.expires_at <= now)
    return [(school_id, student_id) for school_id, student_id in work.session.execute(query)]


def withdraw(work: UnitOfWork, school_id: UUID, student_id: UUID, at: datetime) -> Withdrawn | None:
    """End the active consent and delete its templates, its crops, its waiting photos, and whom the student
    was found to look like; None when there is none.

    The lock comes first: an enrolment in flight is committed and deleted here, or waits and is refused.
    """
    query = _active(school_id, student_id).with_for_update()
    consent = work.session.scalar(query, execution_options={"populate_existing": True})
    if consent is None:
        return None
    jobs = select(EnrolmentJob.id).where(
        EnrolmentJob.school_id == school_id, EnrolmentJob.student_id == student_id
    )
    templates = delete(Template).where(Template.school_id == school_id, Template.student_id == student_id)
    crops = delete(EnrolmentCrop).where(
        EnrolmentCrop.school_id == school_id, EnrolmentCrop.student_id == student_id
    )
    photos = delete(EnrolmentPhoto).where(EnrolmentPhoto.job_id.in_(jobs))
    stopped = (
        update(EnrolmentJob)
        .where(EnrolmentJob.id.in_(jobs), EnrolmentJob.finished_at.is_(None))
        .values(state="failed", error="consent_withdrawn", finished_at=at)
    )
    receipt = Withdrawn(consent, *(_affected(work, each) for each in (templates, crops, photos, stopped)))
    student_keys.destroy(work.session, school_id, student_id)
    look_alikes.forget(work.session, student_id)
    elsewhere.forget(work.session, student_id)
    consent.active = False
    consent.withdrawn_at = at
    work.session.flush()
    return receipt


def _active(school_id: UUID, student_id: UUID) -> Select[Consent]:
    return select(Consent).where(
        Consent.school_id == school_id, Consent.student_id == student_id, Consent.active
    )


def _affected(work: UnitOfWork, statement: Delete | Update) -> int:
    result = work.session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)  # noqa: S101 - for mypy: a DML statement has a row count
    return result.rowcount
