"""The statement that searches rosters: which students of its lesson a face looks most like.

The search is exact and within the roster. A filtered scan of an approximate (HNSW) index silently returns
too few rows; no such index can serve this search, since it orders by an aggregate over a student's templates.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from uuid import UUID

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
    func,
    select,
    true,
    union,
)
from sqlalchemy.sql.selectable import LateralFromClause, Subquery

from adsum_store.models import Camera, School, SectionEnrolment, Student, Template
from adsum_store.models.template import DIMENSIONS
from adsum_store.repositories.rosters import lesson_held, on_roster_at, school_day


@lru_cache(maxsize=8)
def search(limit: int) -> Select[int, UUID, UUID | None, float]:
    """Return the statement of `templates.nearest`, built once and executed with `templates.parameters`.

    Its rows are (ordinal, lesson, student, score), best first for each probe.

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

    Templates have length one: a probe's cosine to their mean is the sum of its cosines to them, over the
    length of their sum. Each student's templates are read once, for all probes.
    """
    sum_, cosines = _sum(roster), _cosines(placed, roster)
    score = ((cosines.c.best + cosines.c.sum / sum_.c.length) / 2).label("score")
    place = func.row_number().over(
        partition_by=cosines.c.ordinal, order_by=(score.desc(), roster.c.student_id)
    )
    return (
        select(cosines.c.ordinal, roster.c.student_id, score, place.label("place"))
        .select_from(roster)
        .join(sum_, true())
        .join(cosines, true())
        .subquery("alike")
    )


def _sum(roster: CTE) -> LateralFromClause:
    """The length of the sum of the student's templates, which pgvector adds four times as fast as it averages
    them; null where there are none."""
    length = func.vector_norm(func.sum(Template.embedding), type_=Float()).label("length")
    return select(length).where(_templates_of(roster)).lateral("sum")


def _cosines(placed: CTE, roster: CTE) -> LateralFromClause:
    """The best cosine of the student's templates, and their sum, to each probe that asks for this roster.

    Each `OFFSET 0` is a fence. The planner expects few probes, and would read a student's templates anew for
    each; and what is grouped is to be a number a pair, not two vectors.
    """
    stored = (
        select(Template.embedding).where(_templates_of(roster)).offset(0).correlate(roster).lateral("stored")
    )
    distance: ColumnElement[float] = stored.c.embedding.op("<=>", return_type=Float())(placed.c.embedding)
    pair = (
        select(placed.c.ordinal, (1 - distance).label("cosine"))
        .where(placed.c.asked == roster.c.asked, placed.c.embedding.is_not(None))
        .offset(0)
        .correlate(roster, stored)
        .lateral("pair")
    )
    best, sum_ = func.max(pair.c.cosine).label("best"), func.sum(pair.c.cosine).label("sum")
    grouped = select(pair.c.ordinal, best, sum_).select_from(stored).join(pair, true())
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
