"""`adsum-api import photos`."""

from __future__ import annotations

import csv
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import Progress, track
from rich.table import Table

from adsum_api.deps import Operator
from adsum_api.enrolment.photo_import import Outcome, PhotoImport, by_student, outcomes
from adsum_api.enrolment.photo_lists import LIST_FILE, Fault, ListedPhoto, photo_source, read_list
from adsum_api.errors import Unavailable
from adsum_api.runtime import Runtime, build_runtime
from adsum_api.settings import read_settings
from adsum_store.repositories import schools
from adsum_store.unit_of_work import UnitOfWork

ASK_EVERY_S: Final = 0.5
ERRORS: Final = Console(stderr=True)


def import_photos(
    source: Annotated[Path, typer.Argument(help="A folder, or a zip file.", exists=True)],
    listing: Annotated[str, typer.Option("--list", help="The list in it: number,name,photo.")] = LIST_FILE,
    report: Annotated[Path | None, typer.Option(help="Write each photo's verdict to this CSV file.")] = None,
    wait_s: Annotated[float, typer.Option("--wait", help="Seconds without a verdict to wait for.")] = 60,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Enrol many students from photos, as a list says whose each is.

    The list is CSV: number,name,photo; a name makes a student who is new. You vouch for the students'
    consent, unless the school switched that off. Begin it again when it was cut off: it goes on.
    Example: adsum-api import photos class-3b.zip --report verdicts.csv
    """
    with closing(build_runtime(read_settings())) as runtime, photo_source(source) as files:
        rows, faults = read_list(files, listing)
        with runtime.store.begin() as work:
            models = runtime.agreement.model_ids_of(work, _operator(work).school_id)
        running = PhotoImport(files, runtime.vault, runtime.tasks, models, runtime.clock(), faults=faults)
        for group in track(by_student(rows), "Handing in", console=ERRORS, transient=True):
            with runtime.store.begin() as work:
                running.bring_in(work, _operator(work), group)
        found = _await(runtime, running.jobs, wait_s)
    if report is not None:
        _write(report, found, running.faults)
    _tell(running, found, listing, as_json=as_json)
    if running.faults or any(not each.accepted for each in found):
        raise typer.Exit(1)


def _operator(work: UnitOfWork) -> Operator:
    school = schools.only(work)
    if school is None:
        raise Unavailable("there is no school yet: run `adsum-api db upgrade`")
    return Operator(school, "photo import")


def _await(
    runtime: Runtime, jobs: Mapping[UUID, tuple[ListedPhoto, ...]], patience_s: float
) -> list[Outcome]:
    """Return all outcomes, as soon as every photo is judged, or none was for `patience_s` seconds."""
    deadline, done_before = time.monotonic() + patience_s, -1
    with Progress(console=ERRORS, transient=True) as bar:
        shown = bar.add_task("Judging", total=sum(map(len, jobs.values())))
        while True:
            with runtime.store.begin() as work:
                found = [each for job_id, rows in jobs.items() for each in outcomes(work, job_id, rows)]
            done = sum(each.accepted is not None for each in found)
            bar.update(shown, completed=done)
            if done > done_before:
                deadline, done_before = time.monotonic() + patience_s, done
            if done == len(found) or time.monotonic() >= deadline:
                return found
            time.sleep(ASK_EVERY_S)


def _verdict(outcome: Outcome) -> str:
    if outcome.accepted is None:
        return "waiting"
    return "accepted" if outcome.accepted else outcome.reason or "refused"


def _write(report: Path, found: Sequence[Outcome], faults: Sequence[Fault]) -> None:
    lines = [(each.row.line, each.row.number, each.row.photo, _verdict(each)) for each in found]
    lines += [(fault.line, "", "", fault.reason) for fault in faults]
    with report.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("line", "number", "photo", "verdict"))
        writer.writerows(sorted(lines))


def _tell(running: PhotoImport, found: Sequence[Outcome], listing: str, *, as_json: bool) -> None:
    verdicts = Counter(map(_verdict, found))
    if as_json:
        faults = [{"line": fault.line, "reason": fault.reason} for fault in running.faults]
        said = {"photos": len(found), "students_added": running.added, "verdicts": verdicts, "faults": faults}
        typer.echo(json.dumps(said))
        return
    for fault in sorted(running.faults, key=lambda fault: fault.line):
        typer.echo(f"{listing} line {fault.line}: {fault.reason}", err=True)
    for each in found:
        if not each.accepted:
            typer.echo(f"{listing} line {each.row.line}: {each.row.photo}: {_verdict(each)}", err=True)
    table = Table("Verdict", "Photos", title=f"{running.added} students added")
    for verdict, times in verdicts.most_common():
        table.add_row(verdict, str(times))
    Console().print(table)
