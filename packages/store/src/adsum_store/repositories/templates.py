"""Templates: who looks most like this face, among those who may be looked for (`roster_search`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from adsum_store.models import Template
from adsum_store.repositories.consent_held import held_consent
from adsum_store.repositories.roster_search import search
from adsum_store.repositories.vector_text import as_text

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Probe:
    """A face to look for: where and when it was seen, and its unit vector of 512 numbers by a model, whose
    templates alone it is compared with.

    Without a vector it is only placed: it finds its lesson, and nobody.
    """

    camera_id: UUID
    captured_at: datetime
    model_id: str
    embedding: Vector | None


@dataclass(frozen=True, slots=True)
class Match:
    """A student and how alike they are, -1 to 1: the mean of the cosine similarities of the best template
    and of all templates' mean. The first knows the pose and the light, the second the person; together
    they beat either (docs/decisions/0024)."""

    student_id: UUID
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """The lesson that the camera was looking at, if any, and its students most like the probe, best first."""

    lesson_id: UUID | None
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class NewTemplate:
    """A template to be kept; `source_key` says what it was made from, so that a second copy is none.

    `enrolled_at`: since when the picture is enrolled, where that was before now, by another model.
    """

    school_id: UUID
    student_id: UUID
    model_id: str
    embedding: Vector
    quality: float
    source: str
    source_key: str
    pose: str | None = None
    enrolled_at: datetime | None = None


def nearest(session: Session, probes: Sequence[Probe], limit: int) -> tuple[Found, ...]:
    """Search all probes in one round trip, each in its own roster and model; answer in their order.

    A student's several templates are one candidate, not rivals of each other. Of a lesson without a
    section every consented student of the school is looked for; outside any lesson, nobody is.
    """
    lessons: dict[int, UUID | None] = {}
    matches: dict[int, list[Match]] = {ordinal: [] for ordinal in range(len(probes))}
    for ordinal, lesson_id, student_id, score in session.execute(search(limit), parameters(probes)):
        lessons[ordinal] = lesson_id
        if student_id is not None:
            matches[ordinal].append(Match(student_id, score))
    return tuple(Found(lessons.get(ordinal), tuple(found)) for ordinal, found in matches.items())


def parameters(probes: Sequence[Probe]) -> dict[str, Any]:
    """Return what the statement of `search` is executed with."""
    return {
        "ordinals": list(range(len(probes))),
        "cameras": [probe.camera_id for probe in probes],
        "times": [probe.captured_at for probe in probes],
        "models": [probe.model_id for probe in probes],
        "vectors": [None if probe.embedding is None else as_text(probe.embedding) for probe in probes],
    }


def add(session: Session, template: NewTemplate) -> bool:
    """Keep the template under the student's active consent; return whether there is one."""
    consent_id = held_consent(session, template.school_id, template.student_id)
    if consent_id is None:
        return False
    session.execute(
        insert(Template)
        .values(
            school_id=template.school_id,
            student_id=template.student_id,
            consent_id=consent_id,
            consent_active=True,
            model_id=template.model_id,
            embedding=template.embedding,
            quality=template.quality,
            source=template.source,
            source_key=template.source_key,
            pose=template.pose,
            created_at=func.coalesce(template.enrolled_at, func.now()),
        )
        .on_conflict_do_nothing()
    )
    return True


def of_school(session: Session, school_id: UUID, model_id: str) -> dict[UUID, Vector]:
    """Return every student's templates of one model, as arrays of shape (templates, 512)."""
    rows = session.execute(
        select(Template.student_id, Template.embedding)
        .where(Template.school_id == school_id, Template.model_id == model_id, Template.consent_active)
        .order_by(Template.student_id, Template.source_key)
    )
    vectors: dict[UUID, list[Vector]] = {}
    for student_id, embedding in rows:
        vectors.setdefault(student_id, []).append(np.asarray(embedding, np.float32))
    return {student_id: np.stack(of_student) for student_id, of_student in vectors.items()}


def drop_of_model(session: Session, school_id: UUID, model_id: str) -> int:
    """Delete the school's templates of one model, and return how many there were."""
    gone = delete(Template).where(Template.school_id == school_id, Template.model_id == model_id)
    return len(session.scalars(gone.returning(Template.id)).all())
