"""What becomes of the moments of a camera, with a detector of a few lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue
from uuid import UUID, uuid4

import numpy as np
import pytest
from numpy.typing import NDArray

from adsum_camera.adapters.frames import Frame, Silence, SourceHealth
from adsum_camera.adapters.spool import Spool
from adsum_camera.enrolling import Enrolling
from adsum_camera.heartbeats import Beat, Pulse, Vitals
from adsum_camera.pipeline import STATIC_FACES, WATCHED, Pipeline
from adsum_camera.selection import Selector
from adsum_camera.static_faces import StaticFaces, StillPolicy
from adsum_camera.tracking import Track, Tracker
from adsum_camera.watched import Watched
from adsum_camera.zones import Zone
from adsum_contracts.commands import CaptureSamples, Configure, LessonHours, TrackNamed
from adsum_contracts.events import CAMERA_EVENT, CommandReply, EnrolmentSample, FaceCaptured, Heartbeat
from adsum_contracts.ids import CameraId, CommandId, JobId, StudentId, TrackId
from adsum_vision.crops import decode_image
from adsum_vision.types import Box, Face

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
CAMERA = CameraId(UUID(int=7))


@dataclass
class Corner:
    """Sees, in every picture that is not black, the drawn person's face where it was pasted."""

    faces: int = 1

    def detect(self, image: NDArray[np.uint8]) -> tuple[Face, ...]:
        return tuple(_face(300 * number) for number in range(self.faces)) if image.any() else ()


def _face(left: float) -> Face:
    points = ((82, 95), (119, 95), (100, 118), (85, 139), (116, 139))
    return Face(Box(left + 67, 55, 86, 107), tuple((left + x, y) for x, y in points), 0.99)  # type: ignore[arg-type]


@dataclass
class Shown:
    """A preview that remembers the names it was given."""

    names: list[dict[TrackId, str]] = field(default_factory=list)
    tracks: list[tuple[Track, ...]] = field(default_factory=list)

    def show(self, frame: Frame, tracks: tuple[Track, ...], names: dict[TrackId, str]) -> None:
        self.names.append(dict(names))
        self.tracks.append(tracks)


def frames(
    picture: NDArray[np.uint8], seconds: float, start: float = 0.0, dropped: int = 0
) -> list[Frame | Silence]:
    whole = np.full((240, 560, 3), 140, np.uint8)
    for left in (0, 300):
        whole[: picture.shape[0], left : left + picture.shape[1]] = picture
    first = round(start * 10)
    return [
        Frame(whole, index, NOON + timedelta(seconds=index / 10), dropped)
        for index in range(first, first + round(seconds * 10))
    ]


def watch(spool: Spool, script: Iterable[Frame | Silence], faces: int = 1, **changes: object) -> None:
    parts: dict[str, object] = {
        "camera_id": CAMERA,
        "detector": Corner(faces),
        "tracker": Tracker(lambda: TrackId(uuid4())),
        "selector": Selector(),
        "pulse": Pulse(5),
        "spool": spool,
        "enrolling": Enrolling(spool, CAMERA, 92),
        "inbox": SimpleQueue(),
        "health": lambda: SourceHealth(fps=10, frame_age_s=0.1, reconnects=2),
        "clock_offset_s": lambda: -0.25,
    }
    pipeline = Pipeline(**parts | changes)  # type: ignore[arg-type]
    for moment in script:
        pipeline.see(moment)
    pipeline.end()


def events(spool: Spool, kind: type) -> list[object]:
    entries = [spool.entry(sequence) for sequence in spool.waiting(10_000)]
    told = [CAMERA_EVENT.validate_json(entry.body) for entry in entries if entry is not None]
    return [event for event in told if isinstance(event, kind)]


def capture(count: int, timeout_s: float = 10, issued_at: datetime = NOON) -> CaptureSamples:
    return CaptureSamples(
        camera_id=CAMERA, command_id=CommandId(uuid4()), issued_at=issued_at,
        job_id=JobId(uuid4()), count=count, timeout_s=timeout_s,
    )  # fmt: skip


def test_a_face_becomes_crops_that_carry_its_track_and_its_place(
    spool: Spool, drawn_person: NDArray[np.uint8]
) -> None:
    watch(spool, frames(drawn_person, 6))
    crops = events(spool, FaceCaptured)
    assert len(crops) == 3
    assert len({crop.track_id for crop in crops}) == 1
    assert {(crop.frame_width, crop.frame_height) for crop in crops} == {(560, 240)}
    assert crops[0].track_started_at == NOON
    entry = spool.entry(crops[0].sequence)
    assert entry is not None
    picture = decode_image(entry.picture)
    assert picture.shape[:2] == (crops[0].face.height, crops[0].face.width)


def test_heartbeats_tell_what_was_seen_and_who_is_there(
    spool: Spool, drawn_person: NDArray[np.uint8]
) -> None:
    watch(spool, frames(drawn_person, 6))
    first, last = events(spool, Heartbeat)
    assert (first.state, first.since, first.captured_at) == ("watching", NOON, NOON + timedelta(seconds=5))
    assert (first.frames, first.faces_too_small) == (51, 0)
    assert first.faces == first.looks < 51
    assert first.tracks[0].track_id == last.tracks[0].track_id
    assert first.tracks[0].last_seen_at == NOON + timedelta(seconds=5)
    assert last.tracks[0].last_seen_at == NOON + timedelta(seconds=5.9)
    assert (first.crops_sent, first.unsent) == (3, {})
    assert (first.fps, first.frame_age_s, first.reconnects, last.reconnects) == (10, 0.1, 2, 0)
    assert (first.clock_offset_s, first.spool_dropped, first.lesson_coverage) == (-0.25, 0, None)
    (place,) = first.coverage
    assert (place.column, place.row, place.faces) == (3, 4, first.faces)
    assert place.face_px == pytest.approx(96, abs=1)
    assert place.sharpness is not None


def test_a_heartbeat_tells_how_far_the_clock_was_off_and_is_told_to_the_status(spool: Spool) -> None:
    told: list[tuple[Beat, Vitals]] = []
    silence = [Silence(NOON), Silence(NOON + timedelta(seconds=5))]
    watch(spool, silence, clock_offset_s=lambda: -3.5, beaten=lambda *beat: told.append(beat))
    beats = events(spool, Heartbeat)
    assert [beat.clock_offset_s for beat in beats] == [-3.5] * len(beats)
    assert [vitals.clock_offset_s for _, vitals in told] == [-3.5] * len(beats)
    assert [beat.at for beat, _ in told] == [beat.captured_at for beat in beats]


def test_a_lesson_watched_before_a_restart_stays_watched(
    spool: Spool, drawn_person: NDArray[np.uint8]
) -> None:
    lesson = LessonHours(starts_at=NOON, ends_at=NOON + timedelta(hours=1))
    inbox: SimpleQueue[object] = SimpleQueue()
    inbox.put(Configure(camera_id=CAMERA, command_id=CommandId(uuid4()), issued_at=NOON, lessons=(lesson,)))
    watch(spool, frames(drawn_person, 6), inbox=inbox)
    assert events(spool, Heartbeat)[-1].lesson_coverage == 1
    again = Pulse(5, Watched.from_text(spool.state(WATCHED)))
    again.expect([lesson])
    beat = again.beat(NOON + timedelta(seconds=11.8), now=True)
    assert beat is not None
    assert beat.lesson_coverage == pytest.approx(0.5)


def test_dropped_frames_are_told_as_a_lack_of_capacity(spool: Spool, drawn_person: NDArray[np.uint8]) -> None:
    watch(spool, frames(drawn_person, 12, dropped=5)[::6])
    assert {beat.state for beat in events(spool, Heartbeat)} == {"capacity_limited"}


def test_the_end_of_a_recording_sends_what_waits_and_then_says_no_signal(
    spool: Spool, drawn_person: NDArray[np.uint8]
) -> None:
    silence: list[Frame | Silence] = [
        Silence(NOON + timedelta(seconds=second / 2), ended=True) for second in range(1, 30)
    ]
    watch(spool, frames(drawn_person, 0.4) + silence)
    assert len(events(spool, FaceCaptured)) == 1
    beats = events(spool, Heartbeat)
    assert [beat.state for beat in beats] == ["watching", "no_signal", "no_signal"]
    assert [len(beat.tracks) for beat in beats] == [1, 0, 0]


def test_the_time_until_a_slow_picture_is_due_ends_no_track(
    spool: Spool, drawn_person: NDArray[np.uint8]
) -> None:
    script: list[Frame | Silence] = []
    for frame in frames(drawn_person, 6)[::15]:
        script += [frame, Silence(frame.captured_at + timedelta(seconds=1), early=True)]
    watch(spool, script)
    crops = events(spool, FaceCaptured)
    assert len({crop.track_id for crop in crops}) == 1


def test_a_name_told_back_is_shown_until_the_track_ends(
    spool: Spool, drawn_person: NDArray[np.uint8]
) -> None:
    shown = Shown()
    inbox: SimpleQueue[object] = SimpleQueue()

    def script() -> Iterator[Frame | Silence]:
        yield from frames(drawn_person, 2)
        (track,) = shown.tracks[-1]
        inbox.put(
            TrackNamed(
                camera_id=CAMERA,
                command_id=CommandId(uuid4()),
                issued_at=NOON,
                track_id=track.id,
                student_id=StudentId(uuid4()),
                name="Zoë",
            )
        )
        yield from frames(drawn_person, 0.2, start=2)
        yield from frames(np.zeros_like(drawn_person), 0.1, start=60)

    watch(spool, script(), inbox=inbox, previews=(shown,))
    assert shown.names[0] == {}
    assert list(shown.names[20].values()) == ["Zoë"]


def test_a_capture_sends_its_samples_and_how_far_it_has_come(
    spool: Spool, drawn_person: NDArray[np.uint8]
) -> None:
    inbox: SimpleQueue[object] = SimpleQueue()
    command = capture(count=4)
    inbox.put(command)
    watch(spool, frames(drawn_person, 2), inbox=inbox)
    samples, replies = events(spool, EnrolmentSample), events(spool, CommandReply)
    assert [sample.index for sample in samples] == [0, 1, 2, 3]
    assert {sample.job_id for sample in samples} == {command.job_id}
    assert [(reply.outcome, reply.done, reply.wanted) for reply in replies] == [
        ("accepted", 0, 4), ("progress", 1, 4), ("progress", 2, 4), ("progress", 3, 4), ("done", 4, 4),
    ]  # fmt: skip
    assert {reply.command_id for reply in replies} == {command.command_id}


def test_a_guided_capture_asks_for_a_pose_and_says_which_each_sample_is(
    spool: Spool, drawn_person: NDArray[np.uint8]
) -> None:
    inbox: SimpleQueue[object] = SimpleQueue()
    inbox.put(capture(count=4).model_copy(update={"poses": ("front", "left")}))
    watch(spool, frames(drawn_person, 2), inbox=inbox)
    assert [sample.pose for sample in events(spool, EnrolmentSample)] == ["front", "front"]
    told = [(reply.done, reply.pose, reply.reason) for reply in events(spool, CommandReply)]
    assert told[:4] == [
        (0, "front", None), (1, "front", None), (2, "left", None), (2, "left", "wrong_pose"),
    ]  # fmt: skip


def test_two_people_before_the_camera_are_told_and_not_enrolled(
    spool: Spool, drawn_person: NDArray[np.uint8]
) -> None:
    inbox: SimpleQueue[object] = SimpleQueue()
    inbox.put(capture(count=4, timeout_s=3))
    watch(spool, frames(drawn_person, 4), faces=2, inbox=inbox)
    told = [(reply.outcome, reply.reason) for reply in events(spool, CommandReply)]
    assert told[0] == ("accepted", None)
    assert set(told[1:-1]) == {("progress", "two_faces")}
    assert told[-1] == ("failed", "two_faces")
    assert events(spool, EnrolmentSample) == []


def test_a_command_is_obeyed_once(spool: Spool, drawn_person: NDArray[np.uint8]) -> None:
    inbox: SimpleQueue[object] = SimpleQueue()
    command = capture(count=1)
    inbox.put(command)
    watch(spool, frames(drawn_person, 1), inbox=inbox)
    inbox.put(command)
    watch(spool, frames(drawn_person, 1, start=2), inbox=inbox)
    assert len(events(spool, EnrolmentSample)) == 1


def test_a_new_capture_ends_the_one_before(spool: Spool, drawn_person: NDArray[np.uint8]) -> None:
    inbox: SimpleQueue[object] = SimpleQueue()
    first, second = capture(count=100), capture(count=1)
    inbox.put(first)
    inbox.put(second)
    watch(spool, frames(drawn_person, 1), inbox=inbox)
    told = [(reply.command_id, reply.outcome, reply.reason) for reply in events(spool, CommandReply)]
    assert (first.command_id, "failed", "superseded") in told
    assert (second.command_id, "done", None) in told


def test_a_capture_of_yesterday_is_refused(spool: Spool, drawn_person: NDArray[np.uint8]) -> None:
    inbox: SimpleQueue[object] = SimpleQueue()
    inbox.put(capture(count=1, issued_at=NOON - timedelta(days=1)))
    watch(spool, frames(drawn_person, 1), inbox=inbox)
    assert [reply.reason for reply in events(spool, CommandReply)] == ["too_late"]


def test_a_capture_that_a_crash_ended_is_reported_by_the_next_agent(
    spool: Spool, drawn_person: NDArray[np.uint8]
) -> None:
    inbox: SimpleQueue[object] = SimpleQueue()
    command = capture(count=100)
    inbox.put(command)
    watch(spool, frames(drawn_person, 1), inbox=inbox)
    Enrolling(spool, CAMERA, 92).give_up_interrupted(NOON)
    Enrolling(spool, CAMERA, 92).give_up_interrupted(NOON)
    told = [reply.reason for reply in events(spool, CommandReply) if reply.outcome == "failed"]
    assert told == ["agent_restarted"]


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0])
def test_nothing_reaches_across_a_jump_of_the_clock(
    spool: Spool, drawn_person: NDArray[np.uint8], jump_s: float
) -> None:
    """The server's clock shows after the first events that the camera's own was an hour off."""
    jump = timedelta(seconds=jump_s)
    before = frames(drawn_person, 4)
    after = [replace(each, captured_at=each.captured_at + jump) for each in frames(drawn_person, 6, start=4)]
    watch(spool, [*before, *after])
    beats = events(spool, Heartbeat)
    watched = sum((beat.captured_at - beat.since for beat in beats), timedelta())
    assert timedelta(seconds=9) < watched < timedelta(seconds=10)
    assert len({track.track_id for beat in beats for track in beat.tracks}) == 2
    assert all(
        track.last_seen_at - track.started_at < timedelta(seconds=10)
        for beat in beats
        for track in beat.tracks
    )


def test_a_face_in_a_mask_is_counted_and_neither_followed_nor_sent(
    spool: Spool, drawn_person: NDArray[np.uint8]
) -> None:
    left = Zone("window", "mask", ((0, 0), (0.5, 0), (0.5, 1), (0, 1)))
    watch(spool, frames(drawn_person, 6), faces=2, zones=(left,))
    assert len({crop.track_id for crop in events(spool, FaceCaptured)}) == 1
    assert events(spool, Heartbeat)[0].unsent["masked"] >= 1
    assert [len(beat.tracks) for beat in events(spool, Heartbeat)] == [1, 1]


def test_a_face_that_hangs_on_the_wall_is_learned_left_out_and_kept_for_the_next_start(
    spool: Spool, drawn_person: NDArray[np.uint8]
) -> None:
    quick = StillPolicy(learn_s=3.0, least_looks=3)
    watch(spool, frames(drawn_person, 20), static_faces=StaticFaces(quick))
    assert sum(beat.unsent.get("still", 0) for beat in events(spool, Heartbeat)) >= 1
    assert len(StaticFaces(kept=spool.state(STATIC_FACES)).learned) == 1
