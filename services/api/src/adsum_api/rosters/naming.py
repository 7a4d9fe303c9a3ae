"""Names and numbers that a school has once, out of titles and identifiers that need not be. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final

from adsum_api.rosters.faults import BadCell

LONGEST_NUMBER: Final = 64


@dataclass(frozen=True, slots=True)
class Taken:
    """Who has each name or number, by source id; `typed` are those of rows that were typed in.

    What was typed in is taken over by a newcomer of its name or number, and by nobody else.
    """

    owners: dict[str, str]
    known: Container[str]
    typed: Container[str]

    def may_have(self, source_id: str, name: str) -> bool:
        """Whether the name is theirs, or nobody's."""
        if name in self.owners:
            return self.owners[name] == source_id
        return name not in self.typed or source_id not in self.known

    def take(self, source_id: str, name: str) -> str:
        """Let the name be theirs, and return it."""
        self.owners[name] = source_id
        return name


def section_name(source_id: str, title: str, code: str, taken: Taken) -> str:
    """Return the section's name: its title or, where another has it, the title with its code or its id.

    A section keeps a name that it was given in this way before, so that a second class of the same title
    renames no first one. Raises `BadCell`.
    """
    candidates = [title, *([f"{title} ({code})"] if code else []), f"{title} ({source_id})"]
    own = (name for name in candidates if taken.owners.get(name) == source_id)
    free = (name for name in candidates if taken.may_have(source_id, name))
    name = next(own, None) or next(free, None)
    if name is None:
        raise BadCell("title", "every name that this class could have is another's")
    return taken.take(source_id, name)


def student_number(source_id: str, identifier: str, username: str, taken: Taken) -> str:
    """Return the student's number: the identifier or, without one, the user name. Raises `BadCell`."""
    number = identifier or username
    column = "identifier" if identifier else "username"
    if len(number) > LONGEST_NUMBER:
        raise BadCell(column, f"has more than {LONGEST_NUMBER} characters: a student's number is shorter")
    if not taken.may_have(source_id, number):
        raise BadCell(column, "is another student's number")
    return taken.take(source_id, number)


def owners_of(names: Mapping[str, str]) -> dict[str, str]:
    """Return who has each name, out of the name that each has."""
    return {name: source_id for source_id, name in names.items()}
