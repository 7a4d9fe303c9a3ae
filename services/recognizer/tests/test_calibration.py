"""Threshold and margin from a school's own enrolments."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from adsum_contracts.ids import StudentId
from adsum_contracts.models import DLIB_RESNET_V1
from adsum_recognizer.calibration import MIN_STUDENTS, Proposal, TooFew, propose
from adsum_recognizer.handlers.calibrating import NoSuchSchool, NoSuchVersion, Wanted, accept, calibrate
from adsum_recognizer.identity import MatchPolicy
from adsum_recognizer.policies import DEFAULTS, policy_for
from adsum_recognizer.risks import find
from adsum_store.models import Calibration
from adsum_store.repositories import templates

NINE = datetime(2026, 2, 11, 9, tzinfo=UTC)
DEFAULT = MatchPolicy(threshold=0.5, strong_threshold=0.9, margin=0.02)


def school(
    seed: int, students: int, *, pictures: int = 3, alike: float = 0.0, noise: float = 0.3
) -> dict[StudentId, NDArray[np.float32]]:
    """Random people: `alike` pulls them together, `noise` spreads the pictures of each."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=512)
    people = alike * common + rng.normal(size=(students, 512))
    drawn = people[:, None] + noise * rng.normal(size=(students, pictures, 512))
    unit = (drawn / np.linalg.norm(drawn, axis=2, keepdims=True)).astype(np.float32)
    return {StudentId(UUID(int=number + 1)): unit[number] for number in range(students)}


def test_too_few_students_keep_the_default() -> None:
    assert propose(school(1, MIN_STUDENTS - 1), DEFAULT) == TooFew(MIN_STUDENTS - 1)


def test_a_student_with_one_picture_says_nothing_of_agreement() -> None:
    enrolled = school(1, MIN_STUDENTS) | {StudentId(UUID(int=99)): school(2, 1, pictures=1).popitem()[1]}
    proposal = propose(enrolled, DEFAULT)
    assert isinstance(proposal, Proposal)
    assert (proposal.students, proposal.genuine_pairs) == (MIN_STUDENTS, 3 * MIN_STUDENTS)
    assert proposal.impostor_pairs == 9 * MIN_STUDENTS * (MIN_STUDENTS - 1) // 2


def test_people_who_look_alike_need_a_higher_threshold() -> None:
    different, alike = propose(school(1, 24), DEFAULT), propose(school(1, 24, alike=3.0), DEFAULT)
    assert isinstance(different, Proposal)
    assert isinstance(alike, Proposal)
    assert different.policy.threshold == DEFAULT.threshold
    assert alike.policy.threshold > 0.85


def test_few_strangers_reach_the_proposed_threshold() -> None:
    """The target is a twentieth; twenty students are a small sample of a school."""
    shares = []
    for seed in range(10):
        everybody = list(school(seed, 40, alike=2.0).items())
        proposal = propose(dict(everybody[:20]), DEFAULT, roster=20)
        assert isinstance(proposal, Proposal)
        gallery, strangers = (
            np.concatenate([vectors for _, vectors in part]) for part in (everybody[:20], everybody[20:])
        )
        shares.append(((strangers @ gallery.T).max(axis=1) >= proposal.policy.threshold).mean())
    assert np.mean(shares) <= 0.1


def test_students_who_cannot_be_told_apart_by_score_are_left_to_the_margin() -> None:
    """Their own pictures are no more alike than those of two of them: the threshold stays reachable."""
    proposal = propose(school(4, 24, alike=6.0, noise=1.0), DEFAULT)
    assert isinstance(proposal, Proposal)
    own = [vectors @ vectors.T for vectors in school(4, 24, alike=6.0, noise=1.0).values()]
    reachable = np.mean([(np.sort(each, axis=1)[:, -2] >= proposal.policy.threshold).mean() for each in own])
    assert reachable >= 0.9


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 6), st.floats(0.05, 1.5))
def test_whatever_is_enrolled_the_proposal_is_a_policy(seed: int, alike: float, noise: float) -> None:
    proposal = propose(school(seed, 12, alike=alike, noise=noise), DEFAULT)
    assert isinstance(proposal, Proposal)
    policy = proposal.policy
    assert DEFAULT.threshold <= policy.threshold <= policy.strong_threshold <= 1.0
    assert DEFAULT.margin / 2 <= policy.margin < 1.0


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_the_order_of_the_students_changes_nothing(seed: int, random: Any) -> None:
    enrolled = list(school(seed, 12, alike=2.0).items())
    expected = propose(dict(enrolled), DEFAULT)
    random.shuffle(enrolled)
    assert propose(dict(enrolled), DEFAULT) == expected


def test_a_calibration_is_kept_version_by_version_and_judges_the_next_lesson(classroom: Any) -> None:
    for number, vectors in enumerate(school(5, 10, alike=5.0, noise=0.1).values()):
        enrol(classroom, classroom.student(number, template=False), vectors)
    first = calibrate(classroom.store, Wanted(accepted_by="A. Keller"), DLIB_RESNET_V1, NINE)
    again = calibrate(classroom.store, Wanted("Test school", accepted_by="A. Keller"), DLIB_RESNET_V1, NINE)
    assert (first.version, again.version, first.outcome) == (1, 2, again.outcome)
    assert [row.accepted_by for row in classroom.all(Calibration)] == ["A. Keller"] * 2
    assert isinstance(first.outcome, Proposal)
    lesson = classroom.lesson()
    with classroom.store.begin() as work:
        in_force = policy_for(work.session, lesson, DLIB_RESNET_V1)
    assert in_force == first.outcome.policy
    assert json.dumps(in_force.threshold)


def test_a_proposal_judges_nothing_until_a_person_accepts_it(classroom: Any) -> None:
    for number, vectors in enumerate(school(5, 10, alike=5.0, noise=0.1).values()):
        enrol(classroom, classroom.student(number, template=False), vectors)
    proposed = calibrate(classroom.store, Wanted(), DLIB_RESNET_V1, NINE)
    assert proposed.version == 1
    lesson = classroom.lesson()

    def in_force() -> MatchPolicy:
        with classroom.store.begin() as work:
            return policy_for(work.session, lesson, DLIB_RESNET_V1)

    before = in_force()
    with pytest.raises(NoSuchVersion, match="no calibration 2"):
        accept(classroom.store, Wanted(), DLIB_RESNET_V1, 2, "A. Keller", NINE)
    accept(classroom.store, Wanted(), DLIB_RESNET_V1, 1, "A. Keller", NINE)
    assert isinstance(proposed.outcome, Proposal)
    assert before == DEFAULTS[DLIB_RESNET_V1.id] != in_force() == proposed.outcome.policy


def test_twins_are_look_alikes_and_a_strange_picture_asks_for_new_photos() -> None:
    enrolled = school(3, 10, noise=0.1)
    ada, bea, cy = sorted(enrolled)[:3]
    enrolled[bea] = enrolled[ada] + np.float32(0.01)
    enrolled[bea] /= np.linalg.norm(enrolled[bea], axis=1, keepdims=True)
    enrolled[cy][0] = school(99, 1)[StudentId(UUID(int=1))][0]
    findings = find(enrolled, DEFAULT)
    assert {(risk.student, risk.rival) for risk in findings.at_risk} == {(ada, bea), (bea, ada)}
    assert findings.look_alikes(DEFAULT.margin)[frozenset((ada, bea))] > 0
    assert findings.new_photos == {cy: "unlike_each_other"}
    assert sum(findings.histogram.genuine) == 30


def test_a_school_with_too_few_students_stores_nothing(classroom: Any) -> None:
    done = calibrate(classroom.store, Wanted(accepted_by="A. Keller"), DLIB_RESNET_V1, NINE)
    assert (done.version, done.outcome) == (None, TooFew(0))
    assert classroom.all(Calibration) == []
    with pytest.raises(NoSuchSchool, match="no school 'Elsewhere'"):
        calibrate(classroom.store, Wanted("Elsewhere"), DLIB_RESNET_V1, NINE)


def enrol(classroom: Any, student: Any, vectors: NDArray[np.float32]) -> None:
    with classroom.store.begin() as work:
        for index, vector in enumerate(vectors):
            new = templates.NewTemplate(
                student.school_id, student.id, DLIB_RESNET_V1.id, vector, 0.9, "photo", f"job:{index}"
            )
            assert templates.add(work.session, new)
