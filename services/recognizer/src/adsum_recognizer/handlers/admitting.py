"""Compares good pictures with who is enrolled already, before any of them becomes a template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from adsum_contracts.face import Pose
from adsum_contracts.ids import ModelId
from adsum_contracts.routes import RefusalReason
from adsum_recognizer.admission import POLICIES, is_known, mismatches
from adsum_recognizer.ports import DIMENSIONS, Vectors
from adsum_store.models import EnrolmentJob
from adsum_store.repositories import resemblances
from adsum_store.repositories.resemblances import Gallery
from adsum_store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Judged:
    """Picture `index` of a job: a usable vector (512 numbers) of some quality, or why there is none.

    `known`: the student has a template of this very picture, which is enough.
    """

    index: int
    vector: Vectors | None
    quality: float | None
    reason: RefusalReason | None
    pose: Pose | None = None
    known: bool = False


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
    pictures, earlier = np.stack([vector for _, vector in good]), _templates(work, gallery)
    found = mismatches(pictures, earlier, _rivals(work, gallery, pictures), POLICIES[model_id])
    faults = {index: fault for (index, _), fault in zip(good, found, strict=True)}
    known = {index for index, vector in good if is_known(vector, earlier)}
    return [
        replace(each, vector=None, reason=faults[each.index])
        if faults.get(each.index)
        else replace(each, known=each.index in known)
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
    found = resemblances.own(work.session, gallery)
    return np.stack(found) if found else _none()


def _none() -> Vectors:
    return np.empty((0, DIMENSIONS), np.float32)
