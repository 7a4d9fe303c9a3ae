"""A OneRoster zip into the record: read, compared, written in one transaction; a dry run only compares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import IO

from adsum_api.audit.recording import record
from adsum_api.deps import Operator
from adsum_api.rosters.archive import roster_zip
from adsum_api.rosters.known import known_roster
from adsum_api.rosters.plan import plan_of
from adsum_api.rosters.records import Received, Told, read_zip
from adsum_api.rosters.report import ImportReport, report_of
from adsum_api.rosters.wanted import district_of, school_of, wanted_of
from adsum_api.rosters.writing import new_rooms, write
from adsum_store.repositories import school_tree
from adsum_store.repositories.audit import Action
from adsum_store.unit_of_work import UnitOfWork


def untold(_doing: str, _done: int, _of: int) -> None:
    """Tell nobody how far the work has come."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a zip is to be taken.

    `school`: its sourcedId in the zip, where there are several. `as_delta`: end nothing for not being named.
    `end_any`: however many enrolments end, it is meant.
    """

    school: str | None = None
    dry_run: bool = False
    as_delta: bool = False
    end_any: bool = False


def read_roster(file: IO[bytes], wish: Wish, tell: Told = untold) -> Received:
    """Read a zip, which takes a while and no database; raise `BadRoster`."""
    with roster_zip(file) as files:
        return read_zip(files, as_delta=wish.as_delta, tell=tell)


def import_roster(
    work: UnitOfWork, caller: Operator, received: Received, wish: Wish, today: date, tell: Told = untold
) -> ImportReport:
    """Bring the caller's school up to the zip, or say what that would change.

    Imports of one school take turns. Raises `BadRoster` where the school cannot be told, and `TooManyEnded`.
    """
    work.lock("roster", caller.school_id)
    school = school_of(received, wish.school, caller.school.source_id)
    known = known_roster(work, caller.school_id)
    wanted = wanted_of(received, school, known)
    plan = plan_of(wanted, known, today, end_any=wish.end_any)
    rooms = new_rooms(plan, school_tree.room_names(work, caller.school_id).values())
    if not wish.dry_run:
        school_tree.put_school(work, caller.school, school, district_of(received, school))
        write(work, caller.school_id, plan, known, today, tell)
        record(work, caller, Action.ROSTER_IMPORTED, ("school", caller.school_id))
    return report_of(received, school, plan, wanted.passed_over, rooms, dry_run=wish.dry_run)
