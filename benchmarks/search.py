"""Finding a face's owner: `adsum-recognizer bench search`, kept."""

from __future__ import annotations

from adsum_recognizer.bench import search_screen
from adsum_recognizer.bench.roster_search import ROSTERS
from adsum_recognizer.bench.search_command import measure
from adsum_vision.machine import this_machine
from benchmarks.measure import Asked, Report


def run(asked: Asked) -> Report:
    """Search rosters, and a school of 100,000 templates; the long form one of a million as well."""
    machine = this_machine()
    templates, probes, rounds = (10_000, 100, 3) if asked.quick else (100_000, 200, 5)
    found = measure(ROSTERS, templates, probes, rounds, asked.tell, long=asked.long)
    return Report(search_screen.tables(*found), search_screen.figures(*found, machine))
