"""Compares good pictures with who is enrolled already, before any of them becomes a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from adsum_contracts.face import Pose
from adsum_contracts.ids import ModelId
from adsum_contracts.routes import RefusalReason
from adsum_recognizer.admission import POLICIES, is_known, mismatches
from adsum_recognizer.ports import DIMENSIONS, Vectors
from adsum_store.models import EnrolmentJob
from adsum_store.repositories import resemblances
from adsum_store.repositories.look_alikes import Gallery
from adsum_store.unit_of_work import UnitOfWork
from adsum_vision.crops import Crop


@dataclass(frozen=True, slots=True)
class Judged:
    """Picture `index` of a job: a usable vector (512 numbers) of some quality, or why there is none.

    `known`: the name of this very picture, where the student has a template of it. `crop`: what the vector
    was made from, and `beside` the vector that the model on standby makes of it, where there is one.
    """

    index: int
    vector: Vectors | None
    quality: float | None
    reason: RefusalReason | None
    pose: Pose | None = None
    known: str | None = None
    crop: Crop | None = None
    beside: Vectors | None = None


def admitted(
    work: UnitOfWork, job: EnrolmentJob, judged: Sequence[Judged], model_id: ModelId
) -> list[Judged]:
    """Refuse the pictures of which the student's or somebody else's templates say that they show another.

    Holds the school's lock on enrolment to the end of the transaction: of two photos in each other's place,
    judged at the same moment, one would not know of the other.
    """
    work.lock("enrolment", job.school_id)
    good = [(each.index, each.vector) for each in judged if each.vector is not None]
    if not good:
        return list(judged)
    gallery = Gallery(job.school_id, job.student_id, model_id)
    pictures, earlier = np.stack([vector for _, vector in good]), resemblances.named(work.session, gallery)
    own = _stacked(list(earlier.values()))
    found = mismatches(pictures, own, _rivals(work, gallery, pictures), POLICIES[model_id])
    faults = {index: fault for (index, _), fault in zip(good, found, strict=True)}
    known = {index: _name(vector, earlier) for index, vector in good}
    return [
        replace(each, vector=None, reason=faults[each.index])
        if faults.get(each.index)
        else replace(each, known=known.get(each.index))
        for each in judged
    ]


def _rivals(work: UnitOfWork, gallery: Gallery, pictures: Vectors) -> list[Vectors]:
    """Return the templates of the other student nearest to each picture."""
    nearest = resemblances.nearest_others(work.session, gallery, list(pictures))
    of_rival = {
        student_id: _templates(work, replace(gallery, student_id=student_id))
        for student_id in set(nearest)
        if student_id is not None
    }
    return [of_rival[student_id] if student_id is not None else _none() for student_id in nearest]


def _templates(work: UnitOfWork, gallery: Gallery) -> Vectors:
    return _stacked(resemblances.own(work.session, gallery))


def _name(picture: Vectors, earlier: Mapping[str, Vectors]) -> str | None:
    """Return the name of the earlier picture that this one is."""
    return next((name for name, vector in earlier.items() if is_known(picture, vector[None])), None)


def _stacked(vectors: Sequence[Vectors]) -> Vectors:
    return np.stack(vectors) if vectors else _none()


def _none() -> Vectors:
    return np.empty((0, DIMENSIONS), np.float32)
