"""What the machine says of each student in a lesson, from committed tracks alone. Pure.

The same tracks in any order, and any of them twice, give the same register: presence is a union of
spans, and everything else follows from its edges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from adsum_api.attendance.presence import Span, clipped, merged, share, total

Status = Literal[
    "unmarked", "present", "late", "left_early", "absent", "excused", "not_observed", "pending_review"
]
STATUSES: tuple[Status, ...] = (
    "present", "late", "left_early", "absent", "excused", "not_observed", "pending_review", "unmarked",
)  # fmt: skip
ReviewReason = Literal["may_be_a_picture", "planned_absence"]
ATTENDED: frozenset[str] = frozenset({"present", "late", "left_early"})


@dataclass(frozen=True, slots=True)
class AttendancePolicy:
    """What a school agreed on. Shares are from 0 to 1 of the time the camera should have watched.

    `min_coverage`: below it, not being seen says nothing. `late_coverage`: the same for the time
    before somebody's first sighting; lower, because a camera that starts with the lesson takes its time.
    `left_early_after`: unseen for at least so long at the end means gone. `bridge`: a face that turns
    away for no longer than this never left.
    """

    min_coverage: float = 0.8
    late_coverage: float = 0.5
    left_early_after: timedelta = timedelta(minutes=10)
    bridge: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class LessonTimes:
    """When a lesson is held, from which delay on an arrival is late, and whether it is over for good."""

    span: Span
    late_after: timedelta
    over: bool


@dataclass(frozen=True, slots=True)
class RosterMember:
    """`recognisable`: had a template before the lesson; nobody else's absence can be seen. `planned`: the
    school was told that they would not come."""

    student_id: UUID
    recognisable: bool
    planned: bool = False


@dataclass(frozen=True, slots=True)
class RecognisedTrack:
    """A face followed in `seen` and recognised; `captured_at` is the newest sighting behind the name.

    With `review`, a person has to look before it counts.
    """

    id: UUID
    student_id: UUID
    seen: Span
    captured_at: datetime
    review: ReviewReason | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """When a student was seen in the lesson: the spans in order of time, at least one."""

    spans: tuple[Span, ...]
    track_ids: tuple[UUID, ...]
    captured_at: datetime

    @property
    def first_seen_at(self) -> datetime:
        """Never before the lesson: who already sat there was on time."""
        return self.spans[0].start

    @property
    def last_seen_at(self) -> datetime:
        """Never after the lesson."""
        return self.spans[-1].end

    @property
    def minutes(self) -> float:
        """Minutes in the room, to the hundredth."""
        return round(total(self.spans) / timedelta(minutes=1), 2)


@dataclass(frozen=True, slots=True)
class Proposal:
    """The machine's word on one student, with its evidence where there is any.

    With `review` the word rests on evidence in doubt: a person has to confirm it.
    """

    status: Status
    minutes_late: int | None = None
    presence: Presence | None = None
    review: ReviewReason | None = None

    @property
    def word(self) -> tuple[Status, int | None]:
        """What it says, whatever it says it from."""
        return self.status, self.minutes_late


def propose(
    lesson: LessonTimes,
    roster: Iterable[RosterMember],
    tracks: Iterable[RecognisedTrack],
    watched: Iterable[Span],
    policy: AttendancePolicy,
) -> Mapping[UUID, Proposal]:
    """Return one proposal for each member of the roster; tracks of anybody else are left aside.

    `watched` are the spans in which a camera saw the room.
    """
    by_student: dict[UUID, list[RecognisedTrack]] = {}
    for track in tracks:
        by_student.setdefault(track.student_id, []).append(track)
    coverage = merged(clipped(watched, lesson.span))
    return {
        member.student_id: _weigh(member, by_student.get(member.student_id, ()), lesson, coverage, policy)
        for member in roster
    }


def _weigh(
    member: RosterMember,
    tracks: Sequence[RecognisedTrack],
    lesson: LessonTimes,
    coverage: tuple[Span, ...],
    policy: AttendancePolicy,
) -> Proposal:
    """Return the word that the tracks beyond doubt give; where those in doubt say something else, theirs,
    to be reviewed. So doubt makes nobody absent, late or gone: at worst it asks for a person, as it does when
    somebody is seen who was not to come."""
    beyond_doubt = [track for track in tracks if track.review is None]
    sure = _judge(member, beyond_doubt, lesson, coverage, policy)
    if member.planned and sure.presence is not None:
        return replace(sure, review="planned_absence")
    in_doubt = [track.review for track in tracks if track.review is not None]
    if not in_doubt:
        return sure
    proposal = _judge(member, tracks, lesson, coverage, policy)
    return sure if sure.word == proposal.word else replace(proposal, review=in_doubt[0])


def presence_in(lesson: Span, tracks: Iterable[RecognisedTrack], policy: AttendancePolicy) -> Presence | None:
    """Return when one student's tracks place them in the lesson, or None when they never do."""
    inside = [(track, part) for track in tracks if (part := track.seen.clipped(lesson)) is not None]
    if not inside:
        return None
    return Presence(
        spans=merged((part for _, part in inside), policy.bridge),
        track_ids=tuple(sorted({track.id for track, _ in inside})),
        captured_at=max(track.captured_at for track, _ in inside),
    )


def _judge(
    member: RosterMember,
    tracks: Iterable[RecognisedTrack],
    lesson: LessonTimes,
    coverage: tuple[Span, ...],
    policy: AttendancePolicy,
) -> Proposal:
    presence = presence_in(lesson.span, tracks, policy)
    if presence is None:
        return Proposal(_unseen(member, lesson, coverage, policy))
    minutes_late = _minutes_late(presence, lesson, coverage, policy)
    if _left_early(presence, lesson, coverage, policy):
        return Proposal("left_early", minutes_late, presence)
    return Proposal("present" if minutes_late is None else "late", minutes_late, presence)


def _unseen(
    member: RosterMember, lesson: LessonTimes, coverage: tuple[Span, ...], policy: AttendancePolicy
) -> Status:
    if not lesson.over:
        return "unmarked"
    watched_enough = share(coverage, lesson.span) >= policy.min_coverage
    return "absent" if member.recognisable and watched_enough else "not_observed"


def _minutes_late(
    presence: Presence, lesson: LessonTimes, coverage: tuple[Span, ...], policy: AttendancePolicy
) -> int | None:
    """Whole minutes after the start, at least 1; None for who was in time, or may have been unseen.

    A camera reports what it watched a little after what it saw there, so time after its last report
    speaks against nobody's being late.
    """
    first = presence.first_seen_at
    if first - lesson.span.start <= lesson.late_after:
        return None
    reported = min(coverage[-1].end, first) if coverage else lesson.span.start
    before = Span(lesson.span.start, max(reported, lesson.span.start))
    if share(coverage, before) < policy.late_coverage:
        return None
    return max(1, (first - lesson.span.start) // timedelta(minutes=1))


def minutes_early(lesson: Span, last_seen_at: datetime | None) -> int | None:
    """Return the whole minutes from the last sighting to the lesson's end; None for who was never seen."""
    return None if last_seen_at is None else max(0, (lesson.end - last_seen_at) // timedelta(minutes=1))


def _left_early(
    presence: Presence, lesson: LessonTimes, coverage: tuple[Span, ...], policy: AttendancePolicy
) -> bool:
    rest = Span(presence.last_seen_at, lesson.span.end)
    return (
        lesson.over
        and rest.length >= policy.left_early_after
        and share(coverage, rest) >= policy.min_coverage
    )
