"""How many crops a lesson sends, and what register they give: ours, and one a second of every track.

The camera agent's own pipeline watches a drawn lesson at five frames a second, none left out by the clock.
A stand-in for the recognizer names tracks from what was sent so far, by its rules, and answers a second
later, as the real one does on the command stream. Of every face of every frame the number alone is told:
its register could only be that of one a second, at many times the work.
"""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from uuid import UUID, uuid4

import cv2
import numpy as np
from rich.table import Table

from adsum_camera.adapters.commands import Inbox
from adsum_camera.adapters.frames import Frame, SourceHealth
from adsum_camera.adapters.spool import Spool
from adsum_camera.enrolling import Enrolling
from adsum_camera.heartbeats import Beat, Pulse, Vitals
from adsum_camera.pipeline import Pipeline
from adsum_camera.selection import SelectionPolicy, Selector
from adsum_camera.tracking import Tracker
from adsum_contracts.commands import TrackNamed
from adsum_contracts.events import CAMERA_EVENT, FaceCaptured
from adsum_contracts.ids import CameraId, CommandId, StudentId, TrackId
from adsum_contracts.sealing import KEY_BYTES
from adsum_local.score import Score
from adsum_local.sim import SimPlan
from adsum_recognizer.evidence import Crop as Sight
from adsum_recognizer.handlers.looking import look
from adsum_recognizer.identity import Recognised, identify
from adsum_vision.judge import Accepted
from adsum_vision.mtcnn import MtcnnDetector
from adsum_vision.quality import MATCHING
from benchmarks.films import Film, draw_films
from benchmarks.judge import Judge, Roster, SeenFace, evidence_of, judging
from benchmarks.measure import Asked, Report

NINE = datetime(2026, 2, 11, 9, tzinfo=UTC)
CAMERA = CameraId(UUID(int=1))
ANSWER = timedelta(seconds=1)
"""From a crop's capture until the camera has its name: measured by `adsum demo`."""

NO_LIMIT = sys.maxsize
ONE_A_SECOND = SelectionPolicy(
    early_gaps_s=(), later_every_s=1, settle_s=0, most_per_track=NO_LIMIT, most_per_minute=NO_LIMIT
)


@dataclass(slots=True)
class Sent:
    """The crops a way of choosing sent, their size as JPEGs, and how many faces its looks found."""

    found: int = 0
    faces: list[SeenFace] = field(default_factory=list)
    bytes: int = 0
    named: int = 0


@dataclass(slots=True)
class _Recognizer:
    """Names tracks from the crops so far, as the recognizer does, and answers after a while."""

    judge: Judge
    roster: Roster
    _crops: dict[TrackId, list[tuple[SeenFace, Sight]]] = field(default_factory=lambda: defaultdict(list))
    _named: set[TrackId] = field(default_factory=set)
    _answers: list[tuple[datetime, TrackId, StudentId]] = field(default_factory=list)

    def take(self, faces: Sequence[SeenFace]) -> None:
        """Look at new crops, and decide all tracks again."""
        vectors = self.judge.embed([face.crop for face in faces])
        for face, vector in zip(faces, vectors, strict=True):
            if face.track is not None:
                self._crops[face.track].append((face, Sight(face.at, self.roster.candidates(vector))))
        tracks = [evidence_of(track, seen) for track, seen in self._crops.items()]
        for track, who in identify(tracks, self.roster.policy).items():
            if isinstance(who, Recognised) and track not in self._named:
                self._named.add(track)
                self._answers.append((faces[-1].at + ANSWER, track, who.student_id))

    def answers(self, at: datetime) -> Iterator[TrackNamed]:
        """Return the answers that have arrived by now."""
        while self._answers and self._answers[0][0] <= at:
            _, track_id, student_id = self._answers.pop(0)
            yield TrackNamed(
                camera_id=CAMERA,
                command_id=CommandId(uuid4()),
                issued_at=at,
                track_id=track_id,
                student_id=student_id,
                name="",
            )


def crops_of(film: Film, policy: SelectionPolicy, recognizer: _Recognizer | None = None) -> Sent:
    """Watch the whole film and return the usable crops it sent; without a recognizer nobody is named."""
    sent = Sent()
    inbox: Inbox = SimpleQueue()
    with tempfile.TemporaryDirectory(prefix="adsum-crops-") as folder:
        spool = Spool(Path(folder), CAMERA, bytes(KEY_BYTES))
        pipeline = _pipeline(spool, policy, inbox, sent)
        for frame in _frames(film):
            for answer in recognizer.answers(frame.captured_at) if recognizer else ():
                inbox.put(answer)
                sent.named += 1
            pipeline.see(frame)
            new = list(_taken(spool, film, sent))
            if recognizer and new:
                recognizer.take(new)
        pipeline.end()
        list(_taken(spool, film, sent))
        spool.close()
    return sent


def _pipeline(spool: Spool, policy: SelectionPolicy, inbox: Inbox, sent: Sent) -> Pipeline:
    def beaten(beat: Beat, vitals: Vitals) -> None:
        sent.found += beat.faces

    return Pipeline(
        camera_id=CAMERA,
        detector=MtcnnDetector(min_face_px=36, threads=1),
        tracker=Tracker(lambda: TrackId(uuid4())),
        selector=Selector(policy),
        pulse=Pulse(5),
        spool=spool,
        enrolling=Enrolling(spool, CAMERA, 92),
        inbox=inbox,
        health=lambda: SourceHealth(0.0, None),
        clock_offset_s=lambda: None,
        beaten=beaten,
    )


def _frames(film: Film) -> Iterator[Frame]:
    """Read the film, half its frames, as an agent would that looks at five a second."""
    video = cv2.VideoCapture(str(film.video))
    for index in range(film.truth.frames):
        found, image = video.read()
        if found and index % 2 == 0:
            at = NINE + timedelta(seconds=index / film.truth.fps)
            yield Frame(np.asarray(image, np.uint8), index, at)
    video.release()


def _taken(spool: Spool, film: Film, sent: Sent) -> Iterator[SeenFace]:
    """Take what the spool holds, as the server would, and yield the faces that the recognizer would use."""
    sequences = spool.waiting(1000)
    for sequence in sequences:
        entry = spool.entry(sequence)
        event = None if entry is None else CAMERA_EVENT.validate_json(entry.body)
        if entry is not None and isinstance(event, FaceCaptured):
            sent.bytes += len(entry.picture)
            seen = look(entry.picture, event.face, MATCHING)
            if isinstance(seen, Accepted):
                face = _seen_face(event, seen)
                sent.faces.append(face)
                yield face
    spool.forget(spool.id, sequences)


def _seen_face(event: FaceCaptured, seen: Accepted) -> SeenFace:
    box = event.frame_box
    return SeenFace(
        crop=seen.crop,
        at=event.captured_at,
        second=(event.captured_at - NINE).total_seconds(),
        box=(box.x, box.y, box.width, box.height),
        camera=CAMERA,
        track=event.track_id,
        track_started_at=event.track_started_at,
    )


def run(asked: Asked) -> Report:
    """Watch one drawn lesson in two ways, and report what each sends and finds."""
    students, seconds = (12, 30.0) if asked.quick else (24, 75.0)
    asked.tell("drawing a lesson")
    (film,) = draw_films(
        [SimPlan(students=students, strangers=3, seed=1, seconds=seconds)], asked.films or Path("films")
    )
    with judging() as judge:
        roster = judge.enrol(film)
        asked.tell("our own choice")
        ours = crops_of(film, SelectionPolicy(), _Recognizer(judge, roster))
        asked.tell("one crop a second of every track")
        often = crops_of(film, ONE_A_SECOND)
        asked.tell("judging")
        ways = [
            _way("one a second of every track", often, film, judge.by_tracks(often.faces, roster)),
            _way("ours", ours, film, judge.by_tracks(ours.faces, roster)),
        ]
    every = {"faces": film.faces, "faces_per_student": round(film.faces / film.present, 1)}
    return Report((_table(ways, every),), {"every_face_of_every_frame": every, "ways": ways})


def _way(name: str, sent: Sent, film: Film, score: Score) -> dict[str, object]:
    wrong = score.wrong_name + score.strangers_named
    return {
        "way": name,
        "crops": len(sent.faces),
        "crops_per_student": round(len(sent.faces) / film.present, 1),
        "kilobytes": round(sent.bytes / 1000),
        "faces_found": sent.found,
        "tracks": len({face.track for face in sent.faces}),
        "tracks_named": sent.named,
        "register": f"{score.correct} of {score.truth_present}, {wrong} wrong",
    }


def _table(ways: Sequence[dict[str, object]], every: dict[str, float]) -> Table:
    table = Table(
        title="Crops that one drawn lesson sends, and the register they give",
        caption=f"every face of every frame: {every['faces']}, {every['faces_per_student']} a student",
    )
    for heading in ("way", "crops", "per student", "kB", "tracks", "register"):
        table.add_column(heading, justify="left" if heading == "way" else "right")
    for way in ways:
        numbers = (str(way[name]) for name in ("crops", "crops_per_student", "kilobytes", "tracks"))
        table.add_row(str(way["way"]), *numbers, str(way["register"]))
    return table
