"""Judges a clock by one question and its answer, with the way there and back accounted for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from adsum_local.doctor.findings import Finding, Verdict
from adsum_local.doctor.spans import said

TOLERATED: Final = timedelta(seconds=2)
"""A lesson's begin and a late pupil's minutes bear so much; check-in codes and signed webhooks do too."""
BROKEN: Final = timedelta(minutes=2)
"""Check-in codes, webhooks' signatures and single sign-on are refused from about here on."""
DATE_HEADER: Final = timedelta(seconds=1)
"""`Date` (RFC 9110, 6.6.1) tells whole seconds, cut off."""

SET_UP_NTP: Final = "set up NTP on both (`timedatectl set-ntp true`); this machine may be the wrong one"


@dataclass(frozen=True, slots=True)
class ClockRead:
    """`said` by a server, cut to whole `resolution`s, between our `asked` and `heard`."""

    asked: datetime
    said: datetime
    heard: datetime
    resolution: timedelta = timedelta(0)

    @property
    def bounds(self) -> tuple[timedelta, timedelta]:
        """Return the least and the most that the server can be ahead of us.

        It spoke not before it was asked, and not after it was heard.
        """
        return self.said - self.heard, self.said + self.resolution - self.asked

    @property
    def proven(self) -> timedelta:
        """Return by how much it is off at least; negative: behind."""
        least, most = self.bounds
        return max(least, timedelta(0)) or min(most, timedelta(0))


def skew(read: ClockRead) -> Finding:
    """Judge the server's clock against ours."""
    least, most = read.bounds
    numbers = {"at_least_s": round(least.total_seconds(), 3), "at_most_s": round(most.total_seconds(), 3)}
    off = read.proven
    if abs(off) <= TOLERATED:
        told = f"as this machine's, to within {said(max(abs(least), abs(most)))}"
        return Finding("clock", Verdict.OK, told, numbers=numbers)
    verdict = Verdict.FAIL if abs(off) > BROKEN else Verdict.WARN
    told = f"{said(off)} {'ahead of' if off > timedelta(0) else 'behind'} this machine's"
    return Finding("clock", verdict, told, SET_UP_NTP, numbers)
