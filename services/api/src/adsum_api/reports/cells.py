"""Text on its way into a spreadsheet, and back. Pure.

A spreadsheet runs a text cell that begins with one of `= + - @`, a tab or a carriage return as a formula
(OWASP, "CSV Injection"). Such a text gets a leading apostrophe, and so does one that already looks like that,
so that reading takes away what writing added and nothing else. Numbers are written by us, from numbers:
digits with at most one point, never a sign, so no number is changed.
"""

from __future__ import annotations

import re
from typing import Final

_STARTS: Final = "=+\\-@\t\r\uff1d\uff0b\uff0d\uff20"  # the last four are the wide forms of the first
_FORMULA = re.compile(f"'*[{_STARTS}]")
_DEFUSED = re.compile(f"'+[{_STARTS}]")


def defused(text: str) -> str:
    """Return `text` such that no spreadsheet takes it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def as_it_was(cell: str) -> str:
    """Return what `defused` was given."""
    return cell[1:] if _DEFUSED.match(cell) else cell
