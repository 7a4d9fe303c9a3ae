"""What the doctor says: one line each, with a verdict and what to do. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

Number = float | int | str | None


class Verdict(StrEnum):
    """How a thing is; in the order of how bad it is."""

    GOOD = "good"
    LOOK = "look at this"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `said` is what was found, `advice` what to do, `numbers` the same for machines."""

    topic: str
    verdict: Verdict
    said: str
    advice: str = ""
    numbers: Mapping[str, Number] = field(default_factory=dict)


def worst(findings: Sequence[Finding]) -> Verdict:
    """Return the worst verdict; without any finding all is well."""
    order = list(Verdict)
    return max((finding.verdict for finding in findings), key=order.index, default=Verdict.GOOD)
