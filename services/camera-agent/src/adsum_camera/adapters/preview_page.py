"""The preview as a page on the loopback address: what it shows never leaves the machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from socketserver import BaseServer
from threading import Condition, Thread
from typing import Final

from adsum_camera.adapters.frames import Frame
from adsum_camera.adapters.preview import PreviewUnavailable, annotated
from adsum_camera.tracking import Track
from adsum_contracts.ids import TrackId
from adsum_vision.crops import encode_jpeg

LOOPBACK: Final = "127.0.0.1"
BOUNDARY: Final = "frame"
PAGE: Final = b"""<!doctype html>
<title>Adsum camera</title>
<style>body { margin: 0; background: #111 } img { width: 100% }</style>
<img src="/stream" alt="What the camera sees">
"""


@dataclass(slots=True)
class _Newest:
    """The newest JPEG, and how many look: nothing is drawn for nobody."""

    changed: Condition = field(default_factory=Condition)
    jpeg: bytes = b""
    number: int = 0
    viewers: int = 0

    def put(self, jpeg: bytes) -> None:
        with self.changed:
            self.jpeg, self.number = jpeg, self.number + 1
            self.changed.notify_all()

    def watched(self) -> Iterator[bytes]:
        """Yield every new picture, and an empty one when none has come for a while."""
        with self.changed:
            self.viewers += 1
            number = self.number
        try:
            while True:
                with self.changed:
                    fresh = self.changed.wait_for(lambda seen=number: self.number > seen, 5)  # type: ignore[misc]
                    number, jpeg = self.number, self.jpeg
                yield jpeg if fresh else b""
        finally:
            with self.changed:
                self.viewers -= 1


class PagePreview:
    """A page on the loopback address that shows the annotated frames; raises `PreviewUnavailable`."""

    def __init__(self, port: int) -> None:
        self._newest = _Newest()
        try:
            self._server = ThreadingHTTPServer((LOOPBACK, port), partial(_Viewer, self._newest))
        except (OSError, OverflowError) as error:
            raise PreviewUnavailable(f"The preview's port {port} cannot be used: {error}.") from error
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, name="preview", daemon=True).start()

    @property
    def url(self) -> str:
        """Where to look."""
        return f"http://{LOOPBACK}:{self._server.server_port}/"

    def show(self, frame: Frame, tracks: tuple[Track, ...], names: dict[TrackId, str]) -> None:
        """Draw one frame for whoever looks."""
        if self._newest.viewers:
            self._newest.put(encode_jpeg(annotated(frame.image, tracks, names), 80))

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


class _Viewer(BaseHTTPRequestHandler):
    """Answers one browser."""

    def __init__(
        self, newest: _Newest, request: socket, client_address: tuple[str, int], server: BaseServer
    ) -> None:
        self._newest = newest
        super().__init__(request, client_address, server)

    def do_GET(self) -> None:
        """Serve the page or the stream, under the loopback's own names alone.

        Another site's page in a browser on this box must not reach us under a name of its own.
        """
        if self.headers.get("Host", "").rpartition(":")[0] not in {LOOPBACK, "localhost"}:
            self.send_error(403)
        elif self.path == "/":
            self._page()
        elif self.path == "/stream":
            self._stream()
        else:
            self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the address of a request is of no use."""

    def _page(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        try:
            for jpeg in self._newest.watched():
                head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                self.wfile.write(head.encode() + jpeg + b"\r\n" if jpeg else b"")
        except OSError:
            self.close_connection = True
