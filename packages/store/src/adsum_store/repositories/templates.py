"""Templates: who looks most like this face, among those who may be looked for.

The search is exact and within the roster. A filtered scan of an approximate (HNSW) index silently returns
too few rows; no such index can serve this search, since it orders by an aggregate over a student's templates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pgvector.sqlalchemy import VECTOR
from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    CompoundSelect,
    DateTime,
    Float,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    delete,
    func,
    select,
    true,
    union,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import LateralFromClause, Subquery

from adsum_store.models import Camera, School, SectionEnrolment, Student, Template
from adsum_store.models.template import DIMENSIONS
from adsum_store.repositories.consent_held import held_consent
from adsum_store.repositories.rosters import lesson_held, on_roster_at, school_day
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


@lru_cache(maxsize=8)
def search(limit: int) -> Select[int, UUID, UUID | None, float]:
    """Return the statement of `nearest`: (ordinal, lesson, student, score), best first for each probe.

    It is built once: that takes Python longer than PostgreSQL takes to search a class.

    Placed probes -> the rosters they ask for -> how alike each probe and each student are -> the best of
    them. Each is materialised, so that a roster is gathered once for all probes of its lesson, and the
    planner never begins with the school: docs/decisions/0030.
    """
    placed = _placed()
    alike = _alike(placed, _roster(_asked(placed)))
    best = _materialised(select(alike).where(alike.c.place <= limit), "best")
    return (
        select(placed.c.ordinal, placed.c.lesson_id, best.c.student_id, best.c.score)
        .select_from(placed)
        .outerjoin(best, best.c.ordinal == placed.c.ordinal)
        .order_by(placed.c.ordinal, best.c.place)
    )


def _placed() -> CTE:
    probe = (
        func.unnest(
            bindparam("ordinals", type_=ARRAY(Integer)),
            bindparam("cameras", type_=ARRAY(Uuid)),
            bindparam("times", type_=ARRAY(DateTime(timezone=True))),
            bindparam("models", type_=ARRAY(Text)),
            bindparam("vectors", type_=ARRAY(Text)),
        )
        .table_valued(
            column("ordinal", Integer),
            column("camera_id", Uuid),
            column("captured_at", DateTime(timezone=True)),
            column("model_id", Text),
            column("vector", Text),
        )
        .render_derived("probe")
    )
    held = lesson_held(Camera.__table__.c.room_id, probe.c.captured_at)
    day = school_day(probe.c.captured_at)
    asked = func.dense_rank().over(order_by=(held.c.school_id, held.c.id, probe.c.model_id, day))
    return _materialised(
        select(
            probe.c.ordinal,
            probe.c.model_id,
            day.label("day"),
            cast(probe.c.vector, VECTOR(DIMENSIONS)).label("embedding"),
            held.c.school_id,
            held.c.id.label("lesson_id"),
            held.c.section_id,
            asked.label("asked"),
        )
        .select_from(probe)
        .join(Camera, Camera.id == probe.c.camera_id)
        .join(held, true())
        .join(School, School.id == held.c.school_id),
        "placed",
    )


_ASKED = ("asked", "school_id", "section_id", "model_id", "day")


def _asked(placed: CTE) -> CTE:
    """Which rosters the probes ask for: one for all probes of a lesson, a model and a day."""
    columns = [placed.c[name] for name in _ASKED]
    return _materialised(select(*columns).where(placed.c.embedding.is_not(None)).distinct(), "asked")


def _roster(asked: CTE) -> CTE:
    """Each of them with its students: of a lesson without a section, with every student of the school."""
    enrolled = select(asked, SectionEnrolment.student_id).join(
        SectionEnrolment,
        and_(SectionEnrolment.section_id == asked.c.section_id, on_roster_at(asked.c.day)),
    )
    everybody = (
        select(asked, Student.id)
        .join(Student, Student.school_id == asked.c.school_id)
        .where(asked.c.section_id.is_(None))
    )
    return _materialised(union(enrolled, everybody), "roster")


def _alike(placed: CTE, roster: CTE) -> Subquery:
    """How alike each probe and each student of its roster are, and the student's place among them.

    Templates have length one: a probe's cosine to their mean is the mean of its cosines to them, over the
    length of their mean. Each student's templates are read once, for all probes.
    """
    length, cosines = _mean_length(roster), _cosines(placed, roster)
    score = ((cosines.c.best + cosines.c.mean / length.c.length) / 2).label("score")
    place = func.row_number().over(
        partition_by=cosines.c.ordinal, order_by=(score.desc(), roster.c.student_id)
    )
    return (
        select(cosines.c.ordinal, roster.c.student_id, score, place.label("place"))
        .select_from(roster)
        .join(length, true())
        .join(cosines, true())
        .subquery("alike")
    )


def _mean_length(roster: CTE) -> LateralFromClause:
    """The length of the mean of the student's templates; null where there are none."""
    mean = func.avg(Template.embedding, type_=VECTOR(DIMENSIONS))
    length = func.vector_norm(mean, type_=Float()).label("length")
    return select(length).where(_templates_of(roster)).lateral("mean")


def _cosines(placed: CTE, roster: CTE) -> LateralFromClause:
    """The best and the mean cosine of the student's templates to each probe that asks for this roster.

    Each `OFFSET 0` is a fence. The planner expects few probes, and would read a student's templates anew for
    each; and what is grouped is to be a number a pair, not two vectors.
    """
    stored = (
        select(Template.embedding)
        .where(_templates_of(roster))
        .offset(0)
        .correlate(roster)
        .lateral("stored")
    )
    distance: ColumnElement[float] = stored.c.embedding.op("<=>", return_type=Float())(placed.c.embedding)
    pair = (
        select(placed.c.ordinal, (1 - distance).label("cosine"))
        .where(placed.c.asked == roster.c.asked, placed.c.embedding.is_not(None))
        .offset(0)
        .correlate(roster, stored)
        .lateral("pair")
    )
    best, mean = func.max(pair.c.cosine).label("best"), func.avg(pair.c.cosine).label("mean")
    grouped = select(pair.c.ordinal, best, mean).select_from(stored).join(pair, true())
    return grouped.group_by(pair.c.ordinal).correlate(roster).lateral("cosines")


def _templates_of(roster: CTE) -> ColumnElement[bool]:
    return and_(
        Template.school_id == roster.c.school_id,
        Template.model_id == roster.c.model_id,
        Template.student_id == roster.c.student_id,
        Template.consent_active,
    )


def _materialised(query: Select[Any] | CompoundSelect[Any], name: str) -> CTE:
    return query.cte(name).prefix_with("MATERIALIZED", dialect="postgresql")


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

