"""The audit log: entries are appended to their school's chain, read, and never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Select, exists, func, select

from adsum_store.audit_chain import GENESIS, Detail, Entry, Link, Verdict, hash_of
from adsum_store.audit_chain import verify as verify_chain
from adsum_store.models import AuditEntry
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed
from adsum_store.unit_of_work import UnitOfWork

LOCK: Final = "audit"
PIECE: Final = 1000


SPOKEN: Final = "audited"
"""What a session knows of itself once something of its transaction is in the log."""


class Action(StrEnum):
    """What the log speaks of. A change that comes by HTTP and has no word of its own is `request.done`."""

    CONSENT_GIVEN = "consent.given"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    CONSENT_EXPIRED = "consent.expired"
    CONSENT_TEXT_ADDED = "consent_text.added"
    GUARDIAN_REGISTERED = "guardian.registered"
    GUARDIAN_REMOVED = "guardian.removed"
    PARENT_WITHDREW = "parent.withdrew"
    PARENT_REFUSED = "parent.refused"
    REFUSAL_RECORDED = "refusal.recorded"
    REFUSAL_LIFTED = "refusal.lifted"
    STUDENT_ERASED = "student.erased"
    STUDENT_EXPORTED = "student.exported"
    TEMPLATES_READ = "templates.read"
    ROSTER_IMPORTED = "roster.imported"
    ACCOUNT_CHANGED = "account.changed"
    CREDENTIALS_CHANGED = "credentials.changed"
    SIGNED_IN = "account.signed_in"
    REQUEST_DONE = "request.done"
    LOG_PRUNED = "audit.pruned"
    BACKED_UP = "record.backed_up"


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What is to be logged; its time and place in the chain are found when it is written."""

    school_id: UUID
    actor: str
    action: str
    subject: tuple[str, str]
    request_id: str | None = None
    details: Mapping[str, Detail] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditWanted:
    """Which entries: of one action, about one subject, or all."""

    action: str | None = None
    subject_id: str | None = None
    page: PageWanted = EVERYTHING


def append(work: UnitOfWork, new: NewEntry) -> None:
    """Write the entry as the last thing of this transaction: it is there when, and only when, the rest is.

    So the school's chain is locked for a moment alone, and after every other lock: two never wait for each
    other.
    """
    work.session.info[SPOKEN] = True
    work.before_commit(lambda: _append(work, new))


def append_unless_spoken(work: UnitOfWork, new: NewEntry) -> None:
    """Write the entry likewise, unless this transaction has others: they say it in words of their own."""
    work.before_commit(lambda: None if work.session.info.get(SPOKEN) else _append(work, new))


def note_templates_read(work: UnitOfWork, school_id: UUID, lesson_id: UUID, reader: str) -> None:
    """Log, once a lesson, that `reader` held its roster's templates against faces."""
    there = exists().where(
        AuditEntry.school_id == school_id,
        AuditEntry.subject_id == str(lesson_id),
        AuditEntry.action == Action.TEMPLATES_READ,
        AuditEntry.actor == reader,
    )
    if not work.session.scalar(select(there)):
        subject = ("lesson", str(lesson_id))
        append(work, NewEntry(school_id, reader, Action.TEMPLATES_READ, subject))


def page(work: UnitOfWork, school_id: UUID, wanted: AuditWanted) -> Sequence[AuditEntry]:
    """Return entries, oldest first."""
    query = select(AuditEntry).where(AuditEntry.school_id == school_id)
    if wanted.action is not None:
        query = query.where(AuditEntry.action == wanted.action)
    if wanted.subject_id is not None:
        query = query.where(AuditEntry.subject_id == wanted.subject_id)
    return work.session.scalars(narrowed(query, wanted.page, [AuditEntry.id], AuditEntry.at.expression)).all()


def newest(work: UnitOfWork, school_id: UUID, action: Action) -> AuditEntry | None:
    """Return the last entry of that action."""
    query = select(AuditEntry).where(AuditEntry.school_id == school_id, AuditEntry.action == action)
    return work.session.scalar(query.order_by(AuditEntry.id.desc()).limit(1))


def about(work: UnitOfWork, school_id: UUID, subject_id: UUID) -> Sequence[AuditEntry]:
    """Return what was logged about one person, oldest first."""
    return page(work, school_id, AuditWanted(subject_id=str(subject_id)))


def verify(work: UnitOfWork, school_id: UUID) -> Verdict:
    """Follow the school's whole chain. It may begin where an entry says that older ones were deleted."""
    return verify_chain(_links(work, school_id), _start(work, school_id))


def goes_through(work: UnitOfWork, school_id: UUID, head: str) -> bool:
    """Whether the chain has an entry with this hash (hex), or begins after it."""
    if head == GENESIS.hex():
        return True
    there = exists().where(
        AuditEntry.school_id == school_id, func.encode(AuditEntry.hash, "hex") == head.strip().lower()
    )
    return bool(work.session.scalar(select(there)))


def _append(work: UnitOfWork, new: NewEntry) -> None:
    work.lock(LOCK, new.school_id)
    at = work.session.execute(select(func.clock_timestamp())).scalar_one()
    before = work.session.scalar(_newest(new.school_id)) or GENESIS
    entry = Entry(new.school_id, at, new.actor, new.action, new.subject, new.request_id, new.details)
    row = AuditEntry(
        school_id=entry.school_id,
        at=at,
        actor=entry.actor,
        action=entry.action,
        subject_kind=entry.subject[0],
        subject_id=entry.subject[1],
        request_id=entry.request_id,
        details=dict(entry.details),
        before=before,
        hash=hash_of(entry, before),
    )
    work.session.add(row)
    work.session.flush()


def _newest(school_id: UUID) -> Select[bytes]:
    return (
        select(AuditEntry.hash)
        .where(AuditEntry.school_id == school_id)
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )


def _start(work: UnitOfWork, school_id: UUID) -> bytes:
    """Return the hash that the oldest entry left follows, if the log itself says that it may."""
    oldest = (
        select(AuditEntry.before).where(AuditEntry.school_id == school_id).order_by(AuditEntry.id).limit(1)
    )
    before = work.session.scalar(oldest)
    pruned = work.session.scalars(
        select(AuditEntry.details["head"].astext).where(
            AuditEntry.school_id == school_id, AuditEntry.action == Action.LOG_PRUNED
        )
    )
    return before if before is not None and before.hex() in set(pruned) else GENESIS


def _links(work: UnitOfWork, school_id: UUID) -> Iterator[Link]:
    """Read the chain piece by piece, so that one that is broken need not be read to its end."""
    query = select(AuditEntry).where(AuditEntry.school_id == school_id).order_by(AuditEntry.id).limit(PIECE)
    last = 0
    while rows := work.session.scalars(query.where(AuditEntry.id > last)).all():
        yield from (Link(row.id, _entry(row), row.before, row.hash) for row in rows)
        last = rows[-1].id
        work.session.expunge_all()


def _entry(row: AuditEntry) -> Entry:
    subject = (row.subject_kind, row.subject_id)
    return Entry(row.school_id, row.at, row.actor, row.action, subject, row.request_id, row.details)
