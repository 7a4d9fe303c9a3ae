"""`adsum-api export register`, `section` and `student`: reports as files, with progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, BinaryIO, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from adsum_api.attendance.reading import Days, days_of
from adsum_api.errors import Invalid, NotFound, Unavailable
from adsum_api.lessons.days import local_day
from adsum_api.reports import made
from adsum_api.reports.formats.choice import FORMATS, Format, Name
from adsum_api.reports.made import Chosen
from adsum_api.reports.report import Report, Row
from adsum_api.runtime import build_runtime
from adsum_api.settings import read_settings
from adsum_store.models import School
from adsum_store.repositories import schools, sections, students
from adsum_store.unit_of_work import UnitOfWork

Day = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")]
LastDay = Annotated[
    datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, included; today otherwise.")
]
FileFormat = Annotated[
    Name | None, typer.Option("--format", help="What to write; otherwise as the file's name ends.")
]
Out = Annotated[Path, typer.Option("--out", "-o", help="The file; - for standard output.")]
Lesson = Annotated[UUID | None, typer.Option(help="One lesson's register, with everybody expected.")]
SectionName = Annotated[str, typer.Argument(help="The section's name.")]
StudentNumber = Annotated[str, typer.Argument(help="The student's number.")]


def export_register(
    out: Out,
    first: Day = None,
    last: LastDay = None,
    lesson: Lesson = None,
    file_format: FileFormat = None,
) -> None:
    """Write the marks of all lessons, one row a student and lesson.

    Example: adsum-api export register --from 2026-09-01 --to 2026-12-18 -o term.xlsx
    """
    with _record() as (work, school, now):
        if lesson is not None:
            report = made.lesson_register(work, school, lesson, now)
        else:
            report = made.register_of_days(work, school, Chosen(_days(school, first, last, now)), now)
        _write(report, _format_of(file_format, out), out)


def export_section(
    name: SectionName,
    out: Out,
    first: Day = None,
    last: LastDay = None,
    file_format: FileFormat = None,
) -> None:
    """Write the attendance of each student of a section, and of the section by week.

    Example: adsum-api export section 3b --from 2026-09-01 -o 3b.pdf
    """
    with _record() as (work, school, now):
        section = sections.with_name(work, school.id, name)
        if section is None:
            raise NotFound("section", name)
        chosen = Chosen(_days(school, first, last, now), section_id=section.id)
        _write(made.attendance(work, school, chosen, "student", now), _format_of(file_format, out), out)


def export_student(
    number: StudentNumber,
    out: Out,
    first: Day = None,
    last: LastDay = None,
    file_format: FileFormat = None,
) -> None:
    """Write a student's attendance by lesson and by week.

    Example: adsum-api export student 101 --from 2026-09-01 -o 101.csv
    """
    with _record() as (work, school, now):
        student = students.by_number(work, school.id, number)
        if student is None:
            raise NotFound("student with number", number)
        chosen = Chosen(_days(school, first, last, now), student_id=student.id)
        _write(made.attendance(work, school, chosen, "lesson", now), _format_of(file_format, out), out)


@contextmanager
def _record() -> Iterator[tuple[UnitOfWork, School, datetime]]:
    with closing(build_runtime(read_settings())) as runtime, runtime.store.begin() as work:
        school = schools.only(work)
        if school is None:
            raise Unavailable("there is no school yet: run `adsum-api db upgrade`")
        yield work, school, runtime.clock()


def _days(school: School, first: datetime | None, last: datetime | None, now: datetime) -> Days:
    today = local_day(ZoneInfo(school.timezone), now)
    return days_of(first.date() if first else None, last.date() if last else None, today)


def _format_of(name: Name | None, out: Path) -> Format:
    """Return the format that is named, else the one of the file's ending; raise `Invalid`."""
    ending = name or out.suffix.removeprefix(".").lower()
    found = next((each for each in FORMATS.values() if each.name == ending), None)
    if found is None:
        raise Invalid(f"what should {out} be? Give --format {', '.join(FORMATS)}, or a name that ends so")
    return found


def _write(report: Report, file_format: Format, out: Path) -> None:
    """Write the file whole or not at all, and count its rows meanwhile."""
    with _progress() as count, _destination(out) as stream:
        counted = tuple(replace(table, rows=count(table.rows)) for table in report.tables)
        file_format.write(replace(report, tables=counted), stream)
    if str(out) != "-":
        typer.echo(f"{out} is written.", err=True)


@contextmanager
def _progress() -> Iterator[Callable[[Iterable[Row]], Iterator[Row]]]:
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} rows"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("rows", total=None)

        def count(rows: Iterable[Row]) -> Iterator[Row]:
            for row in rows:
                yield row
                progress.advance(task)

        yield count


@contextmanager
def _destination(out: Path) -> Iterator[BinaryIO]:
    if str(out) == "-":
        yield sys.stdout.buffer
        return
    with NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}.", delete=False) as file:
        written = Path(file.name)
        try:
            yield cast(BinaryIO, file)
        except BaseException:
            written.unlink()
            raise
    written.replace(out)
