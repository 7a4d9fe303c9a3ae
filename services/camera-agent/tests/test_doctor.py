"""The whole examination, of a film, of a network camera and of what is around them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import cv2
import numpy as np
import pytest
import redis
from numpy.typing import NDArray
from typer.testing import CliRunner, Result

from adsum_camera.__main__ import app
from adsum_contracts.ids import CameraId
from adsum_contracts.routes import commands_stream
from adsum_contracts.sealing import seal

CAMERA = CameraId(UUID(int=7))
KEY = bytes(range(32))


def doctor(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(app, ["doctor", *arguments, "--seconds", "1"], env=environment)


def findings(done: Result) -> dict[str, dict[str, Any]]:
    return {finding["topic"]: finding for finding in json.loads(done.stdout)["findings"]}


def film(path: Path, pictures: list[NDArray[np.uint8]]) -> str:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, (320, 240))
    for picture in pictures:
        writer.write(picture)
    writer.release()
    return str(path)


def test_a_film_with_a_face_is_examined_on_one_screen(lesson_video: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "room.png"
    done = doctor(str(lesson_video), "--picture", str(drawn))
    assert done.exit_code == 0, done.output
    for topic in (
        "source",
        "resolution",
        "frames",
        "movement",
        "light",
        "sharpness",
        "faces",
        "detector",
        "machine",
    ):
        assert topic in done.stdout
    assert "It works" in done.stdout
    assert len(done.stdout.splitlines()) <= 24
    image = cv2.imread(str(drawn))
    assert image is not None
    assert image.shape == (360, 640, 3)


def test_json_has_the_numbers(lesson_video: Path) -> None:
    found = findings(doctor(str(lesson_video), "--json"))
    assert found["resolution"]["numbers"] == {"width": 640, "height": 360}
    assert found["resolution"]["verdict"] == "look at this"
    assert found["frames"]["numbers"]["fps"] == pytest.approx(10, abs=0.5)
    assert found["faces"]["numbers"]["median_px"] == pytest.approx(96, rel=0.2)
    assert found["machine"]["numbers"]["cpu_ms_per_look"] > 0


def cameras_file(folder: Path, video: Path, *more: str) -> str:
    """A file with two cameras; the second has what `more` says."""
    file = folder / "cameras.toml"
    key = base64.urlsafe_b64encode(KEY).decode()
    tables = [
        f'[[camera]]\nname = "Room {number}"\nid = "{UUID(int=number)}"\nkey = "{key}"\nsource = "{video}"\n'
        for number in (1, 2)
    ]
    file.write_text("".join((*tables, *more)))
    file.chmod(0o600)
    return str(file)


def test_a_camera_of_a_file_is_examined_as_it_would_run(lesson_video: Path, tmp_path: Path) -> None:
    mask = '[[camera.zone]]\nkind = "mask"\ncorners = [[0, 0], [1, 0], [1, 1], [0, 1]]\n'
    file = cameras_file(tmp_path, lesson_video, "fps = 2\n", mask)
    drawn = tmp_path / "room.png"
    found = findings(doctor("--cameras", file, "Room 2", "--json", "--picture", str(drawn)))
    assert found["machine"]["numbers"]["looks_a_second"] == 2
    assert found["zones"]["verdict"] == "look at this"
    assert found["zones"]["numbers"]["masked"] == found["zones"]["numbers"]["faces"] > 0
    assert found["faces"]["numbers"]["faces"] == 0
    assert drawn.exists()


@pytest.mark.data
def test_a_camera_is_examined_with_its_own_detector(
    lesson_video: Path, tmp_path: Path, shared_data: Path
) -> None:
    model = shared_data / "models" / "face_detection_yunet_2023mar.onnx"
    own = f'detector = "yunet"\ndetector_model = "{model}"\nmin_face_px = 120\n'
    found = findings(doctor("--cameras", cameras_file(tmp_path, lesson_video, own), "Room 2", "--json"))
    assert found["detector"]["verdict"] == "good"
    assert found["faces"]["verdict"] == "broken"
    assert "below 120 px" in found["faces"]["advice"]


@pytest.mark.parametrize(
    ("camera", "sentence"),
    [
        (("Room 9",), 'There is no camera "Room 9" of'),
        ((), "Name a camera of"),
    ],
)
def test_a_camera_that_the_file_does_not_have_is_told_with_those_it_has(
    camera: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    done = doctor("--cameras", cameras_file(tmp_path, tmp_path), *camera)
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert '"Room 1", "Room 2"' in done.stderr


def test_a_covered_lens_and_a_frozen_picture_are_broken(tmp_path: Path) -> None:
    done = doctor(film(tmp_path / "black.mp4", [np.zeros((240, 320, 3), np.uint8)] * 12), "--json")
    assert done.exit_code == 1
    found = findings(done)
    assert (found["light"]["verdict"], found["movement"]["verdict"]) == ("broken", "broken")
    assert "cap" in found["light"]["advice"]


def test_a_network_camera_is_examined(
    network_camera: Callable[..., Any], drawn_person: NDArray[np.uint8], tmp_path: Path
) -> None:
    cv2.imwrite(str(tmp_path / "person.png"), drawn_person)
    camera = network_camera(
        "--password", "s3cret", "--size", "640x480", "--picture", str(tmp_path / "person.png")
    )
    done = doctor("--json", ADSUM_CAMERA_SOURCE=camera.url("ann:s3cret@"))
    assert done.exit_code == 0, done.output
    found = findings(done)
    assert found["source"]["numbers"]["codec"] == "mjpg"
    assert found["faces"]["numbers"]["usable"] > 0
    assert "s3cret" not in done.output


def test_a_wrong_password_is_told_without_it(network_camera: Callable[..., Any]) -> None:
    camera = network_camera("--password", "s3cret")
    done = doctor(camera.url("ann:wr0ng@"))
    assert done.exit_code == 1
    assert "the camera refuses the user name or the password" in " ".join(done.stdout.split())
    assert "wr0ng" not in done.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("missing.mp4",), "There is no video file or folder missing.mp4."),
        (("rtsp://ann:s3cret@/live",), "The address rtsp:///live cannot be read"),
        ((), "No camera is named"),
    ],
)
def test_what_cannot_be_examined_is_told_in_one_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    done = doctor(*arguments, ADSUM_CAMERA_SOURCE="")
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "s3cret" not in done.output


def test_a_camera_that_is_not_there_is_a_finding_and_the_rest_is_still_examined() -> None:
    found = findings(doctor("99", "--json"))
    assert found["source"]["said"] == "There is no camera 99 here"
    assert found["detector"]["verdict"] == "good"


def test_a_picture_that_cannot_be_written_is_told(lesson_video: Path) -> None:
    done = doctor(str(lesson_video), "--picture", "/nowhere/at/all.png")
    assert done.exit_code == 1
    assert "cannot be written" in done.stderr


def test_a_missing_detector_is_told(tmp_path: Path) -> None:
    name = film(tmp_path / "grey.mp4", [np.full((240, 320, 3), 9 * n, np.uint8) for n in range(12)])
    done = doctor(name, "--json", ADSUM_DETECTOR_DIR=str(tmp_path))
    assert findings(done)["detector"]["verdict"] == "broken"
    assert done.exit_code == 1


@pytest.fixture
def around(tmp_path: Path, ingress_url: str) -> dict[str, str]:
    return {
        "ADSUM_CAMERA_SOURCE": film(tmp_path / "film.mp4", [np.full((240, 320, 3), 90, np.uint8)] * 12),
        "ADSUM_CAMERA_ID": str(CAMERA),
        "ADSUM_CAMERA_KEY": base64.urlsafe_b64encode(KEY).decode(),
        "ADSUM_INGRESS_URL": ingress_url,
        "ADSUM_SPOOL_DIR": str(tmp_path / "spool"),
        "ADSUM_DETECTOR_DIR": str(tmp_path),
    }


@pytest.mark.parametrize(
    ("signed_with", "verdict"), [(None, "look at this"), (KEY, "good"), (bytes(32), "broken")]
)
def test_server_key_clock_and_spool_are_examined(
    signed_with: bytes | None, verdict: str, around: dict[str, str], ingress_url: str
) -> None:
    if signed_with is not None:
        with redis.Redis.from_url(ingress_url) as client:
            client.xadd(commands_stream(CAMERA), seal("command", b"{}", b"", signed_with))  # type: ignore[arg-type]
    found = findings(doctor("--json", **around))
    assert found["server"]["verdict"] == "good"
    assert found["key"]["verdict"] == verdict
    assert abs(found["clock"]["numbers"]["offset_s"]) < 1
    assert found["spool"]["numbers"]["free_mb"] > 0


def test_a_server_that_is_away_or_refuses_is_told_without_its_password(
    around: dict[str, str], ingress_url: str
) -> None:
    away = findings(doctor("--json", **around | {"ADSUM_INGRESS_URL": "redis://:s3cret@127.0.0.1:1/0"}))
    assert away["server"]["said"].startswith("127.0.0.1:1 cannot be reached")
    place = ingress_url.rpartition("@")[2]
    wrong = doctor("--json", **around | {"ADSUM_INGRESS_URL": f"redis://:wr0ng@{place}"})
    assert "refuses" in findings(wrong)["server"]["said"]
    assert "wr0ng" not in wrong.output


def test_a_spool_that_cannot_be_written_is_broken(around: dict[str, str]) -> None:
    done = doctor("--json", **around | {"ADSUM_SPOOL_DIR": "/dev/null/spool"})
    assert findings(done)["spool"]["verdict"] == "broken"


def test_the_help_shows_examples() -> None:
    assert "--picture room.png" in CliRunner().invoke(app, ["doctor", "--help"]).stdout
