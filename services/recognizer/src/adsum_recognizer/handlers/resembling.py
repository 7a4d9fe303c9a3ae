"""Finds, when a student gets templates, whom the student looks like: not only when somebody calibrates."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import numpy as np

from adsum_contracts.ids import StudentId
from adsum_contracts.models import ModelSpec
from adsum_recognizer.policies import policy_of_school
from adsum_recognizer.ports import Vectors
from adsum_recognizer.risks import find
from adsum_store.repositories import look_alikes, resemblances
from adsum_store.repositories.look_alikes import Gallery
from adsum_store.unit_of_work import UnitOfWork

COMPARED: Final = 20
"""So many students nearest to the new one's mean are looked at, picture by picture: more than anybody has
doubles, and few enough for each enrolment."""


def find_look_alikes(work: UnitOfWork, school_id: UUID, student_id: UUID, spec: ModelSpec) -> None:
    """Store which students need a larger lead over this one, by the rule of a calibration (`risks.find`).

    As there, who has a single template has nothing to compare a lead with. Holds the school's lock on
    enrolment, so that of two students enrolled at once the second knows of the first.
    """
    work.lock("enrolment", school_id)
    gallery = Gallery(school_id, student_id, spec.id)
    own = resemblances.own(work.session, gallery)
    if not own:
        return
    mean = np.mean(own, axis=0)
    nearest = look_alikes.nearest_students(work.session, gallery, mean, COMPARED)
    enrolled: dict[StudentId, Vectors] = {StudentId(student_id): np.stack(own)}
    for other in nearest:
        theirs = resemblances.own(work.session, Gallery(school_id, other, spec.id))
        enrolled[StudentId(other)] = np.stack(theirs)
    policy = policy_of_school(work.session, school_id, spec)
    found = find(enrolled, policy).look_alikes(policy.margin) if len(own) > 1 else {}
    pairs = [(one, other, extra) for (one, other), extra in found.items() if student_id in (one, other)]
    look_alikes.replace_enrolled(work.session, gallery, pairs)
