"""`adsum-api consents`: what an office does for a whole school."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from adsum_api.absences.sheets import Fault
from adsum_api.consents import forms
from adsum_api.consents.form_pdf import write_forms
from adsum_api.consents.importing import record_line
from adsum_api.consents.lacking import USUAL_DAYS, LackingOut, lacking
from adsum_api.consents.sheets import Row, Said, read_sheet
from adsum_api.deps import Operator
from adsum_api.errors import DomainError, Invalid
from adsum_api.reports.cells import defused
from adsum_api.runtime import Runtime, build_runtime
from adsum_api.school.service import the_school
from adsum_api.settings import read_settings
from adsum_store.repositories.pages import PageWanted

ERRORS: Final = Console(stderr=True)
PIECE: Final = 500

app = typer.Typer(
    no_args_is_help=True, help="Consents of a whole school: bring them in, and list who lacks one."
)


@dataclass(slots=True)
class Report:
    """What an import did: words recorded, known from an earlier run, and lines refused."""

    recorded: int = 0
    known: int = 0
    refused: list[Fault] = field(default_factory=list)


class DryRun(Exception):  # noqa: N818 - it ends a transaction that only tried
    """Nothing is to be kept."""


@app.command("import")
def import_consents(
    file: Annotated[Path, typer.Argument(help="A CSV file, UTF-8.", exists=True, dir_okay=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; keep nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
) -> None:
    """Record who consents: number,name,relation,says,method,said_on,expires_on,text_version,language.

    relation is parent, guardian or self; says is gives (the usual), withdraws or refuses. Parents are
    registered by their names. Lines that are wrong are refused one by one; the same file again records
    nothing. Example: adsum-api consents import forms.csv --dry-run
    """
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Invalid(f"{file} is not UTF-8: save it as CSV UTF-8") from None
    with closing(build_runtime(read_settings())) as runtime:
        lines = list(read_sheet(text))
        shown = track(lines, "Consents", console=ERRORS, transient=True, disable=as_json)
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
            is_new = _record(runtime, line.said, dry_run=dry_run)
        except DomainError as error:
            report.refused.append(Fault(line.line, "", str(error)))
            continue
        report.recorded += is_new
        report.known += not is_new
    return report


def _record(runtime: Runtime, said: Said, *, dry_run: bool) -> bool:
    is_new = False
    try:
        with runtime.store.begin() as work:
            caller = Operator(the_school(work), "consent import", key="command:consents-import")
            is_new = record_line(work, caller, said, runtime.clock())
            if dry_run:
                raise DryRun
    except DryRun:
        pass
    return is_new


def _print(report: Report, *, dry_run: bool) -> None:
    for fault in report.refused:
        where = f"line {fault.line}, {fault.column}" if fault.column else f"line {fault.line}"
        ERRORS.print(f"{where}: {fault.reason}", markup=False, highlight=False)
    would = "would be " if dry_run else ""
    typer.echo(
        f"{report.recorded} {would}recorded, {report.known} known already, {len(report.refused)} refused."
    )


@app.command("lacking")
def list_lacking(
    within_days: Annotated[
        int, typer.Option(min=0, max=400, help="Those, too, whose consent ends within so many days.")
    ] = USUAL_DAYS,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON alone.")] = False,
) -> None:
    """List whose consent is lacking, or lapses soon, and why. Example: adsum-api consents lacking --csv"""
    with closing(build_runtime(read_settings())) as runtime:
        found = _all_lacking(runtime, within_days)
        if as_json:
            typer.echo(json.dumps([each.model_dump(mode="json") for each in found], ensure_ascii=False))
        elif as_csv:
            out = csv.writer(sys.stdout)
            out.writerow(("number", "name", "reason", "until", "of"))
            out.writerows(tuple(map(defused, _cells(each))) for each in found)
        else:
            _show(found)


@app.command("form")
def print_forms(
    file: Annotated[Path, typer.Argument(help="The PDF to write.", dir_okay=False)],
    section: Annotated[str | None, typer.Option(help="One for each student of this section.")] = None,
    language: Annotated[str, typer.Option(help="The text's language.")] = "en",
    version: Annotated[int | None, typer.Option(help="The text's version; the newest.")] = None,
) -> None:
    """Print the consent form, blank or filled in. Example: adsum-api consents form 7a.pdf --section 7a"""
    with closing(build_runtime(read_settings())) as runtime, runtime.store.begin() as work:
        caller = Operator(the_school(work), "consent forms", key="command:consents-form")
        terms = forms.named_terms(work, caller, version, language)
        chosen = None if section is None else forms.section_named(work, caller, section)
        asked = forms.asked_of(work, caller, chosen, runtime.clock())
    with file.open("wb") as out:
        write_forms(terms, asked, out)
    typer.echo(f"{file}: {len(asked)} form" + ("" if len(asked) == 1 else "s"))


def _all_lacking(runtime: Runtime, within_days: int) -> Iterator[LackingOut]:
    after: tuple[str, ...] = ()
    while True:
        with runtime.store.begin() as work:
            page = lacking(work, the_school(work), runtime.clock(), PageWanted(PIECE, after), within_days)
        yield from page
        if len(page) < PIECE:
            return
        after = (page[-1].number,)


def _cells(each: LackingOut) -> tuple[str, ...]:
    until = "" if each.until is None else each.until.isoformat()
    return each.number, each.name, each.reason, until, "; ".join(each.of)


def _show(found: Iterable[LackingOut]) -> None:
    table = Table("number", "name", "why", "until", "of")
    for each in found:
        table.add_row(*_cells(each))
    Console().print(table)
    typer.echo(f"{table.row_count} without a consent that lasts.")
