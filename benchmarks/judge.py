"""From faces to a register, by the recognizer's own rules and without its servers; and how right it is.

Both ways of watching a classroom are judged here, by the same embedder (dlib's, which needs no download),
the same templates and the same policy, calibrated from the film's own enrolment pictures.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from multiprocessing import get_context
from uuid import NAMESPACE_OID, uuid5

import cv2
import numpy as np

from adsum_contracts.ids import CameraId, StudentId, TrackId
from adsum_local.classroom import pictures
from adsum_local.outcome import people_of
from adsum_local.score import NamedFace, RegisterLine, Score, score
from adsum_local.sim import Truth
from adsum_recognizer.adapters.dlib import DlibEmbedder
from adsum_recognizer.calibration import Proposal, propose
from adsum_recognizer.evidence import Candidate, TrackEvidence
from adsum_recognizer.evidence import Crop as Sight
from adsum_recognizer.gallery import compared
from adsum_recognizer.handlers.faces import CANDIDATES_KEPT
from adsum_recognizer.identity import MatchPolicy, Recognised, identify
from adsum_recognizer.policies import DEFAULTS
from adsum_recognizer.ports import Vectors
from adsum_vision.crops import Crop, decode_image
from adsum_vision.judge import Accepted, sole_face
from adsum_vision.mtcnn import MtcnnDetector
from adsum_vision.quality import ENROLMENT
from benchmarks.films import Film

CHUNK = 16


@dataclass(frozen=True, slots=True)
class SeenFace:
    """A face as a way of watching handed it on: `second` of the film, box in the frame (x, y, w, h).

    `track` is None for a way that knows no tracks.
    """

    crop: Crop
    at: datetime
    second: float
    box: tuple[float, float, float, float]
    camera: CameraId
    track: TrackId | None = None
    track_started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """The students of a film, the templates of each, and what a name needs."""

    film: Film
    students: tuple[StudentId, ...]
    templates: tuple[Vectors, ...]
    policy: MatchPolicy

    def number(self, student: StudentId) -> str:
        """Return the student's number in the truth."""
        return _numbers(self.film.truth)[self.students.index(student)]

    def candidates(self, vector: Vectors) -> tuple[Candidate, ...]:
        """Return the nearest students, best first, as the recognizer keeps them."""
        (scores,) = compared(vector[None], self.templates)
        nearest = np.argsort(-scores)[:CANDIDATES_KEPT]
        return tuple(Candidate(self.students[place], float(scores[place])) for place in nearest.tolist())


class Judge:
    """Embeds on every core, and decides."""

    def __init__(self, workers: ProcessPoolExecutor) -> None:
        self._workers = workers

    def enrol(self, film: Film) -> Roster:
        """Enrol the film's students from their pictures, as the recognizer does."""
        detector, numbers = MtcnnDetector(min_face_px=40, threads=1), _numbers(film.truth)
        crops, owners = [], []
        for place, number in enumerate(numbers):
            for path in pictures(film.enrolment / number):
                verdict = sole_face(decode_image(path.read_bytes()), detector, ENROLMENT)
                if isinstance(verdict, Accepted):
                    crops.append(verdict.crop)
                    owners.append(place)
        templates, owner = self.embed(crops), np.array(owners)
        students = tuple(StudentId(uuid5(NAMESPACE_OID, number)) for number in numbers)
        enrolled = {student: templates[owner == place] for place, student in enumerate(students)}
        default = DEFAULTS[DlibEmbedder.spec.id]
        proposal = propose(enrolled, default)
        policy = proposal.policy if isinstance(proposal, Proposal) else default
        return Roster(film, students, tuple(enrolled.values()), policy)

    def embed(self, crops: Sequence[Crop]) -> Vectors:
        """Return the crops' unit vectors, shape (n, 512)."""
        chunks = [crops[at : at + CHUNK] for at in range(0, len(crops), CHUNK)]
        return np.concatenate([np.empty((0, 512), np.float32), *self._workers.map(_embed, chunks)])

    def by_tracks(self, faces: Sequence[SeenFace], roster: Roster) -> Score:
        """Decide per track, as the recognizer does, and hold the register against the truth."""
        vectors = self.embed([face.crop for face in faces])
        crops: dict[TrackId, list[tuple[SeenFace, Sight]]] = defaultdict(list)
        for face, vector in zip(faces, vectors, strict=True):
            if face.track is not None:
                crops[face.track].append((face, Sight(face.at, roster.candidates(vector))))
        evidence = [evidence_of(track, seen) for track, seen in crops.items()]
        named = [
            NamedFace(
                roster.number(identity.student_id), [(face.second, face.box) for face, _ in crops[track]]
            )
            for track, identity in identify(evidence, roster.policy).items()
            if isinstance(identity, Recognised)
        ]
        return _scored(named, roster.film.truth)

    def by_single_faces(self, faces: Sequence[SeenFace], roster: Roster) -> Score:
        """Name every face by itself, as the original demo does; the policy's threshold and margin apply."""
        named = []
        for face, vector in zip(faces, self.embed([face.crop for face in faces]), strict=True):
            best, second, *_ = roster.candidates(vector)
            if roster.policy.counts(best.score, best.score - second.score):
                named.append(NamedFace(roster.number(best.student_id), [(face.second, face.box)]))
        return _scored(named, roster.film.truth)


@contextmanager
def judging() -> Iterator[Judge]:
    """Yield a judge with its workers."""
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as workers:
        yield Judge(workers)


def evidence_of(track: TrackId, seen: Sequence[tuple[SeenFace, Sight]]) -> TrackEvidence:
    """Return what the rule of identity needs of a track; `seen` in the order of time, at least one."""
    first = seen[0][0]
    last = max(face.at for face, _ in seen)
    started_at = first.track_started_at or first.at
    return TrackEvidence(track, first.camera, started_at, last, tuple(sight for _, sight in seen))


def _scored(named: Sequence[NamedFace], truth: Truth) -> Score:
    marked = {face.number for face in named}
    lines = [
        RegisterLine(number, "present" if number in marked else "absent", late=False, latency_ms=None)
        for number in _numbers(truth)
    ]
    return score(people_of(truth), named, lines)


def _numbers(truth: Truth) -> tuple[str, ...]:
    return tuple(person.id for person in truth.people if person.role == "student")


@lru_cache(maxsize=1)
def _embedder() -> DlibEmbedder:
    cv2.setNumThreads(1)
    return DlibEmbedder()


def _embed(crops: Sequence[Crop]) -> Vectors:
    return _embedder().embed(crops)
