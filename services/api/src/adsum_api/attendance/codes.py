"""A school's status codes: what its state, or its own habit, calls what a mark says. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from adsum_api.attendance.rules import ATTENDED

CodedStatus = Literal["present", "late", "left_early", "absent", "excused"]
CountsAs = Literal["attended", "missed", "neither"]


@dataclass(frozen=True, slots=True)
class StatusCode:
    """`code` stands for `status`, and counts so in attendance rates; the `usual` one of its status is that of
    a mark without a code, such as the machine's."""

    code: str
    label: str
    status: CodedStatus
    counts_as: CountsAs
    usual: bool = False


USUAL: Final = (
    StatusCode("P", "Present", "present", "attended", usual=True),
    StatusCode("L", "Late", "late", "attended", usual=True),
    StatusCode("LE", "Left early", "left_early", "attended", usual=True),
    StatusCode("A", "Absent", "absent", "missed", usual=True),
    StatusCode("E", "Excused", "excused", "missed", usual=True),
)
"""The codes of a school that has set none."""


@dataclass(frozen=True, slots=True)
class CodeSet:
    """Every code once, and one usual code for each status."""

    codes: tuple[StatusCode, ...] = USUAL

    def __post_init__(self) -> None:
        names = [each.code for each in self.codes]
        if len(names) != len(set(names)):
            raise ValueError("a code stands twice in the set")
        usual = sorted(each.status for each in self.codes if each.usual)
        if usual != sorted(each.status for each in USUAL):
            raise ValueError("each of present, late, left_early, absent and excused has one usual code")

    @classmethod
    def of(cls, stored: Sequence[Mapping[str, Any]] | None) -> CodeSet:
        """Return the set as a school keeps it."""
        return cls() if stored is None else cls(tuple(StatusCode(**each) for each in stored))

    def named(self, code: str) -> StatusCode | None:
        """Return the code of this name."""
        return next((each for each in self.codes if each.code == code), None)

    def code_of(self, status: str, code: str | None) -> str | None:
        """Return what a mark is called: by its own code, else by its status's usual one; None for what no
        person says, such as `not_observed`."""
        if code is not None:
            return code
        return next((each.code for each in self.codes if each.usual and each.status == status), None)

    def counts_as(self, status: str, code: str | None) -> CountsAs:
        """Return what a mark counts as in attendance rates; a code that is no more counts as its status."""
        name = self.code_of(status, code)
        known = None if name is None else self.named(name)
        if known is not None:
            return known.counts_as
        if status in ATTENDED:
            return "attended"
        return "missed" if status in {"absent", "excused"} else "neither"
