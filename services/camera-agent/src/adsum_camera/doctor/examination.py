"""The examination from top to bottom: watch, measure, judge."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from adsum_camera.adapters.frames import SourceUnavailable
from adsum_camera.clock import Clock
from adsum_camera.doctor import machine_rules, measures, picture_rules
from adsum_camera.doctor.configured import Configured
from adsum_camera.doctor.findings import Finding
from adsum_camera.doctor.measures import SeenFace
from adsum_camera.doctor.self_check import straying
from adsum_camera.doctor.subject import Subject
from adsum_camera.doctor.surroundings import server_answer, spool_disk
from adsum_camera.doctor.watching import MOST_FPS, Watched, watch
from adsum_camera.watchdog import LivePolicy
from adsum_camera.zones import Zone, unmasked
from adsum_contracts.ids import CameraId
from adsum_vision.detector_files import DetectorNotExported
from adsum_vision.judge import FaceDetector
from adsum_vision.types import BgrImage, Face
from adsum_vision.yunet import YunetNotFound

SMALLEST_FACE_PX = 20.0
"""Smaller than the agent looks for: the doctor is to tell of those who sit too far away."""


@dataclass(frozen=True, slots=True)
class Examined:
    """All findings, and the last picture with its faces (`None` without one) and the camera's zones."""

    findings: tuple[Finding, ...]
    picture: tuple[BgrImage, tuple[SeenFace, ...]] | None
    zones: tuple[Zone, ...] = ()


def examine(subject: Subject, seconds: float, clock: Clock) -> Examined:
    """Watch the camera for `seconds`, then look around."""
    settings = subject.settings
    policy = LivePolicy(MOST_FPS, settings.open_timeout_s, settings.read_timeout_s)
    try:
        watched = watch(subject.name, seconds, policy, clock)
    except SourceUnavailable as error:
        watched = Watched(trouble=str(error))
    findings = [picture_rules.opening(watched.opened_in_s, watched.facts, watched.trouble)]
    if watched.samples:
        findings += _picture(watched, settings)
    faces, picture = _faces(watched, subject)
    return Examined((*findings, *faces, *_around(settings)), picture, subject.zones)


def _picture(watched: Watched, settings: Configured) -> Iterator[Finding]:
    height, width = watched.samples[-1].shape[:2]
    moving = measures.movement(watched.samples)
    yield picture_rules.resolution(width, height)
    yield picture_rules.rate(measures.pace(watched.captured_s, watched.dropped), settings.fps)
    yield picture_rules.change(len(watched.prints), len(watched.captured_s), moving)
    yield picture_rules.exposure(measures.light(watched.samples))


def _faces(
    watched: Watched, subject: Subject
) -> tuple[tuple[Finding, ...], tuple[BgrImage, tuple[SeenFace, ...]] | None]:
    """Search the samples with the smallest faces in mind, and time the agent's own way of looking."""
    settings, plan = subject.settings, subject.detector
    try:
        searching, agents = (
            each.loaded(settings.detector_dir, settings.detector_threads)
            for each in (replace(plan, min_face_px=SMALLEST_FACE_PX), plan)
        )
    except (DetectorNotExported, YunetNotFound) as error:
        return (machine_rules.no_detector(str(error)),), None
    loaded = machine_rules.detector(straying(searching), plan.name)
    if not watched.samples:
        return (loaded,), None
    found = [searching.detect(image) for image in watched.samples]
    by_picture = [
        tuple(measures.seen_face(image, face, plan.min_face_px) for face in _unmasked(faces, image, subject))
        for image, faces in zip(watched.samples, found, strict=True)
    ]
    seen = [face for faces in by_picture for face in faces]
    sharp = [face.sharpness for face in seen if face.reason != "face_too_small"]
    cost_s = _cpu_s_per_look(agents, watched.samples)
    return (
        picture_rules.focus(measures.picture_sharpness(watched.samples), sharp),
        picture_rules.faces(seen, len(watched.samples), plan.min_face_px),
        *picture_rules.rows(seen, plan.min_face_px),
        *picture_rules.zones(subject.zones, sum(map(len, found)), len(seen)),
        loaded,
        machine_rules.capacity(cost_s, watched.cpu, settings.fps, len(os.sched_getaffinity(0))),
    ), (watched.samples[-1], by_picture[-1])


def _unmasked(faces: Sequence[Face], image: BgrImage, subject: Subject) -> tuple[Face, ...]:
    return unmasked(faces, subject.zones, (image.shape[1], image.shape[0]))


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
