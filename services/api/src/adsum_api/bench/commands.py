"""`adsum-api bench`: measure what this machine's record can do."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Final

import typer
from rich.console import Console

from adsum_api.bench import screen
from adsum_api.bench.measuring import MILLION, QUICK, TWENTY_MILLION, measure

HELP: Final = """Measure how fast the record answers and takes in, at a million marks.

\b
A school of 5,000 students is drawn, with 200 lessons of each on record, into a PostgreSQL of its own, which
is removed afterwards. An api of its own answers: the register of a lesson, a student's and a section's term
(eight weeks), and a day of all students. Then lessons are seen by cameras, and their marks taken in.

\b
Examples:
  adsum-api bench
  adsum-api bench --quick                    100,000 marks: half a minute
  adsum-api bench --long --json              20,000,000 marks as well: an hour, 12 GB
"""


def bench(
    seconds: Annotated[float, typer.Option(min=0.1, help="How long each question is asked, twice.")] = 5,
    *,
    quick: Annotated[bool, typer.Option("--quick", help="100,000 marks alone.")] = False,
    long: Annotated[bool, typer.Option("--long", help="20,000,000 marks as well.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    sizes = [QUICK] if quick else [MILLION, *([TWENTY_MILLION] if long else [])]
    with Console(file=sys.stderr).status("starting") as status:
        measured = measure(sizes, seconds, status.update)
    if as_json:
        typer.echo(json.dumps(screen.figures(measured), indent=2))
        return
    for table in screen.tables(measured):
        Console().print(table)
