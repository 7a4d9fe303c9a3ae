"""The Celery worker: a thin shell around the use cases; the model is loaded before any work is taken."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any, Final

import structlog
from celery import Celery
from celery.exceptions import Reject
from celery.signals import task_postrun, task_prerun

from adsum_contracts import routes
from adsum_contracts.logs import hush_celery
from adsum_contracts.models import ModelSpec
from adsum_contracts.tasks import DecideLesson, EnrolPhotos, EnrolSamples, EnrolVectors, IdentifyFaces
from adsum_recognizer.adapters.backlog import OURS
from adsum_recognizer.embedders import tested_embedders
from adsum_recognizer.errors import OUTAGES, FacesForbidden
from adsum_recognizer.handlers.deciding import Deciding
from adsum_recognizer.handlers.enrolment import Enrolment
from adsum_recognizer.handlers.faces import Faces
from adsum_recognizer.health import health_page
from adsum_recognizer.liveness import Liveness, watch
from adsum_recognizer.metrics import Metrics
from adsum_recognizer.ports import Embedders
from adsum_recognizer.reports import ModelsShown, worker_reports
from adsum_recognizer.runtime import Connections, connect
from adsum_recognizer.settings import Settings
from adsum_recognizer.sign_of_life import SignOfLife
from adsum_store.jurisdictions import LAWS
from adsum_store.repositories import lineups
from adsum_store.repositories.rosters import schools_named
from adsum_store.unit_of_work import Store
from adsum_vision.judge import FaceDetector
from adsum_vision.mtcnn import MtcnnDetector

log = structlog.get_logger()

LOOKS_EVERY_S: Final = 5.0
OUTAGE_PAUSE_S: Final = 1.0
Payload = dict[str, Any]


def run_worker(settings: Settings) -> int:
    """Consume until told to stop; return the exit status.

    Raises `ModelNotReady`, `GpuMissing`, `SelfTestFailed`, `DetectorNotExported` or `FacesForbidden` before
    anything is consumed.
    """
    shown = ModelsShown(settings.models_dir)
    embedders = tested_embedders(settings, shown.note)
    return consume(settings, embedders, MtcnnDetector(threads=settings.detector_threads), shown)


def consume(
    settings: Settings, embedders: Embedders, detector: FaceDetector, shown: ModelsShown | None = None
) -> int:
    """Load the schools' models, then consume until told to stop; return the exit status.

    `shown`: what to say of the models; without it nothing.
    """
    connections = connect(settings, "worker")
    check_allowed(connections.store)
    models = [embedders.of(spec).spec.id for spec in models_to_load(connections.store, embedders.default)]
    register(
        connections.app,
        connections.faces(embedders),
        connections.deciding(embedders.default),
        connections.enrolment(embedders, detector),
    )
    sign, stop = SignOfLife(settings.sign_of_life), Event()
    metrics = Metrics(sign, connections.backlog)
    metrics.of_work(connections.laps)
    _watch_over(connections, settings.stalled_after_s, sign, stop)
    worker_reports(connections.broker, sign, shown).start(stop)
    with health_page(settings, sign, metrics):
        log.info("worker_ready", models=models)
        status = _run(connections.app)
    stop.set()
    return status


def _run(app: Celery) -> int:
    hush_celery()
    worker = app.Worker(
        hostname=f"recognizer-{os.getpid()}@{socket.gethostname()}",  # several may run on one machine
        pool="solo",
        queues=list(OURS),
        loglevel="WARNING",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


def models_to_load(store: Store, default: ModelSpec) -> list[ModelSpec]:
    """Return the models that are active in some school; the deployed one where there is no school yet, or
    nobody to ask. One that a school switches to later is loaded then."""
    try:
        with store.begin() as work:
            schools = schools_named(work.session, None)
            active = {lineups.of_school(work.session, school.id, default).active for school in schools}
    except OUTAGES:
        active = set()
    return sorted(active or {default}, key=lambda spec: spec.name)


def check_allowed(store: Store) -> None:
    """Raise `FacesForbidden` where no school of this installation may recognise a face.

    One that may not beside others that may has no templates, and the database takes none: it finds nobody.
    """
    try:
        with store.begin() as work:
            refusals = {LAWS[each.jurisdiction].refusal for each in schools_named(work.session, None)}
    except OUTAGES:
        return
    if refusals and None not in refusals:
        raise FacesForbidden("; ".join(sorted(str(each) for each in refusals)))


def register(app: Celery, faces: Faces, deciding: Deciding, enrolment: Enrolment) -> None:
    """Name the tasks: each parses its payload and makes one call."""

    @app.task(name=routes.IDENTIFY, shared=False)
    def identify(payload: Payload) -> None:
        faces.identify(IdentifyFaces.model_validate(payload))

    @app.task(name=routes.DECIDE_LESSON, shared=False)
    def decide_lesson(payload: Payload) -> None:
        with _comes_again():
            deciding.decide(DecideLesson.model_validate(payload))

    @app.task(name=routes.ENROL_SAMPLES, shared=False)
    def enrol_samples(payload: Payload) -> None:
        enrolment.enrol_samples(EnrolSamples.model_validate(payload))

    @app.task(name=routes.ENROL_PHOTOS, shared=False)
    def enrol_photos(payload: Payload) -> None:
        enrolment.enrol_photos(EnrolPhotos.model_validate(payload))

    @app.task(name=routes.ENROL_VECTORS, shared=False)
    def enrol_vectors(payload: Payload) -> None:
        enrolment.enrol_vectors(EnrolVectors.model_validate(payload))

    @app.task(name=routes.SWEEP_UNDECIDED, shared=False)
    def sweep_undecided() -> None:
        deciding.sweep_undecided()


@contextmanager
def _comes_again() -> Iterator[None]:
    """Put the task back while a server is away: Celery drops what fails, and no entry waits for this one."""
    try:
        yield
    except OUTAGES as error:
        log.warning("server_away", error=type(error).__name__)
        time.sleep(OUTAGE_PAUSE_S)
        raise Reject(error, requeue=True) from error


def _watch_over(connections: Connections, stalled_after_s: float, sign: SignOfLife, stop: Event) -> None:
    liveness = Liveness(stalled_after_s)

    def progressed(**_: object) -> None:
        liveness.progressed()

    task_prerun.connect(progressed, weak=False)
    task_postrun.connect(progressed, weak=False)
    every_s = min(LOOKS_EVERY_S, stalled_after_s / 4)
    watch(liveness, lambda: connections.queues.waiting().ours, every_s, stop, sign)
