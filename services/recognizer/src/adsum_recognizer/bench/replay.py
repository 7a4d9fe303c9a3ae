"""Simulated cameras: what they send is signed and sent as a camera agent does it, only without a picture."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from typing import Any, Final, cast
from uuid import UUID, uuid4, uuid5

import redis

from adsum_contracts.events import FaceCaptured
from adsum_contracts.face import Box
from adsum_contracts.ids import CameraId, SpoolId, TrackId
from adsum_contracts.routes import EVENTS_MAXLEN, events_stream
from adsum_contracts.sealing import seal
from adsum_recognizer.bench.portraits import VIEWS, portrait
from adsum_recognizer.bench.school import LESSON, STUDENTS, ReplayedCamera

TRACKS_EACH: Final = 3
CROPS_A_TRACK: Final = 4
CROPS_A_LESSON: Final = STUDENTS * TRACKS_EACH * CROPS_A_TRACK
"""About what a camera sends of a class of thirty: benchmarks/results/crops.json."""

Place = tuple[UUID, int]
"""(spool_id, sequence) of a crop."""


@dataclass(slots=True)
class Spooling:
    """How far a camera has come; each crop is the next of its day; after the last lesson comes the first."""

    camera: ReplayedCamera
    spool_id: SpoolId
    sequence: int = 0

    def next_crop(self) -> tuple[FaceCaptured, bytes]:
        """Return the event of the next crop, and its JPEG."""
        self.sequence += 1
        return nth_crop(self.camera, self.sequence - 1, self.spool_id, self.sequence)


def nth_crop(
    camera: ReplayedCamera, nth: int, spool_id: SpoolId, sequence: int
) -> tuple[FaceCaptured, bytes]:
    """Return the event of the crop with this number (from 0) of the camera's day, and its JPEG."""
    lesson, of_lesson = divmod(nth, CROPS_A_LESSON)
    third, of_third = divmod(of_lesson, STUDENTS * CROPS_A_TRACK)
    seat = of_third % STUDENTS
    lesson %= camera.lessons
    starts_at = camera.first_lesson + lesson * LESSON
    picture = portrait(camera.roster[seat], nth % VIEWS)
    event = FaceCaptured(
        camera_id=camera.id,
        spool_id=spool_id,
        sequence=sequence,
        captured_at=starts_at + LESSON * (of_lesson / CROPS_A_LESSON),
        track_id=track_of(camera.id, lesson, third, seat),
        track_started_at=starts_at + LESSON * (third / TRACKS_EACH) + timedelta(milliseconds=seat),
        frame_width=1920,
        frame_height=1080,
        frame_box=Box(x=60.0 * seat, y=200 + 9.0 * seat, width=56, height=64),
        face=picture.told,
    )
    return event, picture.jpeg


def track_of(camera_id: CameraId, lesson: int, third: int, seat: int) -> TrackId:
    """Return the track of who sits there, in that third of the lesson."""
    return TrackId(uuid5(camera_id, f"{lesson}:{third}:{seat}"))


class Replay:
    """Sends the crops of many cameras in turn, and remembers when (`time.time`)."""

    def __init__(self, client: redis.Redis, cameras: Sequence[ReplayedCamera]) -> None:
        self._client = client
        self._cameras = [Spooling(camera, SpoolId(uuid4())) for camera in cameras]
        self._turns: Iterator[Spooling] = cycle(self._cameras)
        self.sent_at: dict[Place, float] = {}

    @property
    def sent(self) -> int:
        """How many crops so far."""
        return len(self.sent_at)

    def send(self, crops: int) -> None:
        """Send so many, each from the next camera, in one round trip; raise `redis.RedisError`."""
        with self._client.pipeline(transaction=False) as pipe:
            places = [self._queue(pipe, next(self._turns)) for _ in range(crops)]
            now = time.time()
            pipe.execute()
        self.sent_at.update(dict.fromkeys(places, now))

    def spools(self) -> Iterator[tuple[ReplayedCamera, SpoolId]]:
        """Give every camera with its spool."""
        return ((each.camera, each.spool_id) for each in self._cameras)

    def waiting(self) -> int:
        """Return how many are in their streams: not stored, or not settled, yet."""
        with self._client.pipeline(transaction=False) as pipe:
            for each in self._cameras:
                pipe.xlen(events_stream(each.camera.id))
            return sum(pipe.execute())

    def _queue(self, pipe: Any, spooling: Spooling) -> Place:  # noqa: ANN401 - redis-py's are not generic
        event, jpeg = spooling.next_crop()
        fields = seal("event", event.model_dump_json().encode(), jpeg, spooling.camera.key)
        pipe.xadd(
            events_stream(spooling.camera.id), cast(Any, fields), maxlen=EVENTS_MAXLEN, approximate=True
        )
        return event.spool_id, event.sequence


def encoded_in_advance(cameras: Iterable[ReplayedCamera]) -> None:
    """Draw and encode every picture that these cameras show, so that sending them costs little."""
    for student in {student for camera in cameras for student in camera.roster}:
        for view in range(VIEWS):
            portrait(student, view)
