"""Recordings are played by the clock on the wall."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from adsum_camera.adapters.frames import (
    Frame,
    Silence,
    SourceHealth,
    SourceUnavailable,
    source_named,
    without_credentials,
)
from adsum_camera.adapters.recordings import PictureFolder, Playback, Player, VideoFile

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)


class Numbers:
    """A recording whose pictures are as bright as their number says."""

    fps, length = 10.0, 50

    def picture(self, index: int) -> NDArray[np.uint8] | None:
        return np.full((4, 4, 3), index, np.uint8) if index < self.length else None


def numbered_video(path: Path, frames: int) -> Path:
    """Frame i shows i as bars: bit b of i makes the bth column of blocks white."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, (320, 64))
    for index in range(frames):
        bits = [(index >> bit) & 1 for bit in range(10)]
        row = np.repeat(np.array(bits, np.uint8) * 255, 32)
        writer.write(np.ascontiguousarray(np.broadcast_to(row[None, :, None], (64, 320, 3))))
    writer.release()
    return path


def number_of(image: NDArray[np.uint8]) -> int:
    return sum(int(image[32, 32 * bit + 16].mean() > 127) << bit for bit in range(10))


def test_a_frame_is_due_at_its_time_and_says_so(clock: Callable[..., object]) -> None:
    hand = clock()
    frames = list(islice(Player(Numbers(), NOON, hand, most_fps=10).moments(), 3))
    assert [frame.captured_at for frame in frames] == [NOON + timedelta(seconds=s / 10) for s in range(3)]
    assert hand.now() == pytest.approx(NOON + timedelta(seconds=0.2), abs=timedelta(milliseconds=1))


def test_no_more_frames_a_second_are_played_than_asked_for(clock: Callable[..., object]) -> None:
    frames = list(islice(Player(Numbers(), NOON, clock(), most_fps=8).moments(), 9))
    assert frames[-1].captured_at == NOON + timedelta(seconds=1)
    assert [frame.index for frame in frames] == [number * 10 // 8 for number in range(9)]
    assert not any(frame.dropped for frame in frames)


def test_a_recording_that_begins_later_is_waited_for(clock: Callable[..., object]) -> None:
    hand = clock()
    start = NOON + timedelta(seconds=2)
    *silence, first = islice(Player(Numbers(), start, hand, most_fps=5).moments(), 4)
    assert (first.index, first.captured_at) == (0, start)
    assert hand.now() == pytest.approx(start, abs=timedelta(milliseconds=1))
    assert silence == [Silence(NOON + timedelta(seconds=s / 2), early=True) for s in (1, 2, 3)]


def test_between_two_slow_pictures_there_is_silence_at_least_every_second(
    clock: Callable[..., object],
) -> None:
    moments = list(islice(Player(Numbers(), NOON, clock(), most_fps=0.5).moments(), 9))
    assert [index for index, moment in enumerate(moments) if isinstance(moment, Frame)] == [0, 4, 8]
    assert moments[1:4] == [Silence(NOON + timedelta(seconds=s / 2), early=True) for s in (1, 2, 3)]


def test_frames_that_passed_while_nobody_looked_are_dropped_and_counted(clock: Callable[..., object]) -> None:
    hand = clock()
    seen = []
    for frame in islice(Player(Numbers(), NOON, hand, most_fps=10).moments(), 3):
        seen.append((frame.index, frame.dropped))
        hand.pass_s(0.35)
    assert seen == [(0, 0), (3, 2), (7, 3)]


def test_frames_left_out_on_purpose_are_not_dropped(clock: Callable[..., object]) -> None:
    frames = list(islice(Player(Numbers(), NOON, clock(), most_fps=5).moments(), 3))
    assert [(frame.index, frame.dropped) for frame in frames] == [(0, 0), (2, 0), (4, 0)]


def test_a_recording_that_began_before_goes_on_where_the_clock_is(clock: Callable[..., object]) -> None:
    frame = next(Player(Numbers(), NOON - timedelta(seconds=2), clock(), most_fps=10).moments())
    assert isinstance(frame, Frame)
    assert (frame.index, frame.captured_at, frame.dropped) == (20, NOON, 0)


def test_a_recording_tells_its_pace_and_the_age_of_its_picture(clock: Callable[..., object]) -> None:
    hand = clock()
    player = Player(Numbers(), NOON, hand, most_fps=5)
    assert player.health() == SourceHealth(0.0, None)
    next(player.moments())
    hand.pass_s(0.25)
    assert player.health() == SourceHealth(10.0, pytest.approx(0.25))


def test_a_recording_that_is_over_brings_nothing(clock: Callable[..., object]) -> None:
    player = Player(Numbers(), NOON - timedelta(hours=1), clock(), most_fps=10)
    next(player.moments())
    assert player.health() == SourceHealth(0.0, None)


def test_a_recording_that_has_ended_stays_ended(clock: Callable[..., object]) -> None:
    player = Player(Numbers(), NOON - timedelta(hours=1), clock(lasts_s=3), most_fps=10)
    moments = list(player.moments())
    assert len(moments) > 2
    assert all(isinstance(moment, Silence) and moment.ended for moment in moments)


def test_the_end_comes_after_the_last_frame(clock: Callable[..., object]) -> None:
    moments = list(islice(Player(Numbers(), NOON, clock(), most_fps=10).moments(), 51))
    assert isinstance(moments[49], Frame)
    assert moments[50] == Silence(NOON + timedelta(seconds=5), ended=True)


def test_a_loop_begins_again_and_its_time_goes_on(clock: Callable[..., object]) -> None:
    frame = list(islice(Player(Numbers(), NOON, clock(), most_fps=10, loop=True).moments(), 53))[-1]
    assert isinstance(frame, Frame)
    assert (int(frame.image[0, 0, 0]), frame.captured_at) == (2, NOON + timedelta(seconds=5.2))


def test_a_clock_set_back_during_play_changes_nothing(clock: Callable[..., object]) -> None:
    hand = clock()
    indices = []
    for frame in islice(Player(Numbers(), NOON, hand, most_fps=10).moments(), 4):
        indices.append(frame.index)
        hand.at -= timedelta(hours=1)
    assert indices == [0, 1, 2, 3]


def test_a_video_gives_the_very_frame_asked_for(tmp_path: Path) -> None:
    video = VideoFile(numbered_video(tmp_path / "numbers.mp4", 400))
    assert (video.fps, video.length) == (10, 400)
    for index in (0, 1, 7, 300, 301, 20, 399):
        image = video.picture(index)
        assert image is not None
        assert number_of(image) == index
    assert video.picture(400) is None


def test_a_folder_shows_its_pictures_by_name(tmp_path: Path) -> None:
    for brightness, name in ((30, "b.png"), (10, "a.png")):
        cv2.imwrite(str(tmp_path / name), np.full((8, 8, 3), brightness, np.uint8))
    (tmp_path / "notes.txt").write_text("not a picture")
    folder = PictureFolder(tmp_path, fps=2)
    assert folder.length == 2
    assert [int(image[0, 0, 0]) for index in (0, 1) if (image := folder.picture(index)) is not None] == [
        10,
        30,
    ]
    assert folder.picture(2) is None


def test_what_cannot_be_played_is_told_in_a_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    with pytest.raises(SourceUnavailable, match=r"The video file .* cannot be read\."):
        VideoFile(broken)
    with pytest.raises(SourceUnavailable, match=r"The folder .* holds no pictures\."):
        PictureFolder(tmp_path, fps=1)
    with pytest.raises(SourceUnavailable, match="There is no video file or folder"):
        source_named(str(tmp_path / "missing.mp4"))


def test_a_playback_goes_on_only_for_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "lesson.mp4"
    path.write_bytes(b"one")
    first = Playback.resumed(None, path, NOON)
    later = NOON + timedelta(minutes=1)
    assert Playback.resumed(first.to_json(), path, later) == first
    path.write_bytes(b"another")
    assert Playback.resumed(first.to_json(), path, later).started_at == later.isoformat()


def test_a_playback_that_lies_ahead_of_the_clock_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "lesson.mp4"
    path.write_bytes(b"one")
    first = Playback.resumed(None, path, NOON)
    earlier = NOON - timedelta(hours=1)
    assert Playback.resumed(first.to_json(), path, earlier).started_at == earlier.isoformat()


def test_no_password_is_ever_shown() -> None:
    assert without_credentials("rtsp://ann:s3cret@10.0.0.7:554/live?pw=x") == "rtsp://10.0.0.7:554/live"
    assert str(source_named("RTSP://ann:s3@cret@10.0.0.7/live")) == "rtsp://10.0.0.7/live"
