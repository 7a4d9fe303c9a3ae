"""What the use cases ask of the world, so that a test can stand in for it in a few lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from adsum_contracts.ids import JobId, LessonId, SchoolId
from adsum_contracts.models import ModelSpec
from adsum_contracts.tasks import EnrolmentProgress, EnrolPhotos
from adsum_vision.crops import Crop

Vectors = NDArray[np.float32]
"""Unit vectors of shape (n, 512); a model with fewer dimensions pads with zeros."""

DIMENSIONS = 512


@dataclass(frozen=True, slots=True)
class Waiting:
    """Tasks that nobody has taken yet: those for our own workers that were made from entries, those that ours
    caused for others, and lessons to be decided."""

    tasks: int
    follow_ups: int
    decisions: int = 0

    @property
    def ours(self) -> int:
        """All that our own workers would take."""
        return self.tasks + self.decisions


class Embedder(Protocol):
    """Turns faces into unit vectors that are close when the person is the same."""

    @property
    def spec(self) -> ModelSpec:
        """The model's name, dimensions and floor."""

    @property
    def device(self) -> str:
        """What it runs on: `cpu`, or a GPU's name."""

    def embed(self, crops: Sequence[Crop]) -> Vectors:
        """Return one row for each crop, in their order; no crop gives shape (0, 512)."""


class Embedders(Protocol):
    """The embedders that this process can use."""

    @property
    def default(self) -> ModelSpec:
        """The deployed model: that of a school which never chose another."""

    def of(self, spec: ModelSpec) -> Embedder:
        """Return the model's embedder; raise `errors.Misconfigured` where it cannot run here."""


class FollowUps(Protocol):
    """What others have to do once our rows are committed. Raises `errors.OUTAGES` when it cannot be told."""

    def decide(self, lessons: Iterable[LessonId]) -> None:
        """The lessons have new sightings, or something new was said of them: one decision for all that is
        committed by the time it begins."""

    def decision_begins(self, lesson_id: LessonId) -> Sequence[str]:
        """The lesson is being decided: what is committed from now on needs another decision. Return the
        traceparents of those who asked for this one, where they are traced."""

    def apply_attendance(self, school_id: SchoolId, lesson_id: LessonId) -> None:
        """The lesson's tracks have changed."""

    def enrolment_judged(self, school_id: SchoolId, job_id: JobId) -> None:
        """The job has new verdicts."""

    def enrol_photos(self, task: EnrolPhotos) -> None:
        """The job has more photos to judge."""

    def enrolment_progress(self, progress: EnrolmentProgress) -> None:
        """A camera said how far it has come."""


def padded(vectors: NDArray[np.float32]) -> Vectors:
    """Return the vectors of shape (n, dimensions) as unit vectors of 512 numbers, zeros at the end.

    Zeros leave the cosine of two vectors of one model as it was.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
    return np.pad(unit, ((0, 0), (0, DIMENSIONS - vectors.shape[1]))).astype(np.float32)
