"""`adsum-api import legacy` and `adsum-api export legacy`."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from adsum_api.deps import Operator
from adsum_api.errors import Unavailable
from adsum_api.legacy.files import read_legacy
from adsum_api.legacy.service import LegacyImport, Report, export_legacy
from adsum_api.runtime import build_runtime
from adsum_api.settings import read_settings
from adsum_store.repositories import schools
from adsum_store.unit_of_work import Store, UnitOfWork

Folder = Annotated[Path, typer.Argument(help="The original demo's folder.", file_okay=False)]


def import_legacy(
    folder: Folder,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; keep nothing.")] = False,
) -> None:
    """Bring in StudentDetails/studentdetails.csv and FaceEmbeddings/embeddings.json.

    You vouch for the students' consent, unless the school switched that off. The same files again change
    nothing. Example: adsum-api import legacy ../old-demo --dry-run
    """
    with closing(build_runtime(read_settings())) as runtime:
        running = LegacyImport(read_legacy(folder), runtime.tasks, runtime.clock())
        for number in track(running.numbers(), "Importing", console=Console(stderr=True), transient=True):
            bring_in(runtime.store, running, number, dry_run=dry_run)
    _tell(running.report, dry_run=dry_run)


def export_to(folder: Folder) -> None:
    """Write both files back, faces included: keep them safe. Example: adsum-api export legacy ../old-demo."""
    with closing(build_runtime(read_settings())) as runtime, runtime.store.begin() as work:
        people, vectors = export_legacy(work, _operator(work).school_id, folder)
    typer.echo(f"{people} students and {vectors} vectors written to {folder}.")


class _Rehearsed(Exception):  # noqa: N818 - thrown to roll back what a dry run did
    pass


def bring_in(store: Store, running: LegacyImport, number: str, *, dry_run: bool) -> None:
    """Bring one student in, in a transaction of their own, which a dry run takes back."""
    try:
        with store.begin() as work:
            running.bring_in(work, _operator(work), number)
            if dry_run:
                raise _Rehearsed
    except _Rehearsed:
        pass


def _operator(work: UnitOfWork) -> Operator:
    school = schools.only(work)
    if school is None:
        raise Unavailable("there is no school yet: run `adsum-api db upgrade`")
    return Operator(school, "legacy import")


def _tell(report: Report, *, dry_run: bool) -> None:
    for refusal in report.refused:
        typer.echo(f"refused: {refusal.where}: {refusal.reason}", err=True)
    would = "would be " if dry_run else ""
    typer.echo(
        f"{report.added} students {would}added, {report.renamed} renamed; {report.vectors_sent} vectors "
        f"{would}sent to the recognizer, {report.vectors_known} known already; {len(report.refused)} refused."
    )
