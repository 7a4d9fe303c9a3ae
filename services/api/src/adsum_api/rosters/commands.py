"""`adsum-api import oneroster`."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from adsum_api.deps import Operator
from adsum_api.errors import Unavailable
from adsum_api.lessons.days import local_day
from adsum_api.rosters.records import Told
from adsum_api.rosters.report import ImportReport
from adsum_api.rosters.service import Wish, import_roster, read_roster
from adsum_api.runtime import build_runtime
from adsum_api.settings import read_settings
from adsum_store.repositories import schools
from adsum_store.unit_of_work import UnitOfWork

ERRORS: Final = Console(stderr=True)


def import_oneroster(
    file: Annotated[Path, typer.Argument(help="A OneRoster 1.1 or 1.2 zip.", exists=True, dir_okay=False)],
    school: Annotated[str | None, typer.Option(help="The school's sourcedId, where it has several.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; keep nothing.")] = False,
    delta: Annotated[bool, typer.Option("--delta", help="End nothing that the zip does not name.")] = False,
    end_any: Annotated[bool, typer.Option("--end-any", help="However many enrolments end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
) -> None:
    """Bring terms, courses, sections, students, parents, staff and enrolments up to a OneRoster zip.

    The same zip again changes nothing. Nobody is deleted: what a complete file no longer names ends today.
    Rows that cannot be taken are told with file, line and column, and the exit status is 1 then.
    Example: adsum-api import oneroster roster.zip --dry-run
    """
    wish = Wish(school, dry_run=dry_run, as_delta=delta, end_any=end_any)
    with closing(build_runtime(read_settings())) as runtime, Progress(console=ERRORS, transient=True) as bar:
        tell = _shown_on(bar)
        with file.open("rb") as packed:
            received = read_roster(packed, wish, tell)
        with runtime.store.begin() as work:
            caller = _operator(work)
            today = local_day(caller.zone, runtime.clock())
            report = import_roster(work, caller, received, wish, today, tell)
    if as_json:
        typer.echo(report.model_dump_json())
    else:
        _print(report)
    if report.refused_in_all:
        raise typer.Exit(1)


def _operator(work: UnitOfWork) -> Operator:
    school = schools.only(work)
    if school is None:
        raise Unavailable("there is no school yet: run `adsum-api db upgrade`")
    return Operator(school, "roster import")


def _shown_on(bar: Progress) -> Told:
    shown = bar.add_task("Reading")

    def tell(doing: str, done: int, of: int) -> None:
        bar.update(shown, description=doing, completed=done, total=of)

    return tell


def _print(report: ImportReport) -> None:
    for row in report.refused:
        column = f", column {row.column}" if row.column else ""
        ERRORS.print(f"{row.file} line {row.line}{column}: {row.reason}", markup=False, highlight=False)
    if report.refused_in_all > len(report.refused):
        ERRORS.print(f"and {report.refused_in_all - len(report.refused)} rows more")
    happened = "would happen" if report.dry_run else "happened"
    actions = ("added", "changed", "removed", "ended", "withdrawn", "unchanged")
    table = Table("", *actions, title=f"What {happened} at school {report.school}")
    for name, counts in report.counts.items():
        table.add_row(name, *(str(getattr(counts, action)) for action in actions))
    console = Console()
    console.print(table)
    for reason, rows in report.passed_over.items():
        console.print(f"passed over: {rows} {reason}")
    if report.rooms_added:
        console.print(f"rooms added: {', '.join(report.rooms_added)}", markup=False)
    console.print(f"refused: {report.refused_in_all} rows")
