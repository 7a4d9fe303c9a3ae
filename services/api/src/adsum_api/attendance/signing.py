"""A person signs a lesson's register, and may open it again: both are kept, with who and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from adsum_api.access.rights import Role
from adsum_api.attendance import service
from adsum_api.attendance.agreement import Agreement
from adsum_api.attendance.projection import REGISTER_TOPIC
from adsum_api.attendance.window import CorrectionWindow, Speaker
from adsum_api.deps import Operator
from adsum_api.errors import Conflict, Forbidden, NotFound
from adsum_store.models import Lesson, RegisterSigning, School
from adsum_store.repositories import outbox, register, signings
from adsum_store.repositories.outbox import Announcement
from adsum_store.repositories.pages import EVERYTHING, PageWanted
from adsum_store.unit_of_work import UnitOfWork

UNDECIDED: Final = frozenset({"unmarked", "pending_review"})
"""What a signed register says of nobody."""


class RegisterFinalised(Conflict):
    """A signed register is changed only after somebody has opened it again."""

    def __init__(self, lesson: Lesson) -> None:
        super().__init__(f"{lesson.finalised_by} finalised this register: reopen it first, and say why")


class RegisterNotFinalised(Conflict):
    """Nobody has signed it."""

    def __init__(self) -> None:
        super().__init__("this register is open already: nobody has finalised it")


class RegisterIncomplete(Conflict):
    """Somebody in it is waiting for a person's word."""

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} students have no word yet: confirm the lesson's review first")


class NothingToFinalise(Conflict):
    """The lesson was not held, or not yet."""

    def __init__(self, why: str) -> None:
        super().__init__(f"this lesson {why}: it has no register to finalise")


class CorrectionWindowOver(Forbidden):
    """It is too late for a teacher."""

    def __init__(self, window: CorrectionWindow, lesson: Lesson) -> None:
        super().__init__(
            f"teachers could change this register until {window.last_day(lesson.ends_at)}: ask the office"
        )


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs, as whom, and why."""

    actor: str
    speaker: Speaker
    reason: str | None = None


def speaks_as(caller: Operator, asked: Speaker) -> Speaker:
    """Return as whom a caller speaks: a teacher's account never as the office."""
    return "teacher" if caller.role is Role.TEACHER else asked


def window_of(school: School) -> CorrectionWindow:
    """Return what the school agreed on."""
    return CorrectionWindow(school.correction_days, ZoneInfo(school.timezone))


def check_may_change(school: School, lesson: Lesson, speaker: Speaker, now: datetime) -> None:
    """Raise `CorrectionWindowOver` or `RegisterFinalised` where this speaker may not change the register."""
    check_window(school, lesson, speaker, now)
    if lesson.finalised_at is not None:
        raise RegisterFinalised(lesson)


def check_window(school: School, lesson: Lesson, speaker: Speaker, now: datetime) -> None:
    """Raise `CorrectionWindowOver` where it is too late for this speaker to change what the register says."""
    window = window_of(school)
    if not window.is_open(lesson.ends_at, now, speaker):
        raise CorrectionWindowOver(window, lesson)


def finalise(
    work: UnitOfWork, school: School, lesson_id: UUID, signature: Signature, agreement: Agreement,
    now: datetime,
) -> Lesson:  # fmt: skip
    """Sign the register as it stands; signing it again changes nothing.

    What a camera sees of it from then on goes to review. Raises `NotFound`, `NothingToFinalise`,
    `CorrectionWindowOver` and `RegisterIncomplete`.
    """
    lesson = _locked(work, school, lesson_id)
    if lesson.finalised_at is not None:
        return lesson
    if lesson.cancelled_at is not None or now < lesson.starts_at:
        raise NothingToFinalise("is cancelled" if lesson.cancelled_at else "has not begun")
    check_window(school, lesson, signature.speaker, now)
    service.reapply(work, lesson, agreement)
    says = Counter(line.entry.status if line.entry else "unmarked" for line in register.lines(work, lesson))
    if waiting := sum(says[status] for status in UNDECIDED):
        raise RegisterIncomplete(waiting)
    lesson.finalised_at, lesson.finalised_by = now, signature.actor
    _sign(work, lesson, "finalised", signature, now)
    return lesson


def reopen(
    work: UnitOfWork, school: School, lesson_id: UUID, signature: Signature, agreement: Agreement,
    now: datetime,
) -> Lesson:  # fmt: skip
    """Let the register be changed again; raise `NotFound`, `RegisterNotFinalised`, `CorrectionWindowOver`."""
    lesson = _locked(work, school, lesson_id)
    if lesson.finalised_at is None:
        raise RegisterNotFinalised
    check_window(school, lesson, signature.speaker, now)
    lesson.finalised_at = lesson.finalised_by = None
    _sign(work, lesson, "reopened", signature, now)
    service.reapply(work, lesson, agreement)
    return lesson


def of_lesson(
    work: UnitOfWork, school: School, lesson_id: UUID, wanted: PageWanted = EVERYTHING
) -> Sequence[RegisterSigning]:
    """Return who signed a lesson's register and who opened it again, oldest first."""
    return signings.of_lesson(work, school.id, lesson_id, wanted)


def _locked(work: UnitOfWork, school: School, lesson_id: UUID) -> Lesson:
    lesson = service.locked(work, school.id, lesson_id)
    if lesson is None:
        raise NotFound("lesson", lesson_id)
    return lesson


def _sign(
    work: UnitOfWork,
    lesson: Lesson,
    act: Literal["finalised", "reopened"],
    signature: Signature,
    now: datetime,
) -> None:
    signing = RegisterSigning(
        school_id=lesson.school_id, lesson_id=lesson.id, act=act, actor=signature.actor,
        source=signature.speaker, reason=signature.reason, signed_at=now,
    )  # fmt: skip
    signings.append(work, signing)
    told = {"type": f"register_{act}", "lesson_id": str(lesson.id), "at": now.isoformat()}
    announcement = Announcement(REGISTER_TOPIC, str(lesson.id), f"{act}:{signing.id}", told)
    outbox.announce(work, lesson.school_id, [announcement])
