"""The shell around making lessons ahead."""

from __future__ import annotations

import structlog
from celery import Celery

from adsum_api.deps import Operator
from adsum_api.lessons.telling import tell_room_after
from adsum_api.runtime import Runtime
from adsum_api.timetable.calendars import BadCalendar
from adsum_api.timetable.service import make_ahead
from adsum_contracts.routes import MAKE_LESSONS
from adsum_store.repositories import timetables

log = structlog.get_logger()


def register(app: Celery, runtime: Runtime) -> None:
    """Name the task."""

    @app.task(name=MAKE_LESSONS, shared=False)
    def make_lessons() -> None:
        make_for_all(runtime)


def make_for_all(runtime: Runtime) -> None:
    """Make the lessons of every school that has a calendar, each school's in its own transaction."""
    with runtime.store.begin() as work:
        schools = timetables.schools_with_calendars(work)
    for school in schools:
        try:
            with runtime.store.begin() as work:
                for room_id in make_ahead(work, Operator(school, "timetable"), runtime.clock()):
                    tell_room_after(work, runtime, room_id)
        except BadCalendar as error:
            log.error("calendar_unreadable", school_id=str(school.id), reason=str(error))
