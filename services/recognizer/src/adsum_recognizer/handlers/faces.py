"""Crops in, sightings out: the spine of the recognizer.

look -> embed -> search and store -> have the lessons decided: each step commits before the next, and each
can be done again to no effect.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from adsum_contracts.events import FaceCaptured
from adsum_contracts.ids import LessonId
from adsum_contracts.tasks import IdentifyFaces
from adsum_recognizer.adapters.ingress import Ingress
from adsum_recognizer.handlers.intake import Intake
from adsum_recognizer.handlers.looking import look
from adsum_recognizer.handlers.probing import Looked, OpenedFace, lineups_of, probes_of
from adsum_recognizer.handlers.searching_school import looked_up
from adsum_recognizer.handlers.shadowing import Shadow
from adsum_recognizer.ports import Embedders, FollowUps
from adsum_store.repositories import sightings, templates
from adsum_store.repositories.lineups import Lineup
from adsum_store.repositories.sightings import Place, SightingRow
from adsum_store.repositories.templates import Found, Probe
from adsum_store.unit_of_work import Store
from adsum_vision.judge import Accepted
from adsum_vision.laps import Laps
from adsum_vision.quality import MATCHING

CANDIDATES_KEPT: Final = 5
"""Students kept with a sighting, best first: the name, its rivals, and whom a full room may leave over."""

UNREADABLE: Final = ("unreadable_image", "image_too_large")
"""What no camera of ours sends: counted among the refused, though its sighting says the same."""


class Faces:
    """Identifies crops, and has the tracks decided that they belong to."""

    def __init__(
        self,
        store: Store,
        intake: Intake,
        ingress: Ingress,
        embedders: Embedders,
        follow_ups: FollowUps,
    ) -> None:
        self._store = store
        self._intake = intake
        self._ingress = ingress
        self._embedders = embedders
        self._shadow = Shadow(store, embedders)
        self._follow_ups = follow_ups

    @property
    def laps(self) -> Laps:
        """Where the time of this worker goes."""
        return self._intake.laps

    def identify(self, task: IdentifyFaces) -> None:
        """Turn the entries into sightings; raise `errors.OUTAGES` when a server is away."""
        self._intake.take(task.entries, FaceCaptured, self._commit)

    def _commit(self, faces: Sequence[OpenedFace]) -> None:
        looked = [Looked(face, look(face.blob, face.event.face, MATCHING)) for face in faces]
        self.laps.lap("look")
        models = lineups_of(self._store, looked, self._embedders.default)
        lessons, fresh = self._store_sightings(looked, models)
        self._follow_ups.decide(lessons)
        self.laps.lap("enqueue")
        self._shadow.compare(fresh, models)
        self.laps.lap("compare")

    def _store_sightings(
        self, looked: Sequence[Looked], models: Mapping[UUID, Lineup]
    ) -> tuple[set[LessonId], list[tuple[Looked, Found]]]:
        """Commit one sighting for each crop; return the lessons of all, those stored before included, and
        what was found of those that were not."""
        active = {school_id: lineup.active for school_id, lineup in models.items()}
        probes = probes_of(looked, active, self._embedders)
        self.laps.lap("embed")
        with self._store.begin() as work:
            found = templates.nearest(work.session, probes, CANDIDATES_KEPT)
            rows = [_row(*each) for each in zip(looked, probes, found, strict=True)]
            rows = looked_up(work, rows, [probe.embedding for probe in probes])
            stored = sightings.insert_new(work.session, rows)
            lessons = sightings.lessons_of(work.session, [_place(each.face) for each in looked])
        self.laps.lap("store")
        self._count_refused(looked, replays=len(rows) - len(stored))
        fresh = [
            (each, result) for each, result in zip(looked, found, strict=True) if _place(each.face) in stored
        ]
        return {LessonId(lesson_id) for lesson_id in lessons}, fresh

    def _count_refused(self, looked: Sequence[Looked], replays: int) -> None:
        poisoned = (each.seen for each in looked if each.seen in UNREADABLE)
        self._ingress.count_refused(*(str(reason) for reason in poisoned), *["replay"] * replays)


def _place(face: OpenedFace) -> Place:
    return face.event.camera_id, face.event.spool_id, face.event.sequence


def _row(looked: Looked, probe: Probe, found: Found) -> SightingRow:
    event, seen, frame = looked.face.event, looked.seen, looked.face.event.frame_box
    return SightingRow(
        school_id=looked.face.camera.school_id,
        camera_id=event.camera_id,
        spool_id=event.spool_id,
        sequence=event.sequence,
        lesson_id=found.lesson_id,
        track_id=event.track_id,
        track_started_at=event.track_started_at,
        captured_at=event.captured_at,
        model_id=probe.model_id,
        quality=seen.quality.score if isinstance(seen, Accepted) else 0.0,
        detector_score=event.face.detector_score,
        face_px=math.sqrt(frame.width * frame.height),
        frame_box=[frame.x, frame.y, frame.width, frame.height],
        refusal=None if isinstance(seen, Accepted) else seen,
        doubt=event.liveness.doubt if event.liveness else None,
        cues=list(event.liveness.cues) if event.liveness else [],
        candidates=[{"student_id": str(match.student_id), "score": match.score} for match in found.matches],
        elsewhere=None,
        elsewhere_id=None,
    )
