"""Calibrates a school from what is enrolled, and keeps the result as a new version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from adsum_contracts.ids import StudentId
from adsum_contracts.models import ModelSpec
from adsum_recognizer.calibration import FALSE_MARKS, ROSTER, Proposal, TooFew, propose
from adsum_recognizer.errors import RecognizerError
from adsum_recognizer.policies import DEFAULTS
from adsum_recognizer.risks import Findings, find
from adsum_store.models import Calibration, School
from adsum_store.repositories import calibrations, lineups, students, templates
from adsum_store.repositories.rosters import schools_named
from adsum_store.unit_of_work import Store


class NoSuchSchool(RecognizerError):  # noqa: N818 - named for what it is
    """There is no school, not this one, or more than one to choose from."""


class NoSuchVersion(RecognizerError):  # noqa: N818
    """This school and model have no calibration of that version."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a calibration is to be made for; with `accepted_by` it is in force at once. Without a `model` it
    is the school's active one."""

    school: str | None = None
    model: ModelSpec | None = None
    roster: int = ROSTER
    false_marks: float = FALSE_MARKS
    accepted_by: str | None = None


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A school, the version stored (None: too few students), what it came from, and what was found on the
    way; `numbers`: the students' numbers, for people."""

    school: str
    version: int | None
    outcome: Proposal | TooFew
    findings: Findings | None = None
    accepted_by: str | None = None
    numbers: Mapping[StudentId, str] = field(default_factory=dict)


def calibrate(store: Store, wanted: Wanted, default: ModelSpec, now: datetime) -> Calibrated:
    """Propose from the school's templates of the model, and store it; raise `NoSuchSchool`.

    `default` is the model of a school that never chose one.
    """
    with store.begin() as work:
        school = _school(work.session, wanted.school)
        spec = wanted.model or lineups.of_school(work.session, school.id, default).active
        enrolled = templates.of_school(work.session, school.id, spec.id)
        numbers = students.numbers(work, school.id)
    # The arithmetic runs outside any transaction: a large school takes a while.
    by_student = {StudentId(student_id): vectors for student_id, vectors in enrolled.items()}
    outcome = propose(by_student, DEFAULTS[spec.id], wanted.roster, wanted.false_marks)
    if isinstance(outcome, TooFew):
        return Calibrated(school.name, None, outcome)
    findings = find(by_student, outcome.policy)
    pairs = [
        (one, other, extra) for (one, other), extra in findings.look_alikes(outcome.policy.margin).items()
    ]
    with store.begin() as work:
        work.lock("calibration", school.id)
        row = _row(school.id, spec, outcome, now)
        version = calibrations.add(work.session, row, pairs)
        if wanted.accepted_by is not None:
            calibrations.accept(row, wanted.accepted_by, now)
    by_number = {StudentId(student_id): number for student_id, number in numbers.items()}
    return Calibrated(school.name, version, outcome, findings, wanted.accepted_by, by_number)


def accept(store: Store, wanted: Wanted, default: ModelSpec, version: int, by: str, now: datetime) -> None:
    """Put a stored version in force in somebody's name; raise `NoSuchSchool` or `NoSuchVersion`."""
    with store.begin() as work:
        school = _school(work.session, wanted.school)
        spec = wanted.model or lineups.of_school(work.session, school.id, default).active
        calibration = calibrations.of_version(work.session, school.id, spec.id, version)
        if calibration is None:
            raise NoSuchVersion(f"{school.name} has no calibration {version} for {spec.id}")
        calibrations.accept(calibration, by, now)


def school_named(store: Store, name: str | None) -> UUID:
    """Return the id of the school of this name, or of the only one; raise `NoSuchSchool`."""
    with store.begin() as work:
        return _school(work.session, name).id


def _school(session: Session, name: str | None) -> School:
    found = schools_named(session, name)
    if len(found) == 1:
        return found[0]
    if not found:
        raise NoSuchSchool("there is no school yet" if name is None else f"there is no school {name!r}")
    raise NoSuchSchool("there are several schools: say which with --school NAME")


def _row(school_id: UUID, spec: ModelSpec, proposal: Proposal, read_at: datetime) -> Calibration:
    """Return the row; what is enrolled from `read_at` on is not in it."""
    return Calibration(
        created_at=read_at,
        school_id=school_id,
        model_id=spec.id,
        threshold=proposal.policy.threshold,
        strong_threshold=proposal.policy.strong_threshold,
        margin=proposal.policy.margin,
        clear_margin=proposal.clear_margin,
        students=proposal.students,
        genuine_pairs=proposal.genuine_pairs,
        impostor_pairs=proposal.impostor_pairs,
        roster=proposal.roster,
        false_marks=proposal.false_marks,
    )
