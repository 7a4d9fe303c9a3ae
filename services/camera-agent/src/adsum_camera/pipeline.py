"""What one camera's every moment goes through: gate, pace, detect, track, select, spool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

import structlog

from adsum_camera import drafts, grid, looking
from adsum_camera.adapters.commands import Inbox
from adsum_camera.adapters.frames import Frame, Silence, SourceHealth
from adsum_camera.adapters.spool import Spool
from adsum_camera.enrolling import Enrolling
from adsum_camera.gate import Gate
from adsum_camera.grid import Change
from adsum_camera.heartbeats import Beat, Pulse, Vitals
from adsum_camera.liveness import Liveness
from adsum_camera.pace import Pace, Skip, Where
from adsum_camera.selection import Candidate, Selector
from adsum_camera.static_faces import StaticFaces
from adsum_camera.tracking import Track, Tracker, TrackState
from adsum_camera.zones import Size, Zone, unmasked
from adsum_contracts.commands import CaptureSamples, Configure, TrackNamed
from adsum_contracts.ids import CameraId, TrackId
from adsum_vision.crops import encode_jpeg
from adsum_vision.judge import FaceDetector, Refused
from adsum_vision.types import Box, Face

log = structlog.get_logger()

SLEWED: Final = timedelta(seconds=1)
LONGEST_GAP: Final = timedelta(seconds=10)
"""A source tells something every second; a machine that is too slow takes a few."""

WATCHED: Final = "watched"
"""The spool's state that holds when the camera watched."""

STATIC_FACES: Final = "static_faces"
"""The spool's state that holds what hangs on the walls."""


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
    pace: Pace = field(default_factory=Pace)
    static_faces: StaticFaces = field(default_factory=StaticFaces)
    zones: tuple[Zone, ...] = ()
    previews: tuple[Preview, ...] = ()
    jpeg_quality: int = 92
    liveness: Liveness = field(default_factory=Liveness)
    beaten: Callable[[Beat, Vitals], None] = lambda beat, vitals: None
    gate: Gate = field(default_factory=Gate)
    _tracks: tuple[Track, ...] = field(default=(), init=False)
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
        """Look where it pays, if anywhere, and show what is known by then."""
        at, self._frame_size = frame.captured_at, (frame.image.shape[1], frame.image.shape[0])
        self.pulse.came(at, dropped=frame.dropped)
        change = self.gate.observe(frame.image)
        capturing = self.enrolling.active
        where = self.pace.attend(at, change, self._tracks, self._frame_size, capturing=capturing)
        if isinstance(where, Skip):
            self._follow(self.tracker.stay(at, partial(_unchanged, change, self._frame_size)), [], at)
        else:
            self._look(frame, where)
        for preview in self.previews:
            preview.show(frame, self._tracks, self._names)

    def _look(self, frame: Frame, where: Where) -> None:
        """Search, leave out what nobody wants, follow the rest, and pick the best crops."""
        found = looking.faces(frame.image, self.detector, where)
        self.gate.searched(where.cells)
        faces = self._wanted(found, frame)
        detections = looking.described(frame.image, faces)
        tracks = self.tracker.update(detections, frame.captured_at, where.covers)
        self.liveness.observe(frame.image, tracks, frame.captured_at)
        wanting = self.selector.wanting(tracks, frame.captured_at, self.liveness.is_doubtful)
        judged = [looking.judged(frame, track, track.face) for track in wanting if track.face is not None]
        self.pulse.looked(faces, self._frame_size)
        self.pulse.judged(judged, self._frame_size)
        self._follow(tracks, [each for each in judged if isinstance(each, Candidate)], frame.captured_at)
        if self.enrolling.active:
            self.enrolling.observe(looking.sample(frame.image, faces), frame.captured_at)

    def _wanted(self, found: Sequence[Face], frame: Frame) -> tuple[Face, ...]:
        """Return the faces that are in no mask and do not hang on the wall; count those left out."""
        seen = unmasked(found, self.zones, self._frame_size)
        patch_at = partial(looking.patch, frame.image)
        alive = self.static_faces.observe(seen, frame.captured_at, patch_at, self._is_named)
        self.pulse.left_out("masked", len(found) - len(seen))
        self.pulse.left_out("still", len(seen) - len(alive))
        return alive

    def _is_named(self, face: Face) -> bool:
        return any(track.id in self._names and track.box.iou(face.box) > 0.3 for track in self._tracks)

    def _rest(self, silence: Silence) -> None:
        """Without a picture tracks run out of patience, captures see no face, and the next picture is new.

        Where none was due yet, that says nothing of those who are followed.
        """
        if not silence.early:
            self.gate.forget()
            tracks = self.tracker.reset() if silence.ended else self.tracker.update((), silence.at)
            self._follow(tracks, [], silence.at)
        self.enrolling.observe(Refused("no_face"), silence.at)

    def _end_all_tracks(self, at: datetime) -> None:
        self._follow(self.tracker.reset(), [], at)

    def _follow(self, tracks: tuple[Track, ...], candidates: list[Candidate], at: datetime) -> None:
        """Note which tracks there are, send what is due of them, and forget those that are lost."""
        self.pulse.followed(tracks)
        chosen = self.selector.choose(candidates, tracks, at)
        self.pulse.sent(len(chosen))
        for best in chosen:
            picture = encode_jpeg(best.crop.image, self.jpeg_quality)
            doubt = self.liveness.doubt(best.track.id)
            self.spool.append(drafts.face_captured(self.camera_id, best, self._frame_size, doubt), picture)
        self._tracks = tuple(track for track in tracks if track.state is not TrackState.LOST)
        for track in tracks:
            if track.state is TrackState.LOST:
                self._names.pop(track.id, None)
                self.liveness.forget(track.id)

    def _obey_commands(self, at: datetime) -> None:
        while not self.inbox.empty():
            match self.inbox.get():
                case CaptureSamples() as command:
                    self.enrolling.begin(command, at)
                case Configure(lessons=lessons):
                    self.pulse.expect(lessons)
                    self.pace.configure(lessons)
                case TrackNamed(track_id=track_id, name=name):
                    if self.selector.named(track_id):
                        self._names[track_id] = name

    def _beat(self, at: datetime, *, now: bool = False) -> None:
        beat = self.pulse.beat(at, now=now)
        if beat is not None:
            vitals = self._vitals()
            kept = {WATCHED: self.pulse.watched.to_text(), STATIC_FACES: self.static_faces.to_json()}
            self.spool.append(drafts.heartbeat(self.camera_id, beat, vitals), state=kept)
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


def _unchanged(change: Change, size: Size, box: Box) -> bool:
    """Say whether the place looks as it did when it was searched; in another light nobody can say."""
    return not change.light and not change.cells[grid.touched([box], size)].any()
