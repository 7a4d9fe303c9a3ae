"""Model files: fetched, resumed, checked, brought in; from a real HTTP server on the loopback."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner

from adsum_contracts.models import DLIB_RESNET_V1, FACENET_VGGFACE2
from adsum_recognizer.download import DownloadFailed, NotTheFile, import_file, pull
from adsum_recognizer.errors import ModelNotReady
from adsum_recognizer.models import (
    DLIB_LANDMARKS,
    DLIB_NETWORK,
    FACENET_WEIGHTS,
    Download,
    ModelFile,
    verified,
)
from adsum_recognizer.models_commands import models_app

CONTENT = bytes(range(256)) * 4000


@dataclass
class FileServer:
    """Serves CONTENT; `cut_after` bytes it hangs up, once; `ranges` says whether it knows Range."""

    url: str = ""
    content: bytes = CONTENT
    ranges: bool = True
    cut_after: int | None = None
    asked: list[str | None] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[FileServer]:
    state = FileServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers["Range"]
            state.asked.append(wanted)
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and state.ranges else 0
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(state.content) - start))
            self.end_headers()
            cut, state.cut_after = state.cut_after, None
            self.wfile.write(state.content[start:cut])

        def log_message(self, format: str, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        state.url = f"http://127.0.0.1:{listening.server_port}/weights.pt"
        yield state
        listening.shutdown()
        thread.join()


def wanted(server: FileServer) -> ModelFile:
    digest = hashlib.sha256(CONTENT).hexdigest()
    return ModelFile(FACENET_VGGFACE2.name, "weights.pt", len(CONTENT), digest, Download(server.url))


def test_a_file_is_fetched_once_and_progress_is_told(server: FileServer, tmp_path: Path) -> None:
    told: list[int] = []
    for _ in range(2):
        path = pull(wanted(server), tmp_path / "models", told.append)
    assert path.read_bytes() == CONTENT
    assert told[-1] == len(CONTENT)
    assert server.asked == [None]


def test_an_interrupted_download_goes_on_where_it_stopped(server: FileServer, tmp_path: Path) -> None:
    server.cut_after = 300_000
    with pytest.raises(DownloadFailed, match="models import FILE"):
        pull(wanted(server), tmp_path)
    assert (tmp_path / "weights.pt.part").stat().st_size == 300_000
    assert pull(wanted(server), tmp_path).read_bytes() == CONTENT
    assert server.asked == [None, "bytes=300000-"]


def test_a_server_without_ranges_begins_again(server: FileServer, tmp_path: Path) -> None:
    server.cut_after, server.ranges = 300_000, False
    with pytest.raises(DownloadFailed):
        pull(wanted(server), tmp_path)
    assert pull(wanted(server), tmp_path).read_bytes() == CONTENT


def test_another_content_is_deleted(server: FileServer, tmp_path: Path) -> None:
    server.content = CONTENT[::-1]
    with pytest.raises(NotTheFile, match="SHA-256"):
        pull(wanted(server), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_a_server_the_error_names_the_way_out(server: FileServer, tmp_path: Path) -> None:
    server.url = "http://127.0.0.1:1/weights.pt"
    with pytest.raises(DownloadFailed, match=r"ConnectError.*`adsum-recognizer models import FILE`"):
        pull(wanted(server), tmp_path)


def test_a_file_from_elsewhere_is_brought_in_when_it_is_the_one(server: FileServer, tmp_path: Path) -> None:
    stick, models_dir = tmp_path / "any name", tmp_path / "models"
    stick.write_bytes(CONTENT)
    assert (
        verified(wanted(server), import_file(stick, wanted(server), models_dir).parent).name == "weights.pt"
    )
    stick.write_bytes(CONTENT[:-1] + b"!")
    with pytest.raises(NotTheFile, match=r"is not weights\.pt"):
        import_file(stick, wanted(server), models_dir)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelNotReady, match="run `adsum-recognizer models pull facenet-vggface2`"):
        verified(FACENET_WEIGHTS, tmp_path)


def test_dlib_s_files_are_those_we_know() -> None:
    assert verified(DLIB_NETWORK).is_file()
    assert verified(DLIB_LANDMARKS).is_file()


def test_the_commands_list_verify_and_refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADSUM_MODELS_DIR", str(tmp_path))
    run = CliRunner().invoke
    listed = run(models_app, ["list"])
    assert "missing" in listed.output
    told = json.loads(run(models_app, ["list", "--json"]).stdout)
    assert {each["model"]: each["state"] for each in told} == {
        FACENET_VGGFACE2.name: "missing", DLIB_RESNET_V1.name: "here",
    }  # fmt: skip
    assert run(models_app, ["verify", DLIB_RESNET_V1.name]).exit_code == 0
    assert isinstance(run(models_app, ["verify", FACENET_VGGFACE2.name]).exception, ModelNotReady)
    (tmp_path / "other.pt").write_bytes(b"x")
    assert isinstance(run(models_app, ["import", str(tmp_path / "other.pt")]).exception, NotTheFile)
