"""One agent: every part made once, threads started, everything stopped in order."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from uuid import uuid4

import structlog

from adsum_camera.adapters.capture import require_plugged_in
from adsum_camera.adapters.commands import CommandReader, Inbox
from adsum_camera.adapters.frames import (
    CameraIndex,
    Silence,
    Source,
    SourceUnavailable,
    StreamUrl,
    source_named,
    tame_opencv,
)
from adsum_camera.adapters.live import LiveSource
from adsum_camera.adapters.preview import FilePreview
from adsum_camera.adapters.preview_page import PagePreview
from adsum_camera.adapters.process_list import meant
from adsum_camera.adapters.publisher import Publisher, PublishPolicy
from adsum_camera.adapters.recordings import PictureFolder, Playback, Player, VideoFile
from adsum_camera.adapters.redis_client import connected
from adsum_camera.adapters.spool import Spool, SpoolLimits
from adsum_camera.clock import SystemClock
from adsum_camera.enrolling import Enrolling
from adsum_camera.heartbeats import Pulse
from adsum_camera.pipeline import STATIC_FACES, WATCHED, Pipeline
from adsum_camera.selection import SelectionPolicy, Selector
from adsum_camera.settings import Settings
from adsum_camera.static_faces import StaticFaces
from adsum_camera.status import Status
from adsum_camera.tracking import Tracker
from adsum_camera.watchdog import LivePolicy
from adsum_camera.watched import Watched
from adsum_contracts.ids import CameraId, TrackId
from adsum_vision.mtcnn import MtcnnDetector

log = structlog.get_logger()

PLAYBACK = "playback"


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line says."""

    source: str | None = None
    preview_port: int | None = None
    preview_file: Path | None = None
    once: bool = False
    loop: bool = False


class AgentFailed(RuntimeError):  # noqa: N818 - reads as the sentence it is
    """A thread ended by a fault of ours; whoever supervises us starts us again."""


def run_agent(settings: Settings, options: RunOptions) -> None:
    """Watch until a signal, or with `once` until the recording has ended and the server has everything.

    Raises `CameraAgentError` when something needed at the start is missing, `DetectorNotExported`, and
    `AgentFailed`.
    """
    tame_opencv(settings.detector_threads)
    clock = SystemClock()
    name = source_named(_source_text(settings, options))
    with ExitStack() as closing:
        key = settings.camera_key.get_secret_value()
        spool = Spool(settings.spool_dir, CameraId(settings.camera_id), key, _spool_limits(settings))
        closing.callback(spool.close)
        source = _source(name, settings, options, spool, clock)
        pipeline, publisher, reader = _parts(settings, options, spool, source, clock, closing)
        with _signals_stopping(clock):
            threads = [_Thread(clock, publisher.run), _Thread(clock, reader.run)]
            log.info("watching", source=str(name), spool=str(spool.id), waiting=spool.depth())
            _watch(source, pipeline, once=options.once)
            if options.once:
                _wait_until_empty(spool, clock, settings.once_patience_s)
            clock.stop.set()
            for thread in threads:
                thread.end()


def _watch(source: Source, pipeline: Pipeline, *, once: bool) -> None:
    """See until the source stops; with `once`, until its recording has ended."""
    for moment in source.moments():
        pipeline.see(moment)
        if once and isinstance(moment, Silence) and moment.ended:
            break
    pipeline.end()


def _source_text(settings: Settings, options: RunOptions) -> str:
    text = meant(options.source, settings.camera_source)
    if not text:
        raise SourceUnavailable(
            "No camera is named: give its number, address or file, or set ADSUM_CAMERA_SOURCE."
        )
    return text


def _parts(
    settings: Settings,
    options: RunOptions,
    spool: Spool,
    source: Source,
    clock: SystemClock,
    closing: ExitStack,
) -> tuple[Pipeline, Publisher, CommandReader]:
    """Make the pipeline and its two threads."""
    camera_id = CameraId(settings.camera_id)
    inbox: Inbox = SimpleQueue()
    enrolling = Enrolling(spool, camera_id, settings.jpeg_quality)
    enrolling.give_up_interrupted(clock.now())
    publisher, reader = _line(settings, spool, clock, inbox)
    status = Status(spool, publisher, reader, source.health, clock)
    detector = MtcnnDetector(
        settings.detector_dir, min_face_px=settings.min_face_px, threads=settings.detector_threads
    )
    pipeline = Pipeline(
        camera_id=camera_id,
        detector=detector,
        tracker=Tracker(lambda: TrackId(uuid4())),
        selector=Selector(
            SelectionPolicy(
                later_every_s=settings.later_crop_every_s, named_every_s=settings.named_crop_every_s
            )
        ),
        pulse=Pulse(settings.heartbeat_s, Watched.from_text(spool.state(WATCHED))),
        spool=spool,
        enrolling=enrolling,
        inbox=inbox,
        health=source.health,
        clock_offset_s=lambda: clock.offset_s,
        static_faces=StaticFaces(kept=spool.state(STATIC_FACES)),
        previews=tuple(_previews(options, settings, closing)),
        jpeg_quality=settings.jpeg_quality,
        beaten=status.beaten,
    )
    return pipeline, publisher, reader


def _line(
    settings: Settings, spool: Spool, clock: SystemClock, inbox: Inbox
) -> tuple[Publisher, CommandReader]:
    """Make the two that speak with the server, with a connection each."""
    camera_id, key = CameraId(settings.camera_id), settings.camera_key.get_secret_value()
    url, policy = str(settings.ingress_url), PublishPolicy(settings.resend_after_s)
    publisher = Publisher(spool, connected(url), camera_id, key, clock, policy)
    return publisher, CommandReader(spool, connected(url), camera_id, key, clock, inbox)


def _source(
    name: CameraIndex | StreamUrl | Path,
    settings: Settings,
    options: RunOptions,
    spool: Spool,
    clock: SystemClock,
) -> Source:
    """Open the source; a recording goes on where the clock says it is by now."""
    if not isinstance(name, Path):
        require_plugged_in(name)
        policy = LivePolicy(settings.fps, settings.open_timeout_s, settings.read_timeout_s)
        return LiveSource(name, clock, policy)
    recording = PictureFolder(name, settings.fps) if name.is_dir() else VideoFile(name)
    playback = Playback.resumed(spool.state(PLAYBACK), name, settings.camera_starts_at or clock.now())
    spool.set_state(PLAYBACK, playback.to_json())
    started_at = datetime.fromisoformat(playback.started_at)
    return Player(recording, started_at, clock, most_fps=settings.fps, loop=options.loop)


def _previews(
    options: RunOptions, settings: Settings, closing: ExitStack
) -> Iterator[FilePreview | PagePreview]:
    if options.preview_port is not None:
        page = PagePreview(options.preview_port)
        closing.callback(page.close)
        log.info("preview", url=page.url)
        yield page
    if options.preview_file is not None:
        video = FilePreview(options.preview_file, settings.fps)
        closing.callback(video.close)
        yield video


def _spool_limits(settings: Settings) -> SpoolLimits:
    return SpoolLimits(
        most_bytes=settings.spool_max_mb * 1024 * 1024,
        longest_s=settings.spool_hours * 3600,
        sync_s=settings.spool_sync_s,
    )


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


def _wait_until_empty(spool: Spool, clock: SystemClock, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while spool.depth() and not clock.stopping:
        if time.monotonic() > deadline:
            log.warning("left_in_spool", events=spool.depth())
            return
        clock.wait(0.1)


class _Thread:
    """A thread that stops the agent when it fails, so that nothing dies in silence."""

    def __init__(self, clock: SystemClock, work: Callable[[], None]) -> None:
        self._clock, self._work = clock, work
        self._fault: Exception | None = None
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Wait a little for the thread, then raise `AgentFailed` if it had failed."""
        self._thread.join(3)
        if self._fault is not None:
            raise AgentFailed(f"{type(self._fault).__name__}: {self._fault}") from self._fault

    def _run(self) -> None:
        try:
            self._work()
        except Exception as fault:
            self._fault = fault
            log.exception("thread_failed")
            self._clock.stop.set()
