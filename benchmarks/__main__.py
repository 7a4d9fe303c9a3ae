"""`python -m benchmarks [NAME …] [--quick | --long] [--save]`: run all benchmarks, or those named.

Prints a table each; with --save keeps the figures, and the machine they were measured on, as JSON under
benchmarks/results/ (those of --long beside the others, as NAME-long.json), and the pictures drawn from them.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from benchmarks.measure import Asked, Report, machine

RESULTS = Path(__file__).parent / "results"
NAMES = ("detect", "embed", "search", "dispatch", "crops", "cameras", "liveness", "rosters", "api", "faults")


def main() -> int:
    """Run, print, and with `--save` keep the figures."""
    asked = _arguments()
    console, progress = Console(), Console(stderr=True)
    for place, name in enumerate(asked.names or NAMES, start=1):
        started = time.monotonic()
        with progress.status(name) as status:

            def tell(doing: str, head: str = f"[{place}/{len(asked.names or NAMES)}] {name}: ") -> None:
                if progress.is_terminal:
                    status.update(head + doing)
                else:
                    progress.print(head + doing, markup=False)

            tell("starting")
            with tempfile.TemporaryDirectory(prefix="adsum-films-") as folder:
                options = Asked(asked.quick, asked.long, asked.films or Path(folder), tell)
                before = machine()
                report: Report = importlib.import_module(f"benchmarks.{name}").run(options)
        for table in report.tables:
            console.print(table)
        progress.print(f"{name}: {time.monotonic() - started:.0f} s", style="dim")
        if asked.save:
            _save(f"{name}-long" if asked.long else name, report, before)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(NAMES)}; all if none")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="a look of a minute or less at each")
    length.add_argument("--long", action="store_true", help="whole lessons at every point")
    parser.add_argument("--save", action="store_true", help="keep the figures in benchmarks/results/")
    parser.add_argument("--films", type=Path, help="keep the drawn films here, and use those that are")
    asked = parser.parse_args()
    unknown = set(asked.names) - set(NAMES)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}: choose from {', '.join(NAMES)}")
    return asked


def _save(name: str, report: Report, before: dict[str, object]) -> None:
    document = {
        "benchmark": name,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": before,
        "results": report.figures,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    for path, picture in report.pictures.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
