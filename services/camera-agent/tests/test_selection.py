"""Which crops of a track are sent, and when."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple
from uuid import UUID

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from adsum_camera.selection import Candidate, SelectionPolicy, Selector
from adsum_camera.tracking import Track, TrackState
from adsum_contracts.ids import TrackId
from adsum_vision.crops import Crop
from adsum_vision.quality import Quality
from adsum_vision.types import Box

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
ADA = TrackId(UUID(int=1))
BEA = TrackId(UUID(int=2))
BOX = Box(0, 0, 50, 50)
CROP = Crop(np.zeros((1, 1, 3), np.uint8), BOX, ((0.0, 0.0),) * 5)


def track(state: TrackState = TrackState.SEEN, track_id: TrackId = ADA) -> Track:
    return Track(track_id, state, NOON, NOON, BOX)


def quality(score: float, yaw: float = 0, pitch: float = 0) -> Quality:
    """Everything at its best but the detector's score, which makes up the rest."""
    best = Quality(160, 1, 0.5, yaw, 0, pitch, detector_score=1, cut_by_edge=False)
    return replace(best, detector_score=(score / best.score) ** len(best.parts))


@dataclass
class Watch:
    """Feeds a selector ten frames a second and keeps what it chose."""

    selector: Selector = field(default_factory=Selector)
    sent: list[tuple[float, float]] = field(default_factory=list)
    cut: int = 0
    doubtful: bool = False

    def frame(
        self,
        second: float,
        score: float | None = 0.5,
        yaw: float = 0,
        pitch: float = 0,
        seen: Track | None = None,
    ) -> None:
        at = NOON + timedelta(seconds=second)
        tracks = (seen or track(),)
        wanted = self.selector.wanting(tracks, at, lambda _: self.doubtful)
        self.cut += len(wanted)
        candidates = [
            Candidate(each, CROP, quality(score, yaw, pitch), at) for each in wanted if score is not None
        ]
        for best in self.selector.choose(candidates, tracks, at):
            self.sent.append(((best.captured_at - NOON).total_seconds(), round(best.quality.score, 3)))

    def frames(self, first: float, last: float, score: float = 0.5) -> None:
        for tenth in range(round(first * 10), round(last * 10)):
            self.frame(tenth / 10, score)


def test_the_first_crop_is_the_best_of_a_short_while() -> None:
    watch = Watch()
    for tenth, score in enumerate((0.3, 0.4, 0.8, 0.6, 0.5, 0.2, 0.2, 0.2)):
        watch.frame(tenth / 10, score)
    assert watch.sent == [(0.2, 0.8)]


def test_three_crops_in_the_first_ten_seconds_at_least_a_second_apart() -> None:
    watch = Watch()
    watch.frames(0, 30)
    seconds = [second for second, _ in watch.sent]
    assert len(seconds) == 3
    assert seconds[1] - seconds[0] >= 1
    assert seconds[2] - seconds[1] >= 1
    assert seconds[2] < 10


def test_then_one_every_thirty_seconds() -> None:
    watch = Watch()
    watch.frames(0, 100)
    late = [second for second, _ in watch.sent][2:]
    assert all(30 <= after - before < 32 for before, after in pairwise(late))
    assert len(watch.sent) == 6


def test_a_face_first_seen_well_after_a_while_gets_its_three_crops_then() -> None:
    watch = Watch()
    for tenth in range(200):
        watch.frame(tenth / 10, None)
    watch.frames(20, 40)
    assert [round(second) for second, _ in watch.sent] == [20, 21, 24]


def test_once_the_track_has_its_name_only_a_rare_crop_asks_whether_it_is_still_the_same() -> None:
    watch = Watch()
    watch.frames(0, 2.5)
    assert watch.selector.named(ADA)
    watch.frames(2.5, 640)
    assert [round(second) for second, _ in watch.sent] == [0, 1, 301, 601]


def test_a_name_does_not_settle_a_face_that_may_be_a_picture() -> None:
    watch = Watch()
    watch.frames(0, 2.5)
    watch.selector.named(ADA)
    watch.doubtful = True
    watch.frames(2.5, 70)
    assert [round(second) for second, _ in watch.sent] == [0, 1, 31, 61]


def test_a_third_crop_that_waits_when_the_name_comes_is_not_sent() -> None:
    watch = Watch()
    watch.frames(0, 4.2)
    watch.selector.named(ADA)
    watch.frames(4.2, 20)
    watch.frame(20, None, seen=track(TrackState.LOST))
    assert [round(second) for second, _ in watch.sent] == [0, 1]


def test_a_name_that_one_crop_gave_is_asked_for_once_more() -> None:
    watch = Watch()
    watch.frames(0, 0.9)
    watch.selector.named(ADA)
    watch.frames(0.9, 100)
    assert [round(second) for second, _ in watch.sent] == [0, 1]


def test_a_name_never_passes_to_the_track_that_begins_where_the_named_one_ended() -> None:
    watch = Watch()
    watch.frames(0, 1)
    watch.selector.named(ADA)
    watch.frame(1, None, seen=track(TrackState.LOST))
    for tenth in range(11, 100):
        watch.frame(tenth / 10, 0.5, seen=track(track_id=BEA))
    assert [round(second) for second, _ in watch.sent] == [0, 1, 2, 5]
    assert not watch.selector.named(ADA)


def test_a_name_for_a_track_that_is_gone_means_nothing() -> None:
    assert not Selector().named(ADA)


def test_no_crop_is_cut_while_none_is_due() -> None:
    watch = Watch()
    watch.frames(0, 8)
    before = watch.cut
    watch.frames(10, 30)
    assert watch.cut == before


def test_a_track_of_which_nothing_good_was_seen_sends_nothing() -> None:
    watch = Watch()
    for tenth in range(50):
        watch.frame(tenth / 10, None)
    assert watch.sent == []


def test_a_lost_track_sends_what_it_has_at_once() -> None:
    watch = Watch()
    watch.frame(0.0, 0.6)
    watch.frame(0.1, None, seen=track(TrackState.LOST))
    assert watch.sent == [(0.0, 0.6)]


def test_an_unseen_or_tentative_track_gives_no_crop() -> None:
    for state in (TrackState.TENTATIVE, TrackState.UNSEEN):
        assert Selector().wanting((track(state),), NOON) == ()


def test_another_pose_beats_a_slightly_better_crop_of_the_same() -> None:
    watch = Watch()
    watch.frames(0, 1)
    watch.frame(1.2, 0.55, yaw=0)
    watch.frame(1.4, 0.53, yaw=40)
    watch.frame(2.0, None)
    assert watch.sent[-1] == (1.4, 0.53)


def test_looking_up_is_another_pose_too() -> None:
    watch = Watch()
    watch.frames(0, 1)
    watch.frame(1.2, 0.55)
    watch.frame(1.4, 0.53, pitch=-30)
    watch.frame(2.0, None)
    assert watch.sent[-1] == (1.4, 0.53)


def test_where_the_minute_has_room_for_few_who_sent_least_goes_first_then_the_best() -> None:
    selector = Selector(SelectionPolicy(most_per_minute=3, settle_s=0))
    ada, bea, cem, dan = (track(track_id=TrackId(UUID(int=number))) for number in range(4))
    assert chosen(selector, 0, {ada: 0.5}) == [ada.id]
    assert chosen(selector, 2, {ada: 0.9, bea: 0.3, cem: 0.4, dan: 0.2}) == [cem.id, bea.id]
    assert chosen(selector, 3, {}) == []
    assert chosen(selector, 60, {}) == [dan.id]
    assert chosen(selector, 62, {}) == [ada.id]


def chosen(selector: Selector, second: float, scores: dict[Track, float]) -> list[TrackId]:
    at = NOON + timedelta(seconds=second)
    candidates = [Candidate(each, CROP, quality(score), at) for each, score in scores.items()]
    return [best.track.id for best in selector.choose(candidates, tuple(scores), at)]


def test_a_track_never_sends_more_than_its_share() -> None:
    watch = Watch(Selector(SelectionPolicy(most_per_track=4)))
    watch.frames(0, 300)
    assert len(watch.sent) == 4


class Step(NamedTuple):
    """What happens to one of a few tracks, `pause` seconds after the step before."""

    pause: float
    number: int
    score: float | None
    happens: Literal["seen", "lost", "named"]


STEPS = st.builds(
    Step,
    st.sampled_from((0.1, 0.2, 1.0, 5.0, 40.0)),
    st.integers(0, 3),
    st.one_of(st.none(), st.floats(0.01, 1)),
    st.sampled_from(("seen", "seen", "seen", "seen", "seen", "lost", "named")),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=300), st.integers(1, 12), st.integers(1, 12))
def test_no_sequence_sends_more_than_the_rule_allows(
    steps: list[Step], most_per_track: int, most_per_minute: int
) -> None:
    policy = SelectionPolicy(most_per_track=most_per_track, most_per_minute=most_per_minute)
    selector, second = Selector(policy), 0.0
    lives = [0, 0, 0, 0]
    named_at: dict[TrackId, float] = {}
    captured: dict[TrackId, list[float]] = {}
    sent: list[float] = []
    for step in steps:
        second += step.pause
        at = NOON + timedelta(seconds=second)
        track_id = TrackId(UUID(int=100 * lives[step.number] + step.number))
        if step.happens == "named":
            if selector.named(track_id):
                named_at.setdefault(track_id, second)
            continue
        state = TrackState.LOST if step.happens == "lost" else TrackState.SEEN
        lives[step.number] += state is TrackState.LOST
        here = (track(state, track_id),)
        wanted = [] if step.score is None else selector.wanting(here, at)
        given = [Candidate(each, CROP, quality(step.score or 0), at) for each in wanted]
        for best in selector.choose(given, here, at):
            sent.append(second)
            captured.setdefault(best.track.id, []).append((best.captured_at - NOON).total_seconds())
    for track_id, seconds in captured.items():
        gaps = [after - before for before, after in pairwise(seconds)]
        assert len(seconds) <= most_per_track
        assert all(gap >= 0.999 for gap in gaps)
        assert sum(gap < policy.later_every_s - 0.001 for gap in gaps) <= 2
        named = named_at.get(track_id, math.inf)
        late = [gap for gap, second in zip(gaps[1:], seconds[2:], strict=True) if second > named]
        assert all(gap >= policy.named_every_s - 0.001 for gap in late)
    for second in sent:
        assert sum(second <= other < second + 60 for other in sent) <= most_per_minute
