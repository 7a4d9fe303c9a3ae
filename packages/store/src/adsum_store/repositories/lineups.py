"""Which models look at a school's faces: the active one, and one that may stand beside it.

Whoever embeds, searches or decides asks here, for each batch: so every process notices a switch at its next
one, and none needs to be started again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from adsum_contracts.ids import ModelId
from adsum_contracts.models import BY_ID, ModelSpec
from adsum_store.models import ModelChoice


class UnknownModel(ValueError):  # noqa: N818 - reads as the sentence it is
    """The school's templates are of a model that this version of Adsum does not make."""

    def __init__(self, model_id: str) -> None:
        super().__init__(
            f"the school's templates are of the model {model_id}, which this version does not make: "
            f"run the version that does"
        )


@dataclass(frozen=True, slots=True)
class Lineup:
    """The models of a school: `active` names faces; the one on `standby`, if any, gets templates beside it
    and looks at `share` of the tracks. `switched_at`: since when they are in this order, if ever switched."""

    active: ModelSpec
    standby: ModelSpec | None = None
    share: float = 0.0
    switched_at: datetime | None = None
    switched_by: str | None = None

    @property
    def specs(self) -> tuple[ModelSpec, ...]:
        """Every model that a picture of this school becomes a template of, the active one first."""
        return (self.active,) if self.standby is None else (self.active, self.standby)


def ids(session: Session, school_id: UUID, default: ModelSpec) -> tuple[ModelId, ...]:
    """Return the ids of the school's models, the active one first, be they known here or not."""
    row = session.get(ModelChoice, school_id, populate_existing=True)
    if row is None:
        return (default.id,)
    return tuple(ModelId(model_id) for model_id in (row.active_id, row.standby_id) if model_id is not None)


def of_school(session: Session, school_id: UUID, default: ModelSpec) -> Lineup:
    """Return the school's models; `default` alone where it never chose. Raises `UnknownModel`."""
    row = session.get(ModelChoice, school_id, populate_existing=True)
    return _lineup(row, default)


def held(session: Session, school_id: UUID, default: ModelSpec) -> Lineup:
    """Return the school's models, which stay so until this transaction ends; raise `UnknownModel`."""
    query = select(ModelChoice).where(ModelChoice.school_id == school_id).with_for_update(read=True)
    return _lineup(session.scalar(query, execution_options={"populate_existing": True}), default)


def locked(session: Session, school_id: UUID, default: ModelSpec) -> ModelChoice:
    """Return the school's row to change, made if need be; everybody else who changes or holds it waits."""
    session.execute(
        insert(ModelChoice)
        .values(school_id=school_id, active_id=default.id, share=0)
        .on_conflict_do_nothing()
    )
    query = select(ModelChoice).where(ModelChoice.school_id == school_id).with_for_update()
    return session.scalars(query, execution_options={"populate_existing": True}).one()


def _lineup(row: ModelChoice | None, default: ModelSpec) -> Lineup:
    if row is None:
        return Lineup(default)
    standby = None if row.standby_id is None else _spec(row.standby_id)
    return Lineup(_spec(row.active_id), standby, row.share, row.switched_at, row.switched_by)


def _spec(model_id: str) -> ModelSpec:
    spec = BY_ID.get(ModelId(model_id))
    if spec is None:
        raise UnknownModel(model_id)
    return spec
