"""`adsum-camera bench detect`: what is measured, how it is judged, and what is said."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from adsum_camera.__main__ import app
from adsum_camera.bench.detecting import OURS, THEIRS, found_in, measure, original_detector
from adsum_camera.bench.drawn import drawn_classroom
from adsum_camera.bench.pictures import NoPictures, Picture, pictures_in
from adsum_vision.mtcnn import MtcnnDetector
from adsum_vision.types import BgrImage, Box, Face

SMALL = ("--size", "640x360", "--rounds", "1", "--threads", "1")
POINTS = ((1.0, 1.0), (2.0, 1.0), (1.5, 2.0), (1.0, 3.0), (2.0, 3.0))


class Finds:
    """A detector that always finds the same, and says when it looked."""

    def __init__(self, name: str, faces: tuple[Face, ...], looked: list[str]) -> None:
        self.name, self.faces, self.looked = name, faces, looked

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        self.looked.append(self.name)
        return self.faces


def face(x: float, y: float, side: float) -> Face:
    """A square face."""
    return Face(Box(x, y, side, side), POINTS, 0.9)


def picture(*marked: Box) -> Picture:
    """A black picture with marked faces."""
    return Picture("one.jpg", np.zeros((60, 80, 3), np.uint8), marked)


def test_detectors_look_in_turn_after_one_look_to_warm_up() -> None:
    looked: list[str] = []
    detectors = {name: Finds(name, (), looked) for name in (OURS, THEIRS)}

    measure([picture(), picture()], detectors, 40, rounds=2)

    assert looked == [OURS] * 2 + [THEIRS] * 2 + [OURS, THEIRS] * 4


def test_the_ratio_is_our_speed_over_theirs() -> None:
    times = iter([0.0, 0.1, 0.1, 0.9])  # ours takes 0.1 s, theirs 0.8 s
    detectors = {name: Finds(name, (), []) for name in (OURS, THEIRS)}

    measured = measure([picture()], detectors, 40, rounds=1, clock=lambda: next(times))

    assert measured.ratio == pytest.approx(8)
    assert [side.frames_per_second for side in measured.sides] == pytest.approx([10, 1.25])


def test_without_the_original_there_is_no_ratio() -> None:
    assert measure([picture()], {OURS: Finds(OURS, (), [])}, 40, rounds=1).ratio is None


def test_marked_faces_are_found_by_middle_or_overlap_and_others_are_false() -> None:
    marked = picture(Box(10, 10, 20, 20), Box(50, 10, 20, 20))

    found = found_in([marked], [(face(12, 12, 20), face(0, 40, 15))])

    assert (found.faces, found.marked, found.false, found.landmark_distance) == (2, 1, 1, None)


def test_nothing_is_false_where_nobody_marked_faces() -> None:
    unmarked = Picture("two.jpg", np.zeros((60, 80, 3), np.uint8), None)

    assert found_in([unmarked], [(face(0, 0, 20),)]).false == 0


def test_landmarks_are_measured_against_the_originals_in_shares_of_the_side() -> None:
    ours = Face(Box(10, 10, 20, 20), tuple((x + 2, y) for x, y in POINTS), 0.9)  # type: ignore[arg-type]

    found = found_in([picture()], [(ours,)], [(face(10, 10, 20), face(40, 40, 20))])

    assert found.landmark_distance == pytest.approx(0.1)


def test_pictures_are_fitted_and_their_marks_with_them(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "wide.png"), np.full((50, 100, 3), 255, np.uint8))
    (tmp_path / "truth.json").write_text('{"wide.png": {"faces": 1, "boxes_xywh": [[10, 10, 20, 30]]}}')
    (tmp_path / "notes.txt").write_text("no picture")

    (fitted,) = pictures_in(tmp_path, 200, 200)

    assert fitted.marked == (Box(20, 70, 40, 60),)
    assert fitted.image.shape == (200, 200, 3)
    assert fitted.image[:49].max() == 0
    assert fitted.image[51:149].min() == 255


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoPictures, match="no pictures in"):
        pictures_in(tmp_path, 100, 100)


def test_marks_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "truth.json").write_text('{"a.jpg": {"faces": 1}}')

    with pytest.raises(NoPictures, match=r"truth\.json"):
        pictures_in(tmp_path, 100, 100)


def test_every_drawn_face_is_found() -> None:
    drawn = drawn_classroom(1280, 720)

    found = found_in([drawn], [MtcnnDetector(threads=1).detect(drawn.image)])

    assert (found.marked, found.false) == (24, 0)


def test_the_command_tells_a_machine_everything(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), drawn_classroom(640, 360).image)

    run = CliRunner().invoke(app, ["bench", "detect", "--image", str(tmp_path), *SMALL, "--json"])
    told = json.loads(run.stdout)

    assert run.exit_code == 0
    assert told["ratio"] > 0
    assert told["machine"]["cores"] > 0
    assert [each["min_face_px"] for each in told["measured"]] == [40, 20]
    for each in told["measured"]:
        assert [side["name"] for side in each["sides"]] == [OURS, THEIRS]
        assert set(each["sides"][0]["steps_ms"]) == {"resize", "pnet", "rnet", "onet", "crop", "nms"}


def test_without_torch_our_side_is_measured_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "adsum_vision.original", raising=False)

    run = CliRunner().invoke(app, ["bench", "detect", *SMALL])

    assert run.exit_code == 0
    assert "Adsum's side is measured alone" in run.stderr
    assert "adsum" in run.stdout
    assert original_detector(40, 1) is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--size", "wide"], "is not a size"),
        (["--size", "64x64"], "is not a size"),
        (["--image", "/nowhere"], "no pictures in /nowhere"),
        (["--yunet", "/nowhere.onnx", "--size", "320x320"], "cannot be read"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_sentence(arguments: list[str], said: str) -> None:
    run = CliRunner().invoke(app, ["bench", "detect", *arguments])

    assert run.exit_code == 1
    assert said in run.stderr
    assert run.stderr.count("\n") == 1


@pytest.mark.data
@pytest.mark.parametrize("min_face_px", [40, pytest.param(20, marks=pytest.mark.long)])
def test_on_the_photos_we_find_what_the_original_finds_and_no_more_that_is_none(
    shared_data: Path, min_face_px: float
) -> None:
    photos = pictures_in(shared_data / "photos", 1920, 1080)
    original = original_detector(min_face_px, threads=1)
    assert original is not None
    theirs = [original.detect(photo.image) for photo in photos]
    ours = MtcnnDetector(min_face_px=min_face_px, threads=1)

    found = found_in(photos, [ours.detect(photo.image) for photo in photos], theirs)
    expected = found_in(photos, theirs)

    assert sum(len(photo.marked or ()) for photo in photos) == 53
    assert found.marked >= expected.marked
    assert found.false <= expected.false
    assert found.landmark_distance is not None
    assert found.landmark_distance < 0.03
