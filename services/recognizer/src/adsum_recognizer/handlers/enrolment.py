"""From photos, camera samples and legacy vectors to templates, each with its verdict.

Templates are named by what they were made from (`job:index`) and verdicts are unique for each picture, so a
task that runs again changes nothing. Nobody gets a template without an active consent: the database refuses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

import numpy as np
import structlog

from adsum_contracts.events import EnrolmentSample
from adsum_contracts.ids import JobId, ModelId, SchoolId
from adsum_contracts.models import MODEL_IDS, MODELS
from adsum_contracts.tasks import EnrolPhotos, EnrolSamples, EnrolVectors
from adsum_recognizer.admission import REASONS
from adsum_recognizer.handlers.admitting import Judged, admitted
from adsum_recognizer.handlers.intake import Intake
from adsum_recognizer.handlers.looking import look
from adsum_recognizer.handlers.opening import Opened
from adsum_recognizer.handlers.resembling import find_look_alikes
from adsum_recognizer.ports import Embedder, FollowUps, Vectors
from adsum_store.models import EnrolmentJob
from adsum_store.repositories import templates, verdicts
from adsum_store.repositories.templates import NewTemplate
from adsum_store.repositories.verdicts import VerdictRow
from adsum_store.sealing import Vault
from adsum_store.unit_of_work import Store, UnitOfWork
from adsum_vision.crops import ImageTooLarge, UnreadableImage, decode_image
from adsum_vision.judge import Accepted, FaceDetector, Refused, Verdict, sole_face
from adsum_vision.quality import ENROLMENT

log = structlog.get_logger()

CHUNK: Final = 8
"""Photos judged by one task: seconds of work, so that no task outlives its visibility."""


SPECS: Final = {spec.id: spec for spec in MODELS.values()}


class Enrolment:
    """Makes templates and verdicts."""

    def __init__(
        self,
        store: Store,
        intake: Intake,
        vault: Vault,
        detector: FaceDetector,
        embedder: Embedder,
        follow_ups: FollowUps,
    ) -> None:
        self._store = store
        self._intake = intake
        self._vault = vault
        self._detector = detector
        self._embedder = embedder
        self._follow_ups = follow_ups

    def enrol_photos(self, task: EnrolPhotos) -> None:
        """Judge some of the job's waiting photos, tell that there are verdicts, and queue the rest."""
        with self._store.begin() as work:
            photos = verdicts.unjudged_photos(work.session, task.job_id, self._embedder.spec.id)
        pictures = [(photo.index, self._verdict(self._vault.open(photo.sealed))) for photo in photos[:CHUNK]]
        self._keep(task.school_id, task.job_id, self._embedded(pictures), "photo", self._embedder.spec.id)
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
        self._keep(task.school_id, task.job_id, judged, "legacy", task.model_id)
        self._follow_ups.enrolment_judged(task.school_id, task.job_id)

    def _commit_samples(self, samples: Sequence[Opened[EnrolmentSample]]) -> None:
        ordered = sorted(samples, key=_job_of)
        for (school_id, job_id), of_job in groupby(ordered, key=_job_of):
            group = tuple(of_job)
            pictures = [(each.event.index, self._verdict_on_sample(each)) for each in group]
            poses = {each.event.index: each.event.pose for each in group}
            judged = [replace(each, pose=poses[each.index]) for each in self._embedded(pictures)]
            self._keep(school_id, job_id, judged, "camera", self._embedder.spec.id)
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

    def _embedded(self, pictures: Sequence[tuple[int, Verdict]]) -> list[Judged]:
        crops = [verdict.crop for _, verdict in pictures if isinstance(verdict, Accepted)]
        vectors = iter(self._embedder.embed(crops))
        return [
            Judged(index, next(vectors), verdict.quality.score, None)
            if isinstance(verdict, Accepted)
            else Judged(index, None, None, REASONS[verdict.reason])
            for index, verdict in pictures
        ]

    def _keep(
        self, school_id: SchoolId, job_id: JobId, judged: Sequence[Judged], source: str, model_id: ModelId
    ) -> None:
        """Commit templates and verdicts; a job that was erased with its student keeps nothing."""
        with self._store.begin() as work:
            job = verdicts.job(work.session, school_id, job_id)
            if job is None:
                log.info("enrolment_job_gone", job_id=str(job_id))
                return
            new = verdicts.without_verdict(work.session, job_id, model_id, [each.index for each in judged])
            judged = [each for each in judged if each.index in new]
            if source != "legacy":
                judged = admitted(work, job, judged, self._embedder.spec.id)
            rows = [_keep_one(work, job, each, source, model_id) for each in judged]
            verdicts.insert_new(work.session, rows)
            if any(row["accepted"] for row in rows):
                find_look_alikes(work, school_id, job.student_id, SPECS[model_id])


def _judged_vector(index: int, vector: Vectors, model_id: ModelId) -> Judged:
    if model_id not in MODEL_IDS:
        return Judged(index, None, None, "wrong_model")
    length = float(np.linalg.norm(vector))
    if not math.isfinite(length) or length == 0:
        return Judged(index, None, None, "bad_vector")
    return Judged(index, vector / np.float32(length), 1.0, None)


def _keep_one(
    work: UnitOfWork, job: EnrolmentJob, judged: Judged, source: str, model_id: ModelId
) -> VerdictRow:
    reason = judged.reason
    if judged.vector is not None:
        template = NewTemplate(
            school_id=job.school_id,
            student_id=job.student_id,
            model_id=model_id,
            embedding=judged.vector,
            quality=judged.quality or 0.0,
            source=source,
            source_key=f"{job.id}:{judged.index}",
            pose=judged.pose,
        )
        reason = None if judged.known or templates.add(work.session, template) else "no_consent"
    return VerdictRow(
        school_id=job.school_id,
        job_id=job.id,
        index=judged.index,
        model_id=model_id,
        accepted=reason is None,
        reason=reason,
        quality=judged.quality,
    )


def _job_of(sample: Opened[EnrolmentSample]) -> tuple[SchoolId, JobId]:
    return SchoolId(sample.camera.school_id), sample.event.job_id
