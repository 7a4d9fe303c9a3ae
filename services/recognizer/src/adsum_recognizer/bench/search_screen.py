"""What `adsum-recognizer bench search` shows: tables for people, figures for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from rich.table import Table

from adsum_recognizer.bench.filling import TEMPLATES_EACH
from adsum_recognizer.bench.people import PROBE_SPREAD, SPREAD
from adsum_recognizer.bench.rivals import NotMeasured
from adsum_recognizer.bench.roster_search import BATCH, STRANGERS, Roster
from adsum_recognizer.bench.school_search import Index, School, Search
from adsum_recognizer.bench.timing import Times
from adsum_store.repositories.school_wide import HNSW, SEARCHED
from adsum_vision.machine import Machine

GOAL: Final = {"templates": 100_000, "recall_at_1": 0.99, "p95_ms": 10.0}
MADE: Final = (
    "drawn people: normal in 512 dimensions, variance 1/k; a template is the person and "
    f"{SPREAD:g} of another draw, a probe the person and {PROBE_SPREAD:g}; strangers are other people"
)


def tables(rosters: Sequence[Roster], schools: Sequence[School]) -> tuple[Table, ...]:
    """Return a table of rosters, one of indexes, and one of how others do."""
    return _rosters(rosters), _indexes(schools), _rivals(rosters, schools)


def _rosters(rosters: Sequence[Roster]) -> Table:
    table = Table(
        title=f"A batch of {BATCH} probes within a roster, exact, in one round trip",
        caption=f"{STRANGERS} of the probes are strangers; `same first`: as numpy puts first",
    )
    for heading in ("students", "templates", "p50 ms", "p95 ms", "ms a probe", "same first"):
        table.add_column(heading, justify="right")
    for each in rosters:
        times = f"{each.batch.p50_ms:.1f}", f"{each.batch.p95_ms:.1f}", f"{each.probe_ms:.2f}"
        table.add_row(f"{each.students:,}", f"{each.templates:,}", *times, f"{each.same_first:.1%}")
    return table


def _indexes(schools: Sequence[School]) -> Table:
    table = Table(
        title="A whole school, by an approximate index (HNSW)",
        caption=f"recall at 1 of {schools[0].probes} probes, half students' and half strangers'; * is what "
        f"lessons do; goal: {GOAL['recall_at_1']:.0%} at p95 under {GOAL['p95_ms']:g} ms",
    )
    for heading in ("templates", "links", "candidates", "built s", "MB", "weighed", "recall", "students",
                    "strangers", "p50 ms", "p95 ms", f"p95 of {BATCH}"):  # fmt: skip
        table.add_column(heading, justify="right")
    table.add_column("kind")
    for school in schools:
        for index in school.indexes:
            _add(table, school, index)
    return table


def _add(table: Table, school: School, index: Index) -> None:
    for search in index.searches:
        table.add_row(
            f"{school.templates:,}",
            str(index.hnsw.links),
            str(index.hnsw.candidates),
            f"{index.build_s:.0f}",
            f"{index.megabytes:.0f}",
            f"{search.searched}{' *' if search is index.chosen else ''}",
            *(f"{share:.1%}" for share in (search.recall, search.recall_known, search.recall_strangers)),
            *(f"{ms:.1f}" for ms in (search.one.p50_ms, search.one.p95_ms, search.batch.p95_ms)),
            index.hnsw.kind,
        )
    table.add_section()


def _rivals(rosters: Sequence[Roster], schools: Sequence[School]) -> Table:
    table = Table(title="The same search by others: median ms a probe")
    table.add_column("templates", justify="right")
    for name in ("adsum", "exact, in SQL", *rosters[0].rivals):
        table.add_column(name, justify="right")
    for roster in rosters:
        own = f"{roster.probe_ms:.2f}"
        table.add_row(f"{roster.templates:,}", own, own, *map(_told, roster.rivals.values()))
    for school in schools:
        chosen = chosen_of(school)
        own = f"{chosen.one.p50_ms:.2f}" if chosen else "-"
        others = map(_told, school.rivals.values())
        table.add_row(f"{school.templates:,}", own, f"{school.exact.p50_ms:.2f}", *others)
    return table


def _told(rival: Times | NotMeasured) -> str:
    return f"{rival.p50_ms:.2f}" if isinstance(rival, Times) else rival.reason


def chosen_of(school: School) -> Search | None:
    """Return the searches that the product would make in this school."""
    return next((index.chosen for index in school.indexes if index.chosen is not None), None)


def figures(rosters: Sequence[Roster], schools: Sequence[School], machine: Machine) -> dict[str, Any]:
    """Return the measurement as a JSON object; times of rivals are those of one probe, in ms."""
    told: dict[str, Any] = _rounded(
        {
            "benchmark": "search",
            "machine": asdict(machine),
            "vectors": MADE,
            "templates_each": TEMPLATES_EACH,
            "batch": BATCH,
            "goal": GOAL,
            "parameters": asdict(HNSW) | {"searched": SEARCHED},
            "rosters": [_roster(each) for each in rosters],
            "schools": [_school(each) for each in schools],
        }
    )
    return told


def _roster(roster: Roster) -> dict[str, Any]:
    of_batch = {"p50_ms": roster.batch.p50_ms, "p95_ms": roster.batch.p95_ms, "probe_ms": roster.probe_ms}
    return asdict(roster) | of_batch | {"rivals": _of_rivals(roster.rivals)}


def _school(school: School) -> dict[str, Any]:
    chosen = chosen_of(school)
    return {
        "templates": school.templates,
        "probes": school.probes,
        "chosen": _search(chosen) if chosen else None,
        "exact_in_sql": asdict(school.exact),
        "rivals": _of_rivals(school.rivals),
        "indexes": [
            asdict(each) | {"searches": [_search(search) for search in each.searches]}
            for each in school.indexes
        ],
    }


def _search(search: Search) -> dict[str, Any]:
    own = {"p50_ms": search.one.p50_ms, "p95_ms": search.one.p95_ms, "batch_p95_ms": search.batch.p95_ms}
    return {"searched": search.searched, "recall_at_1": search.recall} | asdict(search) | own


def _of_rivals(rivals: Mapping[str, Times | NotMeasured]) -> dict[str, Any]:
    return {name: asdict(rival) for name, rival in rivals.items()}


def _rounded(value: Any) -> Any:  # noqa: ANN401 - anything that JSON holds
    match value:
        case float():
            return round(value, 4)
        case dict():
            return {key: _rounded(each) for key, each in value.items()}
        case list() | tuple():
            return [_rounded(each) for each in value]
    return value
