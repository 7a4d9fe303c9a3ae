"""What no classroom can be is refused in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from adsum_local.sim import SimPlan, SimulationError, simulate
from adsum_local.sim.command import sim

RUNNER = CliRunner()
APP = typer.Typer()
APP.command()(sim)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"students": 0}, "at least one student"),
        ({"strangers": -1}, "cannot be negative"),
        ({"students": 200}, "the room seats"),
        ({"absent_share": 1.0}, "absent"),
        ({"size": (100, 80)}, "pixels wide"),
        ({"size": (1280, 200)}, "times as wide"),
        ({"size": (1281, 721)}, "even numbers"),
        ({"fps": 1}, "frame rate"),
        ({"seconds": 5}, "lasts 30 to 3600"),
    ],
)
def test_an_impossible_plan_is_refused(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SimulationError, match=sentence):
        SimPlan(**wrong)


def test_a_folder_without_photos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="there is no folder"):
        simulate(SimPlan(faces=tmp_path / "nowhere"), tmp_path / "out")


def test_a_folder_with_too_few_people_is_refused(tmp_path: Path) -> None:
    (tmp_path / "enrolled" / "somebody").mkdir(parents=True)
    with pytest.raises(SimulationError, match="has 0 people with 4 clear photos; 1 are needed"):
        simulate(SimPlan(students=1, strangers=0, faces=tmp_path), tmp_path / "out")


def test_an_out_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SimulationError, match="cannot write to"):
        simulate(SimPlan(students=1, strangers=0), tmp_path / "file")


@pytest.mark.parametrize("size", ["big", "1280", "x720", "12.5x10"])
def test_a_size_that_is_none_is_one_sentence_on_stderr(tmp_path: Path, size: str) -> None:
    result = RUNNER.invoke(APP, ["--out", str(tmp_path), "--size", size])
    assert result.exit_code == 1
    assert "a size is WIDTHxHEIGHT" in result.stderr
    assert "Traceback" not in result.output


def test_help_shows_an_example() -> None:
    assert "adsum sim --out" in RUNNER.invoke(APP, ["--help"]).output
