"""`adsum-api import absences`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import track

from adsum_api.absences import service
from adsum_api.absences.sheets import Fault, Row, read_sheet
from adsum_api.deps import Operator
from adsum_api.errors import DomainError, Invalid, Unavailable
from adsum_api.runtime import Runtime, build_runtime
from adsum_api.settings import read_settings
from adsum_store.repositories import absences, schools, students
from adsum_store.unit_of_work import UnitOfWork

ERRORS: Final = Console(stderr=True)


@dataclass(slots=True)
class Report:
    """What an import did: absences added, known from an earlier run, and lines refused."""

    added: int = 0
    known: int = 0
    refused: list[Fault] = field(default_factory=list)


class DryRun(Exception):  # noqa: N818 - it ends a transaction that only tried
    """Nothing is to be kept."""


def import_absences(
    file: Annotated[Path, typer.Argument(help="A CSV file, UTF-8.", exists=True, dir_okay=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; keep nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
) -> None:
    """Record planned absences: number,starts_on,ends_on,kind,reason,told_by,document.

    Lines that are wrong are refused one by one; the same file again adds nothing. Example: adsum-api import
    absences monday.csv --dry-run
    """
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Invalid(f"{file} is not UTF-8: save it as CSV UTF-8") from None
    with closing(build_runtime(read_settings())) as runtime:
        lines = list(read_sheet(text))
        shown = track(lines, "Absences", console=ERRORS, transient=True, disable=as_json)
        report = record_all(runtime, shown, dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps({**asdict(report), "dry_run": dry_run}))
    else:
        _print(report, dry_run=dry_run)
    if report.refused:
        raise typer.Exit(1)


def record_all(runtime: Runtime, lines: Iterable[Row | Fault], *, dry_run: bool) -> Report:
    """Record each line in its own transaction, so that one that is refused takes no other with it."""
    report = Report()
    for line in lines:
        if isinstance(line, Fault):
            report.refused.append(line)
            continue
        try:
            with runtime.store.begin() as work:
                is_new = _record(work, runtime, line)
                if dry_run:
                    raise DryRun
        except DryRun:
            pass
        except DomainError as error:
            report.refused.append(Fault(line.line, "", str(error)))
            continue
        report.added += is_new
        report.known += not is_new
    return report


def _record(work: UnitOfWork, runtime: Runtime, line: Row) -> bool:
    school = schools.only(work)
    if school is None:
        raise Unavailable("there is no school yet: run `adsum-api db upgrade`")
    student = students.by_number(work, school.id, line.number)
    if student is None:
        raise Invalid(f"there is no student with number {line.number}")
    wanted = line.absence.model_copy(update={"student_id": student.id})
    key = sha256(f"{student.id} {wanted.starts_on} {wanted.ends_on} {wanted.kind}".encode()).hexdigest()
    if absences.with_key(work, school.id, key) is not None:
        return False
    caller = Operator(school, "absence import")
    service.record(work, caller, wanted, runtime.agreement, runtime.clock(), key)
    return True


def _print(report: Report, *, dry_run: bool) -> None:
    for fault in report.refused:
        where = f"line {fault.line}, {fault.column}" if fault.column else f"line {fault.line}"
        ERRORS.print(f"{where}: {fault.reason}", markup=False, highlight=False)
    would = "would be " if dry_run else ""
    typer.echo(f"{report.added} {would}added, {report.known} known already, {len(report.refused)} refused.")
