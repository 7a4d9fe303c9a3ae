"""From judged crops to probes: each embedded by a model of its own school, whose name it carries on.

A probe and its model are never parted: the search compares it with that model's templates alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from adsum_contracts.events import FaceCaptured
from adsum_contracts.models import ModelSpec
from adsum_contracts.routes import PictureFault
from adsum_recognizer.handlers.opening import Opened
from adsum_recognizer.ports import Embedders
from adsum_store.repositories import lineups
from adsum_store.repositories.lineups import Lineup
from adsum_store.repositories.templates import Probe
from adsum_store.unit_of_work import Store
from adsum_vision.judge import Accepted

OpenedFace = Opened[FaceCaptured]


@dataclass(frozen=True, slots=True)
class Looked:
    """A crop, and whether it is usable."""

    face: OpenedFace
    seen: Accepted | PictureFault

    @property
    def school_id(self) -> UUID:
        """The school of its camera."""
        return self.face.camera.school_id


def lineups_of(store: Store, looked: Collection[Looked], default: ModelSpec) -> dict[UUID, Lineup]:
    """Return the models of each school that a crop came from, as they are now; raise `UnknownModel`."""
    schools = {each.school_id for each in looked}
    with store.begin() as work:
        return {school_id: lineups.of_school(work.session, school_id, default) for school_id in schools}


def probes_of(
    looked: Sequence[Looked], models: Mapping[UUID, ModelSpec], embedders: Embedders
) -> list[Probe]:
    """Return one probe for each crop, by the model that `models` has for its school; an unusable crop is
    only placed. Raises `errors.Misconfigured` where a model cannot run here."""
    usable = [(models[each.school_id], each.seen.crop) for each in looked if isinstance(each.seen, Accepted)]
    vectors = {
        spec: iter(embedders.of(spec).embed([crop for model, crop in usable if model == spec]))
        for spec in {model for model, _ in usable}
    }
    return [
        Probe(
            each.face.event.camera_id,
            each.face.event.captured_at,
            models[each.school_id].id,
            next(vectors[models[each.school_id]]) if isinstance(each.seen, Accepted) else None,
        )
        for each in looked
    ]
