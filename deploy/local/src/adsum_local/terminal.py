"""What a run shows the person who started it: a few lines, and a register that fills."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

LOOKS: Final = {
    "present": ("✔ present", "green"),
    "late": ("◔ late", "yellow"),
    "left_early": ("◑ left early", "yellow"),
    "absent": ("✘ absent", "red"),
    "excused": ("● excused", "blue"),
    "not_observed": ("? not observed", "magenta"),
    "pending_review": ("! to review", "magenta"),
    "unmarked": ("· not yet seen", "dim"),
}


class Terminal:
    """Writes to standard error, so that `--json` has standard output to itself."""

    def __init__(self, *, verbose: bool) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._verbose = verbose
        self._last_logs: deque[str] = deque(maxlen=200)

    def say(self, line: str) -> None:
        """One line for the person."""
        self._console.print(line, soft_wrap=True)

    def fail(self, sentence: str) -> None:
        """The one sentence that says what went wrong and what to do."""
        self._console.print(f"[bold red]adsum:[/] {sentence}", soft_wrap=True)

    def log(self, service: str, line: str) -> None:
        """A line of a service's log: shown with `--verbose`, else kept for `save_log`."""
        text = f"{service:>10} | {line}"
        self._last_logs.append(text)
        if self._verbose:
            self._console.print(Text(text), soft_wrap=True)

    def save_log(self) -> Path | None:
        """Keep the services' last lines in a file, for whoever wants to know why a run failed."""
        if not self._last_logs:
            return None
        with NamedTemporaryFile("w", prefix="adsum-", suffix=".log", delete=False, encoding="utf-8") as file:
            file.write("\n".join(self._last_logs) + "\n")
        return Path(file.name)

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        """A progress bar that goes away when its work is done."""
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
        with Progress(*columns, TimeRemainingColumn(), console=self._console, transient=True) as bar:
            bar.add_task(title, total=1.0)
            yield bar

    @contextmanager
    def live(self) -> Iterator[Live]:
        """A place that is redrawn in a terminal; elsewhere only its last state is printed."""
        with Live(console=self._console, refresh_per_second=4, transient=False) as live:
            yield live


def register_table(register: dict[str, Any], heading: str) -> Group:
    """Draw a register as the API returns it, present ones and missing ones side by side."""
    entries = register["entries"]
    rows = max((len(entries) + 1) // 2, 1)
    table = Table(title=heading, title_justify="left", expand=False)
    for _ in range(2 if len(entries) > 1 else 1):
        table.add_column("No.", justify="right", style="dim")
        table.add_column("Name")
        table.add_column("Status")
    for left in range(rows):
        cells = [cell for entry in entries[left::rows] for cell in _cells(entry)]
        table.add_row(*cells)
    counts = register["summary"]
    summary = "   ".join(f"{LOOKS.get(status, (status, ''))[0]}: {n}" for status, n in sorted(counts.items()))
    return Group(table, Text(summary))


def _cells(entry: dict[str, Any]) -> tuple[Text, Text, Text]:
    label, style = LOOKS.get(entry["status"], (entry["status"], ""))
    minutes = f" {entry['minutes_late']} min" if entry.get("minutes_late") else ""
    return Text(str(entry["number"])), Text(str(entry["name"])), Text(label + minutes, style=style)
