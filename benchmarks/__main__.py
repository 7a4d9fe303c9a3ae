"""`python -m benchmarks [NAME …] [--save]`: run all benchmarks, or those named, and print the ratios."""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Comparison

RESULTS = Path(__file__).parent / "results"
NAMES = ("detect", "embed", "search", "cameras")


def main() -> int:
    """Run, print, and with `--save` keep the figures under `benchmarks/results/`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(NAMES)}; all if none")
    parser.add_argument("--save", action="store_true", help="keep the figures in benchmarks/results/")
    asked = parser.parse_args()
    unknown = set(asked.names) - set(NAMES)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}: choose from {', '.join(NAMES)}")
    results = {name: importlib.import_module(f"benchmarks.{name}").run() for name in asked.names or NAMES}
    rows = [row for comparisons in results.values() for row in comparisons]
    Console().print(_table(rows))
    if asked.save:
        for name, comparisons in results.items():
            _save(name, comparisons)
    return 0


def _table(rows: list[Comparison]) -> Table:
    table = Table(title="Median times of the same work in one run")
    for heading in ("work", "instead", "ours ms", "theirs ms", "ratio", "note"):
        table.add_column(heading, justify="right" if heading.endswith(("ms", "ratio")) else "left")
    for row in rows:
        times = f"{row.ours_ms:.2f}", f"{row.theirs_ms:.2f}", f"{row.ratio:.1f} x"
        table.add_row(row.work, row.instead, *times, row.note)
    return table


def _save(name: str, comparisons: list[Comparison]) -> None:
    document = {
        "benchmark": name,
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "results": [asdict(row) | {"ratio": round(row.ratio, 2)} for row in comparisons],
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
