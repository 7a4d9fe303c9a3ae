"""A whole district's worth of OneRoster rows into the record: the first time, again, and one day's changes.

There is nothing to compare it with in the original demo, so the figures stand alone.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from resource import RUSAGE_SELF, getrusage

from rich.table import Table

from adsum_api.deps import Operator
from adsum_api.rosters.report import ImportReport
from adsum_api.rosters.service import Wish, import_roster, read_roster
from adsum_api.school.service import ensure_school
from adsum_store.engine import create_store_engine
from adsum_store.scratch import scratch_servers
from adsum_store.unit_of_work import Store
from benchmarks.measure import Asked, Report
from benchmarks.roster_zip import Cells, MadeUpSchool, write_zip

TODAY = date(2026, 2, 11)
STUDENTS, QUICK = 16_000, 1_600
"""With four classes each they make 100,000 rows, or a tenth of that."""


@dataclass(frozen=True, slots=True)
class Import:
    """Seconds that one import took: reading the zip, then comparing and writing; rows of the files and
    changes made."""

    what: str
    rows: int
    changes: int
    reading_s: float
    writing_s: float

    @property
    def rows_a_second(self) -> float:
        """Of reading and writing together."""
        return self.rows / (self.reading_s + self.writing_s)


def run(asked: Asked) -> Report:
    """Import 100,000 rows (10,000 with --quick) three times."""
    made_up = MadeUpSchool(QUICK if asked.quick else STUDENTS)
    files = {name: list(rows) for name, rows in made_up.files().items()}
    asked.tell("packing a zip")
    whole = _zipped(files)
    files["enrollments.csv"] = files["enrollments.csv"][len(files["enrollments.csv"]) // 100 :]
    a_day_later = _zipped(files)
    with scratch_servers() as servers:
        store = Store(create_store_engine(servers.database_url))
        with store.begin() as work:
            ensure_school(work, "Benchmark", "Europe/Zurich")
        found = []
        for what, content in (("the first time", whole), ("again", whole), ("1 % ended", a_day_later)):
            asked.tell(f"importing {made_up.rows} rows, {what}")
            found.append(imported(store, what, content, made_up.rows)[0])
    peak_mb = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    table = Table(title=f"OneRoster, {made_up.rows} rows; at most {peak_mb:.0f} MB of memory")
    for heading in ("import", "changes", "reading s", "comparing and writing s", "rows a second"):
        table.add_column(heading, justify="left" if heading == "import" else "right")
    for each in found:
        seconds = f"{each.reading_s:.1f}", f"{each.writing_s:.1f}"
        table.add_row(each.what, str(each.changes), *seconds, f"{each.rows_a_second:,.0f}")
    return Report((table,), {"peak_mb": round(peak_mb), "imports": [asdict(each) for each in found]})


def imported(store: Store, what: str, content: bytes, rows: int) -> tuple[Import, ImportReport]:
    """Import a zip; return how long it took, and its report."""
    started = time.perf_counter()
    received = read_roster(io.BytesIO(content), Wish())
    read = time.perf_counter()
    with store.begin() as work:
        caller = Operator(ensure_school(work, "Benchmark", "Europe/Zurich"))
        report = import_roster(work, caller, received, Wish(), TODAY)
    done = time.perf_counter()
    return Import(what, rows, report.changes_in_all, read - started, done - read), report


def _zipped(files: Mapping[str, Iterable[Cells]]) -> bytes:
    content = io.BytesIO()
    write_zip(content, files)
    return content.getvalue()
