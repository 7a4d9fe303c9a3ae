"""The doctor's one screen, and the same as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from adsum_local.doctor.findings import Finding, Verdict, worst

COLOURS: Final = {
    Verdict.SKIPPED: "dim",
    Verdict.OK: "green",
    Verdict.WARN: "yellow",
    Verdict.FAIL: "red",
}


def show(address: str, findings: Sequence[Finding], console: Console) -> None:
    """Print the table: verdict, check, what was seen, and below it what to do; then a line that sums up.

    All of it as plain text: names and addresses may look like rich's markup.
    """
    title = Text(f"adsum doctor: {address}", style="table.title")
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in ("verdict", "check", "seen"):
        table.add_column(column, overflow="fold", header_style="dim")
    for finding in findings:
        colour = COLOURS[finding.verdict]
        advice = f"\n→ {finding.advice}" if finding.advice else ""
        seen = Text.assemble(finding.seen, (advice, colour))
        table.add_row(Text(finding.verdict, f"bold {colour}"), Text(finding.check), seen)
    console.print(table)
    console.print(Text(_summary(findings), f"bold {COLOURS[worst(findings)]}"))


def as_json(address: str, findings: Sequence[Finding]) -> str:
    """Return the same for machines: `verdict` is the worst of all."""
    told = [
        {
            "check": finding.check,
            "verdict": finding.verdict,
            "seen": finding.seen,
            "advice": finding.advice,
            "numbers": dict(finding.numbers),
        }
        for finding in findings
    ]
    return json.dumps({"address": address, "verdict": worst(findings), "findings": told}, indent=2)


def _summary(findings: Sequence[Finding]) -> str:
    counts = Counter(finding.verdict for finding in findings)
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in reversed(Verdict) if counts[verdict])
    match worst(findings):
        case Verdict.FAIL:
            return f"It is not well: {told}."
        case Verdict.WARN:
            return f"It works, and somebody should look: {told}."
        case _:
            return f"What was looked at is well: {told}."
