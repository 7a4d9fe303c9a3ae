"""What an import of a calendar did, or would do."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from adsum_api.texts import Name
from adsum_api.timetable.matching import ROOM, SECTION, Reading
from adsum_api.timetable.wishes import CalendarFile

Property = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9-]{1,64}$")]


class CalendarWish(BaseModel):
    """How a calendar is to be taken."""

    model_config = ConfigDict(extra="forbid")

    calendar: Annotated[Name, Field(description="it takes the place of the one of this name")] = "timetable"
    holidays: Annotated[bool, Field(description="no lesson is held during its events")] = False
    weeks: Annotated[int, Field(ge=1, le=60, description="lessons are made so far ahead")] = 4
    section_property: Annotated[
        list[Property],
        Field(min_length=1, max_length=8, description="what names the section: the first that does"),
    ] = list(SECTION)
    room_property: Annotated[
        list[Property],
        Field(min_length=1, max_length=8, description="what names the room: the first that does"),
    ] = list(ROOM)
    add_rooms: Annotated[bool, Field(description="add the rooms that nobody knows")] = False
    dry_run: Annotated[bool, Field(description="say what would change; keep nothing")] = False

    def file(self, content: bytes) -> CalendarFile:
        """Return the content with how it is to be read."""
        reading = Reading(tuple(self.section_property), tuple(self.room_property), self.add_rooms)
        return CalendarFile(self.calendar, content, self.holidays, self.weeks, reading)


class RefusedEvent(BaseModel):
    """An event that makes no lesson, by its UID; `times`: how many of its lessons."""

    calendar: str
    uid: str
    reason: str
    times: int = 1


class CalendarReport(BaseModel):
    """What became of the lessons from now to `until`, of all the school's calendars together.

    `added`, `moved`, `cancelled`, `unchanged`: lessons. `holidays`: lessons that fall on one. `passed_over`:
    whole-day events that are no holidays. `refused` lists the first 1000 of `refused_in_all`.
    """

    dry_run: bool
    until: datetime
    added: int
    moved: int
    cancelled: int
    unchanged: int
    holidays: int
    passed_over: int
    rooms_added: list[str]
    refused: list[RefusedEvent]
    refused_in_all: int


class CalendarOut(BaseModel):
    """A calendar that lessons are made from."""

    id: UUID
    name: str
    holidays: bool
    weeks_ahead: Annotated[int, Field(description="lessons are made so far ahead")]
    imported_at: datetime
