"""Known elsewhere in the school: a hint to a person, which marks nobody and names no track."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from adsum_contracts.ids import StudentId
from adsum_contracts.models import DLIB_RESNET_V1
from adsum_recognizer.elsewhere import Hint, Lookup, hint, surely
from adsum_recognizer.evidence import Candidate
from adsum_recognizer.gallery import compared
from adsum_recognizer.handlers.decisions import decide_tracks
from adsum_recognizer.handlers.searching_school import LOOKUPS
from adsum_recognizer.identity import MatchPolicy, Unknown
from adsum_recognizer.policies import DEFAULTS, policy_elsewhere
from adsum_store.models import School, Sighting, Track
from adsum_store.repositories import consents, elsewhere, erasure, templates
from adsum_store.repositories.elsewhere import Asking, SchoolProbe

ADA, BEA, CY = (StudentId(UUID(int=number)) for number in (1, 2, 3))
POLICY = MatchPolicy(0.8, strong_threshold=0.9, margin=0.05)

ids = st.sampled_from([ADA, BEA, CY])
scores = st.floats(-1, 1)
galleries = st.dictionaries(ids, scores, max_size=3).map(
    lambda found: sorted((Candidate(*each) for each in found.items()), key=lambda each: -each.score)
)
lookups = st.lists(st.builds(Lookup, st.booleans(), st.none() | ids), max_size=4)


@given(galleries, st.frozensets(ids))
def test_nobody_of_the_roster_and_nobody_unsure_is_known_elsewhere(
    found: list[Candidate], roster: frozenset[StudentId]
) -> None:
    who = surely(found, roster, POLICY)
    if who is not None:
        best, *others = found
        assert who == best.student_id
        assert who not in roster
        assert best.score >= POLICY.strong_threshold
        assert all(best.score - other.score >= POLICY.margin for other in others)


@given(st.sampled_from(["no_usable_face", "below_threshold", "unconfirmed"]), lookups)
def test_only_a_face_that_fits_nobody_is_known_elsewhere(reason: Any, found: list[Lookup]) -> None:
    told = hint(Unknown(reason, 0.5), found)
    if told.reason == "known_elsewhere":
        assert reason == "below_threshold"
        assert any(lookup.sure for lookup in found)
        assert {lookup.student_id for lookup in found if lookup.sure} <= {told.student_id, None}
    else:
        assert told == Hint(reason)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ([], Hint("below_threshold")),
        ([Lookup(sure=False)], Hint("below_threshold")),
        ([Lookup(sure=False), Lookup(sure=True)], Hint("known_elsewhere")),
        ([Lookup(sure=True), Lookup(sure=True, student_id=ADA)], Hint("known_elsewhere", ADA)),
        ([Lookup(sure=True, student_id=BEA), Lookup(sure=True, student_id=ADA)], Hint("below_threshold")),
    ],
)
def test_searches_that_contradict_each_other_say_nothing(found: list[Lookup], told: Hint) -> None:
    assert hint(Unknown("below_threshold", 0.5), found) == told


def allow(classroom: Any, what: str) -> None:
    with classroom.store.begin() as work:
        work.session.get_one(School, classroom.school.id).known_elsewhere = what


def see(classroom: Any, person: int, *at_s: float, score: float = 0.98) -> UUID:
    track_id = uuid4()
    classroom.identify(*(classroom.show(person, score, track_id, at) for at in at_s))
    return track_id


@pytest.mark.parametrize(
    ("allowed", "reason", "named"),
    [("off", "below_threshold", False), ("without_name", "known_elsewhere", False),
     ("with_name", "known_elsewhere", True)],
)  # fmt: skip
def test_a_student_of_another_class_is_told_as_the_school_allows_and_marked_by_nobody(
    classroom: Any, allowed: str, reason: str, named: bool
) -> None:
    classroom.student(1), classroom.lesson()
    bea = classroom.student(7, on_roster=False)
    allow(classroom, allowed)
    see(classroom, 7, 10, 12)
    (track,) = classroom.all(Track)
    assert (track.decision, track.student_id, track.reason) == ("unknown", None, reason)
    assert track.elsewhere_id == (bea.id if named else None)
    assert {row.elsewhere_id for row in classroom.all(Sighting)} <= {bea.id if named else None, None}


def test_by_default_no_name_is_told() -> None:
    assert School.__table__.c.known_elsewhere.server_default.arg == "without_name"


def test_a_stranger_and_a_poor_crop_are_known_nowhere(classroom: Any) -> None:
    classroom.student(1), classroom.student(7, on_roster=False), classroom.lesson()
    see(classroom, 9, 10, 12)
    see(classroom, 7, 20, 22, score=0.9)
    assert {track.reason for track in classroom.all(Track)} == {"below_threshold"}
    assert {row.elsewhere for row in classroom.all(Sighting)} == {None, False}


def test_whoever_is_on_the_roster_is_looked_up_by_nobody(classroom: Any) -> None:
    classroom.student(1), classroom.lesson()
    see(classroom, 1, 10, 12)
    assert {row.elsewhere for row in classroom.all(Sighting)} == {None}


def test_a_roll_call_of_the_whole_school_has_no_elsewhere(classroom: Any) -> None:
    classroom.student(1), classroom.lesson(section_id=None)
    see(classroom, 9, 10, 12)
    assert {row.elsewhere for row in classroom.all(Sighting)} == {None}


def test_a_track_is_looked_up_by_one_query_a_batch_and_no_more_than_twice(classroom: Any) -> None:
    classroom.student(1), classroom.student(7, on_roster=False), classroom.lesson()
    searches: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "told(ordinal, section_id" in statement:
            searches.append(statement)

    event.listen(classroom.store.engine, "before_cursor_execute", count)
    tracks = [uuid4(), uuid4()]
    for at in range(10, 50, 10):
        classroom.identify(
            *(classroom.show(9, 0.98, track, at + late) for track in tracks for late in (0, 1, 2))
        )
    assert len(searches) == LOOKUPS
    looked_up = [row for row in classroom.all(Sighting) if row.elsewhere is not None]
    assert len(looked_up) == LOOKUPS * len(tracks)


def test_deciding_again_says_the_same_and_a_later_name_takes_the_hint_away(classroom: Any) -> None:
    classroom.student(1), classroom.student(7, on_roster=False)
    lesson = classroom.lesson()
    allow(classroom, "with_name")
    track_id = see(classroom, 7, 10, 12)
    decide_tracks(classroom.store, lesson.id, DLIB_RESNET_V1)
    (track,) = classroom.all(Track)
    assert track.reason == "known_elsewhere"
    classroom.identify(*(classroom.show(1, 0.98, track_id, at) for at in (20, 22, 24)))
    (track,) = classroom.all(Track)
    assert track.elsewhere_id is None


@pytest.mark.parametrize("how", ["withdraw", "erase"])
def test_who_takes_consent_back_is_known_nowhere(classroom: Any, how: str) -> None:
    classroom.student(1)
    bea, lesson = classroom.student(7, on_roster=False), classroom.lesson()
    allow(classroom, "with_name")
    see(classroom, 7, 10, 12)
    with classroom.store.begin() as work:
        if how == "withdraw":
            consents.withdraw(work, classroom.school.id, bea.id, classroom.now)
        else:
            erasure.erase(work, classroom.school.id, bea.id, "deleted", classroom.now.date())
    assert {row.elsewhere_id for row in classroom.all(Track)} == {None}
    assert {row.elsewhere_id for row in classroom.all(Sighting)} == {None}
    decide_tracks(classroom.store, lesson.id, DLIB_RESNET_V1)
    assert {row.elsewhere_id for row in classroom.all(Track)} == {None}


def test_the_search_of_the_school_scores_as_that_of_the_roster_does(classroom: Any) -> None:
    rng = np.random.default_rng(5)
    people = [classroom.student(number, template=False, on_roster=number < 2) for number in range(4)]
    gallery = rng.normal(0.3, 1, (8, 512)).astype(np.float32)
    gallery /= np.linalg.norm(gallery, axis=1, keepdims=True)
    with classroom.store.begin() as work:
        for key, vector in enumerate(gallery):
            new = templates.NewTemplate(
                classroom.school.id, people[key % 4].id, DLIB_RESNET_V1.id, vector, 0.9, "photo", str(key)
            )
            assert templates.add(work.session, new)
    asking = Asking(classroom.school.id, classroom.section.id, names=True)
    probes = np.stack([gallery[0] + gallery[3], gallery[5] + gallery[2]])
    probes /= np.linalg.norm(probes, axis=1, keepdims=True)
    with classroom.store.begin() as work:
        looked_for = [SchoolProbe(asking, classroom.nine, DLIB_RESNET_V1.id, probe) for probe in probes]
        found = elsewhere.nearest_in_school(work.session, looked_for, 4)
        assert policy_elsewhere(work.session, classroom.school.id, DLIB_RESNET_V1).margin > (
            DEFAULTS[DLIB_RESNET_V1.id].margin
        )
    expected = compared(probes, [gallery[owner::4] for owner in range(4)])
    for row, matches in zip(expected, found, strict=True):
        by_student = {match.student_id: match.score for match in matches}
        np.testing.assert_allclose([by_student[person.id] for person in people], row, atol=1e-6)
        assert [match.score for match in matches] == sorted(by_student.values(), reverse=True)
        roster = {people[0].id, people[1].id}
        assert {match.student_id for match in matches if match.on_roster} == roster
