"""Whom a new picture of a student resembles: the student's own templates, and everybody else's."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pgvector.sqlalchemy import VECTOR
from sqlalchemy import ARRAY, Float, Integer, Text, cast, column, func, literal, select, true
from sqlalchemy.orm import Session

from adsum_store.models import Template
from adsum_store.models.template import DIMENSIONS
from adsum_store.repositories.look_alikes import Gallery

Vector = NDArray[np.float32]


def own(session: Session, gallery: Gallery) -> list[Vector]:
    """Return the student's templates: unit vectors of 512 numbers."""
    return list(named(session, gallery).values())


def named(session: Session, gallery: Gallery) -> dict[str, Vector]:
    """Return the student's templates by their pictures' names (`source_key`)."""
    query = select(Template.source_key, Template.embedding).where(
        Template.school_id == gallery.school_id,
        Template.student_id == gallery.student_id,
        Template.model_id == gallery.model_id,
        Template.consent_active,
    )
    return {key: np.asarray(embedding, np.float32) for key, embedding in session.execute(query)}


def nearest_others(session: Session, gallery: Gallery, vectors: Sequence[Vector]) -> list[UUID | None]:
    """Return, for each vector, the other student of the school whose templates come nearest to it.

    Exact, and without an index: see `templates`. None where nobody else is enrolled.
    """
    told = (
        func.unnest(
            literal(list(range(len(vectors))), ARRAY(Integer)),
            literal([str(vector.tolist()) for vector in vectors], ARRAY(Text)),
        )
        .table_valued(column("ordinal", Integer), column("vector", Text))
        .render_derived("told")
    )
    # Materialised: a vector is read from its text once, not for each template.
    probe = (
        select(told.c.ordinal, cast(told.c.vector, VECTOR(DIMENSIONS)).label("embedding"))
        .cte("probe")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    distance = Template.embedding.op("<=>", return_type=Float())(probe.c.embedding) + 0
    nearest = (
        select(Template.student_id)
        .where(
            Template.school_id == gallery.school_id,
            Template.student_id != gallery.student_id,
            Template.model_id == gallery.model_id,
            Template.consent_active,
        )
        .order_by(distance, Template.student_id)
        .limit(1)
        .lateral("nearest")
    )
    query = select(probe.c.ordinal, nearest.c.student_id).select_from(probe).join(nearest, true())
    found = dict(iter(session.execute(query)))
    return [found.get(ordinal) for ordinal in range(len(vectors))]
