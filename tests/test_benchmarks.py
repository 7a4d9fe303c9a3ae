"""What the benchmarks rely on: their curve is a picture, and the agent takes the cameras they tell it of."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest

from adsum_camera.adapters.box_file import BoxFile
from adsum_camera.configuration import read_cameras
from adsum_camera.settings import Settings
from adsum_contracts.ids import CameraId
from adsum_local.sim import Truth
from benchmarks import fleet
from benchmarks.curve import Line, curve
from benchmarks.films import Film
from benchmarks.fleet import SimCamera

BEGAN = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)


def film_in(folder: Path) -> Film:
    truth = Truth(seed=1, fps=10, size=(1920, 1080), frames=600, lesson_s=60.0, late_after_s=18.0, people=())
    video = folder / "lesson.mp4"
    video.touch()
    return Film(video, truth, folder)


def test_the_curve_is_an_svg_that_names_every_line_and_the_machine() -> None:
    lines = [Line("ours", "#0f766e", [(1, 0.1), (8, 0.9)]), Line("theirs", "#b45309", [(1, 4.0), (8, 32.0)])]
    picture = curve("Cores & cameras", "measured", lines, cores=2)
    texts = [
        element.text or "" for element in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")
    ]
    assert {"Cores & cameras", "ours: 0.9", "theirs: 32", "this machine: 2 cores"} <= set(texts)


def test_the_agent_takes_the_cameras_that_the_benchmark_tells_it_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = film_in(tmp_path)
    cameras = [SimCamera(CameraId(UUID(int=place)), bytes([place]) * 32, film, BEGAN) for place in range(3)]
    file = tmp_path / "cameras.toml"
    file.write_text("\n".join(fleet._table(camera) for camera in cameras), encoding="utf-8")
    monkeypatch.setenv("ADSUM_INGRESS_URL", "redis://localhost:6379")
    monkeypatch.setenv("ADSUM_SPOOL_DIR", str(tmp_path / "spools"))
    plans = read_cameras(file, Settings(), {}, BoxFile(tmp_path / "never-joined")).cameras
    assert [(plan.id, plan.credentials.key, plan.starts_at) for plan in plans] == [
        (camera.id, camera.key, BEGAN) for camera in cameras
    ]
    assert {plan.source for plan in plans} == {str(film.video)}


def test_every_camera_is_in_one_group_and_no_core_has_two(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    cameras = fleet.cameras_on([film_in(tmp_path)], 5)
    groups = fleet._groups(cameras)
    assert [len(group) for group in groups] == [3, 2]
    assert {camera.id for group in groups for camera in group} == {camera.id for camera in cameras}
    assert len({camera.starts_at for camera in cameras}) == 5
