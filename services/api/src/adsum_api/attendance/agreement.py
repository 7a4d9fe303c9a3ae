"""What the school, and whoever runs Adsum for it, agreed on about attendance."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from adsum_api.attendance.rules import AttendancePolicy
from adsum_contracts.ids import ModelId
from adsum_contracts.models import BY_ID, FACENET_VGGFACE2, ModelSpec
from adsum_store.repositories import lineups
from adsum_store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Agreement:
    """`model` is the one whose templates make a student recognisable, in a school that never switched to
    another. A lesson is closed `settle` after its end, so that late sightings arrive; while a camera that
    was watching has not spoken since the end, Adsum waits for it, but no longer than `wait_at_most` after
    the end."""

    model: ModelSpec = FACENET_VGGFACE2
    policy: AttendancePolicy = field(default_factory=AttendancePolicy)
    settle: timedelta = timedelta(seconds=10)
    wait_at_most: timedelta = timedelta(seconds=60)

    def model_id_of(self, work: UnitOfWork, school_id: UUID) -> ModelId:
        """Return which vectors a student of this school needs to be recognisable."""
        return self.model_ids_of(work, school_id)[0]

    def model_ids_of(self, work: UnitOfWork, school_id: UUID) -> tuple[ModelId, ...]:
        """Return which vectors a picture of this school becomes, those that count first."""
        return lineups.ids(work.session, school_id, self.model)

    def model_of(self, work: UnitOfWork, school_id: UUID) -> ModelSpec:
        """Return the model that bounds what a lesson of this school may ask for."""
        return BY_ID.get(self.model_id_of(work, school_id), self.model)
