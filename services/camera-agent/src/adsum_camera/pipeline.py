"""What one camera's every moment goes through: frame -> detect -> track -> select -> spool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from adsum_camera import drafts, looking
from adsum_camera.adapters.commands import Inbox
from adsum_camera.adapters.frames import Frame, Silence, SourceHealth
from adsum_camera.adapters.spool import Spool
from adsum_camera.enrolling import Enrolling
from adsum_camera.heartbeats import Beat, Pulse, Vitals
from adsum_camera.selection import Candidate, Selector
from adsum_camera.tracking import Track, Tracker, TrackState
from adsum_contracts.commands import CaptureSamples, Configure, TrackNamed
from adsum_contracts.ids import CameraId, TrackId
from adsum_vision.crops import encode_jpeg
from adsum_vision.judge import FaceDetector, Refused

log = structlog.get_logger()

SLEWED: Final = timedelta(seconds=1)
LONGEST_GAP: Final = timedelta(seconds=10)
"""A source tells something every second; a machine that is too slow takes a few."""

WATCHED: Final = "watched"
"""The spool's state that holds when the camera watched."""


class Preview(Protocol):
    """Shows the frames on the box itself."""

    def show(self, frame: Frame, tracks: tuple[Track, ...], names: dict[TrackId, str]) -> None:
        """Take one frame with what is known of it."""
        ...


@dataclass(slots=True)
class Pipeline:
    """One camera, seen by one thread, moment by moment; the spool hands on what it has to say."""

    camera_id: CameraId
    detector: FaceDetector
    tracker: Tracker
    selector: Selector
    pulse: Pulse
    spool: Spool
    enrolling: Enrolling
    inbox: Inbox
    health: Callable[[], SourceHealth]
    clock_offset_s: Callable[[], float | None]
    previews: tuple[Preview, ...] = ()
    jpeg_quality: int = 92
    beaten: Callable[[Beat, Vitals], None] = lambda beat, vitals: None
    _names: dict[TrackId, str] = field(default_factory=dict, init=False)
    _frame_size: tuple[int, int] = field(default=(1, 1), init=False)
    _seen_at: datetime | None = field(default=None, init=False)

    def see(self, moment: Frame | Silence) -> None:
        """Take one frame, or the want of one, as it comes."""
        at = moment.captured_at if isinstance(moment, Frame) else moment.at
        self._start_over_after_a_gap(at)
        self._seen_at = at
        self._obey_commands(at)
        match moment:
            case Frame():
                self._watch(moment)
            case Silence():
                self._rest(moment)
        self._beat(at)

    def end(self) -> None:
        """Send what still waits, and a last heartbeat: nothing more will be seen."""
        if self._seen_at is not None:
            self._end_all_tracks(self._seen_at)
            self._beat(self._seen_at, now=True)

    def _start_over_after_a_gap(self, at: datetime) -> None:
        """Let nothing reach across a jump of the clock or a sleep of the box: nobody saw what lies between.

        A track or a heartbeat from before the clock was set would prove an hour that nobody watched.
        """
        if self._seen_at is not None and not -SLEWED <= at - self._seen_at <= LONGEST_GAP:
            self.end()
            self.pulse.start_over()

    def _watch(self, frame: Frame) -> None:
        found = looking.detections(frame.image, self.detector)
        faces = tuple(detection.face for detection in found)
        tracks = self.tracker.update(found, frame.captured_at)
        wanted = self.selector.wanting(tracks, frame.captured_at)
        judged = [looking.judged(frame, track, track.face) for track in wanted if track.face is not None]
        self._frame_size = frame.image.shape[1], frame.image.shape[0]
        self.pulse.came(frame.captured_at, dropped=frame.dropped)
        self.pulse.looked(faces, self._frame_size)
        self.pulse.judged(judged, self._frame_size)
        self._follow(tracks, [each for each in judged if isinstance(each, Candidate)], frame.captured_at)
        if self.enrolling.active:
            self.enrolling.observe(looking.sample(frame.image, faces), frame.captured_at)
        for preview in self.previews:
            preview.show(frame, tracks, self._names)

    def _rest(self, silence: Silence) -> None:
        """Without a picture tracks run out of patience, and a capture sees no face."""
        if silence.ended:
            self._end_all_tracks(silence.at)
        else:
            self._follow(self.tracker.update((), silence.at), [], silence.at)
        self.enrolling.observe(Refused("no_face"), silence.at)

    def _end_all_tracks(self, at: datetime) -> None:
        self._follow(self.tracker.reset(), [], at)

    def _follow(self, tracks: tuple[Track, ...], candidates: list[Candidate], at: datetime) -> None:
        """Spool the best crops that are due, and note which tracks there are."""
        self.pulse.followed(tracks)
        chosen = self.selector.choose(candidates, tracks, at)
        self.pulse.sent(len(chosen))
        for best in chosen:
            picture = encode_jpeg(best.crop.image, self.jpeg_quality)
            self.spool.append(drafts.face_captured(self.camera_id, best, self._frame_size), picture)
        for track in tracks:
            if track.state is TrackState.LOST:
                self._names.pop(track.id, None)

    def _obey_commands(self, at: datetime) -> None:
        while not self.inbox.empty():
            match self.inbox.get():
                case CaptureSamples() as command:
                    self.enrolling.begin(command, at)
                case Configure(lessons=lessons):
                    self.pulse.expect(lessons)
                case TrackNamed(track_id=track_id, name=name):
                    if self.selector.named(track_id):
                        self._names[track_id] = name

    def _beat(self, at: datetime, *, now: bool = False) -> None:
        beat = self.pulse.beat(at, now=now)
        if beat is not None:
            vitals = self._vitals()
            draft = drafts.heartbeat(self.camera_id, beat, vitals)
            self.spool.append(draft, state={WATCHED: self.pulse.watched.to_text()})
            self.spool.expire()
            self.beaten(beat, vitals)

    def _vitals(self) -> Vitals:
        source = self.health()
        return Vitals(
            spool_depth=self.spool.depth(),
            spool_dropped=self.spool.dropped,
            fps=source.fps,
            frame_age_s=source.frame_age_s,
            reconnects=self.pulse.reconnects(source.reconnects),
            clock_offset_s=self.clock_offset_s(),
        )
