"""Whether memory stays flat: a film shown over and over, as fast as it can be seen, through everything
that a camera's pictures go through, and how much memory that takes by the end.

    python -m benchmarks.memory                      an hour of video, 1920x1080, 30 students
    python -m benchmarks.memory --minutes 600        a school day of ten hours
    python -m benchmarks.memory --film lesson.mp4    another film
"""

from __future__ import annotations

import gc
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from uuid import uuid4

import psutil

from adsum_camera.adapters.commands import Inbox
from adsum_camera.adapters.frames import Silence, Source, tame_opencv
from adsum_camera.adapters.recordings import Player, VideoFile
from adsum_camera.adapters.spool import Spool
from adsum_camera.clock import SystemClock
from adsum_camera.enrolling import Enrolling
from adsum_camera.group import Group, Member
from adsum_camera.heartbeats import Pulse
from adsum_camera.pipeline import Pipeline
from adsum_camera.selection import Selector
from adsum_camera.slots import Moment
from adsum_camera.tracking import Tracker
from adsum_contracts.commands import TrackNamed
from adsum_contracts.events import CAMERA_EVENT, FaceCaptured
from adsum_contracts.ids import CameraId, CommandId, StudentId, TrackId
from adsum_local.sim import SimPlan
from adsum_vision.mtcnn import MtcnnDetector
from benchmarks.films import draw_films

CONFIRMED_EVERY_S = 5.0
"""How often, in the film's time, the server stood for here names tracks and confirms what it was sent."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The process after so much of the film: bytes resident, and Python's allocated blocks."""

    film_s: float
    resident_bytes: int
    blocks: int

    def __str__(self) -> str:
        """Return a line for people."""
        megabytes = self.resident_bytes / 2**20
        return f"{self.film_s / 60:6.1f} min of video: {megabytes:7.1f} MiB resident, {self.blocks} blocks"


class FilmClock:
    """A clock whose waits pass at once, so that a film runs as fast as it is seen, for `lasts_s`."""

    def __init__(self, lasts_s: float) -> None:
        self._started_at = datetime.now(UTC)
        self._lasts_s = lasts_s
        self._passed_s = 0.0

    @property
    def stopping(self) -> bool:
        """Whether the film has lasted long enough."""
        return self._passed_s >= self._lasts_s

    def now(self) -> datetime:
        """Return the hour in the film."""
        return self._started_at + timedelta(seconds=self._passed_s)

    def steady(self) -> float:
        """Return the seconds that have passed in the film."""
        return self._passed_s

    def wait(self, seconds: float) -> None:
        """Let them pass."""
        self._passed_s += max(seconds, 1e-6)


@dataclass(slots=True)
class Viewing:
    """A watched film; see `adsum_camera.group.Watch`. After a moment it does what the server would."""

    source: Source
    pipeline: Pipeline
    clock: FilmClock
    every_s: float
    samples: list[Sample] = field(default_factory=list)
    told: Callable[[Sample], None] = lambda sample: None
    _confirmed_s: float = 0.0

    def moments(self) -> Generator[Moment]:
        """Yield the film's, and at last its end."""
        yield from self.source.moments()
        yield Silence(self.clock.now(), ended=True)

    def see(self, moment: Moment) -> None:
        """See it, confirm what is due, and take a sample when it is time."""
        self.pipeline.see(moment)
        if self.clock.steady() - self._confirmed_s >= CONFIRMED_EVERY_S:
            self._confirmed_s = self.clock.steady()
            _confirm(self.pipeline.spool, self.pipeline.inbox)
        if self.clock.steady() >= len(self.samples) * self.every_s:
            self.samples.append(_sample(self.clock.steady()))
            self.told(self.samples[-1])

    def end(self) -> None:
        """End the pipeline."""
        self.pipeline.end()


def view(
    film: Path, seconds: float, every_s: float, fps: float = 8.0, told: Callable[[Sample], None] = print
) -> tuple[Sample, ...]:
    """Watch the film over and over for `seconds` of its own time; return a sample for every `every_s`."""
    clock = FilmClock(seconds)
    samples: list[Sample] = []
    with tempfile.TemporaryDirectory(prefix="adsum-memory-") as folder:
        opened = partial(_opened, film, Path(folder), clock, fps, every_s, samples, told)
        Group([Member(film.name, opened)], SystemClock(), once=True).run()
    return tuple(samples)


@contextmanager
def _opened(
    film: Path,
    folder: Path,
    clock: FilmClock,
    fps: float,
    every_s: float,
    samples: list[Sample],
    told: Callable[[Sample], None],
) -> Iterator[Viewing]:
    camera_id, inbox = CameraId(uuid4()), SimpleQueue[object]()
    source = Player(VideoFile(film), clock.now(), clock, most_fps=fps, loop=True)
    with closing(Spool(folder, camera_id, bytes(32))) as spool:
        pipeline = Pipeline(
            camera_id=camera_id,
            detector=MtcnnDetector(min_face_px=36, threads=1),
            tracker=Tracker(lambda: TrackId(uuid4())),
            selector=Selector(),
            pulse=Pulse(5.0),
            spool=spool,
            enrolling=Enrolling(spool, camera_id, 92),
            inbox=inbox,  # type: ignore[arg-type]
            health=source.health,
            clock_offset_s=lambda: None,
        )
        yield Viewing(source, pipeline, clock, every_s, samples, told)


def _confirm(spool: Spool, inbox: Inbox) -> None:
    """Do as the server does: name the tracks whose crops it got, and confirm everything."""
    waiting = spool.waiting(10_000)
    for sequence in waiting:
        entry = spool.entry(sequence)
        event = None if entry is None else CAMERA_EVENT.validate_json(entry.body)
        if isinstance(event, FaceCaptured):
            spool.named(event.track_id)
            inbox.put(_named(event))
    spool.forget(spool.id, waiting)


def _named(event: FaceCaptured) -> TrackNamed:
    return TrackNamed(
        camera_id=event.camera_id,
        command_id=CommandId(uuid4()),
        issued_at=event.captured_at,
        track_id=event.track_id,
        student_id=StudentId(uuid4()),
        name="A student",
    )


def _sample(film_s: float) -> Sample:
    gc.collect()
    return Sample(film_s, psutil.Process().memory_info().rss, sys.getallocatedblocks())


def main() -> None:
    """Watch, and print how memory goes."""
    parser = ArgumentParser(prog="python -m benchmarks.memory", description=__doc__.partition("\n\n")[0])
    parser.add_argument("--minutes", type=float, default=60.0, help="of video (default: 60)")
    parser.add_argument("--every", type=float, default=5.0, help="minutes between two lines (default: 5)")
    parser.add_argument("--film", type=Path, help="a video file (default: a drawn lesson)")
    asked = parser.parse_args()
    tame_opencv(threads=1)
    plan = SimPlan(students=30, size=(1920, 1080), seconds=60.0)
    film = asked.film or draw_films([plan], Path(tempfile.gettempdir()) / "adsum-films")[0].video
    samples = view(film, asked.minutes * 60, asked.every * 60)
    grown = (samples[-1].resident_bytes - samples[len(samples) // 4].resident_bytes) / 2**20
    print(f"{grown:+.1f} MiB since the first quarter")


if __name__ == "__main__":
    main()
