"""Everything killed and frozen while sightings are under way: each is in the record, once, and counts."""

from __future__ import annotations

import logging

import pytest
from rich.console import Console

from benchmarks.faults import LONG, SERVICES, SHORT, Form, Row, measure, table

log = logging.getLogger(__name__)


def endured(form: Form) -> list[Row]:
    """Let all of it happen; say the table, and the services' last words where something is missing."""
    lines: list[str] = []
    rows = measure(form, lines.append, lines)
    console = Console(width=160, record=True, quiet=True)
    console.print(table(form, rows))
    log.info("\n%s", console.export_text())
    assert [row for row in rows if row.verdict.left or row.verdict.doubled] == [], "\n".join(lines[-60:])
    assert sum(row.sightings for row in rows) == form.sightings
    return rows


@pytest.mark.slow
@pytest.mark.timeout(420)
def test_no_sighting_is_lost_or_doubled_when_everything_is_killed_or_frozen() -> None:
    for row in endured(SHORT):
        assert row.fault.kind == "frozen" or row.replaced == row.fault.victims


@pytest.mark.long
@pytest.mark.timeout(5400)
def test_nor_of_ten_thousand_when_each_is_killed_and_frozen_alone_and_all_together() -> None:
    for row in endured(LONG):
        asleep = row.fault.victims if row.fault.kind == "killed" else SERVICES
        wanted = tuple(victim for victim in row.fault.victims if victim in asleep)
        assert row.replaced == wanted, row.fault.name
