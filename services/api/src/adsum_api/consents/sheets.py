"""Consents in a CSV file, as an office collects them: rows, and what is wrong with the others. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from adsum_api.absences.sheets import Fault
from adsum_api.consents.text_schemas import Language
from adsum_api.errors import Invalid
from adsum_api.students.schemas import Method
from adsum_api.texts import Name, Number

COLUMNS: Final = (
    "number", "name", "relation", "says", "method", "said_on", "expires_on", "text_version", "language",
)  # fmt: skip
NEEDED: Final = ("number", "relation")
MOST_ROWS: Final = 100_000


class BadSheet(Invalid):
    """The file is no such sheet."""


class Said(BaseModel):
    """A line: what somebody said of the student `number`; `name` is the parent's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: Number
    name: Name | None = None
    relation: Literal["parent", "guardian", "self"]
    says: Literal["gives", "withdraws", "refuses"] = "gives"
    method: Method = "paper"
    said_on: date | None = None
    expires_on: date | None = None
    text_version: int | None = Field(None, ge=1, le=100_000)
    language: Language | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Said:
        if self.relation != "self" and self.name is None:
            raise ValueError("name: whose word is it? give the parent's name")
        if (self.text_version is None) != (self.language is None):
            raise ValueError("text_version and language go together: they name one text")
        if self.says != "gives" and self.said_on is not None:
            raise ValueError("said_on is for consents: a withdrawal or refusal counts from now on")
        return self


@dataclass(frozen=True, slots=True)
class Row:
    """A line (the header is line 1) and what it says."""

    line: int
    said: Said


def read_sheet(text: str) -> Iterator[Row | Fault]:
    """Yield each line as a row or as what is wrong with it; raise `BadSheet` for another header."""
    lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        if not set(NEEDED) <= set(lines.fieldnames or ()) <= set(COLUMNS):
            raise BadSheet(f"the first line has to name these columns: {', '.join(COLUMNS)}")
        for place, cells in enumerate(lines, 2):
            if place > MOST_ROWS:
                raise BadSheet(f"the file has more than {MOST_ROWS:,} lines: split it")
            yield _row(place, cells)
    except csv.Error as error:
        raise BadSheet(f"this is no CSV: {error}") from None


def _row(line: int, cells: dict[str, str | None]) -> Row | Fault:
    if None in cells or None in cells.values():
        return Fault(line, "", "has more or fewer cells than the header")
    given = {name: cell.strip() for name, cell in cells.items() if cell and cell.strip()}
    try:
        return Row(line, Said.model_validate(given))
    except ValidationError as error:
        first = error.errors()[0]
        return Fault(line, str(first["loc"][0]) if first["loc"] else "", first["msg"])
