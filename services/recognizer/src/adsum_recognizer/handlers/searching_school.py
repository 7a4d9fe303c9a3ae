"""Looks a face that fits nobody on the roster up in the whole school, once or twice for each track."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final
from uuid import UUID

import numpy as np

from adsum_contracts.ids import ModelId, StudentId
from adsum_contracts.models import BY_ID, ModelSpec
from adsum_recognizer.elsewhere import surely
from adsum_recognizer.evidence import Candidate
from adsum_recognizer.policies import apart_for, policy_elsewhere
from adsum_recognizer.ports import Vectors
from adsum_store.repositories import elsewhere
from adsum_store.repositories.elsewhere import Asking, SchoolMatch, SchoolProbe
from adsum_store.repositories.sightings import SightingRow
from adsum_store.unit_of_work import UnitOfWork

LOOKUPS: Final = 2
"""So often is a track looked up: its first crops may be bad ones, and a stranger stays one."""

TRACKS: Final = 4
"""So many tracks of a batch are looked up: each is a scan of the school's templates."""

RIVALS: Final = 5


@dataclass(frozen=True, slots=True)
class _Unfit:
    """A track whose crops, at these `places` of a batch, fit nobody; `mean` is their mean vector."""

    places: Sequence[int]
    mean: Vectors
    asking: Asking

    def probe(self, rows: Sequence[SightingRow]) -> SchoolProbe:
        """What to look for: the newest crop says when, and by which model."""
        newest = rows[self.places[-1]]
        return SchoolProbe(self.asking, newest["captured_at"], newest["model_id"], self.mean)


def looked_up(
    work: UnitOfWork, rows: Sequence[SightingRow], vectors: Sequence[Vectors | None]
) -> list[SightingRow]:
    """Return the rows of a batch, and with the newest of each track that was looked up what was found.

    One query for all of them, and none in a school that has switched it off.
    """
    unfit = list(islice(_unfit(work, rows, vectors), TRACKS))
    if not unfit:
        return list(rows)
    found = elsewhere.nearest_in_school(work.session, [each.probe(rows) for each in unfit], RIVALS)
    told = list(rows)
    for each, matches in zip(unfit, found, strict=True):
        student_id = _surely(work, each.asking, matches, _spec_of(rows[each.places[-1]]))
        newest = each.places[-1]
        told[newest] = rows[newest] | {
            "elsewhere": student_id is not None,
            "elsewhere_id": student_id if each.asking.names else None,
        }
    return told


def _unfit(
    work: UnitOfWork, rows: Sequence[SightingRow], vectors: Sequence[Vectors | None]
) -> Iterator[_Unfit]:
    by_track = _like_nobody(rows, vectors)
    if not by_track:
        return
    lessons = elsewhere.asking(work.session, {lesson_id for lesson_id, _ in by_track})
    if not lessons:
        return
    before = elsewhere.lookups(work.session, {track_id for _, track_id in by_track})
    for (lesson_id, track_id), places in by_track.items():
        if lesson_id in lessons and before.get(track_id, 0) < LOOKUPS:
            mean = np.mean([vector for place in places if (vector := vectors[place]) is not None], axis=0)
            yield _Unfit(places, mean / np.linalg.norm(mean), lessons[lesson_id])


def _like_nobody(
    rows: Sequence[SightingRow], vectors: Sequence[Vectors | None]
) -> Mapping[tuple[UUID, UUID], Sequence[int]]:
    """Return, by lesson and track, the usable crops of the tracks of which none reaches the model's floor for
    anybody on the roster, by time."""
    by_track: dict[tuple[UUID, UUID], list[int]] = {}
    fits: set[tuple[UUID, UUID]] = set()
    for place in sorted(range(len(rows)), key=lambda place: rows[place]["captured_at"]):
        row = rows[place]
        if row["lesson_id"] is None or vectors[place] is None:
            continue
        key = row["lesson_id"], row["track_id"]
        by_track.setdefault(key, []).append(place)
        if any(candidate["score"] >= _spec_of(row).floor for candidate in row["candidates"]):
            fits.add(key)
    return {key: places for key, places in by_track.items() if key not in fits}


def _spec_of(row: SightingRow) -> ModelSpec:
    return BY_ID[ModelId(row["model_id"])]


def _surely(
    work: UnitOfWork, asking: Asking, matches: Sequence[SchoolMatch], spec: ModelSpec
) -> StudentId | None:
    found = [Candidate(StudentId(match.student_id), match.score) for match in matches]
    roster = {StudentId(match.student_id) for match in matches if match.on_roster}
    policy = policy_elsewhere(work.session, asking.school_id, spec)
    return surely(found, roster, policy, apart_for(work.session, asking.school_id, spec))
