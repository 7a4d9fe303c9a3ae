"""Which sections and which room an event speaks of, and which events are holidays. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from adsum_api.timetable.calendars import Event, Unreadable

SECTION: Final = ("X-ADSUM-SECTION", "CATEGORIES", "SUMMARY")
ROOM: Final = ("X-ADSUM-ROOM", "LOCATION")
HOLIDAYS: Final = frozenset({"holiday", "holidays"})

_BETWEEN: Final = re.compile(r"[,;+&/]")


@dataclass(frozen=True, slots=True)
class Reading:
    """Which properties name sections and rooms: of each list the first that names any counts.

    With `add_rooms` a room that nobody knows is added; else its lessons are refused.
    """

    section: tuple[str, ...] = SECTION
    room: tuple[str, ...] = ROOM
    add_rooms: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """Ids by what a text may call them: without regard to case and outer spaces."""

    ids: Mapping[str, frozenset[UUID]]

    @classmethod
    def of(cls, named: Iterable[tuple[UUID, Iterable[str | None]]]) -> Names:
        """Build the index from each id and what it is called."""
        found: defaultdict[str, set[UUID]] = defaultdict(set)
        for row_id, names in named:
            for name in names:
                if name:
                    found[_key(name)].add(row_id)
        return cls({name: frozenset(ids) for name, ids in found.items()})

    def one(self, text: str) -> UUID | None:
        """Return whom the text names, None where nobody; raise `Unreadable` where several."""
        ids = self.ids.get(_key(text), frozenset())
        if len(ids) > 1:
            raise Unreadable(f"{text!r} names {len(ids)} of them")
        return next(iter(ids), None)


@dataclass(frozen=True, slots=True)
class Directory:
    """The school's sections and rooms; `usual`: the room where a section is usually taught."""

    sections: Names
    rooms: Names
    usual: Mapping[UUID, UUID]


def sections_of(event: Event, reading: Reading, names: Names) -> frozenset[UUID]:
    """Return the sections that the event is for; raise `Unreadable` where it names none.

    A list of categories may have others among them; every other text names sections alone.
    """
    tried: list[str] = []
    for wanted in reading.section:
        texts = event.said.get(wanted, ())
        tried += texts
        found = [_named(text, names) for text in texts]
        if wanted == "CATEGORIES":
            found = [ids for ids in found if ids]
        if found and all(found):
            return frozenset().union(*found)
    said = ", ".join(repr(text) for text in tried if text) or "nothing"
    raise Unreadable(f"names no section: {said} is not the name, the code or the id of one")


def room_of(event: Event, sections: Iterable[UUID], reading: Reading, directory: Directory) -> UUID | str:
    """Return the room, or the name of one that is not there; where none is named, the sections' usual one.

    Raises `Unreadable` where that is not one room.
    """
    for wanted in reading.room:
        for text in event.said.get(wanted, ()):
            if text:
                return directory.rooms.one(text) or text
    usual = {directory.usual[each] for each in sections if each in directory.usual}
    if len(usual) != 1:
        raise Unreadable("names no room, and its section has no usual one")
    return usual.pop()


def is_holiday(event: Event, *, in_holidays: bool) -> bool:
    """Whether no lesson is held then: every event of a calendar of holidays, and of another those of whole
    days that have the category HOLIDAY or the property X-ADSUM-HOLIDAY."""
    if in_holidays:
        return True
    flagged = HOLIDAYS & {_key(text) for text in event.said.get("CATEGORIES", ())}
    return event.is_all_day and bool(flagged or "X-ADSUM-HOLIDAY" in event.said)


def _named(text: str, names: Names) -> frozenset[UUID]:
    whole = names.one(text)
    if whole is not None:
        return frozenset({whole})
    parts = [names.one(part) for part in _BETWEEN.split(text)]
    return frozenset() if None in parts else frozenset(part for part in parts if part is not None)


def _key(text: str) -> str:
    return " ".join(text.split()).casefold()
