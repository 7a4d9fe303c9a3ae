"""Which crops of a track are sent, and when."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
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
BOX = Box(0, 0, 50, 50)
CROP = Crop(np.zeros((1, 1, 3), np.uint8), BOX, ((0.0, 0.0),) * 5)


def track(state: TrackState = TrackState.SEEN, track_id: TrackId = ADA) -> Track:
    return Track(track_id, state, NOON, NOON, BOX)


def quality(score: float, yaw: float = 0) -> Quality:
    """Everything at its best but the detector's score, which makes up the rest."""
    best = Quality(160, 1, 0.5, yaw, 0, 0, detector_score=1, cut_by_edge=False)
    return replace(best, detector_score=(score / best.score) ** len(best.parts))


@dataclass
class Watch:
    """Feeds a selector ten frames a second and keeps what it chose."""

    selector: Selector = field(default_factory=Selector)
    sent: list[tuple[float, float]] = field(default_factory=list)
    cut: int = 0

    def frame(
        self, second: float, score: float | None = 0.5, yaw: float = 0, seen: Track | None = None
    ) -> None:
        at = NOON + timedelta(seconds=second)
        tracks = (seen or track(),)
        wanted = self.selector.wanting(tracks, at)
        self.cut += len(wanted)
        candidates = [Candidate(each, CROP, quality(score, yaw), at) for each in wanted if score is not None]
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


def test_one_every_minute_once_the_track_has_its_name() -> None:
    watch = Watch()
    watch.frames(0, 0.9)
    assert watch.selector.named(ADA)
    watch.frames(0.9, 130)
    seconds = [second for second, _ in watch.sent]
    assert [round(second) for second in seconds] == [0, 60, 120]


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
    watch.frame(1.4, 0.50, yaw=40)
    watch.frame(2.0, None)
    assert watch.sent[-1] == (1.4, 0.50)


def test_a_track_never_sends_more_than_its_share() -> None:
    watch = Watch(Selector(SelectionPolicy(most_per_track=4)))
    watch.frames(0, 300)
    assert len(watch.sent) == 4


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=400))
def test_two_crops_of_a_track_are_never_less_than_a_second_apart(scores: list[float | None]) -> None:
    watch = Watch()
    for tenth, score in enumerate(scores):
        watch.frame(tenth / 10, score)
    seconds = [second for second, _ in watch.sent]
    assert all(after - before >= 0.999 for before, after in pairwise(seconds))
