"""How cameras and registers of all schools stand, in numbers: what whoever runs the machines looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import and_, exists, func, select, true

from adsum_store.models import Camera, CameraHeartbeat, Lesson, RegisterEntry, Webhook, WebhookDelivery
from adsum_store.unit_of_work import UnitOfWork

RECENT: Final = timedelta(days=1)
"""Of lessons: a register that nobody signs for longer is in the list of missing registers."""

OWED: Final = timedelta(days=7)
"""As far back as the page of missing registers looks."""

OF_A_BEAT: Final = (
    *("state", "since", "at", "fps", "spool_depth", "lesson_coverage", "clock_offset_s"),
    *("looks", "faces", "crops_sent", "unsent", "reconnects"),
)
"""What is read of a heartbeat; its tracks and places are not."""


@dataclass(frozen=True, slots=True)
class CameraStanding:
    """A camera by its newest heartbeat: its age, what the source brings, what waits in its spool, and the
    share of the lesson under way that it saw (None while there is none). `clock_offset_s`: the ingress
    server's clock minus its own. `beat_s`: what the heartbeat spans; the counts are of that time."""

    camera_id: UUID
    state: str
    age_s: float
    fps: float
    spool_depth: int
    lesson_coverage: float | None
    clock_offset_s: float | None
    beat_s: float
    looks: int
    faces: int
    crops_sent: int
    faces_unsent: int
    reconnects: int


@dataclass(frozen=True, slots=True)
class LessonCounts:
    """Lessons that began within `RECENT`: under way, over and not closed by the machine yet, closed and not
    signed by a person, and signed."""

    running: int
    closing: int
    unsigned: int
    signed: int


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed to people and programs: registers of the last seven days that nobody signed, messages that
    wait to be sent to webhooks, and how long ago the oldest of them was due (0: none is)."""

    registers: int
    deliveries: int
    overdue_s: float


def cameras(work: UnitOfWork, now: datetime, school_id: UUID | None = None) -> Sequence[CameraStanding]:
    """Return how each camera, of one school or of all, stands that ever gave a sign of life and is not
    revoked."""
    newest = (
        select(CameraHeartbeat)
        .where(CameraHeartbeat.camera_id == Camera.id)
        .order_by(CameraHeartbeat.at.desc())
        .limit(1)
        .lateral("newest")
    )
    query = (
        select(Camera.id, *(newest.c[name] for name in OF_A_BEAT))
        .join(newest, true())
        .where(~Camera.revoked, true() if school_id is None else Camera.school_id == school_id)
        .order_by(Camera.id)
    )
    return [
        CameraStanding(
            camera_id=row.id,
            state=row.state,
            age_s=max((now - row.at).total_seconds(), 0.0),
            fps=row.fps,
            spool_depth=row.spool_depth,
            lesson_coverage=row.lesson_coverage,
            clock_offset_s=row.clock_offset_s,
            beat_s=(row.at - row.since).total_seconds(),
            looks=row.looks,
            faces=row.faces,
            crops_sent=row.crops_sent,
            faces_unsent=sum(row.unsent.values()),
            reconnects=row.reconnects,
        )
        for row in work.session.execute(query)
    ]


def unheard(work: UnitOfWork, school_id: UUID) -> int:
    """Count the school's cameras that never gave a sign of life and are not revoked."""
    heard = exists().where(CameraHeartbeat.camera_id == Camera.id)
    query = (
        select(func.count()).select_from(Camera).where(Camera.school_id == school_id, ~Camera.revoked, ~heard)
    )
    return work.session.scalar(query) or 0


def lessons(work: UnitOfWork, now: datetime) -> LessonCounts:
    """Count the lessons of every school that began within `RECENT`; a cancelled one is none."""
    over, closed = Lesson.ends_at <= now, Lesson.closed_at.is_not(None)
    signed = Lesson.finalised_at.is_not(None)
    counts = (
        func.count().filter(~over),
        func.count().filter(and_(over, ~closed)),
        func.count().filter(and_(closed, ~signed, Lesson.section_id.is_not(None))),
        func.count().filter(signed),
    )
    query = select(*counts).where(
        Lesson.starts_at > now - RECENT, Lesson.starts_at <= now, Lesson.cancelled_at.is_(None)
    )
    return LessonCounts(*work.session.execute(query).one())


def entries(work: UnitOfWork, now: datetime) -> Mapping[tuple[str, str], int]:
    """Count the register entries of lessons that began within `RECENT`, by source and status."""
    query = (
        select(RegisterEntry.source, RegisterEntry.status, func.count())
        .join(Lesson, Lesson.id == RegisterEntry.lesson_id)
        .where(Lesson.starts_at > now - RECENT, Lesson.starts_at <= now, Lesson.cancelled_at.is_(None))
        .group_by(RegisterEntry.source, RegisterEntry.status)
    )
    return {(source, status): count for source, status, count in work.session.execute(query)}


def owed(work: UnitOfWork, now: datetime) -> Owed:
    """Say what every school owes; nothing is owed to a webhook that is off."""
    unsigned = select(func.count()).where(
        Lesson.starts_at > now - OWED, Lesson.ends_at <= now, Lesson.section_id.is_not(None),
        Lesson.cancelled_at.is_(None), Lesson.finalised_at.is_(None),
    )  # fmt: skip
    waiting = (
        select(func.count(), func.min(WebhookDelivery.next_at))
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(WebhookDelivery.state == "pending", Webhook.disabled_reason.is_(None))
    )
    deliveries, due = work.session.execute(waiting).one()
    overdue_s = 0.0 if due is None else max((now - due).total_seconds(), 0.0)
    return Owed(work.session.scalar(unsigned) or 0, deliveries, overdue_s)
