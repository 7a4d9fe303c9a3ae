"""The agent: what all cameras share is made once, then they are watched until a signal."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from adsum_camera.adapters.frames import tame_opencv
from adsum_camera.adapters.health import HealthServer
from adsum_camera.adapters.preview import FilePreview
from adsum_camera.adapters.preview_page import PagePreview
from adsum_camera.adapters.sign_of_life import signs_of_life
from adsum_camera.clock import SystemClock
from adsum_camera.errors import CameraAgentError
from adsum_camera.group import Group, Member
from adsum_camera.open_camera import Shared, open_camera
from adsum_camera.pipeline import Preview
from adsum_camera.plans import CameraPlan, DetectorPlan
from adsum_camera.ration import Ration
from adsum_camera.settings import Settings
from adsum_camera.shared_detector import SharedDetector
from adsum_camera.status import Statuses
from adsum_vision.judge import FaceDetector

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line says; the cameras' preview pages are on `preview_port` and those after it."""

    preview_port: int | None = None
    preview_file: Path | None = None
    once: bool = False
    loop: bool = False


class OneCameraOnly(CameraAgentError):  # noqa: N818 - reads as the sentence it is
    """The command line asks of several cameras what only one can do."""


def run_agent(plans: Sequence[CameraPlan], settings: Settings, options: RunOptions) -> None:
    """Watch until a signal, or with `once` until every recording has ended and the server has everything.

    Raises `CameraAgentError` when something needed at the start is missing or something that all cameras
    share has failed, and `DetectorNotExported`.
    """
    if options.preview_file is not None and len(plans) > 1:
        raise OneCameraOnly("--preview-file is for one camera: use --preview to look at several.")
    tame_opencv(settings.detector_threads)
    clock = SystemClock()
    statuses = Statuses()
    workers = _workers(plans, settings)
    detectors, ration = _detectors(plans, settings, workers), Ration()
    shared = Shared(settings, detectors, clock, statuses, ration, options.once, options.loop)
    signs = signs_of_life(settings.sign_of_life, statuses)
    with _health(statuses, settings), signs, _signals_stopping(clock):
        members = tuple(_members(plans, shared, options))
        Group(members, clock, once=options.once, workers=workers, ration=ration).run()


@contextmanager
def _health(statuses: Statuses, settings: Settings) -> Iterator[None]:
    """Answer on the health page, where one is wanted."""
    if settings.health_port is None:
        yield
        return
    with closing(HealthServer(statuses, settings.health_host, settings.health_port)) as server:
        log.info("health", host=settings.health_host, port=server.port)
        yield


def _members(plans: Sequence[CameraPlan], shared: Shared, options: RunOptions) -> Iterator[Member]:
    for number, plan in enumerate(plans):
        previews = partial(_previews, plan, number, options)
        yield Member(plan.name, partial(open_camera, plan, shared, previews))


def _workers(plans: Sequence[CameraPlan], settings: Settings) -> int:
    """Return how many threads look: as many as asked for, else one a core, and never more than cameras."""
    return min(settings.workers or os.cpu_count() or 1, len(plans))


def _detectors(
    plans: Iterable[CameraPlan], settings: Settings, workers: int
) -> Mapping[DetectorPlan, FaceDetector]:
    """Load each detector that a camera wants, once for each thread that looks."""
    folder, threads = settings.detector_dir, settings.detector_threads
    return {
        wanted: SharedDetector([wanted.loaded(folder, threads) for _ in range(workers)])
        for wanted in {each.detector for each in plans}
    }


def _previews(plan: CameraPlan, number: int, options: RunOptions, stack: ExitStack) -> tuple[Preview, ...]:
    """Open the previews of the camera with this number."""
    previews: list[Preview] = []
    if options.preview_port is not None:
        page = PagePreview(options.preview_port and options.preview_port + number)
        stack.callback(page.close)
        log.info("preview", camera=plan.name, url=page.url)
        previews.append(page)
    if options.preview_file is not None:
        video = FilePreview(options.preview_file, plan.fps)
        stack.callback(video.close)
        previews.append(video)
    return tuple(previews)


@contextmanager
def _signals_stopping(clock: SystemClock) -> Iterator[None]:
    """Let SIGTERM and SIGINT end every wait; a second one does what it always did."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def stop(number: int, frame: object) -> None:
        clock.stop.set()
        for each, handler in before.items():
            signal.signal(each, handler)

    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
