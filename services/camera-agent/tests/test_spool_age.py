"""What the spool keeps too long goes, whatever the machine's clock says, and nothing goes before its time."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from adsum_camera.adapters.frames import SourceUnavailable
from adsum_camera.adapters.spool import Spool
from adsum_camera.adapters.spool_age import SpoolClock, this_start
from adsum_camera.clock import SystemClock
from adsum_camera.credentials import Credentials
from adsum_camera.open_camera import Shared, open_camera
from adsum_camera.pace import PacePolicy
from adsum_camera.plans import CameraPlan, DetectorPlan
from adsum_camera.ration import Ration
from adsum_camera.settings import Settings
from adsum_camera.status import Statuses
from adsum_contracts.events import CommandReply
from adsum_contracts.ids import CameraId, CommandId, SpoolId

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
CAMERA = CameraId(UUID(int=7))
KEY = bytes(range(32))
HOUR, DAY = 3600.0, 24 * 3600.0


class Box:
    """A machine with a clock that may be wrong, and agents that come and go on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wall, self.steady, self.starts, self.confirmed = NOON.timestamp(), 5.0, 0, False
        self.spool = self._opened()

    def _opened(self) -> Spool:
        clock = SpoolClock(
            lambda: self.wall, lambda: self.steady, lambda: self.confirmed, start=f"start-{self.starts}"
        )
        return Spool(self.folder, CAMERA, KEY, clock=clock)

    def pass_s(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds

    def says(self) -> int | None:
        return self.spool.append(reply)

    def agent_again(self) -> None:
        self.spool.close()
        self.spool = self._opened()

    def start_again(self, wall: float) -> None:
        """After a power cut, with the hour that the clock shows then."""
        self.wall, self.steady, self.starts, self.confirmed = wall, 5.0, self.starts + 1, False
        self.agent_again()


def reply(spool_id: SpoolId, sequence: int) -> CommandReply:
    return CommandReply(
        camera_id=CAMERA, spool_id=spool_id, sequence=sequence, captured_at=NOON,
        command_id=CommandId(UUID(int=9)), outcome="done",
    )  # fmt: skip


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_what_is_too_old_goes(box: Box) -> None:
    box.says()
    box.pass_s(23 * HOUR)
    young = box.says()
    box.pass_s(2 * HOUR)
    assert box.spool.expire() == 1
    assert box.spool.waiting(10) == (young,)


@pytest.mark.parametrize("jump_s", [400 * DAY, -400 * DAY])
@pytest.mark.parametrize("agent_away", [False, True])
def test_a_clock_that_jumps_makes_nothing_old_or_young(box: Box, jump_s: float, agent_away: bool) -> None:
    first = box.says()
    box.wall += jump_s
    if agent_away:
        box.agent_again()
    second = box.says()  # before anybody has noticed
    assert box.spool.expire() == 0
    box.pass_s(23 * HOUR)
    assert box.spool.expire() == 0
    assert box.spool.waiting(10) == (first, second)
    box.pass_s(2 * HOUR)
    assert box.spool.expire() == 2


def test_a_box_that_starts_with_its_clock_days_ahead_drops_nothing(box: Box) -> None:
    kept = box.says()
    box.start_again(NOON.timestamp() + 3 * DAY)
    assert box.spool.expire() == 0
    box.wall, box.confirmed = NOON.timestamp() + HOUR, True
    assert box.spool.expire() == 0
    assert box.spool.waiting(10) == (kept,)


def test_what_was_kept_before_a_week_without_power_goes_once_the_hour_is_known(box: Box) -> None:
    """Without a battery for its clock, the box goes on with the hour at which it lost its power."""
    box.says()
    box.start_again(NOON.timestamp() + 60)
    young = box.says()
    assert box.spool.expire() == 0
    box.wall += 7 * DAY
    assert box.spool.expire() == 0
    box.confirmed = True
    assert box.spool.expire() == 1
    assert box.spool.waiting(10) == (young,)


def test_what_was_kept_in_a_future_that_never_was_ages_from_when_the_hour_is_known(box: Box) -> None:
    box.start_again(NOON.timestamp() + 400 * DAY)
    box.says()
    box.start_again(NOON.timestamp())
    box.confirmed = True
    assert box.spool.expire() == 0
    box.pass_s(25 * HOUR)
    assert box.spool.expire() == 1


def test_faces_age_also_while_their_camera_cannot_be_opened(tmp_path: Path, ingress_url: str) -> None:
    clock = SystemClock()
    yesterday = SpoolClock(lambda: clock.now().timestamp() - 25 * HOUR, lambda: clock.steady() - 25 * HOUR)
    with closing(Spool(tmp_path, CAMERA, KEY, clock=yesterday)) as spool:
        spool.append(reply)
    plan = CameraPlan(
        id=CAMERA, name="Room 12", credentials=Credentials.of_key(KEY),
        source=str(tmp_path / "missing.mp4"), spool_dir=tmp_path,
        fps=8, detector=DetectorPlan(), pace=PacePolicy(),
    )  # fmt: skip
    settings = Settings(ingress_url=ingress_url, spool_dir=tmp_path)  # type: ignore[arg-type]
    shared = Shared(settings, {}, clock, Statuses(), Ration())
    with pytest.raises(SourceUnavailable), open_camera(plan, shared, lambda _: ()):
        pass
    with closing(Spool(tmp_path, CAMERA, KEY)) as spool:
        assert (spool.depth(), spool.dropped) == (0, 1)


def test_a_machines_start_has_one_name() -> None:
    assert this_start() == this_start()
