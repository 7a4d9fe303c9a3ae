"""Who of the school, but not of the roster, a face may be: a hint to a person, which marks nobody."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from pgvector.sqlalchemy import VECTOR
from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    DateTime,
    Float,
    Integer,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    column,
    func,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from adsum_store.models import Camera, Lesson, School, SectionEnrolment, Sighting, Student, Template, Track
from adsum_store.models.template import DIMENSIONS
from adsum_store.repositories.pages import EVERYTHING, PageWanted, narrowed
from adsum_store.repositories.rosters import on_roster_at, school_day
from adsum_store.repositories.school_wide import HNSW, SEARCHED, Gallery, proposed, weighed
from adsum_store.repositories.vector_text import as_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OFF: Final = "off"
WITH_NAME: Final = "with_name"


@dataclass(frozen=True, slots=True)
class Asking:
    """A lesson of a section, in a school that lets such faces be looked up; `names`: and be named."""

    school_id: UUID
    section_id: UUID
    names: bool


@dataclass(frozen=True, slots=True)
class SchoolProbe:
    """A face to look for in a whole school: its unit vector of 512 numbers, when it was seen, the model
    that saw it, and whose roster it fits nobody of."""

    asking: Asking
    captured_at: datetime
    model_id: str
    embedding: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SchoolMatch:
    """A student of the school, how alike they are (as in `templates`), and whether on the roster then."""

    student_id: UUID
    score: float
    on_roster: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A face of a lesson that is known elsewhere; `student`, where the school lets it be told."""

    track: Track
    camera: str
    student: Student | None


def asking(session: Session, lesson_ids: Collection[UUID]) -> Mapping[UUID, Asking]:
    """Return those of the lessons whose school lets faces be looked up that fit nobody on the roster.

    None of a lesson without a section: its roster is the whole school.
    """
    rows = session.execute(
        select(Lesson.id, Lesson.school_id, Lesson.section_id, School.known_elsewhere == WITH_NAME)
        .join(School, School.id == Lesson.school_id)
        .where(Lesson.id.in_(lesson_ids), Lesson.section_id.is_not(None), School.known_elsewhere != OFF)
    )
    return {
        lesson_id: Asking(school_id, section_id, names)
        for lesson_id, school_id, section_id, names in rows
        if section_id is not None
    }


def lookups(session: Session, track_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """Return how often each of the tracks was looked up; none is left out as 0."""
    rows = session.execute(
        select(Sighting.track_id, func.count())
        .where(Sighting.track_id.in_(track_ids), Sighting.elsewhere.is_not(None))
        .group_by(Sighting.track_id)
    )
    return dict(iter(rows))


def nearest_in_school(
    session: Session,
    probes: Sequence[SchoolProbe],
    limit: int,
    searched: int = SEARCHED,
    kind: str = HNSW.kind,
) -> list[list[SchoolMatch]]:
    """Search all probes, each in its whole school; answer in their order, best first.

    One round trip for a school and a model. The students of the nearest templates, found by the school's
    index where it has one, are scored exactly, as in `templates.nearest`. `searched` and `kind` are those of
    the index: see `school_wide`.
    """
    galleries: dict[Gallery, list[int]] = {}
    for place, probe in enumerate(probes):
        galleries.setdefault(Gallery(probe.asking.school_id, probe.model_id), []).append(place)
    found: list[list[SchoolMatch]] = [[] for _ in probes]
    for gallery, places in galleries.items():
        asked = parameters([probes[place] for place in places], searched)
        rows = session.execute(search(gallery, kind), asked)
        for ordinal, student_id, score, on_roster in rows:
            found[places[ordinal]].append(SchoolMatch(student_id, score, on_roster))
    return [matches[:limit] for matches in found]


def parameters(probes: Sequence[SchoolProbe], searched: int = SEARCHED) -> dict[str, Any]:
    """Return what the statement of `search` is executed with."""
    return {
        "searched": str(searched),
        "ordinals": list(range(len(probes))),
        "sections": [probe.asking.section_id for probe in probes],
        "times": [probe.captured_at for probe in probes],
        "vectors": [as_text(probe.embedding) for probe in probes],
    }


@lru_cache(maxsize=256)
def search(gallery: Gallery, kind: str = HNSW.kind) -> Select[int, UUID, float, bool]:
    """Return the statement of `nearest_in_school` for probes of one gallery, built once.

    Its rows are (ordinal, student, score, whether on the roster), best first for each probe.
    """
    probe = _probes()
    candidate = proposed(gallery, probe.c.embedding, kind)
    distance = Template.embedding.op("<=>", return_type=Float())(probe.c.embedding)
    total = func.sum(Template.embedding, type_=VECTOR(DIMENSIONS))  # has the direction of the mean
    to_mean = total.op("<=>", return_type=Float())(probe.c.embedding)
    alike = (
        select((1 - (func.min(distance) + to_mean) / 2).label("score"))
        .where(
            Template.school_id == gallery.school_id,
            Template.model_id == gallery.model_id,
            Template.student_id == candidate.c.student_id,
            Template.consent_active,
        )
        .lateral("alike")
    )
    on_roster = _enrolled(probe.c.section_id, candidate.c.student_id, probe.c.captured_at)
    return (
        select(probe.c.ordinal, candidate.c.student_id, alike.c.score, on_roster)
        .select_from(probe)
        .join(candidate, true())
        .join(alike, true())
        .order_by(probe.c.ordinal, alike.c.score.desc(), candidate.c.student_id)
    )


def told_of_lesson(
    session: Session, school_id: UUID, lesson_id: UUID, wanted: PageWanted = EVERYTHING
) -> Sequence[Told]:
    """Return the faces of a lesson that are known elsewhere, by time, as far as the school lets it be told
    now."""
    named = (Student.id == Track.elsewhere_id) & (School.known_elsewhere == WITH_NAME)
    query = (
        select(Track, Camera.name, Student)
        .join(Camera, Camera.id == Track.camera_id)
        .join(School, School.id == Track.school_id)
        .outerjoin(Student, named)
        .where(
            Track.school_id == school_id,
            Track.lesson_id == lesson_id,
            Track.reason == "known_elsewhere",
            School.known_elsewhere != OFF,
        )
    )
    order = [Track.started_at, Track.id]
    return [
        Told(*row) for row in session.execute(narrowed(query, wanted, order, Track.updated_at.expression))
    ]


def forget(session: Session, student_id: UUID) -> None:
    """Let no face be known as this student any more: what it was compared with is gone."""
    for table in (Sighting, Track):
        session.execute(
            update(table).where(table.elsewhere_id == student_id).values(elsewhere_id=None),
            execution_options={"synchronize_session": False},
        )


def _enrolled(
    section_id: ColumnElement[UUID], student_id: ColumnElement[UUID], at: ColumnElement[datetime]
) -> ColumnElement[bool]:
    return (
        select(1)
        .select_from(SectionEnrolment)
        .join(School, School.id == SectionEnrolment.school_id)
        .where(
            SectionEnrolment.section_id == section_id,
            SectionEnrolment.student_id == student_id,
            on_roster_at(school_day(at)),
        )
        .correlate_except(SectionEnrolment, School)
        .exists()
    )


def _probes() -> CTE:
    """Return the probes as rows, materialised: a vector is read from its text once, not for each template."""
    told = (
        func.unnest(
            bindparam("ordinals", type_=ARRAY(Integer)),
            bindparam("sections", type_=ARRAY(Uuid)),
            bindparam("times", type_=ARRAY(DateTime(timezone=True))),
            bindparam("vectors", type_=ARRAY(Text)),
        )
        .table_valued(
            column("ordinal", Integer),
            column("section_id", Uuid),
            column("captured_at", DateTime(timezone=True)),
            column("vector", Text),
        )
        .render_derived("told")
    )
    embedding = cast(told.c.vector, VECTOR(DIMENSIONS)).label("embedding")
    return (
        select(told.c.ordinal, told.c.section_id, told.c.captured_at, embedding)
        .where(weighed())
        .cte("probe")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
