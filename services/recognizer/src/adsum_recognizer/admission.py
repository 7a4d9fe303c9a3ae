"""Whether a good picture may become a template: does it show this student, and nobody else? Pure.

A photo in the wrong folder is worse than none: from then on it gives one student's name to another. The
bounds and what they cost are measured in docs/decisions/0029-what-becomes-a-template.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from adsum_contracts.models import DLIB_RESNET_V1, FACENET_VGGFACE2
from adsum_contracts.routes import PictureFault, RefusalReason
from adsum_recognizer.ports import Vectors

Mismatch = Literal["differs_from_earlier_photos", "looks_like_another_student"]

REASONS: Final[Mapping[PictureFault, RefusalReason]] = {
    "no_face": "no_face",
    "two_faces": "several_faces",
    "face_too_small": "face_too_small",
    "too_blurred": "blurred",
    "too_dark": "too_dark",
    "too_bright": "too_bright",
    "turned_away": "extreme_pose",
    "low_detection_score": "occluded",
    "cut_by_the_edge": "occluded",
    "unreadable_image": "unreadable_image",
    "image_too_large": "image_too_large",
}
"""What a school office reads of what the picture lacks: to somebody who has only the photo, a face that is
half out of it and one behind a hand are the same."""

SAME_PICTURE: Final = 1 - 1e-4
"""Cosine from which two vectors are of one picture, saved or computed twice: no second template."""


@dataclass(frozen=True, slots=True)
class AdmissionPolicy:
    """Cosine similarities: below `kin` to all of a student's pictures a new one is somebody else's; below
    `stranger` to another student's it is not theirs."""

    kin: float
    stranger: float


POLICIES: Final = {
    DLIB_RESNET_V1.id: AdmissionPolicy(kin=0.91, stranger=0.95),
    FACENET_VGGFACE2.id: AdmissionPolicy(kin=0.4, stranger=0.7),
}
"""dlib's are measured; FaceNet's are the scale of its published scores, and wait for the weights."""


def mismatches(
    pictures: Vectors, earlier: Vectors, rivals: Sequence[Vectors], policy: AdmissionPolicy
) -> tuple[Mismatch | None, ...]:
    """Return, for each new picture of one student (rows), what speaks against it.

    `earlier` are the student's templates, `rivals` those of the other student nearest to each picture, of
    shape (0, 512) where there is nobody else.
    """
    family = _family(pictures, earlier, policy.kin)
    return tuple(
        _mismatch(picture, _others_of(index, pictures, earlier, family), rival, policy, kin=family[index])
        for index, (picture, rival) in enumerate(zip(pictures, rivals, strict=True))
    )


def is_known(picture: Vectors, earlier: Vectors) -> bool:
    """Whether the student has a template of this very picture."""
    return _best(picture, earlier) >= SAME_PICTURE


def _mismatch(
    picture: Vectors, own: Vectors, rival: Vectors, policy: AdmissionPolicy, *, kin: bool
) -> Mismatch | None:
    if _is_theirs(picture, rival, policy.stranger) and _best(picture, rival) > _best(picture, own):
        return "looks_like_another_student"
    return None if kin else "differs_from_earlier_photos"


def _is_theirs(picture: Vectors, rival: Vectors, stranger: float) -> bool:
    """Whether it comes as near to another student's templates as these, half the time, to each other.

    The second makes up for people, or for a kind of pictures, that are all closer than most: drawn faces.
    """
    score = _best(picture, rival)
    if score < stranger or len(rival) < 2:
        return score >= stranger
    among = rival @ rival.T
    np.fill_diagonal(among, -1.0)
    return score >= float(np.median(among.max(axis=1)))


def _family(pictures: Vectors, earlier: Vectors, kin: float) -> list[bool]:
    """Tell which pictures belong with the earlier ones, or with each other: from the one that is most like
    the rest, everything that is near to something that belongs."""
    everything = np.concatenate([earlier, pictures])
    near = everything @ everything.T >= kin
    belongs = np.zeros(len(everything), bool)
    belongs[: len(earlier)] = True
    if not len(earlier) and len(pictures):
        belongs[int((pictures @ pictures.T).sum(axis=1).argmax())] = True
    while (grown := belongs | near[belongs].any(axis=0)).sum() > belongs.sum():
        belongs = grown
    return [bool(one) for one in belongs[len(earlier) :]]


def _others_of(index: int, pictures: Vectors, earlier: Vectors, family: Sequence[bool]) -> Vectors:
    others = [picture for at, picture in enumerate(pictures) if family[at] and at != index]
    return np.concatenate([earlier, np.array(others, np.float32).reshape(-1, pictures.shape[1])])


def _best(picture: Vectors, templates: Vectors) -> float:
    """The best cosine; -1, the lowest, to nobody."""
    return float((templates @ picture).max()) if len(templates) else -1.0
