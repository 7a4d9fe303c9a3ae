"""The cameras of one process ask for no more searching than its workers can do."""

from __future__ import annotations

from threading import Thread

from hypothesis import given, settings
from hypothesis import strategies as st

from adsum_camera.ration import Ration, RationPolicy

POLICY = RationPolicy()


def loaded(ration: Ration, seconds: int, cameras: int, picture_s: float, frame_s: float = 0.02) -> float:
    """Return how busy a worker is in the end, that searches all that these cameras may ask for."""
    busy = 0.0
    for _ in range(seconds):
        work_s = cameras * (frame_s + ration.pictures() * picture_s)
        busy = min(work_s, 1.0)
        ration.worked(busy, 1.0 - busy)
    return busy


def test_a_worker_with_time_to_spare_gives_every_camera_all_it_may_ask_for() -> None:
    ration = Ration()
    loaded(ration, 30, cameras=2, picture_s=0.07)
    assert ration.pictures() == POLICY.most
    assert not ration.is_short()


def test_more_cameras_get_less_each_and_the_worker_keeps_up() -> None:
    ration = Ration()
    assert loaded(ration, 60, cameras=8, picture_s=0.07) <= POLICY.too_busy
    assert POLICY.enough < ration.pictures() < POLICY.most
    assert not ration.is_short()


def test_what_cannot_be_done_is_said() -> None:
    ration = Ration()
    loaded(ration, 60, cameras=30, picture_s=0.07)
    assert ration.pictures() == POLICY.least
    assert ration.is_short()


def test_what_was_taken_comes_back_when_the_others_are_gone() -> None:
    ration = Ration()
    loaded(ration, 60, cameras=30, picture_s=0.07)
    loaded(ration, 60, cameras=1, picture_s=0.07)
    assert ration.pictures() == POLICY.most


def test_short_turns_are_added_up_before_anything_changes() -> None:
    ration = Ration()
    for _ in range(9):
        ration.worked(0.1, 0.0)
    assert ration.pictures() == POLICY.most
    ration.worked(0.11, 0.0)
    assert ration.pictures() == POLICY.most * POLICY.shrink


def test_several_workers_may_tell_at_once() -> None:
    ration = Ration(RationPolicy(window_s=1000.0))
    workers = [Thread(target=lambda: [ration.worked(2**-7, 0.0) for _ in range(32_000)]) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert ration.pictures() == POLICY.most * POLICY.shrink


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(-1, 5), st.floats(-1, 5)), max_size=60))
def test_whatever_is_told_the_ration_stays_within_its_bounds(told: list[tuple[float, float]]) -> None:
    ration = Ration()
    for busy_s, idle_s in told:
        ration.worked(busy_s, idle_s)
        assert POLICY.least <= ration.pictures() <= POLICY.most


@settings(max_examples=40)
@given(st.integers(1, 12), st.floats(0.03, 0.12))
def test_where_there_is_enough_for_all_the_worker_is_neither_swamped_nor_idle(
    cameras: int, picture_s: float
) -> None:
    ration = Ration()
    busy = loaded(ration, 200, cameras, picture_s)
    wanted = cameras * (0.02 + POLICY.most * picture_s)
    if wanted <= POLICY.calm:
        assert ration.pictures() == POLICY.most
    elif cameras * (0.02 + POLICY.least * picture_s) < POLICY.calm:
        assert busy > POLICY.calm * POLICY.shrink
