"""What the page of a review says, in the school's own time and words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from adsum_api.attendance.review import Kind
from adsum_api.attendance.review_schemas import Decided, ReviewItemOut, ReviewOut, UnnamedFace
from adsum_api.pages.views import WORDS, clock

WHY: Final[Mapping[Kind, str]] = {
    "missing": "Nobody saw them.",
    "retracted": "The camera first took another face for theirs.",
    "may_be_a_picture": "What the camera saw may be a picture.",
    "planned_absence": "They were not to come, and the camera saw them.",
    "seen_after_closing": "The camera says otherwise since the lesson closed.",
    "look_alike": "They are easily taken for somebody else here.",
    "contradicted": "The camera saw them after a person had said so.",
}
CHOICES: Final[Sequence[Decided]] = ("present", "late", "absent", "excused")


@dataclass(frozen=True, slots=True)
class Question:
    """A student to look at: what is said of them, why a person is asked, and what confirming says."""

    student_id: UUID
    number: str
    name: str
    status: str
    word: str
    why: str
    suggested: str
    says: str
    seen: str
    has_faces: bool


def questions_of(review: ReviewOut, zone: ZoneInfo) -> list[Question]:
    """Return whom the page asks for."""
    return [_question(item, zone) for item in review.items]


def faces_of(faces: Sequence[UnnamedFace], zone: ZoneInfo) -> list[str]:
    """Return where and when the faces were seen that fit nobody."""
    return [f"{face.camera}, {_span(face, zone)}" for face in faces]


def _question(item: ReviewItemOut, zone: ZoneInfo) -> Question:
    seen = ""
    if item.first_seen_at is not None and item.last_seen_at is not None:
        first, last = (clock(at, zone, seconds=False) for at in (item.first_seen_at, item.last_seen_at))
        seen = f"seen {first} – {last}"
    minutes = f", {item.minutes_late} min" if item.suggested == "late" and item.minutes_late else ""
    return Question(
        student_id=item.student_id,
        number=item.number,
        name=item.name,
        status=item.status,
        word=WORDS[item.status],
        why=WHY[item.kind],
        suggested=item.suggested or "",
        says=f"{WORDS[item.suggested]}{minutes}" if item.suggested else "",
        seen=seen,
        has_faces=bool(item.tracks),
    )


def _span(face: UnnamedFace, zone: ZoneInfo) -> str:
    first, last = (clock(at, zone, seconds=True) for at in (face.started_at, face.last_seen_at))
    return f"{first} – {last}"
