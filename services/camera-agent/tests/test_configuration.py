"""The cameras file: what it may say, and every fault told with its line."""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adsum_camera.adapters.box_file import BoxFile
from adsum_camera.configuration import ConfigurationWrong, read_cameras
from adsum_camera.pace import PacePolicy
from adsum_camera.plans import DetectorPlan
from adsum_camera.settings import Settings
from adsum_camera.zones import Zone

NEVER_JOINED = BoxFile(Path("/nowhere"))
EXAMPLE = Path(__file__).parents[1] / "cameras.example.toml"
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
ENVIRONMENT = {
    "ROOM_12_KEY": KEY,
    "ROOM_12_SOURCE": "rtsp://ann:s3cret@10.0.0.7/stream1",
    "LABORATORY_KEY": KEY,
    "EMPTY": "",
}
GOOD = f"""
[[camera]]
name = "Room 12"
id = "00000000-0000-0000-0000-000000000012"
key = "{KEY}"
source = "0"
"""
"""Six lines: a camera begins in the second."""

Reading = Callable[..., Any]


@pytest.fixture
def shared(tmp_path: Path) -> Settings:
    return Settings(ingress_url="redis://127.0.0.1:1/0", spool_dir=tmp_path / "spools")  # type: ignore[arg-type]


@pytest.fixture
def reading(tmp_path: Path, shared: Settings) -> Reading:
    """Read a text as if it were a cameras file that only its owner may read."""

    def read(text: str, environment: Mapping[str, str] = ENVIRONMENT) -> Any:
        file = tmp_path / "cameras.toml"
        file.write_text(text)
        file.chmod(0o600)
        return read_cameras(file, shared, environment, NEVER_JOINED)

    return read


def test_the_example_can_be_run_as_it_stands(shared: Settings) -> None:
    configuration = read_cameras(EXAMPLE, shared, ENVIRONMENT, NEVER_JOINED)
    room, laboratory = configuration.cameras
    assert (room.name, laboratory.name) == ("Room 12", "Laboratory")
    assert room.source == "rtsp://ann:s3cret@10.0.0.7/stream1"
    assert room.pace == PacePolicy(0.5, 3, 8)
    assert [zone.kind for zone in room.zones] == ["door", "seats", "mask"]
    assert (room.detector.min_face_px, laboratory.detector.min_face_px) == (36, 24)
    assert room.spool_dir == shared.spool_dir / str(room.id)
    assert configuration.warnings == ()


def test_what_nobody_says_is_as_the_environment_says(shared: Settings, tmp_path: Path) -> None:
    file = tmp_path / "cameras.toml"
    file.write_text(GOOD)
    own = Settings.model_validate(shared.model_dump() | {"fps": 7.0, "min_face_px": 50.0})
    (plan,) = read_cameras(file, own, {}, NEVER_JOINED).cameras
    assert (plan.id, plan.fps, plan.detector) == (UUID(int=0x12), 7.0, DetectorPlan(min_face_px=50.0))
    assert plan.credentials.key == bytes(range(32))


def test_a_camera_says_more_than_the_defaults(reading: Reading) -> None:
    defaults = "[defaults]\nfps = 9\nmin_face_px = 40\nrates = { idle = 1, normal = 4 }\n"
    own = (
        'fps = 2.5\nrates = { normal = 5 }\nzone = [{ kind = "seats", corners = [[0, 0], [1, 0], [0, 1]] }]\n'
    )
    (plan,) = reading(defaults + GOOD + own).cameras
    assert (plan.fps, plan.detector.min_face_px, plan.pace) == (2.5, 40, PacePolicy(1, 5, 8))
    assert plan.zones == (Zone("seats", "seats", ((0, 0), (1, 0), (0, 1))),)


def test_names_of_files_are_relative_to_the_file(reading: Reading, tmp_path: Path) -> None:
    (tmp_path / "lesson.mp4").touch()
    (tmp_path / "room.key").write_text(KEY + "\n")
    (tmp_path / "room.key").chmod(0o600)
    text = GOOD.replace(f'key = "{KEY}"', 'key_file = "room.key"').replace('"0"', '"lesson.mp4"')
    configuration = reading(text)
    assert configuration.cameras[0].source == str(tmp_path / "lesson.mp4")
    assert configuration.cameras[0].credentials.key == bytes(range(32))
    assert configuration.warnings == ()


@pytest.mark.parametrize("way", ["key", "key_file", "source"])
def test_a_secret_that_others_may_read_is_warned_of(
    way: str, reading: Reading, shared: Settings, tmp_path: Path
) -> None:
    (tmp_path / "room.key").write_text(KEY)
    (tmp_path / "room.key").chmod(0o644)
    text = {
        "key": GOOD,
        "key_file": GOOD.replace(f'key = "{KEY}"', 'key_file = "room.key"'),
        "source": GOOD.replace(f'key = "{KEY}"', 'key_env = "ROOM_12_KEY"').replace(
            '"0"', '"rtsp://a:b@c/d"'
        ),
    }[way]
    file = tmp_path / "cameras.toml"
    file.write_text(text)
    file.chmod(0o644)
    (warning,) = read_cameras(file, shared, ENVIRONMENT, NEVER_JOINED).warnings
    kept_in = "room.key" if way == "key_file" else "cameras.toml"
    assert f"chmod 600 {tmp_path / kept_in}" in warning
    assert f"line {6 if way == 'source' else 5}" in warning


def test_no_secret_shows_in_a_plan(shared: Settings) -> None:
    shown = repr(read_cameras(EXAMPLE, shared, ENVIRONMENT, NEVER_JOINED))
    assert "s3cret" not in shown
    assert repr(bytes(range(32))) not in shown


ZONE = "[[camera.zone]]\n"
DOOR = '[[camera.zone]]\nkind = "door"\ncorners = '
FAULTS = {
    "an unknown setting": (GOOD + "min_face = 30\n", 7, '"min_face" here (did you mean "min_face_px"?)'),
    "an unknown table": (GOOD + '[[camera.zones]]\nkind = "door"\n', 7, 'did you mean "zone"?'),
    "an unknown detector": (GOOD + 'detector = "yolo"\n', 7, "'mtcnn' or 'yunet'"),
    "a text for a number": (GOOD + 'fps = "fast"\n', 7, '"fps" should be a valid number'),
    "a truth for a number": (GOOD + "fps = true\n", 7, '"fps" should be a valid number'),
    "a face too small": (GOOD + "min_face_px = 5\n", 7, "greater than or equal to 20"),
    "rates that fall": (GOOD + "rates = { idle = 9 }\n", 7, "must not fall from idle to normal to burst"),
    "default rates that fall": ("[defaults]\nrates = { burst = 1 }" + GOOD, 2, "must not fall"),
    "a corner outside": (GOOD + DOOR + "[[0, 0], [1, 0],\n[0, 2]]\n", 10, "from 0.0 to 1.0"),
    "two corners": (GOOD + DOOR + "[[0, 0],\n[1, 1]]\n", 9, "at least three corners"),
    "a zone of no kind": (GOOD + ZONE + "corners = [[0, 0], [1, 0], [0, 1]]\n", 7, '"kind" is missing'),
    "the same id twice": (GOOD + GOOD.replace("Room 12", "B"), 10, 'the camera of line 4 has the same "id"'),
    "the same name twice": (GOOD + GOOD.replace("0012", "0013"), 9, 'of line 3 has the same "name"'),
    "no id": (GOOD.replace('id = "00000000-0000-0000-0000-000000000012"\n', ""), 2, '"id" is missing'),
    "no key": (GOOD.replace(f'key = "{KEY}"\n', ""), 2, 'say it, or "key_file", or "key_env"'),
    "two keys": (GOOD + 'key_file = "a"\n', 7, '"key" and "key_file" are both there'),
    "a short key": (GOOD.replace(KEY, "c2hvcnQ="), 5, "5 bytes instead of 32"),
    "a key in no file": (GOOD.replace(f'key = "{KEY}"', 'key_file = "no.key"'), 5, "which does not exist"),
    "a key file that is a folder": (GOOD.replace(f'key = "{KEY}"', 'key_file = "."'), 5, "read: Is a dir"),
    "a variable that is not set": (GOOD.replace('source = "0"', 'source_env = "EMPTY"'), 6, "variable EMPTY"),
    "a film that is not there": (GOOD.replace('"0"', '"no.mp4"'), 6, "There is no video file or folder"),
    "an hour without a zone": (GOOD + "starts_at = 2026-02-11T08:00:00\n", 7, "should have timezone info"),
    "a detector's file that is not there": (GOOD + 'detector_model = "no.onnx"\n', 7, "which does not exist"),
    "yunet without its file": (GOOD + 'detector = "yunet"\n', 7, 'is to be named by "detector_model"'),
    "no camera": ("[defaults]\n", 1, '"camera" is missing'),
    "cameras that are no tables": ("camera = 3\n", 1, '"camera" should be a valid list'),
    "no TOML": (GOOD + "fps = = 3\n", 7, "this is no TOML"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_with_its_line(fault: str, reading: Reading) -> None:
    text, line, reason = FAULTS[fault]
    with pytest.raises(ConfigurationWrong) as raised:
        reading(text)
    (sentence,) = str(raised.value).splitlines()
    assert f"cameras.toml, line {line}: " in sentence
    assert reason in sentence
    assert KEY not in sentence


def test_all_faults_are_told_at_once_in_the_order_of_their_lines(reading: Reading) -> None:
    texts = [text for name, (text, _, _) in FAULTS.items() if text.startswith(GOOD) and "twice" not in name]
    text = "".join(
        text.replace("Room 12", f"Room {number}").replace("0012", f"{number:04}")
        for number, text in enumerate(texts)
        if "= =" not in text
    )
    with pytest.raises(ConfigurationWrong) as raised:
        reading(text)
    lines = [fault.line for fault in raised.value.faults]
    assert len(lines) == len(texts) - 1
    assert lines == sorted(lines)


@pytest.mark.parametrize("content", [None, b"\xff\xfe", "folder"])
def test_a_file_that_cannot_be_read_is_told(
    content: bytes | str | None, shared: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "cameras.toml"
    if content == "folder":
        file.mkdir()
    elif isinstance(content, bytes):
        file.write_bytes(content)
    with pytest.raises(ConfigurationWrong, match=r"cameras\.toml: (there is no|it)"):
        read_cameras(file, shared, {}, NEVER_JOINED)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "door", "é\n", KEY])
SETTINGS = st.sampled_from(["name", "id", "key", "source", "zone", "rates", "fps", "x", "corners", "kind"])
TABLES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SETTINGS, inner, max_size=4),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(tables=st.dictionaries(st.sampled_from(["camera", "defaults", "y"]), TABLES, max_size=3))
def test_whatever_a_file_says_its_faults_are_told_and_nothing_else_is_raised(
    tables: dict[str, Any], reading: Reading
) -> None:
    text = "".join(f"{name} = {written(value)}\n" for name, value in tables.items())
    tomllib.loads(text)
    with pytest.raises(ConfigurationWrong) as raised:
        reading(text)
    lines = text.count("\n")
    assert all(1 <= fault.line <= max(lines, 1) for fault in raised.value.faults)


def written(value: Any) -> str:
    """Return the value in TOML, on one line."""
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "{" + ", ".join(f"{key} = {written(inner)}" for key, inner in value.items()) + "}"
        case list():
            return "[" + ", ".join(written(inner) for inner in value) + "]"
        case int() | float():
            return str(value)
        case _:
            return '"' + "".join(f"\\U{ord(letter):08x}" for letter in str(value)) + '"'


def test_two_plans_differ_by_what_they_say(shared: Settings) -> None:
    room = read_cameras(EXAMPLE, shared, ENVIRONMENT, NEVER_JOINED).cameras[0]
    assert replace(room, fps=1.0) != room
