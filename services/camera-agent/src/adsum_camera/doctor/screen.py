"""The doctor's one screen, and the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from adsum_camera.doctor.findings import Finding, Verdict, worst

MARKS: Final = {
    Verdict.GOOD: ("✓", "green"),
    Verdict.LOOK: ("!", "yellow"),
    Verdict.BROKEN: ("✗", "red"),
}
SUMMARY: Final = {
    Verdict.GOOD: "All is well.",
    Verdict.LOOK: "It works; the lines marked ! would make it better.",
    Verdict.BROKEN: "It does not work yet: see the lines marked ✗.",
}


def show(source: str, findings: Sequence[Finding], console: Console) -> None:
    """Print the table: mark, topic, what was found, and below it what to do.

    All of it as plain text: names and addresses may look like rich's markup.
    """
    title = Text(f"adsum-camera doctor: {source}", style="table.title")
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in ("", "what", "found"):
        table.add_column(column, overflow="fold", header_style="dim")
    for finding in findings:
        mark, colour = MARKS[finding.verdict]
        advice = f"\n→ {finding.advice}" if finding.advice else ""
        found = Text.assemble(finding.said, (advice, colour))
        table.add_row(Text(mark, f"bold {colour}"), Text(finding.topic), found)
    console.print(table)
    verdict = worst(findings)
    console.print(f"[bold {MARKS[verdict][1]}]{SUMMARY[verdict]}[/]")


def as_json(source: str, findings: Sequence[Finding], picture: str | None) -> str:
    """Return the same for machines: `verdict` is the worst of all."""
    return json.dumps(
        {
            "source": source,
            "verdict": worst(findings),
            "picture": picture,
            "findings": [
                {
                    "topic": finding.topic,
                    "verdict": finding.verdict,
                    "said": finding.said,
                    "advice": finding.advice,
                    "numbers": dict(finding.numbers),
                }
                for finding in findings
            ],
        },
        indent=2,
    )
