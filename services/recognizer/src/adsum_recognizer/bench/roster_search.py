"""The search of lessons, `adsum_store.repositories.templates.nearest`, for rosters of several sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from adsum_recognizer.bench.filling import MODEL, NOON, TEMPLATES_EACH, Filled, fill
from adsum_recognizer.bench.people import People
from adsum_recognizer.bench.rivals import NotMeasured, measure_rivals
from adsum_recognizer.bench.tell import Tell
from adsum_recognizer.bench.timing import Times, timed
from adsum_recognizer.gallery import compared
from adsum_recognizer.ports import Vectors
from adsum_store.repositories import templates
from adsum_store.repositories.templates import Found, Probe
from adsum_store.unit_of_work import Store

ROSTERS: Final = (40, 300, 3000)
BATCH: Final = 32
STRANGERS: Final = 4
"""Of a batch's probes: people on no roster."""

CANDIDATES: Final = 5
"""Students returned for each probe, as in a lesson."""

FIRST_STRANGER: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Roster:
    """A roster of a school of `school` students; `batch` is the time of a batch of `BATCH` probes.

    `same_first` is the share of probes whose first student is the one that numpy puts first. A rival's
    time is that of one probe.
    """

    students: int
    school: int
    templates: int
    batch: Times
    same_first: float
    rivals: Mapping[str, Times | NotMeasured]

    @property
    def probe_ms(self) -> float:
        """The median time of one probe of a batch."""
        return self.batch.p50_ms / BATCH


def measure_rosters(store: Store, sizes: Sequence[int], rounds: int, tell: Tell) -> tuple[Roster, ...]:
    """Fill a school as large as its largest roster, and search in each of them."""
    people = People(seed=1)
    school = fill(store, people, max(sizes), sizes, tell)
    return tuple(_measured(store, school, people, size, rounds, tell) for size in sizes)


def _measured(store: Store, school: Filled, people: People, size: int, rounds: int, tell: Tell) -> Roster:
    tell(f"roster of {size:,} students")
    vectors = probes_of(people, size, BATCH - STRANGERS, STRANGERS)
    probes = [Probe(school.cameras[size], NOON, MODEL, vector) for vector in vectors]
    gallery = list(people.templates(range(size), TEMPLATES_EACH))

    def search() -> tuple[Found, ...]:
        with store.begin() as work:
            return templates.nearest(work.session, probes, CANDIDATES)

    expected = [school.students[place] for place in compared(vectors, gallery).argmax(axis=1)]
    first = [found.matches[0].student_id for found in search()]
    times = timed(search, rounds)
    tell(f"roster of {size:,} students, by others")
    return Roster(
        students=size,
        school=len(school.students),
        templates=size * TEMPLATES_EACH,
        batch=times,
        same_first=float(np.mean([one == other for one, other in zip(first, expected, strict=True)])),
        rivals=measure_rivals(np.concatenate(gallery), vectors, BATCH),
    )


def probes_of(people: People, students: int, known: int, strangers: int) -> Vectors:
    """Return probes of students spread over all of them, and then of people who are none of them."""
    spread = (place * students // known for place in range(known))
    unknown = range(FIRST_STRANGER, FIRST_STRANGER + strangers)
    return np.concatenate([people.probes(spread), people.probes(unknown)])
