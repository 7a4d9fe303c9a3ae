"""One camera with everything it needs: made in one go, and closed in the opposite order."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from uuid import uuid4

import structlog

from adsum_camera.adapters.capture import require_plugged_in
from adsum_camera.adapters.commands import CommandReader, Inbox
from adsum_camera.adapters.frames import Frame, Silence, Source, source_named
from adsum_camera.adapters.live import LiveSource
from adsum_camera.adapters.publisher import Publisher, PublishPolicy
from adsum_camera.adapters.recordings import PictureFolder, Playback, Player, VideoFile
from adsum_camera.adapters.redis_client import connected
from adsum_camera.adapters.spool import Spool, SpoolLimits
from adsum_camera.adapters.spool_age import SpoolClock
from adsum_camera.clock import OwnStop, SystemClock
from adsum_camera.enrolling import Enrolling
from adsum_camera.heartbeats import Pulse
from adsum_camera.links import Links
from adsum_camera.pace import Pace
from adsum_camera.pipeline import STATIC_FACES, WATCHED, Pipeline, Preview
from adsum_camera.plans import CameraPlan, DetectorPlan
from adsum_camera.ration import Ration
from adsum_camera.selection import SelectionPolicy, Selector
from adsum_camera.settings import Settings
from adsum_camera.static_faces import StaticFaces
from adsum_camera.status import Status, Statuses
from adsum_camera.tracking import Tracker
from adsum_camera.watchdog import LivePolicy
from adsum_camera.watched import Watched
from adsum_contracts.ids import TrackId
from adsum_vision.judge import FaceDetector

log = structlog.get_logger()

PLAYBACK = "playback"


@dataclass(frozen=True, slots=True)
class Shared:
    """What the cameras of one process have in common: also the `ration` of searching that each of them gets.

    `once`, `loop`: how recordings are played.
    """

    settings: Settings
    detectors: Mapping[DetectorPlan, FaceDetector]
    clock: SystemClock
    statuses: Statuses
    ration: Ration
    once: bool = False
    loop: bool = False


@dataclass(frozen=True, slots=True)
class OpenCamera:
    """A camera being watched; see `group.Watch`."""

    source: Source
    pipeline: Pipeline
    spool: Spool
    links: Links
    shared: Shared

    def moments(self) -> Generator[Frame | Silence]:
        """Yield what the source brings, as long as the way to the server is taken care of."""
        with closing(self.source.moments()) as moments:
            for moment in moments:
                self.links.check()
                yield moment

    def see(self, moment: Frame | Silence) -> None:
        """Let the pipeline see it."""
        self.pipeline.see(moment)

    def end(self) -> None:
        """End the pipeline; with `once`, give the server time to confirm what it was sent."""
        self.pipeline.end()
        if self.shared.once:
            _wait_until_empty(self.spool, self.shared.clock, self.shared.settings.once_patience_s)


@contextmanager
def open_camera(
    plan: CameraPlan, shared: Shared, previews: Callable[[ExitStack], tuple[Preview, ...]]
) -> Iterator[OpenCamera]:
    """Open the camera; `previews` opens its previews, to be closed with it.

    Raises `CameraAgentError` when something it needs is missing or taken.
    """
    with shared.statuses.noting_failure(plan.id), ExitStack() as stack:
        spool = stack.enter_context(closing(_spool(plan, shared.settings, shared.clock)))
        spool.expire()  # also of a camera that cannot be opened
        source = _source(plan, shared, spool)
        inbox: Inbox = SimpleQueue()
        line = _line(plan, shared, spool, inbox)
        status = stack.enter_context(shared.statuses.of(Status(spool, *line, source.health, shared.clock)))
        pipeline = _pipeline(plan, shared, spool, source, inbox, previews(stack), status)
        links = stack.enter_context(closing(Links(*line)))
        log.info("watching", camera=plan.name, spool=str(spool.id), waiting=spool.depth())
        yield OpenCamera(source, pipeline, spool, links, shared)


def _spool(plan: CameraPlan, settings: Settings, clock: SystemClock) -> Spool:
    limits = SpoolLimits(
        most_bytes=settings.spool_max_mb * 1024 * 1024,
        longest_s=settings.spool_hours * 3600,
        sync_s=settings.spool_sync_s,
    )
    ages = SpoolClock(
        lambda: clock.now().timestamp(), clock.steady, confirmed=lambda: clock.offset_s is not None
    )
    return Spool(plan.spool_dir, plan.id, plan.credentials.spool_key, limits, ages)


def _source(plan: CameraPlan, shared: Shared, spool: Spool) -> Source:
    """Open the source; a recording goes on where the clock says it is by now."""
    name, settings, clock = source_named(plan.source), shared.settings, shared.clock
    if not isinstance(name, Path):
        require_plugged_in(name)
        policy = LivePolicy(plan.fps, settings.open_timeout_s, settings.read_timeout_s)
        return LiveSource(name, clock, policy)
    recording = PictureFolder(name, plan.fps) if name.is_dir() else VideoFile(name)
    playback = Playback.resumed(spool.state(PLAYBACK), name, plan.starts_at or clock.now())
    spool.set_state(PLAYBACK, playback.to_json())
    started_at = datetime.fromisoformat(playback.started_at)
    return Player(recording, started_at, clock, most_fps=plan.fps, loop=shared.loop)


def _pipeline(
    plan: CameraPlan,
    shared: Shared,
    spool: Spool,
    source: Source,
    inbox: Inbox,
    previews: tuple[Preview, ...],
    status: Status,
) -> Pipeline:
    settings = shared.settings
    enrolling = Enrolling(spool, plan.id, settings.jpeg_quality)
    enrolling.give_up_interrupted(shared.clock.now())
    selection = SelectionPolicy(
        later_every_s=settings.later_crop_every_s, named_every_s=settings.named_crop_every_s
    )
    return Pipeline(
        camera_id=plan.id,
        detector=shared.detectors[plan.detector],
        tracker=Tracker(lambda: TrackId(uuid4())),
        selector=Selector(selection),
        pulse=Pulse(settings.heartbeat_s, Watched.from_text(spool.state(WATCHED)), shared.ration.is_short),
        spool=spool,
        enrolling=enrolling,
        inbox=inbox,
        health=source.health,
        clock_offset_s=lambda: shared.clock.offset_s,
        pace=Pace(plan.pace, plan.zones, shared.ration.pictures),
        static_faces=StaticFaces(kept=spool.state(STATIC_FACES)),
        zones=plan.zones,
        previews=previews,
        jpeg_quality=settings.jpeg_quality,
        beaten=status.beaten,
    )


def _line(plan: CameraPlan, shared: Shared, spool: Spool, inbox: Inbox) -> tuple[Publisher, CommandReader]:
    """Make the two that speak with the server; each has a connection of its own, since a read waits in it."""
    url, clock = str(shared.settings.ingress_url), OwnStop(shared.clock)
    policy = PublishPolicy(resend_after_s=shared.settings.resend_after_s)
    shown = plan.credentials
    publisher = Publisher(spool, connected(url, credentials=shown), plan.id, shown, clock, policy)
    return publisher, CommandReader(spool, connected(url, credentials=shown), plan.id, shown, clock, inbox)


def _wait_until_empty(spool: Spool, clock: SystemClock, patience_s: float) -> None:
    deadline = clock.steady() + patience_s
    while spool.depth() and not clock.stopping:
        if clock.steady() > deadline:
            log.warning("left_in_spool", events=spool.depth())
            return
        clock.wait(0.1)
