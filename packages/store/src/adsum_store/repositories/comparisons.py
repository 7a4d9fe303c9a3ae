"""How often two models said the same of live crops: counts, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from adsum_store.models import ModelComparison


@dataclass(frozen=True, slots=True, order=True)
class Tally:
    """What was found of a crop: an outcome, and both models' best scores in hundredths."""

    outcome: str
    active_score: int
    standby_score: int


@dataclass(frozen=True, slots=True)
class Compared:
    """The two models, in the order that they had."""

    school_id: UUID
    active_id: str
    standby_id: str


def count(session: Session, of: Compared, found: Sequence[Tally]) -> None:
    """Add the crops to what was counted before; in one order, so that two writers cannot deadlock."""
    rows = [
        {
            "school_id": of.school_id,
            "active_id": of.active_id,
            "standby_id": of.standby_id,
            "outcome": tally.outcome,
            "active_score": tally.active_score,
            "standby_score": tally.standby_score,
            "crops": crops,
        }
        for tally, crops in sorted(Counter(found).items())
    ]
    if not rows:
        return
    new = insert(ModelComparison).values(rows)
    more = {"crops": ModelComparison.crops + new.excluded.crops}
    session.execute(
        new.on_conflict_do_update(index_elements=list(ModelComparison.__table__.primary_key), set_=more)
    )


def counted(session: Session, of: Compared) -> dict[Tally, int]:
    """Return how many crops had each outcome and scores."""
    rows = session.scalars(
        select(ModelComparison).where(
            ModelComparison.school_id == of.school_id,
            ModelComparison.active_id == of.active_id,
            ModelComparison.standby_id == of.standby_id,
        )
    )
    return {Tally(row.outcome, row.active_score, row.standby_score): row.crops for row in rows}


def drop_of_school(session: Session, school_id: UUID) -> None:
    """Forget every comparison of a school."""
    session.execute(delete(ModelComparison).where(ModelComparison.school_id == school_id))
