"""Texts that people type: trimmed, with something to see in them, of a sane length, and without characters
that change how what stands beside them is read.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import StringConstraints

UNWANTED: Final = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
"""Control characters, line ends, what turns the direction of writing, so that a name reads like another
(Unicode Technical Report 36, 2.2), and what is no character; for a class of a regular expression.

Marks and joiners (U+200C to U+200F) stay: Persian and Arabic names are written with them.
"""

_UNSEEN: Final = r"\s\u200b-\u200f\u2060"
_PRINTABLE: Final = f"^[^{UNWANTED}]*[^{UNWANTED}{_UNSEEN}][^{UNWANTED}]*$"

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_PRINTABLE)
]
"""What a person, a room or a section is called."""

Number = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=_PRINTABLE)
]
"""A student's number, as the school writes it."""
