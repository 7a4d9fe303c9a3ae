"""`/v1/reports`: registers and attendance as JSON, CSV, XLSX and PDF."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from tempfile import SpooledTemporaryFile
from typing import Annotated, Any, BinaryIO, Final, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import StreamingResponse

from adsum_api.access.needs import needs
from adsum_api.access.own import Own
from adsum_api.access.rights import Right
from adsum_api.attendance import reading
from adsum_api.contract.routing import ContractRoute
from adsum_api.deps import Caller, Now, Work
from adsum_api.errors import NotFound
from adsum_api.lessons.days import local_day
from adsum_api.reports import made
from adsum_api.reports.formats.choice import FORMATS, Format, Name, chosen
from adsum_api.reports.made import Chosen
from adsum_api.reports.report import Report
from adsum_store.models import Term
from adsum_store.repositories import tree
from adsum_store.repositories.attended import Grouping

router = APIRouter(prefix="/v1/reports", tags=["reports"], route_class=ContractRoute)

IN_MEMORY: Final = 1024 * 1024
CHUNK: Final = 64 * 1024
ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The report; JSON unless `format` or `Accept` says otherwise.",
        "content": {each.media_type: {"schema": {}} for each in FORMATS.values()},
    }
}


def _format(
    name: Annotated[Name | None, Query(alias="format", description="goes before `Accept`")] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Format:
    return chosen(name, accept)


def _chosen(
    work: Work,
    caller: Caller,
    now: Now,
    first: Annotated[date | None, Query(alias="from", description="first day; 30 days before `to`")] = None,
    last: Annotated[date | None, Query(alias="to", description="last day, included; today")] = None,
    section_id: UUID | None = None,
    student_id: UUID | None = None,
    term_id: Annotated[
        UUID | None, Query(description="the term's days, in the place of `from` and `to`")
    ] = None,
) -> Chosen:
    if term_id is not None:
        term = tree.get(work, Term, caller.school_id, term_id)
        if term is None:
            raise NotFound("term", term_id)
        days = reading.days_of(term.starts_on, term.ends_on, term.ends_on)
        return Chosen(days, section_id, student_id, term.title)
    return Chosen(reading.days_of(first, last, local_day(caller.zone, now)), section_id, student_id)


WantedFormat = Annotated[Format, Depends(_format)]
WantedMarks = Annotated[Chosen, Depends(_chosen, scope="function")]


@router.get(
    "/register",
    dependencies=[needs(Right.ATTENDANCE_READ, own=Own.ROWS)],
    response_class=StreamingResponse,
    responses=ANSWERS,
)
def get_registers(
    work: Work,
    caller: Caller,
    now: Now,
    wanted: WantedMarks,
    file_format: WantedFormat,
    lesson_id: Annotated[UUID | None, Query(description="this lesson's alone, whenever it is held")] = None,
) -> StreamingResponse:
    """Return the register of a lesson with everybody expected in it, or every mark of at most 400 days."""
    if lesson_id is not None:
        report = made.lesson_register(work, caller.school, lesson_id, now)
        return as_file(report, file_format, f"register-{lesson_id}")
    report = made.register_of_days(work, caller.school, wanted, now)
    return as_file(report, file_format, f"register-{wanted.days.first}-{wanted.days.last}")


@router.get(
    "/attendance",
    dependencies=[needs(Right.ATTENDANCE_READ, own=Own.ROWS)],
    response_class=StreamingResponse,
    responses=ANSWERS,
)
def get_attendance_report(
    work: Work,
    caller: Caller,
    now: Now,
    wanted: WantedMarks,
    file_format: WantedFormat,
    by: Annotated[Grouping, Query(description="what a row is")] = "student",
) -> StreamingResponse:
    """Return counts, minutes late and attendance rates by student, section, lesson, day or week of at most
    400 days (a term, say), and how they went from week to week.

    The rate is attended / (attended + absent + excused); what nobody observed does not count.
    """
    report = made.attendance(work, caller.school, wanted, by, now)
    return as_file(report, file_format, f"attendance-by-{by}-{wanted.days.first}-{wanted.days.last}")


def as_file(report: Report, file_format: Format, name: str) -> StreamingResponse:
    """Return the report as a file of this format."""
    name = f"{name}.{file_format.name}"
    return streamed(lambda out: file_format.write(report, out), name, file_format.media_type)


def streamed(write: Callable[[BinaryIO], None], name: str, media_type: str) -> StreamingResponse:
    """Write a file while its transaction is open, beyond `IN_MEMORY` to disk: what fails is still a
    problem and not half a file, and no connection is held while a slow caller reads."""
    file = cast(BinaryIO, SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115 - `_read` closes it
    try:
        write(file)
    except BaseException:
        file.close()
        raise
    length = file.tell()
    file.seek(0)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(length),
        "Cache-Control": "no-store",
        "Vary": "Accept",
    }
    return StreamingResponse(_read(file), headers=headers, media_type=media_type)


def _read(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk
