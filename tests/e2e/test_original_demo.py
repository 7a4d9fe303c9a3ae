"""What the original single-file demo did, by its own calls: register, mark, fetch the CSV."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from adsum_contracts.models import DLIB_RESNET_V1
from adsum_local.client import ApiClient
from adsum_local.folder import DataFolder
from adsum_local.sim import SimResult
from adsum_local.stack import Stack, StackPlan
from adsum_local.supervisor import Supervisor

SAMPLES = 5
SIZE = (640, 480)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]


@dataclass(frozen=True)
class Webcam:
    """A running system whose one camera shows one person, as the original's webcam did."""

    http: httpx.Client
    lines: list[str]


@pytest.fixture
def webcam(film: SimResult) -> Iterator[Webcam]:
    folder = Path(tempfile.mkdtemp(prefix="adsum-e2e-"))
    lines: list[str] = []
    with ExitStack() as run:
        run.callback(shutil.rmtree, folder, ignore_errors=True)
        data = run.enter_context(DataFolder(folder))
        log = lambda service, line: lines.append(f"{service:>10} | {line}")  # noqa: E731
        supervisor = run.enter_context(Supervisor(log, data.remember_child))
        settings = {"ADSUM_CLOSE_AFTER_S": "5", "ADSUM_CLOSE_WAIT_S": "10"}
        stack = Stack(data, supervisor, StackPlan(port=0, embedder="dlib-resnet-v1", settings=settings))
        stack.start()
        with ApiClient(stack.address, stack.credentials.api_token) as api:
            camera = api.create_camera("Webcam", api.create_room("Office"))
        video = one_person(film.enrolment / "101", folder / "webcam.avi")
        stack.start_camera(str(video), *camera, "--loop")
        token = {"Authorization": f"Bearer {stack.credentials.api_token}"}
        http = run.enter_context(httpx.Client(base_url=stack.address, headers=token, timeout=30))
        yield Webcam(http, lines)


def one_person(portraits: Path, out: Path) -> Path:
    """Ten seconds of somebody who moves a little before a grey wall."""
    pictures = [cv2.imread(str(path)) for path in sorted(portraits.iterdir())]
    video = cv2.VideoWriter(str(out), cv2.VideoWriter_fourcc(*"MJPG"), 10, SIZE)
    for index in range(100):
        picture = pictures[index // 34]
        assert picture is not None
        height, width = picture.shape[:2]
        frame = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)
        x, y = 150 + round(20 * np.sin(index / 9)), 40 + round(8 * np.cos(index / 7))
        frame[y : y + height, x : x + width] = picture[: SIZE[1] - y, : SIZE[0] - x]
        video.write(frame)
    video.release()
    return out


def until(webcam: Webcam, path: str, done: str, **wanted: Any) -> dict[str, Any]:
    """Ask again until the field has one of the values."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        answer: dict[str, Any] = webcam.http.get(path).json()
        if answer[done] in wanted.get("values", ()):
            return answer
        time.sleep(0.5)
    raise AssertionError(f"{path} never got there: {answer}\n" + "\n".join(webcam.lines[-40:]))


def test_register_mark_and_fetch_the_csv(webcam: Webcam) -> None:
    form = {"enrollment": "101", "name": "John Do", "num_images": str(SAMPLES)}
    registered = webcam.http.post("/register/", data=form)
    assert registered.status_code == 202, registered.text
    job = until(webcam, registered.json()["follow"], "state", values=("done", "failed"))
    assert (job["state"], job["accepted"]) == ("done", SAMPLES), job

    again = webcam.http.post("/register/", data=form | {"name": "John Doe", "num_images": "2"})
    job = until(webcam, again.json()["follow"], "state", values=("done", "failed"))
    assert (job["state"], job["accepted"]) == ("done", 2), job

    too_low = webcam.http.post("/mark-attendance/", data={"threshold": "0.1"})
    assert too_low.status_code == 422
    assert f"{DLIB_RESNET_V1.floor:g}" in too_low.text
    marked = webcam.http.post("/mark-attendance/", params={"minutes": "0.4"})
    assert marked.status_code == 201, marked.text
    lesson = marked.json()
    assert webcam.http.post("/mark-attendance/").json()["id"] == lesson["id"]
    day = datetime.now(UTC).date()
    until(webcam, f"/v1/lessons/{lesson['id']}", "state", values=("closed",))

    text = webcam.http.get(f"/attendance/attendance_{day}.csv").text
    assert "\r" not in text
    header, *rows = csv.reader(io.StringIO(text))
    assert header == ["EnrollmentID", "Name", "Timestamp"]
    assert [row[:2] for row in rows] == [["101", "John Doe"]], text
    seen = datetime.strptime(rows[0][2], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    assert abs((datetime.now(UTC) - seen).total_seconds()) < 120
