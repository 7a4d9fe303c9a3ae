"""What the doctor says: one line a check, with a verdict, what was seen and what to do. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

Number = float | int | str | None


class Verdict(StrEnum):
    """How a thing is; in the order of how bad it is."""

    SKIPPED = "skipped"
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `seen` is what was found, `advice` what to do about it, `numbers` the same for machines."""

    check: str
    verdict: Verdict
    seen: str
    advice: str = ""
    numbers: Mapping[str, Number] = field(default_factory=dict)


def skipped(check: str, why: str, advice: str = "") -> Finding:
    """Say what was not looked at, and why."""
    return Finding(check, Verdict.SKIPPED, why, advice)


def worst(findings: Sequence[Finding]) -> Verdict:
    """Return the worst verdict of all; `SKIPPED` where nothing was looked at."""
    order = list(Verdict)
    return max((finding.verdict for finding in findings), key=order.index, default=Verdict.SKIPPED)
