"""`adsum-recognizer bench search`: how fast a face's owner is found, and how surely."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Final

import typer
from rich.console import Console

from adsum_recognizer.bench import search_screen
from adsum_recognizer.bench.roster_search import ROSTERS, Roster, measure_rosters
from adsum_recognizer.bench.school_search import TRIED, School, measure_school
from adsum_recognizer.bench.tell import Tell
from adsum_store.engine import create_store_engine
from adsum_store.repositories.school_wide import HNSW
from adsum_store.scratch import scratch_servers
from adsum_store.unit_of_work import Store
from adsum_vision.machine import this_machine

LARGE: Final = 1_000_000

HELP: Final = """Search rosters exactly and a school by its index, as lessons do, and as others would.

\b
Rosters of 40, 300 and 3,000 students with 5 templates each, in batches of 32 probes; then a school of 100,000
templates, by several indexes. A PostgreSQL of its own is started for it, and removed. The vectors are drawn,
clustered as those of faces are; half of the school's probes are strangers'. faiss is measured where it is.

\b
Examples:
  adsum-recognizer bench search
  adsum-recognizer bench search --templates 20000 --rounds 5
  adsum-recognizer bench search --long --json         1,000,000 templates as well: half an hour, 8 GB
"""


def search_command(
    templates: Annotated[int, typer.Option(min=500, help="The school's templates.")] = 100_000,
    probes: Annotated[int, typer.Option(min=2, help="Probes to measure recall with.")] = 1000,
    rounds: Annotated[int, typer.Option(min=1, help="How often each batch is searched for.")] = 20,
    roster: Annotated[list[int] | None, typer.Option(min=32, help="Students on a roster.")] = None,
    *,
    long: Annotated[bool, typer.Option("--long", help="A school of 1,000,000 templates as well.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    machine = this_machine()
    with Console(file=sys.stderr).status("starting a PostgreSQL") as status:
        found = measure(tuple(roster or ROSTERS), templates, probes, rounds, status.update, long=long)
    if as_json:
        typer.echo(json.dumps(search_screen.figures(*found, machine), indent=2))
        return
    for table in search_screen.tables(*found):
        Console().print(table)


def measure(
    rosters: tuple[int, ...], templates: int, probes: int, rounds: int, tell: Tell, *, long: bool = False
) -> tuple[tuple[Roster, ...], tuple[School, ...]]:
    """Measure rosters, then the school, then, if `long`, a large one by the product's own index alone."""
    with scratch_servers() as servers:
        engine = create_store_engine(servers.database_url, application="adsum-bench")
        store = Store(engine)
        of_rosters = measure_rosters(store, rosters, rounds, tell)
        schools = [measure_school(store, templates, probes, TRIED, rounds, tell)]
        if long:
            schools.append(measure_school(store, LARGE, probes, (HNSW,), rounds, tell))
        engine.dispose()
    return of_rosters, tuple(schools)
