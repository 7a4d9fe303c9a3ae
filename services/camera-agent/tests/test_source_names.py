"""What a source is called, and that its password shows nowhere."""

from __future__ import annotations

import traceback

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adsum_camera.adapters.frames import (
    CameraIndex,
    SourceUnavailable,
    StreamUrl,
    source_named,
    without_credentials,
)
from adsum_camera.adapters.process_list import hidden, meant

PASSWORDS = st.text(st.characters(min_codepoint=33, max_codepoint=382), min_size=4, max_size=24)
SHAPES = st.sampled_from(
    [
        "rtsp://ann:{}@10.0.0.7:554/live",
        "RTSPS://{}@camera.example/live?channel=1",
        "http://camera.example/video.mjpg?user=ann&pwd={}",
        "http://camera.example/video.mjpg#{}",
    ]
)


@given(SHAPES, PASSWORDS)
def test_no_password_shows_however_it_is_written(shape: str, password: str) -> None:
    url = shape.format(password)
    assume(password not in shape.lower())
    assert password not in without_credentials(url)
    try:
        name = source_named(url)
    except SourceUnavailable:
        assert password not in traceback.format_exc()
    else:
        assert password not in f"{name} {name!r}"


@given(st.from_regex(r"[A-Za-z0-9!$*,:;]{4,20}", fullmatch=True))
def test_a_password_in_the_path_is_masked(password: str) -> None:
    assume(password not in "rtsp://10.0.0.7:554/user=…&password=…")
    url = f"rtsp://10.0.0.7:554/user=admin&password={password}&channel=1&stream=0.sdp"
    assert password not in without_credentials(url)


def test_a_plain_address_is_shown_as_it_is() -> None:
    assert without_credentials("rtsp://10.0.0.7:554/stream1") == "rtsp://10.0.0.7:554/stream1"
    assert without_credentials("lesson@home?.mp4") == "lesson@home?.mp4"


@given(SHAPES, PASSWORDS)
def test_a_command_line_loses_its_secret_once_and_nothing_of_its_meaning(shape: str, password: str) -> None:
    url = shape.format(password)
    given, environment = ["adsum-camera", "run", url, "--preview"], {"PATH": "/bin"}
    arguments, moved = hidden(given, environment)
    assert meant(arguments[2], moved.get("ADSUM_CAMERA_SOURCE")) == url
    assert hidden(arguments, moved) == (arguments, moved)


def test_a_command_line_without_a_secret_stays() -> None:
    given = ["python", "-m", "adsum_camera", "run", "rtsp://10.0.0.7/live"]
    assert hidden(given, {}) == (given, {})
    assert meant("lesson.mp4", "rtsp://10.0.0.7/live") == "lesson.mp4"
    assert meant(None, None) is None


def test_numbers_and_addresses_are_told_from_paths() -> None:
    assert source_named("0") == CameraIndex(0)
    assert source_named("http://camera/video") == StreamUrl("http://camera/video")


@pytest.mark.parametrize(
    "url", ["rtsp:///live", "rtsp://host:99999/live", "rtsp://ann:a/b@host/", "http://u:[@h/"]
)
def test_an_address_that_cannot_be_read_is_told_at_once(url: str) -> None:
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        source_named(url)
