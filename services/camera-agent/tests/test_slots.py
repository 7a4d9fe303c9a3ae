"""The hand-over: newest only, fair, never two looks at one camera, and nothing lost where nothing may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsum_camera.adapters.frames import Frame, Silence
from adsum_camera.slots import HandOverClosed, LookFailed, Slots, newer

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
PICTURE = np.zeros((4, 4, 3), np.uint8)


def frame(index: int, dropped: int = 0) -> Frame:
    return Frame(PICTURE, index, NOON + timedelta(seconds=index), dropped)


def taken(slots: Slots[str]) -> tuple[int, int]:
    """Take and look: the seat, and the number of its frame."""
    turn = slots.take()
    assert turn is not None
    assert isinstance(turn.moment, Frame)
    slots.seen(turn.seat)
    return turn.seat, turn.moment.index


def test_a_frame_nobody_took_is_replaced_and_counted() -> None:
    slots: Slots[str] = Slots(1)
    for each in (frame(1), frame(2, dropped=3), frame(3)):
        slots.put(0, "a", each)
    turn = slots.take()
    assert turn is not None
    assert isinstance(turn.moment, Frame)
    assert (turn.moment.index, turn.moment.dropped) == (3, 5)


def test_a_silence_replaces_no_frame() -> None:
    silence = Silence(NOON, ended=True)
    assert newer(frame(1), silence) == frame(1)
    assert newer(silence, frame(1)) == frame(1)
    assert newer(Silence(NOON), silence) == silence


@given(st.lists(st.integers(0, 20), min_size=1, max_size=30))
def test_every_frame_is_looked_at_or_counted_as_dropped(dropped: list[int]) -> None:
    slots: Slots[str] = Slots(1)
    for index, passed in enumerate(dropped):
        slots.put(0, "a", frame(index, passed))
    turn = slots.take()
    assert turn is not None
    assert isinstance(turn.moment, Frame)
    assert turn.moment.dropped == sum(dropped) + len(dropped) - 1


def test_a_camera_that_brings_more_gets_no_more_than_its_turn() -> None:
    slots: Slots[str] = Slots(3)
    looked = []
    for index in range(12):
        for seat in (0, 0, 0, 1, 2):
            slots.put(seat, "a", frame(index))
        looked.append(taken(slots)[0])
    assert looked == [0, 1, 2] * 4


@given(st.lists(st.sets(st.integers(0, 4)), max_size=40))
def test_no_camera_that_waits_is_passed_over_twice(brought: list[set[int]]) -> None:
    slots: Slots[str] = Slots(5)
    waited: dict[int, int] = {}
    for seats in brought:
        for seat in seats:
            slots.put(seat, "a", frame(0))
            waited.setdefault(seat, 0)
        if waited:
            seat, _ = taken(slots)
            del waited[seat]
        waited = {seat: turns + 1 for seat, turns in waited.items()}
        assert all(turns < 5 for turns in waited.values())


def test_a_camera_is_not_looked_at_twice_at_once() -> None:
    slots: Slots[str] = Slots(2)
    slots.put(0, "a", frame(1))
    assert slots.take() is not None
    slots.put(0, "a", frame(2))
    slots.put(1, "b", frame(1))
    turn = slots.take()
    assert turn is not None
    assert turn.seat == 1
    slots.seen(0)
    turn = slots.take()
    assert turn is not None
    assert turn.seat == 0


def test_without_loss_every_frame_arrives_in_its_order() -> None:
    slots: Slots[str] = Slots(2, lossless=True)

    def bring(seat: int) -> None:
        for index in range(50):
            slots.put(seat, "a", frame(index))
        slots.wait_until_seen(seat)

    bringing = [Thread(target=bring, args=(seat,)) for seat in (0, 1)]
    for thread in bringing:
        thread.start()
    looked = [taken(slots) for _ in range(100)]
    for thread in bringing:
        thread.join(10)
    assert [index for seat, index in looked if seat == 0] == list(range(50))
    assert [index for seat, index in looked if seat == 1] == list(range(50))


def test_a_look_that_failed_is_told_to_its_camera_alone() -> None:
    slots: Slots[str] = Slots(2)
    slots.put(0, "a", frame(1))
    assert slots.take() is not None
    slots.seen(0, ValueError("broken"))
    with pytest.raises(LookFailed, match="ValueError: broken"):
        slots.put(0, "a", frame(2))
    slots.put(1, "b", frame(1))
    slots.leave(0)
    slots.put(0, "a", frame(3))
    assert {taken(slots), taken(slots)} == {(0, 3), (1, 1)}


def test_leaving_takes_back_what_waits() -> None:
    slots: Slots[str] = Slots(1)
    slots.put(0, "a", frame(1))
    slots.leave(0)
    slots.wait_until_seen(0)
    slots.close()
    assert slots.take() is None


def test_the_end_frees_whoever_waits() -> None:
    slots: Slots[str] = Slots(1, lossless=True)
    slots.put(0, "a", frame(1))
    freed: list[str] = []

    def bring() -> None:
        with pytest.raises(HandOverClosed):
            slots.put(0, "a", frame(2))
        freed.append("yes")

    thread = Thread(target=bring)
    thread.start()
    slots.close()
    thread.join(10)
    assert freed == ["yes"]
