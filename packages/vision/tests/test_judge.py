"""One picture, one face: who counts, who does not, and why a picture is refused."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from adsum_vision.judge import Accepted, Refused, sole_face
from adsum_vision.mtcnn import MtcnnDetector
from adsum_vision.quality import ENROLMENT
from adsum_vision.types import BgrImage, Box, Face


@dataclass(frozen=True)
class Finds:
    """A detector that has its mind made up."""

    faces: tuple[Face, ...]

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        return self.faces


def resized(face: Face, side_share: float) -> Face:
    """The face, with a box whose sides are this share of what they were."""
    box = face.box
    return Face(Box(box.x, box.y, box.width * side_share, box.height * side_share), face.landmarks, 0.99)


@pytest.fixture(scope="module")
def main(portrait: BgrImage, detector: MtcnnDetector) -> Face:
    """The face of the portrait."""
    (face,) = detector.detect(portrait)
    return face


def test_a_good_portrait_is_accepted(portrait: BgrImage, main: Face, detector: MtcnnDetector) -> None:
    verdict = sole_face(portrait, detector, ENROLMENT)

    assert isinstance(verdict, Accepted)
    assert verdict.face == main
    assert verdict.quality.score > 0.8


def test_an_empty_room_shows_no_face(detector: MtcnnDetector) -> None:
    assert sole_face(np.full((200, 300, 3), 128, np.uint8), detector, ENROLMENT) == Refused("no_face")


def test_somebody_far_behind_does_not_count(portrait: BgrImage, main: Face) -> None:
    verdict = sole_face(portrait, Finds((main, resized(main, 0.3))), ENROLMENT)

    assert isinstance(verdict, Accepted)
    assert verdict.face == main


def test_somebody_beside_makes_two(portrait: BgrImage, main: Face) -> None:
    assert sole_face(portrait, Finds((main, resized(main, 0.4))), ENROLMENT) == Refused("two_faces")


def test_a_class_is_nobody_in_particular(classroom: BgrImage, detector: MtcnnDetector) -> None:
    assert sole_face(classroom, detector, ENROLMENT) == Refused("two_faces")


def test_a_face_cut_by_the_edge_is_refused(portrait: BgrImage, main: Face, detector: MtcnnDetector) -> None:
    left_eye = int(main.landmarks[0][0])

    verdict = sole_face(np.ascontiguousarray(portrait[:, left_eye - 12 :]), detector, ENROLMENT)

    assert verdict == Refused("cut_by_the_edge")


def test_an_unusable_face_is_refused_with_its_reason(portrait: BgrImage, main: Face) -> None:
    dark = np.asarray(portrait * 0.1, np.uint8)

    assert sole_face(dark, Finds((main,)), ENROLMENT) == Refused("too_dark")
