"""What an import did, or would do: counts, the first changes one by one, and every row that was refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, Literal

from pydantic import BaseModel, Field

from adsum_api.rosters.families import FamilyPlan
from adsum_api.rosters.faults import Fault
from adsum_api.rosters.memberships import MembershipPlan
from adsum_api.rosters.plan import Plan, TablePlan
from adsum_api.rosters.records import STUDENT, Received
from adsum_api.rosters.roster import E, Span

MOST_LISTED: Final = 1000

Table = Literal["terms", "courses", "sections", "students", "staff", "guardians", "enrolments", "assignments"]
Action = Literal["added", "changed", "removed", "ended", "withdrawn"]


class Counts(BaseModel):
    """How many rows of one kind; `ended`: from tomorrow on, `withdrawn`: had not begun."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    ended: int = 0
    withdrawn: int = 0
    unchanged: int = 0


class Change(BaseModel):
    """One change, by the school system's own id."""

    table: Table
    action: Action
    source_id: str


class RefusedRow(BaseModel):
    """A row that was not taken; `line` counts from 1, the header's."""

    file: str
    line: int
    column: str
    reason: str


class ImportReport(BaseModel):
    """What an import did or, as a dry run, would do.

    `changes` and `refused` list the first 1000; `changes_in_all` and `refused_in_all` count them.
    """

    dry_run: bool
    school: str = Field(description="the school's sourcedId")
    version: str = Field(description="of OneRoster")
    files: dict[str, str] = Field(description="bulk or delta, by file")
    counts: dict[Table, Counts]
    rooms_added: list[str]
    passed_over: dict[str, int] = Field(description="rows that do not concern this school, by reason")
    changes: list[Change]
    changes_in_all: int
    refused: list[RefusedRow]
    refused_in_all: int


def report_of(
    received: Received, school: str, plan: Plan, passed_over: Mapping[str, int], rooms_added: Sequence[str],
    *, dry_run: bool,
) -> ImportReport:  # fmt: skip
    """Return the report of `plan`."""
    faults = sorted([*received.faults, *plan.faults])
    counts = _counts(plan)
    return ImportReport(
        dry_run=dry_run,
        school=school,
        version=received.version,
        files=dict(received.modes),
        counts=counts,
        rooms_added=list(rooms_added),
        passed_over=dict(passed_over),
        changes=list(islice(_changes(plan), MOST_LISTED)),
        changes_in_all=sum(
            each.added + each.changed + each.removed + each.ended + each.withdrawn for each in counts.values()
        ),
        refused=[_refused(fault) for fault in faults[:MOST_LISTED]],
        refused_in_all=len(faults),
    )


def _refused(fault: Fault) -> RefusedRow:
    return RefusedRow(file=fault.file, line=fault.line, column=fault.column, reason=fault.reason)


def _counts(plan: Plan) -> dict[Table, Counts]:
    return {
        "terms": _of_table(plan.terms),
        "courses": _of_table(plan.courses),
        "sections": _of_table(plan.sections),
        "students": _of_table(plan.students),
        "staff": _of_table(plan.staff),
        "guardians": _of_families(plan.families),
        "enrolments": _of_memberships(plan.memberships, students=True),
        "assignments": _of_memberships(plan.memberships, students=False),
    }


def _of_table(plan: TablePlan[E]) -> Counts:
    return Counts(
        added=len(plan.added),
        changed=len(plan.changed),
        removed=len(plan.removed),
        unchanged=plan.unchanged,
    )


def _of_families(plan: FamilyPlan) -> Counts:
    return Counts(
        added=len(plan.added), changed=len(plan.changed), removed=len(plan.removed), unchanged=plan.unchanged
    )


def _of_memberships(plan: MembershipPlan, *, students: bool) -> Counts:
    def count(spans: Iterable[Span]) -> int:
        return sum((span.pair[2] == STUDENT) is students for span in spans)

    return Counts(
        added=count(plan.added),
        changed=count(plan.changed),
        ended=count(plan.ended),
        withdrawn=count(plan.withdrawn),
        unchanged=plan.unchanged_students if students else plan.unchanged_staff,
    )


def _changes(plan: Plan) -> Iterator[Change]:
    yield from _of_entries("terms", plan.terms)
    yield from _of_entries("courses", plan.courses)
    yield from _of_entries("sections", plan.sections)
    yield from _of_entries("students", plan.students)
    yield from _of_entries("staff", plan.staff)
    yield from _of_parents(plan.families)
    memberships = plan.memberships
    yield from _of_spans("added", memberships.added)
    yield from _of_spans("changed", memberships.changed)
    yield from _of_spans("ended", memberships.ended)
    yield from _of_spans("withdrawn", memberships.withdrawn)


def _of_entries(table: Table, plan: TablePlan[E]) -> Iterator[Change]:
    for entry in plan.added:
        yield Change(table=table, action="added", source_id=entry.source_id)
    for _, entry in plan.changed:
        yield Change(table=table, action="changed", source_id=entry.source_id)
    for known in plan.removed:
        yield Change(table=table, action="removed", source_id=known.entry.source_id)


def _of_parents(plan: FamilyPlan) -> Iterator[Change]:
    for each in plan.added:
        yield Change(table="guardians", action="added", source_id=each.guardian)
    for _, each in plan.changed:
        yield Change(table="guardians", action="changed", source_id=each.guardian)
    for known in plan.removed:
        yield Change(table="guardians", action="removed", source_id=known.guardian or "")


def _of_spans(action: Action, spans: Iterable[Span]) -> Iterator[Change]:
    for span in spans:
        table: Table = "enrolments" if span.pair[2] == STUDENT else "assignments"
        yield Change(table=table, action=action, source_id=span.source_id or "")
