"""The agent says that it is well, as long as no camera's loop stands still."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from adsum_camera.adapters.sign_of_life import signs_of_life
from adsum_camera.status import Statuses


@dataclass
class Loop:
    """One camera's standing, as far as it matters here; counts how often it was asked."""

    still: bool
    asked: int = 0

    def standings(self) -> tuple[Any, ...]:
        self.asked += 1
        return (self,)

    def stands_still(self, _patience_s: float) -> bool:
        return self.still


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def test_a_loop_that_goes_on_gives_signs(tmp_path: Path) -> None:
    file = tmp_path / "alive"
    with signs_of_life(file, cast(Statuses, Loop(still=False)), every_s=0.01):
        until(file.exists)
        file.unlink()
        until(file.exists)


def test_a_loop_that_stands_still_gives_none(tmp_path: Path) -> None:
    file, loop = tmp_path / "alive", Loop(still=True)
    with signs_of_life(file, cast(Statuses, loop), every_s=0.01):
        until(lambda: loop.asked > 3)
    assert not file.exists()
