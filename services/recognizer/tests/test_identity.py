"""Who is it: thresholds, margins, agreement, and one face for each student."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsum_contracts.ids import CameraId, StudentId, TrackId
from adsum_recognizer.evidence import Candidate, Crop, TrackEvidence
from adsum_recognizer.identity import (
    Ambiguous,
    ClearLead,
    MatchPolicy,
    Recognised,
    Unknown,
    identify,
)

ADA, BEA, CY = (StudentId(UUID(int=number)) for number in (1, 2, 3))
FRONT, BACK = CameraId(UUID(int=100)), CameraId(UUID(int=101))
NINE = datetime(2026, 2, 11, 9, tzinfo=UTC)
POLICY = MatchPolicy(threshold=0.8, strong_threshold=0.95, margin=0.05, agreement_s=1.0)


def crop(at_s: float, *scores: tuple[StudentId, float]) -> Crop:
    best_first = sorted((Candidate(*score) for score in scores), key=lambda found: -found.score)
    return Crop(NINE + timedelta(seconds=at_s), tuple(best_first))


def track(number: int, *crops: Crop, camera: CameraId = FRONT, until_s: float | None = None) -> TrackEvidence:
    times = [each.captured_at for each in crops]
    last = max(times) if until_s is None else NINE + timedelta(seconds=until_s)
    return TrackEvidence(TrackId(UUID(int=number)), camera, min(times), last, crops)


def only(*crops: Crop) -> object:
    one = track(1, *crops)
    return identify([one], POLICY)[one.track_id]


def test_two_clear_crops_a_second_apart_are_a_name() -> None:
    found = only(crop(0, (ADA, 0.85), (BEA, 0.7)), crop(1, (ADA, 0.9), (BEA, 0.7)))
    assert found == Recognised(ADA, pytest.approx(0.88), pytest.approx(0.18))


def test_two_crops_of_one_moment_are_not_agreement() -> None:
    assert only(crop(0, (ADA, 0.85)), crop(0.9, (ADA, 0.9))) == Unknown("unconfirmed", 0.9)


def test_one_crop_above_the_strong_threshold_is_enough() -> None:
    assert isinstance(only(crop(0, (ADA, 0.95), (BEA, 0.7))), Recognised)


def test_a_rival_within_the_margin_makes_it_ambiguous_however_often() -> None:
    found = only(*(crop(at, (ADA, 0.99), (BEA, 0.96)) for at in range(5)))
    assert found == Ambiguous(ADA, 0.99, pytest.approx(0.03), "rival_too_close")


def test_crops_without_a_lead_of_their_own_make_up_for_each_other() -> None:
    """A single lead of 0.045 is below the margin of 0.05; the mean of eight needs only 0.81 of it."""
    alone = [crop(at, (ADA, 0.9), (BEA, 0.855)) for at in range(8)]
    assert only(*alone[:1]) == Ambiguous(ADA, 0.9, pytest.approx(0.045), "rival_too_close")
    assert only(*alone) == Recognised(ADA, pytest.approx(0.9), pytest.approx(0.045))


def test_below_the_threshold_no_number_of_crops_makes_up_for_a_lead() -> None:
    found = identify(
        [small := track(1, *(crop(at, (ADA, 0.78), (BEA, 0.715)) for at in range(30)))],
        replace(POLICY, clear=ClearLead(floor=0.7, margin=0.15)),
    )
    assert found[small.track_id] == Unknown("below_threshold", 0.78)


def test_two_lucky_crops_of_a_long_track_are_no_name() -> None:
    """A stranger looks like Ada twice, and like Ada and Bea in the forty other crops."""
    lucky = [crop(at, (ADA, 0.82), (BEA, 0.76)) for at in (0, 20)]
    others = [crop(at, (ADA, 0.81), (BEA, 0.8)) for at in range(1, 40) if at != 20]
    assert only(*lucky) == Recognised(ADA, pytest.approx(0.82), pytest.approx(0.06))
    assert only(*lucky, *others) == Unknown("unconfirmed", 0.82)


def test_below_the_threshold_it_is_nobody() -> None:
    assert only(crop(0, (ADA, 0.79)), crop(5, (ADA, 0.79))) == Unknown("below_threshold", 0.79)


def test_unusable_crops_say_nothing() -> None:
    assert only(crop(0), crop(5)) == Unknown("no_usable_face")


def test_crops_that_name_two_students_are_a_conflict() -> None:
    found = only(crop(0, (ADA, 0.97)), crop(1, (ADA, 0.97)), crop(2, (BEA, 0.85), (ADA, 0.7)))
    assert found == Ambiguous(ADA, 0.97, pytest.approx(1.97), "conflicting_crops")


def test_one_crop_of_somebody_else_is_outvoted_by_three() -> None:
    """The camera followed on from Bea, who went by, to Ada."""
    passing = crop(0, (BEA, 0.85), (ADA, 0.7))
    found = only(passing, *(crop(at, (ADA, 0.97), (BEA, 0.7)) for at in (1, 2, 3)))
    assert isinstance(found, Recognised)
    assert found.student_id == ADA
    found = only(passing, *(crop(at, (ADA, 0.97), (BEA, 0.7)) for at in (1, 2)))
    assert isinstance(found, Ambiguous)
    assert found.reason == "conflicting_crops"


def test_a_student_who_is_there_twice_at_once_keeps_the_better_face() -> None:
    better, worse = track(1, crop(0, (ADA, 0.98)), until_s=10), track(2, crop(5, (ADA, 0.96)), until_s=20)
    found = identify([worse, better], POLICY)
    assert isinstance(found[better.track_id], Recognised)
    assert found[worse.track_id] == Ambiguous(ADA, 0.96, pytest.approx(1.96), "seen_elsewhere")


def test_a_student_may_come_back_in_a_later_track() -> None:
    first, later = track(1, crop(0, (ADA, 0.98)), until_s=10), track(2, crop(10, (ADA, 0.96)), until_s=20)
    assert all(isinstance(each, Recognised) for each in identify([first, later], POLICY).values())


def test_two_cameras_may_see_the_same_student_at_once() -> None:
    front = track(1, crop(0, (ADA, 0.98)), until_s=10)
    back = track(2, crop(5, (ADA, 0.96)), until_s=20, camera=BACK)
    assert all(isinstance(each, Recognised) for each in identify([front, back], POLICY).values())


def test_a_full_room_leaves_a_face_to_who_fits_it_best() -> None:
    """Bea's own track is better for Ada's rival, so nothing pushes Ada off hers."""
    ada = track(1, crop(0, (ADA, 0.96), (BEA, 0.9)), until_s=10)
    bea = track(2, crop(1, (BEA, 0.99), (ADA, 0.9)), until_s=10)
    found = identify([ada, bea], POLICY)
    assert [identity.student_id for identity in found.values()] == [ADA, BEA]  # type: ignore[union-attr]


def test_a_stricter_threshold_counts_and_a_lower_one_does_not() -> None:
    assert POLICY.at_least(0.97) == MatchPolicy(0.97, 0.97, 0.05)
    assert POLICY.at_least(0.1) is POLICY
    assert POLICY.at_least(None) is POLICY


LEADING = replace(POLICY, clear=ClearLead(floor=0.7, margin=0.15))


def test_a_clear_lead_makes_up_for_a_lower_score() -> None:
    small = track(1, crop(0, (ADA, 0.75), (BEA, 0.6)), crop(1, (ADA, 0.75), (BEA, 0.6)))
    assert identify([small], LEADING)[small.track_id] == Recognised(ADA, 0.75, pytest.approx(0.15))
    assert identify([small], POLICY)[small.track_id] == Unknown("below_threshold", 0.75)


@pytest.mark.parametrize(("score", "rival"), [(0.75, 0.66), (0.69, 0.4)])
def test_neither_a_smaller_lead_nor_a_score_below_the_floor_is_enough(score: float, rival: float) -> None:
    small = track(1, crop(0, (ADA, score), (BEA, rival)), crop(1, (ADA, score), (BEA, rival)))
    assert identify([small], LEADING)[small.track_id] == Unknown("below_threshold", score)


def test_a_threshold_asked_for_holds_for_clear_leads_too() -> None:
    assert LEADING.at_least(0.78) == replace(LEADING, clear=ClearLead(floor=0.78, margin=0.15))


def doubted(*doubts: float | None) -> TrackEvidence:
    """Ada's track, one crop a second, each with the camera's doubt."""
    crops = [crop(at, (ADA, 0.9)) for at in range(len(doubts))]
    return track(1, *(replace(each, doubt=doubt) for each, doubt in zip(crops, doubts, strict=True)))


@pytest.mark.parametrize(
    ("doubts", "review"),
    [
        ((None, None, None), None),
        ((0.9, None, None), None),
        ((0.5, 0.5, None), "may_be_a_picture"),
        ((0.9, 0.9, 0.1, 0.1), "may_be_a_picture"),
        ((0.9, 0.9, 0.1, 0.1, 0.1), None),
        ((0.49, 0.49, 0.49), None),
    ],
)
def test_several_doubtful_crops_ask_for_a_persons_look(
    doubts: tuple[float | None, ...], review: str | None
) -> None:
    ada = doubted(*doubts)
    found = identify([ada], POLICY)[ada.track_id]
    assert found == Recognised(ADA, pytest.approx(0.9), pytest.approx(1.9), review)


POLICIES = st.sampled_from((POLICY, LEADING))
SCORES = st.floats(0.5, 1.0).map(lambda score: round(score, 2))
CROPS = st.builds(
    lambda at, scores: crop(at, *zip((ADA, BEA, CY), scores, strict=True)),
    st.integers(0, 30),
    st.tuples(SCORES, SCORES, SCORES),
)
TRACKS = st.lists(st.lists(CROPS, min_size=1, max_size=4), min_size=1, max_size=5).map(
    lambda drawn: [track(number, *crops) for number, crops in enumerate(drawn)]
)


DOUBTS = st.one_of(st.none(), st.floats(0, 1))


@given(TRACKS, POLICIES, st.data())
def test_doubt_never_takes_a_name_away_and_never_gives_one(
    tracks: list[TrackEvidence], policy: MatchPolicy, data: st.DataObject
) -> None:
    suspected = [
        replace(each, crops=tuple(replace(seen, doubt=data.draw(DOUBTS)) for seen in each.crops))
        for each in tracks
    ]
    plain, found = identify(tracks, policy), identify(suspected, policy)
    for track_id, identity in found.items():
        without = replace(identity, review=None) if isinstance(identity, Recognised) else identity
        assert without == plain[track_id]


@given(TRACKS, POLICIES)
def test_no_doubt_changes_nothing(tracks: list[TrackEvidence], policy: MatchPolicy) -> None:
    sure = [replace(each, crops=tuple(replace(seen, doubt=0.0) for seen in each.crops)) for each in tracks]
    assert identify(sure, policy) == identify(tracks, policy)


def again(tracks: Sequence[TrackEvidence], random: object) -> list[TrackEvidence]:
    """The same evidence in another order, with some of it repeated."""
    told = []
    for each in tracks:
        crops = [*each.crops, *random.choices(each.crops, k=2)]  # type: ignore[attr-defined]
        random.shuffle(crops)  # type: ignore[attr-defined]
        told.append(
            TrackEvidence(each.track_id, each.camera_id, each.started_at, each.last_seen_at, tuple(crops))
        )
    random.shuffle(told)  # type: ignore[attr-defined]
    return told


@given(TRACKS, POLICIES, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(
    tracks: list[TrackEvidence], policy: MatchPolicy, random: object
) -> None:
    assert identify(again(tracks, random), policy) == identify(tracks, policy)


@given(TRACKS, POLICIES)
def test_nobody_is_two_faces_of_one_camera_at_once(tracks: list[TrackEvidence], policy: MatchPolicy) -> None:
    found = identify(tracks, policy)
    named = [
        (each, identity.student_id)
        for each in tracks
        if isinstance(identity := found[each.track_id], Recognised)
    ]
    for place, (one, student) in enumerate(named):
        for other, rival in named[place + 1 :]:
            overlap = one.started_at < other.last_seen_at and other.started_at < one.last_seen_at
            assert not (overlap and student == rival)


@given(TRACKS, st.floats(0.8, 1.0))
def test_a_stricter_threshold_confirms_nobody_new_alone(
    tracks: list[TrackEvidence], threshold: float
) -> None:
    """Of one track by itself: a higher threshold may take its name away, and never gives another one."""
    for each in tracks:
        loose = identify([each], POLICY)[each.track_id]
        strict = identify([each], POLICY.at_least(threshold))[each.track_id]
        if isinstance(strict, Recognised) and isinstance(loose, Recognised):
            assert strict.student_id == loose.student_id


ADA_AND_BEA = frozenset((ADA, BEA))


def test_look_alikes_need_a_larger_lead() -> None:
    ada = track(1, *(crop(at, (ADA, 0.9), (BEA, 0.82), (CY, 0.6)) for at in range(3)))
    assert isinstance(identify([ada], POLICY, {ADA_AND_BEA: 0.01})[ada.track_id], Recognised)
    found = identify([ada], POLICY, {ADA_AND_BEA: 0.06})[ada.track_id]
    assert found == Ambiguous(ADA, pytest.approx(0.9), pytest.approx(0.08), "look_alike")
    assert isinstance(identify([ada], POLICY, {frozenset((ADA, CY)): 0.06})[ada.track_id], Recognised)


def test_a_track_that_a_person_said_is_not_ada_never_is_and_leaves_the_name_to_another() -> None:
    said = replace(track(1, crop(0, (ADA, 0.99)), until_s=10), not_these=frozenset((ADA,)))
    other = track(2, crop(1, (ADA, 0.96)), until_s=10)
    found = identify([said, other], POLICY)
    assert found[said.track_id] == Ambiguous(ADA, 0.99, pytest.approx(1.99), "said_not_to_be")
    assert isinstance(found[other.track_id], Recognised)


@given(TRACKS, POLICIES, st.floats(0, 0.5))
def test_a_pair_held_apart_never_gives_anybody_a_name_alone(
    tracks: list[TrackEvidence], policy: MatchPolicy, extra: float
) -> None:
    for each in tracks:
        plain = identify([each], policy)[each.track_id]
        apart = identify([each], policy, {ADA_AND_BEA: extra})[each.track_id]
        if isinstance(apart, Recognised) and isinstance(plain, Recognised):
            assert apart.student_id == plain.student_id
            assert apart.margin <= plain.margin
