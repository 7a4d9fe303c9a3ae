"""From a lesson's committed sightings to its tracks: the same rows give the same names, whoever asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from adsum_contracts.ids import CameraId, LessonId, SchoolId, StudentId, TrackId
from adsum_contracts.models import ModelSpec
from adsum_recognizer.continuity import Box, Stay, there_since
from adsum_recognizer.elsewhere import Lookup, hint
from adsum_recognizer.evidence import Candidate, Crop, TrackEvidence
from adsum_recognizer.identity import (
    Ambiguous,
    Identity,
    Recognised,
    Unknown,
    identify,
)
from adsum_recognizer.policies import apart_for, policy_for
from adsum_store.models import Lesson
from adsum_store.repositories import corrections, heartbeats, lineups, sightings, tracks
from adsum_store.repositories.heartbeats import Span
from adsum_store.repositories.rosters import schools_named
from adsum_store.repositories.sightings import Evidence
from adsum_store.repositories.tracks import TrackRow
from adsum_store.unit_of_work import Store, UnitOfWork

AFTERGLOW: Final = timedelta(minutes=2)
"""How long after a lesson's end a heartbeat may still speak of its tracks."""


@dataclass(frozen=True, slots=True)
class NewName:
    """A track that has a name which it did not have before."""

    camera_id: CameraId
    track_id: TrackId
    student_id: StudentId
    name: str


@dataclass(frozen=True, slots=True)
class Decided:
    """A lesson whose tracks are committed, and which of them have a new name."""

    school_id: SchoolId
    lesson_id: LessonId
    new_names: tuple[NewName, ...]


def decide_tracks(store: Store, lesson_id: LessonId, default: ModelSpec) -> Decided | None:
    """Recompute and commit all tracks of the lesson; None for a lesson that does not exist. They are decided
    by the school's active model, `default` where it never chose one.

    The lock on the lesson makes whoever decides later see everything that was committed before.
    """
    with store.begin() as work:
        work.lock("lesson", lesson_id)
        lesson = work.session.get(Lesson, lesson_id)
        if lesson is None:
            return None
        before = tracks.names_of_lesson(work.session, lesson_id)
        active = lineups.of_school(work.session, lesson.school_id, default).active
        rows = _decide(work, lesson, active)
        tracks.replace_all(work.session, rows)
        tracks.heed_corrections(work.session, lesson_id)
        after = tracks.names_of_lesson(work.session, lesson_id)
        new_names = _new_names(rows, before, after)
    return Decided(SchoolId(lesson.school_id), lesson_id, new_names)


def undecided(store: Store, default: ModelSpec, since: datetime) -> tuple[LessonId, ...]:
    """Return the lessons with sightings or corrections, stored since then, that no decision has counted."""
    with store.begin() as work:
        found = set(corrections.unheeded_lessons(work.session, since))
        for school in schools_named(work.session, None):
            active, *_ = lineups.ids(work.session, school.id, default)
            found.update(sightings.undecided_lessons(work.session, school.id, active, since))
    return tuple(LessonId(lesson_id) for lesson_id in sorted(found))


def _decide(work: UnitOfWork, lesson: Lesson, spec: ModelSpec) -> list[TrackRow]:
    seen = sightings.of_lesson(work.session, lesson.id, spec.id)
    camera_ids = sorted({sighting.camera_id for sighting in seen})
    spans = heartbeats.spans(work.session, camera_ids, lesson.starts_at, lesson.ends_at + AFTERGLOW)
    by_track = _by_track(seen)
    denied = corrections.not_these(work.session, lesson.id)
    evidence = [_evidence(of_track, spans, denied) for of_track in by_track]
    policy, apart = policy_for(work.session, lesson, spec), apart_for(work.session, lesson.school_id, spec)
    identities = identify(evidence, policy, apart)
    stays = [
        Stay(track, _box(of_track[0]), _box(of_track[-1]))
        for track, of_track in zip(evidence, by_track, strict=True)
    ]
    since = there_since(stays, identities)
    return [
        _row(lesson, track, of_track, identities[track.track_id]) | {"since": since.get(track.track_id)}
        for track, of_track in zip(evidence, by_track, strict=True)
    ]


def _by_track(seen: Iterable[Evidence]) -> list[list[Evidence]]:
    return [list(of_track) for _, of_track in groupby(seen, key=lambda sighting: sighting.track_id)]


def _evidence(
    of_track: Sequence[Evidence], spans: Mapping[UUID, Span], denied: Mapping[UUID, frozenset[UUID]]
) -> TrackEvidence:
    first, last = of_track[0], of_track[-1]
    span = spans.get(first.track_id, Span(first.track_started_at, last.captured_at))
    return TrackEvidence(
        track_id=TrackId(first.track_id),
        camera_id=CameraId(first.camera_id),
        started_at=min(span.started_at, first.track_started_at),
        last_seen_at=max(span.last_seen_at, last.captured_at),
        crops=tuple(Crop(seen.captured_at, _candidates(seen), seen.doubt) for seen in of_track),
        not_these=frozenset(StudentId(student) for student in denied.get(first.track_id, ())),
    )


def _box(sighting: Evidence) -> Box:
    x, y, width, height = sighting.frame_box
    return x, y, width, height


def _candidates(sighting: Evidence) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(StudentId(UUID(found["student_id"])), float(found["score"]))
        for found in sighting.candidates
    )


def _row(lesson: Lesson, track: TrackEvidence, of_track: Sequence[Evidence], identity: Identity) -> TrackRow:
    row = TrackRow(
        id=track.track_id,
        lesson_id=lesson.id,
        school_id=lesson.school_id,
        camera_id=track.camera_id,
        started_at=track.started_at,
        since=None,
        last_seen_at=track.last_seen_at,
        captured_at=of_track[-1].captured_at,
        decision="unknown",
        student_id=None,
        score=identity.score,
        margin=None,
        reason=None,
        elsewhere_id=None,
        review=None,
        sightings=len(of_track),
    )
    match identity:
        case Recognised(student_id=student_id, margin=margin, review=review):
            row |= {"decision": "recognised", "student_id": student_id, "margin": margin, "review": review}
        case Ambiguous(student_id=student_id, margin=margin, reason=reason):
            row |= {"decision": "ambiguous", "student_id": student_id, "margin": margin, "reason": reason}
        case Unknown():
            hinted = hint(identity, [_lookup(seen) for seen in of_track if seen.elsewhere is not None])
            row |= {"reason": hinted.reason, "elsewhere_id": hinted.student_id}
    return row


def _lookup(sighting: Evidence) -> Lookup:
    who = sighting.elsewhere_id
    return Lookup(bool(sighting.elsewhere), None if who is None else StudentId(who))


def _new_names(
    rows: Sequence[TrackRow],
    before: Mapping[UUID, tuple[UUID, str]],
    after: Mapping[UUID, tuple[UUID, str]],
) -> tuple[NewName, ...]:
    cameras = {row["id"]: row["camera_id"] for row in rows}
    return tuple(
        NewName(CameraId(cameras[track_id]), TrackId(track_id), StudentId(student_id), name)
        for track_id, (student_id, name) in after.items()
        if track_id in cameras and before.get(track_id, (None, ""))[0] != student_id
    )
