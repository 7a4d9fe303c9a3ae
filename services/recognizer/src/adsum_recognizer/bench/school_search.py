"""The search of a whole school, `adsum_store.repositories.elsewhere`: how often it puts the right student
first with an approximate index, how fast it is, and what the index costs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from adsum_recognizer.bench.filling import MODEL, NOON, TEMPLATES_EACH, Filled, fill
from adsum_recognizer.bench.people import People
from adsum_recognizer.bench.rivals import NotMeasured, measure_rivals
from adsum_recognizer.bench.roster_search import BATCH, probes_of
from adsum_recognizer.bench.tell import Tell
from adsum_recognizer.bench.timing import Times, timed, times_of
from adsum_recognizer.ports import Vectors
from adsum_store.repositories import elsewhere, school_wide
from adsum_store.repositories.elsewhere import Asking, SchoolMatch, SchoolProbe
from adsum_store.repositories.school_wide import HNSW, SEARCHED, Gallery, Hnsw
from adsum_store.unit_of_work import Store

TRIED: Final = (HNSW, Hnsw(kind="vector"), Hnsw(candidates=64), Hnsw(links=24, candidates=128))
SEARCHES: Final = (40, 100, 200, SEARCHED, 400)
"""Indexes that are built, and candidates that searches of each weigh."""

SAME: Final = 1e-5
"""How much less a score may be than the exact search's best and still be that of the same student."""

EXACT_ROUNDS: Final = 5
NO_SECTION: Final = UUID(int=0)
_PROBES, _STUDENTS = 16, 10_000
"""So many at once are compared exactly, to bound the memory."""


@dataclass(frozen=True, slots=True)
class Search:
    """Searches that weigh `searched` candidates: recall at 1 for students, and for strangers; the times of
    one probe by itself, and of a batch of `BATCH`."""

    searched: int
    recall_known: float
    recall_strangers: float
    one: Times
    batch: Times

    @property
    def recall(self) -> float:
        """How often the student came first whom the exact search puts first."""
        return (self.recall_known + self.recall_strangers) / 2


@dataclass(frozen=True, slots=True)
class Index:
    """An index, what it costs, and what it finds."""

    hnsw: Hnsw
    build_s: float
    megabytes: float
    searches: tuple[Search, ...]

    @property
    def chosen(self) -> Search | None:
        """The searches that the product makes, where this is the product's index."""
        of_product = (each for each in self.searches if each.searched == SEARCHED)
        return next(of_product, None) if self.hnsw == HNSW else None


@dataclass(frozen=True, slots=True)
class School:
    """A school's figures; `exact` is the time of one probe in PostgreSQL without an index."""

    templates: int
    probes: int
    exact: Times
    indexes: tuple[Index, ...]
    rivals: Mapping[str, Times | NotMeasured]


@dataclass(frozen=True, slots=True)
class _Subject:
    """A filled school, the probes, half students' and half strangers', and the best score of each."""

    store: Store
    gallery: Gallery
    probes: Vectors
    best: NDArray[np.float32]

    def search(self, probes: Vectors, searched: int, kind: str) -> list[list[SchoolMatch]]:
        asking = Asking(self.gallery.school_id, NO_SECTION, names=False)
        wanted = [SchoolProbe(asking, NOON, self.gallery.model_id, probe) for probe in probes]
        with self.store.begin() as work:
            return elsewhere.nearest_in_school(work.session, wanted, 1, searched, kind)


def measure_school(
    store: Store, templates: int, probes: int, tried: Sequence[Hnsw], rounds: int, tell: Tell
) -> School:
    """Fill a school of so many templates, and search for `probes` faces by each index."""
    people, students = People(seed=2), templates // TEMPLATES_EACH
    school = fill(store, people, students, (), tell)
    tell("searching exactly, to compare with")
    vectors = probes_of(people, students, probes // 2, probes // 2)
    stored = _all(people, students)
    subject = _Subject(store, Gallery(school.id, MODEL), vectors, _best(vectors, stored))
    rivals = measure_rivals(stored, vectors, BATCH)
    del stored
    exact = timed(lambda: subject.search(vectors[:1], SEARCHED, HNSW.kind), EXACT_ROUNDS)
    indexes = tuple(_index(subject, school, hnsw, rounds, tell) for hnsw in tried)
    return School(templates, len(vectors), exact, indexes, rivals)


def _all(people: People, students: int) -> Vectors:
    stored = np.empty((students * TEMPLATES_EACH, 512), np.float32)
    for n, vectors in enumerate(people.templates(range(students), TEMPLATES_EACH)):
        stored[n * TEMPLATES_EACH : (n + 1) * TEMPLATES_EACH] = vectors
    return stored


def _best(probes: Vectors, stored: Vectors) -> NDArray[np.float32]:
    """Return the highest score of each probe, as `gallery.compared` has it, of every student at once."""
    lengths = np.concatenate([_mean_lengths(block) for block in _blocks(stored, _STUDENTS * TEMPLATES_EACH)])
    best = []
    for block in _blocks(probes, _PROBES):
        cosines = (block @ stored.T).reshape(len(block), -1, TEMPLATES_EACH)
        best.append(((cosines.max(axis=2) + cosines.mean(axis=2) / lengths) / 2).max(axis=1))
    return np.concatenate(best)


def _mean_lengths(stored: Vectors) -> NDArray[np.float32]:
    means = stored.reshape(-1, TEMPLATES_EACH, stored.shape[1]).mean(axis=1)
    return np.asarray(np.linalg.norm(means, axis=1), np.float32)


def _blocks(rows: Vectors, size: int) -> Iterator[Vectors]:
    return (rows[at : at + size] for at in range(0, len(rows), size))


def _index(subject: _Subject, school: Filled, hnsw: Hnsw, rounds: int, tell: Tell) -> Index:
    templates = len(school.students) * TEMPLATES_EACH
    tell(f"{templates:,} templates: building {hnsw.kind}, {hnsw.links} links, {hnsw.candidates} candidates")
    started = time.perf_counter()
    memory_mb = school_wide.build_memory_mb(templates)
    school_wide.build_index(subject.store.engine, subject.gallery, hnsw, memory_mb)
    build_s = time.perf_counter() - started
    with subject.store.begin() as work:
        size = school_wide.index_bytes(work.session, subject.gallery) or 0
    searches = []
    for searched in SEARCHES:
        tell(f"{templates:,} templates: searching {hnsw.kind}, weighing {searched}")
        searches.append(_searches(subject, hnsw.kind, searched, rounds))
    return Index(hnsw, build_s, size / 2**20, tuple(searches))


def _searches(subject: _Subject, kind: str, searched: int, rounds: int) -> Search:
    subject.search(subject.probes[:1], searched, kind)  # warms it up
    milliseconds, found = [], []
    for probe in subject.probes:
        started = time.perf_counter()
        ((first, *_),) = subject.search(probe[None], searched, kind)
        milliseconds.append((time.perf_counter() - started) * 1000)
        found.append(first.score)
    right, half = np.array(found) >= subject.best - SAME, len(found) // 2
    batch = subject.probes[:: max(1, len(subject.probes) // BATCH)][:BATCH]
    return Search(
        searched=searched,
        recall_known=float(right[:half].mean()),
        recall_strangers=float(right[half:].mean()),
        one=times_of(milliseconds),
        batch=timed(lambda: subject.search(batch, searched, kind), rounds),
    )
