"""`adsum-api import ics`."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from adsum_api.deps import Operator
from adsum_api.errors import Unavailable
from adsum_api.lessons.telling import tell_room_after
from adsum_api.runtime import build_runtime
from adsum_api.settings import read_settings
from adsum_api.timetable.calendars import MAX_BYTES
from adsum_api.timetable.matching import ROOM, SECTION, Reading
from adsum_api.timetable.schemas import CalendarReport
from adsum_api.timetable.service import import_calendar
from adsum_api.timetable.wishes import CalendarFile
from adsum_store.repositories import schools
from adsum_store.unit_of_work import UnitOfWork

ERRORS: Final = Console(stderr=True)


def import_ics(  # noqa: PLR0913, PLR0917 - a parameter an option
    file: Annotated[Path, typer.Argument(help="An iCalendar file.", exists=True, dir_okay=False)],
    name: Annotated[
        str, typer.Option("--calendar", help="It takes the one of this name's place.")
    ] = "timetable",
    holidays: Annotated[bool, typer.Option("--holidays", help="No lesson during its events.")] = False,
    weeks: Annotated[int, typer.Option(min=1, max=60, help="Make lessons so far ahead.")] = 4,
    section_property: Annotated[
        list[str] | None, typer.Option(help=f"What names a section: {', '.join(SECTION)}.")
    ] = None,
    room_property: Annotated[
        list[str] | None, typer.Option(help=f"What names a room: {', '.join(ROOM)}.")
    ] = None,
    add_rooms: Annotated[bool, typer.Option("--add-rooms", help="Add rooms that nobody knows.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; keep nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
) -> None:
    """Make lessons from an iCalendar file, now and as the weeks go on.

    The same file again changes nothing; a changed one moves and cancels lessons that have not begun.
    Example: adsum-api import ics timetable.ics --dry-run && adsum-api import ics free.ics --calendar holidays
    --holidays
    """
    reading = Reading(_upper(section_property or SECTION), _upper(room_property or ROOM), add_rooms)
    with file.open("rb") as opened:
        wanted = CalendarFile(name, opened.read(MAX_BYTES + 1), holidays, weeks, reading)
    with (
        closing(build_runtime(read_settings())) as runtime,
        ERRORS.status("Making lessons"),
        runtime.store.begin() as work,
    ):
        report, rooms = import_calendar(work, _operator(work), wanted, runtime.clock(), dry_run=dry_run)
        for room_id in rooms:
            tell_room_after(work, runtime, room_id)
    if as_json:
        typer.echo(report.model_dump_json())
    else:
        _print(report)
    if report.refused_in_all:
        raise typer.Exit(1)


def _upper(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name.upper() for name in names)


def _operator(work: UnitOfWork) -> Operator:
    school = schools.only(work)
    if school is None:
        raise Unavailable("there is no school yet: run `adsum-api db upgrade`")
    return Operator(school, "calendar import")


def _print(report: CalendarReport) -> None:
    for each in report.refused:
        times = f" ({each.times} lessons)" if each.times > 1 else ""
        ERRORS.print(
            f"{each.calendar}, event {each.uid}: {each.reason}{times}", markup=False, highlight=False
        )
    would = "would be " if report.dry_run else ""
    table = Table("Lessons", "", title=f"Until {report.until:%Y-%m-%d}")
    table.add_row(f"{would}added", str(report.added))
    table.add_row(f"{would}moved", str(report.moved))
    table.add_row(f"{would}cancelled", str(report.cancelled))
    table.add_row("unchanged", str(report.unchanged))
    table.add_row("on a holiday", str(report.holidays))
    table.add_row("refused events", str(report.refused_in_all))
    console = Console()
    console.print(table)
    if report.rooms_added:
        console.print(f"rooms added: {', '.join(report.rooms_added)}", markup=False)
