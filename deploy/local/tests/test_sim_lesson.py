"""A short lesson, filmed once and looked at from all sides."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from adsum_local.sim import SimPlan, SimResult, Truth, load_truth, simulate
from adsum_local.sim.classroom import Classroom
from adsum_local.sim.company import draw_company
from adsum_local.sim.script import write_script
from adsum_local.sim.sprites import Pixels
from adsum_vision.mtcnn import MtcnnDetector

PLAN = SimPlan(students=8, strangers=2, seed=4, size=(960, 540), fps=5, seconds=30.0)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> SimResult:
    return simulate(PLAN, tmp_path_factory.mktemp("lesson"))


@pytest.fixture(scope="module")
def truth(result: SimResult) -> Truth:
    return load_truth(result.truth)


@pytest.fixture(scope="module")
def frames(result: SimResult) -> list[Pixels]:
    capture, frames = cv2.VideoCapture(str(result.video)), []
    while True:
        more, frame = capture.read()
        if not more:
            capture.release()
            return frames
        frames.append(np.asarray(frame, np.uint8))


def test_the_video_has_the_frames_size_and_rate_of_the_plan(result: SimResult, frames: list[Pixels]) -> None:
    capture = cv2.VideoCapture(str(result.video))
    assert capture.get(cv2.CAP_PROP_FPS) == PLAN.fps
    capture.release()
    assert len(frames) == PLAN.frames
    assert {frame.shape for frame in frames} == {(540, 960, 3)}


def test_nothing_half_written_is_left(result: SimResult) -> None:
    assert not list(result.video.parent.glob(".*"))


def test_the_truth_names_everybody_once(truth: Truth) -> None:
    ids = [person.id for person in truth.people]
    assert ids == [*(str(number) for number in range(101, 109)), "stranger-1", "stranger-2"]
    assert len({person.name for person in truth.people}) == 10
    assert sum(person.present for person in truth.people if person.role == "student") == 7


def test_the_absent_are_never_seen(truth: Truth) -> None:
    for person in truth.people:
        if not person.present:
            assert (person.boxes, person.intervals, person.first_visible_s) == ({}, (), None)


def test_the_present_are_seen_within_their_stay_and_late_as_the_rule_says(truth: Truth) -> None:
    for person in truth.people:
        if not person.present:
            continue
        assert person.first_visible_s is not None
        assert person.last_visible_s is not None
        if person.role == "student":
            assert person.late == (person.first_visible_s > truth.late_after_s)
        for frame in person.boxes:
            assert any(first <= frame <= last for first, last in person.intervals)
            assert person.first_visible_s <= frame / truth.fps <= person.last_visible_s


def test_every_box_holds_something_that_the_empty_room_does_not(truth: Truth, frames: list[Pixels]) -> None:
    empty = frames[0].astype(np.int16)  # The first student comes later than that.
    for person in truth.people:
        for index, (x, y, width, height) in person.boxes.items():
            window = (slice(max(y, 0), y + height), slice(max(x, 0), x + width))
            change = np.abs(frames[index][window].astype(np.int16) - empty[window]).max(axis=2)
            assert np.mean(change > 15) > 0.5


def test_the_detector_finds_most_of_the_boxes(truth: Truth, frames: list[Pixels]) -> None:
    detector = MtcnnDetector(min_face_px=24, threads=1)
    wanted = found = 0
    for index in range(0, len(frames), 25):
        middles = [face.box.center for face in detector.detect(frames[index]) if face.score >= 0.9]
        for person in truth.people:
            if index in person.boxes:
                x, y, width, height = person.boxes[index]
                wanted += 1
                found += any(x < mx < x + width and y < my < y + height for mx, my in middles)
    assert wanted >= 10
    assert found / wanted >= 0.75


def test_every_student_has_three_enrolment_pictures_that_are_not_in_the_video(
    result: SimResult, truth: Truth, frames: list[Pixels]
) -> None:
    for person in truth.people:
        pictures = sorted((result.enrolment / person.id).glob("*.jpg"))
        assert len(pictures) == (3 if person.role == "student" else 0)
        for path in pictures:
            picture = cv2.imread(str(path))
            assert 220 <= picture.shape[0] <= 400
            # Neither as it is nor shrunk: the last frame has nothing that looks exactly like it.
            small = cv2.resize(picture, (96, 96), interpolation=cv2.INTER_AREA)
            assert cv2.matchTemplate(frames[-1], small, cv2.TM_CCOEFF_NORMED).max() < 0.95


def test_the_same_plan_gives_the_same_frames_in_any_order() -> None:
    actors = draw_company(PLAN).actors
    one, other = (Classroom(PLAN, write_script(PLAN), actors) for _ in range(2))
    late, early = one.frame(120), one.frame(40)
    assert np.array_equal(other.frame(40).pixels, early.pixels)
    assert np.array_equal(other.frame(120).pixels, late.pixels)
    assert other.frame(40).faces == early.faces


def test_progress_runs_from_nothing_to_all(tmp_path: Path) -> None:
    told: list[float] = []
    simulate(SimPlan(students=1, strangers=0, size=(320, 180), fps=5, seconds=30), tmp_path, told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
