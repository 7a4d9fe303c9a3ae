"""The preview's video shows what was seen, in the time in which it was seen, and never fills the disk."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from adsum_camera.adapters.frames import Frame
from adsum_camera.adapters.preview import LONGEST_STILL_S, FilePreview

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC).timestamp()
SIZE = (120, 160, 3)


def video(path: Path, seconds: Iterable[float], fps: float = 10, sizes: tuple[int, ...] = (1,)) -> list[int]:
    """Show one frame at each of `seconds`, each brighter by 20; return how bright the video's frames are.

    Frames are `sizes` times as large as the first, in turn.
    """
    preview = FilePreview(path, fps)
    for index, second in enumerate(seconds):
        times = sizes[index % len(sizes)]
        image = np.full((SIZE[0] * times, SIZE[1] * times, 3), 40 + 20 * index, np.uint8)
        preview.show(Frame(image, index, datetime.fromtimestamp(NOON + second, UTC)), (), {})
    preview.close()
    film = cv2.VideoCapture(str(path))
    brightness = []
    while (read := film.read())[0]:
        assert read[1].shape == SIZE
        brightness.append(round((int(read[1].mean()) - 40) / 20))
    return brightness


def test_a_frame_is_written_as_often_as_it_stood(tmp_path: Path) -> None:
    assert video(tmp_path / "p.mp4", (0, 0.1, 0.4, 0.5)) == [0, 1, 2, 2, 2, 3]


def test_a_frame_that_comes_early_is_left_out(tmp_path: Path) -> None:
    assert video(tmp_path / "p.mp4", (0, 0.05, 0.1)) == [0, 2]


def test_a_clock_that_jumps_costs_one_frame_and_the_video_goes_on(tmp_path: Path) -> None:
    two_days = 2 * 86_400
    later = [two_days, two_days + 0.1, two_days + 0.3]
    assert video(tmp_path / "ahead.mp4", [0, 0.1, *later]) == [0, 1, 2, 3, 4, 4]
    assert video(tmp_path / "back.mp4", [two_days, 0, 0.1]) == [0, 1, 2]
    assert video(tmp_path / "1970.mp4", [-NOON, 0, 0.1]) == [0, 1, 2]


def test_a_short_gap_is_filled(tmp_path: Path) -> None:
    assert len(video(tmp_path / "p.mp4", (0, LONGEST_STILL_S - 0.5))) == 10 * (LONGEST_STILL_S - 0.5) + 1


def test_a_camera_that_comes_back_with_another_resolution_is_still_shown(tmp_path: Path) -> None:
    assert video(tmp_path / "p.mp4", (0, 0.1, 0.2, 0.3), sizes=(1, 2)) == [0, 1, 2, 3]
