"""Decides lessons, one task each, however many batches were stored while the task waited.

begin -> decide -> have the register looked at -> tell the cameras: whoever dies in between leaves the task
unacknowledged, and it comes again; what lost its task is found by the sweep.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from adsum_contracts import tracing
from adsum_contracts.commands import TrackNamed
from adsum_contracts.ids import CommandId, LessonId
from adsum_contracts.models import ModelSpec
from adsum_contracts.tasks import DecideLesson
from adsum_recognizer.adapters.ingress import Ingress
from adsum_recognizer.clock import Clock
from adsum_recognizer.handlers.decisions import NewName, decide_tracks, undecided
from adsum_recognizer.ports import FollowUps
from adsum_store.repositories import audit, watched_cameras
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import Store
from adsum_vision.laps import Laps

READER: Final = "recognizer"
"""As whom the audit log knows this service."""

MOST_NOTED: Final = 10_000
"""Lessons remembered as logged; one that is forgotten is looked up again."""

SWEPT: Final = timedelta(days=2)
"""How far back a sweep looks: longer than a spool keeps a crop."""


class Deciding:
    """Decides tracks by what is committed, and tells everybody; `laps` says where its time goes."""

    def __init__(
        self,
        store: Store,
        ingress: Ingress,
        vault: Vault,
        follow_ups: FollowUps,
        default: ModelSpec,
        clock: Clock,
        laps: Laps | None = None,
    ) -> None:
        self.laps = laps or Laps()
        self._store = store
        self._ingress = ingress
        self._vault = vault
        self._follow_ups = follow_ups
        self._default = default
        self._clock = clock
        self._noted: set[UUID] = set()

    def decide(self, task: DecideLesson) -> None:
        """Decide the lesson's tracks, and have its register looked at, changed or not; raise `OUTAGES`."""
        self.laps.lap("wait")
        traces = self._follow_ups.decision_begins(task.lesson_id)
        with tracing.step("decide", traces, lesson_id=str(task.lesson_id)):
            self._decide(task.lesson_id)

    def _decide(self, lesson_id: LessonId) -> None:
        decided = decide_tracks(self._store, lesson_id, self._default)
        self.laps.lap("decide")
        if decided is not None:
            self._note_reading(decided.school_id, decided.lesson_id)
            self._follow_ups.apply_attendance(decided.school_id, decided.lesson_id)
            self._tell_names(decided.new_names)
        self.laps.lap("tell")

    def sweep_undecided(self) -> None:
        """Have decided what was stored or said by somebody who died before asking for it."""
        since = self._clock() - SWEPT
        self._follow_ups.decide(undecided(self._store, self._default, since))

    def _note_reading(self, school_id: UUID, lesson_id: UUID) -> None:
        """Log that the lesson's templates were read, once."""
        if lesson_id in self._noted:
            return
        with self._store.begin() as work:
            audit.note_templates_read(work, school_id, lesson_id, READER)
        if len(self._noted) >= MOST_NOTED:
            self._noted.clear()
        self._noted.add(lesson_id)

    def _tell_names(self, new_names: Sequence[NewName]) -> None:
        if not new_names:
            return
        with self._store.begin() as work:
            known = watched_cameras.unrevoked(work.session, {new.camera_id for new in new_names})
            keys = {camera_id: self._vault.open(camera.key_sealed) for camera_id, camera in known.items()}
        for new in new_names:
            if new.camera_id in keys:
                self._ingress.command(new.camera_id, _track_named(new, self._clock), keys[new.camera_id])


def _track_named(new: NewName, clock: Clock) -> TrackNamed:
    return TrackNamed(
        camera_id=new.camera_id,
        command_id=CommandId(uuid4()),
        issued_at=clock(),
        track_id=new.track_id,
        student_id=new.student_id,
        name=new.name,
    )
