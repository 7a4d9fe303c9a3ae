"""A school's own approximate index: it proposes whom of a whole school a face may resemble.

HNSW (Malkov and Yashunin 2016, arXiv 1603.09320), by pgvector. Each index holds one model's templates of one
school, so that nothing is filtered after the scan, which would silently return too few. What it proposes is
compared exactly by `elsewhere.nearest_in_school`. Parameters: docs/decisions/0030.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC, VECTOR
from sqlalchemy import ColumnElement, Engine, Float, Text, bindparam, cast, func, literal, select, text, true
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import LateralFromClause

from adsum_store.models import Template
from adsum_store.models.template import DIMENSIONS

WORTH_AN_INDEX: Final = 10_000
"""Templates of a school from which on an index is worth its space."""


@dataclass(frozen=True, slots=True)
class Hnsw:
    """How an index is built: links a node keeps, candidates weighed when a node is linked, and whether it
    holds numbers of 2 bytes or of 4."""

    links: int = 16
    candidates: int = 160
    kind: Literal["halfvec", "vector"] = "halfvec"


@dataclass(frozen=True, slots=True)
class Gallery:
    """A school's templates by one model."""

    school_id: UUID
    model_id: str

    @property
    def index_name(self) -> str:
        """The name of its index; PostgreSQL allows 63 characters."""
        return f"ix_known_{self.school_id.hex[:12]}_{self.model_id}"[:63]


HNSW: Final = Hnsw()
SEARCHED: Final = 250
"""Candidates that a search weighs (`hnsw.ef_search`)."""

PROPOSED: Final = 40
"""Templates proposed for each probe: those of eight students, where each has five."""

_TYPES: Final[dict[str, Any]] = {"halfvec": HALFVEC(DIMENSIONS), "vector": VECTOR(DIMENSIONS)}


def weighed() -> ColumnElement[bool]:
    """Be true, and let searches weigh `:searched` candidates (text) until the transaction ends.

    As a condition on the probes it holds before any is searched for, and needs no round trip of its own.
    """
    return func.set_config("hnsw.ef_search", bindparam("searched", type_=Text), true()).is_not(None)


def proposed(gallery: Gallery, probe: ColumnElement[Any], kind: str = HNSW.kind) -> LateralFromClause:
    """Return the students of the `PROPOSED` templates nearest to the probe (a vector): exactly these without
    an index, and nearly with one.

    School and model stand in the statement as literals: only so can the planner see, in a prepared one too,
    that the index holds all that is asked for.
    """
    own, wanted = cast(Template.embedding, _TYPES[kind]), cast(probe, _TYPES[kind])
    near = (
        select(Template.student_id)
        .where(
            Template.school_id == literal(gallery.school_id, literal_execute=True),
            Template.model_id == literal(gallery.model_id, literal_execute=True),
            Template.consent_active,
        )
        .order_by(own.op("<=>", return_type=Float())(wanted))
        .limit(PROPOSED)
        .lateral("near")
    )
    return select(near.c.student_id).distinct().lateral("proposed")


def build_index(engine: Engine, gallery: Gallery, hnsw: Hnsw = HNSW, memory_mb: int = 64) -> None:
    """Build the gallery's index anew, beside readers and writers; `memory_mb` is what the build may take.

    A graph that does not fit into it is built many times slower. Raises `LookupError` for a gallery
    without templates.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        part = connection.scalar(
            select(text("templates.tableoid::regclass::text"))
            .select_from(Template)
            .where(Template.school_id == gallery.school_id, Template.model_id == gallery.model_id)
            .limit(1)
        )
        if part is None:
            raise LookupError("the school has no templates by this model")
        name = _quoted(gallery.index_name)
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text(f"SET maintenance_work_mem = '{memory_mb}MB'"))
        connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
        connection.execute(text(_create(name, part, gallery, hnsw)))
        connection.execute(text("RESET ALL"))


def _create(name: str, part: str, gallery: Gallery, hnsw: Hnsw) -> str:
    """A statement of definition takes no parameters: the school's id is a UUID, and the model's is quoted."""
    model = gallery.model_id.replace("'", "''").replace(":", "\\:")
    return (
        f"CREATE INDEX CONCURRENTLY {name} ON {part} "
        f"USING hnsw ((embedding::{hnsw.kind}({DIMENSIONS})) {hnsw.kind}_cosine_ops) "
        f"WITH (m = {hnsw.links}, ef_construction = {hnsw.candidates}) "
        f"WHERE school_id = '{gallery.school_id}' AND model_id = '{model}' AND consent_active"
    ).replace("::", "\\:\\:")


def build_memory_mb(templates: int) -> int:
    """Return what the graph of so many templates takes while it is built, with room to spare: 3 kB each."""
    return max(64, templates * 3 // 1000)


def drop_index(engine: Engine, gallery: Gallery) -> None:
    """Drop the gallery's index, where there is one, beside readers and writers."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {_quoted(gallery.index_name)}"))


def without_index(session: Session, templates: int = WORTH_AN_INDEX) -> list[tuple[Gallery, int]]:
    """Return the galleries of at least so many templates that have no index, and how many each has."""
    count = func.count()
    sizes = session.execute(
        select(Template.school_id, Template.model_id, count)
        .group_by(Template.school_id, Template.model_id)
        .having(count >= templates)
        .order_by(count.desc())
    )
    galleries = [(Gallery(school_id, model_id), size) for school_id, model_id, size in sizes]
    return [(gallery, size) for gallery, size in galleries if index_bytes(session, gallery) is None]


def index_bytes(session: Session, gallery: Gallery) -> int | None:
    """Return the size of the gallery's index; None where there is none."""
    size = select(func.pg_relation_size(func.to_regclass(_quoted(gallery.index_name))))
    return session.scalar(size)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
