"""Which policy a lesson is judged by: the model's default, or the school's calibration, or stricter."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from adsum_contracts.ids import StudentId
from adsum_contracts.models import DLIB_RESNET_V1, FACENET_VGGFACE2, ModelSpec
from adsum_recognizer.evidence import Apart
from adsum_recognizer.identity import ClearLead, MatchPolicy
from adsum_store.models import Calibration, Lesson
from adsum_store.repositories import apart, calibrations

DEFAULTS: Final = {
    FACENET_VGGFACE2.id: MatchPolicy(FACENET_VGGFACE2.floor, strong_threshold=0.85, margin=0.1),
    DLIB_RESNET_V1.id: MatchPolicy(DLIB_RESNET_V1.floor, strong_threshold=0.965, margin=0.01),
}
"""Before a school is calibrated. dlib's are measured, FaceNet's not: docs/decisions/0024."""

AD_HOC_MARGIN: Final = 1.5
"""How much larger the margin is where the gallery is the whole school instead of a roster."""


def policy_for(session: Session, lesson: Lesson, spec: ModelSpec) -> MatchPolicy:
    """Return what a name needs in this lesson; what its opener asked for can only make it stricter."""
    policy = policy_of_school(session, lesson.school_id, spec)
    if lesson.section_id is None:
        policy = _wider(policy)
    return policy.at_least(spec.floor).at_least(lesson.threshold)


def policy_of_school(session: Session, school_id: UUID, spec: ModelSpec) -> MatchPolicy:
    """Return what a name needs in this school before a lesson asks for more."""
    calibration = calibrations.in_force(session, school_id, spec.id)
    return DEFAULTS[spec.id] if calibration is None else _calibrated(calibration, spec)


def policy_elsewhere(session: Session, school_id: UUID, spec: ModelSpec) -> MatchPolicy:
    """Return what a person may be told of somebody who is not on the roster: the margin of a whole school."""
    return _wider(policy_of_school(session, school_id, spec)).at_least(spec.floor)


def apart_for(session: Session, school_id: UUID, spec: ModelSpec) -> Apart:
    """Return the pairs that need a larger lead over each other."""
    found = apart.pairs(session, school_id, spec.id)
    return {frozenset(map(StudentId, pair)): extra for pair, extra in found.items()}


def _calibrated(row: Calibration, spec: ModelSpec) -> MatchPolicy:
    return MatchPolicy(
        row.threshold,
        row.strong_threshold,
        row.margin,
        clear=ClearLead(spec.floor, row.clear_margin),
    )


def _wider(policy: MatchPolicy) -> MatchPolicy:
    clear = policy.clear and replace(policy.clear, margin=policy.clear.margin * AD_HOC_MARGIN)
    return replace(policy, margin=policy.margin * AD_HOC_MARGIN, clear=clear)
