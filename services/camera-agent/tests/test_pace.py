"""The pace, told frame by frame."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsum_camera import grid
from adsum_camera.grid import Cells, Change
from adsum_camera.pace import LookAt, LookEverywhere, Pace, PacePolicy, Skip, Where
from adsum_camera.tracking import Track, TrackState
from adsum_camera.zones import Zone
from adsum_contracts.commands import LessonHours
from adsum_contracts.ids import TrackId
from adsum_vision.types import Box

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
SIZE = (1280, 720)
FPS = 25
FACE = Box(600, 300, 60, 80)
STILL = Change(grid.nowhere())


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def there(*boxes: Box) -> Change:
    return Change(grid.touched(boxes, SIZE))


def track(box: Box, *, age_s: float, still_s: float, now_s: float = 0.0) -> Track:
    last = at(now_s)
    begun, rested = last - timedelta(seconds=age_s), last - timedelta(seconds=still_s)
    return Track(TrackId(UUID(int=1)), TrackState.SEEN, begun, last, box, None, rested)


def told(
    pace: Pace, seconds: float, change: Change, tracks: Iterable[Track] = (), start_s: float = 0.04
) -> list[tuple[float, Where | Skip]]:
    """Return what is said of each frame of `seconds` in which the same goes on."""
    frames = [start_s + frame / FPS for frame in range(round(seconds * FPS))]
    return [(second, pace.attend(at(second), change, tuple(tracks), SIZE)) for second in frames]


def looks(answers: list[tuple[float, Where | Skip]]) -> list[Where]:
    return [answer for _, answer in answers if not isinstance(answer, Skip)]


def started(*zones: Zone, **policy: float) -> Pace:
    """A pace that has looked at its first picture."""
    pace = Pace(PacePolicy(**policy), zones)
    assert isinstance(pace.attend(at(0), Change(~grid.nowhere()), (), SIZE), LookEverywhere)
    return pace


def test_a_picture_that_never_changes_is_searched_now_and_then() -> None:
    answers = looks(told(started(), 30.5, STILL))
    assert [type(answer) for answer in answers] == [LookEverywhere] * 3


def test_what_moves_is_searched_at_the_normal_rate_and_nothing_else_is() -> None:
    answers = looks(told(started(), 4.8, there(FACE)))
    assert 13 <= len(answers) <= 16
    assert all(isinstance(answer, LookAt) and answer.covers(FACE) for answer in answers)
    assert not any(answer.covers(Box(50, 50, 60, 80)) for answer in answers)


def test_where_nothing_changed_is_searched_with_the_rest_when_it_has_waited_for_half_its_time() -> None:
    answers = looks(told(started(), 8, there(FACE)))
    assert [type(answer) for answer in answers].count(LookEverywhere) == 1


def test_who_walks_is_followed_in_a_burst() -> None:
    walker = track(FACE, age_s=20, still_s=0.2)
    assert 28 <= len(looks(told(started(), 4, there(FACE), [walker]))) <= 34


def test_who_has_long_been_sitting_is_left_to_the_idle_rate_though_they_fidget() -> None:
    sitter = track(FACE, age_s=60, still_s=30)
    assert 3 <= len(looks(told(started(), 8, there(FACE), [sitter]))) <= 4


def test_a_new_face_that_sits_down_is_searched_at_the_normal_rate_until_it_is_old() -> None:
    newcomer = track(FACE, age_s=3, still_s=2)
    assert 10 <= len(looks(told(started(), 4, STILL, [newcomer]))) <= 13


def test_who_stopped_walking_on_a_seat_sits_and_elsewhere_may_go_on() -> None:
    seats = Zone("rows", "seats", ((0.3, 0.2), (0.7, 0.2), (0.7, 0.8), (0.3, 0.8)))
    leaning = track(FACE, age_s=60, still_s=1.5)
    beside = track(Box(100, 300, 60, 80), age_s=60, still_s=1.5)
    newcomer = track(FACE, age_s=2, still_s=1.5)
    walking = track(FACE, age_s=60, still_s=0.5)
    counts = [
        len(looks(told(started(seats), 2.8, there(each.box), [each])))
        for each in (leaning, beside, newcomer, walking)
    ]
    assert 1 <= counts[0] <= 2
    assert all(count >= 7 for count in counts[1:])


def test_what_moves_at_the_door_is_a_burst() -> None:
    door = Zone("door", "door", ((0, 0), (0.2, 0), (0.2, 1), (0, 1)))
    at_the_door = there(Box(100, 300, 60, 80))
    assert len(looks(told(started(door), 4, at_the_door))) > 2 * len(looks(told(started(), 4, at_the_door)))


def test_a_lesson_that_begins_makes_every_movement_a_burst_and_then_no_more() -> None:
    pace = started(early_s=2.0, late_s=4.0)
    pace.configure([LessonHours(starts_at=at(3), ends_at=at(60))])
    before = looks(told(pace, 0.9, there(FACE)))
    during = looks(told(pace, 4, there(FACE), start_s=2))
    after = looks(told(pace, 4, there(FACE), start_s=8))
    assert len(before) <= 3
    assert len(during) > 2 * len(after)


def test_nobody_looks_into_a_mask() -> None:
    mask = Zone("window", "mask", ((0.3, 0.2), (0.7, 0.2), (0.7, 0.8), (0.3, 0.8)))
    assert looks(told(started(mask), 9, there(FACE))) == []


def test_another_light_is_worth_one_look_soon_and_no_burst_however_the_lamps_flicker() -> None:
    answers = told(started(), 8, Change(grid.nowhere(), light=True))
    assert [type(answer) for answer in looks(answers)] == [LookEverywhere] * 3
    assert next(second for second, answer in answers if not isinstance(answer, Skip)) <= 2.1


def test_somebody_who_is_enrolled_has_the_whole_picture() -> None:
    pace = started()
    answers = [pace.attend(at(second / FPS), STILL, (), SIZE, capturing=True) for second in range(1, 2 * FPS)]
    found = [answer for answer in answers if not isinstance(answer, Skip)]
    assert len(found) >= 7
    assert all(isinstance(answer, LookEverywhere) for answer in found)


def test_movement_everywhere_is_a_whole_look_and_never_more_of_them_than_the_box_can_carry() -> None:
    crowd = [
        track(Box(x, y, 60, 80), age_s=1, still_s=0) for x in range(0, 1280, 90) for y in range(0, 720, 90)
    ]
    answers = looks(told(started(most_pictures=3.0), 10, Change(~grid.nowhere()), crowd))
    assert all(isinstance(answer, LookEverywhere) for answer in answers)
    assert 28 <= len(answers) <= 32


def test_a_clock_set_back_begins_anew() -> None:
    pace = started()
    assert isinstance(pace.attend(at(-3600), STILL, (), SIZE), LookEverywhere)


cells = st.lists(st.tuples(st.integers(0, grid.ROWS - 1), st.integers(0, grid.COLUMNS - 1)), max_size=40)


def some(places: list[tuple[int, int]]) -> Cells:
    chosen = grid.nowhere()
    for place in places:
        chosen[place] = True
    return chosen


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0.02, 0.5), cells), min_size=1, max_size=60))
def test_whatever_happens_a_changed_place_waits_no_longer_than_the_normal_rate_allows(
    film: list[tuple[float, list[tuple[int, int]]]],
) -> None:
    pace = started(most_pictures=100.0)
    now, searched = 0.0, np.zeros((grid.ROWS, grid.COLUMNS))
    for gap, places in film:
        now += gap
        changed = some(places)
        where = pace.attend(at(now), Change(changed), (), SIZE)
        if not isinstance(where, Skip):
            searched[where.cells] = now
        assert (now - searched[changed] < 1 / PacePolicy().normal + 1e-6).all()
        assert (now - searched < PacePolicy().quiet_s + 1e-6).all()


@settings(max_examples=100, deadline=None)
@given(cells, st.sampled_from([(1920, 1080), (1280, 720), (640, 480), (1000, 333)]))
def test_rectangles_cover_their_cells_and_stay_in_the_picture(
    places: list[tuple[int, int]], size: tuple[int, int]
) -> None:
    regions = grid.rectangles(some(places), size)
    assert (grid.touched(regions, size) | ~some(places)).all()
    for region in regions:
        assert 0 <= region.x < region.right <= size[0]
        assert 0 <= region.y < region.bottom <= size[1]


def test_patches_far_apart_stay_two_and_neighbours_become_one() -> None:
    far, near = some([(1, 1), (16, 30)]), some([(4, 4), (4, 6)])
    assert len(grid.rectangles(far, SIZE)) == 2
    assert len(grid.rectangles(grid.grown(near), SIZE)) == 1
    assert grid.rectangles(grid.nowhere(), SIZE) == ()


def test_a_box_outside_the_picture_touches_nothing() -> None:
    assert not grid.touched([Box(-200, -200, 100, 100), Box(1300, 10, 50, 50)], SIZE).any()


@pytest.mark.parametrize("rate", [3.0, 6.0])
def test_the_rates_are_means_whatever_the_camera_brings(rate: float) -> None:
    for fps in (10, 15, 25, 30):
        pace = started(normal=rate)
        answers = [pace.attend(at(frame / fps), there(FACE), (), SIZE) for frame in range(1, 10 * fps)]
        count = sum(not isinstance(answer, Skip) for answer in answers)
        assert 0.75 * rate * 10 <= count <= 1.25 * rate * 10
