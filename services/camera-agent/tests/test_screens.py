"""What is printed for people: every word of it as it was written, whatever it looks like."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from rich.console import Console, RenderableType

from adsum_camera.credentials import Credentials
from adsum_camera.doctor import screen
from adsum_camera.doctor.findings import Finding, Verdict
from adsum_camera.listing import listing
from adsum_camera.pace import PacePolicy
from adsum_camera.plans import CameraPlan, DetectorPlan
from adsum_contracts.ids import CameraId

CAMERA = CameraId(UUID(int=7))
LOOKING_LIKE_MARKUP = ["Lab [west]", "Lab [/west]", "Lab :cat:", "rtsp://[fe80::1]:554/s", "C:\\["]


def plan(name: str = "Room 12", source: str = "0") -> CameraPlan:
    return CameraPlan(
        id=CAMERA, name=name, credentials=Credentials.of_key(bytes(32)), source=source,
        spool_dir=Path("spool"), fps=8,
        detector=DetectorPlan(), pace=PacePolicy(),
    )  # fmt: skip


def printed(shown: RenderableType) -> str:
    console = Console(file=StringIO(), width=200)
    console.print(shown)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_what_would_run_has_a_cell_under_each_heading() -> None:
    table = listing([plan()])
    cells = [str(next(iter(column.cells))) for column in table.columns]
    assert (all(cells), cells[-1]) == (True, str(CAMERA))
    assert str(CAMERA) in printed(table)


@pytest.mark.parametrize("words", LOOKING_LIKE_MARKUP)
def test_what_would_run_is_told_in_the_files_own_words(words: str) -> None:
    assert words in printed(listing([plan(name=words)]))
    assert words in printed(listing([plan(source=words)]))


@pytest.mark.parametrize("words", LOOKING_LIKE_MARKUP)
def test_the_doctor_tells_what_was_found_in_its_own_words(words: str) -> None:
    console = Console(file=StringIO(), width=200)
    finding = Finding("source", Verdict.LOOK, f"said of {words}", f"advice about {words}")
    screen.show(words, [finding], console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    for line in (f"doctor: {words}", f"said of {words}", f"→ advice about {words}"):
        assert line in shown
