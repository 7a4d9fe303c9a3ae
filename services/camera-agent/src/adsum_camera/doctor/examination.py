"""The examination from top to bottom: watch, measure, judge."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from adsum_camera.adapters.frames import SourceName, SourceUnavailable
from adsum_camera.clock import Clock
from adsum_camera.doctor import machine_rules, measures, picture_rules
from adsum_camera.doctor.configured import Configured
from adsum_camera.doctor.findings import Finding
from adsum_camera.doctor.measures import SeenFace
from adsum_camera.doctor.self_check import straying
from adsum_camera.doctor.surroundings import server_answer, spool_disk
from adsum_camera.doctor.watching import MOST_FPS, Watched, watch
from adsum_camera.watchdog import LivePolicy
from adsum_contracts.ids import CameraId
from adsum_vision.detector_files import DetectorNotExported
from adsum_vision.judge import FaceDetector
from adsum_vision.mtcnn import MtcnnDetector
from adsum_vision.types import BgrImage

SMALLEST_FACE_PX = 20.0
"""Smaller than the agent looks for: the doctor is to tell of those who sit too far away."""


@dataclass(frozen=True, slots=True)
class Examined:
    """All findings, and the last picture with its faces (`None` without one)."""

    findings: tuple[Finding, ...]
    picture: tuple[BgrImage, tuple[SeenFace, ...]] | None


def examine(name: SourceName, seconds: float, settings: Configured, clock: Clock) -> Examined:
    """Watch the source for `seconds`, then look around."""
    policy = LivePolicy(MOST_FPS, settings.open_timeout_s, settings.read_timeout_s)
    try:
        watched = watch(name, seconds, policy, clock)
    except SourceUnavailable as error:
        watched = Watched(trouble=str(error))
    findings = [picture_rules.opening(watched.opened_in_s, watched.facts, watched.trouble)]
    if watched.samples:
        findings += _picture(watched, settings)
    faces, picture = _faces(watched, settings)
    return Examined((*findings, *faces, *_around(settings)), picture)


def _picture(watched: Watched, settings: Configured) -> Iterator[Finding]:
    height, width = watched.samples[-1].shape[:2]
    moving = measures.movement(watched.samples)
    yield picture_rules.resolution(width, height)
    yield picture_rules.rate(measures.pace(watched.captured_s, watched.dropped), settings.fps)
    yield picture_rules.change(len(watched.prints), len(watched.captured_s), moving)
    yield picture_rules.exposure(measures.light(watched.samples))


def _faces(
    watched: Watched, settings: Configured
) -> tuple[tuple[Finding, ...], tuple[BgrImage, tuple[SeenFace, ...]] | None]:
    """Search the samples with the smallest faces in mind, and time the agent's own way of looking."""
    try:
        searching = _detector(settings, SMALLEST_FACE_PX)
        agents = _detector(settings, settings.min_face_px)
    except DetectorNotExported as error:
        return (machine_rules.no_detector(str(error)),), None
    loaded = machine_rules.detector(straying(agents))
    if not watched.samples:
        return (loaded,), None
    by_picture = [
        tuple(measures.seen_face(image, face) for face in searching.detect(image))
        for image in watched.samples
    ]
    seen = [face for faces in by_picture for face in faces]
    sharp = [face.sharpness for face in seen if face.reason != "face_too_small"]
    cost_s = _cpu_s_per_look(agents, watched.samples)
    return (
        picture_rules.focus(measures.picture_sharpness(watched.samples), sharp),
        picture_rules.faces(seen, len(watched.samples)),
        *picture_rules.rows(seen),
        loaded,
        machine_rules.capacity(cost_s, watched.cpu, settings.fps, len(os.sched_getaffinity(0))),
    ), (watched.samples[-1], by_picture[-1])


def _detector(settings: Configured, min_face_px: float) -> FaceDetector:
    return MtcnnDetector(settings.detector_dir, min_face_px=min_face_px, threads=settings.detector_threads)


def _cpu_s_per_look(detector: FaceDetector, images: list[BgrImage]) -> float:
    """Return the mean CPU time of a look, after one that warms up."""
    detector.detect(images[0])
    costs = []
    for image in images:
        before_s = time.process_time()
        detector.detect(image)
        costs.append(time.process_time() - before_s)
    return fmean(costs)


def _around(settings: Configured) -> Iterator[Finding]:
    """Judge only what is configured."""
    if settings.spool_dir is not None:
        yield machine_rules.spool(spool_disk(Path(settings.spool_dir)), settings.spool_max_mb)
    if settings.ingress_url is not None:
        camera_id = None if settings.camera_id is None else CameraId(settings.camera_id)
        key = None if settings.camera_key is None else settings.camera_key.get_secret_value()
        yield from machine_rules.server(server_answer(str(settings.ingress_url), camera_id, key))
