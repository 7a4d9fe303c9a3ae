"""The proxy's own configuration, run by a real nginx where the machine has one, before a server of ours."""

from __future__ import annotations

import http.client
import re
import shutil
import ssl
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from adsum_local.children import start_child, stop_child
from adsum_local.ports import free_port

CONFIGURATION = Path(__file__).parents[2] / "proxy/nginx.conf"


class Behind(BaseHTTPRequestHandler):
    """Answers what scheme and address the proxy says a caller came by."""

    def do_GET(self) -> None:
        body = f"{self.headers['X-Forwarded-Proto']} {self.headers['X-Forwarded-For']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - as the server calls it

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Proxy:
    """A running proxy, asked by HTTPS."""

    port: int
    authority: Path

    def ask(self, method: str, path: str) -> tuple[int, str, http.client.HTTPMessage]:
        context = ssl.create_default_context(cafile=str(self.authority))
        connection = http.client.HTTPSConnection("localhost", self.port, timeout=60, context=context)
        with closing(connection):
            connection.request(method, path, headers={"X-Forwarded-For": "10.9.8.7"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.headers


@pytest.fixture(scope="module")
def proxy(secrets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Run the file as it is but for its places; boxes' Redis needs a module that is not everywhere."""
    program = shutil.which("nginx")
    if program is None:
        pytest.skip("needs nginx on the PATH")
    folder, port = tmp_path_factory.mktemp("proxy"), free_port()
    with ThreadingHTTPServer(("127.0.0.1", 0), Behind) as behind:
        Thread(target=behind.serve_forever, args=(0.1,), daemon=True).start()
        places = {
            "/run/secrets": str(secrets),
            "/tmp/": f"{folder}/",
            "listen 8443": f"listen 127.0.0.1:{port}",
            "listen 8080": f"listen 127.0.0.1:{free_port()}",
            "api:8000": f"127.0.0.1:{behind.server_port}",
        }
        text = re.sub(r"^stream \{.*?^\}", "", CONFIGURATION.read_text("utf-8"), flags=re.S | re.M)
        for there, here in places.items():
            text = text.replace(there, here)
        (folder / "nginx.conf").write_text(text, "utf-8")
        words = (program, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf", "-g", "daemon off;")
        child = start_child(words, quiet=True)
        try:
            running = Proxy(port, secrets / "ca.pem")
            _wait_for(running)
            yield running
        finally:
            stop_child(child)
            behind.shutdown()


def _wait_for(proxy: Proxy) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            proxy.ask("GET", "/")
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def test_the_api_learns_who_asks_from_the_proxy_alone(proxy: Proxy) -> None:
    assert proxy.ask("GET", "/")[:2] == (200, "https 127.0.0.1")
    assert proxy.ask("GET", "/metrics")[0] == 404


@pytest.mark.parametrize("path", ["/sign-in", "/oauth/token", "/join"])
def test_who_guesses_is_told_to_wait_and_may_still_look(proxy: Proxy, path: str) -> None:
    answers = (proxy.ask("POST", path) for _ in range(300))
    status, body, headers = next(answer for answer in answers if answer[0] != 200)
    assert status == 429
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["Retry-After"] == "10"
    assert '"status": 429' in body
    assert proxy.ask("GET", path)[0] == 200
    assert proxy.ask("POST", "/v1/rooms")[:2] == (200, "https 127.0.0.1")


def test_an_upload_waits_its_turn(proxy: Proxy) -> None:
    path = "/v1/students/6f0e8a38-9b5d-4b0e-8e39-6c5f7a1d2b3c/photos"
    assert [proxy.ask("POST", path)[0] for _ in range(12)] == [200] * 12
