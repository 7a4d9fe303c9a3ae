"""From photos, camera samples and legacy vectors to templates, each with its verdict.

Templates are named by what they were made from (`job:index`) and verdicts are unique for each picture, so a
task that runs again changes nothing. Nobody gets a template without an active consent: the database refuses.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, repeat
from typing import Final

import numpy as np
import structlog

from adsum_contracts.events import EnrolmentSample
from adsum_contracts.face import Pose
from adsum_contracts.ids import JobId, ModelId, SchoolId
from adsum_contracts.models import BY_ID
from adsum_contracts.tasks import EnrolPhotos, EnrolSamples, EnrolVectors
from adsum_recognizer.admission import REASONS
from adsum_recognizer.errors import Misconfigured
from adsum_recognizer.handlers.admitting import Judged, admitted
from adsum_recognizer.handlers.intake import Intake
from adsum_recognizer.handlers.keeping import Keeping, keep
from adsum_recognizer.handlers.looking import look
from adsum_recognizer.handlers.opening import Opened
from adsum_recognizer.handlers.resembling import find_look_alikes
from adsum_recognizer.ports import Embedders, FollowUps, Vectors
from adsum_store.models import EnrolmentJob
from adsum_store.repositories import lineups, student_keys, verdicts
from adsum_store.repositories.lineups import Lineup
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import Store, UnitOfWork
from adsum_vision.crops import Crop, ImageTooLarge, UnreadableImage, decode_image
from adsum_vision.judge import Accepted, FaceDetector, Refused, Verdict, sole_face
from adsum_vision.quality import ENROLMENT

log = structlog.get_logger()

CHUNK: Final = 8
"""Photos judged by one task: seconds of work, so that no task outlives its visibility."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Picture `index` of a job, and whether it shows one usable face."""

    index: int
    verdict: Verdict
    pose: Pose | None = None


class Enrolment:
    """Makes templates and verdicts."""

    def __init__(
        self,
        store: Store,
        intake: Intake,
        vault: Vault,
        detector: FaceDetector,
        embedders: Embedders,
        follow_ups: FollowUps,
    ) -> None:
        self._store = store
        self._intake = intake
        self._vault = vault
        self._detector = detector
        self._embedders = embedders
        self._follow_ups = follow_ups

    def enrol_photos(self, task: EnrolPhotos) -> None:
        """Judge some of the job's waiting photos, tell that there are verdicts, and queue the rest."""
        with self._store.begin() as work:
            active = lineups.of_school(work.session, task.school_id, self._embedders.default).active
            photos = verdicts.unjudged_photos(work.session, task.job_id, active.id)
            job = verdicts.job(work.session, task.school_id, task.job_id)
            if job is None:
                return
            own = student_keys.opener(work.session, self._vault, task.school_id, job.student_id)
        pictures = [Picture(photo.index, self._verdict(own.open(photo.sealed))) for photo in photos[:CHUNK]]
        self._enrol(task.school_id, task.job_id, pictures, "photo")
        self._follow_ups.enrolment_judged(task.school_id, task.job_id)
        if len(photos) > CHUNK:
            self._follow_ups.enrol_photos(task)

    def enrol_samples(self, task: EnrolSamples) -> None:
        """Judge what cameras sent for their jobs; raise `errors.OUTAGES` when a server is away."""
        self._intake.take(task.entries, EnrolmentSample, self._commit_samples)

    def enrol_vectors(self, task: EnrolVectors) -> None:
        """Keep a legacy file's vectors, as far as their model is known and they can be normalised.

        They need not be of the model that runs here: they wait, and can be exported, until theirs does.
        """
        judged = [
            _judged_vector(index, np.array(vector, np.float32), task.model_id)
            for index, vector in enumerate(task.vectors)
        ]
        with self._store.begin() as work:
            if job := _open_job(work, task.school_id, task.job_id):
                new = _unjudged(work, job, judged, task.model_id)
                _commit(work, Keeping(job, "legacy", task.model_id), new, self._vault)
        self._follow_ups.enrolment_judged(task.school_id, task.job_id)

    def _commit_samples(self, samples: Sequence[Opened[EnrolmentSample]]) -> None:
        ordered = sorted(samples, key=_job_of)
        for (school_id, job_id), of_job in groupby(ordered, key=_job_of):
            pictures = [
                Picture(each.event.index, self._verdict_on_sample(each), each.event.pose) for each in of_job
            ]
            self._enrol(school_id, job_id, pictures, "camera")
            self._follow_ups.enrolment_judged(school_id, job_id)

    def _verdict(self, photo: bytes) -> Verdict:
        try:
            image = decode_image(photo)
        except ImageTooLarge:
            return Refused("image_too_large")
        except UnreadableImage:
            return Refused("unreadable_image")
        return sole_face(image, self._detector, ENROLMENT)

    def _verdict_on_sample(self, sample: Opened[EnrolmentSample]) -> Verdict:
        seen = look(sample.blob, sample.event.face, ENROLMENT)
        return seen if isinstance(seen, Accepted) else Refused(seen)

    def _enrol(self, school_id: SchoolId, job_id: JobId, pictures: Sequence[Picture], source: str) -> None:
        """Commit templates, crops and verdicts by the school's models; anew if these change meanwhile."""
        kept = False
        while not kept:
            with self._store.begin() as work:
                lineup = lineups.of_school(work.session, school_id, self._embedders.default)
            kept = self._keep(school_id, job_id, self._judged(pictures, lineup), source, lineup)

    def _judged(self, pictures: Sequence[Picture], lineup: Lineup) -> list[Judged]:
        crops = [each.verdict.crop for each in pictures if isinstance(each.verdict, Accepted)]
        vectors = self._embedders.of(lineup.active).embed(crops)
        pairs = zip(vectors, self._beside(lineup, crops), strict=False)
        return [_judged(each, pairs) for each in pictures]

    def _beside(self, lineup: Lineup, crops: Sequence[Crop]) -> Iterable[Vectors | None]:
        """Have the model on standby embed the crops; where it cannot run, that is not the pictures' fault."""
        if lineup.standby is None:
            return repeat(None)
        try:
            return self._embedders.of(lineup.standby).embed(crops)
        except Misconfigured as error:
            log.warning("standby_model_not_ready", model=lineup.standby.id, said=str(error))
            return repeat(None)

    def _keep(
        self, school_id: SchoolId, job_id: JobId, judged: Sequence[Judged], source: str, lineup: Lineup
    ) -> bool:
        """Commit, unless the school has other models by now; a job that was erased keeps nothing."""
        with self._store.begin() as work:
            if lineups.held(work.session, school_id, self._embedders.default).specs != lineup.specs:
                return False
            job = _open_job(work, school_id, job_id)
            if job is not None:
                new = admitted(work, job, _unjudged(work, job, judged, lineup.active.id), lineup.active.id)
                _commit(work, Keeping(job, source, lineup.active.id, lineup.standby), new, self._vault)
        return True


def _judged(picture: Picture, vectors: Iterator[tuple[Vectors, Vectors | None]]) -> Judged:
    index, verdict = picture.index, picture.verdict
    if not isinstance(verdict, Accepted):
        return Judged(index, None, None, REASONS[verdict.reason])
    vector, beside = next(vectors)
    quality = verdict.quality.score
    return Judged(index, vector, quality, None, picture.pose, crop=verdict.crop, beside=beside)


def _open_job(work: UnitOfWork, school_id: SchoolId, job_id: JobId) -> EnrolmentJob | None:
    job = verdicts.job(work.session, school_id, job_id)
    if job is None:
        log.info("enrolment_job_gone", job_id=str(job_id))
    return job


def _unjudged(
    work: UnitOfWork, job: EnrolmentJob, judged: Sequence[Judged], model_id: ModelId
) -> list[Judged]:
    new = verdicts.without_verdict(work.session, job.id, model_id, [each.index for each in judged])
    return [each for each in judged if each.index in new]


def _commit(work: UnitOfWork, keeping: Keeping, judged: Sequence[Judged], vault: Vault) -> None:
    rows = keep(work, keeping, judged, vault)
    verdicts.insert_new(work.session, rows)
    if any(row["accepted"] for row in rows):
        for spec in keeping.specs:
            find_look_alikes(work, SchoolId(keeping.job.school_id), keeping.job.student_id, spec)


def _judged_vector(index: int, vector: Vectors, model_id: ModelId) -> Judged:
    if model_id not in BY_ID:
        return Judged(index, None, None, "wrong_model")
    length = float(np.linalg.norm(vector))
    if not math.isfinite(length) or length == 0:
        return Judged(index, None, None, "bad_vector")
    return Judged(index, vector / np.float32(length), 1.0, None)


def _job_of(sample: Opened[EnrolmentSample]) -> tuple[SchoolId, JobId]:
    return SchoolId(sample.camera.school_id), sample.event.job_id
