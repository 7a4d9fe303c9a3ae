"""Who looks like whom is found when either is enrolled, and forgotten with the templates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from adsum_contracts.models import DLIB_RESNET_V1
from adsum_contracts.tasks import EnrolVectors
from adsum_recognizer.policies import DEFAULTS, apart_for
from adsum_store.models import Calibration, LookAlike
from adsum_store.repositories import calibrations, consents, erasure
from adsum_store.repositories.look_alikes import Gallery, nearest_students

MODEL = DLIB_RESNET_V1


def unit(*weights: float) -> NDArray[np.float32]:
    vector = np.zeros(512, np.float32)
    vector[: len(weights)] = weights
    return vector / np.float32(np.linalg.norm(vector))


ADA = (unit(1, 0.1, 0.0), unit(1, -0.1, 0.0))
TWIN = (unit(1, 0.1, 0.05), unit(1, -0.1, 0.05))
UNLIKE = (unit(0, 0, 1, 0.1), unit(0, 0, 1, -0.1))


def enrol(classroom: Any, student: Any, vectors: tuple[NDArray[np.float32], ...]) -> None:
    job = classroom.job(student, "legacy")
    told = tuple(tuple(map(float, vector)) for vector in vectors)
    task = EnrolVectors(school_id=job.school_id, job_id=job.id, model_id=MODEL.id, vectors=told)
    classroom.enrolment().enrol_vectors(task)


def pairs(classroom: Any) -> dict[frozenset[Any], float]:
    with classroom.store.begin() as work:
        return dict(apart_for(work.session, classroom.school.id, MODEL))


@pytest.fixture
def people(classroom: Any) -> tuple[Any, Any, Any]:
    """Ada, her twin, and somebody else, none with a template."""
    ada, twin, other = (classroom.student(number, template=False) for number in (1, 2, 3))
    return ada, twin, other


def test_a_twin_is_found_when_enrolled_and_needs_a_larger_lead(classroom: Any, people: Any) -> None:
    ada, twin, other = people
    enrol(classroom, ada, ADA), enrol(classroom, other, UNLIKE)
    assert pairs(classroom) == {}
    enrol(classroom, twin, TWIN)
    (found,) = pairs(classroom).items()
    assert found[0] == {ada.id, twin.id}
    assert found[1] > 0
    enrol(classroom, ada, (unit(1, 0.08, 0.0),))
    assert pairs(classroom).keys() == {frozenset((ada.id, twin.id))}, "found again, and no second row"
    assert len(classroom.all(LookAlike)) == 1


def test_better_pictures_part_a_pair(classroom: Any, people: Any) -> None:
    """With a picture of the same moment the own score rises above what the other's can reach."""
    ada, twin, _ = people
    enrol(classroom, ada, ADA), enrol(classroom, twin, TWIN)
    before = pairs(classroom)[frozenset((ada.id, twin.id))]
    enrol(classroom, ada, (unit(1, 0.1, -0.001), unit(1, -0.1, -0.001)))
    assert pairs(classroom)[frozenset((ada.id, twin.id))] < before


@pytest.mark.parametrize("how", ["withdraw", "erase"])
def test_what_was_found_goes_with_the_templates(classroom: Any, people: Any, how: str) -> None:
    ada, twin, _ = people
    enrol(classroom, ada, ADA), enrol(classroom, twin, TWIN)
    assert pairs(classroom)
    with classroom.store.begin() as work:
        if how == "withdraw":
            consents.withdraw(work, classroom.school.id, twin.id, classroom.now)
        else:
            erasure.erase(work, classroom.school.id, twin.id, "deleted", classroom.now.date())
    assert classroom.all(LookAlike) == []
    enrol(classroom, ada, (unit(1, 0.08, 0.0),))
    assert pairs(classroom) == {}


def test_an_accepted_calibration_takes_the_place_of_what_was_found_before_it(
    classroom: Any, people: Any
) -> None:
    ada, twin, _ = people
    enrol(classroom, ada, ADA), enrol(classroom, twin, TWIN)
    policy = DEFAULTS[MODEL.id]
    with classroom.store.begin() as work:
        row = Calibration(
            school_id=classroom.school.id, model_id=MODEL.id, threshold=policy.threshold,
            strong_threshold=policy.strong_threshold, margin=policy.margin, clear_margin=policy.margin,
            students=3, genuine_pairs=1, impostor_pairs=1, roster=3, false_marks=0.1,
        )  # fmt: skip
        calibrations.add(work.session, row, [(twin.id, ada.id, 0.5)])
    assert pairs(classroom)[frozenset((ada.id, twin.id))] < 0.5, "a proposal changes nothing"
    with classroom.store.begin() as work:
        calibrations.accept(work.session.merge(row), "A. Keller", classroom.now)
    assert pairs(classroom) == {frozenset((ada.id, twin.id)): 0.5}
    enrol(classroom, twin, (unit(1, 0.08, 0.05),))
    assert pairs(classroom) == {frozenset((ada.id, twin.id)): 0.5}, "the larger of both"


def test_the_nearest_are_of_this_school_and_model_and_consented(classroom: Any, people: Any) -> None:
    ada, twin, other = people
    enrol(classroom, twin, TWIN), enrol(classroom, other, UNLIKE)
    gallery = Gallery(classroom.school.id, ada.id, MODEL.id)
    with classroom.store.begin() as work:
        assert nearest_students(work.session, gallery, unit(1), 5) == [twin.id, other.id]
        assert nearest_students(work.session, gallery, unit(1), 1) == [twin.id]
        assert nearest_students(work.session, Gallery(classroom.school.id, ada.id, "x"), unit(1), 5) == []
        consents.withdraw(work, classroom.school.id, twin.id, classroom.now)
        assert nearest_students(work.session, gallery, unit(1), 5) == [other.id]
