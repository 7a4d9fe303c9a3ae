"""What an import would change: the wanted roster against the record's. Pure: a dry run is the same code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Generic
from uuid import UUID

from adsum_api.rosters.families import FamilyPlan, plan_families
from adsum_api.rosters.faults import BadRoster, Fault
from adsum_api.rosters.memberships import Gone, MembershipPlan, plan_memberships
from adsum_api.rosters.records import STUDENT
from adsum_api.rosters.roster import (
    Course,
    E,
    Known,
    Roster,
    Section,
    StaffMember,
    Student,
    Term,
    Wanted,
    WantedRoster,
)

MOST_ENDED: Final = 0.5
FEW: Final = 20
"""So many may always end: a small school changes in small numbers."""


class TooManyEnded(BadRoster):
    """A complete file would end most of what there is, as a truncated one does."""

    def __init__(self, ended: int, of: int, what: str) -> None:
        super().__init__(
            f"this would end {ended} of {of} {what}: a file that was cut off looks so too. Where it is "
            f"meant, say that any number may end"
        )


@dataclass(frozen=True, slots=True)
class TablePlan(Generic[E]):
    """What changes in one table; a changed entry that was gone comes back."""

    added: tuple[E, ...] = ()
    changed: tuple[tuple[UUID, E], ...] = ()
    removed: tuple[Known[E], ...] = ()
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that an import would change, in the order in which it is written."""

    terms: TablePlan[Term]
    courses: TablePlan[Course]
    sections: TablePlan[Section]
    students: TablePlan[Student]
    staff: TablePlan[StaffMember]
    memberships: MembershipPlan
    families: FamilyPlan = field(default_factory=FamilyPlan)
    faults: tuple[Fault, ...] = ()


def plan_of(wanted: WantedRoster, known: Roster, today: date, *, end_any: bool = False) -> Plan:
    """Return what is to change so that the record has what is wanted from `today` on.

    Raises `TooManyEnded` where more than half of the students' enrolments or parents would end, unless
    `end_any`.
    """
    sections = _with_typed(_table(wanted.sections, known.sections), known.typed_sections, _name)
    students = _with_typed(_table(wanted.students, known.students), known.typed_students, _number)
    staff = _table(wanted.staff, known.staff)
    gone = Gone(_ids(sections.removed), _ids(students.removed), _ids(staff.removed))
    memberships = plan_memberships(wanted, known.spans, gone, today)
    families = plan_families(wanted.families, known.families)
    if not end_any:
        _check_ended(memberships, known, today)
        parents = sum(bool(each.guardian and not each.ended) for each in known.families.guardians)
        _check_share(len(families.removed), parents, "parents")
    return Plan(
        terms=_table(wanted.terms, known.terms),
        courses=_table(wanted.courses, known.courses),
        sections=sections,
        students=students,
        staff=staff,
        memberships=memberships,
        families=families,
        faults=(*memberships.faults, *families.faults),
    )


def _ids(removed: Iterable[Known[E]]) -> frozenset[str]:
    return frozenset(each.entry.source_id for each in removed)


def _table(wanted: Wanted[E], known: Mapping[str, Known[E]]) -> TablePlan[E]:
    added, changed, unchanged = [], [], 0
    for source_id, (_, entry) in wanted.entries.items():
        there = known.get(source_id)
        if there is None:
            added.append(entry)
        elif there.gone or there.entry != _as_said(entry, there.entry):
            changed.append((there.id, _as_said(entry, there.entry)))
        else:
            unchanged += 1
    gone = wanted.removed - wanted.entries.keys()
    if wanted.complete:
        gone |= known.keys() - wanted.entries.keys() - wanted.refused
    removed = tuple(known[each] for each in sorted(gone & known.keys()) if not known[each].gone)
    return TablePlan(tuple(added), tuple(changed), removed, unchanged)


def _as_said(entry: E, there: E) -> E:
    """Where a class says no location, its section stays in the room that it has."""
    if isinstance(entry, Section) and isinstance(there, Section) and entry.room is None:
        return replace(entry, room=there.room)
    return entry


def _with_typed(plan: TablePlan[E], typed: Mapping[str, UUID], key: Callable[[E], str]) -> TablePlan[E]:
    """Take over what somebody typed in before, instead of adding it a second time."""
    added = tuple(entry for entry in plan.added if key(entry) not in typed)
    taken_over = tuple((typed[key(entry)], entry) for entry in plan.added if key(entry) in typed)
    return replace(plan, added=added, changed=(*plan.changed, *taken_over))


def _name(section: Section) -> str:
    return section.name


def _number(student: Student) -> str:
    return student.number


def _check_ended(plan: MembershipPlan, known: Roster, today: date) -> None:
    running = sum(span.pair[2] == STUDENT and span.lasts_to(today) for span in known.spans)
    ending = sum(span.pair[2] == STUDENT for span in (*plan.ended, *plan.withdrawn))
    _check_share(ending, running, "enrolments")


def _check_share(ending: int, running: int, what: str) -> None:
    if ending > FEW and ending > running * MOST_ENDED:
        raise TooManyEnded(ending, running, what)
