"""Lessons are opened, found and ended; two in one room never share time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from adsum_api.attendance.projection import REGISTER_TOPIC
from adsum_api.attendance.service import locked
from adsum_api.errors import Conflict, Invalid, NotFound
from adsum_api.lessons.days import day_in
from adsum_api.lessons.schemas import NewLesson
from adsum_contracts.models import ModelSpec
from adsum_store.models import Camera, Lesson
from adsum_store.repositories import lessons, outbox, places, sections
from adsum_store.repositories.lessons import PlacedLesson
from adsum_store.repositories.outbox import Announcement
from adsum_store.repositories.pages import EVERYTHING, PageWanted
from adsum_store.unit_of_work import UnitOfWork

LATE_AFTER_S: Final = 300
SHORTEST: Final = timedelta(seconds=10)
LONGEST: Final = timedelta(hours=12)
FARTHEST: Final = timedelta(days=400)


class RoomTaken(Conflict):
    """Another lesson is held there at that time: `other`."""

    def __init__(self, other: PlacedLesson) -> None:
        self.other = other
        lesson = other.lesson
        super().__init__(
            f"{other.room} is taken by lesson {lesson.id} ({other.section or 'ad hoc'}) from "
            f"{lesson.starts_at.isoformat()} to {lesson.ends_at.isoformat()}: close it first"
        )


class KeyTaken(Conflict):
    """The key opened another lesson."""

    def __init__(self, other: Lesson) -> None:
        super().__init__(f"this key opened another lesson, {other.id}: choose a new key")


class SectionEnded(Invalid):
    """Rosters no longer have the section: nobody is expected there."""

    def __init__(self, name: str, ended_on: date) -> None:
        super().__init__(
            f"{name} ended on {ended_on.isoformat()}: the system that rosters come from has it no more"
        )


class LessonNotBegun(Conflict):
    """What has not begun cannot be ended."""

    def __init__(self, lesson: Lesson) -> None:
        super().__init__(f"lesson {lesson.id} begins only at {lesson.starts_at.isoformat()}")


class ThresholdBelowFloor(Invalid):
    """A threshold may be stricter than the model's floor, never laxer."""

    def __init__(self, threshold: float, model: ModelSpec) -> None:
        super().__init__(
            f"threshold {threshold} lies below the floor of {model.id}, {model.floor}: "
            f"ask for {model.floor} or more, or leave it out"
        )


def open_lesson(
    work: UnitOfWork, school_id: UUID, wanted: NewLesson, model: ModelSpec, now: datetime
) -> tuple[PlacedLesson, bool]:
    """Return the lesson and whether it is new.

    Raises `Invalid` for impossible times or places, `ThresholdBelowFloor`, `KeyTaken` and `RoomTaken`.
    """
    _check_times(wanted, now)
    check_threshold(wanted.threshold, model)
    late_after_s = _late_after(work, school_id, wanted)
    work.lock("room", wanted.room_id)
    if wanted.key and (there := lessons.with_key(work, school_id, wanted.key)) is not None:
        return _same_lesson(there, wanted), False
    other = lessons.overlapping(work, school_id, wanted.room_id, wanted.starts_at, wanted.ends_at)
    if other is not None:
        raise RoomTaken(other)
    lesson = Lesson(
        school_id=school_id, section_id=wanted.section_id, room_id=wanted.room_id,
        starts_at=wanted.starts_at, ends_at=wanted.ends_at, late_after_s=late_after_s,
        threshold=wanted.threshold, key=wanted.key or str(uuid4()),
    )  # fmt: skip
    return find(work, school_id, lessons.add(work, lesson).id), True


def check_section_runs(work: UnitOfWork, school_id: UUID, section_id: UUID | None, day: date) -> None:
    """Raise `SectionEnded` for a section that rosters no longer have on `day` of the school's calendar."""
    section = sections.get(work, school_id, section_id) if section_id else None
    if section is not None and section.removed_on is not None and section.removed_on <= day:
        raise SectionEnded(section.name, section.removed_on)


def camera_for_roll(work: UnitOfWork, school_id: UUID, camera_id: UUID | None) -> Camera:
    """Return this camera, or the default one; raise `NotFound`, or `Conflict` when it is revoked."""
    if camera_id is None:
        camera = places.default_camera(work, school_id)
        if camera is None:
            raise Conflict("no camera is the default: name one, or make one the default")
    else:
        found = places.camera(work, school_id, camera_id)
        if found is None:
            raise NotFound("camera", camera_id)
        camera = found
    if camera.revoked:
        raise Conflict(f"camera {camera.id} is revoked")
    return camera


def take_roll_now(
    work: UnitOfWork, school_id: UUID, camera: Camera, minutes: float, threshold: float | None,
    model: ModelSpec, now: datetime,
) -> tuple[PlacedLesson, bool]:  # fmt: skip
    """Open an ad-hoc lesson before `camera`, or return the one that runs there, and whether it is new.

    It ends in `minutes`, or when the next lesson in the room begins. Raises as `open_lesson` does.
    """
    check_threshold(threshold, model)
    work.lock("room", camera.room_id)
    ends_at = now + timedelta(minutes=minutes)
    other = lessons.overlapping(work, school_id, camera.room_id, now, ends_at)
    if other is not None and other.lesson.section_id is None and other.lesson.starts_at <= now:
        return other, False
    if other is not None and other.lesson.starts_at >= now + SHORTEST:
        ends_at = other.lesson.starts_at
    wanted = NewLesson(room_id=camera.room_id, starts_at=now, ends_at=ends_at, threshold=threshold)
    return open_lesson(work, school_id, wanted, model, now)


def find(work: UnitOfWork, school_id: UUID, lesson_id: UUID) -> PlacedLesson:
    """Return the lesson; raise `NotFound`."""
    placed = lessons.get(work, school_id, lesson_id)
    if placed is None:
        raise NotFound("lesson", lesson_id)
    return placed


def on_day(
    work: UnitOfWork, school_id: UUID, day: date, zone: ZoneInfo, room_id: UUID | None = None,
    wanted: PageWanted = EVERYTHING,
) -> Sequence[PlacedLesson]:  # fmt: skip
    """Return the lessons that start on `day` in the school's zone."""
    start, end = day_in(zone, day)
    return lessons.between(work, school_id, start, end, room_id, wanted)


def end_now(work: UnitOfWork, school_id: UUID, lesson_id: UUID, now: datetime) -> PlacedLesson:
    """End a lesson now, so that the worker finalises it once it has settled; again: changes nothing.

    Raises `NotFound` and `LessonNotBegun`.
    """
    lesson = locked(work, school_id, lesson_id)
    if lesson is None:
        raise NotFound("lesson", lesson_id)
    if now <= lesson.starts_at:
        raise LessonNotBegun(lesson)
    if lesson.closed_at is None and now < lesson.ends_at:
        lesson.ends_at = now
        work.session.flush()
        ended = {"type": "lesson_ended", "lesson_id": str(lesson.id)}
        told = Announcement(REGISTER_TOPIC, str(lesson.id), f"ended:{lesson.id}", ended)
        outbox.announce(work, school_id, [told])
    return find(work, school_id, lesson_id)


def check_threshold(threshold: float | None, model: ModelSpec) -> None:
    """Raise `ThresholdBelowFloor` for a threshold that is laxer than `model` allows."""
    if threshold is not None and not threshold >= model.floor:
        raise ThresholdBelowFloor(threshold, model)


def _check_times(wanted: NewLesson, now: datetime) -> None:
    length = wanted.ends_at - wanted.starts_at
    if not SHORTEST <= length <= LONGEST:
        raise Invalid("a lesson lasts from 10 seconds to 12 hours")
    if abs(wanted.starts_at - now) > FARTHEST:
        raise Invalid(f"a lesson begins within {FARTHEST.days} days of today")


def _same_lesson(there: PlacedLesson, wanted: NewLesson) -> PlacedLesson:
    lesson = there.lesson
    same = (lesson.room_id, lesson.section_id, lesson.starts_at) == (
        wanted.room_id, wanted.section_id, wanted.starts_at,
    )  # fmt: skip
    if not same:
        raise KeyTaken(lesson)
    return there


def _late_after(work: UnitOfWork, school_id: UUID, wanted: NewLesson) -> int:
    section = sections.get(work, school_id, wanted.section_id) if wanted.section_id else None
    if wanted.section_id and section is None:
        raise Invalid(f"there is no section {wanted.section_id}")
    if wanted.late_after_s is not None:
        return wanted.late_after_s
    return section.late_after_s if section else LATE_AFTER_S
