"""Looks at a source for a few seconds and keeps what the rules need."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

from adsum_camera.adapters.capture import LiveName, StreamFacts, require_plugged_in
from adsum_camera.adapters.frames import Frame, Silence, SourceName
from adsum_camera.adapters.live import LiveSource
from adsum_camera.adapters.reader import fingerprint
from adsum_camera.adapters.recordings import PictureFolder, Player, VideoFile
from adsum_camera.clock import Clock
from adsum_camera.watchdog import LivePolicy
from adsum_vision.types import BgrImage

SAMPLES: Final = 5
"""Pictures that are kept, evenly spread, and searched for faces."""

MOST_FPS: Final = 60.0
FOLDER_FPS: Final = 5.0


@dataclass(slots=True)
class Watched:
    """What came: the frames' times in seconds, prints of all pictures, a few pictures whole.

    `cpu` is the share of one core that reading took.
    """

    opened_in_s: float | None = None
    facts: StreamFacts | None = None
    trouble: str | None = None
    captured_s: list[float] = field(default_factory=list)
    dropped: int = 0
    prints: set[int] = field(default_factory=set)
    samples: list[BgrImage] = field(default_factory=list)
    cpu: float = 0.0

    def saw(self, frame: Frame, *, keep: bool) -> None:
        """Take one frame into account."""
        if self.captured_s:
            self.dropped += frame.dropped
        self.captured_s.append(frame.captured_at.timestamp())
        self.prints.add(fingerprint(frame.image))
        if keep:
            self.samples.append(frame.image)


def watch(name: SourceName, seconds: float, policy: LivePolicy, clock: Clock) -> Watched:
    """Watch for `seconds` from the first picture on; the first trouble before it ends the matter.

    Raises `SourceUnavailable` for what cannot be opened at all.
    """
    watched = Watched()
    if isinstance(name, Path):
        recording = PictureFolder(name, FOLDER_FPS) if name.is_dir() else VideoFile(name)
        player = Player(recording, clock.now(), clock, most_fps=recording.fps)
        _collect(watched, player.moments(), None, seconds, policy, clock)
        watched.facts = recording.facts
        return watched
    source = _live(name, policy, clock)
    _collect(watched, source.moments(), source, seconds, policy, clock)
    watched.trouble = source.trouble
    return watched


def _live(name: LiveName, policy: LivePolicy, clock: Clock) -> LiveSource:
    require_plugged_in(name)
    return LiveSource(name, clock, policy)


def _collect(
    watched: Watched,
    moments: Iterator[Frame | Silence],
    live: LiveSource | None,
    seconds: float,
    policy: LivePolicy,
    clock: Clock,
) -> None:
    """Fill `watched` until the time is over, the recording has ended, or nothing comes."""
    began_s = clock.steady()
    first_s, first_cpu_s = began_s, time.process_time()
    gives_up_s = began_s + policy.open_timeout_s + policy.read_timeout_s
    with closing(cast("Generator[Frame | Silence]", moments)):
        for moment in moments:
            now_s = clock.steady()
            if isinstance(moment, Frame):
                if watched.opened_in_s is None:
                    watched.opened_in_s, watched.facts = now_s - began_s, live.facts if live else None
                    first_s, first_cpu_s = now_s, time.process_time()
                share = (now_s - first_s) / seconds
                watched.saw(
                    moment, keep=share * SAMPLES >= len(watched.samples) and len(watched.samples) < SAMPLES
                )
            elif moment.ended or (watched.opened_in_s is None and live is not None and live.trouble):
                break
            if now_s - first_s >= seconds if watched.opened_in_s is not None else now_s >= gives_up_s:
                break
    lasted_s = max(clock.steady() - first_s, 1e-3)
    watched.cpu = (time.process_time() - first_cpu_s) / lasted_s
