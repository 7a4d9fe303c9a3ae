"""Calibrates a school from what is enrolled, and keeps the result as a new version."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from adsum_contracts.ids import StudentId
from adsum_contracts.models import ModelSpec
from adsum_recognizer.calibration import Proposal, TooFew, propose
from adsum_recognizer.errors import RecognizerError
from adsum_recognizer.policies import DEFAULTS
from adsum_store.models import Calibration, School
from adsum_store.repositories import calibrations, templates
from adsum_store.repositories.rosters import schools_named
from adsum_store.unit_of_work import Store


class NoSuchSchool(RecognizerError):  # noqa: N818 - named for what it is
    """There is no school, not this one, or more than one to choose from."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A school, the version now in force (None: the model's default), and what it came from."""

    school: str
    version: int | None
    outcome: Proposal | TooFew


def calibrate(store: Store, school_name: str | None, spec: ModelSpec, accepted_by: str) -> Calibrated:
    """Propose from the school's templates of this model, and store it; raise `NoSuchSchool`."""
    with store.begin() as work:
        school = _school(work.session, school_name)
        enrolled = templates.of_school(work.session, school.id, spec.id)
    # The arithmetic runs outside any transaction: a large school takes a while.
    by_student = {StudentId(student_id): vectors for student_id, vectors in enrolled.items()}
    outcome = propose(by_student, DEFAULTS[spec.id])
    if isinstance(outcome, TooFew):
        return Calibrated(school.name, None, outcome)
    with store.begin() as work:
        work.lock("calibration", school.id)
        version = calibrations.add(work.session, _row(school.id, spec, outcome, accepted_by))
    return Calibrated(school.name, version, outcome)


def _school(session: Session, name: str | None) -> School:
    found = schools_named(session, name)
    if len(found) == 1:
        return found[0]
    if not found:
        raise NoSuchSchool("there is no school yet" if name is None else f"there is no school {name!r}")
    raise NoSuchSchool("there are several schools: say which with --school NAME")


def _row(school_id: UUID, spec: ModelSpec, proposal: Proposal, accepted_by: str) -> Calibration:
    return Calibration(
        school_id=school_id,
        model_id=spec.id,
        threshold=proposal.policy.threshold,
        strong_threshold=proposal.policy.strong_threshold,
        margin=proposal.policy.margin,
        clear_margin=proposal.clear_margin,
        students=proposal.students,
        genuine_pairs=proposal.genuine_pairs,
        impostor_pairs=proposal.impostor_pairs,
        accepted_by=accepted_by,
    )
