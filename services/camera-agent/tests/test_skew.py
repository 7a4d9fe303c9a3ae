"""The camera's times are the server's, however wrong its own clock is and however slow the network."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from structlog.typing import EventDict

from adsum_camera.adapters.publisher import Publisher
from adsum_camera.adapters.redis_client import connected
from adsum_camera.adapters.spool import Spool
from adsum_camera.clock import SystemClock
from adsum_camera.credentials import Credentials
from adsum_camera.skew import DRIFT, RESOLUTION_S, Exchange, ServerTime, corrects, told_by
from adsum_contracts.events import CommandReply
from adsum_contracts.ids import CameraId, CommandId

CAMERA = CameraId(UUID(int=7))
KEY = bytes(range(32))
EPOCH = 1_770_811_200.0

delays = st.floats(0, 30)
few = settings(max_examples=100)


def exchanged(steady: float, lead: float, there: float, back: float) -> Exchange:
    """What an exchange looks like when the true lead is `lead` and the ways take `there` and `back`."""
    milliseconds = int((steady + there + lead) * 1000)
    told = told_by(b"%d-0" % milliseconds)
    assert told is not None
    return Exchange(steady, steady + there + back, told)


@few
@given(
    st.floats(EPOCH - 1e8, EPOCH + 1e8),
    st.lists(st.tuples(st.floats(0, 600), delays, delays), min_size=1, max_size=80),
)
def test_the_error_is_within_half_the_smallest_round_trip(
    lead: float, trips: list[tuple[float, float, float]]
) -> None:
    known, steady = ServerTime(), 100.0
    for pause, there, back in trips:
        steady += pause
        known = known.learned(exchanged(steady, lead, there, back))
        steady += there + back
    smallest = min(there + back for _, there, back in trips)
    best = known.best
    assert best is not None
    assert abs(best.lead - lead) <= smallest / 2 + RESOLUTION_S + DRIFT * (steady - 100.0)
    assert abs(best.lead - lead) <= best.error_at(steady)
    assert known.doubted == ()


@few
@given(st.floats(-1e6, 1e6).filter(lambda jump: abs(jump) > 5), st.integers(1, 30))
def test_a_server_that_sets_its_clock_is_believed_once_three_exchanges_agree(
    jump: float, before: int
) -> None:
    known = ServerTime()
    for number in range(before):
        known = known.learned(exchanged(5.0 * number, EPOCH, 0.1, 0.1))
    leads = []
    for number in range(before, before + 3):
        known = known.learned(exchanged(5.0 * number, EPOCH + jump, 0.1, 0.1))
        best = known.best
        assert best is not None
        leads.append(best.lead)
    assert leads == [pytest.approx(EPOCH, abs=0.2)] * 2 + [pytest.approx(EPOCH + jump, abs=0.2)]


def test_one_wrong_answer_among_right_ones_changes_nothing() -> None:
    known = ServerTime()
    for number in range(20):
        lead = EPOCH + (3600 if number % 3 == 1 else 0)
        known = known.learned(exchanged(5.0 * number, lead, 0.01, 0.01))
    best = known.best
    assert best is not None
    assert best.lead == pytest.approx(EPOCH, abs=0.02)


def test_an_id_that_counts_does_not_tell_the_time() -> None:
    assert told_by(b"1770811200123-0") == 1770811200.1235
    assert told_by(b"1770811200123-1") is None
    assert told_by(b"18446744073709551615-5") is None


@few
@given(st.floats(-10, 10), st.floats(0, 10))
def test_noise_within_the_bound_moves_no_times(offset: float, error: float) -> None:
    assert corrects(offset, error, correcting=False) == (abs(offset) - error > 0.5)
    assert corrects(offset, error, correcting=True) == (abs(offset) > 0.25)


class Machine:
    """A machine whose clock is `wrong_by`, in a world whose time is `at`."""

    def __init__(self, wrong_by: float) -> None:
        self.at, self.wrong_by = EPOCH, wrong_by
        self.clock = SystemClock(wall=lambda: self.at + self.wrong_by, steady=lambda: self.at - EPOCH)

    def hears(self) -> None:
        sent_at = self.clock.steady()
        self.at += 0.02
        self.clock.heard(b"%d-0" % int(self.at * 1000), sent_at, self.clock.steady())

    @property
    def off_by(self) -> float:
        return (self.clock.now() - datetime.fromtimestamp(self.at, UTC)).total_seconds()


def test_until_the_server_answers_the_machines_clock_is_all_there_is() -> None:
    machine = Machine(wrong_by=-3600)
    assert (machine.off_by, machine.clock.offset_s) == (-3600, None)


def test_a_clock_that_is_wrong_is_corrected_also_while_the_server_is_away() -> None:
    machine = Machine(wrong_by=-3600)
    machine.hears()
    assert machine.clock.offset_s == pytest.approx(3600, abs=0.02)
    machine.at += 24 * 3600
    assert machine.off_by == pytest.approx(0, abs=0.02)


def test_a_clock_that_is_right_is_left_alone_for_as_long_as_the_server_is_away() -> None:
    machine = Machine(wrong_by=0.3)
    machine.hears()
    machine.at += 48 * 3600
    assert (machine.clock.offset_s, machine.off_by) == (0.0, pytest.approx(0.3))


@pytest.mark.parametrize("jump", [86_400.0, -86_400.0])
def test_a_machine_whose_clock_is_set_meanwhile_goes_on_by_the_servers(jump: float) -> None:
    machine = Machine(wrong_by=0.0)
    machine.hears()
    machine.wrong_by = jump
    assert machine.off_by == pytest.approx(0, abs=0.02)
    machine.wrong_by = 0.1
    assert (machine.off_by, machine.clock.offset_s) == (pytest.approx(0.1), 0.0)


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="no clock of this system counts its sleep")
def test_an_hours_sleep_makes_no_right_clock_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the system's two steady clocks only the one since the start goes on in sleep."""
    slept_s = 0.0
    monkeypatch.setattr(time, "clock_gettime", {time.CLOCK_BOOTTIME: slept_s}.__getitem__)
    clock = SystemClock(wall=lambda: EPOCH + slept_s)
    clock.heard(b"%d-0" % int(EPOCH * 1000), clock.steady(), clock.steady())
    slept_s = 3600.0
    monkeypatch.setattr(time, "clock_gettime", {time.CLOCK_BOOTTIME: slept_s}.__getitem__)
    assert (clock.offset_s, clock.now()) == (0.0, datetime.fromtimestamp(EPOCH + 3600, UTC))


def test_many_threads_that_ask_tell_of_a_correction_once() -> None:
    machine = Machine(wrong_by=-3600)
    machine.hears()

    def slowly(logger: object, method: str, event: EventDict) -> EventDict:
        time.sleep(0.05)
        return event

    with capture_logs([slowly]) as logs, ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: machine.clock.now(), range(20)))
    assert [entry["event"] for entry in logs] == ["clock_corrected"]


def test_publishing_sets_the_clock_right(tmp_path: Path, ingress_url: str) -> None:
    machine = SystemClock(wall=lambda: EPOCH)
    spool = Spool(tmp_path, CAMERA, KEY)
    spool.append(
        lambda spool_id, sequence: CommandReply(
            camera_id=CAMERA, spool_id=spool_id, sequence=sequence, captured_at=machine.now(),
            command_id=CommandId(UUID(int=9)), outcome="done",
        )
    )  # fmt: skip
    with connected(ingress_url) as client:
        Publisher(spool, client, CAMERA, Credentials.of_key(KEY), machine).publish_due()
    assert abs((machine.now() - datetime.now(UTC)).total_seconds()) < 10
