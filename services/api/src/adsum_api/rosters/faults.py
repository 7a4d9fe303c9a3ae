"""What is wrong with a file that was handed in, and where. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from adsum_api.errors import Invalid


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong with one row; `line` counts from 1, the header's; no cell of a person is repeated."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        """Return the fault as a person reads it."""
        column = f", column {self.column}" if self.column else ""
        return f"{self.file} line {self.line}{column}: {self.reason}"


class BadRoster(Invalid):
    """The whole file is not one that can be read, so nothing of it is taken."""


class BadCell(ValueError):  # noqa: N818 - named for what it is
    """One cell cannot be what its column holds, so its row is refused."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason
