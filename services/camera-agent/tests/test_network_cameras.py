"""Real streams from a real camera process that is killed, stopped, and brings nonsense."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

import cv2
import numpy as np
import pytest
from structlog.testing import capture_logs

from adsum_camera.adapters.capture import SourceRefused, opened
from adsum_camera.adapters.frames import Frame, SourceUnavailable, StreamUrl
from adsum_camera.adapters.live import LiveSource
from adsum_camera.adapters.stream_probe import ask_why
from adsum_camera.clock import SystemClock
from adsum_camera.watchdog import LivePolicy

QUICK = LivePolicy(
    most_fps=50,
    open_timeout_s=5,
    read_timeout_s=0.8,
    frozen_after_s=0.8,
    shortest_pause_s=0.05,
    longest_pause_s=0.2,
)
LOCAL = "127.0.0.1"


def quick(**changes: float) -> LivePolicy:
    return LivePolicy(**{slot: getattr(QUICK, slot) for slot in LivePolicy.__slots__} | changes)


class Watched:
    """A source that is looked at step by step."""

    def __init__(self, url: str, policy: LivePolicy = QUICK) -> None:
        self.source = LiveSource(StreamUrl(url), SystemClock(), policy)
        self.moments = self.source.moments()

    def frame(self, wanted: Callable[[Frame], bool] = lambda _: True, most_s: float = 30) -> Frame:
        """Return the next frame that is wanted."""
        deadline = time.monotonic() + most_s
        while time.monotonic() < deadline:
            moment = next(self.moments)
            if isinstance(moment, Frame) and wanted(moment):
                return moment
        raise AssertionError(f"no such frame in {most_s} s; trouble: {self.source.trouble}")

    def trouble(self, most_s: float = 30) -> str:
        """Return what is wrong, as soon as something is."""
        deadline = time.monotonic() + most_s
        while time.monotonic() < deadline:
            next(self.moments)
            if self.source.trouble is not None:
                return self.source.trouble
        raise AssertionError(f"nothing went wrong in {most_s} s")

    def newer_than(self, frame: Frame) -> Frame:
        """Return the first frame of a later connection."""
        reconnects = self.source.health().reconnects
        return self.frame(
            lambda later: later.index > frame.index and self.source.health().reconnects > reconnects
        )


@pytest.fixture
def watch() -> Iterator[Callable[..., Watched]]:
    watched: list[Watched] = []

    def begun(*arguments: Any) -> Watched:
        watched.append(Watched(*arguments))
        return watched[-1]

    yield begun
    for each in watched:
        each.moments.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_a_camera_with_a_password_is_read(
    scheme: str, network_camera: Callable[..., Any], watch: Callable[..., Watched]
) -> None:
    camera = network_camera("--password", "s3cret", "--auth", scheme)
    watched = watch(camera.url("ann:s3cret@"))
    assert watched.frame().image.shape == (240, 320, 3)
    facts = watched.source.facts
    assert facts is not None
    assert (facts.backend, facts.codec) == ("FFMPEG", "mjpg")


def test_a_camera_that_was_killed_is_back_when_it_is(
    network_camera: Callable[..., Any], watch: Callable[..., Watched]
) -> None:
    camera = network_camera()
    watched = watch(camera.url())
    before = watched.frame()
    camera.kill()
    assert "port" in watched.trouble() or "no more frames" in str(watched.source.trouble)
    camera.start_again()
    assert watched.newer_than(before).index > before.index


def test_a_camera_that_stands_still_is_left_and_opened_again(
    network_camera: Callable[..., Any], watch: Callable[..., Watched]
) -> None:
    camera = network_camera()
    watched = watch(
        camera.url(),
        quick(open_timeout_s=1.0),
    )
    watched.frame()
    camera.pause()
    watched.trouble()
    camera.kill()
    camera.start_again()
    assert watched.frame()


def test_a_stream_without_frames_is_left_and_read_again(
    network_camera: Callable[..., Any], watch: Callable[..., Watched]
) -> None:
    camera = network_camera()
    watched = watch(camera.url())
    before = watched.frame()
    camera.tell("silent")
    watched.trouble()
    camera.tell("moving")
    assert watched.newer_than(before)


def test_a_frozen_stream_is_told_and_taken_up_when_it_moves(
    network_camera: Callable[..., Any], watch: Callable[..., Watched]
) -> None:
    camera = network_camera()
    watched = watch(camera.url())
    before = watched.frame()
    camera.tell("still")
    assert watched.trouble() == "the camera repeats one picture"
    camera.tell("moving")
    assert watched.newer_than(before)


@pytest.mark.long
def test_fifty_faults_in_a_row_are_survived(
    network_camera: Callable[..., Any], watch: Callable[..., Watched]
) -> None:
    """Killed, stopped, silent, frozen, garbage and other sizes, in any order; no thread is left over."""
    chance = random.Random(7)
    camera = network_camera()
    watched = watch(camera.url(), quick(open_timeout_s=2.0))
    for _ in range(50):
        watched.frame()
        fault = chance.choice(("kill", "pause", "silent", "still", "garbage", "size 640 360", "size 320 240"))
        if fault in {"kill", "pause"}:
            getattr(camera, fault)()
            watched.trouble()
            camera.kill()
            camera.start_again()
        else:
            camera.tell(fault)
            watch_for_s(watched, chance.uniform(0, 2))
            camera.tell("moving")
        watched.frame(lambda frame: frame.image.std() > 1)
    readers = [thread for thread in threading.enumerate() if thread.name == "camera-reader"]
    assert len(readers) <= 2


def watch_for_s(watched: Watched, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        next(watched.moments)


def test_garbage_stops_nothing(network_camera: Callable[..., Any], watch: Callable[..., Watched]) -> None:
    camera = network_camera()
    watched = watch(camera.url())
    watched.frame()
    camera.tell("garbage")
    for _ in range(5):
        next(watched.moments)
    camera.tell("moving")
    bar = watched.frame(lambda frame: frame.image[120:].std() < 12)
    assert bar.image.shape == (240, 320, 3)


def test_a_resolution_that_changes_in_mid_stream_changes_the_frames(
    network_camera: Callable[..., Any], watch: Callable[..., Watched]
) -> None:
    camera = network_camera()
    watched = watch(camera.url())
    watched.frame()
    camera.tell("size 640 360")
    assert watched.frame(lambda frame: frame.image.shape == (360, 640, 3))
    assert watched.source.health().reconnects == 0


def test_a_camera_that_is_slow_to_answer_is_given_its_time(
    network_camera: Callable[..., Any], watch: Callable[..., Watched]
) -> None:
    camera = network_camera("--slow", "1.0")
    assert watch(camera.url()).frame()


def test_a_wrong_password_is_a_clear_sentence_without_the_password(
    network_camera: Callable[..., Any], watch: Callable[..., Watched], capfd: pytest.CaptureFixture[str]
) -> None:
    camera = network_camera("--password", "s3cret")
    with capture_logs() as logs:
        said = watch(camera.url("ann:wr0ng@")).trouble()
    assert (
        said
        == f"The stream {camera.url()} cannot be opened: the camera refuses the user name or the password."
    )
    assert "wr0ng" not in f"{logs} {''.join(capfd.readouterr())}"
    with pytest.raises(SourceRefused):
        opened(StreamUrl(camera.url("ann:wr0ng@")), QUICK)


@pytest.mark.parametrize(
    ("options", "credentials", "path", "sentence"),
    [
        (("--password", "s3cret"), "", "live", "the camera wants a user name and a password"),
        (
            ("--password", "s3cret", "--auth", "basic"),
            "ann:no@",
            "live",
            "refuses the user name or the password",
        ),
        (("--password", "s3cret", "--auth", "basic"), "ann:s3cret@", "missing", "no stream of that name"),
        ((), "", "missing", "no stream of that name"),
        (("--slow", "5"), "", "live", "does not answer"),
    ],
)
def test_the_camera_is_asked_why(
    options: tuple[str, ...],
    credentials: str,
    path: str,
    sentence: str,
    network_camera: Callable[..., Any],
) -> None:
    camera = network_camera(*options)
    assert sentence in ask_why(camera.url(credentials, path), 0.7).reason


class _Dripping(BaseRequestHandler):
    """Sends a whole answer, a byte now and then."""

    def handle(self) -> None:
        self.request.recv(4096)
        try:
            for byte in b"RTSP/1.0 404 Not Found\r\n\r\n":
                self.request.sendall(bytes([byte]))
                time.sleep(0.1)
        except OSError:
            return


def test_a_host_that_drips_holds_the_question_no_longer_than_one_that_is_silent() -> None:
    with ThreadingTCPServer((LOCAL, 0), _Dripping) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"rtsp://{LOCAL}:{server.server_address[1]}/live"
        assert "does not answer" in ask_why(url, 0.5).reason
        assert "no stream of that name" in ask_why(url, 30).reason
        server.shutdown()


def test_why_a_stream_cannot_be_opened_is_told_before_the_reader_is_given_up(
    network_camera: Callable[..., Any], watch: Callable[..., Watched]
) -> None:
    watched = watch(network_camera("--slow", "60").url(), quick(open_timeout_s=3.0))
    assert "does not answer at port" in watched.trouble()


def test_nobody_home_is_told() -> None:
    assert "nothing listens at port 1" in ask_why("rtsp://127.0.0.1:1/live", 1.0).reason
    assert "no machine named" in ask_why("rtsp://nobody.invalid/live", 3.0).reason
    with pytest.raises(SourceUnavailable, match="cannot be opened: nothing listens"):
        opened(StreamUrl("rtsp://ann:s3cret@127.0.0.1:1/live"), QUICK)


class _Mjpeg(BaseHTTPRequestHandler):
    """Motion JPEG over HTTP, as webcams have it; /page is a web page."""

    def do_GET(self) -> None:
        self.send_response(200)
        if self.path == "/page":
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<html>no stream</html>")
            return
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        try:
            for number in range(1000):
                jpeg = cv2.imencode(".jpg", np.full((240, 320, 3), number % 256, np.uint8))[1].tobytes()
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                self.wfile.write(head.encode() + jpeg + b"\r\n")
                time.sleep(0.03)
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def web_camera() -> Iterator[str]:
    with ThreadingHTTPServer((LOCAL, 0), _Mjpeg) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{LOCAL}:{server.server_address[1]}"
        server.shutdown()


def test_motion_jpeg_over_http_is_read(web_camera: str, watch: Callable[..., Watched]) -> None:
    watched = watch(f"{web_camera}/video.mjpg")
    first = watched.frame()
    assert first.image.shape == (240, 320, 3)
    assert watched.frame().index > first.index


def test_a_web_page_is_no_stream(web_camera: str) -> None:
    with pytest.raises(SourceUnavailable, match="sends no picture that can be read"):
        opened(StreamUrl(f"{web_camera}/page"), QUICK)
