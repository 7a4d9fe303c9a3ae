"""A network camera for tests: RTSP (RFC 2326) over TCP, JPEG in RTP (RFC 2435), on sockets alone.

    python rtsp_camera.py --fps 10 --password s3cret --auth digest

It prints its port, and does what it is told on standard input, one line each: `moving`, `still` (the same
picture for ever), `silent` (connected, but no frame), `garbage` (frames of noise), `size WIDTH HEIGHT`.
Like a cheap camera it speaks TCP alone: whoever wants UDP gets 461.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import re
import secrets
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

USER = "ann"
REALM = "camera"
JPEG_420, TABLES_IN_BAND = 1, 255
FRAGMENT = 1400
TICKS = 90_000
SDP = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=test\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\na=control:track0\r\n"


@dataclass
class Scene:
    """What the camera shows now."""

    width: int
    height: int
    picture: NDArray[np.uint8] | None
    mode: str = "moving"
    shown: int = 0

    def obey(self, line: str) -> None:
        """Do what a line of standard input says."""
        word, *numbers = line.split()
        if word == "size":
            self.width, self.height = (int(number) for number in numbers)
        else:
            self.mode = word

    def jpeg(self) -> bytes:
        """Return the next picture: grain, a bar that wanders, and the given picture underneath."""
        if self.mode != "still":
            self.shown += 1
        grain = np.random.default_rng(self.shown).integers(0, 12, (self.height, self.width, 1), np.uint8)
        under = self.picture if self.picture is not None else np.full((8, 8, 3), 110, np.uint8)
        image = cv2.add(
            cv2.resize(under, (self.width, self.height)), np.broadcast_to(grain, (*grain.shape[:2], 3))
        )
        left = 8 * self.shown % self.width
        image[: self.height // 12, left : left + 24] = 255
        return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


@dataclass
class Credentials:
    """Lets in whoever knows the password, by Basic or by Digest (RFC 2617)."""

    password: str | None
    scheme: str
    nonce: str = field(default_factory=lambda: secrets.token_hex(8))

    def challenge(self) -> str:
        nonce = f', nonce="{self.nonce}"' if self.scheme == "digest" else ""
        return f'WWW-Authenticate: {self.scheme.capitalize()} realm="{REALM}"{nonce}\r\n'

    def admits(self, method: str, request: str) -> bool:
        if self.password is None:
            return True
        found = re.search(r"^Authorization: (\w+) (.*)$", request, re.MULTILINE)
        if found is None:
            return False
        if self.scheme == "basic":
            return base64.b64decode(found[2].strip()).decode() == f"{USER}:{self.password}"
        said = dict(re.findall(r'(\w+)="([^"]*)"', found[2]))
        secret, asked = _md5(f"{USER}:{REALM}:{self.password}"), _md5(f"{method}:{said.get('uri')}")
        return said.get("response") == _md5(f"{secret}:{self.nonce}:{asked}")


@dataclass
class Viewer:
    """One connection: requests come in, answers and frames go out."""

    connection: socket.socket
    scene: Scene
    credentials: Credentials
    fps: float
    slow_s: float
    _one_writer: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def serve(self) -> None:
        try:
            for method, request in self._requests():
                self._answer(method, request)
        except OSError:
            pass
        finally:
            self._over.set()
            self.connection.close()

    def _requests(self) -> Iterator[tuple[str, str]]:
        """Yield requests; receiver reports, which come between them in `$` packets, are passed over."""
        waiting = b""
        while received := self.connection.recv(65536):
            waiting += received
            while waiting:
                if waiting[:1] == b"$":
                    if len(waiting) < 4 or len(waiting) < 4 + int.from_bytes(waiting[2:4]):
                        break
                    waiting = waiting[4 + int.from_bytes(waiting[2:4]) :]
                    continue
                request, found, rest = waiting.partition(b"\r\n\r\n")
                if not found:
                    break
                waiting = rest
                yield request.split(b" ", 1)[0].decode(), request.decode()

    def _answer(self, method: str, request: str) -> None:
        sequence = re.search(r"CSeq: *(\d+)", request, re.IGNORECASE)
        head = f"CSeq: {sequence[1] if sequence else 0}\r\n"
        if method == "DESCRIBE" and self._over.wait(self.slow_s):
            return None
        if method != "OPTIONS" and not self.credentials.admits(method, request):
            return self._say(f"RTSP/1.0 401 Unauthorized\r\n{head}{self.credentials.challenge()}\r\n")
        if method == "DESCRIBE" and "/missing" in request.split("\r\n", maxsplit=1)[0]:
            return self._say(f"RTSP/1.0 404 Not Found\r\n{head}\r\n")
        if method == "SETUP" and "TCP" not in request:
            return self._say(f"RTSP/1.0 461 Unsupported Transport\r\n{head}\r\n")
        extra = {
            "OPTIONS": "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN\r\n",
            "DESCRIBE": f"Content-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n",
            "SETUP": "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 7\r\n",
        }.get(method, "Session: 7\r\n")
        self._say(f"RTSP/1.0 200 OK\r\n{head}{extra}\r\n{SDP if method == 'DESCRIBE' else ''}")
        if method == "PLAY":
            threading.Thread(target=self._play, daemon=True).start()
        return None

    def _say(self, answer: str) -> None:
        with self._one_writer:
            self.connection.sendall(answer.encode())

    def _play(self) -> None:
        sequence, began = 0, time.monotonic()
        try:
            while not self._over.wait(1 / self.fps):
                if self.scene.mode == "silent":
                    continue
                stamp = int((time.monotonic() - began) * TICKS) & 0xFFFFFFFF
                for part, is_last in payloads(self.scene.jpeg()):
                    noise = secrets.token_bytes(max(len(part) - 8, 1))
                    payload = part[:8] + noise if self.scene.mode == "garbage" else part
                    header = struct.pack("!BBHII", 0x80, 26 | is_last << 7, sequence & 0xFFFF, stamp, 7)
                    sequence += 1
                    packet = header + payload
                    with self._one_writer:
                        self.connection.sendall(b"$\0" + len(packet).to_bytes(2) + packet)
        except OSError:
            self._over.set()


def payloads(jpeg: bytes) -> Iterator[tuple[bytes, bool]]:
    """Cut a baseline JPEG (4:2:0, the standard's Huffman tables) into RTP payloads, as RFC 2435 says."""
    tables, size, scan = _parts(jpeg)
    for offset in range(0, len(scan), FRAGMENT):
        header = struct.pack("!I", offset) + bytes([JPEG_420, TABLES_IN_BAND, size[0] // 8, size[1] // 8])
        if offset == 0:
            header += struct.pack("!BBH", 0, 0, len(tables)) + tables
        yield header + scan[offset : offset + FRAGMENT], offset + FRAGMENT >= len(scan)


def _parts(jpeg: bytes) -> tuple[bytes, tuple[int, int], bytes]:
    """Return the quantisation tables, width and height, and the entropy-coded scan."""
    tables, size, place = b"", (0, 0), 2
    while True:
        marker, length = jpeg[place + 1], int.from_bytes(jpeg[place + 2 : place + 4])
        segment = jpeg[place + 4 : place + 2 + length]
        place += 2 + length
        if marker == 0xDB:
            tables += b"".join(segment[start + 1 : start + 65] for start in range(0, len(segment), 65))
        elif marker == 0xC0:
            size = int.from_bytes(segment[3:5]), int.from_bytes(segment[1:3])
        elif marker == 0xDA:
            return tables, size, jpeg[place:-2]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--fps", type=float, default=60)
    options.add_argument("--size", default="320x240")
    options.add_argument("--picture")
    options.add_argument("--password")
    options.add_argument("--auth", choices=("basic", "digest"), default="digest")
    options.add_argument("--slow", type=float, default=0.0, help="seconds until DESCRIBE is answered")
    chosen = options.parse_args()
    width, height = (int(number) for number in chosen.size.split("x"))
    scene = Scene(width, height, cv2.imread(chosen.picture) if chosen.picture else None)
    credentials = Credentials(chosen.password, chosen.auth)
    threading.Thread(target=lambda: [scene.obey(line) for line in sys.stdin], daemon=True).start()
    with socket.create_server(("127.0.0.1", chosen.port)) as server:
        sys.stdout.write(f"{server.getsockname()[1]}\n")
        sys.stdout.flush()
        while True:
            viewer = Viewer(server.accept()[0], scene, credentials, chosen.fps, chosen.slow)
            threading.Thread(target=viewer.serve, daemon=True).start()


if __name__ == "__main__":
    main()
