"""Texts that people type: trimmed, not empty, of a sane length, and without control characters."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_PRINTABLE)
]
"""What a person, a room or a section is called."""

Number = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=_PRINTABLE)
]
"""A student's number, as the school writes it."""
