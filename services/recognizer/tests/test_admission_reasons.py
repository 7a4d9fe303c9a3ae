"""What a school office reads of a photo that was refused: every fault of a picture has its code."""

from __future__ import annotations

from typing import get_args

from adsum_contracts.routes import PictureFault, RefusalReason
from adsum_recognizer.admission import REASONS, Mismatch

OF_PHOTOS = frozenset({
    "no_face", "several_faces", "face_too_small", "blurred", "too_dark", "too_bright", "extreme_pose",
    "occluded", "differs_from_earlier_photos", "looks_like_another_student", "unreadable_image",
    "image_too_large",
})  # fmt: skip
"""The codes that are promised to whoever reads them by program."""


def test_every_fault_of_a_picture_has_a_code() -> None:
    assert REASONS.keys() == set(get_args(PictureFault))


def test_every_promised_code_is_given_by_something() -> None:
    assert {*REASONS.values(), *get_args(Mismatch)} == OF_PHOTOS
    assert set(get_args(RefusalReason)) >= OF_PHOTOS
