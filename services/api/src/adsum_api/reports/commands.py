"""`adsum-api export daily` and `adsum-api import daily`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from adsum_api.errors import Invalid, Unavailable
from adsum_api.lessons.days import local_day
from adsum_api.reports import service
from adsum_api.reports.daily import BadDailyFile, day_of, file_name, read_daily
from adsum_api.runtime import build_runtime
from adsum_api.settings import read_settings
from adsum_store.models import School
from adsum_store.repositories import schools
from adsum_store.unit_of_work import UnitOfWork


def export_daily(
    out: Annotated[Path, typer.Option(help="Folder for the files; made if missing.")],
    on: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The day; today otherwise.")
    ] = None,
    every_day: Annotated[bool, typer.Option("--all", help="Every day that has a row.")] = False,
) -> None:
    """Write attendance_YYYY-MM-DD.csv files. Example: adsum-api export daily --out Attendance --all."""
    if on is not None and every_day:
        raise typer.BadParameter("give --date or --all, not both")
    with _transaction() as work:
        school = _school(work)
        zone = ZoneInfo(school.timezone)
        today = on.date() if on else local_day(zone, datetime.now(UTC))
        days = service.days_with_arrivals(work, school.id, zone) if every_day else [today]
        out.mkdir(parents=True, exist_ok=True)
        for day in days:
            text = service.daily_file(work, school.id, day, zone)
            (out / file_name(day)).write_text(text, encoding="utf-8", newline="")
    typer.echo(f"{len(days)} file{'' if len(days) == 1 else 's'} written to {out}.")


def import_daily(
    source: Annotated[Path, typer.Argument(help="A folder of such files, or one of them.", exists=True)],
    make_students: Annotated[
        bool, typer.Option("--make-students/--refuse-unknown", help="What to do with an unknown number.")
    ] = True,
) -> None:
    """Read attendance_YYYY-MM-DD.csv files as history, all or none.

    Example: adsum-api import daily Attendance.
    """
    files = _daily_files(source)
    with _transaction() as work:
        school = _school(work)
        for day, file in files:
            done = _import_file(work, school, day, file, make_students=make_students)
            refused = f", refused (unknown): {', '.join(done.refused)}" if done.refused else ""
            typer.echo(
                f"{file.name}: {done.added} added, {done.known} known already, "
                f"{done.students_made} students made{refused}"
            )


def _import_file(
    work: UnitOfWork, school: School, day: date, file: Path, *, make_students: bool
) -> service.Imported:
    zone = ZoneInfo(school.timezone)
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            arrivals = list(read_daily(stream.read(), file.name, zone))
    except UnicodeDecodeError:
        raise Invalid(f"{file.name} is not UTF-8: save it as CSV UTF-8") from None
    except BadDailyFile as error:
        raise Invalid(str(error)) from None
    return service.import_day(work, school.id, day, zone, arrivals, make_students=make_students)


def _daily_files(source: Path) -> list[tuple[date, Path]]:
    """Return the daily files of a folder, or the one named; raise `Invalid` when there is none."""
    paths = sorted(source.iterdir()) if source.is_dir() else [source]
    files = [(day, path) for path in paths if (day := day_of(path.name)) is not None]
    if not files:
        raise Invalid(f"{source} holds no file named attendance_YYYY-MM-DD.csv")
    return files


@contextmanager
def _transaction() -> Iterator[UnitOfWork]:
    store = build_runtime(read_settings()).store
    try:
        with store.begin() as work:
            yield work
    finally:
        store.engine.dispose()


def _school(work: UnitOfWork) -> School:
    school = schools.only(work)
    if school is None:
        raise Unavailable("there is no school yet: run `adsum-api db upgrade`")
    return school
